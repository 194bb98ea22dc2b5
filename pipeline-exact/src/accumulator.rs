//! Accumulators: the state of a measure of a group during a pass, and its outcome.

use super::groups::{Rows, non_null_chunks};
use super::measure::Kind;
use super::nearest::{LEAST, between, units};
use super::quantile::{
    FULL_RANGE, Found, Interval, MemoryBudget, Window, double_at, integer_at, ordinal, ordinal_of_integer,
    ranks,
};
use super::state::{Figure, State, more_extreme};
use super::sum::{ExactMoments, ExactSum, IntegerMoments, mean_of_integers};
use crate::ExactError;
use num_bigint::BigInt;
use polars::prelude::*;

/// The state of a measure of a group during a pass, with the number of values.
pub(super) enum Accumulator<'a> {
    IntegerSum(i128, u64),
    IntegerMoments(Box<IntegerMoments>, u64),
    Sum(Box<ExactSum>, u64),
    Moments(Box<ExactMoments>, u64),
    /// The extreme as an ordinal.
    Extreme {
        extreme: Option<u64>,
        greatest: bool,
    },
    Quantile {
        windows: Vec<Window<'a>>,
        count: u64,
    },
    /// `None` if there was no state yet.
    State(Option<Box<State>>),
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    Integers,
    Doubles,
    States,
}

impl<'a> Accumulator<'a> {
    pub(super) fn new(
        kind: Kind,
        values: Values,
        intervals: Option<&[Interval]>,
        budget: &'a MemoryBudget,
    ) -> Accumulator<'a> {
        let integers = values == Values::Integers;
        match kind {
            _ if values == Values::States => Accumulator::State(None),
            Kind::State => Accumulator::State(Some(Box::new(State::of_none(integers)))),
            Kind::Count | Kind::Sum | Kind::Mean if integers => Accumulator::IntegerSum(0, 0),
            Kind::Count | Kind::Sum | Kind::Mean => Accumulator::Sum(Box::default(), 0),
            Kind::Std if integers => Accumulator::IntegerMoments(Box::default(), 0),
            Kind::Std => Accumulator::Moments(Box::default(), 0),
            Kind::Min | Kind::Max => Accumulator::Extreme { extreme: None, greatest: kind == Kind::Max },
            Kind::Quantile(_) => {
                let intervals = intervals.unwrap_or(&[FULL_RANGE]);
                let windows = intervals.iter().map(|interval| Window::new(*interval, budget)).collect();
                Accumulator::Quantile { windows, count: 0 }
            }
        }
    }

    /// Adds the values of a column in the given rows.
    pub(super) fn add(&mut self, column: &Column, rows: &Rows) -> Result<(), ExactError> {
        let column = column.as_materialized_series();
        match self {
            Accumulator::IntegerSum(sum, count) => with_integers(column, rows, |values| {
                *sum += sum_of_integers(values);
                *count += values.len() as u64;
            }),
            Accumulator::IntegerMoments(moments, count) => with_integers(column, rows, |values| {
                moments.add_all(values);
                *count += values.len() as u64;
            }),
            Accumulator::Sum(sum, count) => with_numbers(column, rows, |values| {
                sum.add_all(values);
                *count += values.len() as u64;
            }),
            Accumulator::Moments(moments, count) => with_numbers(column, rows, |values| {
                moments.add_all(values);
                *count += values.len() as u64;
            }),
            Accumulator::Extreme { extreme, greatest } => with_ordinals(column, rows, |ordinals| {
                let found = if *greatest { ordinals.iter().max() } else { ordinals.iter().min() };
                *extreme = more_extreme(*extreme, found.copied(), *greatest);
            }),
            Accumulator::Quantile { windows, count } => with_ordinals(column, rows, |ordinals| {
                windows.iter_mut().for_each(|window| window.add_all(ordinals));
                *count += ordinals.len() as u64;
            }),
            Accumulator::State(state) if column.dtype() == &DataType::Binary => {
                with_states(column, rows, |more| merge_states(state, more))
            }
            Accumulator::State(None) => unreachable!("the state of numbers is empty at first"),
            Accumulator::State(Some(state)) if column.dtype() == &DataType::Int64 => {
                with_integers(column, rows, |values| state.add_integers(values))
            }
            Accumulator::State(Some(state)) => with_numbers(column, rows, |values| state.add_doubles(values)),
        }
    }

    /// Merges two accumulators. Returns whether that is possible: states of integers and of doubles can't be merged.
    pub(super) fn merge(&mut self, other: Accumulator<'a>) -> bool {
        match (self, other) {
            (Accumulator::State(state), Accumulator::State(Some(more))) => return merge_states(state, *more),
            (Accumulator::State(_), Accumulator::State(None)) => {}
            (Accumulator::IntegerSum(sum, count), Accumulator::IntegerSum(other, more)) => {
                *sum += other;
                *count += more;
            }
            (Accumulator::IntegerMoments(moments, count), Accumulator::IntegerMoments(other, more)) => {
                moments.merge(*other);
                *count += more;
            }
            (Accumulator::Sum(sum, count), Accumulator::Sum(other, more)) => {
                sum.merge(*other);
                *count += more;
            }
            (Accumulator::Moments(moments, count), Accumulator::Moments(other, more)) => {
                moments.merge(*other);
                *count += more;
            }
            (Accumulator::Extreme { extreme, greatest }, Accumulator::Extreme { extreme: other, .. }) => {
                *extreme = more_extreme(*extreme, other, *greatest);
            }
            (
                Accumulator::Quantile { windows, count },
                Accumulator::Quantile { windows: other, count: more },
            ) => {
                windows.iter_mut().zip(other).for_each(|(window, other)| window.merge(other));
                *count += more;
            }
            _ => unreachable!("accumulators of one measure are of one kind"),
        }
        true
    }

    /// The outcome of the first pass. `integers`: whether the values are integers; of states, whether the outcome is to be one.
    pub(super) fn outcome(self, kind: Kind, integers: bool) -> Result<Outcome, ExactError> {
        let float = |exists: bool, value: &dyn Fn() -> f64| Outcome::Float(exists.then(value));
        Ok(match self {
            Accumulator::IntegerSum(sum, count) if kind == Kind::Mean => {
                float(count > 0, &|| mean_of_integers(sum, count))
            }
            Accumulator::IntegerSum(sum, _) => {
                Outcome::Integer(Some(i64::try_from(sum).map_err(|_| ExactError::SumTooLarge { sum })?))
            }
            Accumulator::IntegerMoments(moments, count) => float(count > 1, &|| moments.deviation(count)),
            Accumulator::Sum(sum, _) if kind == Kind::Sum => Outcome::Float(Some(sum.value())),
            Accumulator::Sum(sum, count) => float(count > 0, &|| sum.mean(count)),
            Accumulator::Moments(moments, count) => float(count > 1, &|| moments.deviation(count)),
            Accumulator::Extreme { extreme, .. } if integers => Outcome::Integer(extreme.map(integer_at)),
            Accumulator::Extreme { extreme, .. } => Outcome::Float(extreme.map(double_at)),
            Accumulator::State(state) => {
                let state = state.unwrap_or_else(|| Box::new(State::of_none(integers)));
                match state.figure(kind, integers)? {
                    Figure::Integer(value) => Outcome::Integer(value),
                    Figure::Float(value) => Outcome::Float(value),
                    Figure::Bytes(state) => Outcome::Bytes(state),
                }
            }
            Accumulator::Quantile { count: 0, .. } => Outcome::Float(None),
            Accumulator::Quantile { windows, count } => {
                let Kind::Quantile(q) = kind else { return Ok(Outcome::Float(None)) };
                let (first, second, part) = ranks(q, count);
                let mut search =
                    Search { ranks: [first, second], part, integers, found: [Found::In(FULL_RANGE); 2] };
                search.narrow_in(windows, true);
                search.value().map_or(Outcome::Pending(search), |value| Outcome::Float(Some(value)))
            }
        })
    }
}

/// Merges states. Returns whether that is possible.
fn merge_states(state: &mut Option<Box<State>>, more: State) -> bool {
    *state = match state.take() {
        None => Some(Box::new(more)),
        Some(state) => state.merged(more).map(Box::new),
    };
    state.is_some()
}

/// Calls `take` with the states of a column in the given rows, until it returns `false`.
fn with_states(column: &Series, rows: &Rows, mut take: impl FnMut(State) -> bool) -> Result<(), ExactError> {
    // The column has the name of its place; `of_column` replaces it.
    let (name, states) = (|| column.name().to_string(), column.binary()?);
    let mut each = |row: usize| match states.get(row).map(State::decode) {
        None => Ok(()),
        Some(None) => Err(ExactError::NotAState { column: name() }),
        Some(Some(state)) => match take(state) {
            true => Ok(()),
            false => Err(ExactError::MixedStates { column: name() }),
        },
    };
    match rows {
        Rows::All => (0..states.len()).try_for_each(each),
        Rows::Range(first, count) => (*first..first + count).try_for_each(each),
        Rows::At(rows) => rows.iter().try_for_each(|&row| each(row as usize)),
    }
}

/// Calls `take` with the integers of a column in the given rows, without missing values.
fn with_integers(column: &Series, rows: &Rows, take: impl FnMut(&[i64])) -> Result<(), ExactError> {
    non_null_chunks(column.i64()?, rows, take);
    Ok(())
}

/// Sums integers by their upper and lower halves, each in a register.
fn sum_of_integers(values: &[i64]) -> i128 {
    let halves = |values: &[i64]| {
        let (mut upper, mut lower) = (0_i64, 0_i64);
        for value in values {
            upper += value >> 32;
            lower += value & i64::from(u32::MAX);
        }
        (i128::from(upper) << 32) + i128::from(lower)
    };
    // Sums of 2³⁰ halves can't overflow.
    values.chunks(1 << 30).map(halves).sum()
}

/// Calls `take` with the doubles of a column in the given rows, without missing values and NaN.
fn with_numbers(column: &Series, rows: &Rows, mut take: impl FnMut(&[f64])) -> Result<(), ExactError> {
    non_null_chunks(column.f64()?, rows, |values| {
        // A fold without early exit is vectorised.
        if values.iter().fold(false, |found, value| found | value.is_nan()) {
            let numbers: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            take(&numbers);
        } else {
            take(values);
        }
    });
    Ok(())
}

/// Calls `take` with the ordinals of the numbers of a column in the given rows.
pub(super) fn with_ordinals(
    column: &Series,
    rows: &Rows,
    mut take: impl FnMut(&[u64]),
) -> Result<(), ExactError> {
    let mut ordinals = Vec::new();
    if column.dtype() == &DataType::Int64 {
        with_integers(column, rows, |values| {
            ordinals.clear();
            ordinals.extend(values.iter().map(|value| ordinal_of_integer(*value)));
            take(&ordinals);
        })
    } else {
        with_numbers(column, rows, |values| {
            ordinals.clear();
            ordinals.extend(values.iter().map(|value| ordinal(*value)));
            take(&ordinals);
        })
    }
}

/// The value of a statistic, or the search for it.
pub(super) enum Outcome {
    Integer(Option<i64>),
    Float(Option<f64>),
    /// A state.
    Bytes(Vec<u8>),
    Pending(Search),
}

impl Outcome {
    pub(super) fn intervals(&self) -> Vec<Interval> {
        match self {
            Outcome::Pending(search) => search.intervals(),
            _ => Vec::new(),
        }
    }
}

/// The search for a quantile: the two ranks between which it lies, and the state of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    ranks: [u64; 2],
    part: f64,
    /// Whether the ordinals are those of integers.
    integers: bool,
    found: [Found; 2],
}

impl Search {
    pub(super) fn narrow(&mut self, windows: Vec<Window<'_>>) {
        self.narrow_in(windows, false);
    }

    /// With `any`, the windows have guessed intervals, and the first one is used for each rank.
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
        if self.integers {
            let [first, second] = [first, second].map(|ordinal| BigInt::from(integer_at(ordinal)));
            return Some(between(&first, &second, self.part, 0));
        }
        let (first, second) = (double_at(first), double_at(second));
        Some(if self.part == 0.0 || first == second {
            first
        } else if first.is_infinite() || second.is_infinite() {
            // No number lies between −∞ and ∞. NaN always has the same bits.
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
    fn integers_are_summed_by_halves_without_loss() {
        for values in [
            vec![],
            vec![i64::MIN; 70_000],
            vec![i64::MAX; 70_000],
            vec![-1, 1, i64::MIN, i64::MAX, i64::from(u32::MAX), 1 << 32, -(1 << 32), -(1 << 31)],
        ] {
            let expected: i128 = values.iter().map(|value| i128::from(*value)).sum();
            assert_eq!(sum_of_integers(&values), expected);
        }
    }

    #[test]
    fn chunks_contain_exactly_the_non_null_values() {
        let value = |row: usize| (row % 3 != 1).then_some(row as i64);
        let (gaps, full): (Int64Chunked, Int64Chunked) =
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
            non_null_chunks(&gaps, &rows, |values| found[0].extend_from_slice(values));
            non_null_chunks(&full, &rows, |values| found[1].extend_from_slice(values));
            assert_eq!(found[0], chosen.iter().copied().filter_map(value).collect::<Vec<_>>());
            assert_eq!(found[1], chosen.iter().map(|row| *row as i64).collect::<Vec<_>>());
        }
    }
}
