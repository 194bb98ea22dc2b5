//! The value cache: records and values that a process keeps in memory from one submission to the next, which saves
//! reading them again. The store is still checked each time for whether they exist and are intact.

use crate::data::{ColumnContent, DataType, Value};
use crate::engine::job::record::ResultRecord;
use crate::store::{Hash, Stamp};
use hashlink::LruCache;
use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The maximum number of records, of about a kilobyte each.
pub(crate) const RECORDS: usize = 1 << 14;

/// The default budget for values, in bytes.
const VALUES: u64 = 64 << 20;

/// The overhead of an entry, in bytes.
const ENTRY: u64 = 128;

/// Records and values. The least recently used are evicted first.
pub(crate) struct ValueCache {
    /// The records by key, each with the stamp of its file.
    records: Mutex<LruCache<Hash, (Stamp, Arc<ResultRecord>)>>,
    values: Mutex<Values>,
    /// The contents of the columns of tables that are a single object.
    contents: Mutex<LruCache<Hash, Vec<ColumnContent>>>,
}

struct Values {
    /// The values with their sizes, by content and type: the same bytes may be values of several types.
    cache: LruCache<(Hash, TypeId), (u64, Value)>,
    used: u64,
    budget: u64,
}

impl Default for ValueCache {
    fn default() -> ValueCache {
        let values = Values { cache: LruCache::new_unbounded(), used: 0, budget: VALUES };
        let contents = Mutex::new(LruCache::new(RECORDS));
        ValueCache { records: Mutex::new(LruCache::new(RECORDS)), values: Mutex::new(values), contents }
    }
}

impl ValueCache {
    /// Returns the record under a key, if its file still has this stamp.
    pub(crate) fn record(&self, key: &Hash, stamp: &Stamp) -> Option<Arc<ResultRecord>> {
        let mut records = lock(&self.records);
        records.get(key).filter(|(read, _)| read == stamp).map(|(_, record)| record.clone())
    }

    pub(crate) fn keep_record(&self, key: Hash, stamp: Stamp, record: Arc<ResultRecord>) {
        lock(&self.records).insert(key, (stamp, record));
    }

    /// Returns the value of this type with this content.
    pub(crate) fn value(&self, content: &Hash, data: &DataType) -> Option<Value> {
        lock(&self.values).cache.get(&(*content, data.id())).map(|(_, value)| value.clone())
    }

    /// Keeps a value, unless it exceeds the budget. `bytes` is the size of its object.
    pub(crate) fn keep_value(&self, content: Hash, data: &DataType, value: &Value, bytes: u64) {
        let bytes = bytes.saturating_add(ENTRY);
        let mut values = lock(&self.values);
        if bytes <= values.budget {
            values.used += bytes;
            if let Some((before, _)) = values.cache.insert((content, data.id()), (bytes, value.clone())) {
                values.used -= before;
            }
            values.make_room();
        }
    }

    /// Returns the contents of the columns of a table.
    pub(crate) fn contents(&self, table: &Hash) -> Option<Vec<ColumnContent>> {
        lock(&self.contents).get(table).cloned()
    }

    pub(crate) fn keep_contents(&self, table: Hash, contents: &[ColumnContent]) {
        lock(&self.contents).insert(table, contents.to_vec());
    }

    /// Removes the values with this content.
    pub(crate) fn forget(&self, content: &Hash) {
        let mut values = lock(&self.values);
        let of_content: Vec<_> =
            values.cache.iter().map(|(key, _)| *key).filter(|key| key.0 == *content).collect();
        for key in of_content {
            let bytes = values.cache.remove(&key).map_or(0, |(bytes, _)| bytes);
            values.used -= bytes;
        }
    }

    /// Sets the maximum number of bytes of values to keep.
    pub(crate) fn set_budget(&self, bytes: u64) {
        let mut values = lock(&self.values);
        values.budget = bytes;
        values.make_room();
    }
}

impl Values {
    fn make_room(&mut self) {
        while self.used > self.budget
            && let Some((_, (bytes, _))) = self.cache.remove_lru()
        {
            self.used -= bytes;
        }
    }
}

impl std::fmt::Debug for ValueCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Values { used, budget, .. } = &*lock(&self.values);
        write!(f, "ValueCache({used} of {budget} bytes)")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_value_is_evicted_first_and_values_are_kept_by_type() {
        let memory = ValueCache::default();
        let (text, number) = (DataType::of::<String, _>(), DataType::of::<i64, _>());
        let [a, b, c] = ["a", "b", "c"].map(|name| Hash::of(name.as_bytes()));
        let keep = |hash, bytes| memory.keep_value(hash, &text, &Value::new(String::new()), bytes);
        memory.set_budget(10_000);
        keep(a, 4_000);
        keep(b, 4_000);
        assert!(memory.value(&a, &text).is_some() && memory.value(&a, &number).is_none());
        keep(c, 4_000);
        assert!(memory.value(&b, &text).is_none());
        assert!(memory.value(&a, &text).is_some() && memory.value(&c, &text).is_some());

        // Keeping the same value again takes no more room; a value larger than the budget is not kept.
        keep(c, 4_000);
        keep(b, 10_000);
        assert!(memory.value(&a, &text).is_some() && memory.value(&b, &text).is_none());
        memory.set_budget(0);
        assert!([a, b, c].iter().all(|hash| memory.value(hash, &text).is_none()));
    }
}
