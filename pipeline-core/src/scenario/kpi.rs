//! The numbers that runs are judged by: recorded with each run, listed over time.

use super::{Instance, Store};
use crate::engine::Finished;
use crate::error::Result;
use crate::graph::{Better, Kpi};
use crate::registry::{KpiRow, RecordedKpi};
use crate::store::Hash;
use serde::Serialize;

/// A KPI of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KpiValue {
    /// The node, or node and field: `segment.mean`.
    pub kpi: String,
    /// The value; `None` where it is missing.
    pub value: Option<f64>,
    /// What is counted.
    pub unit: String,
    /// Which of two values is the better one.
    pub better: Better,
}

/// A KPI at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KpiPoint {
    /// The scenario's name.
    pub scenario: String,
    /// The run's number.
    pub run: i64,
    /// When the run began, in microseconds since 1970.
    pub started_us: i64,
    /// The value.
    #[serde(flatten)]
    pub value: KpiValue,
    /// Whether no other point of this KPI in the list is better, and some are worse.
    pub best: bool,
}

impl Store {
    /// The KPIs of all runs of all scenarios, in the order of time.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn kpis(&self) -> Result<Vec<KpiPoint>> {
        Ok(points(self.registry().kpis(None)?))
    }
}

impl Instance {
    /// The KPIs of the scenario's runs, in the order of time.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn kpis(&self) -> Result<Vec<KpiPoint>> {
        self.still_there()?;
        Ok(points(self.store.registry().kpis(Some(self.kept()?.id))?))
    }
}

/// Sorts points so that those of one KPI stand together, and the best comes first; missing values last.
pub fn best_first(points: &mut [KpiPoint]) {
    points.sort_by(|a, b| {
        let by_name = a.value.kpi.cmp(&b.value.kpi);
        by_name.then_with(|| compare(&a.value, &b.value)).then(a.run.cmp(&b.run))
    });
}

/// The better one first.
fn compare(a: &KpiValue, b: &KpiValue) -> std::cmp::Ordering {
    match (a.value, b.value) {
        (Some(x), Some(y)) if a.better == Better::Lower => x.total_cmp(&y),
        (Some(x), Some(y)) => y.total_cmp(&x),
        (x, y) => y.is_some().cmp(&x.is_some()),
    }
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
            run,
            started_us: started,
            value: KpiValue::of(&kpi),
            best: false,
        })
        .collect();
    for number in 0..points.len() {
        let this = &points[number];
        let beaten = |other: &KpiPoint| {
            other.value.kpi == this.value.kpi && compare(&other.value, &this.value).is_lt()
        };
        let beats = |other: &KpiPoint| {
            other.value.kpi == this.value.kpi && compare(&this.value, &other.value).is_lt()
        };
        // Where all are equal, none is the best.
        points[number].best = !points.iter().any(beaten) && points.iter().any(beats);
    }
    points
}

/// The KPIs of a submission that is over, and what to say about those that could not be read.
pub(super) fn kpi_rows(instance: &Instance, finished: &Finished, version: i64) -> (Vec<KpiRow>, Vec<String>) {
    let (mut rows, mut warnings) = (Vec::new(), Vec::new());
    for kpi in &instance.graph.kpis {
        let node = &instance.graph.nodes[kpi.node];
        let outputs = finished.jobs.iter().flat_map(|job| &job.outputs);
        let Some(output) = outputs.into_iter().find(|output| output.node == node.name) else { continue };
        let value = match read(instance, kpi, output.hash, version) {
            Ok(value) => value,
            Err(error) => {
                warnings.push(format!("KPI `{}` could not be read: {error}", kpi.name));
                None
            }
        };
        rows.push(KpiRow {
            name: kpi.name.clone(),
            content: output.hash.to_string(),
            value,
            unit: kpi.unit.clone(),
            better: kpi.better.as_str().into(),
        });
    }
    (rows, warnings)
}

/// The number of a value: as it was recorded for the same content, where it is a field and so is said by the
/// version, else read.
fn read(instance: &Instance, kpi: &Kpi, content: Hash, version: i64) -> Result<Option<f64>> {
    if kpi.field
        && let Some(known) = instance.store.registry().known_kpi(&kpi.name, &content.to_string(), version)?
    {
        return Ok(known);
    }
    let node = &instance.graph.nodes[kpi.node];
    (kpi.read)(&instance.load(node, content)?)
}
