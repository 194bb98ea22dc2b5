//! Scenario types that were not compiled but loaded.

use super::{Instance, ScenarioType, Store};
use crate::graph::Graph;
use crate::scenario::error::Result;
use std::path::Path;
use std::sync::Arc;

/// A scenario type from a TOML file, over the tasks that are compiled into this program: a DAG without recompiling.
///
/// ```
/// use skipstone::{Scenario, task, testing};
///
/// #[task(skippable)]
/// fn twofold(x: f64) -> f64 {
///     2.0 * x
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("doubling.toml");
/// # std::fs::write(&path, r#"
/// # name = "Doubling"
/// # inputs.x.default = 2
/// # [[tasks]]
/// # function = "twofold"
/// # arguments = ["x"]
/// # outputs = "doubled"
/// # "#)?;
/// let doubling = Scenario::load(path)?; // checked for names, number and types of arguments
/// # let store = testing::store();
/// let scenario = doubling.create(&store, "first")?;
/// scenario.submit()?;
/// assert_eq!(scenario.output::<f64>("doubled")?.read()?, 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scenario {
    graph: Arc<Graph>,
}

impl Scenario {
    /// The scenario type that a file describes.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or anything in it is wrong: the error says everything that is, each with its line
    /// and a caret.
    pub fn load(path: impl AsRef<Path>) -> Result<Scenario> {
        Ok(Scenario { graph: Graph::load(path)? })
    }

    /// A scenario type that `scenario!` made, as one that might have been loaded.
    pub fn of<S: ScenarioType>() -> Scenario {
        Scenario { graph: S::graph().clone() }
    }

    /// What the scenario is.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// Creates a scenario of this type in the store. Inputs without a default are given with [`Instance::set`].
    ///
    /// # Errors
    ///
    /// When the store has a scenario with this name already, or can't be written.
    pub fn create(&self, store: &Store, name: &str) -> Result<Instance> {
        Instance::create(store, &self.graph, name)
    }

    /// Opens the scenario with this name.
    ///
    /// # Errors
    ///
    /// When the store has none, or one of another type, or can't be read.
    pub fn open(&self, store: &Store, name: &str) -> Result<Instance> {
        Instance::open(store, &self.graph, name)
    }

    /// Opens the scenario with this name, or creates it when the store has none.
    ///
    /// # Errors
    ///
    /// When the store has one of another type, or can't be written.
    pub fn open_or_create(&self, store: &Store, name: &str) -> Result<Instance> {
        Instance::open_or_create(store, &self.graph, name)
    }

    /// The scenario type as a file; see [`Graph::to_toml`].
    ///
    /// # Errors
    ///
    /// When a default can't be written.
    pub fn to_toml(&self) -> Result<String> {
        Ok(self.graph.to_toml()?)
    }
}
