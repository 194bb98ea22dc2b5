//! The files of the page, built from `page/` and embedded in the program.

use crate::problem::Problem;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

const FILES: [(&str, &str, &[u8]); 4] = [
    ("/", "text/html; charset=utf-8", include_bytes!("../../dist/index.html")),
    ("/assets/studio.js", "text/javascript; charset=utf-8", include_bytes!("../../dist/assets/studio.js")),
    ("/assets/studio.css", "text/css; charset=utf-8", include_bytes!("../../dist/assets/studio.css")),
    ("/favicon.svg", "image/svg+xml", include_bytes!("../../dist/favicon.svg")),
];

/// The response for a method that a path doesn't support.
pub(super) async fn other_method(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not support {method}: see /api/openapi.json", uri.path());
    Problem::rejected(StatusCode::METHOD_NOT_ALLOWED, message).into_response()
}

/// The response with the file of this path.
pub(super) async fn file(method: Method, uri: Uri) -> Response {
    let path = if uri.path() == "/index.html" { "/" } else { uri.path() };
    let found = FILES.iter().find(|(name, ..)| *name == path);
    match found {
        Some((_, ty, content)) if method == Method::GET || method == Method::HEAD => {
            ([(CONTENT_TYPE, *ty)], *content).into_response()
        }
        _ => Problem::missing(format!(
            "nothing found at {}: see /api/openapi.json for the available paths",
            uri.path()
        ))
        .into_response(),
    }
}
