//! Sweeps: what one would do, and its outcomes as a table.

use super::scenarios::number;
use super::view::{varying, views};
use super::{Tone, columns, duration};
use crate::data::counted;
use crate::engine::RunStatus;
use crate::scenario::{KpiValue, SweepOutcome, SweepPlan, SweepReport};
use std::fmt;

views! {
    /// What a sweep would do, as one line.
    SweepPlanText(SweepPlan);
    /// The outcomes of a sweep as text, one per line.
    SweepText(SweepReport);
}

impl fmt::Display for SweepPlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SweepPlan { scenarios, calls, distinct, known, expected, has_unknown_duration, .. } = self.data;
        write!(f, "{}, {}, {distinct} distinct", counted(*scenarios, "scenario"), counted(*calls, "call"))?;
        if *known > 0 {
            write!(f, ", {known} known")?;
        }
        if !expected.is_zero() {
            write!(f, ", about {}", varying(self.stable, "time", || duration(*expected)))?;
        }
        if *has_unknown_duration {
            let plus = if expected.is_zero() { "," } else { " and" };
            write!(f, "{plus} tasks whose duration is not known")?;
        }
        Ok(())
    }
}

impl fmt::Display for SweepText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcomes = &self.data.outcomes;
        let inputs = outcomes.first().map(|outcome| outcome.inputs.as_slice()).unwrap_or_default();
        let inputs: Vec<&str> = inputs.iter().map(|input| input.node.as_str()).collect();
        let mut kpis: Vec<&KpiValue> = Vec::new();
        for value in outcomes.iter().flat_map(|outcome| &outcome.kpis) {
            if !kpis.iter().any(|known| known.kpi == value.kpi) {
                kpis.push(value);
            }
        }
        let headings = kpis.iter().map(|value| match value.unit.as_str() {
            "" => value.kpi.clone(),
            unit => format!("{} [{unit}]", value.kpi),
        });
        let words = inputs.iter().map(|input| (*input).to_owned()).chain(headings).chain(["scenario".into()]);
        let mut rows: Vec<Vec<_>> = vec![words.map(|word| (Some(Tone::Heading), word)).collect()];
        rows.extend(outcomes.iter().map(|outcome| {
            let mut row: Vec<(Option<Tone>, String)> =
                outcome.inputs.iter().map(|input| (None, input.value.clone())).collect();
            row.extend(kpis.iter().map(|kpi| {
                let value = outcome.kpis.iter().find(|value| value.kpi == kpi.kpi);
                (None, value.map(|value| number(value.value)).unwrap_or_default())
            }));
            row.push(match outcome.status {
                RunStatus::Completed => (None, outcome.scenario.clone()),
                status => (Some(Tone::Bad), format!("{}: {status}", outcome.scenario)),
            });
            row
        }));
        columns::write(f, self.paint, &rows)?;
        let failed = outcomes.iter().filter(|outcome| outcome.status != RunStatus::Completed).count();
        let sum = |jobs: fn(&SweepOutcome) -> usize| outcomes.iter().map(jobs).sum::<usize>();
        let (ran, skipped) = (sum(|outcome| outcome.ran), sum(|outcome| outcome.skipped));
        write!(f, "{}, tag `{}`", counted(outcomes.len(), "scenario"), self.data.sweep)?;
        if failed > 0 {
            write!(f, ", {failed} failed")?;
        }
        write!(f, "; {ran} ran, {skipped} skipped")
    }
}
