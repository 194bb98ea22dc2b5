//! Passes over a plan's batches, and what they find out about each group of rows.

use super::figure::{Answer, Figure, with_places};
use super::groups::{Key, Rows, groups};
use super::measure::{Kind, Measure};
use super::quantile::{Interval, KEPT, MemoryBudget};
use crate::{ExactError, stream};
use polars::prelude::*;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;

/// After as many passes every rank is found, if the plan has the same rows each time.
const PASSES: usize = 9;

/// The table of keys and figures, sorted by keys.
pub(super) fn aggregate(
    plan: LazyFrame,
    keys: &[Expr],
    measures: &[Measure],
) -> Result<DataFrame, ExactError> {
    let schema = plan.clone().select(keys).collect_schema()?;
    let key_fields: Vec<Field> = schema.iter_fields().collect();
    let asked = asked(&plan, measures)?;
    let mut groups: HashMap<Key, Vec<Answer>> = HashMap::new();
    // Without keys there is one group, also of no rows.
    if keys.is_empty() {
        groups.insert(Key(Vec::new()), asked.iter().map(Asked::of_nothing).collect());
    }

    let budget = MemoryBudget::new(KEPT);
    let everything: Vec<usize> = (0..asked.len()).collect();
    for (key, figures) in pass(&plan, keys, &asked, &everything, &HashMap::new(), &budget)? {
        let answers =
            figures.into_iter().zip(&asked).map(|(figure, asked)| figure.answer(asked.kind, asked.whole));
        groups.insert(key, answers.collect::<Result<_, ExactError>>()?);
    }
    for _ in 1..PASSES {
        let open = |answer: &Answer| matches!(answer, Answer::Between(_));
        let again: Vec<usize> = (0..asked.len())
            .filter(|&number| groups.values().any(|answers| open(&answers[number])))
            .collect();
        if again.is_empty() {
            break;
        }
        let intervals = groups
            .iter()
            .filter(|(_, answers)| answers.iter().any(open))
            .map(|(key, answers)| {
                (key.clone(), again.iter().map(|&number| answers[number].intervals()).collect())
            })
            .collect();
        for (key, figures) in pass(&plan, keys, &asked, &again, &intervals, &budget)? {
            let Some(answers) = groups.get_mut(&key) else { continue };
            for (figure, &number) in figures.into_iter().zip(&again) {
                if let (Answer::Between(search), Figure::Quantile { windows, .. }) =
                    (&mut answers[number], figure)
                {
                    search.narrow(windows);
                    if let Some(value) = search.value() {
                        answers[number] = Answer::Float(Some(value));
                    }
                }
            }
        }
    }

    let mut rows: Vec<(Key, Vec<Answer>)> = groups.into_iter().collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut columns = Vec::with_capacity(keys.len() + measures.len());
    for (number, field) in key_fields.iter().enumerate() {
        let values: Vec<AnyValue<'_>> = rows.iter().map(|(key, _)| key.0[number].value()).collect();
        columns.push(
            Series::from_any_values_and_dtype(field.name().clone(), &values, field.dtype(), false)?
                .into_column(),
        );
    }
    for (number, asked) in asked.iter().enumerate() {
        let answers = rows.iter().map(|(_, answers)| &answers[number]);
        columns.push(asked.column(answers)?);
    }
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// What is asked for of a plan's columns.
pub(super) fn asked(plan: &LazyFrame, measures: &[Measure]) -> Result<Vec<Asked>, ExactError> {
    measures.iter().map(|measure| Asked::new(plan, measure)).collect()
}

/// A measure, with what its values are read as.
pub(super) struct Asked {
    pub(super) name: PlSmallStr,
    pub(super) of: Expr,
    pub(super) kind: Kind,
    /// Whether its values are whole numbers.
    whole: bool,
}

impl Asked {
    fn new(plan: &LazyFrame, measure: &Measure) -> Result<Asked, ExactError> {
        let schema = plan.clone().select([measure.of.clone()]).collect_schema()?;
        let Some((found, ty)) = schema.get_at_index(0) else {
            return Err(PolarsError::ColumnNotFound("a measure without a column".into()).into());
        };
        let name = measure.name.clone().unwrap_or_else(|| found.clone());
        if measure.kind != Kind::Count && !ty.is_integer() && !ty.is_float() {
            return Err(ExactError::NoNumbers { column: found.to_string(), found: ty.to_string() });
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
        Ok(Asked { name, of, kind: measure.kind, whole: ty.is_integer() || measure.kind == Kind::Count })
    }

    /// Whether the figure is a whole number, too.
    pub(super) fn is_whole(&self) -> bool {
        self.whole && matches!(self.kind, Kind::Count | Kind::Sum | Kind::Min | Kind::Max)
    }

    fn of_nothing(&self) -> Answer {
        match (self.kind, self.is_whole()) {
            (Kind::Count | Kind::Sum, true) => Answer::Whole(Some(0)),
            (Kind::Sum, false) => Answer::Float(Some(0.0)),
            (_, true) => Answer::Whole(None),
            (_, false) => Answer::Float(None),
        }
    }

    fn column<'a>(&self, answers: impl Iterator<Item = &'a Answer>) -> Result<Column, ExactError> {
        if self.is_whole() {
            let values = answers.map(|answer| if let Answer::Whole(value) = answer { *value } else { None });
            return Ok(Column::new(self.name.clone(), values.collect::<Vec<Option<i64>>>()));
        }
        let values: Result<Vec<Option<f64>>, ExactError> = answers
            .map(|answer| match answer {
                Answer::Float(value) => Ok(*value),
                Answer::Whole(_) => Ok(None),
                Answer::Between(_) => Err(ExactError::OtherRows),
            })
            .collect();
        Ok(Column::new(self.name.clone(), values?))
    }
}

/// One pass for some of the measures; by group, a figure for each of them.
fn pass<'a>(
    plan: &LazyFrame,
    keys: &[Expr],
    asked: &[Asked],
    some: &[usize],
    intervals: &HashMap<Key, Vec<Vec<Interval>>>,
    budget: &'a MemoryBudget,
) -> Result<HashMap<Key, Vec<Figure<'a>>>, ExactError> {
    // A column for each measure: polars computes equal ones once.
    let mut select: Vec<Expr> =
        keys.iter().enumerate().map(|(number, key)| key.clone().alias(format!("key {number}"))).collect();
    select.extend(some.iter().map(|&number| asked[number].of.clone().alias(format!("value {number}"))));
    let kinds: Vec<(Kind, bool)> =
        some.iter().map(|&number| (asked[number].kind, asked[number].whole)).collect();
    let guesses: OnceLock<HashMap<Key, Vec<Vec<Interval>>>> = OnceLock::new();
    let take = |state: &mut HashMap<Key, Vec<Figure<'a>>>, mut batch: DataFrame| {
        batch.rechunk_mut();
        let (key_columns, values) = batch.columns().split_at(keys.len());
        let groups = groups(&batch, key_columns)?;
        // The first batch that comes makes the guesses; whoever comes meanwhile waits for them.
        let guesses = guesses.get_or_init(|| {
            if intervals.is_empty() { guess(&groups, values, &kinds) } else { intervals.clone() }
        });
        for (key, rows) in &groups {
            if !intervals.is_empty() && !intervals.contains_key(key) {
                continue;
            }
            if !state.contains_key(key) {
                let intervals = guesses.get(key);
                let figure = |(number, &(kind, whole)): (usize, &(Kind, bool))| {
                    Figure::new(kind, whole, intervals.map(|intervals| intervals[number].as_slice()), budget)
                };
                state.insert(key.clone(), kinds.iter().enumerate().map(figure).collect());
            }
            if let Some(figures) = state.get_mut(key) {
                for (figure, column) in figures.iter_mut().zip(values) {
                    figure.add(column, rows)?;
                }
            }
        }
        Ok(())
    };
    let states = stream::shared(plan.clone().select(select), HashMap::new, take)?;
    let mut all: HashMap<Key, Vec<Figure<'a>>> = HashMap::new();
    for (key, figures) in states.into_iter().flatten() {
        match all.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert(figures)),
            Entry::Occupied(mut entry) => {
                entry.get_mut().iter_mut().zip(figures).for_each(|(into, figure)| into.merge(figure));
            }
        }
    }
    Ok(all)
}

fn guess(
    groups: &[(Key, Rows)],
    values: &[Column],
    kinds: &[(Kind, bool)],
) -> HashMap<Key, Vec<Vec<Interval>>> {
    let interval = |rows: &Rows, column: &Column, kind: Kind| -> Vec<Interval> {
        let Kind::Quantile(q) = kind else { return Vec::new() };
        let mut all = Vec::new();
        // A column that can't be read fails where it is added.
        let _ = with_places(column.as_materialized_series(), rows, |places| all.extend_from_slice(places));
        vec![Interval::guess(q, &mut all)]
    };
    let of = |(key, rows): &(Key, Rows)| {
        let each = values.iter().zip(kinds).map(|(column, (kind, _))| interval(rows, column, *kind));
        (key.clone(), each.collect())
    };
    groups.iter().map(of).collect()
}
