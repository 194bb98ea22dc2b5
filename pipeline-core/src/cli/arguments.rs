//! What can be typed.

use super::compare::{CompareOptions, TableFormat};
use super::complete::{self, Shell};
use super::lineage::LineageOptions;
use super::run::RunOptions;
use super::scenarios::{Create, List};
use crate::data::Format;
use crate::engine::{Terms, Toolchain};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::report::{GraphFormat, length_of_time};
use crate::scenario::{Instance, Overrides, Store};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where the store is unless it is said.
pub(super) const STORE: &str = ".pipeline";

#[derive(Parser)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Args)]
pub(super) struct Options {
    /// The directory of the store; created when it is absent
    #[arg(long, global = true, value_name = "DIR", default_value = STORE)]
    pub(super) store: PathBuf,

    /// The scenario to work on; created when it is absent
    #[arg(long, global = true, value_name = "NAME", default_value = "default", add = complete::scenarios())]
    pub(super) scenario: String,

    /// Sets an input of the scenario, which keeps the value; may be given several times. VALUE is JSON
    /// (1600, [1,2], null), or the plain text of a string, a path or a choice (median). `plan`
    /// and `explain` only suppose it
    #[arg(long = "set", global = true, value_name = "NODE=VALUE", value_parser = parse_set, add = complete::settings())]
    pub(super) set: Vec<(String, String)>,

    /// Makes the compiler, target and profile of this program part of every key: a result of another
    /// build is not taken for known
    #[arg(long, global = true)]
    pub(super) strict: bool,

    /// Prints the result as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Runs what has to be run (also without a command)
    Run {
        #[command(flatten)]
        asked: RunOptions,
    },
    /// Shows what would run, and why; runs nothing
    Plan {
        /// Exits with 3 when there is something to run
        #[arg(long)]
        exit_code: bool,
    },
    /// Shows what is in the key of a node's result: code, inputs, and what differs from the nearest result
    Explain {
        /// The node, an output
        #[arg(add = complete::outputs())]
        node: String,
        /// Lists every crate, not only their number
        #[arg(long)]
        all: bool,
    },
    /// Makes known results again and names tasks that give something else; keeps nothing
    Verify {
        /// The share of known results to make again, between 0 and 1
        #[arg(long, value_name = "P", default_value = "1", value_parser = parse_share)]
        sample: f64,
    },
    /// Looks after the store
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Shows nodes and tasks
    Graph {
        /// The form
        #[arg(long, value_enum, default_value = "text")]
        format: GraphFormat,
    },
    /// Creates a scenario; `--set` gives it values
    Create {
        #[command(flatten)]
        asked: Create,
    },
    /// Lists scenarios
    List {
        #[command(flatten)]
        asked: List,
    },
    /// Shows what is said about a scenario
    Show {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
    },
    /// Gives a scenario another name
    Rename {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The name that it is to have
        to: String,
    },
    /// Adds tags to a scenario
    Tag {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The tags
        #[arg(required = true, add = complete::tags())]
        tags: Vec<String>,
    },
    /// Takes tags away from a scenario
    Untag {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The tags
        #[arg(required = true, add = complete::tags())]
        tags: Vec<String>,
    },
    /// Replaces a scenario's note
    Note {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The note; empty to remove it
        text: String,
    },
    /// Sets a property of a scenario, or removes it
    Property {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// NAME=VALUE to set it, NAME alone to remove it
        #[arg(value_name = "NAME[=VALUE]")]
        property: String,
    },
    /// Makes a scenario with the same values, tags, properties and note; `--set` changes some: what if
    Duplicate {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The new scenario's name
        to: String,
    },
    /// Says what goes with a scenario, and with --yes deletes it
    Delete {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// Deletes it
        #[arg(long)]
        yes: bool,
    },
    /// Writes a scenario to a file: inputs and their history, runs, KPIs, versions; with --data its results, too
    Export {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The file
        file: PathBuf,
        /// With the results that are still in the store
        #[arg(long)]
        data: bool,
    },
    /// Takes a scenario from a file
    Import {
        /// The file
        file: PathBuf,
        /// The name that it is to have; the one in the file unless it is said
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
    /// Lists what inputs were set to: when, and by whom
    Edits {
        /// The input; all without one
        #[arg(add = complete::inputs())]
        node: Option<String>,
    },
    /// Sets an input to what it was set to by an earlier edit
    Revert {
        /// The edit's number, as `edits` lists it
        edit: i64,
    },
    /// Sets an input back to its default
    Reset {
        /// The input
        #[arg(add = complete::inputs())]
        node: String,
    },
    /// Lists runs, the latest first; with a number, shows one: inputs, jobs, what they said
    Runs {
        /// The run's number
        run: Option<i64>,
        /// Those of all scenarios
        #[arg(long, conflicts_with = "run")]
        all: bool,
        /// No more than so many
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        limit: usize,
    },
    /// Lists the KPIs of runs over time
    Kpis {
        /// Those of all scenarios
        #[arg(long)]
        all: bool,
        /// The best first
        #[arg(long)]
        best: bool,
    },
    /// Compares runs: inputs, code, outputs row by row, KPIs
    Compare {
        #[command(flatten)]
        asked: CompareOptions,
    },
    /// Lists the values of a node over the runs of the scenario
    History {
        /// The node
        #[arg(add = complete::nodes())]
        node: String,
        /// The form; JSON with --json
        #[arg(long, value_enum, default_value = "text")]
        format: TableFormat,
    },
    /// Shows what a value was made from, back to the sources, or what was made of it
    Lineage {
        #[command(flatten)]
        asked: LineageOptions,
    },
    /// Lists versions: what the scenario's type was, and since when
    Versions {
        #[command(subcommand)]
        command: Option<VersionsCommand>,
    },
    /// Prints what makes names complete in a shell: `source <(PROGRAM completions bash)`
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Prints the value of a node
    Read {
        /// The node
        #[arg(add = complete::nodes())]
        node: String,
        /// The form; JSON with --json
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

#[derive(Subcommand)]
pub(super) enum VersionsCommand {
    /// Says how one version differs from another
    Diff {
        /// The earlier version's number
        from: i64,
        /// The later version's number
        to: i64,
    },
}

#[derive(Subcommand)]
pub(super) enum StoreCommand {
    /// Reads every object and record; exits with 1 when something is damaged or missing
    Verify,
    /// Shows how much room the store takes, and what for
    Du,
    /// Removes results that no scenario and no pinned run reaches
    Gc {
        /// Keeps what was made within this time: 30m, 12h, 7d, or 0
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse_time)]
        grace: Duration,
        /// Only says what would be removed
        #[arg(long)]
        dry_run: bool,
    },
    /// Keeps the results of a run also when no scenario reaches them any more
    Pin {
        /// The run's number
        run: i64,
    },
    /// Takes that back
    Unpin {
        /// The run's number
        run: i64,
    },
}

/// A length of time: a whole number and a unit, or nothing at all.
fn parse_time(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    length_of_time(text).ok_or_else(|| "expected a number and a unit: 45s, 30m, 12h, 7d".into())
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number between 0 and 1".into()),
    }
}

pub(crate) fn parse_set(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((node, value)) if !node.is_empty() => Ok((node.trim().into(), value.into())),
        _ => Err("expected NODE=VALUE".into()),
    }
}

/// A property with its value.
pub(super) fn parse_property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.into())),
        _ => Err("expected NAME=VALUE".into()),
    }
}

impl Options {
    /// What keys are made of, for commands that only look.
    pub(super) fn terms(&self) -> Terms {
        Terms { strict: self.strict.then(Toolchain::current), ..Terms::default() }
    }

    /// The `--set` values, for commands that only suppose them.
    pub(super) fn supposed(&self, instance: &Instance) -> Result<Overrides> {
        self.set.iter().map(|(node, text)| Ok((node.clone(), instance.parse_input(node, text)?))).collect()
    }

    /// Whether all `--set` are right, before anything is opened or written for them.
    pub(super) fn check(&self, instance: &Instance) -> Result<()> {
        self.set.iter().try_for_each(|(node, text)| instance.usable_input(node, text).map(drop))
    }

    /// The scenario as it is in the store, or as it would be; with nothing written.
    pub(super) fn look(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let instance = Instance::look(&Store::open(&self.store)?, graph, &self.scenario)?;
        self.check(&instance)?;
        Ok(instance)
    }

    /// The scenario with every `--set` written to it; created when it is absent.
    pub(super) fn open(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let look = self.look(graph)?;
        self.complete(&look, &self.scenario)?;
        let instance = Instance::open_or_create(look.store(), graph, &self.scenario)?;
        self.write_to(&instance)?;
        Ok(instance)
    }

    /// A new scenario with every `--set` written to it, if `allowed` has nothing against it.
    pub(super) fn create(
        &self,
        graph: &Arc<Graph>,
        name: &str,
        allowed: impl FnOnce(&Store) -> Result<()>,
    ) -> Result<Instance> {
        let store = Store::open(&self.store)?;
        allowed(&store)?;
        let look = Instance::look(&store, graph, name)?;
        self.check(&look)?;
        self.complete(&look, name)?;
        let instance = Instance::create(&store, graph, name)?;
        self.write_to(&instance)?;
        Ok(instance)
    }

    /// An error when an input would have no value.
    fn complete(&self, look: &Instance, scenario: &str) -> Result<()> {
        let missing = |node: &&crate::graph::Node| {
            node.is_required()
                && !self.set.iter().any(|(name, _)| name == node.name())
                && look.lacks(node.name())
        };
        match look.graph().nodes().iter().find(missing) {
            Some(node) => Err(Error::MissingInput { scenario: scenario.into(), node: node.name().into() }),
            None => Ok(()),
        }
    }

    /// Writes every `--set`.
    pub(super) fn write_to(&self, instance: &Instance) -> Result<()> {
        let texts: Vec<(&str, &str)> =
            self.set.iter().map(|(node, text)| (node.as_str(), text.as_str())).collect();
        if texts.is_empty() { Ok(()) } else { instance.set(&texts) }
    }
}
