use skipstone::Row;

#[derive(Row)]
#[row(rename_all = "pascalcase")]
struct Customer {
    #[row(renam = "ID")]
    id: String,
}

fn main() {
    let Customer { id: _ } = Customer { id: String::new() };
}

#[derive(Row)]
#[csv(mising = ["-"])]
struct Country {
    name: String,
}

#[derive(Row)]
#[csv(missing = ["-"], short_lines = "fill")]
struct Town {
    name: String,
}

// Fix: use the suggested option.
