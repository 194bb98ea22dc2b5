//! Two countries: the same scenario is used twice, as subscenarios of another.

use crate::model::{Customer, Summary};
use crate::scenario::CustomerAnalysis;
use skipstone::{CsvFile, Frame, Result, Row, scenario, task};

/// The high-value customers of two countries.
#[derive(Row, Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The statistic of the German purchases.
    pub germany: Option<f64>,
    /// The statistic of the French purchases.
    pub france: Option<f64>,
    /// The German statistic minus the French one.
    pub difference: Option<f64>,
}

/// Compares the purchases of high-value customers in two countries.
#[task(skippable)]
pub fn compare_countries(germany: &Frame<Summary>, france: &Frame<Summary>) -> Result<Frame<Comparison>> {
    let purchase = |summary: &Frame<Summary>| {
        // A summary has one row.
        Ok::<_, skipstone::Error>(summary.rows()?.first().and_then(|row| row.average_purchase_high_value))
    };
    let (germany, france) = (purchase(germany)?, purchase(france)?);
    let difference = germany.zip(france).map(|(germany, france)| germany - france);
    Ok(Frame::from_rows(&[Comparison { germany, france, difference }]))
}

scenario! {
    /// Scores the customers of Germany and France by the same threshold of payments, and compares them.
    pub Countries {
        /// The raw export of the German customers.
        input german_customers: CsvFile<Customer>;
        /// The raw export of the French customers.
        input french_customers: CsvFile<Customer>;
        /// A customer who spends more than this is a high spender, in both countries.
        input payment_threshold: f64 = 1_000.0;

        /// The German customers.
        germany = CustomerAnalysis { path_to_data: german_customers, payment_threshold };
        /// The French customers, whose reviews are milder.
        france = CustomerAnalysis { path_to_data: french_customers, payment_threshold, score_threshold: 2.0 };
        comparison = compare_countries(germany.high_value_summary_df, france.high_value_summary_df);
    }
}
