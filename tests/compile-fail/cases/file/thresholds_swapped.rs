use skipstone::scenario;

scenario!(pub Swapped from "thresholds_swapped.toml");

fn main() {}

// Fix: put the arguments in the order of the parameters, or name the parameters.
