//! The scenario, whose wiring the compiler checks.

use crate::algos::{
    featurization_and_segmentation, high_value_cust_summary_statistics, preprocess_and_score,
    segment_analysis,
};
use crate::model::{Customer, Metric, Statistic};
use skipstone::{CsvFile, scenario};

scenario! {
    /// Scores customers, segments them and summarises the high-value segment.
    pub CustomerAnalysis {
        /// The raw export: one line for each customer.
        input path_to_data: CsvFile<Customer> = "data/customers.csv";
        /// A customer who spends more than this is a high spender.
        input payment_threshold: f64 = 1_000.0;
        /// A customer who scores more than this is of high value.
        input score_threshold: f64 = 1.5;
        /// The metric that summarises each column of a segment.
        input metric: Metric = Metric::Mean;
        /// The statistic that summarises the purchases of high-value customers.
        input summary_statistic_type: Statistic = Statistic::Median;

        scored_df = preprocess_and_score(path_to_data);
        segmented_customer_df = featurization_and_segmentation(scored_df, payment_threshold, score_threshold);
        segment_result = segment_analysis(segmented_customer_df, metric);
        #[kpi(field = average_purchase_high_value, better = higher, unit = "$")]
        #[kpi(field = median_score_high_value, better = higher)]
        high_value_summary_df =
            high_value_cust_summary_statistics(segmented_customer_df, segment_result, summary_statistic_type);
    }
}
