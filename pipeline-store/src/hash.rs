//! The name of content.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

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
}
