//! Floor 5: what users hold.
//!
//! A [`Store`] has scenarios; a scenario, made by `scenario!` or from a graph, is an [`Instance`]
//! with a handle for each node; submitting it gives a [`Run`].
//!
//! | module | is about |
//! | --- | --- |
//! | [`mod@store`], [`instance`], [`typed`], [`loaded`], [`mod@handle`] | what users hold |
//! | [`catalog`] | which scenarios there are, what is said about each, duplicates, deletion |
//! | [`inputs`], [`value`], [`nodes`] | what inputs are and were set to, under any version; reading nodes |
//! | [`submit`], [`background`], [`answer`], [`in_memory`] | submitting, and whether one may |
//! | [`run`], [`runs`], [`kpi`] | what a submission did, as it is kept; numbers that it is judged by |
//! | [`version`], [`lineage`], [`compare`] | what is asked of what was kept |
//! | [`export`] | a scenario as one file |
//! | [`configured`] | what a program and a scenario are set to, and by what |

mod background;
mod catalog;
mod columns;
mod compare;
mod configured;
pub(crate) mod error;
mod export;
mod feasibility;
mod handle;
mod import;
mod in_memory;
mod inputs;
mod instance;
mod kpi;
mod lineage;
mod loaded;
mod moving;
mod nodes;
mod questions;
mod recorded;
mod run;
mod runs;
mod store;
mod submit;
mod typed;
mod value;
mod version;

pub use background::BackgroundRun;
#[cfg(feature = "cli")]
pub(crate) use catalog::usable_word;
pub use catalog::{Deletion, LastRun, ScenarioFilter, ScenarioInfo, ScenarioOrder};
pub use columns::ColumnLineage;
pub use compare::{
    Comparator, Compare, ComparedBy, ComparedInput, ComparedKpi, ComparedNode, ComparedRun, ComparedValue,
    Comparison, HistoryPoint,
};
pub use configured::{Configured, ConfiguredBy, ConfiguredValue, OverriddenValue};
pub use export::Transfer;
pub use feasibility::Feasibility;
pub use handle::handle;
pub use handle::{Input, Output};
pub use in_memory::{InMemory, Values};
pub use inputs::Edit;
#[cfg(feature = "cli")]
pub(crate) use inputs::{Overrides, parse_input, secret_kept};
pub use instance::Instance;
pub use kpi::{KpiPoint, best_first};
pub use lineage::{Descendant, Descendants, Lineage, LineageJob, LineageNode, MadeIn};
pub use loaded::Scenario;
pub use nodes::NodeState;
pub use run::{KpiValue, Run, RunFailed, RunInput};
pub use runs::{RunFilter, RunInfo};
pub use store::{Store, Subscription};
pub use submit::Submit;
pub use typed::{GivenInputs, ScenarioParts, ScenarioType};
pub use version::{Version, VersionChange, VersionDiff};

#[cfg(test)]
mod tests;
