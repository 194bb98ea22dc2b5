//! The worked example for notebooks. The kernel links each cell by itself: without a dynamic library, each would have its
//! own copy of the library and of SQLite, whose state they could not share.

pub use customer_analysis;
pub use skipstone;
