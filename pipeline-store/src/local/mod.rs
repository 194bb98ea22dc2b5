//! A directory of this machine, which processes share: its files, its locks, and who has it open.

pub(crate) mod disk;
mod durable;
mod lock;
pub(crate) mod place;
mod session;
pub(crate) mod wait;

pub use disk::{Disk, DiskFile, Files};
pub(crate) use durable::Durable;
pub use lock::{Lock, LockKind, Tried};
pub use place::Place;
pub(crate) use session::Session;
pub use session::unique_name;
pub use wait::{Wait, report_waits, wait_no_longer};
