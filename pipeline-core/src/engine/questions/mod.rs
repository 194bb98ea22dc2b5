//! Answers questions about results without a submission.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod plan;
pub(crate) mod recheck;
pub(crate) mod sample;
