//! What a pass gathers for a measure of a group, and what comes of it.

use super::groups::{Rows, present};
use super::measure::Kind;
use super::quantile::{EVERYWHERE, Found, Interval, Room, Window, at, place, ranks};
use super::sum::{ExactMoments, ExactSum};
use crate::frame::TableError;
use polars::prelude::*;

/// What a pass gathers for a measure of a group.
pub(super) enum Figure<'a> {
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
    pub(super) fn new(kind: Kind, whole: bool, intervals: Option<&[Interval]>, room: &'a Room) -> Figure<'a> {
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

    pub(super) fn add(&mut self, column: &Column, rows: &Rows) -> Result<(), TableError> {
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

    pub(super) fn merge(&mut self, other: Figure<'a>) -> Result<(), TableError> {
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
    pub(super) fn answer(self, kind: Kind) -> Result<Answer, TableError> {
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
        let (first, second) = (at(first), at(second));
        // Between equal values there is nothing, also when they are infinite.
        Some(if self.part == 0.0 || first == second { first } else { first + (second - first) * self.part })
    }
}
