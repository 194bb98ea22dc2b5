//! Floor 7: a command line for any scenario.
//!
//! ```no_run
//! # use skipstone::{scenario, task};
//! # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
//! # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
//! fn main() -> std::process::ExitCode {
//!     skipstone::cli::main::<Doubling>()
//! }
//! ```
//!
//! gives the program commands such as `run` (the default), `plan`, `explain`, `verify`, `store`, `graph` and `read`;
//! `--help` lists them all. Results go to stdout, progress and messages to stderr.
//!
//! # Exit codes
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | success |
//! | 1 | a task failed; `verify`: a task is not deterministic; `store verify`: the store is damaged |
//! | 2 | the arguments, an input or the store can't be used: no task ran, or the run could not be recorded |
//! | 3 | `plan --exit-code`: work is pending; `delete` without `--yes`: nothing was deleted |
//! | 130 | canceled by Ctrl-C |
//!
//! It is not an error if the reader of stdout closes it early, as `head` does.

mod arguments;
mod check;
mod compare;
mod complete;
mod config;
mod exit;
mod explain;
mod graph;
mod import;
mod lineage;
mod options;
mod output;
mod parse;
mod plan;
mod progress;
mod read;
mod rechecks;
#[cfg(feature = "polars")]
mod row;
mod run;
mod runs;
mod scenarios;
mod signals;
mod stdout;
mod store;
mod sweep;
mod trace;
mod verify;

use crate::graph::{Graph, Resources};
use crate::report;
use crate::scenario::{Comparator, Instance, ScenarioType};
use crate::settings::Settings;
use arguments::{Arguments, Command, ConfigCommand, ImportCommand, VersionsCommand};
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches};
use exit::{Exit, Failure};
pub(crate) use import::taipy::read as read_taipy;
use options::SharedOptions;
use output::Output;
pub(crate) use parse::parse_set;
use run::RunArguments;
use serde::Serialize;
use std::error::Error;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command line of scenario `S`: parses the program's arguments, carries out the command and returns the
/// exit code.
pub fn main<S: ScenarioType>() -> ExitCode {
    Cli::<S>::new().main()
}

/// A command line to which a program can add its own commands.
pub struct Cli<S> {
    extra: Vec<Extra>,
    comparators: Vec<Comparator>,
    resources: Resources,
    scenario: PhantomData<fn() -> S>,
}

/// Carries out a custom command. The function that it receives loads the project.
type Handler = dyn Fn(&ArgMatches, &dyn Fn() -> Result<Project, Failure>) -> Result<(), Failure>;

/// What a custom command works on: the scenario type and the program's settings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Project {
    /// The program's name, without path and extension.
    pub program: String,
    /// The scenario type that the program was compiled with.
    pub compiled: Arc<Graph>,
    /// The scenario file given with `--scenario-file`.
    pub scenario_file: Option<PathBuf>,
    /// The program's settings, including those given as arguments.
    pub settings: Settings,
    /// The program's custom comparisons.
    pub comparators: Vec<Comparator>,
}

struct Extra {
    command: clap::Command,
    run: Box<Handler>,
}

impl<S: ScenarioType> Default for Cli<S> {
    fn default() -> Cli<S> {
        Cli::new()
    }
}

impl<S: ScenarioType> Cli<S> {
    /// Creates a command line with the commands that every scenario has.
    pub fn new() -> Cli<S> {
        Cli {
            extra: Vec::new(),
            comparators: Vec::new(),
            resources: Resources::default(),
            scenario: PhantomData,
        }
    }

    /// Adds a command with the arguments `A`. The doc comment of `A` is the command's help.
    ///
    /// If `run` returns an error, the error is printed and the program exits with 2.
    pub fn command<A: Args>(
        mut self,
        name: &'static str,
        run: impl Fn(A) -> Result<(), Box<dyn Error>> + 'static,
    ) -> Cli<S> {
        let command = A::augment_args(clap::Command::new(name));
        let run: Box<Handler> =
            Box::new(move |matches, _| run(A::from_arg_matches(matches)?).map_err(Failure::Command));
        self.extra.push(Extra { command, run });
        self
    }

    /// Adds a command that works on the scenario type. It receives the settings, with the options that all commands
    /// share applied, except that `--set`, `--strict` and `--json` are rejected.
    ///
    /// If `run` returns an error, the error is printed and the program exits with 2.
    pub fn project_command<A: Args>(
        mut self,
        name: &'static str,
        run: impl Fn(A, Project) -> Result<(), Box<dyn Error>> + 'static,
    ) -> Cli<S> {
        let command = A::augment_args(clap::Command::new(name));
        let run: Box<Handler> = Box::new(move |matches, project| {
            let arguments = A::from_arg_matches(matches)?;
            let project = project()?;
            crate::engine::panics::report_through_jobs();
            run(arguments, project).map_err(Failure::Command)
        });
        self.extra.push(Extra { command, run });
        self
    }

    /// Provides a resource to the tasks that take a [`Resource`](crate::Resource) of its type.
    pub fn provide<T: Send + Sync + 'static>(mut self, resource: T) -> Cli<S> {
        self.resources.provide(resource);
        self
    }

    /// Adds a custom comparison to `compare`: a function of a node's value in the first run and its value in another
    /// run.
    pub fn comparator<T: 'static, D: Serialize>(
        mut self,
        node: &str,
        name: &str,
        compare: impl Fn(&T, &T) -> D + Send + Sync + 'static,
    ) -> Cli<S> {
        self.comparators.push(Comparator::new(node, name, compare));
        self
    }

    /// Parses the program's arguments, carries out the command and returns the exit code.
    pub fn main(self) -> ExitCode {
        crate::engine::init_worker();
        let output = Output::new();
        crate::store::report_waits(|message| {
            Output::new().message(crate::report::Tone::Heading, "waiting", message);
        });
        match self.run(&output) {
            Ok(exit) => exit.into(),
            Err(failure) => failure.report(&output),
        }
    }

    fn run(&self, output: &Output) -> Result<Exit, Failure> {
        let graph = S::graph();
        let name = std::env::args_os().next().map(std::path::PathBuf::from);
        let name = name.as_deref().and_then(|path| path.file_stem()).unwrap_or("pipeline".as_ref());
        let name = name.to_string_lossy().into_owned();
        let command = || {
            let mut command = Arguments::command()
                .bin_name(&name)
                .display_name(&name)
                .about(graph.docs().lines().next().unwrap_or_default().to_owned())
                .after_help(exit::HELP);
            for extra in &self.extra {
                command = command.subcommand(extra.command.clone());
            }
            command
        };
        complete::complete_if_requested(graph, command);
        let command = command();
        let matches = command.try_get_matches()?;
        if let Some((subcommand, matches)) = matches.subcommand()
            && let Some(extra) = self.extra.iter().find(|extra| extra.command.get_name() == subcommand)
        {
            let project = || self.project(&name, graph, matches, output);
            return (extra.run)(matches, &project).map(|()| Exit::Success);
        }
        let Arguments { shared, command } = Arguments::from_arg_matches(&matches)?;
        let command = command.unwrap_or(Command::Run { args: RunArguments::default() });
        if let Command::Completions { shell } = command {
            // Completions do not depend on the settings, which may be wrong.
            return complete::completions(shell, &name, output);
        }
        let compiled = graph;
        let graph = &shared.graph(compiled)?;
        if let Command::Config { command: ConfigCommand::Set { settings, scenario } } = &command {
            // The settings file is not loaded: this command may fix its errors.
            let loader = shared.loader(&name).beside(compiled);
            return config::set(graph, &loader, settings, scenario.as_deref(), shared.json, output);
        }
        let from_file = shared.scenario_file.is_some();
        let (mut options, mut warnings) = shared.options(&name, graph, compiled)?;
        options.settings.resources = self.resources.clone();
        if from_file {
            // For a wiring in Rust, the compiler reports these warnings.
            warnings.extend(graph.warnings().iter().cloned());
        }
        for warning in warnings {
            output.message(report::Tone::Heading, "warning", &warning);
        }
        let sets = matches!(
            command,
            Command::Run { .. }
                | Command::Plan { .. }
                | Command::Check
                | Command::Explain { .. }
                | Command::Sweep { .. }
                | Command::Create { .. }
                | Command::Duplicate { .. }
                | Command::Config { command: ConfigCommand::Show }
        );
        if !options.set.is_empty() && !sets {
            let message = "`--set` is for `run`, `plan`, `sweep`, `check`, `explain`, `create`, `duplicate` and `config show`: this command uses \
                           the stored values";
            return Err(
                clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{message}\n")).into()
            );
        }
        match command {
            Command::Run { args } => run::run(graph, &options, &args, output),
            Command::Sweep { args } => sweep::sweep(graph, &options, &args, output),
            Command::Create { args } => scenarios::create(graph, &options, &args, output),
            Command::List { args } => scenarios::list(&options, &args, output),
            Command::Show { name } => scenarios::info(&options, &name, output),
            Command::Rename { name, to } => scenarios::rename(graph, &options, &name, &to, output),
            Command::Tag { name, tags } => {
                scenarios::change(graph, &options, &name, |scenario| scenario.tag(&words(&tags)), output)
            }
            Command::Untag { name, tags } => {
                scenarios::change(graph, &options, &name, |scenario| scenario.untag(&words(&tags)), output)
            }
            Command::Note { name, text } => {
                scenarios::change(graph, &options, &name, |scenario| scenario.note(&text), output)
            }
            Command::Property { name, property } => {
                let (property, value) = match property.split_once('=') {
                    Some((property, value)) => (property, Some(value)),
                    None => (property.as_str(), None),
                };
                let change = |scenario: &Instance| scenario.set_property(property, value);
                scenarios::change(graph, &options, &name, change, output)
            }
            Command::Duplicate { name, to } => scenarios::duplicate(graph, &options, &name, &to, output),
            Command::Delete { name, yes } => scenarios::delete(&options, &name, yes, output),
            Command::Export { name, file, data } => {
                scenarios::export(graph, &options, &name, &file, data, output)
            }
            Command::Import { from: Some(ImportCommand::Taipy { file, of, out }), .. } => {
                import::import(&options, &file, of.as_deref(), out.as_deref(), output)
            }
            Command::Import { file, name, .. } => {
                scenarios::import(&options, &file.unwrap_or_default(), name.as_deref(), output)
            }
            #[cfg(feature = "polars")]
            Command::Row { file } => row::row(&file, output),
            Command::Config { command } => config::config(graph, &options, &command, output),
            Command::Edits { node } => scenarios::edits(graph, &options, node.as_deref(), output),
            Command::Revert { edit } => scenarios::revert(graph, &options, edit, output),
            Command::Reset { node } => scenarios::reset(graph, &options, &node, output),
            Command::Runs { run: Some(run), .. } => runs::run(&options, run, output),
            Command::Runs { all, limit, .. } => runs::runs(graph, &options, all, limit, output),
            Command::Kpis { all, best } => runs::kpis(graph, &options, all, best, output),
            Command::Compare { args } => compare::compare(graph, &options, &args, &self.comparators, output),
            Command::History { node, format } => compare::history(graph, &options, &node, format, output),
            Command::Lineage { args } => lineage::lineage(graph, &options, &args, output),
            Command::Versions { command: None } => runs::versions(&options, output),
            Command::Versions { command: Some(VersionsCommand::Diff { from, to }) } => {
                runs::version_diff(&options, from, to, output)
            }
            Command::Completions { shell } => complete::completions(shell, &name, output),
            Command::Explain { node, all } => explain::explain(graph, &options, &node, all, output),
            Command::Verify { sample } => verify::verify(graph, &options, sample, output),
            Command::Rechecks { resolve } => rechecks::rechecks(&options, resolve, output),
            Command::Store { command } => store::store(&options, &command, output),
            Command::Plan { exit_code } => plan::plan(graph, &options, exit_code, output),
            Command::Check => check::check(graph, &options, output),
            Command::Graph { format } => graph::graph(graph, &options, format, output),
            Command::Read { node, format } => read::read(graph, &options, &node, format, output),
        }
    }

    /// Loads the project for a custom command.
    fn project(
        &self,
        program: &str,
        compiled: &Arc<Graph>,
        matches: &ArgMatches,
        output: &Output,
    ) -> Result<Project, Failure> {
        let shared = SharedOptions::from_arg_matches(matches)?;
        let scenario_file = shared.scenario_file.clone();
        let graph = shared.graph(compiled)?;
        let (mut options, warnings) = shared.options(program, &graph, compiled)?;
        options.settings.resources = self.resources.clone();
        if !options.set.is_empty() || options.strict || options.json {
            let message = "this command does not accept `--set`, `--strict` or `--json`";
            return Err(
                clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{message}\n")).into()
            );
        }
        for warning in warnings {
            output.message(report::Tone::Heading, "warning", &warning);
        }
        Ok(Project {
            program: program.into(),
            compiled: compiled.clone(),
            scenario_file,
            settings: options.settings,
            comparators: self.comparators.clone(),
        })
    }
}

fn words(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
