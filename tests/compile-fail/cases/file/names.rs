use compile_fail_tests::segment;
use pipeline_core::scenario;

scenario!(Names from "names.toml");

fn main() {}
