//! Sums that do not depend on the order of what is added.

/// The exact sum of doubles: a number so wide that every double fits into it, from the least bit of
/// the smallest (2⁻¹⁰⁷⁴) to far beyond the highest of the greatest. After Neal, "Fast exact summation
/// using small and large superaccumulators", arXiv:1505.05571.
#[derive(Debug, Clone)]
pub(super) struct ExactSum {
    /// Digits of 32 bits, the least first, not yet carried: each takes 2³⁰ additions without harm.
    digits: [i64; DIGITS],
    /// How many additions it is since the last carry.
    added: u32,
    /// Sum of the infinities and NaNs, if there was one.
    special: Option<f64>,
}

/// 2046 places of a double's lowest bit, 53 bits, and 32 for the sum of very many.
const DIGITS: usize = (2046 + 53 + 64) / 32 + 1;

const LOW: i64 = 0xffff_ffff;

impl Default for ExactSum {
    fn default() -> ExactSum {
        ExactSum { digits: [0; DIGITS], added: 0, special: None }
    }
}

impl ExactSum {
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        let bits = value.to_bits();
        let exponent = (bits >> 52) as usize & 0x7ff;
        if exponent == 0x7ff {
            self.add_special(value);
            return;
        }
        // Numbers without the implicit bit have the exponent of the least numbers with it.
        let mantissa = bits & ((1 << 52) - 1) | u64::from(exponent != 0) << 52;
        let place = exponent.max(1) - 1;
        let wide = u128::from(mantissa) << (place % 32);
        let sign = 1 - 2 * (bits >> 63) as i64;
        let digits = &mut self.digits[place / 32..place / 32 + 3];
        digits[0] += sign * (wide as i64 & LOW);
        digits[1] += sign * ((wide >> 32) as i64 & LOW);
        digits[2] += sign * (wide >> 64) as i64;
        self.added += 1;
        if self.added >= 1 << 30 {
            self.carry();
        }
    }

    /// Adds all of these. Numbers of like size are first added up in a register.
    pub(super) fn add_all(&mut self, values: &[f64]) {
        /// So many numbers of 113 bits have a sum of 127.
        const MANY: usize = 1 << 13;
        for values in values.chunks(MANY) {
            // Numbers up to 2³⁰ times greater or less than the first are near.
            let first =
                values.iter().find(|value| **value != 0.0).map_or(0, |value| value.to_bits() >> 52 & 0x7ff);
            let base = first.saturating_sub(30).max(1);
            let mut near = 0_i128;
            for value in values {
                let bits = value.to_bits();
                let above = (bits >> 52 & 0x7ff).wrapping_sub(base);
                if above <= 60 && base + above != 0x7ff {
                    let wide = i128::from(bits & ((1 << 52) - 1) | 1 << 52) << above;
                    near += if bits >> 63 == 0 { wide } else { -wide };
                } else if *value != 0.0 {
                    self.add(*value);
                }
            }
            self.add_scaled(near, base as usize - 1);
        }
    }

    /// Adds a number of units of 2 to the power of `place` − 1074.
    fn add_scaled(&mut self, number: i128, place: usize) {
        let sign = number.signum() as i64;
        let (size, shift) = (number.unsigned_abs(), place % 32);
        // The number has up to 127 bits, and as many as 31 more when it is shifted to its digits.
        let low = (size & u128::from(u64::MAX)) << shift;
        let high = (size >> 64) << shift;
        for (part, first) in [(low, place / 32), (high, place / 32 + 2)] {
            for back in 0..3 {
                let digit = (part >> (32 * back)) as i64 & LOW;
                if digit != 0 {
                    self.digits[first + back] += sign * digit;
                }
            }
        }
        self.added += 2;
        if self.added >= 1 << 30 {
            self.carry();
        }
    }

    #[cold]
    fn add_special(&mut self, value: f64) {
        // One NaN for all: which of them comes first is left to chance.
        let sum = self.special.map_or(value, |special| special + value);
        self.special = Some(if sum.is_nan() { f64::NAN } else { sum });
    }

    /// Brings all digits but the last into 0 to 2³² − 1.
    fn carry(&mut self) {
        let mut carry = 0;
        for digit in &mut self.digits[..DIGITS - 1] {
            let full = *digit + carry;
            *digit = full & LOW;
            carry = full >> 32;
        }
        self.digits[DIGITS - 1] += carry;
        self.added = 0;
    }

    /// Adds all that was added to `other`.
    pub(super) fn merge(&mut self, mut other: ExactSum) {
        self.carry();
        other.carry();
        self.digits.iter_mut().zip(other.digits).for_each(|(digit, other)| *digit += other);
        self.added = 2;
        if let Some(special) = other.special {
            self.add_special(special);
        }
    }

    /// The sum, rounded to the nearest double, of two as near to the even one; zero is positive.
    pub(super) fn value(&self) -> f64 {
        if let Some(special) = self.special {
            return special;
        }
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.digits[DIGITS - 1] < 0;
        if negative {
            sum.digits.iter_mut().for_each(|digit| *digit = -*digit);
            sum.carry();
        }
        let Some(highest) = sum.digits.iter().rposition(|digit| *digit != 0) else { return 0.0 };
        // The four highest digits; what is below them only tells whether a half is a little more.
        let digit = |number: usize| number.checked_sub(1).map_or(0, |at| sum.digits[at] as u128);
        let top = (0..4).fold(0, |top, back| top << 32 | digit((highest + 1).saturating_sub(back)));
        let below = (highest + 1).saturating_sub(4);
        let rest = sum.digits[..below].iter().any(|digit| *digit != 0);
        // The place of the highest bit, in units of the least bit of the smallest double.
        let place = 32 * (highest as i64 + 1) - 1 - i64::from(top.leading_zeros());
        let bits = if place <= 52 {
            // So small that every bit has its place in a double.
            (top >> (32 * (3 - highest))) as u64
        } else {
            let shift = 127 - top.leading_zeros() - 52;
            let mantissa = (top >> shift) as u64;
            let cut = top & ((1 << shift) - 1);
            let half = 1 << (shift - 1);
            let up = cut > half || cut == half && (rest || mantissa & 1 == 1);
            // A mantissa that is rounded up to its double carries into the exponent, as it should.
            let exponent = (place - 51) as u64;
            ((exponent - 1) << 52) + mantissa + u64::from(up)
        };
        let value = f64::from_bits(bits.min(f64::INFINITY.to_bits()));
        if negative { -value } else { value }
    }

    /// The sum as two doubles, which has twice their precision.
    fn double(&self) -> Double {
        let high = self.value();
        let mut rest = self.clone();
        rest.add(-high);
        Double { high, low: if high.is_finite() { rest.value() } else { 0.0 } }
    }
}

/// Exact sums of values and of their squares.
#[derive(Default)]
pub(super) struct ExactMoments {
    values: ExactSum,
    squares: ExactSum,
}

impl ExactMoments {
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        self.values.add(value);
        let square = value * value;
        self.squares.add(square);
        // What rounding took from the square; where it overflows there is nothing to mend.
        let rest = value.mul_add(value, -square);
        if rest.is_finite() {
            self.squares.add(rest);
        }
    }

    pub(super) fn merge(&mut self, other: ExactMoments) {
        self.values.merge(other.values);
        self.squares.merge(other.squares);
    }

    /// The standard deviation of a sample of `count` values, two or more.
    pub(super) fn deviation(&self, count: u64) -> f64 {
        let (sum, squares) = (self.values.double(), self.squares.double());
        // Both terms are nearly equal where the values lie close together: in doubles nothing of their
        // difference would be left.
        let difference = squares.minus(sum.times(sum).over(count as f64));
        (difference.high.max(0.0) / (count - 1) as f64).sqrt()
    }
}

/// A number of about 32 decimal digits as a sum of two doubles: Dekker, "A floating-point technique for
/// extending the available precision", 1971.
#[derive(Debug, Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    /// The exact sum of two doubles (Knuth's TwoSum).
    fn sum(a: f64, b: f64) -> Double {
        let high = a + b;
        let part = high - a;
        Double { high, low: (a - (high - part)) + (b - part) }
    }

    fn times(self, other: Double) -> Double {
        let high = self.high * other.high;
        let low = self.high.mul_add(other.high, -high) + (self.high * other.low + self.low * other.high);
        Double::sum(high, low)
    }

    fn over(self, divisor: f64) -> Double {
        let high = self.high / divisor;
        let rest = high.mul_add(-divisor, self.high) + self.low;
        Double::sum(high, rest / divisor)
    }

    fn minus(self, other: Double) -> Double {
        let high = Double::sum(self.high, -other.high);
        Double::sum(high.high, high.low + (self.low - other.low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| sum.add(*value));
        let mut at_once = ExactSum::default();
        at_once.add_all(values);
        assert_eq!(sum.value().to_bits(), at_once.value().to_bits(), "one by one and all at once");
        sum.value()
    }

    #[test]
    fn nothing_is_lost_to_cancellation_and_zero_is_positive() {
        assert_eq!(exact(&[1e300, 1.0, -1e300, 1e-300, -1.0]), 1e-300);
        assert_eq!(exact(&[0.1; 10]), 1.0);
        assert!(exact(&[]).is_sign_positive() && exact(&[-0.0]).is_sign_positive());
        assert!(exact(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(exact(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(exact(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(exact(&[-f64::MAX, f64::MIN]), f64::NEG_INFINITY);
        let least = f64::from_bits(1);
        assert_eq!(exact(&[least, least, f64::MIN_POSITIVE]), f64::MIN_POSITIVE + 2.0 * least);
        assert_eq!(exact(&[1.0, f64::EPSILON / 2.0]), 1.0, "a half goes to the even");
        assert_eq!(exact(&[1.0, f64::EPSILON / 2.0, least]), 1.0 + f64::EPSILON, "a little more than a half");
        assert_eq!(exact(&[-1.0, -f64::EPSILON / 2.0, -least]), -1.0 - f64::EPSILON);
    }

    #[test]
    fn a_deviation_is_right_where_the_values_lie_far_from_zero() {
        let mut moments = ExactMoments::default();
        (0..1_000).for_each(|i| moments.add(1e9 + f64::from(i % 2)));
        assert!((moments.deviation(1_000) - (250.0_f64 / 999.0).sqrt()).abs() < 1e-15);
        let mut equal = ExactMoments::default();
        (0..10).for_each(|_| equal.add(0.1));
        assert_eq!(equal.deviation(10), 0.0);
    }

    proptest! {
        /// Two doubles have the sum that the processor rounds, whatever they are.
        #[test]
        fn two_doubles_add_up_as_the_processor_adds_them(a in any::<f64>(), b in any::<f64>()) {
            let (found, expected) = (exact(&[a, b]), a + b + 0.0);
            prop_assert!(found == expected || found.is_nan() && expected.is_nan(), "{found} {expected}");
            prop_assert_eq!(exact(&[a]), a);
            prop_assert_eq!(exact(&[a, b, -a]), b);
        }

        /// Numbers of every size, also of those far from the first.
        #[test]
        fn many_doubles_add_up_to_the_same_in_any_order(mut values in prop::collection::vec(any::<f64>(), 0..100)) {
            let sum = exact(&values);
            values.reverse();
            prop_assert_eq!(exact(&values).to_bits(), sum.to_bits());
            let (near, far) = (1.5 * 2f64.powi(30), 2f64.powi(-31));
            values.splice(0..0, [1.0, near, far, -near, 0.0]);
            values.push(-1.0);
            values.push(-far);
            prop_assert_eq!(exact(&values).to_bits(), sum.to_bits());
        }

        /// Whole numbers scaled by a power of two have an exact sum that integers can tell.
        #[test]
        fn sums_are_those_of_integers_in_any_order_and_split(
            values in prop::collection::vec(-(1_i64 << 52)..(1_i64 << 52), 0..2_500),
            cut in 0_usize..2_500,
        ) {
            let scaled: Vec<f64> = values.iter().map(|value| *value as f64 * 2f64.powi(-30)).collect();
            let whole: i128 = values.iter().map(|value| i128::from(*value)).sum();
            let expected = whole as f64 * 2f64.powi(-30);
            prop_assert_eq!(exact(&scaled), expected);
            let mut backwards = scaled.clone();
            backwards.reverse();
            prop_assert_eq!(exact(&backwards), expected);
            let (a, b) = scaled.split_at(cut.min(scaled.len()));
            let (mut left, mut right) = (ExactSum::default(), ExactSum::default());
            a.iter().for_each(|value| left.add(*value));
            b.iter().for_each(|value| right.add(*value));
            left.merge(right);
            prop_assert_eq!(left.value(), expected);
            prop_assert_eq!(left.value(), expected, "a sum that was asked for stays");
        }
    }
}
