//! What a scenario's wiring is, as plain data, and what can be wrong with it.
//!
//! `scenario!` checks a wiring while the program compiles, the run-time builder checks one while it
//! runs; both call this crate, so a mistake is found by the same rule and said in the same words.
//! The crate knows no tokens, no types and no values.
//!
//! * [`Wiring`] holds names only, and [`check`] finds what names alone can show: unknown nodes,
//!   nodes made twice, cycles, what nothing reads.
//! * [`Signature`] is what a task asks for. Its checks are `const`, because only the compiler can
//!   bring a call in one crate together with a task of another.

mod check;
mod model;
mod name;
mod signature;
mod text;

pub use check::{Problem, ProblemKind, Severity, check, order};
pub use model::{Argument, Call, Place, Wiring};
pub use name::{nearest, suggestion};
pub use signature::{Parameter, Passed, Signature};
pub use text::Text;
