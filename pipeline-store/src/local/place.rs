//! The place from which a process uses a store: a mount under a running kernel.
//!
//! File locks, and the memory that processes share to use the registry, work only among processes that use the same
//! mount under the same kernel. A process on another machine, or behind another mount of the directory, sees neither,
//! and each program would act as if it used the store alone. So the name of each session contains its place.

use crate::Hash;
use std::fmt;
use std::fs;
use std::path::Path;

/// A mount under a running kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The machine's name, for messages.
    pub host: String,
    /// Identifies the machine, across restarts.
    pub machine: String,
    /// Identifies the boot of the machine; empty if the system has no boot id.
    pub boot: String,
    /// Identifies the mounted file system.
    pub device: String,
}

impl Place {
    /// The place from which this process uses `folder`.
    pub fn of(folder: &Path) -> Place {
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

    /// Parses the place in a session's name; `None` for names from older programs.
    pub fn in_name(session: &str) -> Option<Place> {
        let mut parts = session.split_once('@')?.1.split('+');
        let mut next = || parts.next().map(str::to_owned);
        Some(Place { host: next()?, machine: next()?, boot: next()?, device: next()? })
    }

    /// Whether the lock of a process in `other` shows here whether that process is alive.
    pub fn sees_locks_of(&self, other: &Place) -> bool {
        let same_machine = self.machine == other.machine;
        match (self.boot == other.boot, self.boot.is_empty()) {
            // Without a boot id, devices can't be compared: their numbers may change with a restart.
            (true, true) => same_machine,
            (true, false) => self.device == other.device,
            // No process survives a restart of its machine, so a lock from another boot of this machine is rightly
            // free.
            (false, _) => same_machine,
        }
    }
}

/// Formats the place as in a session's name, after the `@`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}+{}", self.host, self.machine, self.boot, self.device)
    }
}

/// Eight digits of a name's hash. It is short, and does not disclose the name.
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
    fn locks_are_visible_under_one_kernel_through_one_mount_until_a_restart() {
        let here = place("m", "b", "1");
        assert!(here.sees_locks_of(&here));
        assert!(here.sees_locks_of(&place("container", "b", "1")), "one kernel, one file system");
        assert!(here.sees_locks_of(&place("m", "before", "9")), "gone since the restart");
        assert!(!here.sees_locks_of(&place("m", "b", "2")), "another mount");
        assert!(!here.sees_locks_of(&place("n", "c", "1")), "another machine");
        let unnamed = place("m", "", "1");
        assert!(unnamed.sees_locks_of(&place("m", "", "2")));
        assert!(!unnamed.sees_locks_of(&place("n", "", "1")));
    }

    #[test]
    fn places_round_trip_through_session_names() {
        let here = Place::of(Path::new("."));
        assert_eq!(Place::in_name(&format!("1-2-3@{here}")), Some(here));
        assert_eq!(Place::in_name("1-2-3"), None);
    }
}
