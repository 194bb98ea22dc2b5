//! `run`

use super::complete;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use super::progress::Progress;
use super::signals;
use super::stdout::StdoutGuard;
use super::trace::Trace;
use crate::data::{CancelToken, Format};
use crate::engine::Processes;
use crate::engine::panics;
use crate::graph::{Graph, Node};
use crate::report::{RunText, Tone, event_json, run_json};
use crate::scenario::error::Error;
use crate::scenario::{Instance, Run, Submit};
use clap::Args;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Results up to this size are part of a run's JSON, in bytes of their object.
const INLINE: u64 = 64 << 10;

/// How many results a run shows to a person.
const SHOWN: usize = 3;

/// What `run` is asked for.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(super) struct RunArguments {
    /// Calls the tasks with these names, or that make these nodes, whatever is known; without a name, all
    #[arg(long, value_name = "TASK", num_args = 0.., value_delimiter = ',', add = complete::outputs_and_tasks())]
    force: Option<Vec<String>>,
    /// Runs only what these nodes need
    #[arg(long, value_name = "NODE", value_delimiter = ',', add = complete::outputs())]
    to: Vec<String>,
    /// Runs only what reads these nodes, and what reads the outputs of that; what else it needs has to be known
    #[arg(long, value_name = "NODE", value_delimiter = ',', add = complete::nodes())]
    from: Vec<String>,
    /// Writes what happens to stdout while it happens, a line of JSON for each event, and no report
    #[arg(long, conflicts_with = "json")]
    events: bool,
    /// How many tasks may run at the same time [default: as the settings say, or else as the machine has cores]
    #[arg(long, value_name = "NUMBER", value_parser = parse_workers)]
    workers: Option<usize>,
    /// Makes known results again that another build of the program made, and compares: up to this share of the time that
    /// all jobs take, as 1%, the cheapest first [default: as the settings say, or else 0%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percentage)]
    recheck: Option<f64>,
    /// Runs each task in a process of its own, so that one that aborts or runs out of memory fails alone
    #[arg(long)]
    isolate: bool,
    /// Writes what each worker did when to this file, in Chrome's trace format (Perfetto, about:tracing)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

pub(super) fn run(
    graph: &Arc<Graph>,
    options: &Options,
    asked: &RunArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    // A misspelt node is said before anything is written.
    let look = options.look(graph)?;
    asked.force.iter().flatten().try_for_each(|name| look.jobs_of(name).map(drop))?;
    asked.on(look.submission().on(options.supposed(&look)?))?.check_values()?;
    let instance = options.open(graph)?;
    for warning in &instance.overridden()? {
        output.message(Tone::Heading, "warning", warning);
    }
    let cancel = CancelToken::new();
    signals::drain(cancel.clone());
    panics::speak_through_jobs();
    let trace = asked.trace.as_deref().map(Trace::new).transpose()?.map(Arc::new);
    // Whoever sets the same scenario to other values meanwhile, this run is on these, and shows its own.
    let lease = instance.store().lease();
    let supposed = options.supposed(&instance)?;
    let mut submission =
        asked.on(instance.submission().on(supposed).holding(lease.clone()).cancel(cancel))?;
    if options.strict {
        submission = submission.strict();
    }
    if let Some(workers) = asked.workers {
        submission = submission.workers(workers);
    }
    if asked.isolate {
        submission = submission.executor(Processes::new());
    }
    if let Some(share) = asked.recheck {
        submission = submission.recheck(share);
    }
    submission = match asked.force.as_deref() {
        None => submission,
        Some([]) => submission.force_all(),
        Some(names) => names.iter().try_fold(submission, |submission, name| submission.force(name))?,
    };
    if let Some(trace) = trace.clone() {
        submission = submission.observe(move |event| trace.event(event));
    }
    let (progress, words) = (Progress::new(), *output);
    submission = submission.observe(move |event| progress.event(event, &words));
    let broken = Arc::new(AtomicBool::new(false));
    // A program reads it: what tasks print would be in its way.
    let apart = (asked.events || options.json).then(StdoutGuard::begin).transpose()?;
    if let Some(apart) = apart.as_ref().filter(|_| asked.events) {
        let (broken, write) = (broken.clone(), apart.writer());
        submission = submission.observe(move |event| {
            // A reader that goes away early is no error, and has no more lines written to it.
            if !broken.load(Ordering::Relaxed) {
                let written = write(format!("{}\n", event_json(event)).as_bytes());
                broken.store(written.is_err(), Ordering::Relaxed);
            }
        });
    }
    let outcome = submission.submit();
    drop(apart);
    if let Some(trace) = trace {
        trace.write()?;
    }
    let (run, failure) = match outcome {
        Ok(run) => (run, None),
        Err(error) => match error.run() {
            Some(run) => (run.clone(), Some(error)),
            None => return Err(error.into()),
        },
    };
    if asked.events {
        return failure.map_or(Ok(Exit::Fine), |error| Err(error.into()));
    }
    let mut out = output.out();
    if options.json {
        let mut json = run_json(&run);
        add_values(&mut json, &instance, &run)?;
        writeln!(out, "{json}")?;
    } else {
        let paint = |tone, word: &str| output.paint(tone, word);
        writeln!(out, "{}", RunText::new(&run).paint(&paint).without_errors())?;
        if failure.is_none() {
            show_results(&instance, &run, output, &mut out)?;
        }
    }
    out.flush()?;
    drop(out);
    failure.map_or(Ok(Exit::Fine), |error| Err(error.into()))
}

fn parse_workers(text: &str) -> Result<usize, String> {
    text.parse::<usize>().ok().filter(|workers| *workers > 0).ok_or_else(|| "expected a number from 1".into())
}

fn parse_percentage(text: &str) -> Result<f64, String> {
    skipstone_wiring::share(text).ok_or_else(|| "expected a share from 0% to 100%".into())
}

impl RunArguments {
    /// The submission of the part that is asked for.
    fn on(&self, submission: Submit) -> Result<Submit, Error> {
        let submission = self.to.iter().try_fold(submission, |submission, node| submission.to(node))?;
        self.from.iter().try_fold(submission, |submission, node| submission.from(node))
    }
}

/// What a run was for: its outputs that none of its jobs reads.
fn results<'a>(instance: &'a Instance, run: &Run) -> Vec<&'a Node> {
    let graph = instance.graph();
    let jobs = graph.calls().iter().filter(|call| run.job(call.name()).is_some());
    let read: Vec<&str> = jobs.flat_map(|call| graph.arguments_of(call)).map(Node::name).collect();
    let made =
        |node: &&Node| run.jobs.iter().flat_map(|job| &job.outputs).any(|output| output.node == node.name());
    graph.nodes().iter().filter(|node| !read.contains(&node.name())).filter(made).collect()
}

/// Shows what the run was for.
fn show_results(instance: &Instance, run: &Run, output: &Output, out: &mut dyn Write) -> Result<(), Failure> {
    let results = results(instance, run);
    for node in results.iter().take(SHOWN) {
        writeln!(out, "\n{}", output.paint(Tone::Heading, node.name()))?;
        match instance.show_of(run, node.name(), Format::Table, out) {
            // The task has done its work; that its result has no form for people is no failure.
            Err(Error::Data(error)) => writeln!(out, "({error})")?,
            shown => shown?,
        }
    }
    let more: Vec<String> = results.iter().skip(SHOWN).map(|node| format!("`{}`", node.name())).collect();
    if !more.is_empty() {
        writeln!(out, "\nand {} more: {} (read NODE)", more.len(), more.join(", "))?;
    }
    Ok(())
}

/// Adds the values of small results to a run's JSON.
fn add_values(json: &mut Value, instance: &Instance, run: &Run) -> Result<(), Failure> {
    for node in results(instance, run) {
        let small = |report: &&crate::engine::OutputReport| {
            report.node == node.name() && report.value.bytes <= INLINE
        };
        if run.jobs.iter().flat_map(|job| &job.outputs).any(|report| small(&report)) {
            let mut text = Vec::new();
            match instance.show_of(run, node.name(), Format::Json, &mut text) {
                Err(Error::Data(_)) => continue,
                shown => shown?,
            }
            if let Ok(value) = serde_json::from_slice::<Value>(&text) {
                json["outputs"][node.name()]["value"] = value;
            }
        }
    }
    Ok(())
}
