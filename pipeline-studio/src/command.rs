//! `studio`

use crate::project::Studio;
use crate::server::{self, Server};
use clap::Args;
use skipstone::ScenarioType;
use skipstone::cli::{Cli, Project};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Opens a page on which scenarios are seen, run, compared and edited
#[derive(Debug, Clone, Args)]
pub struct StudioArguments {
    /// The port; 0 takes one that is free
    #[arg(long, default_value_t = 8_642)]
    port: u16,
    /// Listens on this address of the machine, and not only for programs on it: whoever has the link can run the
    /// program's tasks and read its store, and the connection is not encrypted
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// Does not open a browser
    #[arg(long)]
    no_open: bool,
}

/// Gives a command line the Studio.
pub trait WithStudio {
    /// Adds the command `studio`.
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
            "warning: listening on {address}: whoever reaches it and has the link below can run the tasks of this program, \
             read and change its store and its scenario files, and the connection is not encrypted"
        );
    }
    eprintln!("{program} studio is at {}", server.origin());
    eprintln!("  open  {url}   (good for one browser; the page makes more)");
    eprintln!("  curl -H \"Authorization: Bearer {}\" {}/api/project", server.key(), server.origin());
    eprintln!("  Ctrl-C ends it");
    if !arguments.no_open && address.is_loopback() {
        // Without a browser there is still the link.
        let _ = open::that_detached(&url);
    }
    server::run(server).map_err(Into::into)
}
