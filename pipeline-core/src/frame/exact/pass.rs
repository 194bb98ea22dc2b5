//! Passes over a plan's batches, and what they find out about each group of rows.

use super::measure::{Kind, Measure};
use super::quantile::{EVERYWHERE, Found, Interval, KEPT, Room, Window, at, place, ranks};
use super::sum::{ExactMoments, ExactSum};
use crate::frame::{TableError, sink};
use polars::prelude::*;
use std::collections::HashMap;
use std::sync::OnceLock;

/// After as many passes every rank is found, if the plan has the same rows each time.
const PASSES: usize = 9;

/// The table of keys and figures, sorted by keys.
pub(super) fn aggregate(
    plan: LazyFrame,
    keys: &[Expr],
    measures: &[Measure],
) -> Result<DataFrame, TableError> {
    let schema = plan.clone().select(keys).collect_schema()?;
    let key_fields: Vec<Field> = schema.iter_fields().collect();
    let mut asked = Vec::with_capacity(measures.len());
    for measure in measures {
        asked.push(Asked::new(&plan, measure)?);
    }
    let mut groups: HashMap<Key, Vec<Answer>> = HashMap::new();
    // Without keys there is one group, also of no rows.
    if keys.is_empty() {
        groups.insert(Key(Vec::new()), asked.iter().map(Asked::of_nothing).collect());
    }

    let room = Room::new(KEPT);
    let everything: Vec<usize> = (0..asked.len()).collect();
    for (key, figures) in pass(&plan, keys, &asked, &everything, &HashMap::new(), &room)? {
        let answers = figures.into_iter().zip(&asked).map(|(figure, asked)| figure.answer(asked.kind));
        groups.insert(key, answers.collect::<Result<_, TableError>>()?);
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
        for (key, figures) in pass(&plan, keys, &asked, &again, &intervals, &room)? {
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

/// A measure, with what its values are read as.
struct Asked {
    name: PlSmallStr,
    of: Expr,
    kind: Kind,
    whole: bool,
}

impl Asked {
    fn new(plan: &LazyFrame, measure: &Measure) -> Result<Asked, TableError> {
        let schema = plan.clone().select([measure.of.clone()]).collect_schema()?;
        let Some((found, ty)) = schema.get_at_index(0) else {
            return Err(PolarsError::ColumnNotFound("a measure without a column".into()).into());
        };
        let name = measure.name.clone().unwrap_or_else(|| found.clone());
        if measure.kind != Kind::Count && !ty.is_integer() && !ty.is_float() {
            return Err(TableError::NoNumbers { column: found.to_string(), found: ty.to_string() });
        }
        let whole = ty.is_integer() && matches!(measure.kind, Kind::Sum | Kind::Min | Kind::Max);
        let of = match measure.kind {
            Kind::Count => measure.of.clone().is_not_null().cast(DataType::Int64),
            _ if whole => measure.of.clone().strict_cast(DataType::Int64),
            _ => measure.of.clone().cast(DataType::Float64),
        };
        Ok(Asked { name, of, kind: measure.kind, whole: whole || measure.kind == Kind::Count })
    }

    fn of_nothing(&self) -> Answer {
        match (self.kind, self.whole) {
            (Kind::Count | Kind::Sum, true) => Answer::Whole(Some(0)),
            (Kind::Sum, false) => Answer::Float(Some(0.0)),
            (_, true) => Answer::Whole(None),
            (_, false) => Answer::Float(None),
        }
    }

    fn column<'a>(&self, answers: impl Iterator<Item = &'a Answer>) -> Result<Column, TableError> {
        if self.whole {
            let values = answers.map(|answer| if let Answer::Whole(value) = answer { *value } else { None });
            return Ok(Column::new(self.name.clone(), values.collect::<Vec<Option<i64>>>()));
        }
        let values: Result<Vec<Option<f64>>, TableError> = answers
            .map(|answer| match answer {
                Answer::Float(value) => Ok(*value),
                Answer::Whole(_) => Ok(None),
                Answer::Between(_) => Err(TableError::OtherRows),
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
    room: &'a Room,
) -> Result<HashMap<Key, Vec<Figure<'a>>>, TableError> {
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
                    Figure::new(kind, whole, intervals.map(|intervals| intervals[number].as_slice()), room)
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
    let states = sink::shared(plan.clone().select(select), HashMap::new, take)?;
    let mut all: HashMap<Key, Vec<Figure<'a>>> = HashMap::new();
    for (key, figures) in states.into_iter().flatten() {
        match all.entry(key) {
            std::collections::hash_map::Entry::Vacant(entry) => drop(entry.insert(figures)),
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                entry.get_mut().iter_mut().zip(figures).try_for_each(|(into, figure)| into.merge(figure))?;
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
        // A column that can't be read fails where it is added.
        let Ok(values) = column.as_materialized_series().f64() else { return vec![EVERYWHERE] };
        let mut some: Vec<u64> =
            present(values, rows, &mut Vec::new()).iter().map(|value| place(*value)).collect();
        vec![Interval::guess(q, &mut some)]
    };
    let of = |(key, rows): &(Key, Rows)| {
        let each = values.iter().zip(kinds).map(|(column, (kind, _))| interval(rows, column, *kind));
        (key.clone(), each.collect())
    };
    groups.iter().map(of).collect()
}

/// The rows of a batch that belong to a group.
enum Rows {
    All,
    At(Vec<IdxSize>),
    Range(usize, usize),
}

fn groups(batch: &DataFrame, keys: &[Column]) -> Result<Vec<(Key, Rows)>, TableError> {
    if keys.is_empty() {
        return Ok(vec![(Key(Vec::new()), Rows::All)]);
    }
    if let [key] = keys
        && let Some(groups) = groups_of_few_texts(key)
    {
        return Ok(groups);
    }
    let grouped = batch.group_by_with_series(keys.to_vec(), false, true)?;
    let mut found = Vec::new();
    for group in grouped.get_groups().iter() {
        let (first, rows) = match group {
            GroupsIndicator::Idx((first, rows)) => (first, Rows::At(rows.to_vec())),
            GroupsIndicator::Slice([first, count]) => (first, Rows::Range(first as usize, count as usize)),
        };
        let key: Result<Vec<Part>, TableError> =
            keys.iter().map(|key| Part::of(key, first as usize)).collect();
        found.push((Key(key?), rows));
    }
    Ok(found)
}

/// Groups by a column of a few short texts, as categories are: much quicker than by any column.
fn groups_of_few_texts(key: &Column) -> Option<Vec<(Key, Rows)>> {
    const FEW: usize = 8;
    let texts = key.as_materialized_series().str().ok()?;
    if texts.null_count() > 0 || texts.chunks().len() != 1 {
        return None;
    }
    let array = texts.downcast_as_array();
    let mut found: Vec<(u128, Vec<IdxSize>)> = Vec::new();
    for (row, view) in array.views().iter().enumerate() {
        // A short text lies in its view, filled up with zeros.
        let text = view.is_inline().then(|| view.as_u128())?;
        match found.iter().position(|(known, _)| *known == text) {
            Some(number) => found[number].1.push(row as IdxSize),
            None if found.len() == FEW => return None,
            None => found.push((text, vec![row as IdxSize])),
        }
    }
    let key = |rows: &[IdxSize]| Key(vec![Part::Text(array.value(rows[0] as usize).to_owned())]);
    Some(found.into_iter().map(|(_, rows)| (key(&rows), Rows::At(rows))).collect())
}

/// The values of a column that are there, in some rows. Those of all rows are not copied.
fn present<'a, T: PolarsNumericType>(
    values: &'a ChunkedArray<T>,
    rows: &Rows,
    copied: &'a mut Vec<T::Native>,
) -> &'a [T::Native] {
    copied.clear();
    let Some(array) = values.downcast_iter().next() else { return copied };
    let values = array.values().as_slice();
    match (array.validity(), rows) {
        (None, Rows::All) => return values,
        (None, &Rows::Range(first, count)) => return &values[first..first + count],
        (None, Rows::At(rows)) => copied.extend(rows.iter().map(|&row| values[row as usize])),
        (Some(mask), Rows::At(rows)) => {
            let there = rows.iter().filter(|&&row| mask.get_bit(row as usize));
            copied.extend(there.map(|&row| values[row as usize]));
        }
        (Some(mask), Rows::All) => {
            copied
                .extend(values.iter().zip(mask.iter()).filter(|(_, there)| *there).map(|(value, _)| *value));
        }
        (Some(mask), &Rows::Range(first, count)) => {
            copied.extend((first..first + count).filter(|&row| mask.get_bit(row)).map(|row| values[row]));
        }
    }
    copied
}

/// The values of the keys, which tell a group from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key(Vec<Part>);

/// One value of a key. Missing values come first, NaN last; zeros are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Missing,
    Bool(bool),
    Whole(i128),
    Float(u64),
    Text(String),
}

impl Part {
    fn of(column: &Column, row: usize) -> Result<Part, TableError> {
        let value = column.get(row)?;
        let other =
            || TableError::NoKey { column: column.name().to_string(), found: column.dtype().to_string() };
        Ok(match &value {
            AnyValue::Null => Part::Missing,
            AnyValue::Boolean(value) => Part::Bool(*value),
            AnyValue::String(text) => Part::Text((*text).to_owned()),
            AnyValue::StringOwned(text) => Part::Text(text.to_string()),
            value if value.is_float() => Part::Float(place(value.extract::<f64>().ok_or_else(other)? + 0.0)),
            value if value.is_integer() => Part::Whole(value.extract::<i128>().ok_or_else(other)?),
            _ => return Err(other()),
        })
    }

    fn value(&self) -> AnyValue<'_> {
        match self {
            Part::Missing => AnyValue::Null,
            Part::Bool(value) => AnyValue::Boolean(*value),
            Part::Whole(value) => match i64::try_from(*value) {
                Ok(value) => AnyValue::Int64(value),
                Err(_) => AnyValue::UInt64(*value as u64),
            },
            Part::Float(place) => AnyValue::Float64(at(*place)),
            Part::Text(text) => AnyValue::String(text),
        }
    }
}

/// What a pass gathers for a measure of a group.
enum Figure<'a> {
    WholeSum(i128),
    WholeExtreme(Option<i64>, bool),
    Sum(Box<ExactSum>, u64),
    Moments(Box<ExactMoments>, u64),
    /// As places, with NaN left out as long as there are others.
    Extreme {
        extreme: Option<u64>,
        greatest: bool,
        nan: bool,
    },
    Quantile {
        windows: Vec<Window<'a>>,
        count: u64,
    },
}

impl<'a> Figure<'a> {
    fn new(kind: Kind, whole: bool, intervals: Option<&[Interval]>, room: &'a Room) -> Figure<'a> {
        match (kind, whole) {
            (Kind::Count | Kind::Sum, true) => Figure::WholeSum(0),
            (Kind::Min | Kind::Max, true) => Figure::WholeExtreme(None, kind == Kind::Max),
            (Kind::Min | Kind::Max, false) => {
                Figure::Extreme { extreme: None, greatest: kind == Kind::Max, nan: false }
            }
            (Kind::Std, _) => Figure::Moments(Box::default(), 0),
            (Kind::Quantile(_), _) => {
                let intervals = intervals.unwrap_or(&[EVERYWHERE]);
                let windows = intervals.iter().map(|interval| Window::new(*interval, room)).collect();
                Figure::Quantile { windows, count: 0 }
            }
            (Kind::Count | Kind::Sum | Kind::Mean, _) => Figure::Sum(Box::default(), 0),
        }
    }

    fn add(&mut self, column: &Column, rows: &Rows) -> Result<(), TableError> {
        let column = column.as_materialized_series();
        let (mut floats, mut wholes) = (Vec::new(), Vec::new());
        match self {
            Figure::WholeSum(sum) => {
                *sum += present(column.i64()?, rows, &mut wholes)
                    .iter()
                    .map(|value| i128::from(*value))
                    .sum::<i128>();
            }
            Figure::WholeExtreme(extreme, greatest) => {
                let pick = if *greatest { i64::max } else { i64::min };
                let found = present(column.i64()?, rows, &mut wholes).iter().copied().reduce(pick);
                *extreme = [*extreme, found].into_iter().flatten().reduce(pick);
            }
            Figure::Sum(sum, count) => {
                let values = present(column.f64()?, rows, &mut floats);
                sum.add_all(values);
                *count += values.len() as u64;
            }
            Figure::Moments(moments, count) => {
                let values = present(column.f64()?, rows, &mut floats);
                values.iter().for_each(|value| moments.add(*value));
                *count += values.len() as u64;
            }
            Figure::Extreme { extreme, greatest, nan } => {
                let pick = if *greatest { u64::max } else { u64::min };
                let values = present(column.f64()?, rows, &mut floats);
                let numbers = values.iter().filter(|value| !value.is_nan()).map(|value| place(*value));
                *extreme = [*extreme, numbers.reduce(pick)].into_iter().flatten().reduce(pick);
                *nan |= values.iter().any(|value| value.is_nan());
            }
            Figure::Quantile { windows, count } => {
                let values = present(column.f64()?, rows, &mut floats);
                windows.iter_mut().for_each(|window| window.add_all(values));
                *count += values.len() as u64;
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Figure<'a>) -> Result<(), TableError> {
        match (self, other) {
            (Figure::WholeSum(sum), Figure::WholeSum(other)) => *sum += other,
            (Figure::WholeExtreme(extreme, greatest), Figure::WholeExtreme(other, _)) => {
                let pick = if *greatest { i64::max } else { i64::min };
                *extreme = [*extreme, other].into_iter().flatten().reduce(pick);
            }
            (Figure::Sum(sum, count), Figure::Sum(other, more)) => {
                sum.merge(*other);
                *count += more;
            }
            (Figure::Moments(moments, count), Figure::Moments(other, more)) => {
                moments.merge(*other);
                *count += more;
            }
            (
                Figure::Extreme { extreme, greatest, nan },
                Figure::Extreme { extreme: other, nan: other_nan, .. },
            ) => {
                let pick = if *greatest { u64::max } else { u64::min };
                *extreme = [*extreme, other].into_iter().flatten().reduce(pick);
                *nan |= other_nan;
            }
            (Figure::Quantile { windows, count }, Figure::Quantile { windows: other, count: more }) => {
                windows.iter_mut().zip(other).for_each(|(window, other)| window.merge(other));
                *count += more;
            }
            _ => unreachable!("figures of one measure are of one kind"),
        }
        Ok(())
    }

    /// What the first pass tells.
    fn answer(self, kind: Kind) -> Result<Answer, TableError> {
        Ok(match self {
            Figure::WholeSum(sum) => {
                Answer::Whole(Some(i64::try_from(sum).map_err(|_| TableError::SumTooLarge { sum })?))
            }
            Figure::WholeExtreme(extreme, _) => Answer::Whole(extreme),
            Figure::Sum(sum, _) if kind == Kind::Sum => Answer::Float(Some(sum.value())),
            Figure::Sum(sum, count) => Answer::Float((count > 0).then(|| sum.value() / count as f64)),
            Figure::Moments(moments, count) => Answer::Float((count > 1).then(|| moments.deviation(count))),
            Figure::Extreme { extreme, nan, .. } => {
                Answer::Float(extreme.map(at).or(nan.then_some(f64::NAN)))
            }
            Figure::Quantile { count: 0, .. } => Answer::Float(None),
            Figure::Quantile { windows, count } => {
                let Kind::Quantile(q) = kind else { return Ok(Answer::Float(None)) };
                let (first, second, part) = ranks(q, count);
                let mut search = Search { ranks: [first, second], part, found: [Found::In(EVERYWHERE); 2] };
                search.narrow_in(windows, true);
                search.value().map_or(Answer::Between(search), |value| Answer::Float(Some(value)))
            }
        })
    }
}

/// A figure, or where it is.
enum Answer {
    Whole(Option<i64>),
    Float(Option<f64>),
    Between(Search),
}

impl Answer {
    fn intervals(&self) -> Vec<Interval> {
        match self {
            Answer::Between(search) => search.intervals(),
            _ => Vec::new(),
        }
    }
}

/// The two ranks between which a quantile lies, and what is known of them.
#[derive(Debug, Clone, Copy)]
struct Search {
    ranks: [u64; 2],
    part: f64,
    found: [Found; 2],
}

impl Search {
    fn narrow(&mut self, windows: Vec<Window<'_>>) {
        self.narrow_in(windows, false);
    }

    /// `any`: the windows are guesses, and the first tells of every rank.
    fn narrow_in(&mut self, mut windows: Vec<Window<'_>>, any: bool) {
        for (found, rank) in self.found.iter_mut().zip(self.ranks) {
            if let Found::In(interval) = *found
                && let Some(window) = windows.iter_mut().find(|window| any || window.interval() == interval)
            {
                *found = window.find(rank);
            }
        }
    }

    fn intervals(&self) -> Vec<Interval> {
        let mut intervals: Vec<Interval> = self
            .found
            .iter()
            .filter_map(|found| if let Found::In(interval) = found { Some(*interval) } else { None })
            .collect();
        intervals.dedup();
        intervals
    }

    fn value(&self) -> Option<f64> {
        let [Found::Value(first), Found::Value(second)] = self.found else { return None };
        let (first, second) = (at(first), at(second));
        // Between equal values there is nothing, also when they are infinite.
        Some(if self.part == 0.0 || first == second { first } else { first + (second - first) * self.part })
    }
}
