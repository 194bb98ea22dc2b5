use compile_fail_tests::segment;
use skipstone::scenario;

scenario!(Names from "names.toml");

fn main() {}

// Fix: use the suggested key or name; give each node one task; break the cycle; give the file and the macro the same name.
