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

/// The values of a column that are there, in some rows. Those of all rows are not copied.
pub(super) fn present<'a, T: PolarsNumericType>(
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
        (Some(mask), rows) => {
            let (first, count) =
                if let &Rows::Range(first, count) = rows { (first, count) } else { (0, values.len()) };
            // What lies between two that are missing is copied at once: few are, as a rule.
            let mut next = first;
            for missing in (!&mask.clone().sliced(first, count)).true_idx_iter() {
                copied.extend_from_slice(&values[next..first + missing]);
                next = first + missing + 1;
            }
            copied.extend_from_slice(&values[next..first + count]);
        }
    }
    copied
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
