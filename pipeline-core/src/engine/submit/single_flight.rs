//! Single-flight: jobs with the same key that are ready at the same time call the function only once.

use crate::store::Hash;
use std::collections::HashSet;
use std::sync::{Condvar, Mutex, PoisonError};

/// The keys whose functions are being called in this submission.
#[derive(Debug, Default)]
pub(crate) struct SingleFlight {
    keys: Mutex<HashSet<Hash>>,
    landed: Condvar,
}

/// The right to call the function for a key. Dropping it releases the key.
pub(crate) struct Flight<'a> {
    single_flight: &'a SingleFlight,
    key: Hash,
}

impl SingleFlight {
    /// Takes the key. If another job has it, waits until that job is done and returns `None`: the result may be known
    /// now. The other job is already running on another worker and waits for no key, so the wait ends.
    pub(crate) fn take(&self, key: Hash) -> Option<Flight<'_>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.insert(key) {
            return Some(Flight { single_flight: self, key });
        }
        while keys.contains(&key) {
            keys = self.landed.wait(keys).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.single_flight.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.single_flight.landed.notify_all();
    }
}
