//! Listing, creating, changing and deleting scenarios.

use super::inputs::InputValues;
use super::request::{Json, Path, Query, State, TypeQuery, work};
use crate::problem::{Problem, Problems};
use axum::extract;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use skipstone::{
    Instance, RunStatus,
    scenarios::{Deletion, ScenarioFilter, ScenarioInfo, ScenarioOrder},
};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// The default number of scenarios in a list.
const LISTED: usize = 100;

/// A list of scenarios.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioList {
    /// The selected scenarios.
    scenarios: Vec<ScenarioInfo>,
    /// The number of scenarios that match the filters, without `offset` and `limit`.
    total: usize,
}

/// Selects scenarios to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScenarioQuery {
    /// Only scenarios of this scenario type: `program`, or the path of a scenario file.
    #[serde(rename = "type")]
    ty: Option<String>,
    /// Only scenarios whose names match this pattern; `*` matches any characters.
    name: Option<String>,
    /// Only scenarios with this tag.
    tag: Option<String>,
    /// Only scenarios whose latest run has this status.
    #[param(value_type = Option<RunStatus>)]
    status: Option<RunStatus>,
    /// The order of the list.
    #[param(value_type = Option<Order>)]
    sort: Option<Order>,
    /// Whether to reverse the order.
    descending: Option<bool>,
    /// The number of scenarios to skip.
    offset: Option<usize>,
    /// Maximum number of scenarios.
    #[param(default = 100)]
    limit: Option<usize>,
}

/// The order of a list of scenarios.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By name.
    Name,
    /// By time of creation.
    Created,
    /// By the time of their latest run.
    LastRun,
}

/// A scenario to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScenario {
    /// Its name.
    name: String,
    /// A note about it.
    note: Option<String>,
    /// Its tags.
    #[serde(default)]
    tags: Vec<String>,
    /// Values of inputs, as typed by a user.
    #[serde(default)]
    inputs: InputValues,
}

/// Changes to a scenario.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Its new name.
    name: Option<String>,
    /// A note about it.
    note: Option<String>,
    /// Tags to add.
    #[serde(default)]
    add_tags: Vec<String>,
    /// Tags to remove.
    #[serde(default)]
    remove_tags: Vec<String>,
    /// Properties to set; those with the value `null` are removed.
    #[serde(default)]
    properties: BTreeMap<String, Option<String>>,
}

/// Lists the scenarios of the store.
#[utoipa::path(get, path = "/api/scenarios", tag = "scenarios", params(ScenarioQuery), responses((status = OK, body = ScenarioList)))]
pub async fn list(
    extract::State(state): extract::State<State>,
    Query(query): Query<ScenarioQuery>,
) -> Result<Json<ScenarioList>, Problem> {
    work(&state.studio, move |studio| {
        let mut filter = ScenarioFilter::new().sorted_by(match query.sort {
            None | Some(Order::Name) => ScenarioOrder::Name,
            Some(Order::Created) => ScenarioOrder::Created,
            Some(Order::LastRun) => ScenarioOrder::Run,
        });
        if let Some(ty) = &query.ty {
            filter = filter.scenario_type(studio.graph(Some(ty))?.name());
        }
        if let Some(name) = &query.name {
            filter = filter.name(name);
        }
        if let Some(tag) = &query.tag {
            filter = filter.tag(tag);
        }
        if let Some(status) = query.status {
            filter = filter.status(Some(status));
        }
        if query.descending == Some(true) {
            filter = filter.descending();
        }
        let found = studio.store.scenarios(filter)?;
        let total = found.len();
        let (offset, limit) = (query.offset.unwrap_or_default(), query.limit.unwrap_or(LISTED));
        Ok(Json(ScenarioList { scenarios: found.into_iter().skip(offset).take(limit).collect(), total }))
    })
    .await
}

/// Creates a scenario.
#[utoipa::path(
    post, path = "/api/scenarios", tag = "scenarios", params(TypeQuery), request_body = NewScenario,
    responses((status = CREATED, body = ScenarioInfo), (status = CONFLICT, body = Problems), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn create(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
    Json(new): Json<NewScenario>,
) -> Result<(StatusCode, Json<ScenarioInfo>), Problem> {
    work(&state.studio, move |studio| {
        check_name(&new.name)?;
        let graph = studio.graph(of.ty.as_deref())?;
        studio.check_new(&graph, &new.inputs)?;
        let created = Instance::create(&studio.store, &graph, &new.name)?;
        finish(&created, &new)?;
        Ok((StatusCode::CREATED, Json(created.info()?)))
    })
    .await
}

/// Sets the inputs, tags and note of a new scenario; deletes the scenario again if this fails.
fn finish(scenario: &Instance, new: &NewScenario) -> Result<(), Problem> {
    let apply = || {
        scenario.set(&new.inputs.pairs())?;
        let tags = as_strs(&new.tags);
        if !tags.is_empty() {
            scenario.tag(&tags)?;
        }
        new.note.as_deref().map_or(Ok(()), |note| scenario.note(note))
    };
    apply().map_err(|error| {
        // Nothing refers to it yet, so it can be deleted.
        let _ = scenario.store().delete(scenario.name());
        Problem::from(error)
    })
}

/// Fails for the names `.` and `..`: browsers resolve them as relative paths, so the scenario would have no URL.
fn check_name(name: &str) -> Result<(), Problem> {
    match name {
        "." | ".." => Err(Problem::unusable(format!(
            "a scenario can't be called `{name}` here: its URL would not work"
        ))),
        _ => Ok(()),
    }
}

fn as_strs(strings: &[String]) -> Vec<&str> {
    strings.iter().map(String::as_str).collect()
}

/// Returns a scenario.
#[utoipa::path(
    get, path = "/api/scenarios/{name}", tag = "scenarios", params(("name" = String, Path, description = "The scenario")),
    responses((status = OK, body = ScenarioInfo), (status = NOT_FOUND, body = Problems))
)]
pub async fn show(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
) -> Result<Json<ScenarioInfo>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.store.scenario_info(&name)?))).await
}

/// Changes the name, note, tags and properties of a scenario.
#[utoipa::path(
    patch, path = "/api/scenarios/{name}", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    request_body = Changes, responses((status = OK, body = ScenarioInfo), (status = NOT_FOUND, body = Problems))
)]
pub async fn change(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Json(changes): Json<Changes>,
) -> Result<Json<ScenarioInfo>, Problem> {
    work(&state.studio, move |studio| {
        let mut instance = studio.scenario(&of, &name)?;
        // Renaming can fail, so it comes first.
        if let Some(to) = changes.name.as_deref().filter(|to| **to != *name) {
            check_name(to)?;
            studio.store.rename(&name, to)?;
            instance = studio.scenario(&of, to)?;
        }
        let (add, remove) = (as_strs(&changes.add_tags), as_strs(&changes.remove_tags));
        if !add.is_empty() {
            instance.tag(&add)?;
        }
        if !remove.is_empty() {
            instance.untag(&remove)?;
        }
        if let Some(note) = &changes.note {
            instance.note(note)?;
        }
        for (property, value) in &changes.properties {
            instance.set_property(property, value.as_deref())?;
        }
        Ok(Json(instance.info()?))
    })
    .await
}

/// Returns what deleting a scenario would remove.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/deletion", tag = "scenarios", params(("name" = String, Path, description = "The scenario")),
    responses((status = OK, body = Deletion), (status = NOT_FOUND, body = Problems))
)]
pub async fn deletion(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
) -> Result<Json<Deletion>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.store.deletion(&name)?))).await
}

/// Deletes a scenario.
#[utoipa::path(
    delete, path = "/api/scenarios/{name}", tag = "scenarios", params(("name" = String, Path, description = "The scenario")),
    responses((status = OK, body = Deletion), (status = NOT_FOUND, body = Problems), (status = CONFLICT, body = Problems))
)]
pub async fn delete(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
) -> Result<Json<Deletion>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.store.delete(&name)?))).await
}

/// Creates a scenario with the values of another scenario, changing some of them.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/duplicate", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    request_body = NewScenario,
    responses((status = CREATED, body = ScenarioInfo), (status = NOT_FOUND, body = Problems), (status = CONFLICT, body = Problems), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn duplicate(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Json(new): Json<NewScenario>,
) -> Result<(StatusCode, Json<ScenarioInfo>), Problem> {
    work(&state.studio, move |studio| {
        check_name(&new.name)?;
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &new.inputs)?;
        let copy = instance.duplicate(&new.name)?;
        finish(&copy, &new)?;
        Ok((StatusCode::CREATED, Json(copy.info()?)))
    })
    .await
}
