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
pub mod projects;
mod request;
pub mod runs;
pub mod scenarios;

pub use crate::problem::{FileText, Problem, Problems};
pub use request::{Json, OfType, Path, Query, State};

use axum::Router;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

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
