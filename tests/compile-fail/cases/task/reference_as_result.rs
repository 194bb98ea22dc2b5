use skipstone::task;

#[task]
fn name() -> &'static str {
    "name"
}

fn main() {
    name();
}
