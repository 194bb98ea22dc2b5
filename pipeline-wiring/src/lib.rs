//! The wiring of a scenario as plain data, and the checks on it.
//!
//! `scenario!` checks a wiring at compile time, and the run-time builder checks one at run time. Both call this crate,
//! so the same mistake is found by the same rule and reported in the same words. The crate has no knowledge of tokens,
//! types or values.
//!
//! * [`Wiring`] holds names only. [`check`] finds the mistakes that names alone can show: unknown nodes, nodes defined
//!   twice, cycles, unused inputs and outputs.
//! * [`Signature`] describes the parameters and outputs of a task. Its checks are `const`, because only the compiler
//!   sees both a call in one crate and a task in another.
//! * [`ScenarioFile`] is a wiring in a TOML file, with the span of each word. [`SourceText`] renders an error with its
//!   line, and [`Reader`] reads tables key by key.

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
pub use model::{Argument, Arm, Call, Passing, Place, Wiring, exclude_each_other};
pub use name::{is_typo, nearest, suggestion};
pub use scenario_file::ScenarioFile;
pub use signature::{CallArgument, Parameter, Signature, parameter, signature};
pub use source::{Fault, Faults, SourceText, Span};
pub use table::{Entry, Fields, Given, Key, Kind, Reader, Word};
pub use text::{Text, same};
