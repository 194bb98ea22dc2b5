use skipstone::scenario;

scenario!(pub Swapped from "two_tables_swapped.toml");

fn main() {}

// Fix: put the arguments in the order of the parameters.
