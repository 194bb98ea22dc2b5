use skipstone::task;

#[task]
fn name() -> &'static str {
    "name"
}

fn main() {
    name();
}

// Cure: return an owned value, such as `String`.
