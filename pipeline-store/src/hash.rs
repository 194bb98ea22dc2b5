//! Hashes, which name content.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc::channel;
use std::thread;

/// A 256-bit BLAKE3 hash: of an object's bytes, of an input's content, or of the parts of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

/// Hashes only the first eight bytes: they spread as well in a map as all of them, and take less time.
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
    /// Hashes bytes.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(*blake3::hash(bytes).as_bytes())
    }

    /// Creates a hash from its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The path of the file with this name below `root`. The first two digits are a folder, so that folders stay small.
    pub(crate) fn path_in(&self, root: &Path) -> PathBuf {
        let name = blake3::Hash::from_bytes(self.0).to_hex();
        let mut path = PathBuf::with_capacity(root.as_os_str().len() + name.len() + 2);
        path.extend([root, Path::new(&name[..2]), Path::new(&name[2..])]);
        path
    }

    /// The first eight hexadecimal digits, for display.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

/// A writer that hashes and counts bytes, and discards them.
#[derive(Debug, Default)]
pub struct HashingWriter {
    hasher: blake3::Hasher,
    bytes: u64,
}

impl HashingWriter {
    /// Returns the hash and the number of the bytes.
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

/// Hashes the rest of a file; returns the hash and the number of bytes.
///
/// # Errors
///
/// When the file can't be read.
pub fn hash_file(file: &mut dyn Read) -> io::Result<(Hash, u64)> {
    let mut bytes = 0;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; CHUNK];
    for _ in 0..CHUNKS_BEFORE_THREAD {
        match read(file, &mut buffer)? {
            0 => return Ok((hasher.finalize().into(), bytes)),
            read => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
    // A long file is hashed by a second thread while the next bytes are read.
    thread::scope(|scope| {
        let (send, receive) = channel::<(Vec<u8>, usize)>();
        let (give_back, spare) = channel();
        let hash = move || {
            for (buffer, read) in receive {
                hasher.update(&buffer[..read]);
                // The reader has dropped its end if the file has ended.
                let _ = give_back.send(buffer);
            }
            hasher.finalize()
        };
        let hashing = thread::Builder::new().name("pipeline-hash".into()).spawn_scoped(scope, hash)?;
        let mut buffers = vec![buffer, vec![0; CHUNK], vec![0; CHUNK]];
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

/// The size of the chunks in which a file is read and hashed, in bytes.
const CHUNK: usize = 1 << 18;

/// The number of chunks that are hashed before a second thread pays off.
const CHUNKS_BEFORE_THREAD: usize = 8;

/// Reads the next bytes, retrying after interrupts. Returns 0 only at the end.
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
        // `from_hex` is slow, but its error says what is wrong.
        decode(text.as_bytes()).map_or_else(|| blake3::Hash::from_hex(text).map(Hash::from), Ok)
    }
}

/// The values of hexadecimal digits; 255 for other bytes.
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

/// Parses 64 hexadecimal digits; `None` if they are something else. Records contain many hashes, and this is faster than
/// [`blake3::Hash::from_hex`].
fn decode(text: &[u8]) -> Option<Hash> {
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
    fn hashes_parse_from_their_digits_and_from_nothing_else() {
        let hash = Hash::of(b"x");
        let digits = hash.to_string();
        assert_eq!(digits.parse().ok(), Some(hash));
        assert_eq!(digits.to_uppercase().parse().ok(), Some(hash));
        for wrong in [&digits[1..], &digits.replace(&digits[9..10], "g"), &format!("{digits}0"), ""] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_hash_of_a_file_is_that_of_its_bytes_and_read_errors_are_returned() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        for length in [
            0,
            1,
            CHUNK,
            CHUNKS_BEFORE_THREAD * CHUNK - 1,
            CHUNKS_BEFORE_THREAD * CHUNK,
            3 * CHUNKS_BEFORE_THREAD * CHUNK + 1,
        ] {
            let bytes: Vec<u8> = (0..length).map(|i| (i / 7 + i / CHUNK) as u8).collect();
            assert_eq!(hash_file(&mut &bytes[..]).ok(), Some((Hash::of(&bytes), length as u64)));
            assert!(hash_file(&mut (&bytes[..]).chain(Fails)).is_err(), "{length} bytes before it fails");
        }
    }
}
