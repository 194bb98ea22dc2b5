//! Floor 6: renders runs, plans, keys, stores and graphs as text, JSON, Mermaid and DOT. No decisions are made here.

mod check;
mod columns;
mod compare;
mod config;
mod datetime;
mod event;
mod explanation;
mod graph;
mod json;
mod lineage;
mod mismatches;
#[cfg(feature = "notebook")]
pub mod notebook;
mod openlineage;
mod parts;
#[cfg(feature = "picture")]
pub mod picture;
mod plan;
mod run;
mod scenarios;
mod schema;
mod size;
mod store;
mod sweep;
mod time;
mod view;

pub use check::CheckText;
pub use compare::{ComparisonText, HistoryText, comparison_markdown, history_markdown};
pub use config::ConfiguredText;
#[cfg(feature = "cli")]
pub(crate) use datetime::parse as parse_datetime;
pub(crate) use datetime::{datetime, rfc3339};
pub use event::{event_json, event_text};
pub use explanation::ExplanationText;
pub use graph::{GraphFormat, graph};
pub use json::{check_json, explanation_json, plan_json, run_json};
pub use lineage::{DescendantsText, LineageText, lineage_mermaid};
pub use mismatches::MismatchesText;
pub use openlineage::openlineage;
pub use plan::PlanText;
pub use run::RunText;
pub use scenarios::{
    DeletionText, EditsText, KpisText, RunsText, ScenarioText, ScenariosText, VersionDiffText, VersionsText,
};
pub use schema::{scenario_schema, scenario_schema_with_tasks, settings_schema};
#[cfg(feature = "cli")]
pub(crate) use size::count;
pub(crate) use size::size;
pub use store::{CollectionText, StoreCheckText, StoreUsageText};
pub use sweep::{SweepPlanText, SweepText};
pub(crate) use time::duration;
#[cfg(feature = "cli")]
pub(crate) use time::parse_duration;

use crate::engine::{KnownResult, Reason};

/// What a word in a report stands for; callers that colour reports choose the colour by it.
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

/// Colours a word; [`plain`] leaves it unchanged.
pub type Paint<'a> = &'a dyn Fn(Tone, &str) -> String;

/// The reason as text; if the job never ran in its scenario, with the nearest result of its task.
fn reason(reason: &Reason, nearest: Option<&KnownResult>) -> String {
    match (reason, nearest) {
        (Reason::FirstRun, Some(nearest)) => format!("{reason} here; nearest result: {nearest}"),
        _ => reason.to_string(),
    }
}

/// Returns the word unchanged.
pub fn plain(_: Tone, word: &str) -> String {
    word.to_owned()
}
