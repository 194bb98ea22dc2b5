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

//! * [`ScenarioFile`] is a wiring as a TOML file, read with the place of each word; [`SourceText`] shows what is
//!   wrong where it is, and [`Reader`] reads tables key by key.

mod check;
pub mod file_options;
mod length;
mod model;
mod name;
pub mod scenario_file;
mod signature;
mod source;
mod table;
mod text;

pub use check::{Problem, ProblemKind, Severity, Written, check, order};
pub use length::{bytes, bytes_text, length_text, milliseconds, share, share_text};
pub use model::{Argument, Call, Place, Wiring};
pub use name::{is_slip, nearest, suggestion};
pub use scenario_file::ScenarioFile;
pub use signature::{CallArgument, Parameter, Signature};
pub use source::{Fault, Faults, SourceText, Span};
pub use table::{Entry, Fields, Given, Key, Kind, Reader, Word};
pub use text::{Text, same};
