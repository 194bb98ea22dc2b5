use pipeline_core::scenario;

scenario!(pub Swapped from "two_tables_swapped.toml");

fn main() {}
