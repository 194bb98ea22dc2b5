//! What a job is, as data: how it is described, and what came of it.

pub(crate) mod log;
pub(crate) mod reason;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod spec;
pub(crate) mod status;
pub(crate) mod toolchain;
