//! Locks of the kernel on files.

use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::io;

/// A lock that is held.
pub trait Lock: Debug + Send {
    /// Gives the lock up for now; `false`: it has to be dropped instead.
    fn release(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    /// Takes a released lock again, shared; `false` if that is not possible at once, and a new lock is needed.
    fn retake(&mut self) -> io::Result<bool> {
        Ok(false)
    }
}

/// Whether others may have the lock, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// Others may have it, too, if they share it.
    Shared,
    /// Nobody else may.
    Exclusive,
}

/// What came of trying to take a lock.
#[derive(Debug)]
pub enum Tried {
    /// It is ours.
    Taken(Box<dyn Lock>),
    /// Another has it.
    Held,
    /// There is no such file.
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
