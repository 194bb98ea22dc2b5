//! Floor 2: scenarios and runs, in SQLite.
//!
//! Results are files and need no database; this one holds what is not a result: which scenarios
//! there are, what was written to their inputs, and what each submission did. Several processes may
//! have it open at once (WAL); every method is one transaction, and none is open while tasks run.
//!
//! A module for each of its tables, or for those that belong together, with the rows as plain data and the methods of
//! [`Registry`] that read and write them; [`archive`] takes one scenario's part of all. `schema/` has a file for each
//! version of the tables, which brings them there from the one before.

mod archive;
mod copy;
mod ids;
mod inputs;
mod kpis;
mod named;
mod rechecks;
mod results;
mod scenarios;
mod stamps;
mod submissions;
mod versions;

pub(crate) use archive::{Archive, ImportOutcome};
pub use ids::{RunId, VersionId};
pub(crate) use inputs::{EditRow, InputRow, NewInputValue, Stored};
pub(crate) use kpis::{KpiRow, RecordedKpi};
pub(crate) use rechecks::MismatchRow;
pub(crate) use results::ResultRow;
pub(crate) use scenarios::{NewScenario, ScenarioDetails, ScenarioQuery, ScenarioRow};
pub(crate) use stamps::KnownContent;
pub(crate) use submissions::{
    JobStateRow, Kept, KeptSubmission, NewSubmission, Orphan, Pinned, SubmissionRow, SubmissionsWanted,
};
pub(crate) use versions::VersionRow;

use crate::store::Wait;
use copy::Copy;
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The version of the tables that this program writes. Older ones are brought up to it, step by step.
const VERSION: i64 = 5;

/// What brings the tables from each version to the next, beginning with none.
const STEPS: [&str; VERSION as usize] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
];

/// A registry that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The database failed.
    #[error("the registry {}: {source}{advice}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
        /// What to do, where that is known.
        advice: &'static str,
    },
    /// Another version of the library made the registry.
    #[error("the registry {} has version {found}, and this program knows version {known}: use a newer program", path.display())]
    OtherVersion {
        /// The database file.
        path: PathBuf,
        /// The registry's version.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// This process may only read the registry.
    #[error(
        "the registry {} can be read, but not written by this user: choose a store of your own with `--store`, or ask \
         for the right to write",
        path.display()
    )]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// A registry that this process may only read could not be copied.
    #[error("can't copy the registry {} to read it: {source}", path.display())]
    Copy {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A registry that this process may only read changed whenever it was copied.
    #[error("can't read the registry {}: it changes all the time; try again", path.display())]
    Unsettled {
        /// The database file.
        path: PathBuf,
    },
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Done,
    /// There is no such scenario any more.
    NoScenario,
    NameTaken,
    /// This submission of it runs.
    Running(i64),
}

/// The registry of one store.
#[derive(Debug)]
pub(crate) struct Registry {
    path: PathBuf,
    read_only: bool,
    open: Mutex<Opened>,
}

#[derive(Debug)]
struct Opened {
    connection: Connection,
    /// The copy that the connection reads, if it does not read the registry itself.
    copy: Option<Copy>,
    /// How many earlier copies were read.
    copies: i64,
}

impl Registry {
    /// Opens the registry, and makes its tables when there are none.
    pub(crate) fn open(path: &Path) -> Result<Registry, RegistryError> {
        let failed = |source| failed(path, source);
        let mut connection = Connection::open(path).map_err(failed)?;
        let mut wait = Wait::new(path.into());
        connection.busy_handler(Some(move |tries| wait.again(tries))).map_err(failed)?;
        // Turning a new database to WAL takes a lock without waiting for it.
        let (mut wait, mut tries) = (Wait::new(path.into()), 0..);
        let version = loop {
            match prepare(&mut connection) {
                Err(error) if is_busy(&error) && wait.again(tries.next().unwrap_or(i32::MAX)) => {}
                other => break other.map_err(failed)?,
            }
        };
        check_version(path, version)?;
        let open = Opened { connection, copy: None, copies: 0 };
        Ok(Registry { path: path.into(), read_only: false, open: Mutex::new(open) })
    }

    /// A registry in the memory of this process. It has the path of one beside the blobs, for messages.
    pub(crate) fn in_memory(path: &Path) -> Result<Registry, RegistryError> {
        let failed = |source| failed(path, source);
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        check_version(path, prepare(&mut connection).map_err(failed)?)?;
        let open = Opened { connection, copy: None, copies: 0 };
        Ok(Registry { path: path.into(), read_only: false, open: Mutex::new(open) })
    }

    /// Opens a registry that this process may not write to.
    pub(crate) fn open_to_read(path: &Path) -> Result<Registry, RegistryError> {
        let (connection, copy) = copy::open(path)?;
        let open = Opened { connection, copy, copies: 0 };
        Ok(Registry { path: path.into(), read_only: true, open: Mutex::new(open) })
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, after a copy that is out of date was replaced.
    fn current(&self) -> Result<MutexGuard<'_, Opened>, RegistryError> {
        let mut opened = self.opened();
        if opened.copy.as_ref().is_some_and(|copy| !copy.is_current(&self.path)) {
            let (connection, copy) = copy::open(&self.path)?;
            *opened = Opened { connection, copy, copies: opened.copies + 1 };
        }
        Ok(opened)
    }

    /// Lets the database grow no more, or again.
    #[cfg(test)]
    pub(crate) fn limit_space(&self, limited: bool) {
        let Opened { connection, .. } = &*self.opened();
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("pages");
        let limit = if limited { pages } else { 1 << 30 };
        connection.pragma_update_and_check(None, "max_page_count", limit, |_| Ok(())).expect("a limit");
    }

    /// A moment before the registry was made that no file is older than which was made after it: file systems
    /// count time in steps of up to two seconds.
    pub(crate) fn made(&self) -> Result<SystemTime, RegistryError> {
        let micros: i64 =
            self.read(|connection| connection.query_row("SELECT made FROM about", [], |row| row.get(0)))?;
        let step = Duration::from_secs(2);
        Ok(UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or_default()).saturating_sub(step))
    }

    /// A number that is another one whenever another process, or another handle of this one, has written.
    pub(crate) fn changes(&self) -> Result<i64, RegistryError> {
        let changes: i64 =
            self.read(|connection| connection.pragma_query_value(None, "data_version", |row| row.get(0)))?;
        // Each copy starts counting anew.
        Ok(changes + (self.opened().copies << 32))
    }

    /// The size of the registry's files.
    pub(crate) fn bytes(&self) -> u64 {
        let file = |suffix: &str| std::fs::metadata(format!("{}{suffix}", self.path.display()));
        ["", "-wal", "-shm"].iter().filter_map(|suffix| Some(file(suffix).ok()?.len())).sum()
    }

    /// Runs one transaction that writes.
    fn write<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, RegistryError> {
        if self.read_only {
            return Err(RegistryError::ReadOnly { path: self.path.clone() });
        }
        let Opened { connection, .. } = &mut *self.opened();
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|source| self.failed(source))
    }

    /// Makes all that was written so far outlast a loss of power. Without it, the end of the log may be lost.
    pub(crate) fn make_durable(&self) -> Result<(), RegistryError> {
        // A checkpoint syncs the log, then the database. Readers may keep it from ending; the log is synced all the same.
        self.read(|connection| connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())))
    }

    /// Runs one query.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, RegistryError> {
        work(&self.current()?.connection).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: rusqlite::Error) -> RegistryError {
        failed(&self.path, source)
    }
}

fn exists(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM scenarios WHERE id = ?1")?.exists([id])
}

fn check_version(path: &Path, found: i64) -> Result<(), RegistryError> {
    if found == VERSION {
        return Ok(());
    }
    Err(RegistryError::OtherVersion { path: path.into(), found, known: VERSION })
}

/// What SQLite says, as an error of the registry.
fn failed(path: &Path, source: rusqlite::Error) -> RegistryError {
    RegistryError::Database { path: path.into(), advice: advice(&source), source: Box::new(source) }
}

/// What to do about it.
fn advice(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "; another program has been writing for long, try again"
        }
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => "; look whether the disk is full",
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "; move it away to begin a new one: results stay known, the names, inputs and runs of scenarios are lost"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "; look whether the store's directory may be written"
        }
        _ => "",
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

/// Sets the connection up; the version of the tables that are there now.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    let version =
        |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get(0));
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // In KiB, and as much as is read: where files are looked up by the ten thousand, pages are needed again.
    connection.pragma_update(None, "cache_size", -32_768)?;
    if version(connection)? >= VERSION {
        connection.pragma_update(None, "foreign_keys", true)?;
        return version(connection);
    }
    // A step may make a table anew: what refers to the rows of the old one stays.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // Another process may have made the tables since we looked.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in version(&transaction)?..VERSION {
        transaction.execute_batch(STEPS[usize::try_from(step).unwrap_or_default()])?;
        transaction.pragma_update(None, "user_version", step + 1)?;
    }
    transaction.commit()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    version(connection)
}

/// Microseconds since 1970, as the tables hold times.
pub(crate) fn micros(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A length of time in microseconds.
pub(crate) fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
