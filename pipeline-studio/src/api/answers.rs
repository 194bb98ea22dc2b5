//! Comparison, KPIs, versions, lineage, history and explanations.

use super::request::{Json, Path, Query, State, TypeQuery, several, work};
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

/// Everything that the cache key of a node's next result depends on.
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
    /// The cache key; `null` while an input has no value yet, and for tasks that are not skippable.
    key: Option<String>,
    /// The version that replaces the code's fingerprint in the key.
    version: Option<String>,
    /// The code's fingerprint.
    code: String,
    /// The items of code that the fingerprint covers.
    parts: Vec<CodePart>,
    /// The crates that the code is built with.
    crates: Vec<String>,
    /// The arguments of the task.
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

/// Explains whether a node would be computed or reused, and what its cache key depends on.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/explain/{node}", tag = "answers",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The output"), TypeQuery),
    responses((status = OK, body = ExplanationView), (status = NOT_FOUND, body = Problems))
)]
pub async fn explain(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<ExplanationView>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.explain(&node)?.into()))).await
}

/// The value of a node after each run.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes/{node}/history", tag = "answers",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The node"), TypeQuery),
    responses((status = OK, body = Vec<HistoryPoint>), (status = NOT_FOUND, body = Problems))
)]
pub async fn history(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<Vec<HistoryPoint>>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.history(&node)?))).await
}

/// The lineage of a node's value: the inputs, jobs and code that produced it.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes/{node}/lineage", tag = "answers",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The node"), TypeQuery),
    responses((status = OK, body = Lineage), (status = NOT_FOUND, body = Problems))
)]
pub async fn lineage(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<Lineage>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.lineage(&node)?))).await
}

/// KPIs of the latest runs, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kpis {
    kpis: Vec<KpiPoint>,
    /// The best value of each KPI among all runs, unless all values are equal; the earliest if several are best.
    best: Vec<KpiPoint>,
    /// Whether there are earlier runs.
    more: bool,
}

impl Kpis {
    /// Keeps the KPIs of the latest `limit` runs.
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

/// The default number of runs whose KPIs are returned.
const KPI_RUNS: usize = 200;

/// Selects KPIs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfScenario {
    /// The scenario; by default all scenarios.
    scenario: Option<String>,
    /// Maximum number of runs; the latest ones are returned.
    #[param(default = 200)]
    limit: Option<usize>,
}

/// Lists the KPIs of the latest runs.
#[utoipa::path(get, path = "/api/kpis", tag = "answers", params(TypeQuery, OfScenario), responses((status = OK, body = Kpis)))]
pub async fn kpis(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
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

/// Selects what is compared.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "`scenario` may be repeated, so it is read from the query string")]
pub struct Compared {
    /// A scenario or the number of a run. Given two or more times; the others are compared with the first.
    scenario: Option<String>,
    /// Whether to compare differing tables row by row.
    #[param(default = false)]
    tables: Option<bool>,
}

/// Compares runs: the latest run of each scenario, or the given runs.
#[utoipa::path(
    get, path = "/api/compare", tag = "answers", params(TypeQuery, Compared),
    responses((status = OK, body = Comparison), (status = NOT_FOUND, body = Problems), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn compare(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
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

/// The parameters of [`Compared`] that are not repeated.
#[derive(Debug, Deserialize)]
pub struct Tables {
    tables: Option<bool>,
}

/// Versions of scenario types.
#[derive(Debug, Serialize, ToSchema)]
pub struct Versions {
    /// The versions, latest first.
    versions: Vec<Version>,
}

/// Lists the versions of scenario types that were run with this store.
#[utoipa::path(get, path = "/api/versions", tag = "answers", responses((status = OK, body = Versions)))]
pub async fn versions(extract::State(state): extract::State<State>) -> Result<Json<Versions>, Problem> {
    work(&state.studio, |studio| Ok(Json(Versions { versions: studio.store.versions()? }))).await
}

/// The differences between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDiffView {
    from: VersionId,
    to: VersionId,
    changes: Vec<VersionChangeText>,
}

/// One difference between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionChangeText {
    /// The change, with its kind and details as fields.
    #[serde(flatten)]
    change: VersionChange,
    /// The change as a sentence.
    text: String,
}

/// Compares two versions.
#[utoipa::path(
    get, path = "/api/versions/{from}/diff/{to}", tag = "answers",
    params(("from" = i64, Path, description = "The number of the earlier version"), ("to" = i64, Path, description = "The number of the later version")),
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
