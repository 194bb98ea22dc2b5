//! Exact sums, which do not depend on the order of the values, and the means and standard deviations computed from
//! them.

use super::nearest::{LEAST, nearest, nearest_root};
use num_bigint::{BigInt, BigUint, Sign};

/// A superaccumulator: a number so wide that additions are never rounded. It has digits of 32 bits, the lowest first,
/// with delayed carries: a digit takes 2³⁰ additions without overflow. After Neal, "Fast exact summation using small
/// and large superaccumulators", arXiv:1505.05571.
#[derive(Debug, Clone)]
struct Digits<const COUNT: usize> {
    digits: [i64; COUNT],
    /// The number of additions since the last carry.
    added: u32,
}

const LOW: i64 = 0xffff_ffff;

impl<const COUNT: usize> Digits<COUNT> {
    /// Adds `number · 2^place`, where `number` has at most 127 bits.
    #[inline]
    fn add(&mut self, number: i128, place: usize) {
        let sign = number.signum() as i64;
        let (size, shift) = (number.unsigned_abs(), place % 32);
        // The number has up to 127 bits, and up to 31 more after it is shifted to its digits.
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

    /// Carries, so that all digits except the last are from 0 to 2³² − 1.
    fn carry(&mut self) {
        let mut carry = 0;
        for digit in &mut self.digits[..COUNT - 1] {
            let full = *digit + carry;
            *digit = full & LOW;
            carry = full >> 32;
        }
        self.digits[COUNT - 1] += carry;
        self.added = 0;
    }

    fn merge(&mut self, mut other: Digits<COUNT>) {
        self.carry();
        other.carry();
        self.digits.iter_mut().zip(other.digits).for_each(|(digit, other)| *digit += other);
        self.added = 2;
    }

    /// The digits of a number; `None` if it has too many.
    fn of(number: &BigInt) -> Option<Digits<COUNT>> {
        let mut digits = Digits::default();
        let sign = if number.sign() == Sign::Minus { -1 } else { 1 };
        // The last digit takes what is carried.
        for (place, digit) in number.iter_u32_digits().enumerate() {
            *digits.digits[..COUNT - 1].get_mut(place)? = sign * i64::from(digit);
        }
        digits.carry();
        Some(digits)
    }

    /// The number in units of the first digit's lowest bit.
    fn number(&self) -> BigInt {
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.digits[COUNT - 1] < 0;
        if negative {
            sum.digits.iter_mut().for_each(|digit| *digit = -*digit);
            sum.carry();
        }
        let digits = sum.digits.iter().map(|digit| *digit as u32).collect();
        BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, BigUint::new(digits))
    }
}

impl<const COUNT: usize> Default for Digits<COUNT> {
    fn default() -> Digits<COUNT> {
        Digits { digits: [0; COUNT], added: 0 }
    }
}

/// The number of digits for sums of doubles: 2046 positions of a double's lowest bit, 53 bits, and 64 for the count.
const DOUBLE_DIGITS: usize = (2046 + 53 + 64) / 32 + 2;

/// The number of digits for sums of their squares.
const SQUARE_DIGITS: usize = (2 * (2046 + 53) + 64) / 32 + 2;

/// How many numbers are summed in a register before the sum is added to the digits.
const CHUNK: usize = 1 << 13;

/// The exact sum of doubles.
#[derive(Debug, Clone, Default)]
pub(super) struct ExactSum {
    digits: Digits<DOUBLE_DIGITS>,
    /// The sum of the infinities and NaN that were added, if any.
    infinite: Option<f64>,
}

/// The mantissa of a double, and the position of its lowest bit: 0 for the smallest double.
#[inline]
fn bits(value: f64) -> (u64, usize) {
    let bits = value.to_bits();
    let exponent = (bits >> 52) as usize & 0x7ff;
    // Subnormal numbers have the exponent of the smallest normal ones.
    (bits & ((1 << 52) - 1) | u64::from(exponent != 0) << 52, exponent.max(1) - 1)
}

impl ExactSum {
    fn add(&mut self, value: f64) {
        if !value.is_finite() {
            // NaN always gets the same bits: which NaN comes first is random.
            let sum = self.infinite.map_or(value, |sum| sum + value);
            self.infinite = Some(if sum.is_nan() { f64::NAN } else { sum });
            return;
        }
        let (mantissa, place) = bits(value);
        let mantissa = i128::from(mantissa);
        self.digits.add(if value.is_sign_negative() { -mantissa } else { mantissa }, place);
    }

    /// Adds values. Numbers of similar size are first summed in a register.
    pub(super) fn add_all(&mut self, values: &[f64]) {
        for values in values.chunks(CHUNK) {
            // Numbers are near if they are up to 2³⁰ times larger or smaller than the first. Each then has at most 113
            // bits, and the sum of a chunk has at most 126.
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
            self.digits.add(near, base as usize - 1);
        }
    }

    pub(super) fn merge(&mut self, other: ExactSum) {
        self.digits.merge(other.digits);
        if let Some(infinite) = other.infinite {
            self.add(infinite);
        }
    }

    /// What the infinities and NaN add up to, if any were added.
    pub(super) fn infinite(&self) -> Option<f64> {
        self.infinite
    }

    /// The double nearest to the sum; ties go to the even double. A zero is positive.
    pub(super) fn value(&self) -> f64 {
        self.infinite.unwrap_or_else(|| nearest(&self.digits.number(), &BigUint::from(1_u8), LEAST))
    }

    /// The double nearest to the mean of `count` values.
    pub(super) fn mean(&self, count: u64) -> f64 {
        self.infinite.unwrap_or_else(|| nearest(&self.digits.number(), &BigUint::from(count), LEAST))
    }
}

/// The exact sums of doubles and of their squares.
#[derive(Debug, Default)]
pub(super) struct ExactMoments {
    values: ExactSum,
    squares: Digits<SQUARE_DIGITS>,
}

impl ExactMoments {
    pub(super) fn add_all(&mut self, values: &[f64]) {
        self.values.add_all(values);
        if self.values.infinite.is_some() {
            return;
        }
        for values in values.chunks(CHUNK) {
            // Numbers are near if they are up to 2¹² times larger or smaller than the first. The halves of their
            // squares are summed separately: each has 64 bits and up to 48 for its position, and the sum of a chunk has
            // at most 125.
            let first = values.iter().find(|value| **value != 0.0).map_or(0, |value| bits(*value).1);
            let base = first.saturating_sub(12);
            let (mut low, mut high) = (0_u128, 0_u128);
            for value in values {
                let (mantissa, place) = bits(*value);
                let square = u128::from(mantissa) * u128::from(mantissa);
                let above = place.wrapping_sub(base);
                if above <= 24 {
                    low += (square & u128::from(u64::MAX)) << (2 * above);
                    high += (square >> 64) << (2 * above);
                } else if mantissa != 0 {
                    self.squares.add(square as i128, 2 * place);
                }
            }
            self.squares.add(low as i128, 2 * base);
            self.squares.add(high as i128, 2 * base + 64);
        }
    }

    /// The sum of the values.
    pub(super) fn values(&self) -> &ExactSum {
        &self.values
    }

    /// The sums of the values and of their squares, in units of the smallest double and of its square.
    pub(super) fn numbers(&self) -> (BigInt, BigInt) {
        (self.values.digits.number(), self.squares.number())
    }

    /// Restores the sums from their [`numbers`](Self::numbers); `None` if these have too many digits.
    pub(super) fn of_numbers(sum: &BigInt, squares: &BigInt, infinite: Option<f64>) -> Option<ExactMoments> {
        let values = ExactSum { digits: Digits::of(sum)?, infinite };
        Some(ExactMoments { values, squares: Digits::of(squares)? })
    }

    pub(super) fn merge(&mut self, other: ExactMoments) {
        self.values.merge(other.values);
        self.squares.merge(other.squares);
    }

    /// The double nearest to the standard deviation of a sample of `count` values, two or more. NaN if a value is
    /// infinite.
    pub(super) fn deviation(&self, count: u64) -> f64 {
        match self.values.infinite {
            Some(_) => f64::NAN,
            None => deviation(&self.values.digits.number(), &self.squares.number(), count, 2 * LEAST),
        }
    }
}

/// The exact sums of integers and of their squares.
#[derive(Debug, Default)]
pub(super) struct IntegerMoments {
    sum: i128,
    squares: Digits<8>,
}

impl IntegerMoments {
    pub(super) fn add_all(&mut self, values: &[i64]) {
        for value in values {
            self.sum += i128::from(*value);
            // At most 2¹²⁶, for the smallest integer.
            self.squares.add(i128::from(*value) * i128::from(*value), 0);
        }
    }

    /// The sum of the values.
    pub(super) fn sum(&self) -> i128 {
        self.sum
    }

    /// The sums of the values and of their squares.
    pub(super) fn numbers(&self) -> (BigInt, BigInt) {
        (self.sum.into(), self.squares.number())
    }

    /// Restores the sums from their [`numbers`](Self::numbers); `None` if these have too many digits.
    pub(super) fn of_numbers(sum: &BigInt, squares: &BigInt) -> Option<IntegerMoments> {
        Some(IntegerMoments { sum: i128::try_from(sum).ok()?, squares: Digits::of(squares)? })
    }

    pub(super) fn merge(&mut self, other: IntegerMoments) {
        self.sum += other.sum;
        self.squares.merge(other.squares);
    }

    /// The double nearest to the standard deviation of a sample of `count` values, two or more.
    pub(super) fn deviation(&self, count: u64) -> f64 {
        deviation(&BigInt::from(self.sum), &self.squares.number(), count, 0)
    }
}

/// The double nearest to the mean of `count` integers with this sum.
pub(super) fn mean_of_integers(sum: i128, count: u64) -> f64 {
    nearest(&BigInt::from(sum), &BigUint::from(count), 0)
}

/// √((n·Σx² − (Σx)²) / (n·(n − 1))), where the squares are integers times `2^exponent`.
fn deviation(sum: &BigInt, squares: &BigInt, count: u64, exponent: i64) -> f64 {
    let difference = squares * count - sum * sum;
    nearest_root(difference.magnitude(), &(BigUint::from(count) * (count - 1)), exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nearest::units;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| sum.add(*value));
        let mut together = ExactSum::default();
        together.add_all(values);
        assert_eq!(sum.value().to_bits(), together.value().to_bits(), "one by one and all together");
        sum.value()
    }

    fn moments(values: &[f64]) -> ExactMoments {
        let mut moments = ExactMoments::default();
        moments.add_all(values);
        moments
    }

    fn std(values: &[f64]) -> f64 {
        moments(values).deviation(values.len() as u64)
    }

    #[test]
    fn nothing_is_lost_to_cancellation_and_zero_is_positive() {
        assert_eq!(sum(&[1e300, 1.0, -1e300, 1e-300, -1.0]), 1e-300);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert!(sum(&[]).is_sign_positive() && sum(&[-0.0]).is_sign_positive());
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[-f64::MAX, f64::MIN]), f64::NEG_INFINITY);
        let least = f64::from_bits(1);
        assert_eq!(sum(&[least, least, f64::MIN_POSITIVE]), f64::MIN_POSITIVE + 2.0 * least);
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0]), 1.0, "a tie goes to the even double");
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0, least]), 1.0 + f64::EPSILON, "slightly more than a tie");
        assert_eq!(sum(&[-1.0, -f64::EPSILON / 2.0, -least]), -1.0 - f64::EPSILON);
    }

    #[test]
    fn deviations_are_correct_over_the_whole_range() {
        assert_eq!(std(&[1e200, 3e200]), 2_f64.sqrt() * 1e200);
        assert_eq!(std(&[0.1; 3]), 0.0);
        assert_eq!(std(&[f64::MAX, -f64::MAX]), f64::INFINITY, "√2 times the largest double");
        assert_eq!(std(&[f64::MAX, f64::MAX]), 0.0);
        assert_eq!(std(&[0.0, f64::from_bits(2)]), f64::from_bits(1));
        assert!(std(&[1.0, f64::INFINITY]).is_nan());
        // √(Σ(i − 5)² / 10) = √11 for 0 to 10. Adding a constant does not change that, if no digit is lost.
        let eighths: Vec<f64> = (0..11).map(|i| 1e15 + 0.125 * f64::from(i)).collect();
        assert_eq!(std(&eighths), 11_f64.sqrt() * 0.125);
        let billion: Vec<f64> = (0..1_000).map(|i| 1e9 + f64::from(i % 2)).collect();
        assert_eq!(std(&billion), (250.0_f64 / 999.0).sqrt());
    }

    #[test]
    fn means_are_computed_from_the_unrounded_sum() {
        let mean = |values: &[f64]| {
            let mut sum = ExactSum::default();
            sum.add_all(values);
            sum.mean(values.len() as u64)
        };
        assert_eq!(mean(&[1e308, 1.5e308]), 1.25e308);
        assert_eq!(
            mean(&[f64::from_bits(1), f64::from_bits(2)]),
            f64::from_bits(2),
            "1.5 is a tie, which goes to the even double"
        );
        let mut integers = IntegerMoments::default();
        integers.add_all(&[(1 << 62) + 1, -(1 << 62)]);
        assert_eq!((integers.sum, mean_of_integers(integers.sum, 2)), (1, 0.5));
        let mut extremes = IntegerMoments::default();
        extremes.add_all(&[i64::MIN, i64::MIN, i64::MAX]);
        assert_eq!(mean_of_integers(extremes.sum, 3), -3074457345618258602.3);
    }

    /// Doubles of every size, with many ordinary ones and the ends of the range.
    fn any_double() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => any::<u64>().prop_map(f64::from_bits),
            4 => -1e3..1e3_f64,
            1 => (0..4_u64).prop_map(f64::from_bits),
            1 => prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, 1e308, -1e308, f64::MIN_POSITIVE, 1e15, 1e15 + 0.125]),
        ]
        .prop_filter("finite", |value| value.is_finite())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// Compares sum, mean and deviation with sums of integer multiples of the smallest double.
        #[test]
        fn statistics_are_those_of_rational_numbers_in_any_order_and_split(
            values in prop::collection::vec(any_double(), 1..40),
            cut in 0_usize..40,
        ) {
            let count = values.len() as u64;
            let exact: BigInt = values.iter().map(|value| units(*value)).sum();
            let (mut left, right) = values.split_at(cut.min(values.len()));
            let mut found = moments(left);
            left = right;
            found.merge(moments(left));
            let one = BigUint::from(1_u8);
            prop_assert_eq!(found.values.value().to_bits(), nearest(&exact, &one, LEAST).to_bits());
            prop_assert_eq!(found.values.mean(count).to_bits(), nearest(&exact, &BigUint::from(count), LEAST).to_bits());
            if count > 1 {
                // The sum of (n·x − Σx)², over n²·(n − 1).
                let squares: BigInt =
                    values.iter().map(|value| { let far = units(*value) * count - &exact; &far * &far }).sum();
                let over = BigUint::from(count) * count * (count - 1);
                let expected = nearest_root(squares.magnitude(), &over, 2 * LEAST);
                prop_assert_eq!(found.deviation(count).to_bits(), expected.to_bits());
                prop_assert_eq!(found.deviation(count).to_bits(), expected.to_bits(), "a second call returns the same");
            }
            let mut backwards = values.clone();
            backwards.reverse();
            prop_assert_eq!(sum(&backwards).to_bits(), found.values.value().to_bits());
        }

        #[test]
        fn integers_are_not_rounded_before_they_are_added(values in prop::collection::vec(any::<i64>(), 2..40), cut in 0_usize..40) {
            let count = values.len() as u64;
            let (left, right) = values.split_at(cut.min(values.len()));
            let (mut found, mut other) = (IntegerMoments::default(), IntegerMoments::default());
            found.add_all(left);
            other.add_all(right);
            found.merge(other);
            let exact: BigInt = values.iter().map(|value| BigInt::from(*value)).sum();
            prop_assert_eq!(BigInt::from(found.sum), exact.clone());
            prop_assert_eq!(mean_of_integers(found.sum, count), nearest(&exact, &BigUint::from(count), 0));
            let squares: BigInt =
                values.iter().map(|value| { let far = BigInt::from(*value) * count - &exact; &far * &far }).sum();
            let over = BigUint::from(count) * count * (count - 1);
            prop_assert_eq!(found.deviation(count), nearest_root(squares.magnitude(), &over, 0));
        }
    }

    proptest! {
        /// Numbers of every size, near the first one and far from it.
        #[test]
        fn doubles_have_the_same_sum_in_any_order(mut values in prop::collection::vec(any_double(), 0..100)) {
            let all = sum(&values);
            values.reverse();
            prop_assert_eq!(sum(&values).to_bits(), all.to_bits());
            let (near, far) = (1.5 * 2f64.powi(30), 2f64.powi(-31));
            values.splice(0..0, [1.0, near, far, -near, 0.0]);
            values.push(-1.0);
            values.push(-far);
            prop_assert_eq!(sum(&values).to_bits(), all.to_bits());
        }

        /// More numbers than are summed in one register.
        #[test]
        fn sums_of_many_scaled_integers_are_those_of_the_integers(values in prop::collection::vec(-(1_i64 << 52)..(1_i64 << 52), 8_000..17_000)) {
            let scaled: Vec<f64> = values.iter().map(|value| *value as f64 * 2f64.powi(-30)).collect();
            let mut integers = IntegerMoments::default();
            integers.add_all(&values);
            let found = moments(&scaled);
            let count = values.len() as u64;
            prop_assert_eq!(found.values.mean(count), mean_of_integers(integers.sum, count) * 2f64.powi(-30));
            prop_assert_eq!(found.deviation(count), integers.deviation(count) * 2f64.powi(-30));
        }
    }
}
