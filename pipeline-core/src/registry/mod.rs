//! The registry: a SQLite database of scenarios and runs.
//!
//! Results are files and need no database. The registry stores everything else: the scenarios, the values of their
//! inputs, and what each run did. Several processes can have it open at once (in WAL mode). Every method is one
//! transaction, and no transaction is open while tasks run.
//!
//! Each table, or group of tables, has a module with the rows as plain data and the methods of [`Registry`] that read
//! and write them. [`archive`] reads and writes everything that belongs to one scenario. `schema/` has a file for each
//! version of the schema, which migrates the tables from the version before.

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
    JobStateRow, NewSubmission, Orphan, Pinned, RecordedRun, RunQuery, RunRecord, SubmissionRow,
};
pub(crate) use versions::VersionRow;

use crate::store::Wait;
use copy::Copy;
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The schema version that this program writes. Older versions are migrated to it, step by step.
const VERSION: i64 = 5;

/// The migrations from each version to the next, starting with an empty database.
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
        /// The error of the database.
        source: Box<dyn std::error::Error + Send + Sync>,
        /// What to do, if that is known; else empty.
        advice: &'static str,
    },
    /// The registry has a newer version than this program supports.
    #[error(
        "the registry {} has version {found}, but this program supports version {known}: use a newer program",
        path.display()
    )]
    OtherVersion {
        /// The database file.
        path: PathBuf,
        /// The registry's version.
        found: i64,
        /// The version that this program supports.
        known: i64,
    },
    /// This process may only read the registry.
    #[error(
        "the registry {} can be read, but not written by this user: choose another store with `--store`, or ask for \
         write permission",
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
        /// The cause.
        source: std::io::Error,
    },
    /// A registry that this process may only read changed each time it was copied.
    #[error("can't read the registry {}: it keeps changing; try again", path.display())]
    Unsettled {
        /// The database file.
        path: PathBuf,
    },
}

/// The outcome of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Done,
    /// The scenario no longer exists.
    NoScenario,
    NameTaken,
    /// This run of the scenario is still running.
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
    /// The number of earlier copies.
    copies: i64,
}

impl Registry {
    /// Opens the registry, and creates or migrates its tables.
    pub(crate) fn open(path: &Path) -> Result<Registry, RegistryError> {
        let failed = |source| failed(path, source);
        let mut connection = Connection::open(path).map_err(failed)?;
        let mut wait = Wait::new(path.into());
        connection.busy_handler(Some(move |tries| wait.again(tries))).map_err(failed)?;
        // Switching a new database to WAL mode takes a lock without waiting for it.
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

    /// Creates a registry in the memory of this process. `path` is where a registry on disk would be; messages show it.
    pub(crate) fn in_memory(path: &Path) -> Result<Registry, RegistryError> {
        let failed = |source| failed(path, source);
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        check_version(path, prepare(&mut connection).map_err(failed)?)?;
        let open = Opened { connection, copy: None, copies: 0 };
        Ok(Registry { path: path.into(), read_only: false, open: Mutex::new(open) })
    }

    /// Opens a registry that this process may only read.
    pub(crate) fn open_to_read(path: &Path) -> Result<Registry, RegistryError> {
        let (connection, copy) = copy::open(path)?;
        let open = Opened { connection, copy, copies: 0 };
        Ok(Registry { path: path.into(), read_only: true, open: Mutex::new(open) })
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the connection. Replaces a copy that is out of date first.
    fn current(&self) -> Result<MutexGuard<'_, Opened>, RegistryError> {
        let mut opened = self.opened();
        if opened.copy.as_ref().is_some_and(|copy| !copy.is_current(&self.path)) {
            let (connection, copy) = copy::open(&self.path)?;
            *opened = Opened { connection, copy, copies: opened.copies + 1 };
        }
        Ok(opened)
    }

    /// Stops the database from growing, or lets it grow again.
    #[cfg(test)]
    pub(crate) fn limit_space(&self, limited: bool) {
        let Opened { connection, .. } = &*self.opened();
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("pages");
        let limit = if limited { pages } else { 1 << 30 };
        connection.pragma_update_and_check(None, "max_page_count", limit, |_| Ok(())).expect("a limit");
    }

    /// Returns a lower bound for the modification times of all files written after the registry was created. It is two
    /// seconds before the creation, because file systems store times in steps of up to two seconds.
    pub(crate) fn made(&self) -> Result<SystemTime, RegistryError> {
        let micros: i64 =
            self.read(|connection| connection.query_row("SELECT made FROM about", [], |row| row.get(0)))?;
        let step = Duration::from_secs(2);
        Ok(UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or_default()).saturating_sub(step))
    }

    /// Returns a number that changes whenever another process, or another handle of this process, has written.
    pub(crate) fn changes(&self) -> Result<i64, RegistryError> {
        let changes: i64 =
            self.read(|connection| connection.pragma_query_value(None, "data_version", |row| row.get(0)))?;
        // Each copy starts counting from the beginning.
        Ok(changes + (self.opened().copies << 32))
    }

    /// Returns the size of the registry's files in bytes.
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

    /// Makes everything that was written so far durable. Without this, a power failure may lose the end of the log.
    pub(crate) fn make_durable(&self) -> Result<(), RegistryError> {
        // A checkpoint syncs the log, then the database. Readers may keep it from completing, but the log is synced in
        // any case.
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

/// Converts an error of SQLite to one of the registry.
fn failed(path: &Path, source: rusqlite::Error) -> RegistryError {
    RegistryError::Database { path: path.into(), advice: advice(&source), source: Box::new(source) }
}

/// Returns what to do about an error of SQLite.
fn advice(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "; another program has held its lock for a long time, try again"
        }
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => "; check whether the disk is full",
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "; move the file away to start a new registry: results stay known, but the names, inputs and runs of \
             scenarios are lost"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "; check whether the store's directory is writable"
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

/// Configures the connection, and migrates the tables. Returns the schema version that the database has then.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    let version =
        |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get(0));
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // 32 MiB: a negative value is in KiB. SQLite allocates only what it reads, and lookups of tens of thousands of
    // files need the same pages again.
    connection.pragma_update(None, "cache_size", -32_768)?;
    if version(connection)? >= VERSION {
        connection.pragma_update(None, "foreign_keys", true)?;
        return version(connection);
    }
    // A migration may recreate a table; rows that refer to the old one must stay.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // Another process may have created the tables since the check above.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in version(&transaction)?..VERSION {
        transaction.execute_batch(STEPS[usize::try_from(step).unwrap_or_default()])?;
        transaction.pragma_update(None, "user_version", step + 1)?;
    }
    transaction.commit()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    version(connection)
}

/// Returns a time in microseconds since 1970, as the tables store times.
pub(crate) fn micros(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Returns a duration in microseconds.
pub(crate) fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
