//! A local directory that processes share: files, locks, and the sessions that have it open.

pub(crate) mod disk;
mod durable;
mod lock;
pub(crate) mod place;
mod session;
pub(crate) mod wait;

pub use disk::{Disk, DiskFile, Files};
pub(crate) use durable::Durable;
pub use lock::{Lock, LockKind, TryLock};
pub use place::Place;
pub(crate) use session::Session;
pub use session::unique_name;
pub use wait::{Wait, limit_waits, report_waits};
