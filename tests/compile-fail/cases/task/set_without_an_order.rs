use pipeline_core::task;
use std::collections::HashSet;

#[task(skippable)]
fn words(text: &str) -> Result<HashSet<String>, std::num::ParseIntError> {
    Ok(text.split(' ').map(str::to_owned).collect())
}

#[task]
fn count(sets: &[HashSet<String>]) -> u64 {
    sets.iter().map(|set| set.len() as u64).sum()
}

fn main() {
    let words = words("a b").unwrap();
    assert_eq!(count(&[words]), 2);
}
