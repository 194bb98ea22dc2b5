//! The name of content.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc::channel;
use std::thread;

/// A BLAKE3 hash, 256 bits: of an object's bytes, of an input's content, or of a key's parts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

/// Its first bytes are as good as all of them to find it in a map, and take less time.
impl std::hash::Hash for Hash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        state.write_u64(u64::from_le_bytes(first));
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Hash {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Hash {}

impl Hash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(*blake3::hash(bytes).as_bytes())
    }

    /// The hash with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Where a file with this name is below `root`: folders of two digits keep them short.
    pub(crate) fn path_in(&self, root: &Path) -> PathBuf {
        let name = blake3::Hash::from_bytes(self.0).to_hex();
        let mut path = PathBuf::with_capacity(root.as_os_str().len() + name.len() + 2);
        path.extend([root, Path::new(&name[..2]), Path::new(&name[2..])]);
        path
    }

    /// The first eight hexadecimal digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

/// Hashes and counts what is written, and keeps nothing.
#[derive(Debug, Default)]
pub struct HashingWriter {
    hasher: blake3::Hasher,
    bytes: u64,
}

impl HashingWriter {
    /// The hash and the number of the bytes.
    pub fn finish(self) -> (Hash, u64) {
        (self.hasher.finalize().into(), self.bytes)
    }
}

impl Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The hash of the rest of a file, and how many bytes that is.
///
/// # Errors
///
/// When it can't be read.
pub fn hash_file(file: &mut dyn Read) -> io::Result<(Hash, u64)> {
    let mut bytes = 0;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; HASHED];
    for _ in 0..ALONE {
        match read(file, &mut buffer)? {
            0 => return Ok((hasher.finalize().into(), bytes)),
            read => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
    // Of a long file, what was read last is hashed while more is read.
    thread::scope(|scope| {
        let (send, receive) = channel::<(Vec<u8>, usize)>();
        let (give_back, spare) = channel();
        let hash = move || {
            for (buffer, read) in receive {
                hasher.update(&buffer[..read]);
                // Nobody wants it any more when the file has ended.
                let _ = give_back.send(buffer);
            }
            hasher.finalize()
        };
        let hashing = thread::Builder::new().name("pipeline-hash".into()).spawn_scoped(scope, hash)?;
        let mut buffers = vec![buffer, vec![0; HASHED], vec![0; HASHED]];
        let next = |buffers: &mut Vec<Vec<u8>>| buffers.pop().or_else(|| spare.recv().ok());
        while let Some(mut buffer) = next(&mut buffers) {
            let read = read(file, &mut buffer)?;
            bytes += read as u64;
            if read == 0 || send.send((buffer, read)).is_err() {
                break;
            }
        }
        drop(send);
        Ok((hashing.join().unwrap_or_else(|panic| resume_unwind(panic)).into(), bytes))
    })
}

/// How many bytes are hashed together.
const HASHED: usize = 1 << 18;

/// How often a file is read before a thread is worth its while.
const ALONE: usize = 8;

/// Reads what comes next; nothing at the end alone.
fn read(file: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

impl From<blake3::Hash> for Hash {
    fn from(hash: blake3::Hash) -> Hash {
        Hash(*hash.as_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl FromStr for Hash {
    type Err = blake3::HexError;

    fn from_str(text: &str) -> Result<Hash, blake3::HexError> {
        // That says what is wrong, and takes its time.
        decoded(text.as_bytes()).map_or_else(|| blake3::Hash::from_hex(text).map(Hash::from), Ok)
    }
}

/// What these digits stand for: more than fifteen for a byte that is no digit.
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digits[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// The hash that 64 hexadecimal digits stand for; `None` if they are something else. Records have many of them.
fn decoded(text: &[u8]) -> Option<Hash> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    let digits = pairs.map(|[high, low]| (DIGITS[usize::from(high)], DIGITS[usize::from(low)]));
    let all_are = digits.iter().all(|(high, low)| (high | low) < 16);
    all_are.then(|| Hash(digits.map(|(high, low)| high << 4 | low)))
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        struct Hexadecimal;
        impl Visitor<'_> for Hexadecimal {
            type Value = Hash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 hexadecimal digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hash, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Hexadecimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_comes_back_from_its_digits_and_from_no_others() {
        let hash = Hash::of(b"x");
        let digits = hash.to_string();
        assert_eq!(digits.parse().ok(), Some(hash));
        assert_eq!(digits.to_uppercase().parse().ok(), Some(hash));
        for wrong in [&digits[1..], &digits.replace(&digits[9..10], "g"), &format!("{digits}0"), ""] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_hash_of_a_file_is_that_of_its_bytes_and_a_file_that_fails_has_none() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        for length in [0, 1, HASHED, ALONE * HASHED - 1, ALONE * HASHED, 3 * ALONE * HASHED + 1] {
            let bytes: Vec<u8> = (0..length).map(|i| (i / 7 + i / HASHED) as u8).collect();
            assert_eq!(hash_file(&mut &bytes[..]).ok(), Some((Hash::of(&bytes), length as u64)));
            assert!(hash_file(&mut (&bytes[..]).chain(Fails)).is_err(), "{length} bytes before it fails");
        }
    }
}
