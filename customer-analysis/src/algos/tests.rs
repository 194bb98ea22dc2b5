//! Calls the tasks as functions, on a few customers.

use super::*;

fn scored(score: Option<f64>, amount: Option<f64>, purchases: Option<i64>, time: Option<f64>) -> Scored {
    Scored {
        customer_score: score,
        total_purchase_amount: amount,
        number_of_purchases: purchases,
        total_purchase_time: time,
    }
}

fn segmented(rows: &[Scored]) -> Vec<Segmented> {
    featurization_and_segmentation(&Frame::from_rows(rows), 1_000.0, 1.5).rows().expect("rows")
}

#[test]
fn features_are_calculated() {
    let rows = segmented(&[scored(Some(2.0), Some(1_500.0), Some(3), Some(60.0))]);
    let expected = Segmented {
        customer_score: Some(2.0),
        total_purchase_amount: Some(1_500.0),
        number_of_purchases: Some(3),
        total_purchase_time: Some(60.0),
        high_spender: 1,
        average_time_between_purchases: Some(20.0),
        interaction_1: Some(4_500.0),
        interaction_2: Some(120.0),
        polynomial_feature: Some(2_250_000.0),
        value_segment: HIGH_VALUE.into(),
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn a_value_equal_to_the_threshold_is_not_above_it() {
    let rows = segmented(&[scored(Some(1.5), Some(1_000.0), Some(1), Some(1.0))]);
    assert_eq!((rows[0].high_spender, rows[0].value_segment.as_str()), (0, LOW_VALUE));
}

#[test]
fn missing_values_stay_missing_and_a_missing_score_is_low_value() {
    let rows = segmented(&[scored(None, None, Some(2), Some(4.0))]);
    assert_eq!((rows[0].high_spender, rows[0].value_segment.as_str()), (0, LOW_VALUE));
    assert_eq!(rows[0].average_time_between_purchases, Some(2.0));
    assert_eq!(
        (rows[0].interaction_1, rows[0].interaction_2, rows[0].polynomial_feature),
        (None, None, None)
    );
}

#[test]
fn zero_divided_by_zero_is_missing_and_anything_else_divided_by_zero_is_infinite() {
    let rows = segmented(&[
        scored(Some(1.0), Some(1.0), Some(0), Some(0.0)),
        scored(Some(1.0), Some(1.0), Some(0), Some(5.0)),
    ]);
    let between: Vec<_> = rows.iter().map(|row| row.average_time_between_purchases).collect();
    assert_eq!(between, [None, Some(f64::INFINITY)]);
}

#[test]
fn nan_is_missing_and_not_above_a_threshold() {
    let nan = Some(f64::NAN);
    let rows = segmented(&[
        scored(nan, nan, Some(1), nan),
        scored(Some(2.0), Some(f64::INFINITY), Some(0), Some(f64::INFINITY)),
    ]);
    assert_eq!((rows[0].high_spender, rows[0].value_segment.as_str()), (0, LOW_VALUE));
    assert_eq!((rows[0].average_time_between_purchases, rows[0].polynomial_feature), (None, None));
    assert_eq!((rows[1].high_spender, rows[1].interaction_1), (1, None), "∞ · 0");

    // Every spelling of NaN in a file; the score of the last line is ∞ − ∞.
    let folder = std::env::temp_dir().join(format!("customers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("customers.csv");
    let header = "TotalPurchaseAmount,NumberOfPurchases,AverageReviewScore,TotalPurchaseTime";
    let lines = ["Nan,1,1,1", "nAn,1,1,1", "+NaN,1,1,1", "-NAN,1,1,1", "inf,1,-inf,1"].join("\n");
    std::fs::write(&path, format!("{header}\n{lines}\n")).expect("written");
    let table = preprocess_and_score(&CsvFile::new(&path)).expect("a table");
    let table = featurization_and_segmentation(&table, 1_000.0, 1.5);
    let rows = table.rows().expect("rows");
    std::fs::remove_dir_all(&folder).expect("removed");
    assert!(rows.iter().all(|row| row.customer_score.is_none() && row.value_segment == LOW_VALUE));
    assert_eq!(rows.iter().map(|row| row.high_spender).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
    for metric in [Metric::Mean, Metric::Median, Metric::Std, Metric::Sum] {
        let segments = segment_analysis(&table, metric).expect("a table").rows().expect("rows");
        assert!(segments.iter().all(|segment| segment.customer_score.is_none_or(|score| !score.is_nan())));
    }
}

#[test]
fn every_metric_ignores_missing_values() {
    let customers = [
        scored(Some(2.0), Some(10.0), Some(1), Some(1.0)),
        scored(Some(3.0), None, Some(3), Some(2.0)),
        scored(Some(4.0), Some(40.0), Some(8), Some(3.0)),
    ];
    let table = featurization_and_segmentation(&Frame::from_rows(&customers), 20.0, 1.5);
    for (metric, amount, purchases) in [
        (Metric::Mean, 25.0, 4.0),
        (Metric::Median, 25.0, 3.0),
        (Metric::Min, 10.0, 1.0),
        (Metric::Max, 40.0, 8.0),
        (Metric::Sum, 50.0, 12.0),
        (Metric::Std, 450.0_f64.sqrt(), 13.0_f64.sqrt()),
    ] {
        let rows = segment_analysis(&table, metric).expect("a table").rows().expect("rows");
        assert_eq!(rows.len(), 1);
        let near = |value: Option<f64>, expected: f64| (value.expect("a value") - expected).abs() < 1e-12;
        assert!(near(rows[0].total_purchase_amount, amount), "{metric:?}: {rows:?}");
        assert!(near(rows[0].number_of_purchases, purchases), "{metric:?}: {rows:?}");
        assert_eq!(rows[0].high_spender, 1);
    }
}

#[test]
fn without_high_value_customers_the_summary_is_a_row_of_missing_values() {
    let table =
        featurization_and_segmentation(&Frame::from_rows(&[scored(Some(1.0), None, None, None)]), 1.0, 9.0);
    for statistic in [Statistic::Mean, Statistic::Median, Statistic::Max, Statistic::Min] {
        let segments = segment_analysis(&table, Metric::Mean).expect("segments");
        let summary = summarised(&table, &segments, statistic);
        let expected = Summary {
            summary_statistic_type: statistic.to_string(),
            average_purchase_high_value: None,
            median_score_high_value: None,
            segment_analysis_high_value: None,
        };
        assert_eq!(summary.rows().expect("rows"), [expected]);
    }
}

#[test]
fn no_customers_give_no_segments_and_a_summary_of_one_row() {
    let table = featurization_and_segmentation(&Frame::from_rows(&[]), 1.0, 1.0);
    let segments = segment_analysis(&table, Metric::Std).expect("segments");
    assert_eq!(segments.rows().expect("rows"), []);
    let summary = summarised(&table, &segments, Statistic::Mean);
    assert_eq!(summary.rows().expect("rows").len(), 1);
}

/// Returns the summary of these tables, through their views.
fn summarised(
    table: &Frame<Segmented>,
    segments: &Frame<SegmentResult>,
    statistic: Statistic,
) -> Frame<Summary> {
    let (customers, amounts) = (table.view().expect("its columns"), segments.view().expect("its columns"));
    high_value_cust_summary_statistics(&customers, &amounts, statistic).expect("a summary")
}
