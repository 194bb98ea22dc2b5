//! What the nodes of a scenario are at this moment, for those who look at it.

use super::{ConfiguredBy, Instance};
use crate::data::{Page, PageOf, ShowError, Value};
use crate::engine::{JobState, JobStatus};
use crate::graph::{Maker, Node};
use crate::registry::EditRow;
use crate::scenario::error::{Error, Result};
use crate::store::Hash;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// What a node is at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct NodeState {
    /// The node.
    pub node: String,
    /// The value in a few words; none where there is none.
    pub value: Option<String>,
    /// Of an input: what a person could type to give it this value, where there is such a text.
    pub text: Option<String>,
    /// Of an input: where the value comes from.
    pub from: Option<ConfiguredBy>,
    /// How many rows it has, if it is a table that a task made.
    pub rows: Option<u64>,
    /// The size of what a task made.
    pub bytes: Option<u64>,
    /// The hash of the content of what a task made.
    pub content: Option<Hash>,
    /// Of an output: how the job that makes it ended last.
    pub status: Option<JobStatus>,
    /// Of an output: why that job ran or did not, in words.
    pub reason: Option<String>,
    /// Why there is no value.
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
    /// What the nodes are at this moment, in the graph's order. No table is read.
    ///
    /// # Errors
    ///
    /// When the scenario is gone or the registry can't be read.
    pub fn nodes(&self) -> Result<Vec<NodeState>> {
        let row = self.kept()?;
        self.still_there()?;
        let edits: HashMap<String, EditRow> = {
            let all = self.store.registry().edits(row.id, None)?;
            // The latest comes first.
            all.into_iter().rev().map(|edit| (edit.node.clone(), edit)).collect()
        };
        let written = self.written()?;
        let states = self.states()?;
        let reasons: HashMap<String, String> = match self.last_run() {
            Ok(run) => run.jobs.into_iter().map(|job| (job.name, job.reason.to_string())).collect(),
            Err(Error::NeverRun { .. }) => HashMap::new(),
            Err(error) => return Err(error),
        };
        let nodes = self.graph.nodes().iter().map(|node| match node.maker {
            Maker::Input { .. } => {
                let edit = edits.get(node.name()).filter(|_| written.contains_key(node.name()));
                self.input_state(node, edit)
            }
            Maker::Call(index) => {
                let call = &self.graph.calls[index];
                let state = states.get(JobState::name(&self.graph, call));
                output_state(node, state, reasons.get(call.name()))
            }
        });
        Ok(nodes.collect())
    }

    fn input_state(&self, node: &Node, edit: Option<&EditRow>) -> NodeState {
        let mut state = NodeState::of(node);
        let from = match (edit, self.setting(node)) {
            (Some(edit), _) => {
                ConfiguredBy::Store { edit: edit.id, author: edit.author.clone(), made_us: edit.made }
            }
            (None, Some(setting)) => ConfiguredBy::from(&setting.origin),
            (None, None) if node.is_required() => ConfiguredBy::Nothing,
            (None, None) => ConfiguredBy::ScenarioType { name: self.graph.name().into() },
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

    /// A piece of the value of a node: some rows of a table, the beginning of a text. Of a secret nothing.
    ///
    /// # Errors
    ///
    /// When there is no such node, it has no value, or that can't be read.
    pub fn page(&self, node: &str, of: PageOf) -> Result<Page> {
        let found = self.find(node, "node")?;
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
            let state = states.get(JobState::name(&self.graph, &self.graph.calls[index]));
            let output = state.and_then(|state| state.outputs.iter().find(|(name, _)| name == node));
            *total = output.and_then(|(_, output)| output.rows).filter(|_| !filtered);
        }
        Ok(page)
    }

    /// The files that an input would stand for if it were set to this text; of other inputs none.
    ///
    /// # Errors
    ///
    /// When there is no such input, or the text is none of its values.
    pub fn files_of(&self, input: &str, text: &str) -> Result<Vec<PathBuf>> {
        Ok(files(&self.parse_input(input, text)?))
    }

    /// The files that the value of a node stands for that is kept outside of the store.
    ///
    /// # Errors
    ///
    /// When there is no such node, or its value can't be read.
    pub fn files_behind(&self, node: &str) -> Result<Vec<PathBuf>> {
        match self.find(node, "node")? {
            found if found.is_external() => Ok(files(&self.input_value(found)?)),
            _ => Ok(Vec::new()),
        }
    }
}

/// The files that a value stands for; where none fits a pattern, the pattern.
pub(crate) fn files(value: &Value) -> Vec<PathBuf> {
    let mut files = value.items().unwrap_or_default();
    files.extend(value.source().map(|source| source.name().into()));
    files
}

fn output_state(node: &Node, job: Option<&JobState>, reason: Option<&String>) -> NodeState {
    let mut state = NodeState::of(node);
    let Some(job) = job else {
        state.problem = Some("it was never run".into());
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
