//! Scenarios in a store.

use super::Store;
use crate::engine::{JobState, ScenarioChange};
use crate::graph::{Graph, Node};
use crate::registry::{InputRow, NewScenario, ScenarioRow};
use crate::scenario::error::{Error, Result};
use skipstone_wiring::suggestion;
use std::sync::Arc;

/// A scenario in a store: a graph with its own input values and runs.
///
/// The types that `scenario!` generates deref to it. Clones refer to the same scenario.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(super) store: Store,
    pub(super) graph: Arc<Graph>,
    /// `None` if the scenario is not in the store; see [`Instance::unsaved`].
    pub(super) row: Option<ScenarioRow>,
    pub(super) name: String,
    /// For the handles of a subscenario: its name with a dot, as the names of its nodes begin. Otherwise empty.
    pub(super) subscenario: String,
}

impl Instance {
    fn of(store: &Store, graph: &Arc<Graph>, row: Option<ScenarioRow>, name: &str) -> Instance {
        let (store, graph) = (store.clone(), graph.clone());
        Instance { store, graph, row, name: name.into(), subscenario: String::new() }
    }

    /// Creates a scenario from a graph, such as one that was built at run time.
    ///
    /// # Errors
    ///
    /// Returns [`Error::ScenarioExists`] if the name is taken, [`Error::BadName`] if it is not valid, and an error if
    /// the store can't be written.
    pub fn create(store: &Store, graph: &Arc<Graph>, name: &str) -> Result<Instance> {
        Instance::create_with(store, graph, name, &[])
    }

    pub(super) fn create_with(
        store: &Store,
        graph: &Arc<Graph>,
        name: &str,
        inputs: &[InputRow],
    ) -> Result<Instance> {
        Instance::create_from(store, graph, name, inputs, NewScenario::default())
    }

    /// Creates a scenario with a description.
    pub(super) fn create_from(
        store: &Store,
        graph: &Arc<Graph>,
        name: &str,
        inputs: &[InputRow],
        details: NewScenario<'_>,
    ) -> Result<Instance> {
        usable_name(name)?;
        let origin = details.origin.map(str::to_owned);
        let (author, version) = (store.author(), Some(store.version_of(graph)?));
        match store.registry().create_scenario(&NewScenario {
            name,
            ty: graph.name(),
            author,
            version: version.map(|id| id.0),
            inputs,
            ..details
        })? {
            Some(row) => {
                let instance = Instance::of(store, graph, Some(row), name);
                instance.notify(ScenarioChange::Created { origin });
                Ok(instance)
            }
            None => Err(Error::ScenarioExists { name: name.into() }),
        }
    }

    /// Opens the scenario with this name.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the store has no such scenario, [`Error::OtherType`] if its graph has another
    /// name, and an error if the store can't be read.
    pub fn open(store: &Store, graph: &Arc<Graph>, name: &str) -> Result<Instance> {
        let Some(row) = store.registry().scenario(name)? else {
            return Err(store.no_scenario(name));
        };
        if row.ty != graph.name() {
            return Err(Error::OtherType { name: name.into(), found: row.ty, expected: graph.name().into() });
        }
        Ok(Instance::of(store, graph, Some(row), name))
    }

    /// Opens the scenario with this name, or creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// Returns [`Error::OtherType`] if the scenario's graph has another name, and an error if the store can't be
    /// written.
    pub fn open_or_create(store: &Store, graph: &Arc<Graph>, name: &str) -> Result<Instance> {
        Instance::open_or_create_with(store, graph, name, &mut || Ok(Vec::new()))
    }

    pub(super) fn open_or_create_with(
        store: &Store,
        graph: &Arc<Graph>,
        name: &str,
        inputs: &mut dyn FnMut() -> Result<Vec<InputRow>>,
    ) -> Result<Instance> {
        loop {
            match Instance::open(store, graph, name) {
                Err(Error::NoScenario { .. }) => {}
                other => return other,
            }
            match Instance::create_with(store, graph, name, &inputs()?) {
                // Another process has created it meanwhile.
                Err(Error::ScenarioExists { .. }) => {}
                other => return other,
            }
        }
    }

    /// Opens the scenario with this name or, if it does not exist, returns one that can be planned but not written.
    #[cfg(feature = "cli")]
    pub(crate) fn look(store: &Store, graph: &Arc<Graph>, name: &str) -> Result<Instance> {
        match Instance::open(store, graph, name) {
            Err(Error::NoScenario { .. }) => Ok(Instance::unsaved(store, graph, name)),
            other => other,
        }
    }

    /// Returns the scenario's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the scenario's graph: its nodes and calls.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// Returns the store that contains the scenario.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn find(&self, node: &str, what: &'static str) -> Result<&Node> {
        self.graph.node(node).ok_or_else(|| self.no_node(node, what))
    }

    pub(super) fn no_node(&self, node: &str, what: &'static str) -> Error {
        no_node(&self.graph, node, what)
    }

    /// Returns the scenario as TOML: the output of [`crate::Graph::to_toml`] with the current input values as defaults.
    /// Values of secrets are left out.
    ///
    /// # Errors
    ///
    /// Returns an error if a value can't be read from the store or can't be encoded.
    pub fn to_toml(&self) -> Result<String> {
        let value = |node: &Node| match self.input_value(node) {
            Ok(value) => Ok(Some(value)),
            Err(Error::MissingInput { .. } | Error::MissingSecret { .. }) => Ok(None),
            Err(Error::Data(error)) => Err(error),
            Err(error) => Err(crate::data::DataError::Encode { message: error.to_string() }),
        };
        Ok(self.graph.to_toml_with(&value)?)
    }

    /// Returns a scenario that is not in the store, as it would be after its creation. Values can be checked and
    /// submissions planned, but nothing can be written.
    pub fn unsaved(store: &Store, graph: &Arc<Graph>, name: &str) -> Instance {
        Instance::of(store, graph, None, name)
    }

    /// Returns the names of the jobs that make this node, or else of all jobs of the task with this name.
    pub(crate) fn jobs_of(&self, name: &str) -> Result<Vec<String>> {
        let makers: Vec<String> = self.graph.makers_of(name).map(|call| call.name.clone()).collect();
        if !makers.is_empty() {
            return Ok(makers);
        }
        let calls = self.graph.calls.iter().filter(|call| call.name == name || call.task.name() == name);
        match calls.map(|call| call.name.clone()).collect::<Vec<_>>() {
            jobs if jobs.is_empty() => Err(self.no_node(name, "output")),
            jobs => Ok(jobs),
        }
    }

    pub(super) fn states(&self) -> Result<crate::engine::JobStates> {
        match &self.row {
            Some(row) => Ok(JobState::load(self.store.registry(), row.id)?),
            None => Ok(crate::engine::JobStates::default()),
        }
    }

    /// Returns the scenario's row in the registry; an error if it is not in the store.
    pub(super) fn stored_row(&self) -> Result<&ScenarioRow> {
        self.row.as_ref().ok_or_else(|| self.store.no_scenario(&self.name))
    }
}

/// The maximum length of a scenario's name, in characters.
const MAX_NAME_LENGTH: usize = 200;

/// Returns the error for a node that the graph does not have, with a suggestion.
pub(super) fn no_node(graph: &Graph, node: &str, what: &'static str) -> Error {
    let fits = |candidate: &&Node| match what {
        "input" => candidate.is_input(),
        "output" => !candidate.is_input(),
        _ => true,
    };
    let passed = graph.node(node).filter(|passed| passed.name() != node);
    let suggestion = match passed {
        Some(passed) => format!(": the output `{}` is passed to it", passed.name()),
        None => suggestion(node, graph.nodes().iter().filter(fits).map(Node::name)),
    };
    Error::NoNode { scenario_type: graph.name().into(), what, node: node.into(), suggestion }
}

/// Checks that a scenario can have this name.
pub(super) fn usable_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().any(char::is_control) || name.chars().count() > MAX_NAME_LENGTH
    {
        return Err(Error::BadName { name: name.into() });
    }
    Ok(())
}
