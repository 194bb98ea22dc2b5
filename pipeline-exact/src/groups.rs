//! The rows of a batch by the group that they belong to, and the values that are there.

use super::quantile::{at, place};
use crate::ExactError;
use polars::prelude::*;

/// The rows of a batch that belong to a group.
pub(super) enum Rows {
    All,
    At(Vec<IdxSize>),
    Range(usize, usize),
}

pub(super) fn groups(batch: &DataFrame, keys: &[Column]) -> Result<Vec<(Key, Rows)>, ExactError> {
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
        let key: Result<Vec<Part>, ExactError> =
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

/// How many values are copied at a time: they stay in the processor's cache.
const PART: usize = 4_096;

/// Hands on the values of a column that are there, in some rows, in parts. Those of rows one after the other are not copied
/// where none is missing.
pub(super) fn present<T: PolarsNumericType>(
    values: &ChunkedArray<T>,
    rows: &Rows,
    mut take: impl FnMut(&[T::Native]),
) {
    let Some(array) = values.downcast_iter().next() else { return };
    let values = array.values().as_slice();
    let (first, count) = match *rows {
        Rows::All => (0, values.len()),
        Rows::Range(first, count) => (first, count),
        Rows::At(_) => (0, 0),
    };
    let mut copied = Vec::new();
    match (array.validity(), rows) {
        (None, Rows::All | Rows::Range(..)) => take(&values[first..first + count]),
        (None, Rows::At(rows)) => {
            for rows in rows.chunks(PART) {
                copied.clear();
                copied.extend(rows.iter().map(|&row| values[row as usize]));
                take(&copied);
            }
        }
        (Some(mask), Rows::At(rows)) => {
            for rows in rows.chunks(PART) {
                let rows = rows.iter().map(|&row| row as usize);
                take(there(values, rows, |row| mask.get_bit(row), &mut copied));
            }
        }
        (Some(mask), Rows::All | Rows::Range(..)) => {
            for start in (first..first + count).step_by(PART) {
                let rows = start..(start + PART).min(first + count);
                take(there(values, rows, |row| mask.get_bit(row), &mut copied));
            }
        }
    }
}

/// The values that are there in these rows, at most a part. Each is copied, and stays where it is there: no branch has to be
/// foreseen.
fn there<'a, N: Copy + Default>(
    values: &[N],
    rows: impl Iterator<Item = usize>,
    is_there: impl Fn(usize) -> bool,
    copied: &'a mut Vec<N>,
) -> &'a [N] {
    copied.resize(PART, N::default());
    let mut count = 0;
    for row in rows {
        copied[count] = values[row];
        count += usize::from(is_there(row));
    }
    &copied[..count]
}

/// The values of the keys, which tell a group from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(pub(super) Vec<Part>);

/// One value of a key. Missing values come first, NaN last; zeros are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    Missing,
    Bool(bool),
    Whole(i128),
    Float(u64),
    Text(String),
}

impl Part {
    fn of(column: &Column, row: usize) -> Result<Part, ExactError> {
        let value = column.get(row)?;
        let other =
            || ExactError::NoKey { column: column.name().to_string(), found: column.dtype().to_string() };
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

    pub(super) fn value(&self) -> AnyValue<'_> {
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
