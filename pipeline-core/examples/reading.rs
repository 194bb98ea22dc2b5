//! The example of the README: two tasks, a scenario and a command line.
//!
//! `cargo run -p skipstone --features cli --example reading`

use skipstone::{scenario, task};

/// Splits a text into words, without punctuation.
#[task(skippable)]
fn split_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Counts the words of at least `length` letters.
#[task(skippable)]
fn count_long(words: &[String], length: usize) -> usize {
    words.iter().filter(|word| word.chars().count() >= length).count()
}

scenario! {
    /// How many long words a text has.
    pub Reading {
        input text: String = "To be, or not to be, that is the question";
        input length: usize = 4;

        words = split_words(text);
        long_words = count_long(words, length);
    }
}

fn main() -> std::process::ExitCode {
    skipstone::cli::main::<Reading>()
}
