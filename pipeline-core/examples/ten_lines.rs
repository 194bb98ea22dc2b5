//! A whole pipeline in ten lines: `cargo run -p skipstone --example ten_lines`, twice.

use skipstone::{Store, report::RunText, scenario, task};

#[task(skippable)]
fn squares(up_to: u64) -> Vec<u64> {
    (1..=up_to).map(|n| n * n).collect()
}

#[task(skippable)]
fn total(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

scenario! { pub Squares { input up_to: u64 = 10; squares = squares(up_to); total = total(squares); } }

fn main() -> skipstone::Result<()> {
    let scenario = Squares::open_or_create(&Store::open(".pipeline/ten_lines")?, "first")?;
    println!("{}", RunText::new(&scenario.submit()?));
    println!("total: {}", scenario.total.read()?);
    Ok(())
}
