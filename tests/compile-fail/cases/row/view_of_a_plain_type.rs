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
struct Text {
    #[row(flatten)]
    text: String,
}

fn main() {}

// Fix: derive `Row` for the type that the view refers to.
