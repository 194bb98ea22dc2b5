//! Keeps standard output for this program's results while tasks run.

use crate::engine::printed;
use filedescriptor::{FileDescriptor, StdioDescriptor};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Guard: while it lives, standard output has only what this program writes. What tasks print goes to the logs of their
/// jobs.
pub(super) struct StdoutGuard {
    original: Arc<Mutex<FileDescriptor>>,
    /// Receives what tasks print.
    _file: NamedTempFile,
}

impl StdoutGuard {
    pub(super) fn begin() -> io::Result<StdoutGuard> {
        let file = NamedTempFile::with_prefix("pipeline-printed-")?;
        io::stdout().flush()?;
        let original =
            FileDescriptor::redirect_stdio(file.as_file(), StdioDescriptor::Stdout).map_err(with_cause)?;
        let guard = StdoutGuard { original: Arc::new(Mutex::new(original)), _file: file };
        printed::keep(guard._file.reopen()?);
        Ok(guard)
    }

    /// A function that writes to the original standard output.
    pub(super) fn writer(&self) -> impl Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static {
        let original = self.original.clone();
        move |bytes| original.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)
    }
}

impl Drop for StdoutGuard {
    fn drop(&mut self) {
        printed::end();
        let original = self.original.lock().unwrap_or_else(PoisonError::into_inner);
        // A failure can't be reported: standard output is gone.
        let _ = FileDescriptor::redirect_stdio(&*original, StdioDescriptor::Stdout);
    }
}

/// The error with the operating system's cause in its message.
fn with_cause(error: filedescriptor::Error) -> io::Error {
    match std::error::Error::source(&error) {
        Some(cause) => io::Error::other(format!("{error}: {cause}")),
        None => io::Error::other(error),
    }
}
