use skipstone::scenario;

fn plain(sum: f64) -> f64 {
    sum
}

scenario!(Types from "types_and_values.toml");

fn main() {
    plain(1.0);
}

// Fix: pass nodes of the parameters' types; write defaults of the inputs' types; add `#[task]` to the function.
