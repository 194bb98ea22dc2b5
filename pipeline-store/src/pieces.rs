//! Objects that are written piece by piece, and not at all where one with the same bytes is there.
//!
//! BLAKE3 is the hash of a tree: a piece of [`PIECE`] bytes has a hash of its own, and the hash of the object is made of those.
//! So a writer that knows the pieces of an earlier object sees with each piece whether it still writes the same bytes. While
//! it does, nothing reaches the disk; with the first piece that differs, those before it are copied.

use crate::blobs::{BlobName, Upload};
use crate::leases::Lease;
use crate::{Hash, Integrity, Objects, Stamp, StoreError, Written};
use blake3::Hasher;
use blake3::hazmat::{self, ChainingValue, HasherExt, Mode};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The bytes of a piece; the last of an object may be shorter. A power of two, as the tree of the hash wants it.
pub const PIECE: usize = 1 << 20;

/// An object's hash, and the hashes of its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// The hash of its bytes.
    pub hash: Hash,
    /// How many they are.
    pub bytes: u64,
    /// The hash of each piece within the tree.
    pub pieces: Vec<Hash>,
}

/// Hashes pieces.
#[derive(Debug, Default)]
pub struct PieceHasher {
    pieces: Vec<Hash>,
    /// What an object of one piece has for its hash.
    only: Option<Hash>,
    bytes: u64,
}

impl PieceHasher {
    /// Adds the next piece, and gives its hash.
    ///
    /// # Panics
    ///
    /// When a piece before it was shorter than [`PIECE`], or this one is longer or empty.
    pub fn add(&mut self, piece: &[u8]) -> Hash {
        assert!(self.bytes.is_multiple_of(PIECE as u64), "only the last piece is short");
        assert!((1..=PIECE).contains(&piece.len()), "a piece has 1 to {PIECE} bytes");
        let mut hasher = Hasher::new();
        hasher.set_input_offset(self.bytes).update(piece);
        let hash = Hash::from_bytes(hasher.finalize_non_root());
        self.only = if self.pieces.is_empty() { Some(hasher.finalize().into()) } else { None };
        self.pieces.push(hash);
        self.bytes += piece.len() as u64;
        hash
    }

    /// The object of these pieces.
    pub fn finish(self) -> Pieces {
        let hash = match self.only {
            Some(hash) => hash,
            None => match self.pieces.split_at(half(self.pieces.len())) {
                ([], _) => Hash::of(b""),
                (left, right) => {
                    hazmat::merge_subtrees_root(&merged(left), &merged(right), Mode::Hash).into()
                }
            },
        };
        Pieces { hash, bytes: self.bytes, pieces: self.pieces }
    }
}

/// How many of the pieces are below the left branch: the greatest power of two that leaves some.
fn half(pieces: usize) -> usize {
    if pieces < 2 { 0 } else { 1 << (pieces - 1).ilog2() }
}

fn merged(pieces: &[Hash]) -> ChainingValue {
    match pieces {
        [piece] => *piece.as_bytes(),
        pieces => {
            let (left, right) = pieces.split_at(half(pieces.len()));
            hazmat::merge_subtrees_non_root(&merged(left), &merged(right), Mode::Hash)
        }
    }
}

/// An object on its way, piece by piece.
///
/// Dropped before [`PieceWriter::finish`], it leaves nothing.
pub struct PieceWriter<'a> {
    objects: &'a Objects,
    lease: &'a Lease,
    since: i64,
    hasher: PieceHasher,
    state: State<'a>,
}

enum State<'a> {
    /// It begins with all of its pieces so far as each of these objects does. Nothing is written.
    Same(Vec<Like>),
    Written(Box<dyn Upload + 'a>),
}

/// An earlier object, and what it looked like when it was compared first.
struct Like {
    pieces: Arc<Pieces>,
    stamp: Option<Stamp>,
}

/// Whether an object is there, whole as far as its stamp tells and durable, as it would be after it had been written anew. If so,
/// the lease holds it. Its bytes are taken for right if they were found so since then, in microseconds since 1970.
///
/// # Errors
///
/// When the store can't be read.
pub fn stays(objects: &Objects, lease: &Lease, hash: Hash, since: i64) -> Result<bool, StoreError> {
    lease.hold(&hash)?;
    if objects.integrity(&hash, since)? != Integrity::Intact {
        return Ok(false);
    }
    let durable = objects.blobs.make_durable(&BlobName::object(hash));
    durable.map_err(|source| objects.not_written(Some(hash), source))?;
    Ok(true)
}

impl<'a> PieceWriter<'a> {
    /// Begins an object. It may turn out to be one of these, or to begin like one; they are taken for whole if their bytes were
    /// found right since then, in microseconds since 1970.
    pub fn new(objects: &'a Objects, lease: &'a Lease, like: &[Arc<Pieces>], since: i64) -> PieceWriter<'a> {
        // Whether they are there is asked of those that the first piece leaves.
        let like = like.iter().map(|pieces| Like { pieces: pieces.clone(), stamp: None }).collect();
        PieceWriter { objects, lease, since, hasher: PieceHasher::default(), state: State::Same(like) }
    }

    /// Adds the next piece.
    ///
    /// # Errors
    ///
    /// When the store can't be written, or an object that begins with the same bytes was altered meanwhile.
    ///
    /// # Panics
    ///
    /// As [`PieceHasher::add`].
    pub fn add(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        let index = self.hasher.pieces.len();
        let hash = self.hasher.add(piece);
        let before = match &mut self.state {
            State::Written(upload) => {
                return upload.write_all(piece).map_err(|source| self.objects.not_written(None, source));
            }
            State::Same(like) => std::mem::take(like),
        };
        let last = before.first().map(|like| like.pieces.clone());
        let mut same: Vec<_> =
            before.into_iter().filter(|like| like.pieces.pieces.get(index) == Some(&hash)).collect();
        if index == 0 {
            same = self.there(same)?;
        }
        if same.is_empty() {
            let mut upload = self.begin(last.as_deref(), index)?;
            upload.write_all(piece).map_err(|source| self.objects.not_written(None, source))?;
            self.state = State::Written(upload);
        } else {
            self.state = State::Same(same);
        }
        Ok(())
    }

    /// Those of the objects that are there and whole, as far as their stamps tell. They stay.
    fn there(&self, like: Vec<Like>) -> Result<Vec<Like>, StoreError> {
        let mut there = Vec::new();
        for Like { pieces, .. } in like {
            let hash = &pieces.hash;
            self.lease.hold(hash)?;
            let stamp = self.objects.stamp(hash)?;
            if stamp.is_some() && self.objects.integrity(hash, self.since)? == Integrity::Intact {
                there.push(Like { pieces, stamp });
            }
        }
        Ok(there)
    }

    /// Begins to write, with so many pieces of this object.
    fn begin(&self, like: Option<&Pieces>, pieces: usize) -> Result<Box<dyn Upload + 'a>, StoreError> {
        let not_written = |source| self.objects.not_written(None, source);
        let mut upload = self.objects.blobs.upload().map_err(not_written)?;
        let Some(like) = like.filter(|_| pieces > 0) else { return Ok(upload) };
        let gone = || StoreError::ObjectGone { hash: like.hash };
        let end = (pieces * PIECE) as u64;
        let mut bytes = self.objects.blobs.open(&BlobName::object(like.hash), 0..end).map_err(|_| gone())?;
        let (mut piece, mut copied) = (vec![0; PIECE], PieceHasher::default());
        for expected in &like.pieces[..pieces] {
            bytes.read_exact(&mut piece).map_err(|_| gone())?;
            if copied.add(&piece) != *expected {
                self.objects.suspect(&[like.hash]);
                return Err(gone());
            }
            upload.write_all(&piece).map_err(not_written)?;
        }
        Ok(upload)
    }

    /// Makes the object durable and gives it its name, held by the lease.
    ///
    /// # Errors
    ///
    /// As [`PieceWriter::add`].
    pub fn finish(self) -> Result<(Written, Pieces), StoreError> {
        let count = self.hasher.pieces.len();
        let upload = match &self.state {
            State::Written(_) => None,
            State::Same(like) if like.iter().any(|like| like.pieces.pieces.len() == count) => None,
            State::Same(like) => Some(self.begin(like.first().map(|like| &*like.pieces), count)?),
        };
        let PieceWriter { objects, lease, since, hasher, state } = self;
        let pieces = hasher.finish();
        let (hash, bytes) = (pieces.hash, pieces.bytes);
        let replaced = match (upload, state) {
            (Some(upload), _) | (None, State::Written(upload)) => objects.publish(upload, hash, lease)?,
            (None, State::Same(like)) => {
                let like = like.iter().find(|like| like.pieces.hash == hash);
                let there = match like {
                    Some(Like { stamp, .. }) if objects.stamp(&hash)? == *stamp => true,
                    Some(_) => objects.integrity(&hash, since)? == Integrity::Intact,
                    None => false,
                };
                if !there {
                    return Err(StoreError::ObjectGone { hash });
                }
                let durable = objects.blobs.make_durable(&BlobName::object(hash));
                durable.map_err(|source| objects.not_written(Some(hash), source))?;
                None
            }
        };
        Ok((Written { hash, bytes, replaced }, pieces))
    }
}

impl fmt::Debug for PieceWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PieceWriter({} pieces)", self.hasher.pieces.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryBlobs, MemoryLeases, ResultStore};

    fn store() -> ResultStore {
        ResultStore::on(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new()))
    }

    /// Bytes of so many pieces and a rest, of a kind.
    fn bytes(pieces: usize, rest: usize, kind: usize) -> Vec<u8> {
        (0..pieces * PIECE + rest).map(|i| ((i / 7 + i / PIECE + kind * i / 5) % 251) as u8).collect()
    }

    fn written(store: &ResultStore, bytes: &[u8], like: &[Arc<Pieces>]) -> Result<Pieces, StoreError> {
        let lease = store.lease();
        let mut writer = PieceWriter::new(&store.objects, &lease, like, i64::MIN);
        bytes.chunks(PIECE).try_for_each(|piece| writer.add(piece))?;
        let (written, pieces) = writer.finish()?;
        assert_eq!((written.hash, written.bytes), (pieces.hash, pieces.bytes));
        Ok(pieces)
    }

    #[test]
    fn the_hash_of_pieces_is_the_hash_of_the_bytes() {
        for pieces in 0..9 {
            for rest in [0, 1, 1_024, PIECE - 1] {
                let bytes = bytes(pieces, rest, 1);
                let mut hasher = PieceHasher::default();
                bytes.chunks(PIECE).for_each(|piece| {
                    hasher.add(piece);
                });
                assert_eq!(hasher.finish().hash, Hash::of(&bytes), "{pieces} pieces and {rest} bytes");
            }
        }
    }

    #[test]
    fn what_begins_like_an_object_and_goes_on_otherwise_is_written_whole() {
        let store = store();
        let first = bytes(3, 10, 1);
        let known = [Arc::new(written(&store, &first, &[]).expect("written"))];
        let mut other_end = first.clone();
        other_end[2 * PIECE + 5] ^= 1;
        let longer = [&first[..], &[1, 2, 3]].concat();
        let much_longer = [&first[..3 * PIECE], &bytes(2, 7, 2)].concat();
        for content in [
            first.clone(),
            other_end,
            first[..2 * PIECE].to_vec(),
            longer,
            much_longer,
            bytes(2, 0, 3),
            vec![],
        ] {
            let pieces = written(&store, &content, &known).expect("written");
            assert_eq!(pieces.hash, Hash::of(&content));
            let lease = Arc::new(store.lease());
            assert_eq!(store.objects.blob(pieces.hash, lease).expect("held").read().expect("there"), content);
        }
    }

    #[test]
    fn what_is_there_is_not_written() {
        let store = store();
        let content = bytes(2, 10, 1);
        let known = [Arc::new(written(&store, &content, &[]).expect("written"))];
        let lease = store.lease();
        let mut writer = PieceWriter::new(&store.objects, &lease, &known, i64::MIN);
        content.chunks(PIECE).for_each(|piece| writer.add(piece).expect("added"));
        assert!(matches!(writer.state, State::Same(_)));
        // An object that is gone in the end is not taken for one that is there.
        store.blobs.remove(&[BlobName::object(known[0].hash)]).expect("removed");
        assert!(matches!(writer.finish(), Err(StoreError::ObjectGone { hash }) if hash == known[0].hash));
        // One that was gone before is written.
        written(&store, &content, &known).expect("written");
        assert_eq!(store.objects.check(&known[0].hash).expect("checked"), Integrity::Intact);
    }
}
