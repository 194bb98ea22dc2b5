//! Captures what tasks print to standard output, and adds it to the logs of their jobs.
//!
//! A process has a single standard output, and the output does not show which job printed a line. So standard output
//! goes to a file, which is read whenever a job starts or ends: the new lines belong to the jobs that were running. If
//! several jobs were running, each of them keeps the lines, and the target of the lines says so.

use crate::engine::workspace::log::JobLog;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether output is captured. If it isn't, a job costs a single check of this flag.
static ON: AtomicBool = AtomicBool::new(false);

static PRINTED: Mutex<Option<Printed>> = Mutex::new(None);

struct Printed {
    /// The file that standard output goes to, positioned after the part that was read.
    file: File,
    running: Vec<JobLog>,
}

/// Starts capturing. Standard output has to go to `file` through another handle.
pub(crate) fn keep(file: File) {
    *PRINTED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Printed { file, running: Vec::new() });
    ON.store(true, Ordering::Release);
}

/// Stops capturing. Output that was printed while no job ran goes to standard error.
pub(crate) fn end() {
    let printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner).take();
    ON.store(false, Ordering::Release);
    if let Some(printed) = printed {
        printed.read().hand_over();
    }
}

/// Runs `work` for a job, and adds the output that is printed during it to the job's log.
pub(crate) fn of<T>(log: &JobLog, work: impl FnOnce() -> T) -> T {
    /// Removes the job from the running jobs, also after a panic.
    struct Running<'a>(&'a JobLog);
    impl Drop for Running<'_> {
        fn drop(&mut self) {
            change(|running| {
                if let Some(at) = running.iter().position(|other| other.is(self.0)) {
                    running.swap_remove(at);
                }
            });
        }
    }
    if !ON.load(Ordering::Acquire) {
        return work();
    }
    change(|running| running.push(log.clone()));
    let _running = Running(log);
    work()
}

/// Hands over what the running jobs printed, then changes which jobs are running.
fn change(change: impl FnOnce(&mut Vec<JobLog>)) {
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(now) = printed.as_mut() else { return };
    let captured = now.read();
    change(&mut now.running);
    // A listener may be slow: no lock is held while it is called.
    drop(printed);
    captured.hand_over();
}

/// Captured output, and the jobs that were running.
struct Captured {
    text: Vec<u8>,
    jobs: Vec<JobLog>,
}

impl Printed {
    fn read(&self) -> Captured {
        let _ = io::stdout().flush();
        let mut text = Vec::new();
        // Output that can't be read is lost; results are not affected.
        let _ = (&self.file).read_to_end(&mut text);
        let mut jobs: Vec<JobLog> = Vec::new();
        // A task with a time limit runs on a second thread, and its job is listed twice.
        for log in self.running.iter().filter(|_| !text.is_empty()) {
            if !jobs.iter().any(|job| job.is(log)) {
                jobs.push(log.clone());
            }
        }
        Captured { text, jobs }
    }
}

impl Captured {
    fn hand_over(self) {
        let target = match self.jobs.len() {
            0 => return drop(io::stderr().write_all(&self.text)),
            1 => "stdout".to_owned(),
            several => format!("stdout of one of {several} jobs"),
        };
        for line in String::from_utf8_lossy(&self.text).lines() {
            self.jobs.iter().for_each(|log| log.print(&target, line));
        }
    }
}
