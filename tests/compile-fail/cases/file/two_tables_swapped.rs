use skipstone::scenario;

scenario!(pub Swapped from "two_tables_swapped.toml");

fn main() {}
