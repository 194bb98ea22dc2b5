//! Which scenarios there are; making, changing and removing them.

use super::inputs::Texts;
use super::request::{Json, OfType, Path, Query, State, work};
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

/// How many scenarios are listed when nothing is said.
const LISTED: usize = 100;

/// Scenarios.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioList {
    /// Those that were asked for.
    scenarios: Vec<ScenarioInfo>,
    /// How many there are with these properties.
    total: usize,
}

/// Which scenarios to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those of this scenario type; of all without one.
    #[serde(rename = "type")]
    ty: Option<String>,
    /// Those whose names fit; `*` is any text.
    name: Option<String>,
    /// Those with this tag.
    tag: Option<String>,
    /// Those whose latest run has this status.
    #[param(value_type = Option<RunStatus>)]
    status: Option<RunStatus>,
    /// By what to sort.
    #[param(value_type = Option<Order>)]
    sort: Option<Order>,
    /// The other way round.
    descending: Option<bool>,
    /// How many come before them.
    offset: Option<usize>,
    /// No more than so many.
    #[param(default = 100)]
    limit: Option<usize>,
}

/// By what scenarios are sorted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Their names.
    Name,
    /// When they were made.
    Created,
    /// When they last ran.
    LastRun,
}

/// A scenario to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScenario {
    /// Its name.
    name: String,
    /// What it is for.
    note: Option<String>,
    /// Its tags.
    #[serde(default)]
    tags: Vec<String>,
    /// What its inputs are set to, as a person types it.
    #[serde(default)]
    inputs: Texts,
}

/// What to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Its new name.
    name: Option<String>,
    /// What it is for.
    note: Option<String>,
    /// Tags that it gets.
    #[serde(default)]
    add_tags: Vec<String>,
    /// Tags that it loses.
    #[serde(default)]
    remove_tags: Vec<String>,
    /// Properties with their values; those without one are removed.
    #[serde(default)]
    properties: BTreeMap<String, Option<String>>,
}

/// The scenarios of the store.
#[utoipa::path(get, path = "/api/scenarios", tag = "scenarios", params(Wanted), responses((status = OK, body = ScenarioList)))]
pub async fn list(
    extract::State(state): extract::State<State>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ScenarioList>, Problem> {
    work(&state.studio, move |studio| {
        let mut filter = ScenarioFilter::new().sorted_by(match wanted.sort {
            None | Some(Order::Name) => ScenarioOrder::Name,
            Some(Order::Created) => ScenarioOrder::Created,
            Some(Order::LastRun) => ScenarioOrder::Run,
        });
        if let Some(ty) = &wanted.ty {
            filter = filter.scenario_type(studio.graph(Some(ty))?.name());
        }
        if let Some(name) = &wanted.name {
            filter = filter.name(name);
        }
        if let Some(tag) = &wanted.tag {
            filter = filter.tag(tag);
        }
        if let Some(status) = wanted.status {
            filter = filter.status(Some(status));
        }
        if wanted.descending == Some(true) {
            filter = filter.descending();
        }
        let found = studio.store.scenarios(filter)?;
        let total = found.len();
        let (offset, limit) = (wanted.offset.unwrap_or_default(), wanted.limit.unwrap_or(LISTED));
        Ok(Json(ScenarioList { scenarios: found.into_iter().skip(offset).take(limit).collect(), total }))
    })
    .await
}

/// Makes a scenario.
#[utoipa::path(
    post, path = "/api/scenarios", tag = "scenarios", params(OfType), request_body = NewScenario,
    responses((status = CREATED, body = ScenarioInfo), (status = CONFLICT, body = Problems), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn create(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    Json(new): Json<NewScenario>,
) -> Result<(StatusCode, Json<ScenarioInfo>), Problem> {
    work(&state.studio, move |studio| {
        reachable(&new.name)?;
        let graph = studio.graph(of.ty.as_deref())?;
        studio.check_new(&graph, &new.inputs)?;
        let made = Instance::create(&studio.store, &graph, &new.name)?;
        finish(&made, &new)?;
        Ok((StatusCode::CREATED, Json(made.info()?)))
    })
    .await
}

/// Says of a new scenario what was asked for; takes it away again if that can't be said.
fn finish(made: &Instance, new: &NewScenario) -> Result<(), Problem> {
    let say = || {
        made.set(&new.inputs.pairs())?;
        let tags = words(&new.tags);
        if !tags.is_empty() {
            made.tag(&tags)?;
        }
        new.note.as_deref().map_or(Ok(()), |note| made.note(note))
    };
    say().map_err(|error| {
        // It was never seen by anybody.
        let _ = made.store().delete(made.name());
        Problem::from(error)
    })
}

/// An error for a name that no address leads to: browsers take these parts of a path for something else.
fn reachable(name: &str) -> Result<(), Problem> {
    match name {
        "." | ".." => Err(Problem::unusable(format!(
            "a scenario can't be called `{name}` here: no address leads to it"
        ))),
        _ => Ok(()),
    }
}

fn words(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// A scenario.
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

/// Changes what is said about a scenario, and its name.
#[utoipa::path(
    patch, path = "/api/scenarios/{name}", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), OfType),
    request_body = Changes, responses((status = OK, body = ScenarioInfo), (status = NOT_FOUND, body = Problems))
)]
pub async fn change(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Json(changes): Json<Changes>,
) -> Result<Json<ScenarioInfo>, Problem> {
    work(&state.studio, move |studio| {
        let mut instance = studio.scenario(&of, &name)?;
        // What may be refused comes first.
        if let Some(to) = changes.name.as_deref().filter(|to| **to != *name) {
            reachable(to)?;
            studio.store.rename(&name, to)?;
            instance = studio.scenario(&of, to)?;
        }
        let (add, remove) = (words(&changes.add_tags), words(&changes.remove_tags));
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

/// What would go if a scenario were removed.
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

/// Removes a scenario.
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

/// Makes a scenario with the values of another, and changes some of them.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/duplicate", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), OfType),
    request_body = NewScenario,
    responses((status = CREATED, body = ScenarioInfo), (status = NOT_FOUND, body = Problems), (status = CONFLICT, body = Problems), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn duplicate(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Json(new): Json<NewScenario>,
) -> Result<(StatusCode, Json<ScenarioInfo>), Problem> {
    work(&state.studio, move |studio| {
        reachable(&new.name)?;
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &new.inputs)?;
        let made = instance.duplicate(&new.name)?;
        finish(&made, &new)?;
        Ok((StatusCode::CREATED, Json(made.info()?)))
    })
    .await
}
