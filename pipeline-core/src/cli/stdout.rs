//! Keeps standard output for this program's own answers while tasks run.

use crate::engine::printed;
use filedescriptor::{FileDescriptor, StdioDescriptor};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::NamedTempFile;

/// Until this is dropped, standard output has only what this program writes. What tasks print is kept in the logs of their
/// jobs.
pub(super) struct StdoutGuard {
    reader: Arc<Mutex<FileDescriptor>>,
    /// Receives what tasks print.
    _file: NamedTempFile,
}

impl StdoutGuard {
    pub(super) fn begin() -> io::Result<StdoutGuard> {
        let file = NamedTempFile::with_prefix("pipeline-printed-")?;
        io::stdout().flush()?;
        let reader =
            FileDescriptor::redirect_stdio(file.as_file(), StdioDescriptor::Stdout).map_err(with_cause)?;
        let apart = StdoutGuard { reader: Arc::new(Mutex::new(reader)), _file: file };
        printed::keep(apart._file.reopen()?);
        Ok(apart)
    }

    /// Writes to the real standard output.
    pub(super) fn writer(&self) -> impl Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static {
        let reader = self.reader.clone();
        move |bytes| reader.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)
    }
}

impl Drop for StdoutGuard {
    fn drop(&mut self) {
        printed::end();
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        // A failure can't be reported: standard output is gone.
        let _ = FileDescriptor::redirect_stdio(&*reader, StdioDescriptor::Stdout);
    }
}

/// An error whose message includes what the system says.
fn with_cause(error: filedescriptor::Error) -> io::Error {
    match std::error::Error::source(&error) {
        Some(cause) => io::Error::other(format!("{error}: {cause}")),
        None => io::Error::other(error),
    }
}
