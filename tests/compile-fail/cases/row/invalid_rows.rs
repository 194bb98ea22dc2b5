use skipstone::Row;

#[derive(Row)]
enum Kind {
    A,
}

#[derive(Row)]
struct Tuple(f64, f64);

#[derive(Row)]
struct Generic<T> {
    value: T,
}

#[derive(Row)]
struct Lists {
    values: Vec<f64>,
    #[row(rename = "values")]
    others: f64,
}

fn main() {
    let _ = (Kind::A, Tuple(0.0, 0.0).0 + Tuple(0.0, 0.0).1, Generic { value: 1.0 }.value);
    let Lists { values: _, others: _ } = Lists { values: Vec::new(), others: 0.0 };
}

// Fix: derive `Row` for a struct with named fields and without type parameters; use different column names.
