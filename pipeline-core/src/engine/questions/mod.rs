//! Questions about results that a submission would ask, answered without one.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod plan;
pub(crate) mod recheck;
pub(crate) mod sample;
