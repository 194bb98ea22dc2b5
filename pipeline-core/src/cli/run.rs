//! `run`

use super::arguments::Options;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::profile::Profile;
use super::progress::Progress;
use crate::data::Format;
use crate::engine::{CancelToken, Event, panics};
use crate::error::Error;
use crate::graph::Graph;
use crate::report::{RunText, Tone, run_json};
use crate::scenario::{Instance, Run};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Results up to this size are part of a run's JSON, in bytes of their object.
const INLINE: u64 = 64 << 10;

/// How many results a run shows to a person.
const SHOWN: usize = 3;

pub(super) fn run(
    graph: &Arc<Graph>,
    options: &Options,
    force: Option<&[String]>,
    profile: Option<&Path>,
    output: &Output,
) -> Result<Exit, Failure> {
    // A misspelt node is said before anything is written.
    let look = options.look(graph)?;
    force.unwrap_or_default().iter().try_for_each(|node| look.jobs_of(node).map(drop))?;
    let instance = options.open(graph)?;
    for warning in graph.warnings() {
        output.message(Tone::Heading, "warning", warning);
    }
    let cancel = CancelToken::new();
    drain_on_ctrl_c(cancel.clone());
    panics::speak_through_jobs();
    let progress = Progress::new();
    let profile = profile.map(Profile::new).transpose()?;
    // Whoever sets the same scenario to other values meanwhile, this run is on these, and shows its own.
    let _using = instance.store().using();
    let supposed = options.supposed(&instance)?;
    let mut submission = instance.submission().on(supposed).cancel(cancel).strict(options.strict);
    submission = match force {
        None => submission,
        Some([]) => submission.force_all(),
        Some(nodes) => nodes.iter().try_fold(submission, |submission, node| submission.force(node))?,
    };
    let observer = |event: &Event<'_>| {
        if let Some(profile) = &profile {
            profile.event(event);
        }
        progress.event(event, output);
    };
    let outcome = submission.observe(observer).submit();
    profile.map_or(Ok(()), Profile::write)?;
    let (run, failure) = match outcome {
        Ok(run) => (run, None),
        Err(error) => match error.run() {
            Some(run) => (run.clone(), Some(error)),
            None => return Err(error.into()),
        },
    };
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

/// The first Ctrl-C lets running tasks finish and begins no others; the second ends the program at
/// once, which the store survives.
fn drain_on_ctrl_c(cancel: CancelToken) {
    let handler = move || {
        if cancel.is_canceled() {
            std::process::exit(130);
        }
        cancel.cancel();
        eprintln!("canceling: waiting for running tasks; press Ctrl-C again to stop at once");
    };
    // Where a handler is installed already, or none can be, Ctrl-C does what it did before.
    let _ = ctrlc::set_handler(handler);
}

/// Shows what the scenario is for: the outputs that no task reads.
fn show_results(instance: &Instance, run: &Run, output: &Output, out: &mut dyn Write) -> Result<(), Failure> {
    for node in instance.graph().results().take(SHOWN) {
        writeln!(out, "\n{}", output.paint(Tone::Heading, node.name()))?;
        match instance.show_of(run, node.name(), Format::Table, out) {
            // The task has done its work; that its result has no form for people is no failure.
            Err(Error::Data(error)) => writeln!(out, "({error})")?,
            shown => shown?,
        }
    }
    let more: Vec<String> =
        instance.graph().results().skip(SHOWN).map(|node| format!("`{}`", node.name())).collect();
    if !more.is_empty() {
        writeln!(out, "\nand {} more: {} (read NODE)", more.len(), more.join(", "))?;
    }
    Ok(())
}

/// Adds the values of small results to a run's JSON.
fn add_values(json: &mut Value, instance: &Instance, run: &Run) -> Result<(), Failure> {
    for node in instance.graph().results() {
        let small =
            |report: &&crate::engine::OutputReport| report.node == node.name() && report.bytes <= INLINE;
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
