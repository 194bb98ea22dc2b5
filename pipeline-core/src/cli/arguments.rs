//! What can be typed.

use super::compare::{CompareOptions, TableFormat};
use super::complete::{self, Shell};
use super::lineage::LineageOptions;
use super::options::Given;
use super::parse::{parse_setting, parse_share, parse_time};
use super::run::RunArguments;
use super::scenarios::{Create, List};
use crate::data::Format;
use crate::registry::{RunId, VersionId};
use crate::report::GraphFormat;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Parser)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) given: Given,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Runs what has to be run (also without a command)
    Run {
        #[command(flatten)]
        asked: RunArguments,
    },
    /// Shows what would run, and why; runs nothing
    Plan {
        /// Exits with 3 when there is something to run
        #[arg(long)]
        exit_code: bool,
    },
    /// Looks whether the plans of table tasks hold, on tables without rows; runs nothing, and exits with 1 if one does not
    Check,
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
    /// Lists known results that were others when `--recheck` made them again; exits with 1 while one is not resolved
    Rechecks {
        /// Says that this one is resolved: once all are, keys no longer count the whole program
        #[arg(long, value_name = "NUMBER")]
        resolve: Option<i64>,
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
    /// Writes a scenario to a file: inputs and their history, runs, KPIs, versions; with --data its results, too. To a
    /// file whose name ends with .toml: its nodes and tasks, with its values as defaults
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
    /// Takes a scenario from a file that `export` wrote; `import taipy` reads configurations of Taipy Core
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Import {
        #[command(subcommand)]
        from: Option<ImportCommand>,
        /// The file
        #[arg(required = true)]
        file: Option<PathBuf>,
        /// The name that it is to have; the one in the file unless it is said
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
    /// Prints a row type for the columns of a CSV, Parquet or Arrow file
    #[cfg(feature = "polars")]
    Row {
        /// The file
        file: PathBuf,
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
        run: Option<RunId>,
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
    /// Shows and changes what the program is set to
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
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
        from: VersionId,
        /// The later version's number
        to: VersionId,
    },
}

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Prints every setting, and every input of the scenario, with where it comes from
    Show,
    /// Sets something in the settings file, whose comments and order stay; creates the file when it is absent
    Set {
        /// A key, `workers=4`, or an input, `inputs.NAME=VALUE`
        #[arg(value_name = "KEY=VALUE", required = true, value_parser = parse_setting)]
        settings: Vec<(String, String)>,
        /// For this scenario only; inputs are set for all scenarios otherwise
        #[arg(long = "for", value_name = "SCENARIO")]
        scenario: Option<String>,
    },
    /// Prints the JSON Schema of this program's settings file or of its scenario files, for editors
    Schema {
        /// Of which file
        #[arg(value_enum, default_value = "settings")]
        of: SchemaOf,
    },
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SchemaOf {
    /// PROGRAM.toml
    Settings,
    /// Scenarios as files
    Scenario,
}

/// Where a scenario is taken from.
#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// Turns a configuration of Taipy Core into a scenario file: functions become tasks of this program by name
    Taipy {
        /// The configuration
        file: PathBuf,
        /// Which of its scenarios, where there are several
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
        /// Writes the scenario file here [default: stdout]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
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
        run: RunId,
    },
    /// Takes that back
    Unpin {
        /// The run's number
        run: RunId,
    },
}
