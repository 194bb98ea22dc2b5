//! Values of nodes; reading and setting inputs.

use super::request::{Json, Path, Query, State, TypeQuery, work};
use crate::problem::InputError;
use crate::problem::{Problem, Problems};
use crate::project::Studio;
use axum::extract;
use serde::{Deserialize, Serialize};
use skipstone::{
    Graph, Instance,
    data::{ColumnFilter, Page, PageOf, Shape},
    questions::NodeState,
    scenarios::Edit,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The default and the maximum number of rows of a preview.
const ROWS: (u64, u64) = (50, 500);

/// Values of inputs, as typed by a user, by node.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct InputValues(pub BTreeMap<String, String>);

impl InputValues {
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(node, text)| (node.as_str(), text.as_str())).collect()
    }
}

/// The result of a check of values: empty if all are valid.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckResult {
    errors: Vec<InputError>,
}

impl Studio {
    /// Returns an error for each invalid value.
    fn input_errors(&self, instance: &Instance, texts: &InputValues) -> Vec<InputError> {
        let check = |(node, text): (&String, &String)| {
            let message = match instance.submission().set(node, text) {
                Err(error) => error.to_string(),
                Ok(_) => self.check_files(instance, node, text)?,
            };
            Some(InputError { node: node.clone(), message })
        };
        texts.0.iter().filter_map(check).collect()
    }

    /// Returns an error if the value refers to a file outside of the project, which must not be read over HTTP.
    fn check_files(&self, instance: &Instance, node: &str, text: &str) -> Option<String> {
        let mut files = instance.files_for(node, text).unwrap_or_default();
        // `files_for` covers the library's types; a path of another type is checked here.
        if instance.graph().node(node).is_some_and(|node| node.shape() == Shape::Path) {
            files.push(text.into());
        }
        let outside = files.iter().find(|file| !self.is_inside(file))?;
        Some(format!(
            "input `{node}`: {} is outside of the project ({}); set it on the command line: `{} run --set {node}=…`",
            outside.display(),
            self.directory.display(),
            self.program
        ))
    }

    /// Fails if a value is invalid, with an error for each.
    pub(super) fn check(&self, instance: &Instance, texts: &InputValues) -> Result<(), Problem> {
        let errors = self.input_errors(instance, texts);
        if errors.is_empty() { Ok(()) } else { Err(Problem::of_inputs(errors)) }
    }

    /// Fails if a value is invalid for a new scenario, with an error for each.
    pub(super) fn check_new(&self, graph: &Arc<Graph>, texts: &InputValues) -> Result<(), Problem> {
        self.check(&Instance::unsaved(&self.store, graph, "a new scenario"), texts)
    }
}

/// Lists the current state of all nodes.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    responses((status = OK, body = Vec<NodeState>), (status = NOT_FOUND, body = Problems))
)]
pub async fn nodes(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.nodes()?))).await
}

/// Sets inputs.
///
/// If a value is invalid, none is set.
#[utoipa::path(
    put, path = "/api/scenarios/{name}/inputs", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    request_body = InputValues, responses((status = OK, body = Vec<NodeState>), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn set(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Json(texts): Json<InputValues>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &texts)?;
        instance.set(&texts.pairs())?;
        Ok(Json(instance.nodes()?))
    })
    .await
}

/// Checks values of inputs without setting them.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/inputs/check", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), TypeQuery),
    request_body = InputValues, responses((status = OK, body = CheckResult))
)]
pub async fn check(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Json(texts): Json<InputValues>,
) -> Result<Json<CheckResult>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        Ok(Json(CheckResult { errors: studio.input_errors(&instance, &texts) }))
    })
    .await
}

/// Resets an input to its default.
#[utoipa::path(
    delete, path = "/api/scenarios/{name}/inputs/{node}", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The input"), TypeQuery),
    responses((status = OK, body = Vec<NodeState>), (status = NOT_FOUND, body = Problems))
)]
pub async fn reset(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        instance.reset(&node)?;
        Ok(Json(instance.nodes()?))
    })
    .await
}

/// Selects an input.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InputQuery {
    /// The input; by default all inputs.
    node: Option<String>,
}

/// Lists the edits of inputs, latest first.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/edits", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), TypeQuery, InputQuery), responses((status = OK, body = Vec<Edit>))
)]
pub async fn edits(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<TypeQuery>,
    Query(input): Query<InputQuery>,
) -> Result<Json<Vec<Edit>>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.edits(input.node.as_deref())?)))
        .await
}

/// Sets an input to the value of an earlier edit.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/edits/{edit}/revert", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), ("edit" = i64, Path, description = "The number of the edit"), TypeQuery),
    responses((status = OK, body = Vec<NodeState>), (status = NOT_FOUND, body = Problems))
)]
pub async fn revert(
    extract::State(state): extract::State<State>,
    Path((name, edit)): Path<(String, i64)>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        instance.revert(edit)?;
        Ok(Json(instance.nodes()?))
    })
    .await
}

/// Selects rows of a table.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Rows {
    /// The number of rows to skip.
    offset: Option<u64>,
    /// Maximum number of rows, up to 500.
    #[param(default = 50)]
    limit: Option<u64>,
    /// Returns only the rows that match these conditions: a JSON object of strings by column, such as
    /// `{"amount": ">= 10"}`. A condition is `= x`, `!= x`, `< x`, `<= x`, `> x`, `>= x`, `null`, `!null` or just `x`,
    /// which matches strings that contain `x` and other values that equal it.
    #[param(example = r#"{"amount": ">= 10", "name": "ada"}"#)]
    filters: Option<String>,
}

impl Rows {
    fn filters(&self) -> Result<Vec<ColumnFilter>, Problem> {
        let Some(text) = &self.filters else { return Ok(Vec::new()) };
        let filters: BTreeMap<String, String> = serde_json::from_str(text).map_err(|error| {
            Problem::unusable(format!("`filters` must be a JSON object of strings: {error}"))
        })?;
        Ok(filters.into_iter().map(|(column, condition)| ColumnFilter { column, condition }).collect())
    }
}

/// Returns some rows of a node's table, or the beginning of another value.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes/{node}/preview", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The node"), TypeQuery, Rows),
    responses((status = OK, body = Page), (status = NOT_FOUND, body = Problems))
)]
pub async fn preview(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<TypeQuery>,
    Query(rows): Query<Rows>,
) -> Result<Json<Page>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        if let Some(outside) = instance.files_of_value(&node)?.iter().find(|file| !studio.is_inside(file)) {
            let why = format!(
                "{} is outside of the project, so the page can't show it; read it with `{} read {node} --scenario …`",
                outside.display(),
                studio.program
            );
            return Ok(Json(Page::None { why }));
        }
        let limit = rows.limit.unwrap_or(ROWS.0).clamp(1, ROWS.1);
        let of = PageOf { offset: rows.offset.unwrap_or_default(), limit, filters: rows.filters()? };
        Ok(Json(instance.page(&node, of)?))
    })
    .await
}
