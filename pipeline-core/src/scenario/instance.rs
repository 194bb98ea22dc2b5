//! A scenario in a store.

use super::inputs::{Overrides, for_engine, no_node};
use super::{Handle, Input, Output, Run, Running, Store, Submit, handle};
use crate::data::Data;
use crate::engine::{Explanation, JobState, Plan, Sampled, ScenarioChange, Terms};
use crate::error::{Error, Result};
use crate::graph::{Graph, Maker, Node};
use crate::registry::{InputRow, NewScenario, ScenarioRow};
use crate::store::Hash;
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
            version,
            inputs,
            ..said
        })? {
            Some(row) => {
                let name = name.into();
                let instance = Instance { store: store.clone(), graph: graph.clone(), row: Some(row), name };
                instance.tell(ScenarioChange::Created { origin });
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

    /// A handle to an input, by name.
    ///
    /// # Errors
    ///
    /// When there is no such input, or it is of another type.
    pub fn input<T: Data>(&self, node: &str) -> Result<Input<T>> {
        if !self.find(node, "input")?.is_input() {
            return Err(self.no_node(node, "input"));
        }
        self.checked(node)
    }

    /// A handle to an output, by name.
    ///
    /// # Errors
    ///
    /// When there is no such node, or it is of another type.
    pub fn output<T: Data>(&self, node: &str) -> Result<Output<T>> {
        if self.find(node, "output")?.is_input() {
            return Err(self.no_node(node, "output"));
        }
        self.checked(node)
    }

    fn checked<T: Data, H: Handle<T>>(&self, node: &str) -> Result<H> {
        let found = self.find(node, "node")?;
        if !found.data.is::<T>() {
            let (node, found) = (node.into(), found.type_text.clone());
            return Err(Error::OtherNodeType { node, found, expected: crate::data::short_type_name::<T>() });
        }
        Ok(handle(self, node))
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

    /// Runs what has to be run, and waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when a job failed, with the whole run inside; other errors when nothing
    /// could be run: an input is missing, the store can't be read.
    ///
    /// # Blocking
    ///
    /// Until the last job is over. The calling thread works, too.
    pub fn submit(&self) -> Result<Run> {
        self.submission().submit()
    }

    /// Runs what has to be run, on threads of its own; see [`Submit::background`].
    ///
    /// # Errors
    ///
    /// As [`Submit::background`].
    pub fn submit_background(&self) -> Result<Running> {
        self.submission().background()
    }

    /// A submission with settings of its own.
    pub fn submission(&self) -> Submit {
        Submit::new(self)
    }

    /// A scenario that is not in the store, as it would be if it were created: to look what values it can have.
    pub fn supposed(store: &Store, graph: &Arc<Graph>, name: &str) -> Instance {
        Instance { store: store.clone(), graph: graph.clone(), row: None, name: name.into() }
    }

    /// What [`Instance::submit`] would do now. A job that reads an input that is not available would fail.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn plan(&self) -> Result<Plan> {
        self.plan_on(&Overrides::new(), Terms::default())
    }

    /// What [`Instance::submit`] would do if these inputs were set to these texts, as a person types them. Nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// When an input does not exist, a text can't be parsed as the type of its input, or the store can't be read.
    pub fn plan_with(&self, texts: &[(&str, &str)]) -> Result<Plan> {
        let supposed =
            texts.iter().map(|(node, text)| Ok(((*node).to_owned(), self.usable_input(node, text)?)));
        self.plan_on(&supposed.collect::<Result<_>>()?, Terms::default())
    }

    pub(crate) fn plan_on(&self, overrides: &Overrides, terms: Terms) -> Result<Plan> {
        let inputs = self.inputs(overrides)?;
        let inputs = for_engine(&inputs);
        Ok(self.store.engine(terms).plan(&self.name, &self.graph, &inputs, &self.states()?)?)
    }

    /// What is in the key of the result that an output would have now, and whether it is known.
    ///
    /// # Errors
    ///
    /// When the output does not exist, or the store can't be read.
    pub fn explain(&self, node: &str) -> Result<Explanation> {
        self.explain_on(node, &Overrides::new(), Terms::default())
    }

    pub(crate) fn explain_on(&self, node: &str, overrides: &Overrides, terms: Terms) -> Result<Explanation> {
        let found = self.find(node, "node")?;
        let Maker::Call(index) = found.maker else {
            let readers =
                found.readers.iter().flat_map(|&call| self.graph.outputs_of(&self.graph.calls[call]));
            let outputs = readers.map(|node| format!("`{}`", node.name())).collect::<Vec<_>>().join(", ");
            return Err(Error::InputHasNoKey { node: node.into(), outputs });
        };
        let inputs = self.inputs(overrides)?;
        let states = self.states()?;
        let call = &self.graph.calls[index];
        let inputs = for_engine(&inputs);
        Ok(self.store.engine(terms).explain(&self.name, &self.graph, node, call, &inputs, &states)?)
    }

    /// Makes results that are known for the present inputs again, each with the probability `share`, and
    /// compares: a task that gives something else is not a function of its inputs, and its results can't
    /// be relied on. Nothing is kept. `tell` is called after each.
    ///
    /// # Errors
    ///
    /// When an input is missing or the store can't be read.
    pub fn verify_sample(&self, share: f64, tell: impl FnMut(&Sampled)) -> Result<Vec<Sampled>> {
        self.verify_sample_on(share, Terms::default(), tell)
    }

    pub(crate) fn verify_sample_on(
        &self,
        share: f64,
        terms: Terms,
        tell: impl FnMut(&Sampled),
    ) -> Result<Vec<Sampled>> {
        // The choice differs from time to time: every result has its turn.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let chosen = |key: &Hash| {
            let mut bytes = key.as_bytes().to_vec();
            bytes.extend(now.as_nanos().to_le_bytes());
            let hash = Hash::of(&bytes);
            let [a, b, c, d, ..] = *hash.as_bytes();
            f64::from(u32::from_le_bytes([a, b, c, d])) < share * f64::from(u32::MAX) + 1.0 && share > 0.0
        };
        // What is made again is read for as long as that takes.
        let engine = self.store.engine(Terms { relying: true, ..terms });
        let inputs = self.inputs(&Overrides::new())?;
        let hearing = self.hearing(&inputs);
        let inputs = for_engine(&inputs);
        Ok(engine.sample(&self.graph, &inputs, &self.states()?, chosen, &hearing, tell)?)
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

/// Whether a scenario can have this name.
pub(super) fn usable_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().any(char::is_control) || name.chars().count() > LONGEST {
        return Err(Error::BadName { name: name.into() });
    }
    Ok(())
}
