//! Error responses.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use skipstone::{Error, Hash, graph::EditError};
use utoipa::ToSchema;

/// Maximum size of a request body, in bytes: well above that of a scenario file.
pub const MAX_BODY_BYTES: usize = 16 << 20;

/// A scenario file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileText {
    /// Its path, relative to the project's directory.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
    /// The hash of the content. Saving the file sends it back, so that changes made on disk in the meantime are not
    /// overwritten.
    pub(crate) hash: String,
}

impl FileText {
    pub(crate) fn of(path: &str, text: String) -> FileText {
        FileText { path: path.into(), hash: Hash::of(text.as_bytes()).to_string(), text }
    }
}

/// The body of an error response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problems {
    /// What is wrong and what to do, as on the command line.
    pub error: String,
    /// The kind of error, for programs.
    pub code: &'static str,
    /// The error of each invalid input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<InputError>,
    /// The file on disk, if it differs from the one that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<FileText>,
}

/// The error of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InputError {
    /// The input.
    pub node: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// An error response: its status and body.
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

    /// The error for a body longer than [`MAX_BODY_BYTES`].
    pub(crate) fn too_long() -> Problem {
        let message = format!("the request body is larger than {} bytes", MAX_BODY_BYTES);
        Problem::rejected(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// The message.
    pub(crate) fn text(self) -> String {
        self.problems.error
    }

    pub(crate) fn with_disk(mut self, disk: FileText) -> Problem {
        self.problems.disk = Some(disk);
        self
    }

    /// The error for invalid values of inputs.
    pub(crate) fn of_inputs(errors: Vec<InputError>) -> Problem {
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
