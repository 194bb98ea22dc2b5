//! The `studio` command.

use crate::project::Studio;
use crate::server::{self, Server};
use clap::Args;
use skipstone::ScenarioType;
use skipstone::cli::{Cli, Project};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Opens a web page for viewing, running, comparing and editing scenarios
#[derive(Debug, Clone, Args)]
pub struct StudioArguments {
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8_642)]
    port: u16,
    /// Listens on this address instead of on this machine only: anyone who has the link can run the program's tasks
    /// and read its store, and the connection is not encrypted
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// Don't open a browser
    #[arg(long)]
    no_open: bool,
}

/// Extends a command line with the Studio.
pub trait WithStudio {
    /// Adds the `studio` command.
    fn studio(self) -> Self;
}

impl<S: ScenarioType> WithStudio for Cli<S> {
    fn studio(self) -> Cli<S> {
        self.project_command("studio", serve)
    }
}

fn serve(arguments: StudioArguments, project: Project) -> Result<(), Box<dyn Error>> {
    let address = arguments.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let program = project.program.clone();
    let studio = Studio::open(project)?;
    let server = Server::bind(Arc::new(studio), SocketAddr::new(address, arguments.port))?;
    let url = server.link();
    if !address.is_loopback() {
        eprintln!(
            "warning: listening on {address}: anyone who can reach it and has the link below can run this program's \
             tasks and read and change its store and scenario files; the connection is not encrypted"
        );
    }
    eprintln!("{program} studio is at {}", server.origin());
    eprintln!("  open  {url}   (works in one browser; the page creates more links)");
    eprintln!("  curl -H \"Authorization: Bearer {}\" {}/api/project", server.key(), server.origin());
    eprintln!("  Ctrl-C stops it");
    if !arguments.no_open && address.is_loopback() {
        // Failing to open a browser is not an error: the link was printed.
        let _ = open::that_detached(&url);
    }
    server::run(server).map_err(Into::into)
}
