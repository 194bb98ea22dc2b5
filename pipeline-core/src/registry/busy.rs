//! Waiting for another program that has the registry locked.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long to wait for another program that is writing.
const LIMIT: Duration = Duration::from_secs(30);

/// How long to wait where the program is asked to end: what another one writes takes milliseconds.
const LIMIT_AT_THE_END: Duration = Duration::from_secs(1);

/// After how long a wait is reported.
const SILENT: Duration = Duration::from_secs(1);

/// How often to look.
const LOOK: Duration = Duration::from_millis(10);

static ENDING: AtomicBool = AtomicBool::new(false);

static REPORT: OnceLock<fn(&str)> = OnceLock::new();

/// Limits all later waits of this process to a second: it was asked to end.
#[cfg(feature = "cli")]
pub(crate) fn wait_no_longer() {
    ENDING.store(true, Ordering::Relaxed);
}

/// Calls `report` with a message for each wait that takes longer than a second. The first call counts.
#[cfg(any(feature = "cli", test))]
pub(crate) fn report_waits(report: fn(&str)) {
    let _ = REPORT.set(report);
}

/// One connection's waits.
#[derive(Debug)]
pub(super) struct Wait {
    path: PathBuf,
    began: Instant,
    reported: bool,
}

impl Wait {
    pub(super) fn new(path: PathBuf) -> Wait {
        Wait { path, began: Instant::now(), reported: false }
    }

    /// Waits a moment; whether to try again after so many tries.
    pub(super) fn again(&mut self, tries: i32) -> bool {
        self.again_while(tries, ENDING.load(Ordering::Relaxed))
    }

    fn again_while(&mut self, tries: i32, ending: bool) -> bool {
        if tries == 0 {
            (self.began, self.reported) = (Instant::now(), false);
        }
        let waited = self.began.elapsed();
        let limit = if ending { LIMIT_AT_THE_END } else { LIMIT };
        if waited >= SILENT && !self.reported {
            self.reported = true;
            if let Some(report) = REPORT.get() {
                let (path, limit) = (self.path.display(), LIMIT.as_secs());
                report(&format!(
                    "another program has the registry {path} locked: waiting for it for up to {limit} seconds"
                ));
            }
        }
        if waited < limit {
            std::thread::sleep(LOOK);
        }
        waited < limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;
    use std::sync::Mutex;

    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn a_locked_registry_is_waited_for_and_after_a_second_that_is_reported_once() {
        report_waits(|message| REPORTS.lock().expect("reports").push(message.to_owned()));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("registry.sqlite");
        let registry = Registry::open(&path).expect("opened");
        let other = rusqlite::Connection::open(&path).expect("opened");
        other.execute_batch("BEGIN IMMEDIATE").expect("locked");
        let unlocking = std::thread::spawn(move || {
            std::thread::sleep(SILENT * 3 / 2);
            other.execute_batch("COMMIT").expect("unlocked");
        });
        let began = Instant::now();
        assert!(!registry.resolve_mismatch(1, 0).expect("written"), "there is none");
        assert!(began.elapsed() >= SILENT, "it waited");
        unlocking.join().expect("unlocked");
        let place = path.display().to_string();
        let reports = REPORTS.lock().expect("reports");
        let ours: Vec<_> = reports.iter().filter(|report| report.contains(&place)).collect();
        assert_eq!(ours.len(), 1, "{reports:?}");
    }

    #[test]
    fn nobody_waits_long_who_is_asked_to_end() {
        let mut wait = Wait::new("registry".into());
        let began = Instant::now();
        let tries = (0..).take_while(|&tries| wait.again_while(tries, true)).count();
        assert!(tries > 1 && began.elapsed() < LIMIT / 3, "{:?}", began.elapsed());
    }
}
