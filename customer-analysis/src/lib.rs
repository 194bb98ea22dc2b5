//! The worked example: a customer-scoring pipeline over a CSV file.
//!
//! [`model`] defines the row types of the tables, [`algos`] has the four tasks as ordinary functions,
//! [`CustomerAnalysis`] wires them, [`countries`] uses that twice, [`monthly`] has a file for each month, and [`generate`] makes customers for trying it out.

pub mod algos;
pub mod countries;
pub mod generate;
pub mod model;
pub mod monthly;
mod scenario;

pub use scenario::CustomerAnalysis;

// The Rust code of the book, as documentation tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../docs/concepts.md")]
    struct Concepts;
    #[doc = include_str!("../../docs/tables.md")]
    struct Tables;
    #[doc = include_str!("../../docs/parts.md")]
    struct PartsOfNodes;
    #[doc = include_str!("../../docs/testing.md")]
    struct Testing;
}
