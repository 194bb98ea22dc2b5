use skipstone::Row;

#[derive(Row)]
struct Order {
    id: u64,
}

#[derive(Row)]
struct Named {
    #[row(flatten, rename = "order")]
    order: Order,
}

#[derive(Row)]
struct Keyed {
    #[row(key, key)]
    id: u64,
}

#[derive(Row)]
#[row(view_off = Order)]
struct View {
    id: u64,
}

fn main() {}

#[derive(Row)]
#[excel(shet = "A")]
struct Sheet {
    #[row(path = "sales-*.csv")]
    day: String,
    #[row(path = "nmae", hive)]
    name: String,
    id: u64,
}

#[derive(Row)]
struct Text {
    #[row(flatten)]
    text: String,
}

#[derive(Row)]
struct OnlyPaths {
    #[row(path = "stem")]
    day: String,
}

// Fix: use the suggested option, each once; don't combine options that exclude each other.
