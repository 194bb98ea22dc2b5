//! The server: its address, who may ask, and the page's files.

mod page;
mod watch;

pub use crate::guard::{Guard, NotAllowed};
pub use crate::problem::LONGEST_BODY;

use crate::api;
use crate::project::Studio;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long runs have to end once the server is told to.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that listens.
pub struct Server {
    studio: Arc<Studio>,
    guard: Arc<Guard>,
    listener: TcpListener,
}

/// A server that can't be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address can't be listened on.
    #[error(
        "can't listen on {address}: {source}; choose another port with `--port`, or `--port 0` for one that is free"
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Threads, the system's source of randomness, or the like.
    #[error("can't start the server: {0}")]
    System(#[from] io::Error),
}

impl Server {
    /// Listens on an address.
    ///
    /// # Errors
    ///
    /// When the address is taken or is none of this machine.
    pub fn bind(studio: Arc<Studio>, address: SocketAddr) -> Result<Server, ServerError> {
        let listener =
            TcpListener::bind(address).map_err(|source| ServerError::Address { address, source })?;
        let address = listener.local_addr()?;
        let guard = Arc::new(Guard::new(address)?);
        Ok(Server { studio, guard, listener })
    }

    /// The server's address as browsers write it.
    pub fn origin(&self) -> String {
        self.guard.origin()
    }

    /// A link that opens the page in one browser.
    pub fn link(&self) -> String {
        self.guard.link()
    }

    /// What programs show to be let in.
    pub fn key(&self) -> &str {
        self.guard.key()
    }

    /// What answers requests.
    pub fn router(&self) -> Router {
        let state = api::State { studio: self.studio.clone(), guard: self.guard.clone() };
        let (api, description) = api::router(state);
        let description = Arc::new(description);
        Router::new()
            .merge(api)
            .route("/api/openapi.json", axum::routing::get(move || api::openapi(description.clone())))
            .fallback(page::file)
            .method_not_allowed_fallback(page::other_method)
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .layer(middleware::from_fn_with_state(self.guard.clone(), crate::guard::check))
    }
}

/// Serves until Ctrl-C or SIGTERM; then cancels the runs that are under way, and waits for them for a while.
///
/// # Errors
///
/// When threads can't be started or the listener fails.
pub fn run(server: Server) -> Result<(), ServerError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime
        .block_on(async {
            let router = server.router();
            server.listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(server.listener.try_clone()?)?;
            watch::spawn(server.studio.clone());
            let early = server.studio.clone();
            // Large drawings take a moment: they are there when the page asks.
            tokio::task::spawn_blocking(move || early.draw_early());
            tokio::select! {
                served = axum::serve(listener, router) => served?,
                ended = shutdown_requested() => ended?,
            }
            let studio = &server.studio;
            if studio.live.under_way() > 0 {
                eprintln!("canceling the runs that are under way; press Ctrl-C again to stop at once");
                studio.live.cancel_all();
                let begun = Instant::now();
                while studio.live.under_way() > 0 && begun.elapsed() < PATIENCE {
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_millis(50)) => {}
                        _ = shutdown_requested() => break,
                    }
                }
            }
            Ok(())
        })
        .inspect(|()| {
            // Threads get this long to end, so that the store is closed. Pages that listen have no thread.
            runtime.shutdown_timeout(Duration::from_millis(500));
        })
}

/// Waits for Ctrl-C or SIGTERM.
async fn shutdown_requested() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
