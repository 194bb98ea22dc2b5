//! Items that the cases share: tasks in another crate than the scenario that calls them.
//!
//! The tables here replace `skipstone::Frame`, which would need polars.

use serde::{Deserialize, Serialize};
use skipstone::__private::{TableType, Viewed};
use skipstone::{Row, task};
use std::marker::PhantomData;

/// A table with rows of type `R`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Frame<R>(PhantomData<fn() -> R>);

impl<R: Row> Viewed for Frame<R> {
    const TYPE: TableType = TableType { columns: R::COLUMNS, row: R::IDENTITY, view_of: R::VIEW_OF };
}

/// A customer with a segment.
#[derive(Row)]
pub struct Segmented {
    /// The segment.
    pub segment: String,
}

/// A segment with its mean.
#[derive(Row)]
pub struct SegmentResult {
    /// The mean.
    pub mean: f64,
}

/// Reads customers and segments them.
#[task(skippable)]
pub fn segment(path: &str, payment_threshold: f64, score_threshold: f64) -> Frame<Segmented> {
    let _ = (path, payment_threshold, score_threshold);
    Frame(PhantomData)
}

/// Analyses each segment.
#[task(skippable)]
pub fn analyse(segmented: &Frame<Segmented>) -> Frame<SegmentResult> {
    let _ = segmented;
    Frame(PhantomData)
}

/// Summarises the high-value segment.
#[task(skippable)]
pub fn summarise(segmented: &Frame<Segmented>, analysis: &Frame<SegmentResult>) -> f64 {
    let _ = (segmented, analysis);
    0.0
}

/// The segments in any table that has some.
#[derive(Row)]
pub struct Segments {
    /// The segment.
    pub segment: String,
}

/// The segments in tables of customers only.
#[derive(Row)]
#[row(view_of = Segmented)]
pub struct CustomerSegments {
    /// The segment.
    pub segment: String,
}

/// Segments that are numbers.
#[derive(Row)]
pub struct NumberedSegments {
    /// The segment.
    pub segment: u32,
}

/// Counts the segments in any table that has some.
#[task(skippable)]
pub fn count(of: &Frame<Segments>) -> u64 {
    let _ = of;
    0
}

/// Counts the segments of customers.
#[task(skippable)]
pub fn count_customers(of: &Frame<CustomerSegments>) -> u64 {
    let _ = of;
    0
}

/// Counts numbered segments.
#[task(skippable)]
pub fn count_numbered(of: &Frame<NumberedSegments>) -> u64 {
    let _ = of;
    0
}

/// Splits numbers in two.
#[task]
pub fn split(numbers: &[f64], at: usize) -> (Vec<f64>, Vec<f64>) {
    let (left, right) = numbers.split_at(at);
    (left.to_vec(), right.to_vec())
}

/// Adds numbers up.
#[task]
pub fn total(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

mod country {
    use super::{Frame, SegmentResult, analyse, segment, summarise};
    use skipstone::scenario;

    scenario! {
        /// The segments of one country.
        pub Country {
            /// Its customers.
            input path: String;
            input payment_threshold: f64 = 1_000.0;
            input score_threshold: f64 = 1.5;
            /// A table in which no task can look.
            #[allow(unused)]
            input empty: Frame<SegmentResult> = Frame(std::marker::PhantomData);
            segmented = segment(path, payment_threshold, score_threshold);
            analysis = analyse(segmented);
            summary = summarise(segmented, analysis);
        }
    }
}

pub use country::{Country, CountryInputs};
