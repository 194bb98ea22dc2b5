//! Kernel locks on files.

use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::io;

/// A lock that is held.
pub trait Lock: Debug + Send {
    /// Releases the lock, to be retaken later. Returns `false` if the lock must be dropped instead.
    fn release(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    /// Takes a released lock again, as a shared lock. Returns `false` if that is not possible immediately; the caller
    /// then needs a new lock.
    fn retake(&mut self) -> io::Result<bool> {
        Ok(false)
    }
}

/// The kind of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// Other processes may hold shared locks at the same time.
    Shared,
    /// No other process may hold a lock at the same time.
    Exclusive,
}

/// The outcome of trying to take a lock.
#[derive(Debug)]
pub enum TryLock {
    /// The lock was taken.
    Taken(Box<dyn Lock>),
    /// Another lock on the file is held.
    Held,
    /// The file does not exist.
    Absent,
}

impl Lock for File {
    fn release(&mut self) -> io::Result<bool> {
        self.unlock().map(|()| true)
    }

    fn retake(&mut self) -> io::Result<bool> {
        match self.try_lock_shared() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
