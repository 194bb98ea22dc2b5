//! What tasks print to standard output, kept with their jobs.
//!
//! A process has one standard output, and a printed text has no job. So it is led to a file while jobs run, and whenever
//! one is called or has returned, what came since is read: it is of the jobs that were running. Where these were several,
//! each keeps the text and says so.

use super::log::JobLog;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether anything is to be done at all.
static ON: AtomicBool = AtomicBool::new(false);

static PRINTED: Mutex<Option<Printed>> = Mutex::new(None);

struct Printed {
    /// Where standard output goes, from what was read of it on.
    file: File,
    running: Vec<JobLog>,
}

/// Keeps with their jobs what comes to a file in which standard output ends. `file` is read from its beginning, and is not
/// the handle that is written to.
pub(crate) fn keep(file: File) {
    *PRINTED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Printed { file, running: Vec::new() });
    ON.store(true, Ordering::Release);
}

/// Ends that. What was printed while no job ran goes to standard error.
pub(crate) fn end() {
    let printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner).take();
    ON.store(false, Ordering::Release);
    if let Some(printed) = printed {
        printed.read().hand_over();
    }
}

/// Does the work of a job: what is printed meanwhile is kept with it.
pub(super) fn of<T>(log: &JobLog, work: impl FnOnce() -> T) -> T {
    /// Also after a panic.
    struct Left<'a>(&'a JobLog);
    impl Drop for Left<'_> {
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
    let _left = Left(log);
    work()
}

/// Reads what the jobs printed that have been running until now.
fn change(change: impl FnOnce(&mut Vec<JobLog>)) {
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(now) = printed.as_mut() else { return };
    let came = now.read();
    change(&mut now.running);
    // Whoever listens may be slow, and others are called and return meanwhile.
    drop(printed);
    came.hand_over();
}

/// What was printed, and the jobs that ran meanwhile.
struct Came {
    text: Vec<u8>,
    jobs: Vec<JobLog>,
}

impl Printed {
    fn read(&self) -> Came {
        let _ = io::stdout().flush();
        let mut text = Vec::new();
        // Where it can't be read, the text is lost, and the results are not.
        let _ = (&self.file).read_to_end(&mut text);
        let mut jobs: Vec<JobLog> = Vec::new();
        // Where its time is limited, a job is there twice.
        for log in self.running.iter().filter(|_| !text.is_empty()) {
            if !jobs.iter().any(|job| job.is(log)) {
                jobs.push(log.clone());
            }
        }
        Came { text, jobs }
    }
}

impl Came {
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
