//! What a pass gathers for a measure of a group, and what comes of it.

use super::groups::{Rows, present};
use super::measure::Kind;
use super::nearest::{LEAST, between, units};
use super::quantile::{
    EVERYWHERE, Found, Interval, MemoryBudget, Window, at, place, place_of_whole, ranks, whole_at,
};
use super::sum::{ExactMoments, ExactSum, WholeMoments, mean_of_whole};
use crate::ExactError;
use num_bigint::BigInt;
use polars::prelude::*;

/// What a pass gathers for a measure of a group, and of how many values.
pub(super) enum Figure<'a> {
    WholeSum(i128, u64),
    WholeMoments(Box<WholeMoments>, u64),
    Sum(Box<ExactSum>, u64),
    Moments(Box<ExactMoments>, u64),
    /// As a place.
    Extreme {
        extreme: Option<u64>,
        greatest: bool,
    },
    Quantile {
        windows: Vec<Window<'a>>,
        count: u64,
    },
}

impl<'a> Figure<'a> {
    pub(super) fn new(
        kind: Kind,
        whole: bool,
        intervals: Option<&[Interval]>,
        budget: &'a MemoryBudget,
    ) -> Figure<'a> {
        match kind {
            Kind::Count | Kind::Sum | Kind::Mean if whole => Figure::WholeSum(0, 0),
            Kind::Count | Kind::Sum | Kind::Mean => Figure::Sum(Box::default(), 0),
            Kind::Std if whole => Figure::WholeMoments(Box::default(), 0),
            Kind::Std => Figure::Moments(Box::default(), 0),
            Kind::Min | Kind::Max => Figure::Extreme { extreme: None, greatest: kind == Kind::Max },
            Kind::Quantile(_) => {
                let intervals = intervals.unwrap_or(&[EVERYWHERE]);
                let windows = intervals.iter().map(|interval| Window::new(*interval, budget)).collect();
                Figure::Quantile { windows, count: 0 }
            }
        }
    }

    /// Adds the values of a column in some rows.
    pub(super) fn add(&mut self, column: &Column, rows: &Rows) -> Result<(), ExactError> {
        let column = column.as_materialized_series();
        match self {
            Figure::WholeSum(sum, count) => with_wholes(column, rows, |values| {
                *sum += sum_of_wholes(values);
                *count += values.len() as u64;
            }),
            Figure::WholeMoments(moments, count) => with_wholes(column, rows, |values| {
                moments.add_all(values);
                *count += values.len() as u64;
            }),
            Figure::Sum(sum, count) => with_numbers(column, rows, |values| {
                sum.add_all(values);
                *count += values.len() as u64;
            }),
            Figure::Moments(moments, count) => with_numbers(column, rows, |values| {
                moments.add_all(values);
                *count += values.len() as u64;
            }),
            Figure::Extreme { extreme, greatest } => with_places(column, rows, |places| {
                let found = if *greatest { places.iter().max() } else { places.iter().min() };
                *extreme = further(*extreme, found.copied(), *greatest);
            }),
            Figure::Quantile { windows, count } => with_places(column, rows, |places| {
                windows.iter_mut().for_each(|window| window.add_all(places));
                *count += places.len() as u64;
            }),
        }
    }

    pub(super) fn merge(&mut self, other: Figure<'a>) {
        match (self, other) {
            (Figure::WholeSum(sum, count), Figure::WholeSum(other, more)) => {
                *sum += other;
                *count += more;
            }
            (Figure::WholeMoments(moments, count), Figure::WholeMoments(other, more)) => {
                moments.merge(*other);
                *count += more;
            }
            (Figure::Sum(sum, count), Figure::Sum(other, more)) => {
                sum.merge(*other);
                *count += more;
            }
            (Figure::Moments(moments, count), Figure::Moments(other, more)) => {
                moments.merge(*other);
                *count += more;
            }
            (Figure::Extreme { extreme, greatest }, Figure::Extreme { extreme: other, .. }) => {
                *extreme = further(*extreme, other, *greatest);
            }
            (Figure::Quantile { windows, count }, Figure::Quantile { windows: other, count: more }) => {
                windows.iter_mut().zip(other).for_each(|(window, other)| window.merge(other));
                *count += more;
            }
            _ => unreachable!("figures of one measure are of one kind"),
        }
    }

    /// What the first pass tells of whole numbers, or of others.
    pub(super) fn answer(self, kind: Kind, whole: bool) -> Result<Answer, ExactError> {
        let float = |there: bool, value: &dyn Fn() -> f64| Answer::Float(there.then(value));
        Ok(match self {
            Figure::WholeSum(sum, count) if kind == Kind::Mean => {
                float(count > 0, &|| mean_of_whole(sum, count))
            }
            Figure::WholeSum(sum, _) => {
                Answer::Whole(Some(i64::try_from(sum).map_err(|_| ExactError::SumTooLarge { sum })?))
            }
            Figure::WholeMoments(moments, count) => float(count > 1, &|| moments.deviation(count)),
            Figure::Sum(sum, _) if kind == Kind::Sum => Answer::Float(Some(sum.value())),
            Figure::Sum(sum, count) => float(count > 0, &|| sum.mean(count)),
            Figure::Moments(moments, count) => float(count > 1, &|| moments.deviation(count)),
            Figure::Extreme { extreme, .. } if whole => Answer::Whole(extreme.map(whole_at)),
            Figure::Extreme { extreme, .. } => Answer::Float(extreme.map(at)),
            Figure::Quantile { count: 0, .. } => Answer::Float(None),
            Figure::Quantile { windows, count } => {
                let Kind::Quantile(q) = kind else { return Ok(Answer::Float(None)) };
                let (first, second, part) = ranks(q, count);
                let mut search =
                    Search { ranks: [first, second], part, whole, found: [Found::In(EVERYWHERE); 2] };
                search.narrow_in(windows, true);
                search.value().map_or(Answer::Between(search), |value| Answer::Float(Some(value)))
            }
        })
    }
}

/// The greater of two, or the less, as far as they are there.
fn further(one: Option<u64>, other: Option<u64>, greatest: bool) -> Option<u64> {
    [one, other].into_iter().flatten().reduce(if greatest { u64::max } else { u64::min })
}

/// Hands on the whole numbers that a column has in some rows.
fn with_wholes(column: &Series, rows: &Rows, take: impl FnMut(&[i64])) -> Result<(), ExactError> {
    present(column.i64()?, rows, take);
    Ok(())
}

/// The sum of whole numbers: of their upper halves and their lower halves, each in a register.
fn sum_of_wholes(values: &[i64]) -> i128 {
    let halves = |values: &[i64]| {
        let (mut upper, mut lower) = (0_i64, 0_i64);
        for value in values {
            upper += value >> 32;
            lower += value & i64::from(u32::MAX);
        }
        (i128::from(upper) << 32) + i128::from(lower)
    };
    // Of so many, no sum of halves is too large.
    values.chunks(1 << 30).map(halves).sum()
}

/// Hands on the numbers that a column has in some rows: NaN is a missing value.
fn with_numbers(column: &Series, rows: &Rows, mut take: impl FnMut(&[f64])) -> Result<(), ExactError> {
    present(column.f64()?, rows, |values| {
        // Without an end before the last one, several are looked at at once.
        if values.iter().fold(false, |found, value| found | value.is_nan()) {
            let numbers: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            take(&numbers);
        } else {
            take(values);
        }
    });
    Ok(())
}

/// Hands on the places of the numbers that a column has in some rows.
pub(super) fn with_places(
    column: &Series,
    rows: &Rows,
    mut take: impl FnMut(&[u64]),
) -> Result<(), ExactError> {
    let mut places = Vec::new();
    if column.dtype() == &DataType::Int64 {
        with_wholes(column, rows, |values| {
            places.clear();
            places.extend(values.iter().map(|value| place_of_whole(*value)));
            take(&places);
        })
    } else {
        with_numbers(column, rows, |values| {
            places.clear();
            places.extend(values.iter().map(|value| place(*value)));
            take(&places);
        })
    }
}

/// A figure, or where it is.
pub(super) enum Answer {
    Whole(Option<i64>),
    Float(Option<f64>),
    Between(Search),
}

impl Answer {
    pub(super) fn intervals(&self) -> Vec<Interval> {
        match self {
            Answer::Between(search) => search.intervals(),
            _ => Vec::new(),
        }
    }
}

/// The two ranks between which a quantile lies, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    ranks: [u64; 2],
    part: f64,
    /// Whether the places are those of whole numbers.
    whole: bool,
    found: [Found; 2],
}

impl Search {
    pub(super) fn narrow(&mut self, windows: Vec<Window<'_>>) {
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

    pub(super) fn value(&self) -> Option<f64> {
        let [Found::Value(first), Found::Value(second)] = self.found else { return None };
        if self.whole {
            let [first, second] = [first, second].map(|place| BigInt::from(whole_at(place)));
            return Some(between(&first, &second, self.part, 0));
        }
        let (first, second) = (at(first), at(second));
        Some(if self.part == 0.0 || first == second {
            first
        } else if first.is_infinite() || second.is_infinite() {
            // Between −∞ and ∞ lies no number. One NaN for all.
            let between = first + second;
            if between.is_nan() { f64::NAN } else { between }
        } else {
            between(&units(first), &units(second), self.part, LEAST)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_summed_up_by_halves_without_loss() {
        for values in [
            vec![],
            vec![i64::MIN; 70_000],
            vec![i64::MAX; 70_000],
            vec![-1, 1, i64::MIN, i64::MAX, i64::from(u32::MAX), 1 << 32, -(1 << 32), -(1 << 31)],
        ] {
            let expected: i128 = values.iter().map(|value| i128::from(*value)).sum();
            assert_eq!(sum_of_wholes(&values), expected);
        }
    }

    #[test]
    fn values_in_parts_are_those_that_are_there() {
        let value = |row: usize| (row % 3 != 1).then_some(row as i64);
        let (gaps, whole): (Int64Chunked, Int64Chunked) =
            ((0..10_000).map(value).collect(), (0..10_000).map(|row| Some(row as i64)).collect());
        let odd: Vec<IdxSize> = (1..10_000).step_by(2).collect();
        let all: Vec<usize> = (0..10_000).collect();
        for (rows, chosen) in [
            (Rows::All, all.clone()),
            (Rows::Range(5, 9_000), (5..9_005).collect()),
            (Rows::Range(10, 0), vec![]),
            (Rows::At(odd), all.iter().copied().filter(|row| row % 2 == 1).collect()),
        ] {
            let mut found = [Vec::new(), Vec::new()];
            present(&gaps, &rows, |values| found[0].extend_from_slice(values));
            present(&whole, &rows, |values| found[1].extend_from_slice(values));
            assert_eq!(found[0], chosen.iter().copied().filter_map(value).collect::<Vec<_>>());
            assert_eq!(found[1], chosen.iter().map(|row| *row as i64).collect::<Vec<_>>());
        }
    }
}
