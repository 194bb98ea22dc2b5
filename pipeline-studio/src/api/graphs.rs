//! The graph of a scenario type, with its layout.

use super::request::{Json, Query, State, TypeQuery, several, work};
use crate::problem::Problem;
use crate::project::{PROGRAM, Studio};
use axum::extract::{self, RawQuery};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use skipstone::Instance;
use skipstone::report::picture::{self, Drawing, Picture, Shown, Theme};
use utoipa::{IntoParams, ToSchema};

/// The number of scenario files whose graphs are laid out at the start.
const EARLY: usize = 4;

/// The graph of a scenario type, laid out.
#[derive(Debug, Serialize, ToSchema)]
pub struct GraphView {
    /// The id of the scenario type.
    #[serde(rename = "type")]
    pub(super) ty: String,
    /// The elements and their layout.
    #[serde(flatten)]
    pub(super) picture: Picture,
}

/// Selects all subscenarios.
const ALL: &str = "*";

/// Selects the groups that are not drawn as usual.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it may be repeated, so it is read from the query string")]
pub struct Toggled {
    /// The name of a module to draw as one box, or of a subscenario to draw with its elements; `*` for all subscenarios. May
    /// be repeated.
    toggle: Option<String>,
}

/// Options for drawing.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Drawn {
    /// `light` or `dark`; by default the theme of the viewer's system.
    theme: Option<String>,
    /// The scenario whose values and statuses are shown.
    scenario: Option<String>,
}

impl Studio {
    /// Lays out the graphs that a page is likely to request first. Layouts are cached.
    pub(crate) fn draw_early(&self) {
        let files = self.scenario_files();
        for ty in [None].into_iter().chain(files.into_iter().take(EARLY).map(Some)) {
            // An error is reported to the page when it requests the graph.
            let _ = self.picture(&TypeQuery { ty }, None);
        }
    }

    pub(super) fn drawing(&self, ty: &str, query: Option<&str>) -> Result<Drawing, Problem> {
        let toggled = several(query, "toggle").into_iter().collect();
        Ok(Drawing { toggled, positions: self.positions(ty)? })
    }

    fn picture(&self, of: &TypeQuery, query: Option<&str>) -> Result<Picture, Problem> {
        let graph = self.graph(of.ty.as_deref())?;
        let mut drawing = self.drawing(of.ty.as_deref().unwrap_or(PROGRAM), query)?;
        let outline = graph.outline();
        if drawing.toggled.contains(ALL) {
            drawing.toggled =
                outline.subscenarios.iter().map(|subscenario| subscenario.name.clone()).collect();
        }
        Ok(picture::picture(&outline, &drawing))
    }

    fn shown(&self, of: &TypeQuery, scenario: Option<&str>) -> Result<Shown, Problem> {
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

/// Returns the graph of a scenario type, laid out from left to right: boxes, ports and lines.
#[utoipa::path(
    get, path = "/api/graph", tag = "project", params(TypeQuery, Toggled),
    responses((status = OK, body = GraphView), (status = UNPROCESSABLE_ENTITY, body = super::Problems))
)]
pub async fn graph(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
    RawQuery(query): RawQuery,
) -> Result<Json<GraphView>, Problem> {
    work(&state.studio, move |studio| {
        let picture = studio.picture(&of, query.as_deref())?;
        Ok(Json(GraphView { ty: of.ty.unwrap_or_else(|| PROGRAM.into()), picture }))
    })
    .await
}

/// Draws the graph of a scenario type as SVG.
#[utoipa::path(
    get, path = "/api/graph.svg", tag = "project", params(TypeQuery, Toggled, Drawn),
    responses((status = OK, body = String, content_type = "image/svg+xml"))
)]
pub async fn svg(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
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

/// Draws the graph of a scenario type, with the descriptions of its elements, as a self-contained HTML file.
#[utoipa::path(
    get, path = "/api/graph.html", tag = "project", params(TypeQuery, Toggled, Drawn),
    responses((status = OK, body = String, content_type = "text/html"))
)]
pub async fn html(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
    Query(drawn): Query<Drawn>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    work(&state.studio, move |studio| {
        let picture = studio.picture(&of, query.as_deref())?;
        let page = picture::html(&picture, &studio.shown(&of, drawn.scenario.as_deref())?);
        // Sent as a download: opened from this server, its script would be blocked by the content security policy.
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (axum::http::header::CONTENT_DISPOSITION, "attachment; filename=\"graph.html\""),
        ];
        Ok((headers, page).into_response())
    })
    .await
}
