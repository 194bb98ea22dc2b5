//! The HTTP API and its OpenAPI description.
//!
//! | module | endpoints |
//! | --- | --- |
//! | [`projects`] | program, project, scenario types, tasks |
//! | [`graphs`] | the graph of a scenario type: layout, SVG, HTML |
//! | [`scenarios`] | listing, creating, changing and deleting scenarios |
//! | [`inputs`] | values of nodes; reading and setting inputs |
//! | [`runs`] | plans, runs, jobs, cancellation |
//! | [`answers`] | comparison, KPIs, versions, lineage, history, explanations |
//! | [`files`] | scenario files: reading, drafts, saving |
//! | [`positions`] | positions of elements that were moved by hand |
//! | [`events`] | the stream of events |

pub mod answers;
mod change;
pub mod events;
pub mod files;
pub mod graphs;
pub mod inputs;
pub mod positions;
pub mod projects;
mod request;
pub mod runs;
pub mod scenarios;

pub use crate::problem::{FileText, Problem, Problems};
pub use request::{Json, Path, Query, State, TypeQuery};

use axum::Router;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The API's description without its paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Studio",
        description = "The HTTP API of the Studio's page, for use by any program: scenarios, runs, comparison and \
                       scenario files of one program in one project.\n\nRequests send `Authorization: Bearer KEY` \
                       with the key that `studio` prints. Durations (`_us`) are in microseconds; points in time are microseconds \
                       since 1970-01-01 UTC. Endpoints that concern a scenario type take the parameter `type`: \
                       `program`, or the path of a scenario file in the project."
    ),
    tags(
        (name = "project", description = "Program, project and scenario types"),
        (name = "scenarios", description = "Scenarios and their inputs"),
        (name = "runs", description = "Plans, runs and jobs"),
        (name = "answers", description = "Comparison, KPIs, versions and lineage"),
        (name = "files", description = "Scenario files"),
        (name = "events", description = "Live events"),
    ),
    components(schemas(crate::live::StudioEvent, scenarios::Order, skipstone::RunStatus))
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

/// Returns the API's routes and their description.
pub fn router(state: State) -> (Router, Description) {
    let (router, description) = routes().split_for_parts();
    (router.with_state(state), described(description))
}

/// Returns the OpenAPI description that `GET /api/openapi.json` serves.
pub fn description() -> Description {
    described(routes().split_for_parts().1)
}

fn described(mut description: Description) -> Description {
    // utoipa fills these in from `Cargo.toml`; the description has no license or contact of its own.
    description.info.license = None;
    description.info.contact = None;
    description
}

pub(crate) async fn openapi(description: Arc<Description>) -> Response {
    Json(&*description).into_response()
}
