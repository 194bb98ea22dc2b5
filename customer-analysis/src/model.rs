//! The row types of the tables, and the choices of an analyst.

use serde::{Deserialize, Serialize};
use skipstone::Row;
use std::fmt;

/// A customer in the raw export.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Customer {
    /// The total amount that the customer paid.
    pub total_purchase_amount: Option<f64>,
    /// The number of purchases.
    pub number_of_purchases: Option<i64>,
    /// The mean of the customer's reviews, 1 to 5.
    pub average_review_score: Option<f64>,
    /// The days from the first purchase to the last.
    pub total_purchase_time: Option<f64>,
}

/// A customer with a score.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Scored {
    /// 0.5·amount/1000 + 0.3·purchases/10 + 0.2·review.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// The total amount that the customer paid.
    pub total_purchase_amount: Option<f64>,
    /// The number of purchases.
    pub number_of_purchases: Option<i64>,
    /// The days from the first purchase to the last.
    pub total_purchase_time: Option<f64>,
}

/// A customer with features and a segment.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Segmented {
    /// The customer's score.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// The total amount that the customer paid.
    pub total_purchase_amount: Option<f64>,
    /// The number of purchases.
    pub number_of_purchases: Option<i64>,
    /// The days from the first purchase to the last.
    pub total_purchase_time: Option<f64>,
    /// 1 if the customer paid more than the payment threshold, else 0.
    pub high_spender: i64,
    /// The days per purchase; missing if days and purchases are both 0.
    pub average_time_between_purchases: Option<f64>,
    /// Amount times purchases.
    #[row(rename = "Interaction1")]
    pub interaction_1: Option<f64>,
    /// Time times score.
    #[row(rename = "Interaction2")]
    pub interaction_2: Option<f64>,
    /// The square of the amount.
    pub polynomial_feature: Option<f64>,
    /// [`HIGH_VALUE`] or [`LOW_VALUE`].
    pub value_segment: String,
}

/// The columns of a customer that the summary reads. None of them depends on the payment threshold.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase", view_of = Segmented)]
pub struct Valued {
    /// The customer's score.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// The total amount that the customer paid.
    pub total_purchase_amount: Option<f64>,
    /// [`HIGH_VALUE`] or [`LOW_VALUE`].
    pub value_segment: String,
}

/// The segment of customers whose score is above the threshold.
pub const HIGH_VALUE: &str = "High Value";

/// The segment of all other customers, including those without a score.
pub const LOW_VALUE: &str = "Low Value";

/// A segment with the chosen metric of each column.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct SegmentResult {
    /// [`HIGH_VALUE`] or [`LOW_VALUE`].
    #[row(key)]
    pub value_segment: String,
    /// The metric of the scores.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// The metric of the amounts.
    pub total_purchase_amount: Option<f64>,
    /// The metric of the numbers of purchases.
    pub number_of_purchases: Option<f64>,
    /// The metric of the purchase times.
    pub total_purchase_time: Option<f64>,
    /// The number of high spenders in the segment.
    pub high_spender: i64,
    /// The metric of the days per purchase.
    pub average_time_between_purchases: Option<f64>,
}

/// The columns of a segment that the summary reads.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase", view_of = SegmentResult)]
pub struct SegmentAmount {
    /// [`HIGH_VALUE`] or [`LOW_VALUE`].
    pub value_segment: String,
    /// The metric of the amounts.
    pub total_purchase_amount: Option<f64>,
}

/// The summary of the high-value segment: one row.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Summary {
    /// The chosen [`Statistic`].
    pub summary_statistic_type: String,
    /// The chosen statistic of the amounts.
    pub average_purchase_high_value: Option<f64>,
    /// The median of the scores.
    pub median_score_high_value: Option<f64>,
    /// The amount of the high-value segment in the segment analysis.
    pub segment_analysis_high_value: Option<f64>,
}

/// The metric that summarises each column of a segment. Missing values are ignored, as in pandas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The sum.
    Sum,
    /// The sample standard deviation (divisor n − 1).
    Std,
}

/// The statistic that summarises the purchases of high-value customers. Missing values are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The largest value.
    Max,
    /// The smallest value.
    Min,
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Statistic::Mean => "mean",
            Statistic::Median => "median",
            Statistic::Max => "max",
            Statistic::Min => "min",
        })
    }
}
