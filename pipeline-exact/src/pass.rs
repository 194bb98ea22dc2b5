//! Passes over the batches of a query plan, which compute the statistics of each group of rows.

use super::accumulator::{Accumulator, Outcome, Values, with_ordinals};
use super::groups::{Key, Rows, groups};
use super::measure::{Kind, Measure};
use super::quantile::{Interval, MAX_KEPT, MemoryBudget};
use super::state::State;
use crate::{ExactError, stream};
use polars::prelude::*;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;

/// The number of passes after which every rank is found, if the plan returns the same rows each time.
const PASSES: usize = 9;

/// Computes the table of keys and statistics, sorted by keys.
pub(super) fn aggregate(
    plan: LazyFrame,
    keys: &[Expr],
    measures: &[Measure],
) -> Result<DataFrame, ExactError> {
    let schema = plan.clone().select(keys).collect_schema()?;
    let key_fields: Vec<Field> = schema.iter_fields().collect();
    let measures = resolve(&plan, measures)?;
    let mut groups: HashMap<Key, Vec<Outcome>> = HashMap::new();
    // Without keys there is one group, even if there are no rows.
    if keys.is_empty() {
        groups.insert(Key(Vec::new()), measures.iter().map(ResolvedMeasure::of_no_values).collect());
    }

    let budget = MemoryBudget::new(MAX_KEPT);
    let all: Vec<usize> = (0..measures.len()).collect();
    for (key, accumulators) in pass(&plan, keys, &measures, &all, &HashMap::new(), &budget)? {
        let outcomes = accumulators
            .into_iter()
            .zip(&measures)
            .map(|(accumulator, measure)| accumulator.outcome(measure.kind, measure.of_integers()));
        groups.insert(key, outcomes.collect::<Result<_, ExactError>>()?);
    }
    for _ in 1..PASSES {
        let is_pending = |outcome: &Outcome| matches!(outcome, Outcome::Pending(_));
        let pending: Vec<usize> = (0..measures.len())
            .filter(|&number| groups.values().any(|outcomes| is_pending(&outcomes[number])))
            .collect();
        if pending.is_empty() {
            break;
        }
        let intervals = groups
            .iter()
            .filter(|(_, outcomes)| outcomes.iter().any(is_pending))
            .map(|(key, outcomes)| {
                (key.clone(), pending.iter().map(|&number| outcomes[number].intervals()).collect())
            })
            .collect();
        for (key, accumulators) in pass(&plan, keys, &measures, &pending, &intervals, &budget)? {
            let Some(outcomes) = groups.get_mut(&key) else { continue };
            for (accumulator, &number) in accumulators.into_iter().zip(&pending) {
                if let (Outcome::Pending(search), Accumulator::Quantile { windows, .. }) =
                    (&mut outcomes[number], accumulator)
                {
                    search.narrow(windows);
                    if let Some(value) = search.value() {
                        outcomes[number] = Outcome::Float(Some(value));
                    }
                }
            }
        }
    }

    let mut rows: Vec<(Key, Vec<Outcome>)> = groups.into_iter().collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut columns = Vec::with_capacity(keys.len() + measures.len());
    for (number, field) in key_fields.iter().enumerate() {
        let values: Vec<AnyValue<'_>> = rows.iter().map(|(key, _)| key.0[number].value()).collect();
        columns.push(
            Series::from_any_values_and_dtype(field.name().clone(), &values, field.dtype(), false)?
                .into_column(),
        );
    }
    for (number, measure) in measures.iter().enumerate() {
        let outcomes = rows.iter().map(|(_, outcomes)| &outcomes[number]);
        columns.push(measure.column(outcomes)?);
    }
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// Resolves measures against the schema of a query plan.
pub(super) fn resolve(plan: &LazyFrame, measures: &[Measure]) -> Result<Vec<ResolvedMeasure>, ExactError> {
    measures.iter().map(|measure| ResolvedMeasure::new(plan, measure)).collect()
}

/// A measure with its column's name and type resolved.
pub(super) struct ResolvedMeasure {
    pub(super) name: PlSmallStr,
    /// The name of its column.
    column: PlSmallStr,
    pub(super) of: Expr,
    pub(super) kind: Kind,
    values: Values,
    /// Whether a statistic of states is an integer.
    whole: bool,
}

impl ResolvedMeasure {
    fn new(plan: &LazyFrame, measure: &Measure) -> Result<ResolvedMeasure, ExactError> {
        let schema = plan.clone().select([measure.of.clone()]).collect_schema()?;
        let Some((found, ty)) = schema.get_at_index(0) else {
            return Err(PolarsError::ColumnNotFound("a measure selects no column".into()).into());
        };
        let name = measure.name.clone().unwrap_or_else(|| found.clone());
        let column = found.clone();
        if ty == &DataType::Binary {
            if let Kind::Quantile(_) = measure.kind {
                return Err(ExactError::NoQuantile { column: column.to_string() });
            }
            let (of, values) = (measure.of.clone(), Values::States);
            return Ok(ResolvedMeasure {
                name,
                column,
                of,
                kind: measure.kind,
                values,
                whole: measure.whole,
            });
        }
        if measure.kind != Kind::Count && !ty.is_integer() && !ty.is_float() {
            return Err(ExactError::NotNumeric { column: column.to_string(), found: ty.to_string() });
        }
        let of = measure.of.clone();
        let of = match measure.kind {
            Kind::Count if ty.is_float() => {
                of.clone().is_not_null().and(of.is_not_nan()).fill_null(lit(false)).cast(DataType::Int64)
            }
            Kind::Count => of.is_not_null().cast(DataType::Int64),
            _ if ty.is_integer() => of.strict_cast(DataType::Int64),
            _ => of.cast(DataType::Float64),
        };
        Ok(ResolvedMeasure {
            name,
            column,
            of,
            kind: measure.kind,
            values: match ty.is_integer() || measure.kind == Kind::Count {
                true => Values::Integers,
                false => Values::Doubles,
            },
            whole: false,
        })
    }

    /// Whether the statistic is an integer as well.
    pub(super) fn is_integer(&self) -> bool {
        let integers = self.values == Values::Integers || self.whole;
        self.kind == Kind::Count || integers && matches!(self.kind, Kind::Sum | Kind::Min | Kind::Max)
    }

    /// Whether its values are states.
    pub(super) fn is_of_states(&self) -> bool {
        self.values == Values::States
    }

    /// Whether its values are integers; of states, whether the statistic is one.
    fn of_integers(&self) -> bool {
        match self.values {
            Values::States => self.is_integer(),
            values => values == Values::Integers,
        }
    }

    fn of_no_values(&self) -> Outcome {
        match (self.kind, self.is_integer()) {
            (Kind::State, _) => Outcome::Bytes(State::of_none(self.values == Values::Integers).encode()),
            (Kind::Count | Kind::Sum, true) => Outcome::Integer(Some(0)),
            (Kind::Sum, false) => Outcome::Float(Some(0.0)),
            (_, true) => Outcome::Integer(None),
            (_, false) => Outcome::Float(None),
        }
    }

    fn column<'a>(&self, outcomes: impl Iterator<Item = &'a Outcome>) -> Result<Column, ExactError> {
        if self.kind == Kind::State {
            let states = outcomes.map(|outcome| match outcome {
                Outcome::Bytes(state) => Some(state.as_slice()),
                _ => None,
            });
            return Ok(Column::new(self.name.clone(), states.collect::<Vec<Option<&[u8]>>>()));
        }
        if self.is_integer() {
            let values =
                outcomes.map(|outcome| if let Outcome::Integer(value) = outcome { *value } else { None });
            return Ok(Column::new(self.name.clone(), values.collect::<Vec<Option<i64>>>()));
        }
        let values: Result<Vec<Option<f64>>, ExactError> = outcomes
            .map(|outcome| match outcome {
                Outcome::Float(value) => Ok(*value),
                Outcome::Integer(_) | Outcome::Bytes(_) => Ok(None),
                Outcome::Pending(_) => Err(ExactError::RowsChanged),
            })
            .collect();
        Ok(Column::new(self.name.clone(), values?))
    }
}

/// Runs one pass for the measures with the numbers in `some`. Returns an accumulator for each of them, by group.
fn pass<'a>(
    plan: &LazyFrame,
    keys: &[Expr],
    measures: &[ResolvedMeasure],
    some: &[usize],
    intervals: &HashMap<Key, Vec<Vec<Interval>>>,
    budget: &'a MemoryBudget,
) -> Result<HashMap<Key, Vec<Accumulator<'a>>>, ExactError> {
    // Each measure has its own column; polars computes equal columns once.
    let mut select: Vec<Expr> =
        keys.iter().enumerate().map(|(number, key)| key.clone().alias(format!("key {number}"))).collect();
    select.extend(some.iter().map(|&number| measures[number].of.clone().alias(format!("value {number}"))));
    let kinds: Vec<(Kind, Values)> =
        some.iter().map(|&number| (measures[number].kind, measures[number].values)).collect();
    let guesses: OnceLock<HashMap<Key, Vec<Vec<Interval>>>> = OnceLock::new();
    let take = |state: &mut HashMap<Key, Vec<Accumulator<'a>>>, mut batch: DataFrame| {
        batch.rechunk_mut();
        let (key_columns, values) = batch.columns().split_at(keys.len());
        let groups = groups(&batch, key_columns)?;
        // The first batch makes the guesses; threads with other batches wait for them.
        let guesses = guesses.get_or_init(|| {
            if intervals.is_empty() { guess(&groups, values, &kinds) } else { intervals.clone() }
        });
        for (key, rows) in &groups {
            if !intervals.is_empty() && !intervals.contains_key(key) {
                continue;
            }
            if !state.contains_key(key) {
                let intervals = guesses.get(key);
                let accumulator = |(number, &(kind, values)): (usize, &(Kind, Values))| {
                    Accumulator::new(
                        kind,
                        values,
                        intervals.map(|intervals| intervals[number].as_slice()),
                        budget,
                    )
                };
                state.insert(key.clone(), kinds.iter().enumerate().map(accumulator).collect());
            }
            if let Some(accumulators) = state.get_mut(key) {
                for ((accumulator, column), &number) in accumulators.iter_mut().zip(values).zip(some) {
                    let added = accumulator.add(column, rows);
                    added.map_err(|error| error.of_column(&measures[number].column))?;
                }
            }
        }
        Ok(())
    };
    let states = stream::fold_in_parallel(plan.clone().select(select), HashMap::new, take)?;
    let mut all: HashMap<Key, Vec<Accumulator<'a>>> = HashMap::new();
    for (key, accumulators) in states.into_iter().flatten() {
        match all.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert(accumulators)),
            Entry::Occupied(mut entry) => {
                for ((into, other), &number) in entry.get_mut().iter_mut().zip(accumulators).zip(some) {
                    if !into.merge(other) {
                        return Err(ExactError::MixedStates { column: measures[number].column.to_string() });
                    }
                }
            }
        }
    }
    Ok(all)
}

/// Guesses the intervals of quantiles from the first batch.
fn guess(
    groups: &[(Key, Rows)],
    values: &[Column],
    kinds: &[(Kind, Values)],
) -> HashMap<Key, Vec<Vec<Interval>>> {
    let interval = |rows: &Rows, column: &Column, kind: Kind| -> Vec<Interval> {
        let Kind::Quantile(q) = kind else { return Vec::new() };
        let mut sample = Vec::new();
        // A column that can't be read fails when it is added.
        let _ = with_ordinals(column.as_materialized_series(), rows, |ordinals| {
            sample.extend_from_slice(ordinals);
        });
        vec![Interval::guess(q, &mut sample)]
    };
    let of = |(key, rows): &(Key, Rows)| {
        let each = values.iter().zip(kinds).map(|(column, (kind, _))| interval(rows, column, *kind));
        (key.clone(), each.collect())
    };
    groups.iter().map(of).collect()
}
