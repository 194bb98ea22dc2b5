//! What the tables hold, and the choices an analyst has.

use serde::{Deserialize, Serialize};
use skipstone::Row;
use std::fmt;

/// A customer of the raw export.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Customer {
    /// What the customer paid in all.
    pub total_purchase_amount: Option<f64>,
    /// How often the customer bought.
    pub number_of_purchases: Option<i64>,
    /// The mean of the customer's reviews, 1 to 5.
    pub average_review_score: Option<f64>,
    /// The days between the first purchase and the last.
    pub total_purchase_time: Option<f64>,
}

/// A customer with a score.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Scored {
    /// 0.5·amount/1000 + 0.3·purchases/10 + 0.2·review.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// What the customer paid in all.
    pub total_purchase_amount: Option<f64>,
    /// How often the customer bought.
    pub number_of_purchases: Option<i64>,
    /// The days between the first purchase and the last.
    pub total_purchase_time: Option<f64>,
}

/// A customer with features and a segment.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
pub struct Segmented {
    /// The score.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// What the customer paid in all.
    pub total_purchase_amount: Option<f64>,
    /// How often the customer bought.
    pub number_of_purchases: Option<i64>,
    /// The days between the first purchase and the last.
    pub total_purchase_time: Option<f64>,
    /// 1 for who paid more than the payment threshold, else 0.
    pub high_spender: i64,
    /// Days for each purchase; missing where there is neither time nor purchase.
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

/// What the summary reads of a customer: nothing that the payment threshold changes.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase", view_of = Segmented)]
pub struct Valued {
    /// The score.
    #[row(rename = "CUSTOMER_SCORE")]
    pub customer_score: Option<f64>,
    /// What the customer paid in all.
    pub total_purchase_amount: Option<f64>,
    /// [`HIGH_VALUE`] or [`LOW_VALUE`].
    pub value_segment: String,
}

/// The segment of customers whose score is above the threshold.
pub const HIGH_VALUE: &str = "High Value";

/// The segment of all others, also of those without a score.
pub const LOW_VALUE: &str = "Low Value";

/// A segment, with the chosen metric of each column.
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
    /// The metric of the times.
    pub total_purchase_time: Option<f64>,
    /// How many high spenders the segment has.
    pub high_spender: i64,
    /// The metric of the days for each purchase.
    pub average_time_between_purchases: Option<f64>,
}

/// What the summary reads of a segment.
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
    /// That statistic of the amounts.
    pub average_purchase_high_value: Option<f64>,
    /// The median of the scores.
    pub median_score_high_value: Option<f64>,
    /// The amount in the segment's row of the segment analysis.
    pub segment_analysis_high_value: Option<f64>,
}

/// How the columns of a segment are summed up. Missing values are left out, as pandas does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The sum.
    Sum,
    /// The standard deviation of a sample (divided by n − 1).
    Std,
}

/// How the purchases of high-value customers are summed up. Missing values are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The greatest value.
    Max,
    /// The least value.
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
