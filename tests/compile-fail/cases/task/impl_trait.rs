use skipstone::task;

#[task]
fn numbers(up_to: impl Into<u64>) -> impl Iterator<Item = u64> {
    0..up_to.into()
}

fn main() {
    numbers(3_u8);
}

// Fix: write the type.
