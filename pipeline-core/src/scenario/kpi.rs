//! KPIs: recorded with each run, listed over time.

use super::run::KpiValue;
use super::{Instance, Store};
use crate::data::Number;
use crate::graph::Better;
use crate::registry::RunId;
use crate::registry::{KpiRow, RecordedKpi};
use crate::scenario::error::Result;
use serde::Serialize;
use std::collections::HashMap;

/// The value of a KPI in one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct KpiPoint {
    /// The scenario's name.
    pub scenario: String,
    /// The run's number.
    pub run: RunId,
    /// When the run began, in microseconds since 1970.
    pub started_us: i64,
    /// The value.
    #[serde(flatten)]
    pub value: KpiValue,
    /// Whether no point of this KPI in the list is better, and at least one is worse.
    pub best: bool,
}

impl Store {
    /// Returns the KPIs of all runs of all scenarios, the earliest run first.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn kpis(&self) -> Result<Vec<KpiPoint>> {
        Ok(points(self.registry().kpis(None)?))
    }
}

impl Instance {
    /// Returns the KPIs of the scenario's runs, the earliest run first.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`](crate::Error::NoScenario) if the scenario was deleted, and an error if the
    /// registry can't be read.
    pub fn kpis(&self) -> Result<Vec<KpiPoint>> {
        self.check_exists()?;
        Ok(points(self.store.registry().kpis(Some(self.stored_row()?.id))?))
    }
}

/// Sorts points by KPI and, within a KPI, from the best value to the worst. NaN and missing values come last.
pub fn best_first(points: &mut [KpiPoint]) {
    points.sort_by(|a, b| {
        let by_name = a.value.kpi.cmp(&b.value.kpi);
        by_name.then_with(|| compare(&a.value, &b.value)).then(a.run.cmp(&b.run))
    });
}

/// Ranks numbers before NaN, and NaN before missing values.
fn rank(value: Option<Number>) -> u8 {
    value.map_or(2, |value| value.is_nan().into())
}

/// Orders the better value first.
pub(super) fn compare(a: &KpiValue, b: &KpiValue) -> std::cmp::Ordering {
    match (a.value, b.value) {
        (Some(x), Some(y)) if a.better == Better::Lower => x.partial_cmp(&y),
        (Some(x), Some(y)) => y.partial_cmp(&x),
        _ => None,
    }
    .unwrap_or_else(|| rank(a.value).cmp(&rank(b.value)))
}

impl KpiValue {
    pub(super) fn of(row: &KpiRow) -> KpiValue {
        KpiValue {
            kpi: row.name.clone(),
            value: row.value,
            unit: row.unit.clone(),
            better: Better::from_word(&row.better),
        }
    }
}

fn points(recorded: Vec<RecordedKpi>) -> Vec<KpiPoint> {
    let mut points: Vec<KpiPoint> = recorded
        .into_iter()
        .map(|RecordedKpi { scenario, run, started, kpi }| KpiPoint {
            scenario,
            run: RunId(run),
            started_us: started,
            value: KpiValue::of(&kpi),
            best: false,
        })
        .collect();
    let mut ends: HashMap<String, (KpiValue, KpiValue)> = HashMap::new();
    for KpiPoint { value, .. } in &points {
        match ends.get_mut(&value.kpi) {
            None => drop(ends.insert(value.kpi.clone(), (value.clone(), value.clone()))),
            Some((best, worst)) => {
                if compare(value, best).is_lt() {
                    *best = value.clone();
                }
                if compare(worst, value).is_lt() {
                    *worst = value.clone();
                }
            }
        }
    }
    for point in &mut points {
        // If all values are equal, no point is the best.
        let (best, worst) = &ends[&point.value.kpi];
        point.best = compare(&point.value, best).is_eq() && compare(best, worst).is_lt();
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn recorded((run, (name, value)): (usize, (u8, Option<i8>))) -> RecordedKpi {
        let better = if name % 2 == 0 { Better::Lower } else { Better::Higher };
        let kpi = KpiRow {
            name: name.to_string(),
            content: String::new(),
            value: value.map(Number::from),
            unit: String::new(),
            better: better.as_str().into(),
        };
        RecordedKpi { scenario: "a".into(), run: run as i64, started: 0, kpi }
    }

    proptest! {
        /// A point is the best if no point of its KPI is better and at least one is worse.
        #[test]
        fn a_point_is_the_best_if_no_other_point_beats_it(values in prop::collection::vec((0_u8..4, prop::option::of(-3_i8..3)), 0..30)) {
            let points = points(values.into_iter().enumerate().map(recorded).collect());
            for point in &points {
                let others = || points.iter().filter(|other| other.value.kpi == point.value.kpi);
                let beaten = others().any(|other| compare(&other.value, &point.value).is_lt());
                let beats = others().any(|other| compare(&point.value, &other.value).is_lt());
                prop_assert_eq!(point.best, !beaten && beats);
            }
        }
    }
}
