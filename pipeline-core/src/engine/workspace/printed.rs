//! Keeps what tasks print to standard output in the logs of their jobs.
//!
//! A process has a single standard output, and nothing in it says which job printed a line. So standard output goes to a
//! file, which is read whenever a job begins or ends: the new lines belong to the jobs that were running. If several were,
//! each of them keeps the lines, and their target says so.

use crate::engine::workspace::log::JobLog;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether printed text is kept at all. Without it, a job costs one look at this flag.
static ON: AtomicBool = AtomicBool::new(false);

static PRINTED: Mutex<Option<Printed>> = Mutex::new(None);

struct Printed {
    /// The file that standard output goes to, positioned behind what was read.
    file: File,
    running: Vec<JobLog>,
}

/// Starts keeping what arrives in `file`, which standard output has to go to through another handle.
pub(crate) fn keep(file: File) {
    *PRINTED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Printed { file, running: Vec::new() });
    ON.store(true, Ordering::Release);
}

/// Stops keeping it. Text that was printed while no job ran goes to standard error.
pub(crate) fn end() {
    let printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner).take();
    ON.store(false, Ordering::Release);
    if let Some(printed) = printed {
        printed.read().hand_over();
    }
}

/// Does `work` for a job, and keeps what is printed meanwhile in its log.
pub(crate) fn of<T>(log: &JobLog, work: impl FnOnce() -> T) -> T {
    /// Ends the job's turn, after a panic too.
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

/// Hands over what the running jobs printed, then changes which jobs are running.
fn change(change: impl FnOnce(&mut Vec<JobLog>)) {
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(now) = printed.as_mut() else { return };
    let came = now.read();
    change(&mut now.running);
    // A listener may be slow: no lock is held while it is called.
    drop(printed);
    came.hand_over();
}

/// Printed text, and the jobs that were running.
struct Came {
    text: Vec<u8>,
    jobs: Vec<JobLog>,
}

impl Printed {
    fn read(&self) -> Came {
        let _ = io::stdout().flush();
        let mut text = Vec::new();
        // A log that can't be read is lost; the run's results are unaffected.
        let _ = (&self.file).read_to_end(&mut text);
        let mut jobs: Vec<JobLog> = Vec::new();
        // A task with a time limit runs on a second thread, and its job is listed twice.
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
