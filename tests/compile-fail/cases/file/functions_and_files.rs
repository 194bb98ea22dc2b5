use skipstone::{scenario, task};

#[task]
fn numbers() -> Vec<f64> {
    Vec::new()
}

scenario!(Functions from "functions_and_files.toml");
scenario!(Unknown from "unknown_path.toml");
scenario!(Nowhere from "nowhere.toml");
scenario!(Number from 5);

fn main() {}

// Fix: write the path of a function that exists, relative to the crate; name a file in the folder of the package.
