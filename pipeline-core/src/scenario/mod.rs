//! Floor 5: the types that users hold.
//!
//! A [`Store`] contains scenarios. A scenario, made by `scenario!` or from a graph, is an [`Instance`] with a handle
//! for each node. Submitting it returns a [`Run`].
//!
//! | module | contents |
//! | --- | --- |
//! | [`mod@store`], [`instance`], [`typed`], [`loaded`], [`mod@handle`] | stores, scenarios and handles |
//! | [`catalog`] | listing, describing, renaming, duplicating and deleting scenarios |
//! | [`inputs`], [`value`], [`nodes`], [`moving`] | input values and their history, migrations; reading nodes |
//! | [`submit`], [`background`], [`feasibility`], [`in_memory`] | submissions, and whether they are possible |
//! | [`sweep`] | a scenario for each of many combinations of input values |
//! | [`questions`] | plans, checks and explanations of submissions |
//! | [`run`], [`runs`], [`recorded`], [`kpi`] | recorded runs and their KPIs |
//! | [`version`], [`lineage`], [`columns`], [`compare`] | queries over recorded runs |
//! | [`export`], [`import`] | a scenario as a single file |
//! | [`configured`] | the settings in effect and their origins |

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
mod keys;
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
mod sweep;
mod typed;
mod value;
mod version;
mod wired_parts;

pub use background::BackgroundRun;
#[cfg(feature = "cli")]
pub(crate) use catalog::valid_label;
pub use catalog::{Deletion, LastRun, ScenarioFilter, ScenarioInfo, ScenarioOrder};
pub use columns::ColumnLineage;
pub use compare::{
    Comparator, Compare, ComparedInput, ComparedKpi, ComparedNode, ComparedRun, ComparedValue, Comparison,
    CustomComparison, HistoryPoint,
};
pub use configured::{Configured, ConfiguredValue, OverriddenValue, ValueOrigin};
pub use export::Transfer;
pub use feasibility::Feasibility;
pub use handle::{Input, Output};
pub use handle::{SubscenarioInput, SubscenarioNode};
pub use in_memory::{InMemory, Values};
pub use inputs::Edit;
#[cfg(feature = "cli")]
pub(crate) use inputs::{Overrides, parse_input, secret_error};
pub use instance::Instance;
pub use kpi::{KpiPoint, best_first};
pub use lineage::{ComputedIn, Descendant, Descendants, Lineage, LineageJob, LineageNode};
pub use loaded::Scenario;
pub use nodes::NodeState;
pub use run::{KpiValue, Run, RunFailed, RunInput};
pub use runs::{RunFilter, RunInfo};
pub use store::{Store, Subscription};
pub use submit::Submit;
pub use sweep::{InputAt, Sweep, SweepOutcome, SweepPlan, SweepReport, SweptInput};
pub use typed::{GivenInputs, Handles, ScenarioNodes, ScenarioType};
pub use version::{Version, VersionChange, VersionDiff};

#[cfg(test)]
mod tests;
