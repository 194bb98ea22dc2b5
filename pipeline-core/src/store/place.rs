//! From where a process uses a store.
//!
//! The kernel's locks, and the memory that processes share over the registry, work among those who use one mount under
//! one kernel. From another machine, or through another mount of the same directory, nobody sees them: two programs
//! would each take the store for their own. So the name of each session says where it is.

use super::Hash;
use std::fmt;
use std::fs;
use std::path::Path;

/// A mount under a running kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// For people.
    pub(crate) host: String,
    /// The machine, over restarts.
    pub(crate) machine: String,
    /// The run of its kernel; empty where that has no name.
    pub(crate) boot: String,
    /// The mounted file system.
    pub(crate) device: String,
}

/// What the locks of a process in another place tell here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Whether it lives.
    Clear,
    /// Nothing.
    None,
}

impl Place {
    /// Where this process sees `folder`.
    pub(crate) fn of(folder: &Path) -> Place {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let host = whoami::fallible::hostname().unwrap_or_default();
        let machine =
            Some(text("/etc/machine-id")).filter(|id| !id.is_empty()).unwrap_or_else(|| host.clone());
        #[cfg(unix)]
        let device = fs::metadata(folder).map(|folder| std::os::unix::fs::MetadataExt::dev(&folder));
        #[cfg(not(unix))]
        let device = fs::metadata(folder).map(|_| 0_u64);
        Place {
            host: host.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect(),
            machine: short(&machine),
            boot: short(&text("/proc/sys/kernel/random/boot_id")),
            device: device.map(|device| format!("{device:x}")).unwrap_or_default(),
        }
    }

    /// The place in a session's name. Programs of before put none there.
    pub(crate) fn in_name(session: &str) -> Option<Place> {
        let mut parts = session.split_once('@')?.1.split('+');
        let mut next = || parts.next().map(str::to_owned);
        Some(Place { host: next()?, machine: next()?, boot: next()?, device: next()? })
    }

    /// What the locks of a process in `other` tell in this place.
    pub(crate) fn sight_of(&self, other: &Place) -> Sight {
        let same_machine = self.machine == other.machine;
        let clear = match (self.boot == other.boot, self.boot.is_empty()) {
            // The number of a file system may change when the machine starts again.
            (true, true) => same_machine,
            (true, false) => self.device == other.device,
            // Nothing outlasts a restart of the machine; another machine is another one.
            (false, _) => same_machine,
        };
        if clear { Sight::Clear } else { Sight::None }
    }
}

/// As it stands in a session's name, after an `@`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}+{}", self.host, self.machine, self.boot, self.device)
    }
}

/// Eight digits that stand for a name, which may be long and is nobody else's affair.
fn short(name: &str) -> String {
    if name.is_empty() { String::new() } else { Hash::of(name.as_bytes()).to_string()[..8].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(machine: &str, boot: &str, device: &str) -> Place {
        let [machine, boot, device] = [machine, boot, device].map(str::to_owned);
        Place { host: "host".into(), machine, boot, device }
    }

    #[test]
    fn locks_are_seen_under_one_kernel_through_one_mount_and_end_with_the_kernel() {
        let here = place("m", "b", "1");
        assert_eq!(here.sight_of(&here), Sight::Clear);
        assert_eq!(here.sight_of(&place("container", "b", "1")), Sight::Clear, "one kernel, one file system");
        assert_eq!(here.sight_of(&place("m", "before", "9")), Sight::Clear, "gone since the restart");
        assert_eq!(here.sight_of(&place("m", "b", "2")), Sight::None, "another mount");
        assert_eq!(here.sight_of(&place("n", "c", "1")), Sight::None, "another machine");
        let unnamed = place("m", "", "1");
        assert_eq!(unnamed.sight_of(&place("m", "", "2")), Sight::Clear);
        assert_eq!(unnamed.sight_of(&place("n", "", "1")), Sight::None);
    }

    #[test]
    fn a_place_is_read_from_the_name_that_it_was_written_to() {
        let here = Place::of(Path::new("."));
        assert_eq!(Place::in_name(&format!("1-2-3@{here}")), Some(here));
        assert_eq!(Place::in_name("1-2-3"), None);
    }
}
