//! Extractors with uniform errors, the state of all handlers, and a helper for blocking work.

use crate::guard::Guard;
use crate::problem::Problem;
use crate::project::Studio;
use axum::extract::{FromRequest, FromRequestParts};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use skipstone::Instance;
use std::sync::Arc;

/// The state that all handlers share.
#[derive(Clone)]
pub struct State {
    /// The project.
    pub studio: Arc<Studio>,
    /// The access control, which creates links.
    pub guard: Arc<Guard>,
}

/// Selects a scenario type.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TypeQuery {
    /// `program`, or the path of a scenario file in the project.
    #[serde(rename = "type")]
    #[param(default = "program")]
    pub ty: Option<String>,
}

/// A JSON body, in a request or a response. Errors in requests are returned as [`Problem`]s.
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

/// The parameters of a query, with errors as [`Problem`]s.
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

/// The parameters of a path, with errors as [`Problem`]s.
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

/// All values of a query parameter that may be repeated.
pub(crate) fn several(query: Option<&str>, key: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.filter(|(name, _)| name == key).map(|(_, value)| value.into_owned()).collect()
}

/// Runs blocking work, such as reading and writing files, on a thread for it.
pub(crate) async fn work<T: Send + 'static>(
    studio: &Arc<Studio>,
    work: impl FnOnce(&Studio) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let studio = studio.clone();
    match tokio::task::spawn_blocking(move || work(&studio)).await {
        Ok(done) => done,
        Err(_) => Err(Problem::internal(
            "the request failed: its handler panicked, see the output of the server".into(),
        )),
    }
}

impl Studio {
    /// Opens a scenario by its name.
    pub(crate) fn scenario(&self, ty: &TypeQuery, name: &str) -> Result<Instance, Problem> {
        let graph = self.graph(ty.ty.as_deref())?;
        Ok(Instance::open(&self.store, &graph, name)?)
    }
}
