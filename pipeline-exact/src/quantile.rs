//! A value of a given rank, without holding all values.
//!
//! Each rank that is wanted has an interval in which its value lies. A pass over the values counts
//! those below the interval and keeps those inside; when they become too many, it counts them by
//! narrower intervals instead ([`BINS`] of them). After a pass the rank is found, or lies in one of the
//! narrower intervals, or outside: that is the interval of the next pass. So a pass leaves one part in
//! 4096, and as a double has 64 bits, no rank needs more than seven of them.
//!
//! The first interval is a guess, made from the first values that come: it holds a few values in a
//! hundred, and misses the rank seldom where the rows are in no order. Then one pass is enough. A guess
//! decides how long it takes, never what is found.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Parts of an interval.
const BINS: usize = 1 << 12;

/// How many values are kept in all: 16 MB of them.
pub(super) const KEPT: usize = 1 << 21;

/// What is left of the room for values that are kept.
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

/// The place of a double in the order of all doubles, NaN being the last.
pub(super) fn place(value: f64) -> u64 {
    let bits = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() };
    // Negative numbers are in reverse order, before the positive ones.
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The double at a place.
pub(super) fn at(place: u64) -> f64 {
    f64::from_bits(if place >> 63 == 1 { place & !(1 << 63) } else { !place })
}

/// The place of a whole number in the order of all of them.
pub(super) fn place_of_whole(value: i64) -> u64 {
    value as u64 ^ 1 << 63
}

/// The whole number at a place.
pub(super) fn whole_at(place: u64) -> i64 {
    (place ^ 1 << 63) as i64
}

/// The ranks, from 0, between which a quantile of `count` values lies, and how far from the first.
pub(super) fn ranks(q: f64, count: u64) -> (u64, u64, f64) {
    let position = q * (count - 1) as f64;
    let first = (position.floor() as u64).min(count - 1);
    (first, (first + 1).min(count - 1), position - first as f64)
}

/// Places from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    pub(super) first: u64,
    pub(super) last: u64,
}

/// All places.
pub(super) const EVERYWHERE: Interval = Interval { first: 0, last: u64::MAX };

impl Interval {
    /// Where the value of rank `q` of many may lie, by what it is among these few: 3.5 standard
    /// deviations of the rank to either side.
    pub(super) fn guess(q: f64, some: &mut [u64]) -> Interval {
        if some.len() < 100 {
            return EVERYWHERE;
        }
        some.sort_unstable();
        let count = some.len() as f64;
        let spread = 3.5 * (count * q * (1.0 - q)).sqrt() + 4.0;
        let at = |rank: f64| some[(rank.max(0.0) as usize).min(some.len() - 1)];
        let (first, last) = (q * count - spread, q * count + spread);
        Interval {
            first: if first < 0.0 { 0 } else { at(first) },
            last: if last >= count { u64::MAX } else { at(last) },
        }
    }

    /// How many bits of the distance from the first place tell nothing of the part.
    fn shift(self) -> u32 {
        let width = self.last - self.first;
        (64 - width.leading_zeros()).saturating_sub(BINS.trailing_zeros())
    }
}

/// What a pass finds out about an interval.
pub(super) struct Window<'a> {
    interval: Interval,
    shift: u32,
    below: u64,
    inside: Inside,
    budget: &'a MemoryBudget,
}

enum Inside {
    /// The values, with as much room as was taken for them: none for the first 4096.
    Kept(Vec<u64>, usize),
    /// How many there are in each part.
    Counted(Vec<u64>),
}

/// What is known of a rank after a pass.
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

    /// Adds the values at these places.
    pub(super) fn add_all(&mut self, places: &[u64]) {
        let Interval { first, last } = self.interval;
        let mut below = 0;
        for &place in places {
            below += u64::from(place < first);
            if place >= first && place <= last {
                self.add_inside(place);
            }
        }
        self.below += below;
    }

    fn add_inside(&mut self, place: u64) {
        match &mut self.inside {
            Inside::Counted(bins) => bins[((place - self.interval.first) >> self.shift) as usize] += 1,
            Inside::Kept(kept, _) if kept.len() < kept.capacity() => kept.push(place),
            Inside::Kept(kept, taken) => {
                // Counting needs as much memory as BINS values, so fewer than those are kept in any case.
                let more = (kept.len() / 4).max(16);
                if kept.len() + more <= BINS {
                    kept.reserve_exact(more);
                    kept.push(place);
                } else if self.budget.take(more) {
                    *taken += more;
                    kept.reserve_exact(more);
                    kept.push(place);
                } else {
                    self.count();
                    self.add_inside(place);
                }
            }
        }
    }

    /// Counts what is kept, and keeps nothing from now on.
    fn count(&mut self) {
        if let Inside::Kept(kept, _) = self.leave(Inside::Counted(Vec::new())) {
            self.inside = Inside::Counted(vec![0; BINS]);
            kept.into_iter().for_each(|place| self.add_inside(place));
        }
    }

    /// What is inside, with its room given back, where it is not counted already.
    fn leave(&mut self, instead: Inside) -> Inside {
        if let Inside::Kept(_, taken) = &mut self.inside {
            self.budget.give_back(std::mem::take(taken));
            return std::mem::replace(&mut self.inside, instead);
        }
        instead
    }

    /// Adds all that was added to `other`, a window of the same interval.
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
        } else if let Inside::Kept(kept, _) = other.leave(Inside::Counted(Vec::new())) {
            kept.into_iter().for_each(|place| self.add_inside(place));
        }
    }

    /// Where the value of this rank is, after all values were added.
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
        self.leave(Inside::Counted(Vec::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| place(*value)).collect()
    }

    /// Narrows from a first interval until the value is found; how many passes that took.
    fn search(values: &[f64], rank: u64, mut interval: Interval) -> (f64, usize) {
        for passes in 1.. {
            let budget = MemoryBudget::new(200_000);
            let mut window = Window::new(interval, &budget);
            window.add_all(&places(values));
            match window.find(rank) {
                Found::Value(found) => return (at(found), passes),
                Found::In(narrower) => interval = narrower,
            }
        }
        unreachable!("the loop ends by finding")
    }

    #[test]
    fn places_have_the_order_of_numbers() {
        let values =
            [f64::NEG_INFINITY, -1e300, -1.0, -1e-310, -0.0, 0.0, 1e-310, 1.0, f64::MAX, f64::INFINITY];
        assert!(values.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
        assert!(values.iter().all(|value| at(place(*value)).to_bits() == value.to_bits()));
        assert!(place(f64::NAN) > place(f64::INFINITY));
        assert_eq!(place(-f64::NAN), place(f64::NAN));
    }

    #[test]
    fn many_values_are_found_in_few_passes_also_when_all_are_equal_or_the_guess_is_wrong() {
        let count = 600_000_i64;
        let spread: Vec<f64> = (0..count).map(|i| ((i * 7_919) % count) as f64 / 3.0).collect();
        let sorted = |rank: u64| rank as f64 / 3.0;
        let (value, passes) = search(&spread, 300_000, EVERYWHERE);
        assert_eq!(value, sorted(300_000));
        assert!(passes <= 3, "{passes}");
        let mut some: Vec<u64> = spread[..10_000].iter().map(|value| place(*value)).collect();
        assert_eq!(search(&spread, 300_000, Interval::guess(0.5, &mut some)), (sorted(300_000), 1));
        let elsewhere = Interval { first: place(1.0), last: place(2.0) };
        let (value, passes) = search(&spread, 300_000, elsewhere);
        assert_eq!(value, sorted(300_000));
        assert!(passes <= 7, "{passes}");
        assert_eq!(search(&spread, 0, elsewhere).0, 0.0);
        let equal = vec![-2.5; 600_000];
        let (value, passes) = search(&equal, 77, EVERYWHERE);
        assert_eq!(value, -2.5);
        assert!(passes <= 7, "{passes}");
    }

    /// How many values a window has room for.
    fn held(window: &Window<'_>) -> usize {
        match &window.inside {
            Inside::Kept(kept, _) => kept.capacity(),
            Inside::Counted(bins) => bins.capacity(),
        }
    }

    #[test]
    fn windows_hold_no_more_than_is_stated_and_give_their_room_back() {
        const ROOM: usize = 100_000;
        let budget = MemoryBudget::new(ROOM);
        let left = || budget.0.load(Ordering::Relaxed);
        let mut windows: Vec<Window<'_>> = (0..8).map(|_| Window::new(EVERYWHERE, &budget)).collect();
        for turn in 0..100_000_u64 {
            for window in &mut windows {
                window.add_all(&[turn.wrapping_mul(0x9e37_79b9_7f4a_7c15)]);
            }
            if turn % 1_000 == 0 {
                let held: usize = windows.iter().map(held).sum();
                assert!(held <= ROOM - left() + windows.len() * BINS, "{held} held, {} left", left());
            }
        }
        assert!(windows.iter().any(|window| matches!(window.inside, Inside::Counted(_))), "room was short");
        while let (Some(other), Some(window)) = (windows.pop(), windows.first_mut()) {
            window.merge(other);
            let held: usize = windows.iter().map(held).sum();
            assert!(held <= ROOM - left() + windows.len() * BINS, "{held} held, {} left", left());
        }
        assert_eq!(left(), ROOM, "the whole budget is given back");
    }

    proptest! {
        #[test]
        fn a_rank_has_the_value_that_sorting_gives_it(
            values in prop::collection::vec(any::<f64>(), 1..300),
            rank in 0_usize..300,
            guess in (any::<f64>(), any::<f64>()),
            split in 0_usize..300,
        ) {
            let rank = rank.min(values.len() - 1);
            let mut sorted: Vec<u64> = values.iter().map(|value| place(*value)).collect();
            sorted.sort_unstable();
            let (a, b) = (place(guess.0), place(guess.1));
            let interval = Interval { first: a.min(b), last: a.max(b) };
            prop_assert_eq!(place(search(&values, rank as u64, interval).0), sorted[rank]);
            // In two parts, and with the values thrown away, only bins are left to tell.
            let budget = MemoryBudget::new(KEPT);
            let mut left = Window::new(EVERYWHERE, &budget);
            let mut right = Window::new(EVERYWHERE, &budget);
            let (a, b) = values.split_at(split.min(values.len()));
            left.add_all(&places(a));
            right.add_all(&places(b));
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
