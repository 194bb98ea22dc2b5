//! Jobs as data: their descriptions, outcomes and reports.

pub(crate) mod change;
pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod reason;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod spec;
pub(crate) mod status;
pub(crate) mod toolchain;

/// Why an input is unavailable.
pub(crate) type Unavailable = std::sync::Arc<dyn std::error::Error + Send + Sync>;
