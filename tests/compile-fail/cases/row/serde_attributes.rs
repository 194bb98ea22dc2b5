//! Attributes of serde that do not change the columns, and names that a column can't have.

use serde::{Deserialize, Serialize};
use skipstone::Row;

#[derive(Serialize, Deserialize, Row)]
#[serde(rename_all = "camelCase")]
struct Customer {
    #[serde(rename = "FIRST_NAME")]
    first_name: String,
    #[serde(skip)]
    note: String,
    #[serde(default, rename = "age")]
    #[row(rename = "age")]
    years: u32,
}

#[derive(Row)]
struct Names {
    #[row(rename = "")]
    empty: u8,
    #[row(rename = "two\nlines")]
    lines: u8,
    #[row(key = true)]
    id: u64,
    #[row(rename = Total)]
    total: f64,
    #[row(rename = "a", rename = "b")]
    twice: f64,
}

fn main() {}

// Fix: name columns with `#[row(…)]`.
