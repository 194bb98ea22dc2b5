//! Stamps: file metadata that shows whether a file has changed, without reading it.

use crate::Hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The metadata of a file that changes when its content does: size, times and identity.
///
/// A program can set the modification time, but not the change time. So a file whose content changed while it kept its
/// old modification time has another stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The size, in bytes.
    pub size: u64,
    modified_ns: i128,
    changed_ns: i128,
    device: u64,
    inode: u64,
}

/// The change time in stamps of content that can't change.
const UNCHANGING: i128 = i128::MIN;

impl Stamp {
    /// The length of [`Stamp::to_bytes`], in bytes.
    pub const BYTES: usize = 56;

    /// The stamp of an immutable blob that is not a file.
    pub fn unchanging(size: u64, written: SystemTime) -> Stamp {
        let modified_ns = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        Stamp { size, modified_ns, changed_ns: UNCHANGING, device: 0, inode: 0 }
    }

    /// The stamp of content that is not a file and can't change under its name, of which `name` is the hash.
    pub fn named(size: u64, name: &Hash) -> Stamp {
        let number = |from: usize| {
            name.as_bytes()[from..from + 8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let (modified_ns, device, inode) = (number(0).into(), number(8), number(16));
        Stamp { size, modified_ns, changed_ns: UNCHANGING, device, inode }
    }

    /// Encodes the stamp. At least one byte is not zero.
    pub fn to_bytes(self) -> [u8; Stamp::BYTES] {
        let mut bytes = [0; Stamp::BYTES];
        bytes[..8].copy_from_slice(&self.size.to_le_bytes());
        bytes[8..24].copy_from_slice(&self.modified_ns.to_le_bytes());
        bytes[24..40].copy_from_slice(&self.changed_ns.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.device.to_le_bytes());
        bytes[48..].copy_from_slice(&self.inode.to_le_bytes());
        bytes
    }

    /// Decodes the output of [`Stamp::to_bytes`].
    pub fn from_bytes(bytes: &[u8; Stamp::BYTES]) -> Option<Stamp> {
        let number = |from: usize| Some(u64::from_le_bytes(bytes[from..from + 8].try_into().ok()?));
        let time = |from: usize| Some(i128::from_le_bytes(bytes[from..from + 16].try_into().ok()?));
        let (modified_ns, changed_ns) = (time(8)?, time(24)?);
        Some(Stamp { size: number(0)?, modified_ns, changed_ns, device: number(40)?, inode: number(48)? })
    }

    /// The stamp of the file at `path`.
    pub fn of(path: &Path) -> std::io::Result<Stamp> {
        Ok(Stamp::from_metadata(&std::fs::metadata(path)?))
    }

    /// The stamp of a file with this metadata.
    pub fn from_metadata(metadata: &Metadata) -> Stamp {
        let modified_ns = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos() as i128);
        #[cfg(unix)]
        let (changed_ns, device, inode) = {
            use std::os::unix::fs::MetadataExt;
            let changed = i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
            (changed, metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed_ns, device, inode) = (0, 0, 0);
        Stamp { size: metadata.len(), modified_ns, changed_ns, device, inode }
    }

    /// Whether the file was written less than `age` before `now`.
    pub fn is_younger(&self, age: Duration, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        // A file dated in the future counts as written just now.
        (now - self.modified_ns).max(0) < age.as_nanos() as i128
    }

    /// Whether the modification time is `moment` or up to two seconds earlier: the resolution of some file systems.
    /// Always false where files have no change time (not Unix).
    pub fn is_dated(&self, moment: SystemTime) -> bool {
        let moment = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        cfg!(unix) && (moment - 2_000_000_000..=moment).contains(&self.modified_ns)
    }

    /// The same stamp with a modification time that is later by `by`.
    pub(crate) fn later(self, by: Duration) -> Stamp {
        Stamp { modified_ns: self.modified_ns + by.as_nanos() as i128, ..self }
    }

    /// Whether the file was written before `moment`.
    pub fn is_before(&self, moment: SystemTime) -> bool {
        let moment = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        self.modified_ns < moment
    }

    /// A stamp that depends only on the size, for a disk without clocks.
    #[cfg(test)]
    pub(crate) fn of_size(size: u64) -> Stamp {
        Stamp { size, modified_ns: 0, changed_ns: 0, device: 0, inode: 1 }
    }

    /// Whether a file that was read at `read` with this stamp is unchanged for as long as its stamp is unchanged.
    ///
    /// File systems count time in steps (a jiffy, up to two seconds on some): a file that changed just before it was
    /// read might change again within the same step, and keep its stamp. Where files have no change time (not Unix),
    /// this is always false for them.
    pub fn is_reliable_at(&self, read: SystemTime) -> bool {
        const STEP_NS: i128 = 2_000_000_000;
        let read = read.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        self.changed_ns == UNCHANGING
            || (cfg!(unix) && self.changed_ns.max(self.modified_ns) + STEP_NS < read)
    }

    /// Parses the output of [`Stamp::to_text`].
    pub fn from_text(text: &str) -> Option<Stamp> {
        let mut numbers = text.split(' ');
        let stamp = Stamp {
            size: numbers.next()?.parse().ok()?,
            modified_ns: numbers.next()?.parse().ok()?,
            changed_ns: numbers.next()?.parse().ok()?,
            device: numbers.next()?.parse().ok()?,
            inode: numbers.next()?.parse().ok()?,
        };
        numbers.next().is_none().then_some(stamp)
    }

    /// Formats the stamp as a string, for the registry.
    pub fn to_text(self) -> String {
        let Stamp { size, modified_ns, changed_ns, device, inode } = self;
        format!("{size} {modified_ns} {changed_ns} {device} {inode}")
    }
}

/// Serializes as a string.
impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Stamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Stamp::from_text(&text).ok_or_else(|| serde::de::Error::custom("not a stamp"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_round_trip_through_strings_and_bytes() {
        let stamp = Stamp {
            size: u64::MAX,
            modified_ns: -1,
            changed_ns: 1_700_000_000_000_000_001,
            device: 7,
            inode: 0,
        };
        assert_eq!(Stamp::from_text(&stamp.to_text()), Some(stamp));
        assert_eq!(Stamp::from_bytes(&stamp.to_bytes()), Some(stamp));
        for text in ["", "1 2 3 4", "1 2 3 4 5 6", "1 2 3 4 x", "1  2 3 4 5"] {
            assert_eq!(Stamp::from_text(text), None, "{text}");
        }
    }
}
