//! The server: its address, access control, and the page's files.

mod page;
mod watch;

pub use crate::guard::{Guard, NotAllowed};
pub use crate::problem::MAX_BODY_BYTES;

use crate::api;
use crate::project::Studio;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long runs may take to end when the server shuts down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// A server bound to an address.
pub struct Server {
    studio: Arc<Studio>,
    guard: Arc<Guard>,
    listener: TcpListener,
}

/// An error when the server is started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Binding to the address failed.
    #[error(
        "can't listen on {address}: {source}; choose another port with `--port`, or `--port 0` for a free one"
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// Another operating system error, such as of threads or the source of randomness.
    #[error("can't start the server: {0}")]
    System(#[from] io::Error),
}

impl Server {
    /// Binds to an address.
    ///
    /// # Errors
    ///
    /// If the address is in use or does not belong to this machine.
    pub fn bind(studio: Arc<Studio>, address: SocketAddr) -> Result<Server, ServerError> {
        let listener =
            TcpListener::bind(address).map_err(|source| ServerError::Address { address, source })?;
        let address = listener.local_addr()?;
        let guard = Arc::new(Guard::new(address)?);
        Ok(Server { studio, guard, listener })
    }

    /// The server's origin, such as `http://127.0.0.1:8642`.
    pub fn origin(&self) -> String {
        self.guard.origin()
    }

    /// Creates a link that opens the page in one browser, once.
    pub fn link(&self) -> String {
        self.guard.link()
    }

    /// The key that programs send in `Authorization: Bearer KEY`.
    pub fn key(&self) -> &str {
        self.guard.key()
    }

    /// The routes: the API, its description, and the page's files.
    pub fn router(&self) -> Router {
        let state = api::State { studio: self.studio.clone(), guard: self.guard.clone() };
        let (api, description) = api::router(state);
        let description = Arc::new(description);
        Router::new()
            .merge(api)
            .route("/api/openapi.json", axum::routing::get(move || api::openapi(description.clone())))
            .fallback(page::file)
            .method_not_allowed_fallback(page::other_method)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(middleware::from_fn_with_state(self.guard.clone(), crate::guard::check))
    }
}

/// Serves until Ctrl-C or SIGTERM, then cancels the runs in progress and waits up to 10 seconds for them to end.
///
/// # Errors
///
/// If threads can't be started or the listener fails.
pub fn run(server: Server) -> Result<(), ServerError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime
        .block_on(async {
            let router = server.router();
            server.listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(server.listener.try_clone()?)?;
            watch::spawn(server.studio.clone());
            let early = server.studio.clone();
            // Laying out a large graph takes time, so it starts before the page requests it.
            tokio::task::spawn_blocking(move || early.draw_early());
            tokio::select! {
                served = axum::serve(listener, router) => served?,
                ended = shutdown_requested() => ended?,
            }
            let studio = &server.studio;
            if studio.live.under_way() > 0 {
                eprintln!("canceling the runs in progress; press Ctrl-C again to stop at once");
                studio.live.cancel_all();
                let begun = Instant::now();
                while studio.live.under_way() > 0 && begun.elapsed() < SHUTDOWN_TIMEOUT {
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_millis(50)) => {}
                        _ = shutdown_requested() => break,
                    }
                }
            }
            Ok(())
        })
        .inspect(|()| {
            // Threads get this long to end, so that the store is closed. Open event streams don't occupy a thread.
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
