//! Floor 6: runs, plans and graphs as text, JSON, Mermaid and DOT. Nothing is decided here.

mod columns;
mod graph;
mod json;
mod plan;
mod run;
mod time;

pub use graph::{GraphFormat, graph};
pub use json::{plan_json, run_json};
pub use plan::PlanText;
pub use run::RunText;
pub(crate) use time::duration;

/// What a word in a report stands for, for those who give it a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Work was done, or will be.
    Work,
    /// Nothing had to be done.
    Quiet,
    /// Something went wrong.
    Bad,
    /// A heading.
    Heading,
}

/// Gives a word its colour; [`plain`] gives none.
pub type Paint<'a> = &'a dyn Fn(Tone, &str) -> String;

/// The word as it is.
pub fn plain(_: Tone, word: &str) -> String {
    word.to_owned()
}
