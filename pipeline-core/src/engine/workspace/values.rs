//! Values in memory: those that jobs of a submission have yet to read, and those that the process keeps for later ones.

use crate::data::{DataType, Value, ValueRef};
use crate::engine::workspace::value_cache::ValueCache;
use crate::store::Hash;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values by content and type.
pub(crate) struct Values<'a> {
    memory: &'a ValueCache,
    wanted: Mutex<HashMap<(Hash, TypeId), Wanted>>,
}

/// A value that jobs have yet to read.
#[derive(Default)]
struct Wanted {
    /// How many nodes with this value are wanted.
    nodes: usize,
    value: Option<Value>,
}

impl<'a> Values<'a> {
    /// None is wanted.
    pub(crate) fn new(memory: &'a ValueCache) -> Values<'a> {
        Values { memory, wanted: Mutex::default() }
    }

    fn wanted(&self) -> MutexGuard<'_, HashMap<(Hash, TypeId), Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A node with this value will be read: it stays in memory once it is there.
    pub(crate) fn want(&self, value: &ValueRef, data: &DataType) {
        self.wanted().entry((value.hash, data.id())).or_default().nodes += 1;
    }

    /// A node with this value will not be read any more.
    pub(crate) fn release(&self, value: &ValueRef, data: &DataType) {
        let mut wanted = self.wanted();
        if let Some(one) = wanted.get_mut(&(value.hash, data.id())) {
            one.nodes -= 1;
            if one.nodes == 0 {
                wanted.remove(&(value.hash, data.id()));
            }
        }
    }

    /// The value of this type with this content, if it is in memory.
    pub(crate) fn get(&self, hash: &Hash, data: &DataType) -> Option<Value> {
        let here = self.wanted().get(&(*hash, data.id())).and_then(|wanted| wanted.value.clone());
        let here = here.or_else(|| self.memory.value(hash, data))?;
        // What can't be had of it is read from its object, which says why.
        data.viewing(here).ok()
    }

    /// Keeps a value that was read or made, whose content has so many bytes.
    pub(crate) fn keep(&self, hash: &Hash, data: &DataType, value: &Value, bytes: u64) {
        if let Some(wanted) = self.wanted().get_mut(&(*hash, data.id())) {
            // Of a table, readers may know some columns only.
            wanted.value.get_or_insert_with(|| value.clone());
        }
        if !data.scanned && !data.external {
            self.memory.keep_value(*hash, data, value, bytes);
        }
    }

    /// Keeps a value that a job made until it is known whether others will read it, and how long.
    pub(crate) fn keep_made(&self, hash: &Hash, data: &DataType, value: &Value, bytes: u64) {
        self.wanted().entry((*hash, data.id())).or_default();
        self.keep(hash, data, value, bytes);
    }

    /// Drops a value that no job will read.
    pub(crate) fn drop_unwanted(&self, value: &ValueRef, data: &DataType) {
        let mut wanted = self.wanted();
        if wanted.get(&(value.hash, data.id())).is_some_and(|wanted| wanted.nodes == 0) {
            wanted.remove(&(value.hash, data.id()));
        }
    }

    /// Keeps a value for as long as jobs have yet to read it.
    pub(crate) fn hold(&self, hash: &Hash, data: &DataType, value: Value) {
        if let Some(wanted) = self.wanted().get_mut(&(*hash, data.id())) {
            wanted.value = Some(value);
        }
    }
}
