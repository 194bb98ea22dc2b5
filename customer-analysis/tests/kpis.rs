//! KPIs that can't be read.

use skipstone::{Frame, Row, events::Event, scenario, task, testing};
use std::sync::{Arc, Mutex};

#[derive(Row, Debug, PartialEq)]
struct Quality {
    accuracy: f64,
}

#[task(skippable)]
fn measured(rows: u32) -> Frame<Quality> {
    let rows: Vec<Quality> = (0..rows).map(|row| Quality { accuracy: f64::from(row) }).collect();
    Frame::from_rows(&rows)
}

scenario! {
    Measuring {
        input rows: u32 = 2;
        #[kpi(field = accuracy, better = higher)]
        quality = measured(rows);
    }
}

#[test]
fn an_unreadable_kpi_is_reported_by_each_run_and_read_once_it_is_readable() {
    let store = testing::store();
    let scenario = Measuring::create(&store, "a").expect("created");
    for _ in 0..2 {
        let warnings = Arc::new(Mutex::new(Vec::new()));
        let received = warnings.clone();
        let submission = scenario.submission().observe(move |event| {
            if let Event::Warning { message, .. } = event {
                received.lock().expect("a list").push(message.clone());
            }
        });
        let run = submission.submit().expect("a run");
        assert_eq!(run.kpis[0].value, None);
        let warnings = warnings.lock().expect("a list").clone();
        assert_eq!(warnings, run.warnings);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("KPI `quality.accuracy` can't be read"), "{warnings:?}");
        assert!(warnings[0].contains("a table with one row"), "{warnings:?}");
    }
    scenario.rows.write(1).expect("written");
    assert_eq!(scenario.submit().expect("a run").kpis[0].value, Some(0.0.into()));
}
