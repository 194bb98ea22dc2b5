//! Grouping of the rows of a batch, and access to their non-null values.

use super::quantile::{double_at, ordinal};
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
        && let Some(groups) = groups_of_few_strings(key)
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
        let key: Result<Vec<KeyValue>, ExactError> =
            keys.iter().map(|key| KeyValue::of(key, first as usize)).collect();
        found.push((Key(key?), rows));
    }
    Ok(found)
}

/// Groups by a string column with few different short values, as categories have. Much faster than the general case.
fn groups_of_few_strings(key: &Column) -> Option<Vec<(Key, Rows)>> {
    const FEW: usize = 8;
    let strings = key.as_materialized_series().str().ok()?;
    if strings.null_count() > 0 || strings.chunks().len() != 1 {
        return None;
    }
    let array = strings.downcast_as_array();
    let mut found: Vec<(u128, Vec<IdxSize>)> = Vec::new();
    for (row, view) in array.views().iter().enumerate() {
        // A short string is stored in its view, padded with zeros.
        let text = view.is_inline().then(|| view.as_u128())?;
        match found.iter().position(|(known, _)| *known == text) {
            Some(number) => found[number].1.push(row as IdxSize),
            None if found.len() == FEW => return None,
            None => found.push((text, vec![row as IdxSize])),
        }
    }
    let key = |rows: &[IdxSize]| Key(vec![KeyValue::String(array.value(rows[0] as usize).to_owned())]);
    Some(found.into_iter().map(|(_, rows)| (key(&rows), Rows::At(rows))).collect())
}

/// The number of values that are copied at a time, few enough to stay in the processor's cache.
const CHUNK: usize = 4_096;

/// Calls `take` with the non-null values of a column in the given rows, in chunks. Values in consecutive rows are not
/// copied if the column has no nulls.
pub(super) fn non_null_chunks<T: PolarsNumericType>(
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
            for rows in rows.chunks(CHUNK) {
                copied.clear();
                copied.extend(rows.iter().map(|&row| values[row as usize]));
                take(&copied);
            }
        }
        (Some(mask), Rows::At(rows)) => {
            for rows in rows.chunks(CHUNK) {
                let rows = rows.iter().map(|&row| row as usize);
                take(copy_non_null(values, rows, |row| mask.get_bit(row), &mut copied));
            }
        }
        (Some(mask), Rows::All | Rows::Range(..)) => {
            for start in (first..first + count).step_by(CHUNK) {
                let rows = start..(start + CHUNK).min(first + count);
                take(copy_non_null(values, rows, |row| mask.get_bit(row), &mut copied));
            }
        }
    }
}

/// Copies the non-null values of at most [`CHUNK`] rows. Each value is copied, and a null is overwritten by the next
/// value, so the loop has no branch to predict.
fn copy_non_null<'a, N: Copy + Default>(
    values: &[N],
    rows: impl Iterator<Item = usize>,
    is_valid: impl Fn(usize) -> bool,
    copied: &'a mut Vec<N>,
) -> &'a [N] {
    copied.resize(CHUNK, N::default());
    let mut count = 0;
    for row in rows {
        copied[count] = values[row];
        count += usize::from(is_valid(row));
    }
    &copied[..count]
}

/// The values of the key columns, which identify a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(pub(super) Vec<KeyValue>);

/// One value of a key. Missing values sort first and NaN last; 0 and −0 are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum KeyValue {
    Missing,
    Bool(bool),
    Integer(i128),
    /// As an ordinal.
    Float(u64),
    String(String),
}

impl KeyValue {
    fn of(column: &Column, row: usize) -> Result<KeyValue, ExactError> {
        let value = column.get(row)?;
        let unsupported = || ExactError::UnsupportedKey {
            column: column.name().to_string(),
            found: column.dtype().to_string(),
        };
        Ok(match &value {
            AnyValue::Null => KeyValue::Missing,
            AnyValue::Boolean(value) => KeyValue::Bool(*value),
            AnyValue::String(text) => KeyValue::String((*text).to_owned()),
            AnyValue::StringOwned(text) => KeyValue::String(text.to_string()),
            value if value.is_float() => {
                KeyValue::Float(ordinal(value.extract::<f64>().ok_or_else(unsupported)? + 0.0))
            }
            value if value.is_integer() => {
                KeyValue::Integer(value.extract::<i128>().ok_or_else(unsupported)?)
            }
            _ => return Err(unsupported()),
        })
    }

    pub(super) fn value(&self) -> AnyValue<'_> {
        match self {
            KeyValue::Missing => AnyValue::Null,
            KeyValue::Bool(value) => AnyValue::Boolean(*value),
            KeyValue::Integer(value) => match i64::try_from(*value) {
                Ok(value) => AnyValue::Int64(value),
                Err(_) => AnyValue::UInt64(*value as u64),
            },
            KeyValue::Float(ordinal) => AnyValue::Float64(double_at(*ordinal)),
            KeyValue::String(text) => AnyValue::String(text),
        }
    }
}
