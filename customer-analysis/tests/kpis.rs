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
fn a_kpi_that_can_not_be_read_is_told_each_time_and_read_as_soon_as_it_can_be() {
    let store = testing::store();
    let scenario = Measuring::create(&store, "a").expect("created");
    for _ in 0..2 {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let submission = scenario.submission().observe(move |event| {
            if let Event::Warning { message, .. } = event {
                heard.lock().expect("a list").push(message.clone());
            }
        });
        let run = submission.submit().expect("a run");
        assert_eq!(run.kpis[0].value, None);
        let told = told.lock().expect("a list").clone();
        assert_eq!(told, run.warnings);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("KPI `quality.accuracy` can't be read"), "{told:?}");
        assert!(told[0].contains("a table of one row"), "{told:?}");
    }
    scenario.rows.write(1).expect("written");
    assert_eq!(scenario.submit().expect("a run").kpis[0].value, Some(0.0.into()));
}
