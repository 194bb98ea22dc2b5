//! The command line of the customer analysis over monthly files:
//! `cargo run -p customer-analysis --example monthly -- --set 'exports=data/*.csv'`.

use customer_analysis::monthly::Monthly;
use skipstone::cli::Cli;
use skipstone_studio::WithStudio;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::<Monthly>::new().studio().main()
}
