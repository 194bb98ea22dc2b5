//! Writes objects piece by piece, and skips the writing if an object with the same bytes exists.
//!
//! BLAKE3 hashes a tree: each piece of [`PIECE`] bytes has its own hash, and the hash of the object is computed from
//! those. So a writer that knows the pieces of an earlier object sees with each piece whether it still writes the same
//! bytes. While it does, nothing reaches the disk. At the first piece that differs, the pieces before it are copied.

use crate::blobs::{BlobName, Upload};
use crate::leases::Lease;
use crate::{Hash, Integrity, Objects, Stamp, StoreError, Written};
use blake3::Hasher;
use blake3::hazmat::{self, ChainingValue, HasherExt, Mode};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The size of a piece in bytes; the last piece of an object may be shorter. A power of two, as the hash tree requires.
pub const PIECE: usize = 1 << 20;

/// An object's hash, and the hashes of its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// The hash of the object's bytes.
    pub hash: Hash,
    /// The object's size.
    pub bytes: u64,
    /// The hash of each piece within the tree.
    pub pieces: Vec<Hash>,
}

/// Hashes an object piece by piece.
#[derive(Debug, Default)]
pub struct PieceHasher {
    pieces: Vec<Hash>,
    /// The hash of the object if it has a single piece.
    only: Option<Hash>,
    bytes: u64,
}

impl PieceHasher {
    /// Adds the next piece, and returns its hash.
    ///
    /// # Panics
    ///
    /// When an earlier piece was shorter than [`PIECE`], or this one is longer or empty.
    pub fn add(&mut self, piece: &[u8]) -> Hash {
        assert!(
            self.bytes.is_multiple_of(PIECE as u64),
            "only the last piece may be shorter than {PIECE} bytes"
        );
        assert!((1..=PIECE).contains(&piece.len()), "a piece has 1 to {PIECE} bytes");
        let mut hasher = Hasher::new();
        hasher.set_input_offset(self.bytes).update(piece);
        let hash = Hash::from_bytes(hasher.finalize_non_root());
        self.only = if self.pieces.is_empty() { Some(hasher.finalize().into()) } else { None };
        self.pieces.push(hash);
        self.bytes += piece.len() as u64;
        hash
    }

    /// Returns the hash of the object and the hashes of its pieces.
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

/// The number of pieces in the left subtree: the largest power of two that leaves some for the right one.
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

/// Writes an object piece by piece.
///
/// Dropping it before [`PieceWriter::finish`] discards the pieces.
pub struct PieceWriter<'a> {
    objects: &'a Objects,
    lease: &'a Lease,
    since: i64,
    hasher: PieceHasher,
    state: State<'a>,
}

enum State<'a> {
    /// All pieces so far equal those of each of these objects. Nothing is written.
    Same(Vec<Candidate>),
    /// The pieces differ from those of every candidate, and are written.
    Written(Box<dyn Upload + 'a>),
}

/// An earlier object, and its stamp when it was first compared.
struct Candidate {
    pieces: Arc<Pieces>,
    stamp: Option<Stamp>,
}

/// Whether an object exists, is intact and durable, and need not be written again. The lease holds its name. An object
/// with an unchanged stamp counts as intact if its bytes were last found intact at or after `since`, in microseconds
/// since 1970.
///
/// # Errors
///
/// When the store can't be read, or the object can't be made durable.
pub fn is_intact_and_durable(
    objects: &Objects,
    lease: &Lease,
    hash: Hash,
    since: i64,
) -> Result<bool, StoreError> {
    lease.hold(&hash)?;
    if objects.integrity(&hash, since)? != Integrity::Intact {
        return Ok(false);
    }
    let durable = objects.blobs.make_durable(&BlobName::object(hash));
    durable.map_err(|source| objects.not_written(Some(hash), source))?;
    Ok(true)
}

impl<'a> PieceWriter<'a> {
    /// Starts an object that may have the same bytes as one of the `like` objects, or begin with the same pieces. Those
    /// count as intact if their bytes were last found intact at or after `since`, in microseconds since 1970.
    pub fn new(objects: &'a Objects, lease: &'a Lease, like: &[Arc<Pieces>], since: i64) -> PieceWriter<'a> {
        // Only the candidates that begin with the first piece are looked up.
        let like = like.iter().map(|pieces| Candidate { pieces: pieces.clone(), stamp: None }).collect();
        PieceWriter { objects, lease, since, hasher: PieceHasher::default(), state: State::Same(like) }
    }

    /// Adds the next piece.
    ///
    /// # Errors
    ///
    /// When the store can't be written, or an object that begins with the same bytes was altered in the meantime.
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
            same = self.intact(same)?;
        }
        if same.is_empty() {
            let mut upload = self.start_upload(last.as_deref(), index)?;
            upload.write_all(piece).map_err(|source| self.objects.not_written(None, source))?;
            self.state = State::Written(upload);
        } else {
            self.state = State::Same(same);
        }
        Ok(())
    }

    /// Returns the candidates that exist and are intact. The lease holds them.
    fn intact(&self, candidates: Vec<Candidate>) -> Result<Vec<Candidate>, StoreError> {
        let mut intact = Vec::new();
        for Candidate { pieces, .. } in candidates {
            let hash = &pieces.hash;
            self.lease.hold(hash)?;
            let stamp = self.objects.stamp(hash)?;
            if stamp.is_some() && self.objects.integrity(hash, self.since)? == Integrity::Intact {
                intact.push(Candidate { pieces, stamp });
            }
        }
        Ok(intact)
    }

    /// Starts an upload with the first `pieces` pieces of an earlier object. They are compared with their hashes once
    /// more.
    fn start_upload(&self, like: Option<&Pieces>, pieces: usize) -> Result<Box<dyn Upload + 'a>, StoreError> {
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
            State::Same(like) => Some(self.start_upload(like.first().map(|like| &*like.pieces), count)?),
        };
        let PieceWriter { objects, lease, since, hasher, state } = self;
        let pieces = hasher.finish();
        let (hash, bytes) = (pieces.hash, pieces.bytes);
        let replaced = match (upload, state) {
            (Some(upload), _) | (None, State::Written(upload)) => objects.publish(upload, hash, lease)?,
            (None, State::Same(like)) => {
                let like = like.iter().find(|like| like.pieces.hash == hash);
                let exists = match like {
                    Some(Candidate { stamp, .. }) if objects.stamp(&hash)? == *stamp => true,
                    Some(_) => objects.integrity(&hash, since)? == Integrity::Intact,
                    None => false,
                };
                if !exists {
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
        ResultStore::with_blobs(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new()))
    }

    /// Bytes of a number of pieces and a rest; the content depends on `kind`.
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
    fn content_that_shares_only_its_beginning_with_an_object_is_written_completely() {
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
            assert_eq!(
                store.objects.blob(pieces.hash, lease).expect("held").read().expect("intact"),
                content
            );
        }
    }

    #[test]
    fn existing_objects_are_not_written_again() {
        let store = store();
        let content = bytes(2, 10, 1);
        let known = [Arc::new(written(&store, &content, &[]).expect("written"))];
        let lease = store.lease();
        let mut writer = PieceWriter::new(&store.objects, &lease, &known, i64::MIN);
        content.chunks(PIECE).for_each(|piece| writer.add(piece).expect("added"));
        assert!(matches!(writer.state, State::Same(_)));
        // An object that was removed before the end does not count as existing.
        store.blobs.remove(&[BlobName::object(known[0].hash)]).expect("removed");
        assert!(matches!(writer.finish(), Err(StoreError::ObjectGone { hash }) if hash == known[0].hash));
        // One that was removed before the beginning is written.
        written(&store, &content, &known).expect("written");
        assert_eq!(store.objects.check(&known[0].hash).expect("checked"), Integrity::Intact);
    }
}
