//! The state of a column of a group: everything that its statistics but quantiles are computed from, without its rows. States of
//! parts are merged, and give the figures of all rows, to the last bit.
//!
//! | bytes | content |
//! | --- | --- |
//! | 1 | the version of this format, and whether the values are integers (`1`) or doubles (`2`) |
//! | 8 | the number of values |
//! | 16 | the least and the greatest value, as ordinals; left out without values |
//! | 1 | of doubles: what the infinities among them add up to; the rest is left out if there are any |
//! | 5 to 275 | their exact sum: the number of zero bytes at its end, of other bytes, and these, as two's complement |
//! | 5 to 538 | the exact sum of their squares, likewise |
//!
//! Numbers are little-endian. Equal values, in any order and split, have equal bytes.

use super::quantile::{double_at, integer_at, ordinal, ordinal_of_integer};
use super::sum::{ExactMoments, IntegerMoments, mean_of_integers};
use crate::ExactError;
use crate::measure::Kind;
use num_bigint::BigInt;

/// What is computed from a state.
pub(super) enum Figure {
    Integer(Option<i64>),
    Float(Option<f64>),
    /// A state.
    Bytes(Vec<u8>),
}

/// The state of a group's values.
pub(super) struct State {
    moments: Moments,
    count: u64,
    /// The least and the greatest value, as ordinals.
    extremes: [Option<u64>; 2],
}

enum Moments {
    Integers(IntegerMoments),
    Doubles(Box<ExactMoments>),
}

impl State {
    /// Returns the state of no values.
    pub(super) fn of_none(integers: bool) -> State {
        let moments = match integers {
            true => Moments::Integers(IntegerMoments::default()),
            false => Moments::Doubles(Box::default()),
        };
        State { moments, count: 0, extremes: [None; 2] }
    }

    /// Adds values to a state of integers.
    pub(super) fn add_integers(&mut self, values: &[i64]) {
        if let Moments::Integers(moments) = &mut self.moments {
            moments.add_all(values);
        }
        self.count(values, ordinal_of_integer);
    }

    /// Adds values to a state of doubles.
    pub(super) fn add_doubles(&mut self, values: &[f64]) {
        if let Moments::Doubles(moments) = &mut self.moments {
            moments.add_all(values);
        }
        self.count(values, ordinal);
    }

    fn count<T: Copy>(&mut self, values: &[T], ordinal: impl Fn(T) -> u64) {
        self.count += values.len() as u64;
        let ordinals = || values.iter().map(|&value| ordinal(value));
        let [least, greatest] = &mut self.extremes;
        *least = more_extreme(*least, ordinals().min(), false);
        *greatest = more_extreme(*greatest, ordinals().max(), true);
    }

    /// Merges two states. Returns `None` if one is of integers and the other of doubles.
    pub(super) fn merged(mut self, other: State) -> Option<State> {
        match (&mut self.moments, other.moments) {
            (Moments::Integers(moments), Moments::Integers(more)) => moments.merge(more),
            (Moments::Doubles(moments), Moments::Doubles(more)) => moments.merge(*more),
            _ => return None,
        }
        self.count += other.count;
        for (number, greatest) in [false, true].into_iter().enumerate() {
            self.extremes[number] = more_extreme(self.extremes[number], other.extremes[number], greatest);
        }
        Some(self)
    }

    /// Returns the statistic, as an integer if `whole` is set.
    pub(super) fn figure(&self, kind: Kind, whole: bool) -> Result<Figure, ExactError> {
        let integers = matches!(self.moments, Moments::Integers(_));
        let count = self.count;
        if whole && !integers && kind != Kind::Count {
            return Err(ExactError::NotIntegers);
        }
        let extreme = |ordinal: Option<u64>| match (integers, whole) {
            (true, true) => Figure::Integer(ordinal.map(integer_at)),
            (true, false) => Figure::Float(ordinal.map(|ordinal| integer_at(ordinal) as f64)),
            (false, _) => Figure::Float(ordinal.map(double_at)),
        };
        Ok(match (kind, &self.moments) {
            (Kind::State, _) => Figure::Bytes(self.encode()),
            (Kind::Count, _) => Figure::Integer(i64::try_from(count).ok()),
            (Kind::Min, _) => extreme(self.extremes[0]),
            (Kind::Max, _) => extreme(self.extremes[1]),
            (Kind::Sum, Moments::Integers(moments)) if whole => {
                let sum = moments.sum();
                Figure::Integer(Some(i64::try_from(sum).map_err(|_| ExactError::SumTooLarge { sum })?))
            }
            (Kind::Sum, Moments::Integers(moments)) => {
                Figure::Float(Some(mean_of_integers(moments.sum(), 1)))
            }
            (Kind::Sum, Moments::Doubles(moments)) => Figure::Float(Some(moments.values().value())),
            (Kind::Mean, Moments::Integers(moments)) => {
                Figure::Float((count > 0).then(|| mean_of_integers(moments.sum(), count)))
            }
            (Kind::Mean, Moments::Doubles(moments)) => {
                Figure::Float((count > 0).then(|| moments.values().mean(count)))
            }
            (Kind::Std, Moments::Integers(moments)) => {
                Figure::Float((count > 1).then(|| moments.deviation(count)))
            }
            (Kind::Std, Moments::Doubles(moments)) => {
                Figure::Float((count > 1).then(|| moments.deviation(count)))
            }
            (Kind::Quantile(_), _) => Figure::Float(None),
        })
    }

    /// Returns the bytes of the state; see the module.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.push(if matches!(self.moments, Moments::Integers(_)) { 1 } else { 2 });
        bytes.extend(self.count.to_le_bytes());
        for ordinal in self.extremes.into_iter().flatten() {
            bytes.extend(ordinal.to_le_bytes());
        }
        let (sum, squares) = match &self.moments {
            Moments::Integers(moments) => moments.numbers(),
            Moments::Doubles(moments) => {
                let infinite = moments.values().infinite();
                bytes.push(match infinite {
                    None => 0,
                    Some(sum) if sum.is_nan() => 3,
                    Some(sum) => {
                        if sum > 0.0 {
                            1
                        } else {
                            2
                        }
                    }
                });
                if infinite.is_some() {
                    return bytes;
                }
                moments.numbers()
            }
        };
        for number in [sum, squares] {
            let all = number.to_signed_bytes_le();
            let zeros = all.iter().take_while(|&&byte| byte == 0).count().min(all.len() - 1);
            let rest = &all[zeros..];
            bytes.extend((zeros as u16).to_le_bytes());
            bytes.extend((rest.len() as u16).to_le_bytes());
            bytes.extend(rest);
        }
        bytes
    }

    /// Returns the state with these bytes; `None` if they are not those of a state.
    pub(super) fn decode(bytes: &[u8]) -> Option<State> {
        let (&tag, rest) = bytes.split_first()?;
        let (count, mut rest) = rest.split_first_chunk()?;
        let count = u64::from_le_bytes(*count);
        let mut extremes = [None; 2];
        if count > 0 {
            for extreme in &mut extremes {
                let (ordinal, after) = rest.split_first_chunk()?;
                (*extreme, rest) = (Some(u64::from_le_bytes(*ordinal)), after);
            }
        }
        let moments = match tag {
            1 => {
                let (sum, rest) = number(rest)?;
                let (squares, rest) = number(rest)?;
                rest.is_empty().then_some(())?;
                Moments::Integers(IntegerMoments::of_numbers(&sum, &squares)?)
            }
            2 => {
                let (&infinite, rest) = rest.split_first()?;
                let infinite = match infinite {
                    0 => None,
                    1 => Some(f64::INFINITY),
                    2 => Some(f64::NEG_INFINITY),
                    3 => Some(f64::NAN),
                    _ => return None,
                };
                let (sum, squares, rest) = match infinite {
                    Some(_) => (BigInt::ZERO, BigInt::ZERO, rest),
                    None => {
                        let (sum, rest) = number(rest)?;
                        let (squares, rest) = number(rest)?;
                        (sum, squares, rest)
                    }
                };
                rest.is_empty().then_some(())?;
                Moments::Doubles(Box::new(ExactMoments::of_numbers(&sum, &squares, infinite)?))
            }
            _ => return None,
        };
        Some(State { moments, count, extremes })
    }
}

/// The greater or the lesser of two optional values.
pub(super) fn more_extreme(one: Option<u64>, other: Option<u64>, greatest: bool) -> Option<u64> {
    [one, other].into_iter().flatten().reduce(if greatest { u64::max } else { u64::min })
}

/// Reads a number, and returns the bytes after it.
fn number(bytes: &[u8]) -> Option<(BigInt, &[u8])> {
    let (zeros, rest) = bytes.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (zeros, length) = (u16::from_le_bytes(*zeros), u16::from_le_bytes(*length));
    let (digits, rest) = rest.split_at_checked(length.into())?;
    Some((BigInt::from_signed_bytes_le(digits) << (8 * u32::from(zeros)), rest))
}
