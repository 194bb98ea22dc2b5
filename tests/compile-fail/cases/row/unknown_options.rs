use pipeline_core::Row;

#[derive(Row)]
#[row(rename_all = "pascalcase")]
struct Customer {
    #[row(renam = "ID")]
    id: String,
}

fn main() {
    let Customer { id: _ } = Customer { id: String::new() };
}
