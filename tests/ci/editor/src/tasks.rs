use serde::Serialize;
use serde::de::DeserializeOwned;
use skipstone::task;

/// Splits the numbers.
#[task(skippable)]
pub fn split(numbers: &[f64], at: usize) -> (Vec<f64>, Vec<f64>) {
    (numbers[..at].to_vec(), numbers[at..].to_vec())
}

/// Sums the numbers.
#[task(skippable)]
pub fn total(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

/// A number with its score.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Scored {
    pub score: f64,
}

/// Scores the numbers.
#[task]
pub fn score(numbers: &[f64]) -> Result<Vec<Scored>, std::num::ParseIntError> {
    Ok(numbers.iter().map(|score| Scored { score: *score }).collect())
}

#[task(skippable)]
pub fn last<T: Clone + Serialize + DeserializeOwned + Send + Sync>(values: &[T]) -> Option<T> {
    values.last().cloned()
}

#[task(skippable)]
pub fn first(values: &[f64]) -> Option<f64> {
    values.first().copied()
}

#[task(skippable)]
pub fn negative(result: &Option<f64>) -> f64 {
    -result.unwrap_or_default()
}
