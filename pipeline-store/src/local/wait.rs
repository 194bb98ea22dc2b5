//! Waiting for locks that other programs hold.

use super::lock::{Lock, LockKind};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// How long to wait for another program that writes to a database.
const LIMIT: Duration = Duration::from_secs(30);

/// How long to wait once this program is asked to end. A write takes milliseconds.
const LIMIT_WHEN_ENDING: Duration = Duration::from_secs(1);

/// The time after which a wait is reported.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// The time between two attempts.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

static ENDING: AtomicBool = AtomicBool::new(false);

static REPORT: OnceLock<fn(&str)> = OnceLock::new();

/// Limits all waits of this process to a second from now on, because it was asked to end.
pub fn limit_waits() {
    ENDING.store(true, Ordering::Relaxed);
}

/// Calls `report` with a message for each wait of more than a second. Only the first call of this function has an
/// effect.
pub fn report_waits(report: fn(&str)) {
    let _ = REPORT.set(report);
}

/// The waits of one database connection.
#[derive(Debug)]
pub struct Wait {
    path: PathBuf,
    began: Instant,
    reported: bool,
}

impl Wait {
    /// Creates the waits of a connection to the database at `path`.
    pub fn new(path: PathBuf) -> Wait {
        Wait { path, began: Instant::now(), reported: false }
    }

    /// Sleeps for 10 ms unless the time limit has passed. Returns whether to try again. `tries` is the number of tries
    /// so far; 0 starts a new wait.
    pub fn again(&mut self, tries: i32) -> bool {
        self.again_while(tries, ENDING.load(Ordering::Relaxed))
    }

    fn again_while(&mut self, tries: i32, ending: bool) -> bool {
        if tries == 0 {
            (self.began, self.reported) = (Instant::now(), false);
        }
        let waited = self.began.elapsed();
        let limit = if ending { LIMIT_WHEN_ENDING } else { LIMIT };
        if waited >= REPORT_AFTER && !self.reported {
            self.reported = true;
            let (path, limit) = (self.path.display(), LIMIT.as_secs());
            report(&format!("for another program that has {path} locked, for up to {limit} seconds"));
        }
        if waited < limit {
            std::thread::sleep(POLL_INTERVAL);
        }
        waited < limit
    }
}

fn report(message: &str) {
    if let Some(report) = REPORT.get() {
        report(message);
    }
}

/// Takes a lock. Waits without limit, or up to a second once this program is asked to end.
pub(crate) fn lock(file: File, path: &Path, kind: LockKind) -> io::Result<Box<dyn Lock>> {
    lock_while(file, path, kind, || ENDING.load(Ordering::Relaxed))
}

fn lock_while(
    file: File,
    path: &Path,
    kind: LockKind,
    is_ending: impl Fn() -> bool,
) -> io::Result<Box<dyn Lock>> {
    let tried = match kind {
        LockKind::Shared => file.try_lock_shared(),
        LockKind::Exclusive => file.try_lock(),
    };
    match tried {
        Ok(()) => return Ok(Box::new(file)),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let (taken, wait) = sync_channel(1);
    // Waiting in the kernel can't be interrupted, so a thread does it. If this function gives up, the thread releases
    // the lock as soon as it gets it.
    std::thread::Builder::new().name("pipeline-lock".into()).spawn(move || {
        let locked = match kind {
            LockKind::Shared => file.lock_shared(),
            LockKind::Exclusive => file.lock(),
        };
        let _ = taken.send(locked.map(|()| file));
    })?;
    let began = Instant::now();
    let (mut reported, mut ending) = (false, None);
    loop {
        match wait.recv_timeout(POLL_INTERVAL) {
            Ok(file) => return Ok(Box::new(file?)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the thread that waited for a lock ended without it"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if is_ending() && ending.get_or_insert_with(Instant::now).elapsed() >= LIMIT_WHEN_ENDING {
            let message = format!("{} holds it, and this program was asked to end", holders(path));
            return Err(io::Error::other(message));
        }
        if began.elapsed() >= REPORT_AFTER && !reported && ending.is_none() {
            reported = true;
            report(&format!("for {}, which holds {}", holders(path), path.display()));
        }
    }
}

/// Describes the holders of a file's lock, for messages.
fn holders(path: &Path) -> String {
    let processes: Vec<String> = processes(path).into_iter().map(describe).collect();
    if processes.is_empty() { "another program".to_owned() } else { processes.join(" and ") }
}

/// Describes a process: its id and name, and whether it is stopped.
fn describe(process: u32) -> String {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let is_stopped =
        read("status").lines().any(|line| line.starts_with("State:") && line.contains("(stopped)"));
    let stopped = if is_stopped { ", which is stopped" } else { "" };
    match read("comm").trim() {
        "" => format!("process {process}"),
        name => format!("process {process} ({name}{stopped})"),
    }
}

/// The processes that hold a file's lock, from `/proc/locks`. Empty on systems other than Linux.
fn processes(path: &Path) -> Vec<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let Ok(inode) = std::fs::metadata(path).map(|file| file.ino()) else { return Vec::new() };
        let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        locks.lines().filter_map(|line| holder(line, inode)).collect()
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Vec::new()
    }
}

/// Parses the process id from a line such as `1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`, if the line is about
/// the file with this inode. A line with an arrow is about a process that waits, and gives `None`.
#[cfg(unix)]
fn holder(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_whitespace().skip(1);
    (words.next()? == "FLOCK").then_some(())?;
    let process = words.nth(2)?.parse().ok()?;
    (words.next()?.rsplit(':').next()?.parse() == Ok(inode)).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    /// The reports about a file.
    fn reports(path: &Path) -> Vec<String> {
        let path = path.display().to_string();
        REPORTS.lock().expect("reports").iter().filter(|report| report.contains(&path)).cloned().collect()
    }

    fn collect_reports() {
        report_waits(|message| REPORTS.lock().expect("reports").push(message.to_owned()));
    }

    #[test]
    fn a_program_that_is_asked_to_end_waits_only_briefly() {
        let mut wait = Wait::new("registry".into());
        let began = Instant::now();
        let tries = (0..).take_while(|&tries| wait.again_while(tries, true)).count();
        assert!(tries > 1 && began.elapsed() < LIMIT / 3, "{:?}", began.elapsed());
    }

    #[test]
    fn a_wait_names_the_holder_after_a_second_and_is_short_when_ending() {
        collect_reports();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("gc.lock");
        let file = || File::options().write(true).create(true).truncate(false).open(&path).expect("a file");
        let other = file();
        other.lock().expect("locked");
        let error = lock_while(file(), &path, LockKind::Shared, || true).expect_err("held").to_string();
        assert!(error.contains("asked to end"), "{error}");
        let unlocking = std::thread::spawn(move || {
            std::thread::sleep(REPORT_AFTER * 3 / 2);
            drop(other);
        });
        lock_while(file(), &path, LockKind::Shared, || false).expect("taken");
        unlocking.join().expect("unlocked");
        let us = format!("process {} (", std::process::id());
        assert!(reports(&path).iter().all(|report| !cfg!(target_os = "linux") || report.contains(&us)));
        assert_eq!(reports(&path).len(), 1, "{:?}", reports(&path));
    }

    #[cfg(unix)]
    #[test]
    fn holders_are_parsed_from_proc_locks() {
        let holding = "37: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF";
        assert_eq!(holder(holding, 5678), Some(1234));
        assert_eq!(holder(holding, 678), None);
        assert_eq!(holder("37: -> FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF", 5678), None, "it waits");
        assert_eq!(holder("37: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF", 5678), None);
    }
}
