//! Benchmarks of skipstone against hand-written polars, Taipy, DuckDB and dagx. See `README.md`.

mod compare;
mod compile;
mod known;
mod memory;
mod orders;
mod parts;
mod peers;
mod pipeline;
mod polars;
mod scenarios;
mod start;
mod steps;
mod sweep;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::path::PathBuf;

/// Generates the data, runs the peers in alternating order, and prints a table of medians and ratios.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Number of customers.
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// Number of runs of each peer.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Folder for the data and the Python peers.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data"), global = true)]
    data: PathBuf,
    /// Folder for the raw results.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results"))]
    results: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one peer's steps on a file and prints the measurements as JSON.
    Peer {
        /// `pipeline` or `polars`.
        peer: String,
        /// The CSV file.
        file: PathBuf,
    },
    /// Plans and submits chains of tasks whose results are all known, each in a new process.
    Known {
        /// Number of tasks.
        #[arg(long, default_values_t = [1_000, 10_000, 100_000])]
        tasks: Vec<usize>,
        #[arg(long, hide = true, requires = "folder")]
        part: Option<known::Part>,
        #[arg(long, hide = true)]
        folder: Option<PathBuf>,
    },
    /// Starts the worked example 101 times, with nothing to do.
    Start,
    /// Lists 10,000 scenarios, and creates and runs one more in the same store and in an empty one.
    Scenarios {
        #[arg(long, hide = true, requires = "folder")]
        part: Option<scenarios::Part>,
        #[arg(long, hide = true)]
        folder: Option<PathBuf>,
    },
    /// Compiles 5 to 1,000 tasks and the same functions without macros, and prints time and size per task.
    Compile,
    /// Joins, windows, aggregates and sorts orders with dates, decimals, categories and strings.
    Orders {
        /// Number of orders. There is one customer per 20 orders.
        #[arg(long, default_value_t = 20_000_000)]
        rows: u64,
        /// Number of runs of each peer.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// Runs nodes with many parts: 10,000 files, 1,000 large parts of which one changes, 100,000 small ones.
    Parts {
        #[arg(long, hide = true, requires = "folder")]
        part: Option<parts::Part>,
        #[arg(long, hide = true)]
        folder: Option<PathBuf>,
    },
    /// Sweeps 1,000 scenarios of the customer analysis, beside hand-written polars loops over the grid.
    Sweep {
        /// Number of customers.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        /// Number of runs of each peer.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// Runs one peer's steps on the files of orders and prints the measurements as JSON.
    #[command(hide = true)]
    OrdersPeer {
        /// `pipeline`, `unordered` or `polars`.
        peer: String,
        /// The folder with the files.
        folder: PathBuf,
    },
    /// Runs the steps under a memory limit and compares the figures with those of DuckDB without a limit.
    Memory {
        /// Number of customers. 20 million are 630 MB.
        #[arg(long, default_value_t = 20_000_000)]
        rows: u64,
        /// Memory limit, in MiB.
        #[arg(long, default_value_t = 128)]
        limit: u64,
        /// Peer to run. The pipeline must succeed; for other peers, the exit status is printed.
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
        Some(Command::Parts { part: Some(part), folder: Some(folder) }) => parts::part(part, &folder),
        Some(Command::Parts { .. }) => parts::parts(&data),
        Some(Command::Sweep { rows, rounds }) => sweep::sweep(rows, rounds, &data),
        Some(Command::Orders { rows, rounds }) => orders::compare(rows, rounds, &data),
        Some(Command::OrdersPeer { peer, folder }) => orders::peer(&peer, &folder),
        Some(Command::Peer { peer, file }) => {
            let measured = match peer.as_str() {
                "pipeline" => pipeline::run(&file)?,
                "polars" => polars::run(&file)?,
                other => return Err(format!("this program has no peer `{other}`").into()),
            };
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
    }
}
