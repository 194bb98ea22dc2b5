//! The command line of the customer analysis over monthly files:
//! `cargo run -p customer-analysis --example monthly`, in a folder with `months/2026-01.csv` and so on.

use customer_analysis::monthly::Monthly;
use skipstone::cli::Cli;
use skipstone_studio::WithStudio;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::<Monthly>::new().studio().main()
}
