//! The worked example: a customer-scoring pipeline over a CSV file.
//!
//! [`model`] says what the tables' rows are, [`algos`] has the four tasks as ordinary functions,
//! [`CustomerAnalysis`] wires them, and [`generate`] makes customers to try it on.

pub mod algos;
pub mod generate;
pub mod model;
mod scenario;

pub use scenario::CustomerAnalysis;
