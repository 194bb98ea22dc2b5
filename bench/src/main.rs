//! What the pipeline costs, beside hand-written polars, Taipy, DuckDB and dagx.

mod pipeline;
mod polars;
mod steps;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One peer's steps, as JSON.
    Peer { peer: String, data: PathBuf },
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Arguments::parse().command {
        Command::Peer { peer, data } => {
            let said = match peer.as_str() {
                "pipeline" => pipeline::run(&data)?,
                "polars" => polars::run(&data)?,
                other => return Err(format!("no peer {other}").into()),
            };
            println!("{}", serde_json::to_string(&said)?);
        }
    }
    Ok(())
}
