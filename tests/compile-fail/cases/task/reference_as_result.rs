use pipeline_core::task;

#[task]
fn name() -> &'static str {
    "name"
}

fn main() {
    name();
}
