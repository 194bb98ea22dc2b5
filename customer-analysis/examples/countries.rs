//! The command line of a scenario that uses the customer analysis twice:
//! `cargo run -p customer-analysis --example countries -- --set german_customers=… --set french_customers=…`.

use customer_analysis::countries::Countries;
use skipstone::cli::Cli;
use skipstone_studio::WithStudio;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::<Countries>::new().studio().main()
}
