//! Leases in memory, for blobs that only this process uses.

use super::{Exclusive, Leases};
use crate::Hash;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The names that this process holds in a store that no other process uses.
#[derive(Debug, Default)]
pub struct MemoryLeases {
    held: Mutex<HashMap<Hash, usize>>,
}

impl MemoryLeases {
    /// Creates leases that hold nothing.
    pub fn new() -> MemoryLeases {
        MemoryLeases::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the only session.
const SESSION: &str = "this process";

impl Leases for MemoryLeases {
    fn hold(&self, hash: &Hash) -> io::Result<()> {
        *self.lock().entry(*hash).or_default() += 1;
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    fn release(&self, hashes: &[Hash]) {
        let mut held = self.lock();
        for hash in hashes {
            if let Some(count) = held.get_mut(hash) {
                *count -= 1;
                if *count == 0 {
                    held.remove(hash);
                }
            }
        }
    }

    fn session(&self) -> io::Result<String> {
        Ok(SESSION.into())
    }

    fn is_alive(&self, session: &str) -> io::Result<bool> {
        Ok(session == SESSION)
    }

    fn exclusive(&self) -> io::Result<Box<dyn Exclusive + '_>> {
        Ok(Box::new(ExclusiveGuard(self.lock())))
    }
}

struct ExclusiveGuard<'a>(MutexGuard<'a, HashMap<Hash, usize>>);

impl Exclusive for ExclusiveGuard<'_> {
    fn held(&self) -> io::Result<HashSet<Hash>> {
        Ok(self.0.keys().copied().collect())
    }
}
