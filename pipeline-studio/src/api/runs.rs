//! Plans, runs and jobs.

use super::inputs::Texts;
use super::request::{Json, OfType, Path, Query, State, work};
use crate::job::{Job, Progress, ReasonText, micros};
use crate::live::LiveJob;
use crate::problem::{Problem, Problems};
use crate::project::Studio;
use axum::extract;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use skipstone::runs::{RunId, VersionId};
use skipstone::{
    Run, RunStatus,
    jobs::JobReport,
    questions::{Decision, Plan},
    runs::{KpiValue, RunFilter, RunInfo, RunInput},
};
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::{IntoParams, ToSchema};

/// How many runs are listed when nothing is said.
const LISTED: usize = 50;

/// What a submission would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// The scenario.
    scenario: String,
    /// The name of the scenario's type.
    #[serde(rename = "type")]
    ty: String,
    /// Whether anything would run.
    pending: bool,
    /// The nodes at which the wave of changes may stop.
    cut_offs: Vec<String>,
    /// How long it may take, as far as earlier results tell.
    expected_us: Expected,
    /// The jobs in running order.
    jobs: Vec<PlannedJob>,
}

/// How long a submission may take.
#[derive(Debug, Serialize, ToSchema)]
pub struct Expected {
    /// The jobs that run.
    least: i64,
    /// With those of which it is not known yet whether they run.
    most: i64,
}

/// What a submission would do with a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedJob {
    name: String,
    task: String,
    outputs: Vec<String>,
    decision: Decision,
    reason: ReasonText,
    /// How long its function may take; none when it never ran.
    expected_us: Option<i64>,
}

/// A submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    run: RunId,
    scenario: String,
    /// The name of the scenario's type.
    #[serde(rename = "type")]
    ty: String,
    status: RunStatus,
    version: Option<VersionId>,
    author: String,
    started_us: i64,
    wall_us: i64,
    /// The bytes of tables and values that were written to the store.
    written_bytes: u64,
    /// The most memory that the program has had in use since it began.
    peak_memory_bytes: Option<u64>,
    /// How long the tasks took that were skipped, when their results were made.
    saved_us: i64,
    /// What it worked on.
    inputs: Vec<RunInput>,
    kpis: Vec<KpiValue>,
    /// The jobs in running order.
    jobs: Vec<Job>,
    warnings: Vec<String>,
    /// Whether this process carries it out: then it can be canceled.
    here: bool,
}

fn micros_since(time: SystemTime) -> i64 {
    micros(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> PlanView {
        let (least, most) = plan.expected();
        PlanView {
            scenario: plan.scenario.clone(),
            ty: plan.scenario_type.clone(),
            pending: plan.has_work(),
            cut_offs: plan.cut_offs.clone(),
            expected_us: Expected { least: micros(least), most: micros(most) },
            jobs: plan
                .jobs
                .iter()
                .map(|job| PlannedJob {
                    name: job.name.clone(),
                    task: job.task.clone(),
                    outputs: job.outputs.clone(),
                    decision: job.decision,
                    reason: ReasonText::from(&job.reason),
                    expected_us: job.expected.map(micros),
                })
                .collect(),
        }
    }
}

impl RunView {
    fn of(studio: &Studio, run: &Run) -> RunView {
        let live = studio.live.jobs(run.id);
        let mut jobs: Vec<Job> = run.jobs.iter().map(Job::of).collect();
        let here = live.is_some() && run.status == RunStatus::Running;
        if run.status == RunStatus::Running {
            complete(studio, run, &mut jobs, &live.unwrap_or_default());
        }
        RunView {
            run: run.id,
            scenario: run.scenario.clone(),
            ty: run.scenario_type.clone(),
            status: run.status,
            version: run.version,
            author: run.author.clone(),
            started_us: micros_since(run.started),
            wall_us: micros(run.wall),
            written_bytes: run.written,
            peak_memory_bytes: run.peak_memory,
            saved_us: micros(run.saved()),
            inputs: run.inputs.clone(),
            kpis: run.kpis.clone(),
            jobs,
            warnings: run.warnings.clone(),
            here,
        }
    }
}

/// Adds the jobs that have not begun, and how far those of this process are.
fn complete(studio: &Studio, run: &Run, jobs: &mut Vec<Job>, live: &HashMap<String, LiveJob>) {
    let wiring = run.version.and_then(|version| studio.store.wiring(version).ok());
    let calls = wiring.map(|wiring| wiring.calls).unwrap_or_default();
    let mut all = Vec::new();
    for call in &calls {
        let known = jobs.iter().position(|job| job.name == call.name).map(|index| jobs.swap_remove(index));
        let task = call.task.rsplit("::").next().unwrap_or_default();
        let mut job = known.unwrap_or_else(|| Job::of(&JobReport::waiting(&call.name, task)));
        if let Some(live) = live.get(&job.name) {
            job.status = live.status;
            job.log.clone_from(&live.log);
            job.progress = live
                .progress
                .as_ref()
                .map(|progress| Progress { rows: progress.rows(), bytes: progress.bytes() });
        }
        all.push(job);
    }
    all.append(jobs);
    *jobs = all;
}

/// Values that are supposed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HypotheticalInputs {
    /// What inputs would be set to, as a person types it.
    #[serde(default)]
    inputs: Texts,
}

/// What a submission would do if inputs were set to these values. Nothing is written.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/plan", tag = "runs", params(("name" = String, Path, description = "The scenario"), OfType),
    request_body = HypotheticalInputs, responses((status = OK, body = PlanView), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn plan(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Json(supposed): Json<HypotheticalInputs>,
) -> Result<Json<PlanView>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &supposed.inputs)?;
        Ok(Json(PlanView::from(&instance.plan_with(&supposed.inputs.pairs())?)))
    })
    .await
}

/// What to run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// Values that are written to the scenario before, as a person types them; secrets are for this run alone.
    #[serde(default)]
    inputs: Texts,
    /// Only what these nodes need.
    #[serde(default)]
    to: Vec<String>,
    /// Only what reads these nodes, and what reads that.
    #[serde(default)]
    from: Vec<String>,
    /// Jobs, or nodes whose jobs, run whatever is known; an empty list means all of them.
    force: Option<Vec<String>>,
    /// How many tasks may run at the same time.
    workers: Option<usize>,
}

/// A submission that began.
#[derive(Debug, Serialize, ToSchema)]
pub struct BegunRun {
    /// Its number.
    run: RunId,
}

/// Runs what has to be run; the answer comes as soon as that has begun.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/runs", tag = "runs", params(("name" = String, Path, description = "The scenario"), OfType),
    request_body = NewRun, responses((status = ACCEPTED, body = BegunRun), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn begin(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Json(new): Json<NewRun>,
) -> Result<(StatusCode, Json<BegunRun>), Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &new.inputs)?;
        let mut submission = instance.submission();
        for (node, text) in new.inputs.pairs() {
            // Whoever sets it to something else meanwhile, this run works on what was asked for.
            submission = submission.set(node, text)?;
        }
        for node in &new.to {
            submission = submission.to(node)?;
        }
        for node in &new.from {
            submission = submission.from(node)?;
        }
        match new.force.as_deref() {
            None => {}
            Some([]) => submission = submission.force_all(),
            Some(names) => {
                for name in names {
                    submission = submission.force(name)?;
                }
            }
        }
        if let Some(workers) = new.workers.filter(|workers| *workers > 0) {
            submission = submission.workers(workers);
        }
        let graph = instance.graph();
        let secret = |name: &str| graph.node(name).is_some_and(skipstone::graph::Node::is_secret);
        let kept: Vec<(&str, &str)> =
            new.inputs.pairs().into_iter().filter(|(node, _)| !secret(node)).collect();
        if !kept.is_empty() {
            instance.set(&kept)?;
        }
        let running = submission.background()?;
        let run = running.id();
        studio.live.keep(instance.name(), running);
        Ok((StatusCode::ACCEPTED, Json(BegunRun { run })))
    })
    .await
}

/// Runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunList {
    /// The latest first.
    runs: Vec<RunInfo>,
    /// Whether there are more before them.
    more: bool,
}

/// Which runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WantedRuns {
    /// Those of this scenario.
    scenario: Option<String>,
    /// Those with this status.
    #[param(value_type = Option<RunStatus>)]
    status: Option<RunStatus>,
    /// Those before the one with this number.
    before: Option<RunId>,
    /// No more than so many.
    #[param(default = 50)]
    limit: Option<usize>,
}

/// Runs, the latest first.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(WantedRuns), responses((status = OK, body = RunList)))]
pub async fn list(
    extract::State(state): extract::State<State>,
    Query(wanted): Query<WantedRuns>,
) -> Result<Json<RunList>, Problem> {
    work(&state.studio, move |studio| {
        let limit = wanted.limit.unwrap_or(LISTED).clamp(1, 1_000);
        let mut filter = RunFilter::new().limit(limit + 1);
        if let Some(scenario) = &wanted.scenario {
            filter = filter.scenario(scenario);
        }
        if let Some(status) = wanted.status {
            filter = filter.status(status);
        }
        if let Some(before) = wanted.before {
            filter = filter.before(before);
        }
        let mut runs = studio.store.runs_where(&filter)?;
        let more = runs.len() > limit;
        runs.truncate(limit);
        Ok(Json(RunList { runs, more }))
    })
    .await
}

/// A run with its jobs.
#[utoipa::path(
    get, path = "/api/runs/{run}", tag = "runs", params(("run" = i64, Path, description = "The run's number")),
    responses((status = OK, body = RunView), (status = NOT_FOUND, body = Problems))
)]
pub async fn show(
    extract::State(state): extract::State<State>,
    Path(run): Path<RunId>,
) -> Result<Json<RunView>, Problem> {
    work(&state.studio, move |studio| Ok(Json(RunView::of(studio, &studio.store.run(run)?)))).await
}

/// Cancels a run of this process: jobs that wait are canceled at once, jobs that run when their functions look.
#[utoipa::path(
    post, path = "/api/runs/{run}/cancel", tag = "runs", params(("run" = i64, Path, description = "The run's number")),
    responses((status = ACCEPTED, body = BegunRun), (status = CONFLICT, body = Problems), (status = NOT_FOUND, body = Problems))
)]
pub async fn cancel(
    extract::State(state): extract::State<State>,
    Path(run): Path<RunId>,
) -> Result<(StatusCode, Json<BegunRun>), Problem> {
    work(&state.studio, move |studio| {
        if studio.live.cancel(run) {
            return Ok((StatusCode::ACCEPTED, Json(BegunRun { run })));
        }
        Err(match studio.store.run(run)?.status {
            RunStatus::Running => Problem::conflict(
                "elsewhere",
                format!("run {run} is carried out by another process: press Ctrl-C where it was started"),
            ),
            status => Problem::conflict("over", format!("run {run} is over: it is {status}")),
        })
    })
    .await
}

/// Whether results stay.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Whether the run's results stay when no scenario reaches them any more.
    pinned: bool,
}

/// Says whether a run's results stay when no scenario reaches them any more.
#[utoipa::path(
    put, path = "/api/runs/{run}/pin", tag = "runs", params(("run" = i64, Path, description = "The run's number")),
    request_body = Pinned, responses((status = OK, body = Pinned), (status = NOT_FOUND, body = Problems))
)]
pub async fn pin(
    extract::State(state): extract::State<State>,
    Path(run): Path<RunId>,
    Json(pinned): Json<Pinned>,
) -> Result<Json<Pinned>, Problem> {
    work(&state.studio, move |studio| {
        match pinned.pinned {
            true => studio.store.pin(run)?,
            false => studio.store.unpin(run)?,
        }
        Ok(Json(pinned))
    })
    .await
}
