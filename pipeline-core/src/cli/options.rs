//! The options of all commands: as they are typed, and with what the settings say.

use super::complete;
use super::parse::parse_set;
use crate::engine::{RunOptions, Toolchain};
use crate::graph::{Graph, Node};
use crate::scenario::error::{Error, Result};
use crate::scenario::{Instance, Overrides, Store};
use crate::settings::{Origin, Setting, Settings, SettingsLoader};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The options of all commands, as they are typed.
#[derive(Args)]
pub(super) struct Given {
    /// The settings file [default: PROGRAM.toml in the current directory or beside the program, where there is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = SETTINGS)]
    pub(super) config: Option<PathBuf>,

    /// The profile of the settings file
    #[arg(long, global = true, value_name = "NAME", help_heading = SETTINGS)]
    pub(super) profile: Option<String>,

    /// Takes nodes and tasks from this scenario file, over the tasks of this program
    #[arg(long, global = true, value_name = "FILE", help_heading = SETTINGS)]
    pub(super) scenario_file: Option<PathBuf>,

    /// The directory of the store; created when it is absent [default: as the settings say, or else .pipeline, here or in the nearest folder around]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,

    /// The scenario to work on; created when it is absent [default: as the settings say, or else default]
    #[arg(long, global = true, value_name = "NAME", add = complete::scenarios())]
    pub(super) scenario: Option<String>,

    /// Sets an input of the scenario, which keeps the value; may be given several times. VALUE is JSON
    /// (1600, [1,2], null), or the plain text of a string, a path or a choice (median). `plan`
    /// and `explain` only suppose it
    #[arg(long = "set", global = true, value_name = "NODE=VALUE", value_parser = parse_set, add = complete::settings())]
    pub(super) set: Vec<(String, String)>,

    /// Makes the compiler, target and profile of this program part of every key: a result of another
    /// build is not taken for known
    #[arg(long, global = true)]
    pub(super) strict: bool,

    /// Reads every file and object again, also those that look as they did when they were last read
    #[arg(long, global = true)]
    pub(super) rehash: bool,

    /// Prints the result as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// Where the help lists what chooses settings.
const SETTINGS: &str = "Settings";

/// The options of all commands, with what the settings say where nothing is typed.
pub(super) struct Options {
    pub(super) settings: Settings,
    pub(super) scenario: String,
    pub(super) set: Vec<(String, String)>,
    pub(super) strict: bool,
    pub(super) json: bool,
}

impl Given {
    /// What the program's scenario type is: compiled, or from a file.
    pub(super) fn graph(&self, compiled: &Arc<Graph>) -> Result<Arc<Graph>> {
        match &self.scenario_file {
            Some(path) => Ok(Graph::load(path)?),
            None => Ok(compiled.clone()),
        }
    }

    /// The settings of the program, about to be loaded.
    pub(super) fn loader(&self, program: &str) -> SettingsLoader {
        let mut loader = Settings::of(program);
        if let Some(path) = &self.config {
            loader = loader.file(path);
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile(profile);
        }
        loader
    }

    /// Everything, with what the settings of the program say; and what looks like a slip.
    pub(super) fn options(
        self,
        program: &str,
        graph: &Graph,
        compiled: &Arc<Graph>,
    ) -> Result<(Options, Vec<String>)> {
        let loader = self.loader(program).beside(compiled);
        let warnings = loader.warnings();
        let mut settings = loader.load(graph)?;
        if let Some(value) = self.store {
            settings.store = Setting { value, origin: Origin::Argument("--store") };
        }
        if let Some(value) = self.scenario {
            settings.scenario = Setting { value, origin: Origin::Argument("--scenario") };
        }
        if self.rehash {
            settings.rehash_after = Setting { value: Duration::ZERO, origin: Origin::Argument("--rehash") };
        }
        let scenario = settings.scenario.value.clone();
        let Given { set, strict, json, .. } = self;
        Ok((Options { settings, scenario, set, strict, json }, warnings))
    }
}

/// Whether both are one file that is there.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl Options {
    /// The store; created when it is absent.
    pub(super) fn open_store(&self) -> Result<Store> {
        Store::open_with(&self.settings)
    }

    /// The store, which has to be there.
    pub(super) fn existing_store(&self) -> Result<Store> {
        Store::open_existing(&self.settings)
    }

    /// An error when a file that is about to be written is the settings file.
    pub(super) fn spare(&self, file: &Path) -> Result<()> {
        match &self.settings.file {
            Some(settings) if is_same(settings, file) => Err(Error::ExportFile {
                path: file.into(),
                source: std::io::Error::other("it is the settings file: choose another name"),
            }),
            _ => Ok(()),
        }
    }

    /// What keys are made of, for commands that only look.
    pub(super) fn run_options(&self) -> RunOptions {
        RunOptions { strict: self.strict.then(Toolchain::current), ..RunOptions::default() }
    }

    /// The `--set` values, for commands that only suppose them.
    pub(super) fn supposed(&self, instance: &Instance) -> Result<Overrides> {
        self.set.iter().map(|(node, text)| Ok((node.clone(), instance.parse_input(node, text)?))).collect()
    }

    /// The `--set` values where there is no store yet.
    pub(super) fn parsed(&self, graph: &Arc<Graph>) -> Result<Overrides> {
        let parse = |(node, text): &(String, String)| {
            let value = crate::scenario::parse_input(graph, node, text)?;
            Ok((node.clone(), value))
        };
        self.set.iter().map(parse).collect()
    }

    /// Whether all `--set` are right, before anything is opened or written for them.
    pub(super) fn check(&self, instance: &Instance) -> Result<()> {
        self.set.iter().try_for_each(|(node, text)| instance.usable_input(node, text).map(drop))
    }

    /// The scenario as it is in the store, or as it would be; with nothing written.
    pub(super) fn look(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let instance = Instance::look(&self.open_store()?, graph, &self.scenario)?;
        self.check(&instance)?;
        Ok(instance)
    }

    /// The scenario with every `--set` written to it; created when it is absent.
    pub(super) fn open(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let look = self.look(graph)?;
        let instance = Instance::open_or_create(look.store(), graph, &self.scenario)?;
        // What is secret is for this run alone.
        let secret = |node: &str| graph.node(node).is_some_and(Node::is_secret);
        self.write(&instance, |node| !secret(node))?;
        Ok(instance)
    }

    /// A new scenario with every `--set` written to it, if `allowed` has nothing against it.
    pub(super) fn create(
        &self,
        graph: &Arc<Graph>,
        name: &str,
        allowed: impl FnOnce(&Store) -> Result<()>,
    ) -> Result<Instance> {
        let store = self.open_store()?;
        allowed(&store)?;
        let look = Instance::look(&store, graph, name)?;
        self.check(&look)?;
        self.refuse_secrets(graph)?;
        self.complete(&look)?;
        let instance = Instance::create(&store, graph, name)?;
        self.write_to(&instance)?;
        Ok(instance)
    }

    /// An error when an input of a new scenario would have no value. A secret is given to each run, not to the scenario.
    fn complete(&self, look: &Instance) -> Result<()> {
        let is_set = |node: &Node| self.set.iter().any(|(name, _)| name == node.name());
        let asked = look.graph().nodes().iter().filter(|node| node.is_input() && !node.is_secret());
        for node in asked.filter(|node| !is_set(node)) {
            if let Some(error) = look.missing_of(node)? {
                return Err(error);
            }
        }
        Ok(())
    }

    /// An error where a `--set` would have to be kept and must not.
    pub(super) fn refuse_secrets(&self, graph: &Graph) -> Result<()> {
        let mut nodes = self.set.iter().filter_map(|(node, _)| graph.node(node));
        match nodes.find(|node| node.is_secret()) {
            Some(node) => Err(crate::scenario::secret_kept(node)),
            None => Ok(()),
        }
    }

    /// Writes every `--set`.
    pub(super) fn write_to(&self, instance: &Instance) -> Result<()> {
        self.write(instance, |_| true)
    }

    fn write(&self, instance: &Instance, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let texts: Vec<(&str, &str)> = self
            .set
            .iter()
            .filter(|(node, _)| wanted(node))
            .map(|(node, text)| (node.as_str(), text.as_str()))
            .collect();
        if texts.is_empty() { Ok(()) } else { instance.set(&texts) }
    }
}
