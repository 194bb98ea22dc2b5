//! A scenario in a store.

use super::Store;
use crate::engine::{JobState, ScenarioChange};
use crate::graph::{Graph, Node};
use crate::registry::{InputRow, NewScenario, ScenarioRow};
use crate::scenario::error::{Error, Result};
use skipstone_wiring::suggestion;
use std::sync::Arc;

/// A scenario in a store: a graph with input values of its own. The types that `scenario!` makes
/// deref to it.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(super) store: Store,
    pub(super) graph: Arc<Graph>,
    /// `None`: the scenario is only looked at and not (yet) in the store.
    pub(super) row: Option<ScenarioRow>,
    pub(super) name: String,
}

impl Instance {
    /// Creates a scenario from a graph that was put together at run time.
    ///
    /// # Errors
    ///
    /// When the store has a scenario with this name already, or can't be written.
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

    /// Creates a scenario of which something is said already.
    pub(super) fn create_from(
        store: &Store,
        graph: &Arc<Graph>,
        name: &str,
        inputs: &[InputRow],
        said: NewScenario<'_>,
    ) -> Result<Instance> {
        usable_name(name)?;
        let origin = said.origin.map(str::to_owned);
        let (author, version) = (store.author(), Some(store.version_of(graph)?));
        match store.registry().create_scenario(&NewScenario {
            name,
            ty: graph.name(),
            author,
            version: version.map(|id| id.0),
            inputs,
            ..said
        })? {
            Some(row) => {
                let name = name.into();
                let instance = Instance { store: store.clone(), graph: graph.clone(), row: Some(row), name };
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
    /// When the store has none, or one whose graph has another name, or can't be read.
    pub fn open(store: &Store, graph: &Arc<Graph>, name: &str) -> Result<Instance> {
        let Some(row) = store.registry().scenario(name)? else {
            return Err(store.no_scenario(name));
        };
        if row.ty != graph.name() {
            return Err(Error::OtherType { name: name.into(), found: row.ty, expected: graph.name().into() });
        }
        Ok(Instance { store: store.clone(), graph: graph.clone(), row: Some(row), name: name.into() })
    }

    /// Opens the scenario with this name, or creates it when the store has none.
    ///
    /// # Errors
    ///
    /// When the store has one whose graph has another name, or can't be written.
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
                // Another process was faster.
                Err(Error::ScenarioExists { .. }) => {}
                other => return other,
            }
        }
    }

    /// The scenario with this name if there is one, else one that can be planned but not written.
    #[cfg(feature = "cli")]
    pub(crate) fn look(store: &Store, graph: &Arc<Graph>, name: &str) -> Result<Instance> {
        match Instance::open(store, graph, name) {
            Err(Error::NoScenario { .. }) => Ok(Instance::supposed(store, graph, name)),
            other => other,
        }
    }

    /// The scenario's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the scenario is.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// The store that the scenario is in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn find(&self, node: &str, what: &'static str) -> Result<&Node> {
        self.graph.node(node).ok_or_else(|| self.no_node(node, what))
    }

    pub(super) fn no_node(&self, node: &str, what: &'static str) -> Error {
        no_node(&self.graph, node, what)
    }

    /// The scenario as a file: what [`crate::Graph::to_toml`] writes, with the values that it has now as defaults.
    /// Values of secrets are left out.
    ///
    /// # Errors
    ///
    /// When a value can't be read from the store, or can't be written.
    pub fn to_toml(&self) -> Result<String> {
        let value = |node: &Node| match self.input_value(node) {
            Ok(value) => Ok(Some(value)),
            Err(Error::MissingInput { .. } | Error::MissingSecret { .. }) => Ok(None),
            Err(Error::Data(error)) => Err(error),
            Err(error) => Err(crate::data::DataError::Encode { message: error.to_string() }),
        };
        Ok(self.graph.to_toml_with(&value)?)
    }

    /// A scenario that is not in the store, as it would be if it were created: to look what values it can have.
    pub fn supposed(store: &Store, graph: &Arc<Graph>, name: &str) -> Instance {
        Instance { store: store.clone(), graph: graph.clone(), row: None, name: name.into() }
    }

    /// The job that makes this node, or else all jobs of the task with this name.
    pub(crate) fn jobs_of(&self, name: &str) -> Result<Vec<String>> {
        if let Some(call) = self.graph.maker_of(name) {
            return Ok(vec![call.name.clone()]);
        }
        let calls = self.graph.calls.iter().filter(|call| call.name == name || call.task.name() == name);
        match calls.map(|call| call.name.clone()).collect::<Vec<_>>() {
            none if none.is_empty() => Err(self.no_node(name, "output")),
            names => Ok(names),
        }
    }

    pub(super) fn states(&self) -> Result<crate::engine::JobStates> {
        match &self.row {
            Some(row) => Ok(JobState::load(self.store.registry(), row.id)?),
            None => Ok(crate::engine::JobStates::default()),
        }
    }

    /// The scenario's row; an error when it is only looked at.
    pub(super) fn kept(&self) -> Result<&ScenarioRow> {
        self.row.as_ref().ok_or_else(|| self.store.no_scenario(&self.name))
    }
}

/// How many letters a name may have.
const LONGEST: usize = 200;

/// What to say when a graph has no such node.
pub(super) fn no_node(graph: &Graph, node: &str, what: &'static str) -> Error {
    let fits = |candidate: &&Node| match what {
        "input" => candidate.is_input(),
        "output" => !candidate.is_input(),
        _ => true,
    };
    let suggestion = suggestion(node, graph.nodes().iter().filter(fits).map(Node::name));
    Error::NoNode { scenario_type: graph.name().into(), what, node: node.into(), suggestion }
}

/// Whether a scenario can have this name.
pub(super) fn usable_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().any(char::is_control) || name.chars().count() > LONGEST {
        return Err(Error::BadName { name: name.into() });
    }
    Ok(())
}
