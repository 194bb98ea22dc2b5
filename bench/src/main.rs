//! What the pipeline costs, beside hand-written polars, Taipy, DuckDB and dagx: see `README.md`.

mod compare;
mod compile;
mod known;
mod memory;
mod orders;
mod peers;
mod pipeline;
mod polars;
mod scenarios;
mod start;
mod steps;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::path::PathBuf;

/// Makes the data, runs the peers in turns, and prints a table of medians and ratios.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// How many customers.
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// How many times each peer runs.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where the data and the Python peers go.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data"), global = true)]
    data: PathBuf,
    /// Where the raw results go.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results"))]
    results: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Takes one peer's steps on a file, and prints how long they took as JSON.
    Peer {
        /// `pipeline` or `polars`.
        peer: String,
        /// The CSV file.
        file: PathBuf,
    },
    /// Plans and submits chains of tasks whose results are all known, each in a program of its own.
    Known {
        /// How many tasks.
        #[arg(long, default_values_t = [1_000, 10_000, 100_000])]
        tasks: Vec<usize>,
        #[arg(long, hide = true, requires = "folder")]
        part: Option<known::Part>,
        #[arg(long, hide = true)]
        folder: Option<PathBuf>,
    },
    /// Starts the worked example where nothing has to be done, 101 times.
    Start,
    /// Lists ten thousand scenarios, and creates and runs one more beside them.
    Scenarios {
        #[arg(long, hide = true, requires = "folder")]
        part: Option<scenarios::Part>,
        #[arg(long, hide = true)]
        folder: Option<PathBuf>,
    },
    /// Compiles a scenario of 500 statements, and says what each costs.
    Compile,
    /// Orders with dates, decimals, categories and texts: joined, windowed, aggregated and sorted.
    Orders {
        /// How many orders; 20 customers for each.
        #[arg(long, default_value_t = 20_000_000)]
        rows: u64,
        /// How many times each peer runs.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// Takes one peer's steps on the files of orders, and prints how long they took as JSON.
    #[command(hide = true)]
    OrdersPeer {
        /// `pipeline`, `unordered` or `polars`.
        peer: String,
        /// The folder with the files.
        folder: PathBuf,
    },
    /// Takes the steps under a memory limit, and compares the figures with those of DuckDB without one.
    Memory {
        /// How many customers; 20 million are 630 MB.
        #[arg(long, default_value_t = 20_000_000)]
        rows: u64,
        /// The limit, in MiB.
        #[arg(long, default_value_t = 128)]
        limit: u64,
        /// Which peer; the pipeline has to end well, of others the end is told.
        #[arg(long, default_value = "pipeline")]
        peer: String,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { command, rows, rounds, data, results } = Arguments::parse();
    match command {
        None => compare::compare(rows, rounds, &data, &results),
        Some(Command::Known { tasks, part: Some(part), folder: Some(folder) }) => {
            known::part(part, tasks[0], &folder)
        }
        Some(Command::Known { tasks, .. }) => known::known(&tasks),
        Some(Command::Start) => start::start(),
        Some(Command::Scenarios { part: Some(part), folder: Some(folder) }) => scenarios::part(part, &folder),
        Some(Command::Scenarios { .. }) => scenarios::scenarios(),
        Some(Command::Compile) => compile::compile(),
        Some(Command::Memory { rows, limit, peer }) => memory::limited(&peer, rows, limit, &data),
        Some(Command::Orders { rows, rounds }) => orders::compare(rows, rounds, &data),
        Some(Command::OrdersPeer { peer, folder }) => orders::peer(&peer, &folder),
        Some(Command::Peer { peer, file }) => {
            let said = match peer.as_str() {
                "pipeline" => pipeline::run(&file)?,
                "polars" => polars::run(&file)?,
                other => return Err(format!("there is no peer {other} in this program").into()),
            };
            println!("{}", serde_json::to_string(&said)?);
            Ok(())
        }
    }
}
