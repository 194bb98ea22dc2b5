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
