use skipstone::scenario;

fn plain(sum: f64) -> f64 {
    sum
}

scenario!(Types from "types_and_values.toml");

fn main() {
    plain(1.0);
}
