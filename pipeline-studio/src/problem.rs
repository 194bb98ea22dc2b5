//! What is said when a request can't be answered.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use skipstone::{Error, Hash, graph::EditError};
use utoipa::ToSchema;

/// The longest body of a request, in bytes: a scenario file with what is sent around it.
pub const LONGEST_BODY: usize = 16 << 20;

/// A scenario file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileText {
    /// Its path in the project.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// The hash of the text: what is saved names it, so that nothing is overwritten that nobody saw.
    pub(crate) hash: String,
}

impl FileText {
    pub(crate) fn of(path: &str, text: String) -> FileText {
        FileText { path: path.into(), hash: Hash::of(text.as_bytes()).to_string(), text }
    }
}

/// What is wrong, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problems {
    /// What is wrong and what to do, as the command line says it.
    pub error: String,
    /// The kind, as a word for programs.
    pub code: &'static str,
    /// What is wrong with each input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<OfNode>,
    /// The file as it is on disk, where that is the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<FileText>,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfNode {
    /// The input.
    pub node: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What is wrong, and with which status that is said.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    problems: Problems,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, error: String) -> Problem {
        Problem { status, problems: Problems { error, code, errors: Vec::new(), disk: None } }
    }

    pub(crate) fn forbidden(error: String) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", error)
    }

    pub(crate) fn unknown_caller(error: String) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "token", error)
    }

    pub(crate) fn missing(error: String) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "missing", error)
    }

    pub(crate) fn unusable(error: String) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unusable", error)
    }

    pub(crate) fn conflict(code: &'static str, error: String) -> Problem {
        Problem::new(StatusCode::CONFLICT, code, error)
    }

    pub(crate) fn busy(error: String) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", error)
    }

    pub(crate) fn internal(error: String) -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error)
    }

    pub(crate) fn rejected(status: StatusCode, error: String) -> Problem {
        Problem::new(status, "request", error)
    }

    /// That a request is longer than is read.
    pub(crate) fn too_long() -> Problem {
        let message = format!("a request has at most {} bytes", LONGEST_BODY);
        Problem::rejected(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// What is wrong, in words.
    pub(crate) fn text(self) -> String {
        self.problems.error
    }

    pub(crate) fn with_disk(mut self, disk: FileText) -> Problem {
        self.problems.disk = Some(disk);
        self
    }

    /// That inputs have wrong values.
    pub(crate) fn of_inputs(errors: Vec<OfNode>) -> Problem {
        let error = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("\n");
        let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "inputs", error);
        problem.problems.errors = errors;
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        use Error as E;
        let (status, code) = match &error {
            E::NoScenario { .. }
            | E::NoNode { .. }
            | E::NoRun { .. }
            | E::NoEdit { .. }
            | E::NoVersion { .. }
            | E::NoContent { .. }
            | E::NeverRun { .. } => (StatusCode::NOT_FOUND, "missing"),
            E::ScenarioExists { .. } => (StatusCode::CONFLICT, "exists"),
            E::ScenarioRuns { .. } => (StatusCode::CONFLICT, "runs"),
            E::Store(_) | E::Registry(_) | E::Output(_) | E::NoThread { .. } | E::Panicked { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
            _ => (StatusCode::UNPROCESSABLE_ENTITY, "unusable"),
        };
        Problem::new(status, code, error.to_string())
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Problem {
        Problem::unusable(error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, axum::Json(self.problems)).into_response()
    }
}
