//! A scenario in a store.

use super::{Handle, Input, Output, Run, Store, Submit, handle};

use crate::data::{Data, Format, ShowError, Value};
use crate::engine::{
    Explanation, FileError, InputContent, JobState, JobStatus, Plan, Sampled, Terms, files_content,
};
use crate::error::{Error, Result};
use crate::graph::{Arguments, Call, Graph, Maker, Node};
use crate::registry::{InputRow, ScenarioRow, Stored};
use crate::store::{Hash, StoreError};
use pipeline_wiring::suggestion;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
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

/// Input values by node that stand in for those that are written.
pub(crate) type Overrides = HashMap<String, Value>;

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
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(Error::BadName { name: name.into() });
        }
        match store.registry().create_scenario(name, graph.name(), inputs)? {
            Some(row) => {
                Ok(Instance { store: store.clone(), graph: graph.clone(), row: Some(row), name: name.into() })
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
            let names = store.scenario_names()?;
            let suggestion = match suggestion(name, names.iter().map(String::as_str)) {
                hint if hint.is_empty() => ": run it first, or create it".to_owned(),
                hint => hint,
            };
            return Err(Error::NoScenario { name: name.into(), suggestion });
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
            Err(Error::NoScenario { .. }) => {
                Ok(Instance { store: store.clone(), graph: graph.clone(), row: None, name: name.into() })
            }
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

    fn find(&self, node: &str, what: &'static str) -> Result<&Node> {
        self.graph.node(node).ok_or_else(|| self.no_node(node, what))
    }

    fn no_node(&self, node: &str, what: &'static str) -> Error {
        let fits = |candidate: &&Node| match what {
            "input" => candidate.is_input(),
            "output" => !candidate.is_input(),
            _ => true,
        };
        let suggestion = suggestion(node, self.graph.nodes().iter().filter(fits).map(Node::name));
        Error::NoNode { scenario_type: self.graph.name().into(), what, node: node.into(), suggestion }
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

    /// A submission with settings of its own.
    pub fn submission(&self) -> Submit<'_> {
        Submit::new(self)
    }

    /// What [`Instance::submit`] would do now.
    ///
    /// # Errors
    ///
    /// When an input is missing or the store can't be read.
    pub fn plan(&self) -> Result<Plan> {
        self.plan_on(&Overrides::new(), Terms::default())
    }

    pub(crate) fn plan_on(&self, overrides: &Overrides, terms: Terms) -> Result<Plan> {
        let inputs = self.inputs(overrides)?;
        self.store.engine(terms).plan(&self.name, &self.graph, &inputs, &self.states()?)
    }

    /// What is in the key of the result that an output would have now, and whether it is known.
    ///
    /// # Errors
    ///
    /// When there is no such output, an input is missing, or the store can't be read.
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
        let (inputs, states) = (self.inputs(overrides)?, self.states()?);
        let call = &self.graph.calls[index];
        self.store.engine(terms).explain(&self.name, &self.graph, node, call, &inputs, &states)
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
        let _using = self.store.results().using();
        let engine = self.store.engine(Terms { relying: true, ..terms });
        engine.sample(&self.graph, &self.inputs(&Overrides::new())?, &self.states()?, chosen, tell)
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

    /// The value that a run gave an output, for people or programs.
    #[cfg(feature = "cli")]
    pub(crate) fn show_of(&self, run: &Run, node: &str, format: Format, out: &mut dyn Write) -> Result<()> {
        let mut outputs = run.jobs.iter().flat_map(|job| &job.outputs);
        let Some(output) = outputs.find(|output| output.node == node) else {
            return self.show(node, format, out);
        };
        let value = self.load(self.find(node, "node")?, output.hash)?;
        self.show_value(&value, format, out)
    }

    pub(super) fn states(&self) -> Result<crate::engine::JobStates> {
        match &self.row {
            Some(row) => Ok(JobState::load(self.store.registry(), row.id)?),
            None => Ok(crate::engine::JobStates::default()),
        }
    }

    /// The values of all inputs, with their content.
    pub(super) fn inputs(&self, overrides: &Overrides) -> Result<Vec<InputContent>> {
        let written = self.written()?;
        let inputs = self.graph.nodes().iter().filter(|node| node.is_input());
        inputs
            .map(|node| self.input_content(node, written.get(node.name()), overrides.get(node.name())))
            .collect()
    }

    fn written(&self) -> Result<HashMap<String, InputRow>> {
        let Some(row) = &self.row else { return Ok(HashMap::new()) };
        let rows = self.store.registry().inputs(row.id)?;
        Ok(rows.into_iter().map(|row| (row.node.clone(), row)).collect())
    }

    fn input_content(
        &self,
        node: &Node,
        written: Option<&InputRow>,
        over: Option<&Value>,
    ) -> Result<InputContent> {
        if let (None, Some(row)) = (over, written) {
            check_kind(node, row)?;
        }
        let value = match (over, written) {
            (Some(value), _) => value.clone(),
            (None, Some(InputRow { stored: Stored::Object(hash), brief, .. })) => {
                let brief = brief.clone();
                return Ok(InputContent { content: *hash, brief, value: None, files: None });
            }
            (None, Some(InputRow { stored: Stored::File(path), .. })) => {
                self.parse(node, &path.to_string_lossy())?
            }
            (None, None) => self.default(node)?,
        };
        let Some(path) = value.source().map(Path::to_owned) else {
            let content = Hash::of(&value.content()?);
            return Ok(InputContent { content, brief: value.brief(), value: Some(value), files: None });
        };
        let unreadable = |path, source| {
            let (scenario, node) = (self.name.clone(), node.name.clone());
            Error::InputFile { scenario, node, path, source }
        };
        let (content, files) = files_content(self.store.registry(), &value).map_err(|error| match error {
            FileError::Registry(error) => Error::Registry(error),
            FileError::Io(source) => unreadable(path, source),
            FileError::Of(path, source) => unreadable(path, source),
        })?;
        Ok(InputContent { content, brief: value.brief(), value: Some(value), files: Some(Arc::new(files)) })
    }

    fn default(&self, node: &Node) -> Result<Value> {
        match &node.maker {
            Maker::Input { default: Some(default) } => Ok(default()?),
            _ => Err(Error::MissingInput { scenario: self.name.clone(), node: node.name.clone() }),
        }
    }

    /// The text as a value of the node.
    fn parse(&self, node: &Node, text: &str) -> Result<Value> {
        (node.data.parse)(text).map_err(|message| Error::BadValue {
            node: node.name.clone(),
            ty: node.type_text.clone(),
            text: text.into(),
            message,
        })
    }

    /// Sets inputs from texts as a person types them: `1600`, `median`, `data/customers.csv`. All are
    /// set or none.
    ///
    /// # Errors
    ///
    /// When there is no such input, a text is no value of its type, or the store can't be written.
    pub fn set(&self, texts: &[(&str, &str)]) -> Result<()> {
        let values: Vec<(&str, Value)> = texts
            .iter()
            .map(|(node, text)| Ok((*node, self.usable_input(node, text)?)))
            .collect::<Result<_>>()?;
        self.write_values(&values)
    }

    /// Writes the current value of a node for people or programs.
    ///
    /// # Errors
    ///
    /// When there is no such node, it has no value, or `out` can't be written.
    pub fn show(&self, node: &str, format: Format, out: &mut dyn Write) -> Result<()> {
        self.show_value(&self.read_value(node)?, format, out)
    }

    fn show_value(&self, value: &Value, format: Format, out: &mut dyn Write) -> Result<()> {
        match value.show(format, out) {
            Ok(()) => Ok(()),
            Err(ShowError::Data(error)) => Err(error.into()),
            Err(ShowError::Output(error)) => Err(Error::Output(error)),
        }
    }

    /// The text as a value of an input, by name.
    pub(crate) fn parse_input(&self, node: &str, text: &str) -> Result<Value> {
        let found = self.find(node, "input")?;
        if !found.is_input() {
            return Err(self.no_node(node, "input"));
        }
        self.parse(found, text)
    }

    /// The text as a value of an input, by name; a file that it names has to be readable.
    pub(crate) fn usable_input(&self, node: &str, text: &str) -> Result<Value> {
        let value = self.parse_input(node, text)?;
        if let Some(given) = value.source() {
            let unreadable = |path: &Path, source| {
                let (scenario, path) = (self.name.clone(), path.to_owned());
                Error::InputFile { scenario, node: node.into(), path, source }
            };
            for path in value.sources().map_err(|source| unreadable(given, source))? {
                readable(&path).map_err(|source| unreadable(&path, source))?;
            }
        }
        Ok(value)
    }

    /// Whether nothing was written to an input.
    #[cfg(feature = "cli")]
    pub(crate) fn lacks(&self, node: &str) -> bool {
        self.written().is_ok_and(|written| !written.contains_key(node))
    }

    /// Writes values to inputs, all or none.
    pub(crate) fn write_values(&self, values: &[(&str, Value)]) -> Result<()> {
        let Some(row) = &self.row else {
            return Err(Error::NoScenario { name: self.name.clone(), suggestion: String::new() });
        };
        // Until the registry has the values, nobody may collect them.
        let _using = self.store.results().using();
        let rows: Vec<InputRow> =
            values.iter().map(|(node, value)| input_row(&self.store, node, value)).collect::<Result<_>>()?;
        Ok(self.store.registry().write_inputs(row.id, &rows)?)
    }

    /// The current value of a node: what an input is set to, what the last submission made.
    pub(crate) fn read_value(&self, node: &str) -> Result<Value> {
        let found = self.find(node, "node")?;
        let call = match &found.maker {
            Maker::Input { .. } => {
                let written = self.written()?;
                let row = written.get(node);
                row.map_or(Ok(()), |row| check_kind(found, row))?;
                return match row.map(|row| &row.stored) {
                    None => self.default(found),
                    Some(Stored::File(path)) => self.parse(found, &path.to_string_lossy()),
                    Some(Stored::Object(hash)) => self.load(found, *hash),
                };
            }
            Maker::Call(index) => &self.graph.calls[*index],
        };
        let no_value = |why: String| Error::NoValue { scenario: self.name.clone(), node: node.into(), why };
        let row = self.row.as_ref().ok_or_else(|| no_value("it was never run; run it".into()))?;
        let look = || -> Result<Option<JobState>> {
            let state = self.store.registry().job_state(row.id, JobState::name(&self.graph, call))?;
            Ok(state.and_then(|text| serde_json::from_str(&text).ok()))
        };
        let mut seen = None;
        let state = loop {
            let Some(state) = look()? else { return Err(no_value("it was never run; run it".into())) };
            let Some((_, output)) = state.outputs.iter().find(|(name, _)| name == node) else { break state };
            let loaded = match output.plan {
                None => self.load(found, output.object),
                Some(plan) => self.derive(call, &state, found, &plan, &output.object),
            };
            match loaded {
                // Another submission has ended since, and what was made before it may be collected.
                Err(Error::Store(StoreError::ObjectGone { hash })) if seen != Some(hash) => seen = Some(hash),
                loaded => return loaded,
            }
        };
        let task = &call.name;
        Err(no_value(match (state.status, state.error) {
            (JobStatus::Failed, Some(error)) => {
                format!("task `{task}` failed: {error}; mend that and run it again")
            }
            (status, Some(why)) => {
                format!("task `{task}` was {status} in the last run, because it {why}; run it again")
            }
            (status, None) => format!("task `{task}` was {status} in the last run; run it again"),
        }))
    }

    /// The value of a node that is kept as a plan, made from what its job last worked on.
    fn derive(
        &self,
        call: &Call,
        state: &JobState,
        node: &Node,
        plan: &Hash,
        content: &Hash,
    ) -> Result<Value> {
        let arguments: Result<Vec<Value>> = self
            .graph
            .arguments_of(call)
            .zip(&state.inputs)
            .map(|(node, input)| self.load(node, input.content))
            .collect();
        let node =
            self.graph.index_of(&node.name).unwrap_or_else(|| unreachable!("it is one of the graph's"));
        self.store.engine(Terms::default()).derive(call, &Arguments(arguments?), node, plan, content)
    }

    fn load(&self, node: &Node, hash: Hash) -> Result<Value> {
        let using = self.store.results().using();
        self.store.results().rely_on(&hash)?;
        let engine = self.store.engine(Terms::default());
        let value = engine.load(&node.data, &hash)?;
        engine.remember_verified()?;
        if node.data.scanned {
            // It is read later, piece by piece: what it reads stays as long as the store is open.
            std::mem::forget(using);
        }
        Ok(value)
    }
}

/// Refuses what was written when the input stood for a file and now does not, or the other way.
fn check_kind(node: &Node, row: &InputRow) -> Result<()> {
    if matches!(row.stored, Stored::File(_)) == node.data.external {
        return Ok(());
    }
    let message = format!("it was set to `{}` when it had another type", row.brief);
    Err(Error::OutdatedInput { node: node.name.clone(), ty: node.type_text.clone(), message })
}

/// Whether there is a regular file that can be opened.
fn readable(path: &Path) -> std::io::Result<()> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    std::fs::File::open(path).map(drop)
}

/// What the registry keeps of a written value; the value itself goes to an object, unless it stands
/// for a file.
pub(super) fn input_row(store: &Store, node: &str, value: &Value) -> Result<InputRow> {
    let stored = match value.source() {
        Some(path) if path.to_str().is_none() => {
            let message = format!("the path {} is not UTF-8", path.display());
            return Err(crate::data::DataError::Encode { message }.into());
        }
        Some(path) => Stored::File(path.into()),
        None => Stored::Object(store.results().objects.put(&value.content()?)?.0),
    };
    Ok(InputRow { node: node.into(), stored, brief: value.brief() })
}
