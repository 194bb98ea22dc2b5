use pipeline_core::scenario;

scenario!(pub Swapped from "thresholds_swapped.toml");

fn main() {}
