use skipstone::scenario;

scenario!(pub Swapped from "thresholds_swapped.toml");

fn main() {}
