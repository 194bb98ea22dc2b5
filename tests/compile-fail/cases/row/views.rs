use skipstone::Row;

#[derive(Row)]
struct Order {
    id: u64,
    price: Option<f64>,
    buyer: String,
}

#[derive(Row)]
#[row(view_of = Order)]
struct Prices {
    id: u64,
    prize: Option<f64>,
    price: f64,
    buyer: u32,
}

#[derive(Row)]
struct Priced {
    #[row(flatten)]
    order: Order,
    id: u64,
}

fn main() {}

// Fix: use columns of the table with their types; make a field an `Option` if the column may have missing values.
