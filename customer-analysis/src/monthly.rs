//! The customers of each month in a file of their own: a changed month runs its own tasks, and the figures of all months are
//! computed from small sums of each.

use crate::algos::{featurization_and_segmentation, preprocess_and_score};
use crate::model::{Customer, Segmented};
use skipstone::polars::prelude::*;
use skipstone::{CsvFile, Frame, Parts, Result, Row, exact, scenario, task};

/// The sums of a segment in one month, as states that merge: see [`exact::partial`].
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct SegmentSums {
    /// [`HIGH_VALUE`](crate::model::HIGH_VALUE) or [`LOW_VALUE`](crate::model::LOW_VALUE).
    #[row(key)]
    pub value_segment: String,
    /// The state of the scores.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Vec<u8>,
    /// The state of the amounts.
    pub total_purchase_amount: Vec<u8>,
    /// The state of the numbers of purchases.
    pub number_of_purchases: Vec<u8>,
}

/// The means of a segment.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct SegmentMeans {
    /// [`HIGH_VALUE`](crate::model::HIGH_VALUE) or [`LOW_VALUE`](crate::model::LOW_VALUE).
    #[row(key)]
    pub value_segment: String,
    /// The number of customers with an amount.
    pub customers: i64,
    /// The mean of the scores.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// The mean of the amounts.
    pub total_purchase_amount: Option<f64>,
    /// The mean of the numbers of purchases.
    pub number_of_purchases: Option<f64>,
}

/// The columns that are summed up.
const SUMMED: [&str; 3] =
    [Segmented::CUSTOMER_SCORE, Segmented::TOTAL_PURCHASE_AMOUNT, Segmented::NUMBER_OF_PURCHASES];

/// Sums up the customers of one month by segment.
#[task(skippable)]
pub fn segment_sums(segmented: &Frame<Segmented>) -> Result<Frame<SegmentSums>> {
    let columns = SUMMED.map(|column| col(column).cast(DataType::Float64).alias(column));
    Ok(Frame::new(exact::partial(segmented.lazy(), [col(Segmented::VALUE_SEGMENT)], columns)?))
}

/// Computes the means of all customers from the sums of their months, to the last bit as from the customers themselves.
#[task(skippable)]
pub fn means_of_all(sums: &Parts<Frame<SegmentSums>>) -> Result<Frame<SegmentMeans>> {
    let months = sums.values().map(Frame::lazy);
    let segments = exact::merge(months, [col(SegmentSums::VALUE_SEGMENT)])?.agg([
        exact::count(col(SegmentSums::TOTAL_PURCHASE_AMOUNT)).alias(SegmentMeans::CUSTOMERS),
        exact::mean(col(SegmentSums::CUSTOMER_SCORE)).alias(SegmentMeans::CUSTOMER_SCORE),
        exact::mean(col(SegmentSums::TOTAL_PURCHASE_AMOUNT)).alias(SegmentMeans::TOTAL_PURCHASE_AMOUNT),
        exact::mean(col(SegmentSums::NUMBER_OF_PURCHASES)).alias(SegmentMeans::NUMBER_OF_PURCHASES),
    ])?;
    Ok(Frame::new(segments))
}

scenario! {
    /// Scores and segments the customers of each month, and computes the means of all months and of each quarter.
    pub Monthly {
        /// The raw exports: a file for each month, such as `2026-01.csv`.
        input exports: Parts<CsvFile<Customer>> = "months/*.csv";
        /// A customer who spends more than this is a high spender.
        input payment_threshold: f64 = 1_000.0;
        /// A customer who scores more than this is of high value.
        input score_threshold: f64 = 1.5;

        scored = preprocess_and_score(each exports);
        segmented = featurization_and_segmentation(each scored, payment_threshold, score_threshold);
        sums = segment_sums(each segmented);
        /// The means of the customers of all months.
        means = means_of_all(all sums);
        /// For each month, the means of the customers of this month and the two before it.
        trend = means_of_all(each last(3) sums);
    }
}
