//! The options that all commands share: as typed, and combined with the settings.

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

/// The options that all commands share, as typed.
#[derive(Args)]
pub(super) struct SharedOptions {
    /// The settings file [default: PROGRAM.toml in the current directory or next to the program, if it exists]
    #[arg(long, global = true, value_name = "FILE", help_heading = SETTINGS)]
    pub(super) config: Option<PathBuf>,

    /// The profile of the settings file to use
    #[arg(long, global = true, value_name = "NAME", help_heading = SETTINGS)]
    pub(super) profile: Option<String>,

    /// Reads nodes and tasks from this scenario file; its functions are tasks of this program
    #[arg(long, global = true, value_name = "FILE", help_heading = SETTINGS)]
    pub(super) scenario_file: Option<PathBuf>,

    /// The directory of the store; created if it is missing [default: from the settings, or .pipeline in the current or
    /// nearest parent directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,

    /// The scenario to work on; created if it is missing [default: from the settings, or default]
    #[arg(long, global = true, value_name = "NAME", add = complete::scenarios())]
    pub(super) scenario: Option<String>,

    /// Sets an input of the scenario and stores the value; can be given several times. VALUE is JSON
    /// (1600, [1,2], null), or the plain text of a string, a path or a choice (median). `plan`, `check`, `explain`
    /// and `config show` use the value without storing it
    #[arg(long = "set", global = true, value_name = "NODE=VALUE", value_parser = parse_set, add = complete::settings())]
    pub(super) set: Vec<(String, String)>,

    /// Makes this program's compiler, target and profile part of every cache key: results of builds with others are not
    /// reused
    #[arg(long, global = true)]
    pub(super) strict: bool,

    /// Reads every file and object again, even those that look unchanged since they were last read
    #[arg(long, global = true)]
    pub(super) rehash: bool,

    /// Prints the result as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// The help heading of the options that select settings.
const SETTINGS: &str = "Settings";

/// The options that all commands share. An option that was not typed has its value from the settings.
pub(super) struct Options {
    pub(super) settings: Settings,
    pub(super) scenario: String,
    pub(super) set: Vec<(String, String)>,
    pub(super) strict: bool,
    pub(super) json: bool,
}

impl SharedOptions {
    /// The scenario type: the compiled one, or the one in the scenario file.
    pub(super) fn graph(&self, compiled: &Arc<Graph>) -> Result<Arc<Graph>> {
        match &self.scenario_file {
            Some(path) => Ok(Graph::load(path)?),
            None => Ok(compiled.clone()),
        }
    }

    /// The loader of the program's settings.
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

    /// Combines these options with the program's settings. Also returns warnings about likely mistakes.
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
        let SharedOptions { set, strict, json, .. } = self;
        Ok((Options { settings, scenario, set, strict, json }, warnings))
    }
}

/// Whether both paths are the same existing file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl Options {
    /// Opens the store; creates it if it is missing.
    pub(super) fn open_store(&self) -> Result<Store> {
        Store::open_with(&self.settings)
    }

    /// Opens the store, which must exist.
    pub(super) fn existing_store(&self) -> Result<Store> {
        Store::open_existing(&self.settings)
    }

    /// Returns an error if a file that is about to be written is the settings file.
    pub(super) fn refuse_settings_file(&self, file: &Path) -> Result<()> {
        match &self.settings.file {
            Some(settings) if is_same(settings, file) => Err(Error::ExportFile {
                path: file.into(),
                source: std::io::Error::other("it is the settings file: choose another name"),
            }),
            _ => Ok(()),
        }
    }

    /// The run options that affect cache keys, for commands that run nothing.
    pub(super) fn run_options(&self) -> RunOptions {
        RunOptions { strict: self.strict.then(Toolchain::current), ..RunOptions::default() }
    }

    /// The `--set` values, for commands that use them without storing them.
    pub(super) fn overrides(&self, instance: &Instance) -> Result<Overrides> {
        self.set.iter().map(|(node, text)| Ok((node.clone(), instance.parse_input(node, text)?))).collect()
    }

    /// The `--set` values when there is no store yet.
    pub(super) fn parsed(&self, graph: &Arc<Graph>) -> Result<Overrides> {
        let parse = |(node, text): &(String, String)| {
            let value = crate::scenario::parse_input(graph, node, text)?;
            Ok((node.clone(), value))
        };
        self.set.iter().map(parse).collect()
    }

    /// Checks all `--set` values before anything is opened or written for them.
    pub(super) fn check(&self, instance: &Instance) -> Result<()> {
        self.set.iter().try_for_each(|(node, text)| instance.checked_input(node, text).map(drop))
    }

    /// Opens the scenario without writing anything: as it is in the store, or as it would be created.
    pub(super) fn look(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let instance = Instance::look(&self.open_store()?, graph, &self.scenario)?;
        self.check(&instance)?;
        Ok(instance)
    }

    /// Opens the scenario and writes the `--set` values to it; creates it if it is missing.
    pub(super) fn open(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let look = self.look(graph)?;
        let instance = Instance::open_or_create(look.store(), graph, &self.scenario)?;
        // Secrets are not stored: they are for this run alone.
        let secret = |node: &str| graph.node(node).is_some_and(Node::is_secret);
        self.write(&instance, |node| !secret(node))?;
        Ok(instance)
    }

    /// Creates a scenario and writes the `--set` values to it, unless `allowed` returns an error.
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

    /// Returns an error if an input of a new scenario would have no value. Secrets are exempt: they are given to each
    /// run, not to the scenario.
    fn complete(&self, look: &Instance) -> Result<()> {
        let is_set = |node: &Node| self.set.iter().any(|(name, _)| name == node.name());
        let required = look.graph().nodes().iter().filter(|node| node.is_input() && !node.is_secret());
        for node in required.filter(|node| !is_set(node)) {
            if let Some(error) = look.missing_error(node)? {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Returns an error if a `--set` names a secret, whose value must not be stored.
    pub(super) fn refuse_secrets(&self, graph: &Graph) -> Result<()> {
        let mut nodes = self.set.iter().filter_map(|(node, _)| graph.node(node));
        match nodes.find(|node| node.is_secret()) {
            Some(node) => Err(crate::scenario::secret_error(node)),
            None => Ok(()),
        }
    }

    /// Writes every `--set` value to the scenario.
    pub(super) fn write_to(&self, instance: &Instance) -> Result<()> {
        self.write(instance, |_| true)
    }

    fn write(&self, instance: &Instance, filter: impl Fn(&str) -> bool) -> Result<()> {
        let texts: Vec<(&str, &str)> = self
            .set
            .iter()
            .filter(|(node, _)| filter(node))
            .map(|(node, text)| (node.as_str(), text.as_str()))
            .collect();
        if texts.is_empty() { Ok(()) } else { instance.set(&texts) }
    }
}
