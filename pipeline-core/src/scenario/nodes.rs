//! The current state of a scenario's nodes, for display.

use super::inputs::Overrides;
use super::{Instance, ValueOrigin};
use crate::data::{Page, PageOf, ShowError, Value, counted};
use crate::engine::{JobState, JobStatus};
use crate::graph::{Call, Maker, Node};
use crate::registry::EditRow;
use crate::scenario::error::{Error, Result};
use crate::store::Hash;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// The current state of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct NodeState {
    /// The node's name.
    pub node: String,
    /// A summary of the value; `None` if the node has no value.
    pub value: Option<String>,
    /// For an input: the string that a person would type to set this value; `None` if the type has no such form, and
    /// for a secret.
    pub text: Option<String>,
    /// For an input: where the value comes from.
    pub from: Option<ValueOrigin>,
    /// For an output that is a table: the number of rows.
    pub rows: Option<u64>,
    /// For an output: the size of the value in the store, in bytes.
    pub bytes: Option<u64>,
    /// For an output: the hash of the content.
    pub content: Option<Hash>,
    /// For an output: how the job that makes it last ended.
    pub status: Option<JobStatus>,
    /// For an output: why that job ran or was skipped.
    pub reason: Option<String>,
    /// Why the node has no value.
    pub problem: Option<String>,
}

impl NodeState {
    fn of(node: &Node) -> NodeState {
        NodeState {
            node: node.name().into(),
            value: None,
            text: None,
            from: None,
            rows: None,
            bytes: None,
            content: None,
            status: None,
            reason: None,
            problem: None,
        }
    }
}

impl Instance {
    /// Returns the current state of every node, in the graph's order. Reads no tables.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the scenario was deleted, and an error if the registry can't be read.
    pub fn nodes(&self) -> Result<Vec<NodeState>> {
        let row = self.stored_row()?;
        self.check_exists()?;
        let edits: HashMap<String, EditRow> = {
            let all = self.store.registry().edits(row.id, None)?;
            // The registry lists the latest edit first, so in reverse order the map keeps the latest.
            all.into_iter().rev().map(|edit| (edit.node.clone(), edit)).collect()
        };
        let written = self.written()?;
        let states = self.states()?;
        let reasons: HashMap<String, String> = match self.last_run() {
            Ok(run) => run.jobs.into_iter().map(|job| (job.name, job.reason.to_string())).collect(),
            Err(Error::NeverRun { .. }) => HashMap::new(),
            Err(error) => return Err(error),
        };
        let has_parts = self.graph.calls.iter().any(Call::is_mapped);
        // Without the inputs' values, the parts are not known.
        let selected = if has_parts { self.selected(&Overrides::new()).ok() } else { None };
        let nodes = self.graph.nodes().iter().map(|node| match node.maker {
            Maker::Input { .. } => {
                let edit = edits.get(node.name()).filter(|_| written.contains_key(node.name()));
                self.input_state(node, edit)
            }
            Maker::Call(index) => {
                let call = &self.graph.calls[index];
                if let Some(selected) = selected.as_ref().filter(|_| call.is_mapped()) {
                    let state = |part: &Node| {
                        let Maker::Call(call) = part.maker else { return NodeState::of(part) };
                        let state = states.get(JobState::name(&selected.graph, &selected.graph.calls[call]));
                        output_state(part, state, None)
                    };
                    return with_parts(node, selected.graph.parts_of(node.name()).map(state).collect());
                }
                let state = states.get(JobState::name(&self.graph, call));
                let mut makers = self.graph.makers_of(node.name());
                output_state(node, state, makers.find_map(|call| reasons.get(call.name())))
            }
        });
        Ok(nodes.collect())
    }

    fn input_state(&self, node: &Node, edit: Option<&EditRow>) -> NodeState {
        let mut state = NodeState::of(node);
        let from = match (edit, self.setting(node)) {
            (Some(edit), _) => {
                ValueOrigin::Store { edit: edit.id, author: edit.author.clone(), made_us: edit.made }
            }
            (None, Some(setting)) => ValueOrigin::from(&setting.origin),
            (None, None) if node.is_required() => ValueOrigin::Nothing,
            (None, None) => ValueOrigin::ScenarioType { name: self.graph.name().into() },
        };
        state.from = Some(from);
        match self.input_value(node) {
            Ok(value) => {
                state.value = Some(node.summary(&value));
                state.text = if node.is_secret() { None } else { node.data.typed(&value) };
            }
            Err(error) => state.problem = Some(error.to_string()),
        }
        state
    }

    /// Returns a page of a node's value: some rows of a table, or the beginning of any other value as text.
    ///
    /// A secret, and an output without a value, give [`Page::None`] with the reason.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node, [`Error::MissingInput`] if an input has no value,
    /// and an error if the value can't be read.
    pub fn page(&self, node: &str, of: PageOf) -> Result<Page> {
        let with_part = self.with_part(node)?;
        let found = with_part.find(node, "node")?;
        let node = found.name();
        if found.is_secret() {
            return Ok(Page::None { why: "its values are secret".into() });
        }
        let value = match self.read_value(node) {
            Ok(value) => value,
            Err(Error::NoValue { why, .. }) => return Ok(Page::None { why }),
            Err(error) => return Err(error),
        };
        let filtered = of.filters.iter().any(|filter| !filter.condition.trim().is_empty());
        let mut page = match value.page(of) {
            Ok(page) => page,
            Err(ShowError::Data(error)) => return Err(error.into()),
            Err(ShowError::Output(error)) => return Err(Error::Output(error)),
        };
        if let Page::Table { total: total @ None, .. } = &mut page
            && let Maker::Call(index) = found.maker
        {
            let states = self.states()?;
            let state = states.get(JobState::name(&with_part.graph, &with_part.graph.calls[index]));
            let output = state.and_then(|state| state.outputs.iter().find(|(name, _)| name == node));
            *total = output.and_then(|(_, output)| output.rows).filter(|_| !filtered);
        }
        Ok(page)
    }

    /// Returns the files that an input would refer to if it were set to `text`; last comes the path or pattern itself.
    /// The list is empty if the input's type is not a file.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, and [`Error::BadValue`] if `text` is not a valid
    /// value for it.
    pub fn files_for(&self, input: &str, text: &str) -> Result<Vec<PathBuf>> {
        Ok(files(&self.parse_input(input, text)?))
    }

    /// Returns the files that a node's value refers to; last comes the path or pattern itself. The list is empty if the
    /// value is in the store.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node, and an error if its value can't be read.
    pub fn files_of_value(&self, node: &str) -> Result<Vec<PathBuf>> {
        match self.find(node, "node")? {
            found if found.is_external() => Ok(files(&self.input_value(found)?)),
            _ => Ok(Vec::new()),
        }
    }
}

/// Returns the files that a value refers to, followed by its path or pattern itself.
pub(crate) fn files(value: &Value) -> Vec<PathBuf> {
    let mut files = value.items().unwrap_or_default();
    files.extend(value.source().map(|source| source.name().into()));
    files
}

/// The state of a node with parts: that of the part which needs attention first, and what the parts have in common.
fn with_parts(node: &Node, parts: Vec<NodeState>) -> NodeState {
    let mut state = NodeState::of(node);
    let severity = |status: Option<JobStatus>| match status {
        Some(JobStatus::Failed) => 0,
        Some(JobStatus::Canceled) => 1,
        Some(JobStatus::Abandoned) => 2,
        None => 3,
        Some(JobStatus::Completed) => 4,
        Some(_) => 5,
    };
    let total = parts.len();
    let known = parts.iter().filter(|part| part.value.is_some()).count();
    state.bytes = (known > 0).then(|| parts.iter().filter_map(|part| part.bytes).sum());
    state.rows = parts.iter().map(|part| part.rows).sum();
    let worst = parts.into_iter().min_by_key(|part| severity(part.status));
    state.status = worst.as_ref().and_then(|part| part.status);
    match worst.filter(|_| known < total) {
        None => state.value = Some(counted(total, "part")),
        Some(worst) => {
            let problem = worst.problem.unwrap_or_default();
            state.problem =
                Some(format!("{known} of {} are known; `{}`: {problem}", counted(total, "part"), worst.node));
        }
    }
    state
}

fn output_state(node: &Node, job: Option<&JobState>, reason: Option<&String>) -> NodeState {
    let mut state = NodeState::of(node);
    let Some(job) = job else {
        state.problem = Some("it has not been computed yet".into());
        return state;
    };
    state.status = Some(job.status);
    state.reason = reason.cloned();
    match job.outputs.iter().find(|(name, _)| name == node.name()) {
        Some((_, output)) => {
            state.value = Some(output.summary.clone());
            state.rows = output.rows;
            state.bytes = Some(output.bytes);
            state.content = Some(output.hash);
        }
        None => {
            state.problem = job.error.clone().or_else(|| Some(format!("its task was {}", job.status)));
        }
    }
    state
}
