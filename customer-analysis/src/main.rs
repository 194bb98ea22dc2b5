//! The command line of the customer analysis.

use clap::Args;
use customer_analysis::CustomerAnalysis;
use customer_analysis::generate::generate;
use pipeline_core::cli::Cli;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a CSV file of made-up customers.
#[derive(Args)]
struct Generate {
    /// How many customers.
    #[arg(long, default_value_t = 20_000)]
    rows: u64,
    /// Another seed makes other customers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn main() -> ExitCode {
    Cli::<CustomerAnalysis>::new()
        .command("generate", |arguments: Generate| {
            generate(arguments.rows, arguments.seed, &arguments.out)
                .map_err(|error| format!("can't write {}: {error}", arguments.out.display()))?;
            eprintln!("wrote {} customers to {}", arguments.rows, arguments.out.display());
            Ok(())
        })
        .main()
}
