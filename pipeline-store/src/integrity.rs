//! Remembers which objects are intact: when their bytes were last verified, and the stamp that they had then.
//!
//! The notes are stored beside the objects in 256 lists, by the first byte of the hash, so that a process that needs
//! few of them reads little. A note may get lost at any time. The object's bytes are then read again.

use crate::blobs::{Blobs, Existing};
use crate::{Hash, Stamp};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The notes about objects, in this process and in the lists.
#[derive(Debug)]
pub(crate) struct IntegrityCache {
    blobs: Arc<dyn Blobs>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    notes: HashMap<Hash, Note>,
    /// Objects whose notes are not in the lists yet.
    unwritten: Vec<Hash>,
    /// The number of notes that each list had when it was read.
    read: HashMap<u8, usize>,
}

/// The note that an object was intact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Note {
    /// The stamp of the object then; `None` if the object is suspect, so that no stamp is trusted.
    stamp: Option<Stamp>,
    /// When its bytes were read or written, in microseconds since 1970.
    read: i64,
    /// Whether this process read or wrote them.
    by_us: bool,
}

/// A list is rewritten when it has more notes than twice the current ones plus this number.
const SLACK: usize = 64;

impl IntegrityCache {
    pub(crate) fn new(blobs: Arc<dyn Blobs>) -> IntegrityCache {
        IntegrityCache { blobs, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the bytes of an object with this stamp were last found intact, in microseconds since 1970.
    pub(crate) fn verified_at(&self, hash: &Hash, stamp: &Stamp) -> Option<i64> {
        let mut known = self.known();
        let verified = |known: &Known| {
            known.notes.get(hash).filter(|note| note.stamp == Some(*stamp)).map(|note| note.read)
        };
        // Another process may have noted it since the list was read.
        verified(&known).or_else(|| {
            known.read_list(&*self.blobs, hash);
            verified(&known)
        })
    }

    /// Whether this process has read or written the bytes of an object with this stamp.
    pub(crate) fn is_read(&self, hash: &Hash, stamp: &Stamp) -> bool {
        self.known().notes.get(hash).is_some_and(|note| note.by_us && note.stamp == Some(*stamp))
    }

    /// When an object's bytes were last found intact, in microseconds since 1970, whatever its stamp is now.
    pub(crate) fn last_verified(&self, hash: &Hash) -> Option<i64> {
        let mut known = self.known();
        known.read_list(&*self.blobs, hash);
        known.notes.get(hash).map(|note| note.read)
    }

    /// Notes that this process has read or written the bytes of an object with this stamp.
    pub(crate) fn insert(&self, hash: &Hash, stamp: Stamp, read: SystemTime) {
        let read = read.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let note = Note { stamp: Some(stamp), read: i64::try_from(read).unwrap_or(i64::MAX), by_us: true };
        let mut known = self.known();
        known.notes.insert(*hash, note);
        known.unwritten.push(*hash);
    }

    /// Marks objects as suspect, and distrusts their stamps.
    pub(crate) fn suspect(&self, hashes: &[Hash]) {
        let mut known = self.known();
        for hash in hashes {
            known.read_list(&*self.blobs, hash);
            if let Some(note) = known.notes.get_mut(hash) {
                *note = Note { stamp: None, ..*note };
                known.unwritten.push(*hash);
            }
        }
        // If the notes can't be written, the next process that reads the bytes finds the damage as well.
        let _ = known.write(&*self.blobs);
    }

    /// Drops the notes about objects that were removed.
    pub(crate) fn forget(&self, hashes: &[Hash]) {
        let mut known = self.known();
        let mut lists: BTreeMap<u8, ()> = BTreeMap::new();
        for hash in hashes {
            known.read_list(&*self.blobs, hash);
            known.notes.remove(hash);
            lists.insert(list_of(hash), ());
        }
        known.unwritten.retain(|hash| !hashes.contains(hash));
        lists.into_keys().for_each(|list| drop(known.rewrite(&*self.blobs, list)));
    }

    /// Writes the notes that this process made to the lists.
    pub(crate) fn write_notes(&self) -> io::Result<()> {
        self.known().write(&*self.blobs)
    }
}

impl Known {
    /// Reads the list that this object belongs to, if it exists.
    fn read_list(&mut self, blobs: &dyn Blobs, hash: &Hash) {
        let bytes = blobs.notes(list_of(hash)).unwrap_or_default();
        let notes = decode(&bytes);
        self.read.insert(list_of(hash), notes.len());
        for (hash, note) in notes {
            // The notes that this process made itself are newer, unless the list has a later time.
            if self.notes.get(&hash).is_none_or(|known| !known.by_us || note.read > known.read) {
                self.notes.insert(hash, note);
            }
        }
    }

    fn write(&mut self, blobs: &dyn Blobs) -> io::Result<()> {
        if blobs.is_read_only() {
            self.unwritten.clear();
        }
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let mut lists: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for hash in &self.unwritten {
            if let Some(note) = self.notes.get(hash) {
                encode(hash, note, lists.entry(list_of(hash)).or_default());
            }
        }
        let mut current = [0_usize; 256];
        self.notes.keys().for_each(|hash| current[usize::from(list_of(hash))] += 1);
        for (list, bytes) in lists {
            let over = 2 * current[usize::from(list)] + SLACK;
            match self.read.get(&list) {
                Some(read) if *read > over => self.rewrite(blobs, list)?,
                _ => blobs.note(list, &bytes, Existing::Keep)?,
            }
        }
        // After an error above, some notes are written twice, which is harmless.
        self.unwritten.clear();
        Ok(())
    }

    /// Rewrites a list without outdated notes. Notes that another process adds at the same time may get lost.
    fn rewrite(&mut self, blobs: &dyn Blobs, list: u8) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut count = 0;
        for (hash, note) in self.notes.iter().filter(|(hash, _)| list_of(hash) == list) {
            encode(hash, note, &mut bytes);
            count += 1;
        }
        self.read.insert(list, count);
        blobs.note(list, &bytes, Existing::Replace)
    }
}

fn list_of(hash: &Hash) -> u8 {
    hash.as_bytes()[0]
}

/// The size of an encoded note: hash, stamp, time, and the first bytes of the hash of these as a checksum.
const LENGTH: usize = 32 + Stamp::BYTES + 8 + 8;

fn encode(hash: &Hash, note: &Note, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend(hash.as_bytes());
    bytes.extend(note.stamp.map_or([0; Stamp::BYTES], Stamp::to_bytes));
    bytes.extend(note.read.to_le_bytes());
    let check = Hash::of(&bytes[start..]);
    bytes.extend(&check.as_bytes()[..8]);
}

/// Decodes the notes of a list, in their order. Skips bytes that are not a complete note: an append may have been cut
/// short.
fn decode(bytes: &[u8]) -> Vec<(Hash, Note)> {
    let mut notes = Vec::with_capacity(bytes.len() / LENGTH);
    let mut rest = bytes;
    while rest.len() >= LENGTH {
        match decode_one(&rest[..LENGTH]) {
            Some(note) => {
                notes.push(note);
                rest = &rest[LENGTH..];
            }
            None => rest = &rest[1..],
        }
    }
    notes
}

fn decode_one(bytes: &[u8]) -> Option<(Hash, Note)> {
    let (body, check) = bytes.split_at(LENGTH - 8);
    if Hash::of(body).as_bytes()[..8] != *check {
        return None;
    }
    let (hash, body) = body.split_at(32);
    let (stamp, read) = body.split_at(Stamp::BYTES);
    let stamp =
        stamp.iter().any(|byte| *byte != 0).then(|| Stamp::from_bytes(stamp.try_into().ok()?)).flatten();
    let read = i64::from_le_bytes(read.try_into().ok()?);
    Some((Hash::from_bytes(hash.try_into().ok()?), Note { stamp, read, by_us: false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_survive_torn_writes_between_them() {
        let stamp = Stamp::of_size(7);
        let note = |read, stamp| Note { stamp, read, by_us: false };
        let notes = [
            (Hash::of(b"a"), note(1, Some(stamp))),
            (Hash::of(b"b"), note(-1, None)),
            (Hash::of(b"c"), note(i64::MAX, Some(stamp))),
        ];
        for cut in 0..LENGTH {
            let mut bytes = Vec::new();
            encode(&notes[0].0, &notes[0].1, &mut bytes);
            let mut torn = Vec::new();
            encode(&notes[1].0, &notes[1].1, &mut torn);
            bytes.extend(&torn[..cut]);
            encode(&notes[1].0, &notes[1].1, &mut bytes);
            encode(&notes[2].0, &notes[2].1, &mut bytes);
            assert_eq!(decode(&bytes), notes, "cut at {cut}");
        }
    }
}
