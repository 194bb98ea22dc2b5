use compile_fail_tests::segment;
use skipstone::scenario;

scenario!(Names from "names.toml");

fn main() {}
