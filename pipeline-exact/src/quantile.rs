//! Selection: finds the value of a given rank without holding all values.
//!
//! Each rank has an interval that contains its value. A pass over the values counts those below the interval and keeps
//! those inside. If there are too many, it counts them in narrower intervals instead ([`BINS`] of them). After a pass
//! the value is found, or it lies in one of the narrower intervals or outside, which is the interval of the next pass.
//! So a pass reduces the interval to 1/4096, and as a double has 64 bits, no rank needs more than seven passes.
//!
//! The first interval is a guess from the first batch: it contains a few per cent of the values, and rarely misses the
//! rank if the rows are in random order. One pass is then enough. The guess affects the running time, never the result.
//!
//! Intervals are in terms of *ordinals*: the position of a number in the order of all numbers of its type, as a `u64`.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of bins into which an interval is divided.
const BINS: usize = 1 << 12;

/// The total number of values that are kept: 16 MB.
pub(super) const MAX_KEPT: usize = 1 << 21;

/// The number of values that may still be kept.
#[derive(Debug)]
pub(super) struct MemoryBudget(AtomicUsize);

impl MemoryBudget {
    pub(super) fn new(values: usize) -> MemoryBudget {
        MemoryBudget(AtomicUsize::new(values))
    }

    fn take(&self, values: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(values)).is_ok()
    }

    fn give_back(&self, values: usize) {
        self.0.fetch_add(values, Ordering::Relaxed);
    }
}

/// The ordinal of a double in the order of all doubles. NaN is the last.
pub(super) fn ordinal(value: f64) -> u64 {
    let bits = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() };
    // Negative numbers are in reverse order, before the positive ones.
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The double with an ordinal.
pub(super) fn double_at(ordinal: u64) -> f64 {
    f64::from_bits(if ordinal >> 63 == 1 { ordinal & !(1 << 63) } else { !ordinal })
}

/// The ordinal of an integer in the order of all integers.
pub(super) fn ordinal_of_integer(value: i64) -> u64 {
    value as u64 ^ 1 << 63
}

/// The integer with an ordinal.
pub(super) fn integer_at(ordinal: u64) -> i64 {
    (ordinal ^ 1 << 63) as i64
}

/// The two ranks, from 0, between which a quantile of `count` values lies, and the distance from the first rank.
pub(super) fn ranks(q: f64, count: u64) -> (u64, u64, f64) {
    let position = q * (count - 1) as f64;
    let first = (position.floor() as u64).min(count - 1);
    (first, (first + 1).min(count - 1), position - first as f64)
}

/// A range of ordinals, with both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    pub(super) first: u64,
    pub(super) last: u64,
}

/// All ordinals.
pub(super) const FULL_RANGE: Interval = Interval { first: 0, last: u64::MAX };

impl Interval {
    /// Guesses an interval for the `q`-quantile of all values from a sample of them: 3.5 standard deviations of the
    /// rank to either side. The full range if the sample has fewer than 100 values.
    pub(super) fn guess(q: f64, sample: &mut [u64]) -> Interval {
        if sample.len() < 100 {
            return FULL_RANGE;
        }
        sample.sort_unstable();
        let count = sample.len() as f64;
        let spread = 3.5 * (count * q * (1.0 - q)).sqrt() + 4.0;
        let at = |rank: f64| sample[(rank.max(0.0) as usize).min(sample.len() - 1)];
        let (first, last) = (q * count - spread, q * count + spread);
        Interval {
            first: if first < 0.0 { 0 } else { at(first) },
            last: if last >= count { u64::MAX } else { at(last) },
        }
    }

    /// The number of low bits of the distance from the first ordinal that do not affect the bin.
    fn shift(self) -> u32 {
        let width = self.last - self.first;
        (64 - width.leading_zeros()).saturating_sub(BINS.trailing_zeros())
    }
}

/// Collects the values of a pass for an interval.
pub(super) struct Window<'a> {
    interval: Interval,
    shift: u32,
    below: u64,
    inside: Inside,
    budget: &'a MemoryBudget,
}

enum Inside {
    /// The values, and the part of the budget that was taken for them. The first 4096 values need no budget.
    Kept(Vec<u64>, usize),
    /// The number of values in each bin.
    Counted(Vec<u64>),
}

/// The state of the search for a rank after a pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found {
    Value(u64),
    In(Interval),
}

impl<'a> Window<'a> {
    pub(super) fn new(interval: Interval, budget: &'a MemoryBudget) -> Window<'a> {
        Window { interval, shift: interval.shift(), below: 0, inside: Inside::Kept(Vec::new(), 0), budget }
    }

    pub(super) fn interval(&self) -> Interval {
        self.interval
    }

    /// Adds values by their ordinals.
    pub(super) fn add_all(&mut self, ordinals: &[u64]) {
        let Interval { first, last } = self.interval;
        let mut below = 0;
        for &ordinal in ordinals {
            below += u64::from(ordinal < first);
            if ordinal >= first && ordinal <= last {
                self.add_inside(ordinal);
            }
        }
        self.below += below;
    }

    fn add_inside(&mut self, ordinal: u64) {
        match &mut self.inside {
            Inside::Counted(bins) => bins[((ordinal - self.interval.first) >> self.shift) as usize] += 1,
            Inside::Kept(kept, _) if kept.len() < kept.capacity() => kept.push(ordinal),
            Inside::Kept(kept, taken) => {
                // Counting takes as much memory as BINS values, so up to that number they are always kept.
                let more = (kept.len() / 4).max(16);
                if kept.len() + more <= BINS {
                    kept.reserve_exact(more);
                    kept.push(ordinal);
                } else if self.budget.take(more) {
                    *taken += more;
                    kept.reserve_exact(more);
                    kept.push(ordinal);
                } else {
                    self.count();
                    self.add_inside(ordinal);
                }
            }
        }
    }

    /// Counts the kept values in bins. All later values are counted as well.
    fn count(&mut self) {
        if let Inside::Kept(kept, _) = self.take_kept(Inside::Counted(Vec::new())) {
            self.inside = Inside::Counted(vec![0; BINS]);
            kept.into_iter().for_each(|ordinal| self.add_inside(ordinal));
        }
    }

    /// Takes the kept values out, puts `instead` in their place, and gives their budget back. Returns `instead` if the
    /// values are already counted.
    fn take_kept(&mut self, instead: Inside) -> Inside {
        if let Inside::Kept(_, taken) = &mut self.inside {
            self.budget.give_back(std::mem::take(taken));
            return std::mem::replace(&mut self.inside, instead);
        }
        instead
    }

    /// Adds all values of `other`, a window of the same interval.
    pub(super) fn merge(&mut self, mut other: Window<'a>) {
        self.below += other.below;
        if matches!(self.inside, Inside::Counted(_)) {
            other.count();
        }
        if let Inside::Counted(theirs) = &other.inside {
            self.count();
            if let Inside::Counted(bins) = &mut self.inside {
                bins.iter_mut().zip(theirs).for_each(|(bin, count)| *bin += count);
            }
        } else if let Inside::Kept(kept, _) = other.take_kept(Inside::Counted(Vec::new())) {
            kept.into_iter().for_each(|ordinal| self.add_inside(ordinal));
        }
    }

    /// Finds the value of a rank, or the interval of the next pass, after all values were added.
    pub(super) fn find(&mut self, rank: u64) -> Found {
        let Interval { first, last } = self.interval;
        let Some(rank) = rank.checked_sub(self.below) else {
            return Found::In(Interval { first: 0, last: first - 1 });
        };
        match &mut self.inside {
            Inside::Kept(kept, _) if (rank as usize) < kept.len() => {
                let (_, value, _) = kept.select_nth_unstable(rank as usize);
                return Found::Value(*value);
            }
            Inside::Kept(..) => {}
            Inside::Counted(bins) => {
                let mut before = 0;
                for (number, &count) in bins.iter().enumerate() {
                    if rank < before + count {
                        let start = first + ((number as u64) << self.shift);
                        let end = start.saturating_add((1 << self.shift) - 1).min(last);
                        let narrower = Interval { first: start, last: end };
                        return if start == end { Found::Value(start) } else { Found::In(narrower) };
                    }
                    before += count;
                }
            }
        }
        Found::In(Interval { first: last.saturating_add(1), last: u64::MAX })
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.take_kept(Inside::Counted(Vec::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ordinals(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| ordinal(*value)).collect()
    }

    /// Narrows an interval until the value is found. Returns the value and the number of passes.
    fn search(values: &[f64], rank: u64, mut interval: Interval) -> (f64, usize) {
        for passes in 1.. {
            let budget = MemoryBudget::new(200_000);
            let mut window = Window::new(interval, &budget);
            window.add_all(&ordinals(values));
            match window.find(rank) {
                Found::Value(found) => return (double_at(found), passes),
                Found::In(narrower) => interval = narrower,
            }
        }
        unreachable!("the loop ends when the value is found")
    }

    #[test]
    fn ordinals_have_the_order_of_numbers() {
        let values =
            [f64::NEG_INFINITY, -1e300, -1.0, -1e-310, -0.0, 0.0, 1e-310, 1.0, f64::MAX, f64::INFINITY];
        assert!(values.windows(2).all(|pair| ordinal(pair[0]) < ordinal(pair[1])));
        assert!(values.iter().all(|value| double_at(ordinal(*value)).to_bits() == value.to_bits()));
        assert!(ordinal(f64::NAN) > ordinal(f64::INFINITY));
        assert_eq!(ordinal(-f64::NAN), ordinal(f64::NAN));
    }

    #[test]
    fn ranks_are_found_in_few_passes_even_for_equal_values_and_wrong_guesses() {
        let count = 600_000_i64;
        let spread: Vec<f64> = (0..count).map(|i| ((i * 7_919) % count) as f64 / 3.0).collect();
        let sorted = |rank: u64| rank as f64 / 3.0;
        let (value, passes) = search(&spread, 300_000, FULL_RANGE);
        assert_eq!(value, sorted(300_000));
        assert!(passes <= 3, "{passes}");
        let mut sample: Vec<u64> = spread[..10_000].iter().map(|value| ordinal(*value)).collect();
        assert_eq!(search(&spread, 300_000, Interval::guess(0.5, &mut sample)), (sorted(300_000), 1));
        let elsewhere = Interval { first: ordinal(1.0), last: ordinal(2.0) };
        let (value, passes) = search(&spread, 300_000, elsewhere);
        assert_eq!(value, sorted(300_000));
        assert!(passes <= 7, "{passes}");
        assert_eq!(search(&spread, 0, elsewhere).0, 0.0);
        let equal = vec![-2.5; 600_000];
        let (value, passes) = search(&equal, 77, FULL_RANGE);
        assert_eq!(value, -2.5);
        assert!(passes <= 7, "{passes}");
    }

    /// The number of values that a window has memory for.
    fn held(window: &Window<'_>) -> usize {
        match &window.inside {
            Inside::Kept(kept, _) => kept.capacity(),
            Inside::Counted(bins) => bins.capacity(),
        }
    }

    #[test]
    fn windows_stay_within_the_budget_and_give_it_back() {
        const ROOM: usize = 100_000;
        let budget = MemoryBudget::new(ROOM);
        let left = || budget.0.load(Ordering::Relaxed);
        let mut windows: Vec<Window<'_>> = (0..8).map(|_| Window::new(FULL_RANGE, &budget)).collect();
        for turn in 0..100_000_u64 {
            for window in &mut windows {
                window.add_all(&[turn.wrapping_mul(0x9e37_79b9_7f4a_7c15)]);
            }
            if turn % 1_000 == 0 {
                let held: usize = windows.iter().map(held).sum();
                assert!(held <= ROOM - left() + windows.len() * BINS, "{held} held, {} left", left());
            }
        }
        assert!(
            windows.iter().any(|window| matches!(window.inside, Inside::Counted(_))),
            "the budget was exhausted"
        );
        while let (Some(other), Some(window)) = (windows.pop(), windows.first_mut()) {
            window.merge(other);
            let held: usize = windows.iter().map(held).sum();
            assert!(held <= ROOM - left() + windows.len() * BINS, "{held} held, {} left", left());
        }
        assert_eq!(left(), ROOM, "the whole budget is given back");
    }

    proptest! {
        #[test]
        fn ranks_have_the_values_that_sorting_gives(
            values in prop::collection::vec(any::<f64>(), 1..300),
            rank in 0_usize..300,
            guess in (any::<f64>(), any::<f64>()),
            split in 0_usize..300,
        ) {
            let rank = rank.min(values.len() - 1);
            let mut sorted: Vec<u64> = values.iter().map(|value| ordinal(*value)).collect();
            sorted.sort_unstable();
            let (a, b) = (ordinal(guess.0), ordinal(guess.1));
            let interval = Interval { first: a.min(b), last: a.max(b) };
            prop_assert_eq!(ordinal(search(&values, rank as u64, interval).0), sorted[rank]);
            // Merged from two windows and counted in bins, without the values.
            let budget = MemoryBudget::new(MAX_KEPT);
            let mut left = Window::new(FULL_RANGE, &budget);
            let mut right = Window::new(FULL_RANGE, &budget);
            let (a, b) = values.split_at(split.min(values.len()));
            left.add_all(&ordinals(a));
            right.add_all(&ordinals(b));
            match split % 3 {
                0 => left.count(),
                1 => right.count(),
                _ => {}
            }
            left.merge(right);
            left.count();
            match left.find(rank as u64) {
                Found::In(interval) => prop_assert!(interval.first <= sorted[rank] && sorted[rank] <= interval.last),
                Found::Value(found) => prop_assert_eq!(found, sorted[rank]),
            }
        }
    }
}
