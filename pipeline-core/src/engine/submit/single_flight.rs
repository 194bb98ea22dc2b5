//! Single-flight: jobs with the same key that are ready at the same time, in one submission or in several of this process, call
//! the function only once.

use crate::store::Hash;
use std::collections::HashSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a waiting job looks whether its submission is canceled.
const INTERVAL: Duration = Duration::from_millis(50);

/// The keys whose functions are being called by the submissions of a store.
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
    /// now. The other job is already running on another worker and waits for no key, so the wait ends. It also ends once
    /// `canceled` returns `true`.
    pub(crate) fn take(&self, key: Hash, canceled: impl Fn() -> bool) -> Option<Flight<'_>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.insert(key) {
            return Some(Flight { single_flight: self, key });
        }
        while keys.contains(&key) && !canceled() {
            let waited = self.landed.wait_timeout(keys, INTERVAL);
            (keys, _) = waited.unwrap_or_else(PoisonError::into_inner);
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
