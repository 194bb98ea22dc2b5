//! Correct rounding: the double nearest to a quotient of integers, or to the root of one.

use num_bigint::{BigInt, BigUint, Sign};

/// The exponent of the lowest bit of the smallest double, as a power of 2.
pub(super) const LEAST: i64 = -1074;

/// The double nearest to `numerator / denominator · 2^exponent`; ties go to the even double. A zero is positive.
pub(super) fn nearest(numerator: &BigInt, denominator: &BigUint, exponent: i64) -> f64 {
    let (sign, size) = (numerator.sign(), numerator.magnitude());
    if sign == Sign::NoSign {
        return 0.0;
    }
    // A quotient of 66 or 67 bits: more than a double has, and few enough for a `u128`.
    let shift = 66 - (size.bits() as i64 - denominator.bits() as i64);
    let (size, denominator) = scaled(size, denominator, shift);
    let quotient = &size / &denominator;
    let more = &quotient * &denominator != size;
    let value = round(&quotient, more, exponent - shift);
    if sign == Sign::Minus { -value } else { value }
}

/// The double nearest to the root of `numerator / denominator · 2^exponent`.
pub(super) fn nearest_root(numerator: &BigUint, denominator: &BigUint, exponent: i64) -> f64 {
    if *numerator == BigUint::ZERO {
        return 0.0;
    }
    // For a root of 66 bits or a few more, the quotient needs twice as many; its exponent must be even.
    let mut shift = 132 - (numerator.bits() as i64 - denominator.bits() as i64);
    shift += (exponent - shift).rem_euclid(2);
    let (numerator, denominator) = scaled(numerator, denominator, shift);
    let root = (&numerator / &denominator).sqrt();
    let more = &root * &root * &denominator != numerator;
    round(&root, more, (exponent - shift) / 2)
}

/// Multiplies a quotient by `2^shift`.
fn scaled(numerator: &BigUint, denominator: &BigUint, shift: i64) -> (BigUint, BigUint) {
    match u64::try_from(shift) {
        Ok(shift) => (numerator << shift, denominator.clone()),
        Err(_) => (numerator.clone(), denominator << shift.unsigned_abs()),
    }
}

/// The double nearest to `number · 2^exponent`, or to a slightly larger number if `more` is set. `number` has at most
/// 127 bits, and at least 55 if `more` is set.
fn round(number: &BigUint, more: bool, exponent: i64) -> f64 {
    let number = u128::try_from(number).expect("at most 127 bits");
    let highest = i64::from(127 - number.leading_zeros()) + exponent;
    if highest > 1023 {
        return f64::INFINITY;
    }
    // The exponent of the double's lowest bit.
    let lowest = (highest - 52).max(LEAST);
    let mantissa = match u32::try_from(lowest - exponent) {
        Ok(cut @ 1..=127) => {
            let (kept, rest, half) = (number >> cut, number & ((1 << cut) - 1), 1 << (cut - 1));
            kept as u64 + u64::from(rest > half || rest == half && (more || kept & 1 == 1))
        }
        Ok(128..) => 0,
        Ok(0) => number as u64,
        Err(_) => (number << (exponent - lowest)) as u64,
    };
    // A mantissa that is rounded up to the next power of two correctly carries into the exponent.
    f64::from_bits((((lowest - LEAST) as u64) << 52) + mantissa)
}

/// Splits a finite double into an integer and a power of 2: `mantissa · 2^exponent`.
pub(super) fn parts(value: f64) -> (i64, i64) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64;
    // Subnormal numbers have the exponent of the smallest normal ones.
    let mantissa = (bits & ((1 << 52) - 1) | u64::from(exponent != 0) << 52) as i64;
    (if bits >> 63 == 0 { mantissa } else { -mantissa }, exponent.max(1) - 1 + LEAST)
}

/// Interpolates between two numbers: the double nearest to the point that lies `part` of the way from the first to the
/// second. Both numbers are integers times `2^exponent`.
pub(super) fn between(first: &BigInt, second: &BigInt, part: f64, exponent: i64) -> f64 {
    let (mantissa, of) = parts(part);
    debug_assert!(of <= 0, "a part below one");
    let sum = (first << of.unsigned_abs()) + (second - first) * mantissa;
    nearest(&sum, &BigUint::from(1_u8), exponent + of)
}

/// A finite double as an integer multiple of the smallest double.
pub(super) fn units(value: f64) -> BigInt {
    let (mantissa, exponent) = parts(value);
    BigInt::from(mantissa) << (exponent - LEAST).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Finite doubles of every size.
    fn finite() -> impl Strategy<Value = f64> {
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite())
    }

    /// The distance of a double from a quotient, as a numerator over `denominator · 2^1075`, whose unit is half the
    /// lowest bit.
    fn distance(value: f64, numerator: &BigInt, denominator: &BigUint) -> BigUint {
        let value = (units(value) << 1_u64) * BigInt::from(denominator.clone());
        ((numerator << 1_u64) - value).into_parts().1
    }

    #[test]
    fn rounding_is_correct_at_the_ends_of_the_range() {
        let one = BigUint::from(1_u8);
        for value in [1.0, -1.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::from_bits(1), 0.1, 1e308, 5e-324]
        {
            assert_eq!(nearest(&units(value), &one, LEAST).to_bits(), value.to_bits());
        }
        let most = units(f64::MAX);
        let half = units(2_f64.powi(970));
        assert_eq!(nearest(&(&most + &half), &one, LEAST), f64::INFINITY, "a tie goes to the even double");
        assert_eq!(nearest(&(&most + &half - 1), &one, LEAST), f64::MAX);
        let least = BigInt::from(1);
        assert_eq!(nearest(&least, &BigUint::from(2_u8), LEAST), 0.0, "a tie goes to the even double");
        assert_eq!(nearest(&BigInt::from(3), &BigUint::from(4_u8), LEAST), f64::from_bits(1));
        assert_eq!(nearest(&least, &BigUint::from(2_u8), -5_000), 0.0);
        assert_eq!(nearest_root(&BigUint::from(2_u8), &one, 0), 2_f64.sqrt());
        assert_eq!(nearest_root(&one, &one, 2 * LEAST), f64::from_bits(1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// No other double is nearer, and ties go to the even double.
        #[test]
        fn no_double_is_nearer(value in finite(), other in finite(), denominator in 1..u64::MAX) {
            let numerator = units(value) + units(other);
            let denominator = BigUint::from(denominator);
            let found = nearest(&numerator, &denominator, LEAST);
            prop_assert!(found.is_finite());
            let own = distance(found, &numerator, &denominator);
            for next in [found.next_up(), found.next_down()] {
                if next.is_finite() {
                    let its = distance(next, &numerator, &denominator);
                    prop_assert!(own < its || own == its && found.to_bits() & 1 == 0, "{found:e} {next:e}");
                }
            }
        }

        /// The results are those of the processor, which rounds correctly.
        #[test]
        fn quotients_and_roots_are_those_of_the_processor(a in finite(), b in finite()) {
            prop_assume!(b != 0.0 && a != 0.0);
            let quotient = nearest(&(units(a) * if b < 0.0 { -1 } else { 1 }), units(b).magnitude(), 0);
            prop_assert_eq!(quotient, a / b);
            prop_assert_eq!(nearest_root(units(a).magnitude(), &BigUint::from(1_u8), LEAST), a.abs().sqrt());
        }

        #[test]
        fn interpolated_values_lie_between_the_two_numbers(a in finite(), b in finite(), part in 0.0..1.0_f64) {
            let (low, high) = (a.min(b), a.max(b));
            let found = between(&units(low), &units(high), part, LEAST);
            prop_assert!(low <= found && found <= high);
            prop_assert_eq!(between(&units(low), &units(high), 0.0, LEAST), low);
            let half = nearest(&(units(low) + units(high)), &BigUint::from(2_u8), LEAST);
            prop_assert_eq!(between(&units(low), &units(high), 0.5, LEAST), half);
        }
    }
}
