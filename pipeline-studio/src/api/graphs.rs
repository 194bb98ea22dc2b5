//! A scenario type as a drawing.

use super::request::{Json, OfType, Query, State, several, work};
use crate::problem::Problem;
use crate::project::{PROGRAM, Studio};
use axum::extract::{self, RawQuery};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use skipstone::Instance;
use skipstone::report::picture::{self, Drawing, Picture, Shown, Theme};
use utoipa::{IntoParams, ToSchema};

/// How many scenario files are drawn before anybody asks.
const EARLY: usize = 4;

/// A scenario type as it is drawn.
#[derive(Debug, Serialize, ToSchema)]
pub struct GraphView {
    /// The scenario type's id.
    #[serde(rename = "type")]
    pub(super) ty: String,
    /// The drawing.
    #[serde(flatten)]
    pub(super) picture: Picture,
}

/// Which groups are drawn as one box.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it may stand several times, which is read from the query itself")]
pub struct Collapsed {
    /// The name of a group that is drawn as one box; may stand several times.
    collapse: Option<String>,
}

/// How a picture is drawn.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Drawn {
    /// `light`, `dark`, or as the reader's system is set.
    theme: Option<String>,
    /// The scenario whose values are shown.
    scenario: Option<String>,
}

impl Studio {
    /// Lays out the drawings that a page is likely to ask for first; layouts are remembered.
    pub(crate) fn draw_early(&self) {
        let files = self.scenario_files();
        for ty in [None].into_iter().chain(files.into_iter().take(EARLY).map(Some)) {
            // What can't be drawn is told to whoever asks.
            let _ = self.picture(&OfType { ty }, None);
        }
    }

    pub(super) fn drawing(&self, ty: &str, query: Option<&str>) -> Result<Drawing, Problem> {
        let collapsed = several(query, "collapse").into_iter().collect();
        Ok(Drawing { collapsed, positions: self.positions(ty)? })
    }

    fn picture(&self, of: &OfType, query: Option<&str>) -> Result<Picture, Problem> {
        let graph = self.graph(of.ty.as_deref())?;
        let drawing = self.drawing(of.ty.as_deref().unwrap_or(PROGRAM), query)?;
        Ok(picture::picture(&graph.outline(), &drawing))
    }

    fn shown(&self, of: &OfType, scenario: Option<&str>) -> Result<Shown, Problem> {
        let Some(name) = scenario else { return Ok(Shown::default()) };
        let graph = self.graph(of.ty.as_deref())?;
        let instance = Instance::open(&self.store, &graph, name)?;
        let mut shown = Shown::default();
        for state in instance.nodes()? {
            let job = graph
                .calls()
                .iter()
                .find(|call| graph.outputs_of(call).any(|node| node.name() == state.node));
            if let (Some(job), Some(status)) = (job, state.status) {
                shown.jobs.insert(job.name().into(), status);
            }
            if let Some(value) = state.value {
                shown.values.insert(state.node, value);
            }
        }
        Ok(shown)
    }
}

/// The scenario type as a drawing: boxes, ports and lines, from left to right.
#[utoipa::path(
    get, path = "/api/graph", tag = "project", params(OfType, Collapsed),
    responses((status = OK, body = GraphView), (status = UNPROCESSABLE_ENTITY, body = super::Problems))
)]
pub async fn graph(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    RawQuery(query): RawQuery,
) -> Result<Json<GraphView>, Problem> {
    work(&state.studio, move |studio| {
        let picture = studio.picture(&of, query.as_deref())?;
        Ok(Json(GraphView { ty: of.ty.unwrap_or_else(|| PROGRAM.into()), picture }))
    })
    .await
}

/// The drawing as SVG.
#[utoipa::path(
    get, path = "/api/graph.svg", tag = "project", params(OfType, Collapsed, Drawn),
    responses((status = OK, body = String, content_type = "image/svg+xml"))
)]
pub async fn svg(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    Query(drawn): Query<Drawn>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let theme = match drawn.theme.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::Auto,
    };
    work(&state.studio, move |studio| {
        let picture = studio.picture(&of, query.as_deref())?;
        let svg = picture::svg(&picture, theme, &studio.shown(&of, drawn.scenario.as_deref())?);
        Ok(([(CONTENT_TYPE, "image/svg+xml")], svg).into_response())
    })
    .await
}

/// The drawing and what is said about its elements, as one HTML file that needs nothing else.
#[utoipa::path(
    get, path = "/api/graph.html", tag = "project", params(OfType, Collapsed, Drawn),
    responses((status = OK, body = String, content_type = "text/html"))
)]
pub async fn html(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    Query(drawn): Query<Drawn>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    work(&state.studio, move |studio| {
        let picture = studio.picture(&of, query.as_deref())?;
        let page = picture::html(&picture, &studio.shown(&of, drawn.scenario.as_deref())?);
        // It is made to be saved: opened here it has no script, as the rules for this server's pages say.
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (axum::http::header::CONTENT_DISPOSITION, "attachment; filename=\"graph.html\""),
        ];
        Ok((headers, page).into_response())
    })
    .await
}
