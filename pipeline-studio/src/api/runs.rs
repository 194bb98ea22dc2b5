//! Plans, runs and jobs.

use super::inputs::InputValues;
use super::request::{Json, Path, Query, State, TypeQuery, work};
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

/// The default number of runs in a list.
const LISTED: usize = 50;

/// A plan: what a run would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// The scenario.
    scenario: String,
    /// The name of the scenario type.
    #[serde(rename = "type")]
    ty: String,
    /// Whether any job would run.
    pending: bool,
    /// The nodes where early cut-off is possible: if their value stays the same, the jobs after them are skipped.
    cut_offs: Vec<String>,
    /// The expected duration in microseconds, estimated from earlier results.
    expected_us: Expected,
    /// The jobs in running order.
    jobs: Vec<PlannedJob>,
}

/// The expected duration of a run, in microseconds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Expected {
    /// Of the jobs that will run.
    least: i64,
    /// Of the jobs that will run or may run.
    most: i64,
}

/// What a run would do with a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedJob {
    name: String,
    task: String,
    outputs: Vec<String>,
    decision: Decision,
    reason: ReasonText,
    /// The expected duration of its function in microseconds; `null` if it has not run before.
    expected_us: Option<i64>,
}

/// A run with its jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    run: RunId,
    scenario: String,
    /// The name of the scenario type.
    #[serde(rename = "type")]
    ty: String,
    status: RunStatus,
    version: Option<VersionId>,
    author: String,
    started_us: i64,
    wall_us: i64,
    /// The bytes of tables and values written to the store.
    written_bytes: u64,
    /// The peak memory usage of the program since it was started.
    peak_memory_bytes: Option<u64>,
    /// The time saved by skipping: how long the skipped tasks took when their results were computed.
    saved_us: i64,
    /// The values of the inputs.
    inputs: Vec<RunInput>,
    kpis: Vec<KpiValue>,
    /// The jobs in running order.
    jobs: Vec<Job>,
    warnings: Vec<String>,
    /// Whether it is running in this process. Only then can it be canceled here.
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

/// Adds the jobs that have not started, and the current state of jobs in this process.
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

/// Hypothetical values of inputs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HypotheticalInputs {
    /// Values of inputs, as typed by a user.
    #[serde(default)]
    inputs: InputValues,
}

/// Returns what a run would do if inputs were set to these values. Nothing is written.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/plan", tag = "runs", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    request_body = HypotheticalInputs, responses((status = OK, body = PlanView), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn plan(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Json(hypothetical): Json<HypotheticalInputs>,
) -> Result<Json<PlanView>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &hypothetical.inputs)?;
        Ok(Json(PlanView::from(&instance.plan_with(&hypothetical.inputs.pairs())?)))
    })
    .await
}

/// Options of a new run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// Values of inputs, as typed by a user. They are saved in the scenario before the run, except secrets, which are
    /// used for this run only.
    #[serde(default)]
    inputs: InputValues,
    /// Runs only the jobs that these nodes depend on.
    #[serde(default)]
    to: Vec<String>,
    /// Runs only the jobs that depend on these nodes.
    #[serde(default)]
    from: Vec<String>,
    /// Jobs, or nodes whose jobs, to run even if their results are known. An empty list means all jobs.
    force: Option<Vec<String>>,
    /// Maximum number of tasks that run at the same time.
    workers: Option<usize>,
}

/// A run that was started.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedRun {
    /// The run's number.
    run: RunId,
}

/// Starts a run of a scenario.
///
/// Jobs whose results are known are skipped. The response is sent as soon as the run has started.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/runs", tag = "runs", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    request_body = NewRun, responses((status = ACCEPTED, body = StartedRun), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn begin(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Json(new): Json<NewRun>,
) -> Result<(StatusCode, Json<StartedRun>), Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &new.inputs)?;
        let mut submission = instance.submission();
        for (node, text) in new.inputs.pairs() {
            // The run uses the requested values even if another request changes the scenario in the meantime.
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
        let saved: Vec<(&str, &str)> =
            new.inputs.pairs().into_iter().filter(|(node, _)| !secret(node)).collect();
        if !saved.is_empty() {
            instance.set(&saved)?;
        }
        let running = submission.background()?;
        let run = running.id();
        studio.live.keep(instance.name(), running);
        Ok((StatusCode::ACCEPTED, Json(StartedRun { run })))
    })
    .await
}

/// A list of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunList {
    /// The runs, latest first.
    runs: Vec<RunInfo>,
    /// Whether there are earlier runs.
    more: bool,
}

/// Selects runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    /// Only runs of this scenario.
    scenario: Option<String>,
    /// Only runs with this status.
    #[param(value_type = Option<RunStatus>)]
    status: Option<RunStatus>,
    /// Only runs before the run with this number.
    before: Option<RunId>,
    /// Maximum number of runs, up to 1,000.
    #[param(default = 50)]
    limit: Option<usize>,
}

/// Lists runs, latest first.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(RunQuery), responses((status = OK, body = RunList)))]
pub async fn list(
    extract::State(state): extract::State<State>,
    Query(query): Query<RunQuery>,
) -> Result<Json<RunList>, Problem> {
    work(&state.studio, move |studio| {
        let limit = query.limit.unwrap_or(LISTED).clamp(1, 1_000);
        let mut filter = RunFilter::new().limit(limit + 1);
        if let Some(scenario) = &query.scenario {
            filter = filter.scenario(scenario);
        }
        if let Some(status) = query.status {
            filter = filter.status(status);
        }
        if let Some(before) = query.before {
            filter = filter.before(before);
        }
        let mut runs = studio.store.runs_where(&filter)?;
        let more = runs.len() > limit;
        runs.truncate(limit);
        Ok(Json(RunList { runs, more }))
    })
    .await
}

/// Returns a run with its jobs.
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

/// Cancels a run of this process.
///
/// Waiting jobs are canceled at once; running jobs when their functions check for cancellation.
#[utoipa::path(
    post, path = "/api/runs/{run}/cancel", tag = "runs", params(("run" = i64, Path, description = "The run's number")),
    responses((status = ACCEPTED, body = StartedRun), (status = CONFLICT, body = Problems), (status = NOT_FOUND, body = Problems))
)]
pub async fn cancel(
    extract::State(state): extract::State<State>,
    Path(run): Path<RunId>,
) -> Result<(StatusCode, Json<StartedRun>), Problem> {
    work(&state.studio, move |studio| {
        if studio.live.cancel(run) {
            return Ok((StatusCode::ACCEPTED, Json(StartedRun { run })));
        }
        Err(match studio.store.run(run)?.status {
            RunStatus::Running => Problem::conflict(
                "elsewhere",
                format!("run {run} is running in another process: press Ctrl-C where it was started"),
            ),
            status => Problem::conflict("over", format!("run {run} has already ended: it is {status}")),
        })
    })
    .await
}

/// Whether a run is pinned.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Whether the run's results are kept even if no scenario refers to them any more.
    pinned: bool,
}

/// Pins or unpins a run.
///
/// The results of a pinned run are kept even if no scenario refers to them any more.
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
