//! What can be asked over HTTP, and its description.
//!
//! | module | answers |
//! | --- | --- |
//! | [`projects`] | what program, project and scenario types there are |
//! | [`graphs`] | a scenario type as a drawing |
//! | [`scenarios`] | which scenarios there are; making, changing, removing them |
//! | [`inputs`] | values of nodes, and what inputs are set to |
//! | [`runs`] | plans, runs, jobs, cancellation |
//! | [`answers`] | comparison, KPIs, versions, lineage, history, explanations |
//! | [`files`] | scenario files: reading, drafts, saving |
//! | [`positions`] | where elements of a drawing were put |
//! | [`events`] | what happens, as it happens |

pub mod answers;
mod change;
pub mod events;
pub mod files;
pub mod graphs;
pub mod inputs;
pub mod positions;
mod problem;
pub mod projects;
pub mod runs;
pub mod scenarios;

pub use problem::{Problem, Problems};

use crate::project::Studio;
use crate::server::Guard;
use axum::Router;
use axum::extract::{FromRequest, FromRequestParts};
use axum::response::{IntoResponse, Response};
use pipeline_core::Instance;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What every answer is made of.
#[derive(Clone)]
pub struct State {
    /// The project.
    pub studio: Arc<Studio>,
    /// Who may ask.
    pub guard: Arc<Guard>,
}

/// The interface without its paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Studio",
        description = "What the Studio's page asks, and any program may: scenarios, runs, comparison, and scenario files of \
                       one program in one project.\n\nRequests show `Authorization: Bearer KEY`, which `studio` prints. \
                       Times are in microseconds (`_us`), points in time since 1970-01-01 UTC. What is about a scenario \
                       type takes `type`: `program`, or the path of a scenario file in the project."
    ),
    tags(
        (name = "project", description = "Program, project, scenario types"),
        (name = "scenarios", description = "Scenarios and their inputs"),
        (name = "runs", description = "Plans, runs and jobs"),
        (name = "answers", description = "Comparison, KPIs, versions, lineage"),
        (name = "files", description = "Scenario files"),
        (name = "events", description = "What happens, as it happens"),
    ),
    components(schemas(crate::live::StudioEvent, scenarios::Order, pipeline_core::RunStatus))
)]
struct Interface;

fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Interface::openapi())
        .routes(routes!(projects::project))
        .routes(routes!(projects::link))
        .routes(routes!(projects::tasks))
        .routes(routes!(projects::types))
        .routes(routes!(graphs::graph))
        .routes(routes!(graphs::svg))
        .routes(routes!(graphs::html))
        .routes(routes!(scenarios::list, scenarios::create))
        .routes(routes!(scenarios::show, scenarios::change, scenarios::delete))
        .routes(routes!(scenarios::deletion))
        .routes(routes!(scenarios::duplicate))
        .routes(routes!(inputs::nodes))
        .routes(routes!(inputs::set))
        .routes(routes!(inputs::check))
        .routes(routes!(inputs::reset))
        .routes(routes!(inputs::edits))
        .routes(routes!(inputs::revert))
        .routes(routes!(inputs::preview))
        .routes(routes!(runs::plan))
        .routes(routes!(runs::begin))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::pin))
        .routes(routes!(answers::explain))
        .routes(routes!(answers::history))
        .routes(routes!(answers::lineage))
        .routes(routes!(answers::kpis))
        .routes(routes!(answers::compare))
        .routes(routes!(answers::versions))
        .routes(routes!(answers::version_diff))
        .routes(routes!(files::read, files::save))
        .routes(routes!(files::create))
        .routes(routes!(files::draft))
        .routes(routes!(positions::read, positions::save))
        .routes(routes!(events::events))
}

/// What answers, and its description.
pub fn router(state: State) -> (Router, Description) {
    let (router, description) = routes().split_for_parts();
    (router.with_state(state), described(description))
}

/// The interface as OpenAPI, as `GET /api/openapi.json` gives it.
pub fn description() -> Description {
    described(routes().split_for_parts().1)
}

fn described(mut description: Description) -> Description {
    // The project's license is told by its packages; that of the description is no other.
    description.info.license = None;
    description.info.contact = None;
    description
}

pub(crate) async fn openapi(description: Arc<Description>) -> Response {
    Json(&*description).into_response()
}

/// Which scenario type is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfType {
    /// `program`, or the path of a scenario file in the project.
    #[serde(rename = "type")]
    #[param(default = "program")]
    pub ty: Option<String>,
}

/// JSON in and out, with errors that say what is wrong as all others do.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: serde::Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<S: Send + Sync, T: serde::de::DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Json<T>, Problem> {
        let read = axum::Json::<T>::from_request(request, state).await;
        read.map(|axum::Json(value)| Json(value)).map_err(|why| match why.status() {
            axum::http::StatusCode::PAYLOAD_TOO_LARGE => Problem::too_long(),
            status => Problem::rejected(status, why.body_text()),
        })
    }
}

/// The query of a request, as [`Json`]. A key may stand several times.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Query<T>, Problem> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(value)| Query(value))
            .map_err(|why| Problem::rejected(why.status(), why.body_text()))
    }
}

/// The parts of a path, as [`Json`].
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Path<T>, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Path(value))
            .map_err(|why| Problem::rejected(why.status(), why.body_text()))
    }
}

/// All values of a key of a query, where it may stand several times.
pub(crate) fn several(query: Option<&str>, key: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.filter(|(name, _)| name == key).map(|(_, value)| value.into_owned()).collect()
}

/// Does what reads and writes files on a thread that may wait for them.
pub(crate) async fn work<T: Send + 'static>(
    studio: &Arc<Studio>,
    work: impl FnOnce(&Studio) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let studio = studio.clone();
    match tokio::task::spawn_blocking(move || work(&studio)).await {
        Ok(done) => done,
        Err(_) => Err(Problem::internal(
            "the answer could not be worked out: something panicked, see the log".into(),
        )),
    }
}

impl Studio {
    /// A scenario by its name.
    pub(crate) fn scenario(&self, ty: &OfType, name: &str) -> Result<Instance, Problem> {
        let graph = self.graph(ty.ty.as_deref())?;
        Ok(Instance::open(&self.store, &graph, name)?)
    }
}
