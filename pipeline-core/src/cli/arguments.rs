//! Commands and arguments, as clap parses them.

use super::compare::{CompareOptions, TableFormat};
use super::complete::{self, Shell};
use super::lineage::LineageOptions;
use super::options::SharedOptions;
use super::parse::{parse_percentage, parse_setting, parse_time};
use super::run::RunArguments;
use super::scenarios::{Create, List};
use super::sweep::SweepArguments;
use crate::data::Format;
use crate::registry::{RunId, VersionId};
use crate::report::GraphFormat;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Parser)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) shared: SharedOptions,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Runs the tasks that need to run (the default command)
    Run {
        #[command(flatten)]
        args: RunArguments,
    },
    /// Shows which tasks would run, and why; runs nothing
    Plan {
        /// Exits with 3 if there is anything to run
        #[arg(long)]
        exit_code: bool,
    },
    /// Runs a scenario for each combination of input values, and lists them by KPI, the best first
    Sweep {
        #[command(flatten)]
        args: SweepArguments,
    },
    /// Checks inputs, headers of files and query plans; runs nothing, and exits with 1 if one of them is wrong
    Check,
    /// Shows what a node's cache key is made from (code and inputs), and what differs from the nearest result
    Explain {
        /// The node, which must be an output
        #[arg(add = complete::outputs())]
        node: String,
        /// Lists all crates instead of their number
        #[arg(long)]
        all: bool,
    },
    /// Recomputes known results and reports tasks that give different ones; stores nothing
    Verify {
        /// The share of known results to recompute, such as 5%
        #[arg(long, value_name = "SHARE", default_value = "100%", value_parser = parse_percentage)]
        sample: f64,
    },
    /// Lists known results that differed when `--recheck` recomputed them; exits with 1 while one is unresolved
    Rechecks {
        /// Marks this mismatch as resolved; once all are, cache keys no longer include the whole program
        #[arg(long, value_name = "NUMBER")]
        resolve: Option<i64>,
    },
    /// Manages the store: integrity, disk usage, garbage collection, pinned runs
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Shows the graph of nodes and tasks
    Graph {
        /// The output format
        #[arg(long, value_enum, default_value = "text")]
        format: GraphFormat,
    },
    /// Creates a scenario; `--set` sets its inputs
    Create {
        #[command(flatten)]
        args: Create,
    },
    /// Lists scenarios
    List {
        #[command(flatten)]
        args: List,
    },
    /// Shows a scenario: tags, properties, note, version and runs
    Show {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
    },
    /// Renames a scenario
    Rename {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The new name
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
    /// Removes tags from a scenario
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
        /// The new note; an empty string removes the note
        text: String,
    },
    /// Sets or removes a property of a scenario
    Property {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// NAME=VALUE sets the property, NAME alone removes it
        #[arg(value_name = "NAME[=VALUE]")]
        property: String,
    },
    /// Copies a scenario with its inputs, tags, properties and note; `--set` changes inputs of the copy
    Duplicate {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The name of the copy
        to: String,
    },
    /// Shows what is deleted with a scenario, and with --yes deletes it
    Delete {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// Deletes the scenario
        #[arg(long)]
        yes: bool,
    },
    /// Writes a scenario to a file: inputs and their history, runs, KPIs and versions; with --data also its results. A
    /// file whose name ends with .toml gets its nodes and tasks, with the values of its inputs as defaults
    Export {
        /// The scenario
        #[arg(add = complete::scenarios())]
        name: String,
        /// The file to write
        file: PathBuf,
        /// Includes the results that are still in the store
        #[arg(long)]
        data: bool,
    },
    /// Imports a scenario from a file that `export` wrote; `import taipy` converts a configuration of Taipy Core
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Import {
        #[command(subcommand)]
        from: Option<ImportCommand>,
        /// The file to read
        #[arg(required = true)]
        file: Option<PathBuf>,
        /// The name of the imported scenario [default: the name in the file]
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
    /// Prints a row type for the columns of a CSV, Parquet or Arrow file
    #[cfg(feature = "polars")]
    Row {
        /// The file to read
        file: PathBuf,
    },
    /// Lists the edits of inputs: value, time and author
    Edits {
        /// The input [default: all inputs]
        #[arg(add = complete::inputs())]
        node: Option<String>,
    },
    /// Sets an input back to the value of an earlier edit
    Revert {
        /// The number of the edit, as listed by `edits`
        edit: i64,
    },
    /// Sets an input back to its default
    Reset {
        /// The input
        #[arg(add = complete::inputs())]
        node: String,
    },
    /// Lists runs, the latest first; with a number, shows one run: inputs, jobs and their logs
    Runs {
        /// The run's number
        run: Option<RunId>,
        /// Lists the runs of all scenarios
        #[arg(long, conflicts_with = "run")]
        all: bool,
        /// The maximum number of runs to list
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        limit: usize,
    },
    /// Lists the KPIs of runs over time
    Kpis {
        /// Lists the KPIs of all scenarios
        #[arg(long)]
        all: bool,
        /// Sorts the best values first
        #[arg(long)]
        best: bool,
    },
    /// Compares runs: inputs, code, KPIs, and outputs row by row
    Compare {
        #[command(flatten)]
        args: CompareOptions,
    },
    /// Lists the values of a node in the runs of the scenario
    History {
        /// The node
        #[arg(add = complete::nodes())]
        node: String,
        /// The output format; --json selects JSON
        #[arg(long, value_enum, default_value = "text")]
        format: TableFormat,
    },
    /// Shows what a value was made from, back to its sources, or with --forward what was made from it
    Lineage {
        #[command(flatten)]
        args: LineageOptions,
    },
    /// Lists the versions of scenario types, and when each was first seen
    Versions {
        #[command(subcommand)]
        command: Option<VersionsCommand>,
    },
    /// Shows and changes the settings
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Prints a completion script for a shell: `source <(PROGRAM completions bash)`
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
        /// The output format; --json selects JSON
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

#[derive(Subcommand)]
pub(super) enum VersionsCommand {
    /// Shows how two versions differ
    Diff {
        /// The earlier version's number
        from: VersionId,
        /// The later version's number
        to: VersionId,
    },
}

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Prints every setting and every input of the scenario, and where its value comes from
    Show,
    /// Changes the settings file, keeping its comments and order; creates the file if it is missing
    Set {
        /// A setting, `workers=4`, or an input, `inputs.NAME=VALUE`
        #[arg(value_name = "KEY=VALUE", required = true, value_parser = parse_setting)]
        settings: Vec<(String, String)>,
        /// Sets the inputs for this scenario only [default: for all scenarios]
        #[arg(long = "for", value_name = "SCENARIO")]
        scenario: Option<String>,
    },
    /// Prints the JSON Schema of this program's settings file or of its scenario files, for editors
    Schema {
        /// The kind of file
        #[arg(value_enum, default_value = "settings")]
        of: SchemaOf,
    },
}

/// The kind of file that a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SchemaOf {
    /// The settings file, PROGRAM.toml
    Settings,
    /// Scenario files
    Scenario,
}

/// The other systems from which a scenario can be imported.
#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// Converts a configuration of Taipy Core to a scenario file; functions are matched by name to this program's tasks
    Taipy {
        /// The configuration file
        file: PathBuf,
        /// The scenario to convert, if the file has several
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
        /// The scenario file to write [default: stdout]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(super) enum StoreCommand {
    /// Reads every object and record; exits with 1 if any of them is damaged or missing
    Verify,
    /// Shows how much disk space the store uses, and for what
    Du,
    /// Removes results that are not reachable from any scenario or pinned run
    Gc {
        /// Keeps results that are younger than this: 30m, 12h, 7d, or 0
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse_time)]
        grace: Duration,
        /// Shows what would be removed, and removes nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Pins a run: its results are kept even if no scenario uses them any more
    Pin {
        /// The run's number
        run: RunId,
    },
    /// Unpins a run
    Unpin {
        /// The run's number
        run: RunId,
    },
}
