use skipstone::Row;

#[derive(Row)]
#[row(view_of = Orders)]
struct Unknown {
    id: u64,
}

struct Plain {
    id: u64,
}

#[derive(Row)]
#[row(view_of = Plain)]
struct OfPlain {
    id: u64,
}

#[derive(Row)]
struct Whole {
    #[row(flatten)]
    plain: Plain,
}

fn main() {}

// Fix: derive `Row` for the type that the view refers to.
