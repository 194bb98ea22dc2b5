//! `run`

use super::complete;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use super::parse::parse_percentage;
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

/// The maximum size of a result that a run's JSON includes, in bytes of its object.
const INLINE: u64 = 64 << 10;

/// The maximum number of results that the text report of a run shows.
const SHOWN: usize = 3;

/// The arguments of `run`.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub(super) struct RunArguments {
    /// Runs the tasks with these names, or the tasks that make these nodes, even if their results are known; without a
    /// name, all tasks
    #[arg(long, value_name = "TASK", num_args = 0.., value_delimiter = ',', add = complete::outputs_and_tasks())]
    force: Option<Vec<String>>,
    /// Runs only the tasks that these nodes need
    #[arg(long, value_name = "NODE", value_delimiter = ',', add = complete::outputs())]
    to: Vec<String>,
    /// Runs only the tasks downstream of these nodes; everything else that they need must be known
    #[arg(long, value_name = "NODE", value_delimiter = ',', add = complete::nodes())]
    from: Vec<String>,
    /// Runs only the tasks for these parts of a node, such as `raw=2026-11-*` or `raw=2026-11-01..`, and what they need
    #[arg(long, value_name = "NODE=KEYS", value_parser = parse_only, add = complete::nodes())]
    only: Vec<(String, String)>,
    /// Prints events to stdout as they happen, one line of JSON each, instead of a report
    #[arg(long, conflicts_with = "json")]
    events: bool,
    /// The maximum number of tasks that run at the same time [default: from the settings, or the number of cores]
    #[arg(long, value_name = "NUMBER", value_parser = parse_workers)]
    workers: Option<usize>,
    /// Recomputes known results of other builds of the program, the cheapest first, and compares them: for up to this
    /// share of the time of all jobs, such as 1% [default: from the settings, or 0%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percentage)]
    recheck: Option<f64>,
    /// Runs each task in its own process, so that a task that aborts or runs out of memory fails alone
    #[arg(long)]
    isolate: bool,
    /// Writes a timeline of all workers to this file, in Chrome's trace format (for Perfetto or about:tracing)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

pub(super) fn run(
    graph: &Arc<Graph>,
    options: &Options,
    args: &RunArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    // A misspelt node is reported before anything is written.
    let look = options.look(graph)?;
    args.force.iter().flatten().try_for_each(|name| look.jobs_of(name).map(drop))?;
    args.select(look.submission().on(options.overrides(&look)?))?.check_values()?;
    let instance = options.open(graph)?;
    for warning in &instance.overridden()? {
        output.message(Tone::Heading, "warning", warning);
    }
    let cancel = CancelToken::new();
    signals::drain(cancel.clone());
    panics::report_through_jobs();
    let trace = args.trace.as_deref().map(Trace::new).transpose()?.map(Arc::new);
    // Another process may change the scenario's inputs meanwhile: this run uses these values and shows its own results.
    let lease = instance.store().lease();
    let overrides = options.overrides(&instance)?;
    let mut submission =
        args.select(instance.submission().on(overrides).holding(lease.clone()).cancel(cancel))?;
    if options.strict {
        submission = submission.strict();
    }
    if let Some(workers) = args.workers {
        submission = submission.workers(workers);
    }
    if args.isolate {
        submission = submission.executor(Processes::new());
    }
    if let Some(share) = args.recheck {
        submission = submission.recheck(share);
    }
    submission = match args.force.as_deref() {
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
    // A program reads stdout: what tasks print must not be mixed in.
    let guard = (args.events || options.json).then(StdoutGuard::begin).transpose()?;
    if let Some(guard) = guard.as_ref().filter(|_| args.events) {
        let (broken, write) = (broken.clone(), guard.writer());
        submission = submission.observe(move |event| {
            // It is not an error if the reader closes stdout early; nothing more is written then.
            if !broken.load(Ordering::Relaxed) {
                let written = write(format!("{}\n", event_json(event)).as_bytes());
                broken.store(written.is_err(), Ordering::Relaxed);
            }
        });
    }
    let outcome = submission.submit();
    drop(guard);
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
    if args.events {
        return failure.map_or(Ok(Exit::Success), |error| Err(error.into()));
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
    failure.map_or(Ok(Exit::Success), |error| Err(error.into()))
}

pub(super) fn parse_workers(text: &str) -> Result<usize, String> {
    text.parse::<usize>()
        .ok()
        .filter(|workers| *workers > 0)
        .ok_or_else(|| "expected a positive whole number".into())
}

fn parse_only(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((node, keys)) if !node.is_empty() && !keys.is_empty() => Ok((node.into(), keys.into())),
        _ => {
            Err("write the node and the keys of its parts: `raw=2026-11-*`, `raw=2026-11-01..` or `raw=a,b`"
                .into())
        }
    }
}

impl RunArguments {
    /// Applies `--to`, `--from` and `--only` to the submission.
    fn select(&self, submission: Submit) -> Result<Submit, Error> {
        let submission = self.to.iter().try_fold(submission, |submission, node| submission.to(node))?;
        let submission = self.from.iter().try_fold(submission, |submission, node| submission.from(node))?;
        self.only.iter().try_fold(submission, |submission, (node, keys)| submission.only(node, keys))
    }
}

/// The results of a run: outputs that none of its jobs reads.
fn results<'a>(instance: &'a Instance, run: &Run) -> Vec<&'a Node> {
    let graph = instance.graph();
    let jobs = graph.calls().iter().filter(|call| run.job(call.name()).is_some());
    let read: Vec<&str> = jobs.flat_map(|call| graph.arguments_of(call)).map(Node::name).collect();
    let made =
        |node: &&Node| run.jobs.iter().flat_map(|job| &job.outputs).any(|output| output.node == node.name());
    graph.nodes().iter().filter(|node| !read.contains(&node.name())).filter(made).collect()
}

/// Prints the results of the run.
fn show_results(instance: &Instance, run: &Run, output: &Output, out: &mut dyn Write) -> Result<(), Failure> {
    let results = results(instance, run);
    for node in results.iter().take(SHOWN) {
        writeln!(out, "\n{}", output.paint(Tone::Heading, node.name()))?;
        match instance.show_of(run, node.name(), Format::Table, out) {
            // The task completed. It is not a failure if its result can't be shown as text.
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
