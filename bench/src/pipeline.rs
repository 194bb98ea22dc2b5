//! The pipeline peer. It stores everything in a fresh store.

use crate::steps::{Measurements, run_steps};
use customer_analysis::CustomerAnalysis;
use skipstone::{CsvFile, Error, Store};
use std::path::Path;

pub(crate) fn run(data: &Path) -> Result<Measurements, Error> {
    let folder = tempfile::tempdir_in(data.parent().unwrap_or(Path::new(".")))
        .unwrap_or_else(|error| panic!("can't create a folder beside the data: {error}"));
    let store = Store::open(folder.path().join("store"))?;
    let mut scenario = None;
    run_steps(|_, settings| {
        let scenario = match scenario.take() {
            Some(created) => scenario.insert(created),
            None => {
                let created = CustomerAnalysis::create(&store, "bench")?;
                created.path_to_data.write(CsvFile::new(data))?;
                scenario.insert(created)
            }
        };
        scenario.payment_threshold.write(settings.payment_threshold)?;
        scenario.score_threshold.write(settings.score_threshold)?;
        scenario.metric.write(settings.metric)?;
        scenario.summary_statistic_type.write(settings.statistic)?;
        scenario.submit()?;
        let summary = scenario.high_value_summary_df.read()?.rows()?;
        let row = &summary[0];
        Ok(Some(
            [row.average_purchase_high_value, row.median_score_high_value, row.segment_analysis_high_value]
                .map(|figure| figure.unwrap_or(f64::NAN)),
        ))
    })
}
