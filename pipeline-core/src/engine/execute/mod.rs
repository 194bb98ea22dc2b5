//! Execute: a task's function is called.

pub(crate) mod attempt;
pub(crate) mod exits;
pub(crate) mod log;
pub(crate) mod panics;
#[cfg(feature = "cli")]
pub(crate) mod printed;
