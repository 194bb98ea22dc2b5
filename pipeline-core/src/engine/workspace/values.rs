//! Values in memory: those that jobs of a submission still have to read, and those that the process caches for later
//! submissions.

use crate::data::{DataType, Value, ValueRef};
use crate::engine::workspace::value_cache::ValueCache;
use crate::store::Hash;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values, by content and type.
pub(crate) struct Values<'a> {
    memory: &'a ValueCache,
    pending: Mutex<HashMap<(Hash, TypeId), Pending>>,
}

/// A value that jobs still have to read.
#[derive(Default)]
struct Pending {
    /// The number of nodes with this value that jobs still have to read.
    nodes: usize,
    value: Option<Value>,
}

impl<'a> Values<'a> {
    /// Creates values without readers, on top of a cache.
    pub(crate) fn new(memory: &'a ValueCache) -> Values<'a> {
        Values { memory, pending: Mutex::default() }
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<(Hash, TypeId), Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a node with this value that will be read: the value stays in memory once it is there.
    pub(crate) fn retain(&self, value: &ValueRef, data: &DataType) {
        self.pending().entry((value.hash, data.id())).or_default().nodes += 1;
    }

    /// Unregisters a node with this value: it will not be read again.
    pub(crate) fn release(&self, value: &ValueRef, data: &DataType) {
        let mut pending = self.pending();
        if let Some(one) = pending.get_mut(&(value.hash, data.id())) {
            one.nodes -= 1;
            if one.nodes == 0 {
                pending.remove(&(value.hash, data.id()));
            }
        }
    }

    /// Returns the value of this type with this content, if it is in memory.
    pub(crate) fn get(&self, hash: &Hash, data: &DataType) -> Option<Value> {
        let here = self.pending().get(&(*hash, data.id())).and_then(|pending| pending.value.clone());
        let here = here.or_else(|| self.memory.value(hash, data))?;
        // On failure the value is read from its object, which reports the error.
        data.viewing(here).ok()
    }

    /// Keeps a value that was read or made. `bytes` is the size of its content.
    pub(crate) fn keep(&self, hash: &Hash, data: &DataType, value: &Value, bytes: u64) {
        if let Some(pending) = self.pending().get_mut(&(*hash, data.id())) {
            // The value that is already there stays: that of a table may have more columns.
            pending.value.get_or_insert_with(|| value.clone());
        }
        if !data.scanned && !data.external {
            self.memory.keep_value(*hash, data, value, bytes);
        }
    }

    /// Keeps a value that a job made until its readers are registered.
    pub(crate) fn keep_made(&self, hash: &Hash, data: &DataType, value: &Value, bytes: u64) {
        self.pending().entry((*hash, data.id())).or_default();
        self.keep(hash, data, value, bytes);
    }

    /// Drops a value that no job will read.
    pub(crate) fn drop_unread(&self, value: &ValueRef, data: &DataType) {
        let mut pending = self.pending();
        if pending.get(&(value.hash, data.id())).is_some_and(|pending| pending.nodes == 0) {
            pending.remove(&(value.hash, data.id()));
        }
    }

    /// Keeps a value as long as jobs still have to read it.
    pub(crate) fn hold(&self, hash: &Hash, data: &DataType, value: Value) {
        if let Some(pending) = self.pending().get_mut(&(*hash, data.id())) {
            pending.value = Some(value);
        }
    }
}
