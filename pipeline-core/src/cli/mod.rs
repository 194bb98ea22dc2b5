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
//! gives the program the commands `run` (also without a command), `plan`, `explain`, `verify`, `store`,
//! `graph` and `read`.
//! Results go to stdout, progress and messages to stderr.
//!
//! # Exit codes
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | everything is fine |
//! | 1 | a task failed; `verify`: a task is not deterministic; `store verify`: something is damaged |
//! | 2 | the arguments, an input or the store is not usable; no task was run, or the run could not be recorded |
//! | 3 | `plan --exit-code`: work is pending; `delete` without `--yes`: nothing is deleted yet |
//! | 130 | canceled by Ctrl-C |
//!
//! A reader of stdout that goes away early, as `head` does, is no error.

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
mod trace;
mod verify;

use crate::graph::Graph;
use crate::report;
use crate::scenario::{Comparator, Instance, ScenarioType};
use crate::settings::Settings;
use arguments::{Arguments, Command, ConfigCommand, ImportCommand, VersionsCommand};
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches};
use exit::{Exit, Failure};
pub(crate) use import::taipy::read as read_taipy;
use options::Given;
use output::Output;
pub(crate) use parse::parse_set;
use run::RunArguments;
use serde::Serialize;
use std::error::Error;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// The command line of scenario `S`: parses the program's arguments, does what they say, and returns
/// the exit code.
pub fn main<S: ScenarioType>() -> ExitCode {
    Cli::<S>::new().main()
}

/// A command line with commands of the program's own.
pub struct Cli<S> {
    extra: Vec<Extra>,
    comparators: Vec<Comparator>,
    scenario: PhantomData<fn() -> S>,
}

/// What a command of the program's own does.
type Handler = dyn Fn(&ArgMatches, &dyn Fn() -> Result<Project, Failure>) -> Result<(), Failure>;

/// What a command works on: a scenario type, and what the program is set to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Project {
    /// What people type to start the program.
    pub program: String,
    /// The scenario type that is compiled into the program.
    pub compiled: Arc<Graph>,
    /// The scenario file that was given with `--scenario-file`.
    pub scenario_file: Option<PathBuf>,
    /// What the program is set to, with what was given as arguments.
    pub settings: Settings,
    /// The comparisons of its own.
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
    /// The commands that every scenario has.
    pub fn new() -> Cli<S> {
        Cli { extra: Vec::new(), comparators: Vec::new(), scenario: PhantomData }
    }

    /// Adds a command. Its arguments are `A`, whose documentation is its help.
    ///
    /// An error that `run` returns is printed, and the exit code is 2.
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

    /// Adds a command that works on the scenario type, with the settings and the options that all commands have.
    ///
    /// An error that `run` returns is printed, and the exit code is 2.
    pub fn project_command<A: Args>(
        mut self,
        name: &'static str,
        run: impl Fn(A, Project) -> Result<(), Box<dyn Error>> + 'static,
    ) -> Cli<S> {
        let command = A::augment_args(clap::Command::new(name));
        let run: Box<Handler> = Box::new(move |matches, project| {
            let arguments = A::from_arg_matches(matches)?;
            let project = project()?;
            crate::engine::panics::speak_through_jobs();
            run(arguments, project).map_err(Failure::Command)
        });
        self.extra.push(Extra { command, run });
        self
    }

    /// Adds a comparison of one's own to `compare`: a function of a node's value in the first run and in another.
    pub fn comparator<T: 'static, D: Serialize>(
        mut self,
        node: &str,
        name: &str,
        compare: impl Fn(&T, &T) -> D + Send + Sync + 'static,
    ) -> Cli<S> {
        self.comparators.push(Comparator::new(node, name, compare));
        self
    }

    /// Parses the program's arguments, does what they say, and returns the exit code.
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
        complete::answer(graph, command);
        let command = command();
        let matches = command.try_get_matches()?;
        if let Some((wanted, matches)) = matches.subcommand()
            && let Some(extra) = self.extra.iter().find(|extra| extra.command.get_name() == wanted)
        {
            let project = || self.project(&name, graph, matches, output);
            return (extra.run)(matches, &project).map(|()| Exit::Fine);
        }
        let Arguments { given, command } = Arguments::from_arg_matches(&matches)?;
        let command = command.unwrap_or(Command::Run { asked: RunArguments::default() });
        if let Command::Completions { shell } = command {
            // Whatever the settings are.
            return complete::completions(shell, &name, output);
        }
        let compiled = graph;
        let graph = &given.graph(compiled)?;
        if let Command::Config { command: ConfigCommand::Set { settings, scenario } } = &command {
            // Whatever is wrong with the file: this may mend it.
            let loader = given.loader(&name).beside(compiled);
            return config::set(graph, &loader, settings, scenario.as_deref(), given.json, output);
        }
        let from_file = given.scenario_file.is_some();
        let (options, mut warnings) = given.options(&name, graph, compiled)?;
        if from_file {
            // What the compiler says of a wiring in Rust.
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
                | Command::Create { .. }
                | Command::Duplicate { .. }
                | Command::Config { command: ConfigCommand::Show }
        );
        if !options.set.is_empty() && !sets {
            let message = "`--set` is for `run`, `plan`, `check`, `explain`, `create`, `duplicate` and `config show`: this command works \
                           with what is there";
            return Err(
                clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{message}\n")).into()
            );
        }
        match command {
            Command::Run { asked } => run::run(graph, &options, &asked, output),
            Command::Create { asked } => scenarios::create(graph, &options, &asked, output),
            Command::List { asked } => scenarios::list(&options, &asked, output),
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
            Command::Compare { asked } => {
                compare::compare(graph, &options, &asked, &self.comparators, output)
            }
            Command::History { node, format } => compare::history(graph, &options, &node, format, output),
            Command::Lineage { asked } => lineage::lineage(graph, &options, &asked, output),
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

    /// What a command of the program's own works on.
    fn project(
        &self,
        program: &str,
        compiled: &Arc<Graph>,
        matches: &ArgMatches,
        output: &Output,
    ) -> Result<Project, Failure> {
        let given = Given::from_arg_matches(matches)?;
        let scenario_file = given.scenario_file.clone();
        let graph = given.graph(compiled)?;
        let (options, warnings) = given.options(program, &graph, compiled)?;
        if !options.set.is_empty() || options.strict || options.json {
            let message = "`--set`, `--strict` and `--json` are not for this command";
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
