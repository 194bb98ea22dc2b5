//! Arguments are read from the store, and results go there: both own their parts.

use skipstone::task;
use std::borrow::Cow;

#[task]
fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

#[task]
fn first(words: Vec<&str>) -> usize {
    words.len()
}

#[task]
fn title(name: Option<&str>) -> String {
    name.unwrap_or_default().into()
}

#[task]
fn cowed(text: Cow<'_, str>) -> Cow<'static, str> {
    text.into_owned().into()
}

#[task]
fn forever(text: &'static str) -> usize {
    text.len()
}

#[task]
fn unsized_one(text: str) -> usize {
    text.len()
}

#[task]
fn nested(values: &Option<&Vec<f64>>) -> Option<Option<u8>> {
    values.map(|values| values.first().map(|_| 1))
}

fn main() {}

// Fix: take `&str`, `&[T]` or `&T` of an owned type, and return an owned value.
