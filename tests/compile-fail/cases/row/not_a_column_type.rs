use skipstone::Row;
use std::collections::BTreeMap;

#[derive(Row)]
struct Maps {
    values: BTreeMap<String, f64>,
}

fn main() {
    let Maps { values: _ } = Maps { values: BTreeMap::new() };
}

// Fix: use a column type, or a struct under `#[derive(Row)]`.
