use pipeline_core::Row;

#[derive(Row)]
struct Lists {
    values: Vec<f64>,
}

fn main() {
    let Lists { values: _ } = Lists { values: Vec::new() };
}
