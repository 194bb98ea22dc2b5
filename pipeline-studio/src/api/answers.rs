//! Comparison, KPIs, versions, lineage, history, explanations.

use super::request::{Json, OfType, Path, Query, State, several, work};
use crate::job::ReasonText;
use crate::problem::{Problem, Problems};
use axum::extract::{self, RawQuery};
use serde::{Deserialize, Serialize};
use skipstone::runs::{RunId, VersionId};
use skipstone::{
    Instance,
    jobs::Toolchain,
    questions::{
        CodePart, Comparison, Decision, Explanation, HistoryPoint, KeyInput, KpiPoint, Lineage, Version,
        VersionChange,
    },
};
use std::collections::HashSet;
use utoipa::{IntoParams, ToSchema};

/// What is in the key of the result that a node would have now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    scenario: String,
    node: String,
    job: String,
    /// The function's path.
    task: String,
    file: String,
    line: u32,
    decision: Decision,
    reason: ReasonText,
    /// None while an input is not known, and for tasks that are not skippable.
    key: Option<String>,
    /// The version that stands for the code.
    version: Option<String>,
    /// The code's fingerprint.
    code: String,
    /// What the fingerprint covers.
    parts: Vec<CodePart>,
    /// The crates that the code is built with.
    crates: Vec<String>,
    /// What the task reads.
    inputs: Vec<KeyInput>,
    toolchain: Toolchain,
    /// Whether the toolchain is part of the key.
    strict: bool,
}

impl From<Explanation> for ExplanationView {
    fn from(it: Explanation) -> ExplanationView {
        ExplanationView {
            reason: ReasonText::from(&it.reason),
            scenario: it.scenario,
            node: it.node,
            job: it.job,
            task: it.task,
            file: it.file,
            line: it.line,
            decision: it.decision,
            key: it.key.map(|key| key.to_string()),
            version: it.version,
            code: it.code,
            parts: it.parts,
            crates: it.crates,
            inputs: it.inputs,
            toolchain: it.toolchain,
            strict: it.strict,
        }
    }
}

/// What is in the key of the result that a node would have now, and whether that result is known.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/explain/{node}", tag = "answers",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The output"), OfType),
    responses((status = OK, body = ExplanationView), (status = NOT_FOUND, body = Problems))
)]
pub async fn explain(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<OfType>,
) -> Result<Json<ExplanationView>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.explain(&node)?.into()))).await
}

/// What a node was after each run.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes/{node}/history", tag = "answers",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The node"), OfType),
    responses((status = OK, body = Vec<HistoryPoint>), (status = NOT_FOUND, body = Problems))
)]
pub async fn history(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<OfType>,
) -> Result<Json<Vec<HistoryPoint>>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.history(&node)?))).await
}

/// What the value of a node was made of.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes/{node}/lineage", tag = "answers",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The node"), OfType),
    responses((status = OK, body = Lineage), (status = NOT_FOUND, body = Problems))
)]
pub async fn lineage(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<OfType>,
) -> Result<Json<Lineage>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.lineage(&node)?))).await
}

/// KPIs of the latest runs, in the order of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kpis {
    kpis: Vec<KpiPoint>,
    /// The best value of each KPI among all runs, where it is not the same in all of them; the first of several.
    best: Vec<KpiPoint>,
    /// Whether there are more before them.
    more: bool,
}

impl Kpis {
    /// Those of the latest runs, of all that there are.
    fn latest(mut kpis: Vec<KpiPoint>, limit: usize) -> Kpis {
        let mut named = HashSet::new();
        let best =
            kpis.iter().filter(|point| point.best && named.insert(&point.value.kpi)).cloned().collect();
        let mut runs: Vec<RunId> = kpis.iter().map(|point| point.run).collect();
        runs.dedup();
        let more = runs.len() > limit;
        if more {
            let first = runs[runs.len() - limit];
            kpis.retain(|point| point.run >= first);
        }
        Kpis { kpis, best, more }
    }
}

/// The number of runs whose KPIs an answer has, unless another is asked for.
const KPI_RUNS: usize = 200;

/// Whose KPIs are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfScenario {
    /// The scenario; all of them without one.
    scenario: Option<String>,
    /// Of no more runs than so many, the latest.
    #[param(default = 200)]
    limit: Option<usize>,
}

/// The KPIs of the latest runs.
#[utoipa::path(get, path = "/api/kpis", tag = "answers", params(OfType, OfScenario), responses((status = OK, body = Kpis)))]
pub async fn kpis(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    Query(scenario): Query<OfScenario>,
) -> Result<Json<Kpis>, Problem> {
    work(&state.studio, move |studio| {
        let kpis = match &scenario.scenario {
            Some(name) => Instance::open(&studio.store, &studio.graph(of.ty.as_deref())?, name)?.kpis()?,
            None => studio.store.kpis()?,
        };
        Ok(Json(Kpis::latest(kpis, scenario.limit.unwrap_or(KPI_RUNS).max(1))))
    })
    .await
}

/// What is compared.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "one of them stands several times: it is read from the query itself")]
pub struct Compared {
    /// A scenario or the number of a run; stands twice or more, the first is the one that the others are compared with.
    scenario: Option<String>,
    /// Whether tables that differ are compared row by row.
    #[param(default = false)]
    tables: Option<bool>,
}

/// Runs beside each other: the latest of each scenario.
#[utoipa::path(
    get, path = "/api/compare", tag = "answers", params(OfType, Compared),
    responses((status = OK, body = Comparison), (status = NOT_FOUND, body = Problems), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn compare(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    Query(compared): Query<Tables>,
    RawQuery(query): RawQuery,
) -> Result<Json<Comparison>, Problem> {
    work(&state.studio, move |studio| {
        let graph = studio.graph(of.ty.as_deref())?;
        let names = several(query.as_deref(), "scenario");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut compare = studio.store.compare_on(&graph, &names);
        if compared.tables != Some(true) {
            compare = compare.without_tables();
        }
        if graph.name() == studio.graph(None)?.name() {
            compare = compare.with_all(&studio.comparators);
        }
        Ok(Json(compare.run()?))
    })
    .await
}

/// As [`Compared`], without what stands several times.
#[derive(Debug, Deserialize)]
pub struct Tables {
    tables: Option<bool>,
}

/// Versions of scenario types.
#[derive(Debug, Serialize, ToSchema)]
pub struct Versions {
    /// The latest first.
    versions: Vec<Version>,
}

/// The versions of scenario types that the store has seen.
#[utoipa::path(get, path = "/api/versions", tag = "answers", responses((status = OK, body = Versions)))]
pub async fn versions(extract::State(state): extract::State<State>) -> Result<Json<Versions>, Problem> {
    work(&state.studio, |studio| Ok(Json(Versions { versions: studio.store.versions()? }))).await
}

/// How two versions differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDiffView {
    from: VersionId,
    to: VersionId,
    changes: Vec<VersionChangeText>,
}

/// How one part of a version differs.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionChangeText {
    /// The change with its parts.
    #[serde(flatten)]
    change: VersionChange,
    /// The same in words.
    text: String,
}

/// How two versions differ.
#[utoipa::path(
    get, path = "/api/versions/{from}/diff/{to}", tag = "answers",
    params(("from" = i64, Path, description = "The earlier one's number"), ("to" = i64, Path, description = "The later one's")),
    responses((status = OK, body = VersionDiffView), (status = NOT_FOUND, body = Problems))
)]
pub async fn version_diff(
    extract::State(state): extract::State<State>,
    Path((from, to)): Path<(VersionId, VersionId)>,
) -> Result<Json<VersionDiffView>, Problem> {
    work(&state.studio, move |studio| {
        let diff = studio.store.version_diff(from, to)?;
        let changes = diff.changes.into_iter();
        let changes = changes.map(|change| VersionChangeText { text: change.to_string(), change }).collect();
        Ok(Json(VersionDiffView { from, to, changes }))
    })
    .await
}
