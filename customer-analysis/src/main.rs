//! The command line of the customer analysis.

use clap::Args;
use customer_analysis::CustomerAnalysis;
use customer_analysis::generate::generate;
use customer_analysis::model::SegmentResult;
use skipstone::Frame;
use skipstone::cli::Cli;
use skipstone_studio::WithStudio;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a CSV file of generated customers.
#[derive(Args)]
struct Generate {
    /// The number of customers.
    #[arg(long, default_value_t = 20_000)]
    rows: u64,
    /// The random seed; the same seed gives the same customers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The change in the number of high spenders from the first result to the second; `None` if one can't be read.
fn high_spender_difference(first: &Frame<SegmentResult>, second: &Frame<SegmentResult>) -> Option<i64> {
    let count = |table: &Frame<SegmentResult>| {
        Some(table.rows().ok()?.iter().map(|segment| segment.high_spender).sum::<i64>())
    };
    Some(count(second)? - count(first)?)
}

fn main() -> ExitCode {
    Cli::<CustomerAnalysis>::new()
        .command("generate", |arguments: Generate| {
            generate(arguments.rows, arguments.seed, &arguments.out)
                .map_err(|error| format!("can't write {}: {error}", arguments.out.display()))?;
            eprintln!("wrote {} customers to {}", arguments.rows, arguments.out.display());
            Ok(())
        })
        .comparator("segment_result", "difference in high spenders", high_spender_difference)
        .studio()
        .main()
}
