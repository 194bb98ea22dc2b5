//! The four tasks: plain functions that can be unit-tested without the runtime.
//!
//! Missing values behave as in pandas: rows keep them, statistics ignore them, comparisons with them are false. NaN
//! counts as missing, wherever it comes from, such as 0/0 and ∞ − ∞.

use crate::model::{
    Customer, HIGH_VALUE, LOW_VALUE, Metric, Scored, SegmentAmount, SegmentResult, Segmented, Statistic,
    Summary, Valued,
};
use skipstone::polars::prelude::*;
use skipstone::{CsvFile, Frame, Result, exact, task};

/// Reads the raw export and scores every customer.
#[task(skippable)]
pub fn preprocess_and_score(path_to_data: &CsvFile<Customer>) -> Result<Frame<Scored>> {
    let score = exact::divide(lit(0.5) * col(Customer::TOTAL_PURCHASE_AMOUNT), lit(1_000.0))
        + exact::divide(lit(0.3) * float(Customer::NUMBER_OF_PURCHASES), lit(10.0))
        + lit(0.2) * col(Customer::AVERAGE_REVIEW_SCORE);
    Ok(Frame::new(path_to_data.scan()?.lazy().select([
        known(score).alias(Scored::CUSTOMER_SCORE),
        col(Customer::TOTAL_PURCHASE_AMOUNT).alias(Scored::TOTAL_PURCHASE_AMOUNT),
        col(Customer::NUMBER_OF_PURCHASES).alias(Scored::NUMBER_OF_PURCHASES),
        col(Customer::TOTAL_PURCHASE_TIME).alias(Scored::TOTAL_PURCHASE_TIME),
    ])))
}

/// Adds features and a segment to each scored customer.
#[task(skippable)]
pub fn featurization_and_segmentation(
    scored_df: &Frame<Scored>,
    payment_threshold: f64,
    score_threshold: f64,
) -> Frame<Segmented> {
    let amount = || known(col(Scored::TOTAL_PURCHASE_AMOUNT));
    let purchases = || float(Scored::NUMBER_OF_PURCHASES);
    let time = || known(col(Scored::TOTAL_PURCHASE_TIME));
    let score = || known(col(Scored::CUSTOMER_SCORE));

    let high_spender = amount().gt(lit(payment_threshold)).fill_null(lit(false)).cast(DataType::Int64);
    let segment = when(score().gt(lit(score_threshold))).then(lit(HIGH_VALUE)).otherwise(lit(LOW_VALUE));
    Frame::new(scored_df.lazy().with_columns([
        high_spender.alias(Segmented::HIGH_SPENDER),
        known(time() / purchases()).alias(Segmented::AVERAGE_TIME_BETWEEN_PURCHASES),
        known(amount() * purchases()).alias(Segmented::INTERACTION_1),
        known(time() * score()).alias(Segmented::INTERACTION_2),
        (amount() * amount()).alias(Segmented::POLYNOMIAL_FEATURE),
        segment.alias(Segmented::VALUE_SEGMENT),
    ]))
}

/// Summarises the customers of each segment with the metric.
#[task(skippable)]
pub fn segment_analysis(
    segmented_customer_df: &Frame<Segmented>,
    metric: Metric,
) -> Result<Frame<SegmentResult>> {
    let of = |column: &str| match metric {
        Metric::Mean => exact::mean(float(column)),
        Metric::Median => exact::median(float(column)),
        Metric::Min => exact::min(float(column)),
        Metric::Max => exact::max(float(column)),
        Metric::Sum => exact::sum(float(column)),
        Metric::Std => exact::std(float(column)),
    };
    let segments = exact::group_by(segmented_customer_df.lazy(), [col(Segmented::VALUE_SEGMENT)]).agg([
        of(Segmented::CUSTOMER_SCORE).alias(SegmentResult::CUSTOMER_SCORE),
        of(Segmented::TOTAL_PURCHASE_AMOUNT).alias(SegmentResult::TOTAL_PURCHASE_AMOUNT),
        of(Segmented::NUMBER_OF_PURCHASES).alias(SegmentResult::NUMBER_OF_PURCHASES),
        of(Segmented::TOTAL_PURCHASE_TIME).alias(SegmentResult::TOTAL_PURCHASE_TIME),
        exact::sum(col(Segmented::HIGH_SPENDER)).alias(SegmentResult::HIGH_SPENDER),
        of(Segmented::AVERAGE_TIME_BETWEEN_PURCHASES).alias(SegmentResult::AVERAGE_TIME_BETWEEN_PURCHASES),
    ])?;
    Ok(Frame::new(segments))
}

/// Summarises the high-value customers in one row, from views of both tables. Without high-value customers, the figures
/// are missing.
#[task(skippable)]
pub fn high_value_cust_summary_statistics(
    segmented_customer_df: &Frame<Valued>,
    segment_result: &Frame<SegmentAmount>,
    summary_statistic_type: Statistic,
) -> Result<Frame<Summary>> {
    let amount = col(Valued::TOTAL_PURCHASE_AMOUNT);
    let statistic = match summary_statistic_type {
        Statistic::Mean => exact::mean(amount),
        Statistic::Median => exact::median(amount),
        Statistic::Max => exact::max(amount),
        Statistic::Min => exact::min(amount),
    };
    let customers = segmented_customer_df.lazy().filter(col(Valued::VALUE_SEGMENT).eq(lit(HIGH_VALUE)));
    let customers = exact::select(
        customers,
        [
            statistic.alias(Summary::AVERAGE_PURCHASE_HIGH_VALUE),
            exact::median(col(Valued::CUSTOMER_SCORE)).alias(Summary::MEDIAN_SCORE_HIGH_VALUE),
        ],
    )?;
    // A segment result has at most two rows: it is read here, and its value becomes a constant in the query plan.
    let segment = segment_result.rows()?.into_iter().find(|segment| segment.value_segment == HIGH_VALUE);
    let analysis = match segment.and_then(|segment| segment.total_purchase_amount) {
        Some(amount) => lit(amount),
        None => lit(NULL).cast(DataType::Float64),
    };
    Ok(Frame::new(customers.with_columns([
        lit(summary_statistic_type.to_string()).alias(Summary::SUMMARY_STATISTIC_TYPE),
        analysis.alias(Summary::SEGMENT_ANALYSIS_HIGH_VALUE),
    ])))
}

/// A column of integers as floats, for calculations.
fn float(column: &str) -> Expr {
    col(column).cast(DataType::Float64)
}

/// Replaces NaN with a missing value: polars considers NaN greater than any number.
fn known(number: Expr) -> Expr {
    number.fill_nan(lit(NULL))
}

#[cfg(test)]
mod tests;
