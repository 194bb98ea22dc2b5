//! The commands for runs, KPIs and versions.

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::graph::Graph;
use crate::registry::{RunId, VersionId};
use crate::report::{KpisText, RunText, RunsText, Tone, VersionDiffText, VersionsText, run_json};
use crate::scenario::{Instance, KpiPoint, RunInfo, best_first};
use serde_json::json;
use std::sync::Arc;

pub(super) fn runs(
    graph: &Arc<Graph>,
    options: &Options,
    all: bool,
    limit: usize,
    output: &Output,
) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let runs: Vec<RunInfo> = match all {
        true => store.runs(Some(limit))?,
        false => Instance::open(&store, graph, &options.scenario)?.runs(Some(limit))?,
    };
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &json!({ "runs": runs }), &RunsText::new(&runs).paint(&paint))?;
    if runs.len() == limit {
        output.message(
            Tone::Heading,
            "note",
            &format!("the latest {limit} runs; --limit {} lists more", 10 * limit.max(1)),
        );
    }
    Ok(Exit::Success)
}

pub(super) fn run(options: &Options, number: RunId, output: &Output) -> Result<Exit, Failure> {
    let run = options.existing_store()?.run(number)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &run_json(&run), &RunText::new(&run).paint(&paint).in_full())?;
    Ok(Exit::Success)
}

pub(super) fn kpis(
    graph: &Arc<Graph>,
    options: &Options,
    all: bool,
    best: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let mut points: Vec<KpiPoint> = match all {
        true => store.kpis()?,
        false => Instance::open(&store, graph, &options.scenario)?.kpis()?,
    };
    if best {
        best_first(&mut points);
    }
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &json!({ "kpis": points }), &KpisText::new(&points).paint(&paint))?;
    Ok(Exit::Success)
}

pub(super) fn versions(options: &Options, output: &Output) -> Result<Exit, Failure> {
    let versions = options.existing_store()?.versions()?;
    let paint = |tone, word: &str| output.paint(tone, word);
    let json = json!({ "versions": versions });
    output.print(options.json, &json, &VersionsText::new(&versions).paint(&paint))?;
    Ok(Exit::Success)
}

pub(super) fn version_diff(
    options: &Options,
    from: VersionId,
    to: VersionId,
    output: &Output,
) -> Result<Exit, Failure> {
    let diff = options.existing_store()?.version_diff(from, to)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &diff, &VersionDiffText::new(&diff).paint(&paint))?;
    Ok(Exit::Success)
}
