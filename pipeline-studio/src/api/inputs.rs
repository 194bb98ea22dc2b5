//! Values of nodes, and what inputs are set to.

use super::request::{Json, OfType, Path, Query, State, work};
use crate::problem::OfNode;
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

/// How many rows of a table are shown at once, and at most.
const ROWS: (u64, u64) = (50, 500);

/// Values of inputs as a person types them, by node.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(node, text)| (node.as_str(), text.as_str())).collect()
    }
}

/// What is wrong with values; nothing when they can be used.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    errors: Vec<OfNode>,
}

impl Studio {
    /// What is wrong with these values.
    fn wrong(&self, instance: &Instance, texts: &Texts) -> Vec<OfNode> {
        let wrong = |(node, text): (&String, &String)| {
            let message = match instance.submission().set(node, text) {
                Err(error) => error.to_string(),
                Ok(_) => self.outside(instance, node, text)?,
            };
            Some(OfNode { node: node.clone(), message })
        };
        texts.0.iter().filter_map(wrong).collect()
    }

    /// That an input would stand for a file that nobody may have read over HTTP.
    fn outside(&self, instance: &Instance, node: &str, text: &str) -> Option<String> {
        let mut files = instance.files_of(node, text).unwrap_or_default();
        // Also a path that no type of the library stands behind.
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

    /// An error for each value that can't be used.
    pub(super) fn check(&self, instance: &Instance, texts: &Texts) -> Result<(), Problem> {
        let wrong = self.wrong(instance, texts);
        if wrong.is_empty() { Ok(()) } else { Err(Problem::of_inputs(wrong)) }
    }

    /// An error for each value that a new scenario can't have.
    pub(super) fn check_new(&self, graph: &Arc<Graph>, texts: &Texts) -> Result<(), Problem> {
        self.check(&Instance::supposed(&self.store, graph, "a new scenario"), texts)
    }
}

/// What all nodes are at this moment.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), OfType),
    responses((status = OK, body = Vec<NodeState>), (status = NOT_FOUND, body = Problems))
)]
pub async fn nodes(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.nodes()?))).await
}

/// Sets inputs: all of them, or none when one is wrong.
#[utoipa::path(
    put, path = "/api/scenarios/{name}/inputs", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), OfType),
    request_body = Texts, responses((status = OK, body = Vec<NodeState>), (status = UNPROCESSABLE_ENTITY, body = Problems))
)]
pub async fn set(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Json(texts): Json<Texts>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        studio.check(&instance, &texts)?;
        instance.set(&texts.pairs())?;
        Ok(Json(instance.nodes()?))
    })
    .await
}

/// Says what is wrong with values, and writes nothing.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/inputs/check", tag = "scenarios", params(("name" = String, Path, description = "The scenario"), OfType),
    request_body = Texts, responses((status = OK, body = Checked))
)]
pub async fn check(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Json(texts): Json<Texts>,
) -> Result<Json<Checked>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        Ok(Json(Checked { errors: studio.wrong(&instance, &texts) }))
    })
    .await
}

/// Sets an input back to its default.
#[utoipa::path(
    delete, path = "/api/scenarios/{name}/inputs/{node}", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The input"), OfType),
    responses((status = OK, body = Vec<NodeState>), (status = NOT_FOUND, body = Problems))
)]
pub async fn reset(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<OfType>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        instance.reset(&node)?;
        Ok(Json(instance.nodes()?))
    })
    .await
}

/// Which input is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfInput {
    /// The input; all of them without one.
    node: Option<String>,
}

/// What inputs were ever set to, the latest first.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/edits", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), OfType, OfInput), responses((status = OK, body = Vec<Edit>))
)]
pub async fn edits(
    extract::State(state): extract::State<State>,
    Path(name): Path<String>,
    Query(of): Query<OfType>,
    Query(input): Query<OfInput>,
) -> Result<Json<Vec<Edit>>, Problem> {
    work(&state.studio, move |studio| Ok(Json(studio.scenario(&of, &name)?.edits(input.node.as_deref())?)))
        .await
}

/// Sets an input to what it was set to once.
#[utoipa::path(
    post, path = "/api/scenarios/{name}/edits/{edit}/revert", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), ("edit" = i64, Path, description = "The edit's number"), OfType),
    responses((status = OK, body = Vec<NodeState>), (status = NOT_FOUND, body = Problems))
)]
pub async fn revert(
    extract::State(state): extract::State<State>,
    Path((name, edit)): Path<(String, i64)>,
    Query(of): Query<OfType>,
) -> Result<Json<Vec<NodeState>>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        instance.revert(edit)?;
        Ok(Json(instance.nodes()?))
    })
    .await
}

/// Which rows are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Rows {
    /// How many rows come before them.
    offset: Option<u64>,
    /// No more than so many, and than 500.
    #[param(default = 50)]
    limit: Option<u64>,
    /// Of all rows, those whose columns are what is wanted: a JSON object of texts by column, such as `{"amount": ">= 10"}`. A text
    /// is `= x`, `!= x`, `< x`, `<= x`, `> x`, `>= x`, `null`, `!null`, or `x` alone: texts that contain it, other values that
    /// are it.
    #[param(example = r#"{"amount": ">= 10", "name": "ada"}"#)]
    filters: Option<String>,
}

impl Rows {
    fn filters(&self) -> Result<Vec<ColumnFilter>, Problem> {
        let Some(text) = &self.filters else { return Ok(Vec::new()) };
        let filters: BTreeMap<String, String> = serde_json::from_str(text)
            .map_err(|error| Problem::unusable(format!("`filters` is a JSON object of texts: {error}")))?;
        Ok(filters.into_iter().map(|(column, condition)| ColumnFilter { column, condition }).collect())
    }
}

/// Some rows of a node's table, or the beginning of its text.
#[utoipa::path(
    get, path = "/api/scenarios/{name}/nodes/{node}/preview", tag = "scenarios",
    params(("name" = String, Path, description = "The scenario"), ("node" = String, Path, description = "The node"), OfType, Rows),
    responses((status = OK, body = Page), (status = NOT_FOUND, body = Problems))
)]
pub async fn preview(
    extract::State(state): extract::State<State>,
    Path((name, node)): Path<(String, String)>,
    Query(of): Query<OfType>,
    Query(rows): Query<Rows>,
) -> Result<Json<Page>, Problem> {
    work(&state.studio, move |studio| {
        let instance = studio.scenario(&of, &name)?;
        if let Some(outside) = instance.files_behind(&node)?.iter().find(|file| !studio.is_inside(file)) {
            let why = format!(
                "{} is outside of the project, and is not read for a page: `{} read {node} --scenario …` shows it",
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
