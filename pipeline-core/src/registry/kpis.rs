//! The KPIs of runs.

use super::{Registry, RegistryError};
use crate::data::Number;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction};

/// A row of `kpis`, without the number of its run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KpiRow {
    pub(crate) name: String,
    pub(crate) content: String,
    pub(crate) value: Option<Number>,
    pub(crate) unit: String,
    pub(crate) better: String,
}

/// A KPI of a run, with its scenario, run and time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordedKpi {
    pub(crate) scenario: String,
    pub(crate) run: i64,
    pub(crate) started: i64,
    pub(crate) kpi: KpiRow,
}

impl Registry {
    /// Returns the recorded value of a KPI for this content under this version, if there is one.
    pub(crate) fn known_kpi(
        &self,
        name: &str,
        content: &str,
        version: i64,
    ) -> Result<Option<Option<Number>>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT value, exact FROM kpis JOIN submissions ON submissions.id = submission
                     WHERE content = ?2 AND name = ?1 AND version = ?3 LIMIT 1",
                )?
                .query_row((name, content, version), |row| number(row, 0))
                .optional()
        })
    }

    /// Returns the KPIs of one run.
    pub(crate) fn kpis_of(&self, submission: i64) -> Result<Vec<KpiRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, content, value, exact, unit, better FROM kpis WHERE submission = ?1 ORDER BY name",
                )?
                .query_map([submission], |row| kpi(row, 0))?
                .collect()
        })
    }

    /// Returns the KPIs of the runs of one scenario, or of all, in order.
    pub(crate) fn kpis(&self, scenario: Option<i64>) -> Result<Vec<RecordedKpi>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT scenarios.name, submissions.id, submissions.started,
                            kpis.name, content, value, exact, unit, better
                     FROM kpis JOIN submissions ON submissions.id = submission
                          JOIN scenarios ON scenarios.id = submissions.scenario
                     WHERE ?1 IS NULL OR submissions.scenario = ?1 ORDER BY submissions.id, kpis.name",
                )?
                .query_map([scenario], |row| {
                    Ok(RecordedKpi {
                        scenario: row.get(0)?,
                        run: row.get(1)?,
                        started: row.get(2)?,
                        kpi: kpi(row, 3)?,
                    })
                })?
                .collect()
        })
    }
}

fn kpi(row: &Row<'_>, first: usize) -> rusqlite::Result<KpiRow> {
    Ok(KpiRow {
        name: row.get(first)?,
        content: row.get(first + 1)?,
        value: number(row, first + 2)?,
        unit: row.get(first + 4)?,
        better: row.get(first + 5)?,
    })
}

/// Reads a number from two columns: `value`, and `exact` if a double can't represent it.
fn number(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Number>> {
    match row.get::<_, Option<String>>(first + 1)? {
        Some(exact) => exact.parse().map(Some).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(first + 1, Type::Text, Box::new(error))
        }),
        None => Ok(row.get::<_, Option<f64>>(first)?.map(Number::Float)),
    }
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    submission: i64,
    kpis: &[KpiRow],
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO kpis (submission, name, content, value, exact, unit, better)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for KpiRow { name, content, value, unit, better } in kpis {
        // The column has doubles, which can't represent all whole numbers, and SQLite can't store NaN.
        let exact = value.filter(|value| matches!(value, Number::Whole(_)) || value.is_nan());
        let exact = exact.map(|number| number.to_string());
        let value = value.map(Number::to_f64).filter(|value| !value.is_nan());
        statement.execute((submission, name, content, value, exact, unit, better))?;
    }
    Ok(())
}
