//! The stream of events.

use super::request::State;
use crate::live::StudioEvent;
use crate::problem::Problem;
use axum::extract;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Maximum number of listeners at the same time.
const LISTENERS: usize = 64;

/// Streams events as server-sent events.
///
/// The `data` of each is a `StudioEvent`.
#[utoipa::path(
    get, path = "/api/events", tag = "events",
    responses((status = OK, body = StudioEvent, content_type = "text/event-stream"), (status = SERVICE_UNAVAILABLE, body = super::Problems))
)]
pub async fn events(
    extract::State(state): extract::State<State>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let live = &state.studio.live;
    if live.listeners() >= LISTENERS {
        return Err(Problem::busy(format!("{LISTENERS} pages are connected already: close some of them")));
    }
    let receiver = live.listen();
    let first = stream::once(async { StudioEvent::Hello });
    let rest = stream::unfold(receiver, |mut receiver| async {
        match receiver.recv().await {
            Ok(event) => Some((event, receiver)),
            // Events were missed: `hello` makes the page reload what it shows.
            Err(RecvError::Lagged(_)) => Some((StudioEvent::Hello, receiver)),
            Err(RecvError::Closed) => None,
        }
    });
    let events = first.chain(rest).map(|event| Ok(Event::default().json_data(event).unwrap_or_default()));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
