use skipstone::task;

#[task]
fn name() -> &'static str {
    "name"
}

fn main() {
    name();
}

// Fix: return an owned value, such as `String`.
