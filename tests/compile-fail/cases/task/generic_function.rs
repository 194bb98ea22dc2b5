use serde::Serialize;
use serde::de::DeserializeOwned;
use skipstone::task;

#[task]
fn repeated<const N: usize>(value: f64) -> Vec<f64> {
    vec![value; N]
}

#[task]
fn largest<'a, T: Ord + Clone + Serialize + DeserializeOwned + Send + Sync>(values: &'a [T]) -> Option<T> {
    values.iter().max().cloned()
}

#[task]
fn double(x: f64) -> f64
where
    f64: Copy,
{
    2.0 * x
}

#[task]
fn count<T>(values: &Vec<T>) -> usize {
    values.len()
}

fn main() {
    repeated::<2>(1.0);
    largest(&[1]);
    double(1.0);
    count(&vec![1]);
}

// Fix: take the constant as a parameter `n: usize`; remove the lifetime and the `where` clause; add the bounds of a type that can be stored.
