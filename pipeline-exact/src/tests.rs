//! Compares statistics with a plain calculation over all rows.

use super::nearest::{LEAST, between, nearest, nearest_root, units};
use crate::{
    Measure, count, divide, group_by, max, mean, median, merge, min, partial, quantile, select, std, sum,
};
type Result<T, E = crate::ExactError> = std::result::Result<T, E>;
use num_bigint::{BigInt, BigUint};
use polars::prelude::*;
use proptest::prelude::*;

fn floats(table: &DataFrame, column: &str) -> Vec<Option<f64>> {
    table.column(column).expect("a column").f64().expect("floats").iter().collect()
}

fn table(keys: &[Option<&str>], values: &[Option<f64>]) -> DataFrame {
    DataFrame::new(
        keys.len(),
        vec![Column::new("k".into(), keys.to_vec()), Column::new("x".into(), values.to_vec())],
    )
    .expect("columns of one length")
}

fn all(plan: LazyFrame) -> DataFrame {
    let x = || col("x");
    let measures = [
        count(x()).alias("count"),
        sum(x()).alias("sum"),
        mean(x()).alias("mean"),
        std(x()).alias("std"),
        min(x()).alias("min"),
        max(x()).alias("max"),
        median(x()).alias("median"),
        quantile(x(), 0.9).alias("q90"),
    ];
    group_by(plan, [col("k")]).agg(measures).expect("statistics").collect().expect("a table")
}

#[test]
fn groups_are_sorted_and_missing_values_are_left_out() {
    let statistics = all(table(
        &[Some("b"), None, Some("a"), Some("a"), Some("a"), Some("c")],
        &[Some(1.0), Some(7.0), Some(3.0), None, Some(4.0), None],
    )
    .lazy());
    let keys: Vec<Option<&str>> =
        statistics.column("k").expect("keys").str().expect("strings").iter().collect();
    assert_eq!(keys, [None, Some("a"), Some("b"), Some("c")]);
    assert_eq!(floats(&statistics, "sum"), [Some(7.0), Some(7.0), Some(1.0), Some(0.0)]);
    assert_eq!(floats(&statistics, "mean"), [Some(7.0), Some(3.5), Some(1.0), None]);
    assert_eq!(floats(&statistics, "median"), [Some(7.0), Some(3.5), Some(1.0), None]);
    assert_eq!(floats(&statistics, "min"), [Some(7.0), Some(3.0), Some(1.0), None]);
    assert_eq!(floats(&statistics, "std"), [None, Some(0.5_f64.sqrt()), None, None]);
    let counts: Vec<Option<i64>> =
        statistics.column("count").expect("counts").i64().expect("integers").iter().collect();
    assert_eq!(counts, [Some(1), Some(2), Some(1), Some(0)]);
}

#[test]
fn a_plan_without_rows_gives_one_row_without_keys_and_no_row_with_keys() {
    let nothing = table(&[], &[]).lazy();
    let row =
        select(nothing.clone(), [sum(col("x")), median(col("x")).alias("m"), count(col("x")).alias("n")]);
    let row = row.and_then(|row| Ok(row.collect()?)).expect("a row");
    assert_eq!((row.height(), floats(&row, "x"), floats(&row, "m")), (1, vec![Some(0.0)], vec![None]));
    assert_eq!(all(nothing).height(), 0);
}

#[test]
fn integers_stay_integers_and_overflowing_sums_are_rejected() {
    let table = |values: &[i64]| {
        DataFrame::new(values.len(), vec![Column::new("x".into(), values.to_vec())]).expect("a column").lazy()
    };
    let row = select(
        table(&[i64::MAX, -1, 1]),
        [sum(col("x")), max(col("x")).alias("max"), mean(col("x")).alias("mean")],
    );
    let row = row.and_then(|row| Ok(row.collect()?)).expect("a row");
    assert_eq!(row.column("x").and_then(|x| Ok(x.i64()?.get(0))).expect("integers"), Some(i64::MAX));
    assert_eq!(row.column("max").and_then(|x| Ok(x.i64()?.get(0))).expect("integers"), Some(i64::MAX));
    let error = |plan: Result<LazyFrame>| plan.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error(select(table(&[i64::MAX, 1]), [sum(col("x"))])).contains("9223372036854775808"));
    let strings = DataFrame::new(1, vec![Column::new("x".into(), ["a"])]).expect("a column").lazy();
    assert_eq!(
        error(select(strings.clone(), [mean(col("x"))])),
        "column `x` has type str, and only numbers can be aggregated: cast it"
    );
    assert!(error(select(strings, [mean(col("y"))])).contains('y'));
}

#[test]
fn statistics_do_not_depend_on_the_order_of_rows_or_on_batches() {
    let count = 300_000_i64;
    let value = |i: i64| ((i * 48_271) % 2_147_483_647) as f64 / 977.0 - 1e6;
    let rows = |order: &mut dyn Iterator<Item = i64>| {
        let (keys, values): (Vec<_>, Vec<_>) = order
            .map(|i| (Some(if i % 3 == 0 { "a" } else { "b" }), (i % 400 != 0).then(|| value(i))))
            .unzip();
        table(&keys, &values)
    };
    let forwards = all(rows(&mut (0..count)).lazy());
    assert!(forwards.equals_missing(&all(rows(&mut (0..count).rev()).lazy())), "backwards");
    let pieces: Vec<LazyFrame> = (0..100).map(|i| rows(&mut (i * 3_000..(i + 1) * 3_000)).lazy()).collect();
    let pieces = concat(pieces, UnionArgs::default()).expect("a plan");
    assert!(forwards.equals_missing(&all(pieces)), "in pieces");
    // Sorted rows are the worst case for guesses from the first batch.
    let sorted = rows(&mut (0..count)).lazy().sort(["x"], SortMultipleOptions::default());
    assert!(forwards.equals_missing(&all(sorted)), "sorted");
}

#[test]
fn nan_counts_as_missing_and_infinity_as_a_number() {
    let inf = f64::INFINITY;
    let of = |values: &[f64]| {
        let keys = vec![Some("a"); values.len()];
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let statistics = all(table(&keys, &values).lazy());
        let count = statistics.column("count").expect("counts").i64().expect("integers").get(0);
        let others = ["sum", "mean", "std", "min", "max", "median"];
        (count, others.map(|statistic| floats(&statistics, statistic)[0]))
    };
    assert_eq!(of(&[f64::NAN, 1.0, -f64::NAN, 3.0]), of(&[1.0, 3.0]));
    assert_eq!(of(&[f64::NAN]), (Some(0), [Some(0.0), None, None, None, None, None]));
    let (count, [sum, mean, std, min, max, median]) = of(&[1.0, inf]);
    assert_eq!(
        (count, sum, mean, min, max, median),
        (Some(2), Some(inf), Some(inf), Some(1.0), Some(inf), Some(inf))
    );
    assert!(std.is_some_and(f64::is_nan));
    let (_, [sum, mean, std, min, max, median]) = of(&[-inf, inf]);
    assert!([sum, mean, std, median].iter().all(|statistic| statistic.is_some_and(f64::is_nan)));
    assert_eq!((min, max), (Some(-inf), Some(inf)));
    let (_, [sum, mean, std, min, max, _]) = of(&[-0.0, 0.0]);
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    assert!([sum, mean, std, max].iter().all(|statistic| bits(*statistic) == bits(Some(0.0))));
    assert_eq!(bits(min), bits(Some(-0.0)));
}

#[test]
fn statistics_of_integers_are_computed_without_rounding_them() {
    let of = |values: &[i64]| {
        let plan =
            DataFrame::new(values.len(), vec![Column::new("x".into(), values.to_vec())]).expect("a column");
        let x = || col("x");
        let measures = [
            mean(x()).alias("mean"),
            median(x()).alias("median"),
            std(x()).alias("std"),
            quantile(x(), 0.0).alias("least"),
        ];
        let statistics =
            select(plan.lazy(), measures).and_then(|plan| Ok(plan.collect()?)).expect("statistics");
        ["mean", "median", "std", "least"].map(|statistic| floats(&statistics, statistic)[0])
    };
    assert_eq!(of(&[(1 << 62) + 1, -(1 << 62)])[..2], [Some(0.5), Some(0.5)]);
    assert_eq!(
        of(&[9_007_199_254_740_993, 9_007_199_254_740_995])[..3],
        [Some(9_007_199_254_740_994.0); 2].iter().copied().chain([Some(2_f64.sqrt())]).collect::<Vec<_>>()[..]
    );
    assert_eq!(of(&[i64::MIN, i64::MAX])[1], Some(-0.5));
    assert_eq!(
        of(&[i64::MIN; 3]),
        [Some(-(2_f64.powi(63))), Some(-(2_f64.powi(63))), Some(0.0), Some(-(2_f64.powi(63)))]
    );
}

/// Doubles of every size, with NaN and infinities.
fn extreme() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => any::<u64>().prop_map(f64::from_bits),
        3 => -1e3..1e3_f64,
        1 => (0..4_u64).prop_map(f64::from_bits),
        1 => prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, -1e16, 1e16 + 2.0, f64::NAN, f64::INFINITY]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Compares each statistic of a table, in any batches, with the exact result rounded once.
    #[test]
    fn statistics_are_the_nearest_doubles_over_the_whole_range(
        values in prop::collection::vec(prop::option::weighted(0.9, extreme()), 0..30),
        q in 0.0_f64..=1.0,
        cut in 0_usize..30,
    ) {
        let keys = vec![Some("a"); values.len()];
        let whole = table(&keys, &values);
        let cut = cut.min(values.len());
        let parts = [whole.slice(0, cut).lazy(), whole.slice(cut as i64, values.len()).lazy()];
        let plan = concat(parts, UnionArgs::default()).expect("a plan");
        let x = || col("x");
        let measures = [
            sum(x()).alias("sum"), mean(x()).alias("mean"), std(x()).alias("std"), quantile(x(), q).alias("q"),
        ];
        let statistics = select(plan, measures).and_then(|plan| Ok(plan.collect()?)).expect("statistics");
        let found = |name: &str| floats(&statistics, name)[0].map(f64::to_bits);
        let mut numbers: Vec<f64> = values.iter().flatten().copied().filter(|value| !value.is_nan()).collect();
        let count = numbers.len() as u64;
        let infinite: f64 = numbers.iter().filter(|value| value.is_infinite()).sum();
        let only = |value: f64| Some(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() });
        if infinite != 0.0 {
            prop_assert_eq!(found("sum"), only(infinite));
            prop_assert_eq!(found("mean"), only(infinite));
            prop_assert_eq!(found("std"), (count > 1).then_some(f64::NAN.to_bits()));
        } else {
            let total: BigInt = numbers.iter().map(|value| units(*value)).sum();
            prop_assert_eq!(found("sum"), only(nearest(&total, &BigUint::from(1_u8), LEAST)));
            let mean = (count > 0).then(|| nearest(&total, &BigUint::from(count), LEAST).to_bits());
            prop_assert_eq!(found("mean"), mean);
            let squares: BigInt = numbers.iter().map(|value| { let far = units(*value) * count - &total; &far * &far }).sum();
            let over = BigUint::from(count) * count * count.saturating_sub(1);
            let std = (count > 1).then(|| nearest_root(squares.magnitude(), &over, 2 * LEAST).to_bits());
            prop_assert_eq!(found("std"), std);
        }
        numbers.sort_by(f64::total_cmp);
        let quantile = (count > 0).then(|| {
            let place = q * (count - 1) as f64;
            let (first, part) = (place.floor() as usize, place - place.floor());
            let (low, high) = (numbers[first], numbers[(first + 1).min(numbers.len() - 1)]);
            if part == 0.0 || low == high {
                low
            } else if low.is_infinite() || high.is_infinite() {
                low + high
            } else {
                between(&units(low), &units(high), part, LEAST)
            }
        });
        prop_assert_eq!(found("q"), quantile.and_then(only));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn statistics_are_those_of_a_plain_calculation(
        rows in prop::collection::vec((0_usize..3, prop::option::weighted(0.9, -1_000_i32..1_000)), 0..400),
        q in 0.0_f64..=1.0,
    ) {
        let names = ["a", "b", "c"];
        let keys: Vec<_> = rows.iter().map(|(key, _)| Some(names[*key])).collect();
        let values: Vec<_> = rows.iter().map(|(_, value)| value.map(|value| f64::from(value) / 4.0)).collect();
        let statistics = group_by(table(&keys, &values).lazy(), [col("k")])
            .agg([mean(col("x")).alias("mean"), quantile(col("x"), q).alias("q"), std(col("x")).alias("std")]);
        let statistics = statistics.and_then(|plan| Ok(plan.collect()?)).expect("statistics");
        let found: Vec<&str> = statistics.column("k").expect("keys").str().expect("strings").iter().flatten().collect();
        for (row, key) in found.iter().enumerate() {
            let mut of: Vec<f64> =
                keys.iter().zip(&values).filter(|(k, _)| **k == Some(key)).filter_map(|(_, value)| *value).collect();
            of.sort_by(f64::total_cmp);
            let count = of.len() as f64;
            // Quarters add up without rounding.
            let mean = (!of.is_empty()).then(|| of.iter().sum::<f64>() / count);
            prop_assert_eq!(floats(&statistics, "mean")[row], mean);
            let at = q * (count - 1.0);
            let expected = (!of.is_empty()).then(|| {
                let (low, high) = (of[at.floor() as usize], of[(at.floor() as usize + 1).min(of.len() - 1)]);
                low + (high - low) * (at - at.floor())
            });
            // The plain calculation rounds three times.
            match (floats(&statistics, "q")[row], expected) {
                (Some(found), Some(expected)) => prop_assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0)),
                (found, expected) => prop_assert_eq!(found, expected),
            }
            let deviation = (of.len() > 1).then(|| {
                let mean = mean.unwrap_or_default();
                (of.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
            });
            match (floats(&statistics, "std")[row], deviation) {
                (Some(found), Some(expected)) => prop_assert!((found - expected).abs() <= 1e-12 * expected.max(1.0)),
                (found, expected) => prop_assert_eq!(found, expected),
            }
        }
    }
}

proptest! {
    #[test]
    fn quotients_are_those_of_the_processor_in_any_batches(
        values in prop::collection::vec(prop::option::weighted(0.9, prop::num::f64::ANY), 1..40),
        divisor in prop::num::f64::ANY,
        cut in 0_usize..40,
    ) {
        let whole = table(&vec![None; values.len()], &values);
        let of = |rows: DataFrame| {
            let quotients = rows.lazy().select([divide(col("x"), lit(divisor)).alias("x")]);
            floats(&quotients.collect().expect("quotients"), "x")
        };
        let cut = cut % values.len();
        let parts = [whole.slice(0, cut), whole.slice(cut as i64, 1), whole.slice(cut as i64 + 1, values.len())];
        let bits = |values: Vec<Option<f64>>| -> Vec<Option<u64>> {
            // The bits of NaN depend on the processor.
            let one = |value: f64| if value.is_nan() { f64::NAN } else { value };
            values.into_iter().map(|value| value.map(|value| one(value).to_bits())).collect()
        };
        let expected = bits(values.iter().map(|value| value.map(|value| value / divisor)).collect());
        prop_assert_eq!(bits(of(whole.clone())), expected.clone());
        prop_assert_eq!(bits(parts.into_iter().flat_map(of).collect()), expected);
    }
}

/// The statistics that states have.
fn of_states(integers: bool) -> Vec<Measure> {
    let x = || col("x");
    let whole = |measure: Measure| if integers { measure.of_integers() } else { measure };
    vec![
        count(x()).alias("count"),
        whole(sum(x())).alias("sum"),
        mean(x()).alias("mean"),
        std(x()).alias("std"),
        whole(min(x())).alias("min"),
        whole(max(x())).alias("max"),
    ]
}

/// Compares tables bit by bit.
fn assert_same(found: &DataFrame, expected: &DataFrame) {
    assert_eq!(found.schema(), expected.schema());
    for (found, expected) in found.columns().iter().zip(expected.columns()) {
        match (found.f64(), expected.f64()) {
            (Ok(found), Ok(expected)) => {
                let bits = |values: &Float64Chunked| {
                    values.iter().map(|value| value.map(f64::to_bits)).collect::<Vec<_>>()
                };
                assert_eq!(bits(found), bits(expected), "{}", expected.name());
            }
            _ => assert!(found.equals_missing(expected), "{found:?} is not {expected:?}"),
        }
    }
}

/// Compares the statistics of all rows with those that are merged from the states of parts, and from states of states.
fn parts_equal_the_whole(table: &DataFrame, cuts: &[usize], keys: &[Expr], integers: bool) {
    let whole = group_by(table.clone().lazy(), keys.to_vec()).agg(of_states(false));
    let whole = whole.expect("statistics").collect().expect("a table");
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (table.height() + 1)).collect();
    cuts.extend([0, table.height()]);
    cuts.sort_unstable();
    let part = |ends: &[usize]| {
        let rows = table.slice(ends[0] as i64, ends[1] - ends[0]);
        let states = partial(rows.lazy(), keys.to_vec(), [col("x")]).expect("states");
        states.collect().expect("a table")
    };
    let mut parts: Vec<DataFrame> = cuts.windows(2).map(part).collect();
    parts.reverse();
    let plans = |parts: &[DataFrame]| parts.iter().map(|part| part.clone().lazy()).collect::<Vec<_>>();
    let merged = |parts: &[DataFrame]| {
        let figures = merge(plans(parts), keys.to_vec()).expect("parts").agg(of_states(integers));
        figures.expect("statistics").collect().expect("a table")
    };
    assert_same(&merged(&parts), &whole);
    let (left, right) = parts.split_at(parts.len() / 2);
    let halves: Vec<DataFrame> = [left, right]
        .into_iter()
        .filter(|half| !half.is_empty())
        .map(|half| {
            let union = polars::prelude::concat(plans(half), UnionArgs::default()).expect("a plan");
            partial(union, keys.to_vec(), [col("x")]).expect("states").collect().expect("a table")
        })
        .collect();
    assert_same(&merged(&halves), &whole);
    // The state of all rows has the same bytes as the merged states of their parts.
    let one =
        partial(table.clone().lazy(), keys.to_vec(), [col("x")]).expect("states").collect().expect("a table");
    let union = polars::prelude::concat(plans(&halves), UnionArgs::default()).expect("a plan");
    let other = partial(union, keys.to_vec(), [col("x")]).expect("states").collect().expect("a table");
    assert!(other.equals_missing(&one), "{other:?} is not {one:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn merged_states_of_doubles_have_the_bits_of_the_whole(
        rows in prop::collection::vec((prop::option::of("[ab]"), prop::option::of(prop_oneof![
            8 => any::<u64>().prop_map(f64::from_bits),
            8 => -1e3..1e3_f64,
            1 => prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]),
        ])), 0..60),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let (keys, values): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let keys: Vec<Option<&str>> = keys.iter().map(Option::as_deref).collect();
        let table = table(&keys, &values);
        parts_equal_the_whole(&table, &cuts, &[col("k")], false);
        parts_equal_the_whole(&table, &cuts, &[], false);
    }

    #[test]
    fn merged_states_of_integers_have_the_bits_of_the_whole(
        rows in prop::collection::vec((0_i64..3, prop::option::of(prop_oneof![-1000_i64..1000, any::<i64>().prop_map(|value| value / 64)])), 0..60),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let (keys, values): (Vec<i64>, Vec<Option<i64>>) = rows.into_iter().unzip();
        let columns = vec![Column::new("k".into(), keys), Column::new("x".into(), values)];
        let table = DataFrame::new(columns[0].len(), columns).expect("columns of one length");
        parts_equal_the_whole(&table, &cuts, &[col("k")], true);
        parts_equal_the_whole(&table, &cuts, &[], true);
    }
}

#[test]
fn states_are_small_and_mistakes_in_them_are_reported() {
    let doubles = table(&[Some("a"); 3], &[Some(0.1), Some(1234.5), Some(-3.0)]).lazy();
    let states = |plan: LazyFrame| partial(plan, [col("k")], [col("x")]).expect("states");
    let bytes = states(doubles.clone()).collect().expect("a table");
    let size = bytes.column("x").and_then(|x| Ok(x.binary()?.get(0).map(<[u8]>::len))).expect("bytes");
    assert_eq!(size, Some(61));
    let widest = table(&[Some("a"); 2], &[Some(f64::MAX), Some(f64::from_bits(1))]).lazy();
    let bytes = states(widest).collect().expect("a table");
    let size = bytes.column("x").and_then(|x| Ok(x.binary()?.get(0).map(<[u8]>::len))).expect("bytes");
    assert!(size.is_some_and(|size| size <= 840), "{size:?}");

    let integers = df!("k" => ["a"], "x" => [1_i64]).expect("a table").lazy();
    let garbage = df!("k" => ["a"], "x" => [b"state".as_slice()]).expect("a table").lazy();
    let agg = |parts: Vec<LazyFrame>, measure: Measure| {
        let figures = merge(parts, [col("k")]).and_then(|groups| groups.agg([measure]));
        figures.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(
        agg(vec![states(doubles.clone()), states(integers)], sum(col("x"))),
        "column `x` has states of integers and of doubles: cast the column to one type in every part"
    );
    assert_eq!(
        agg(vec![garbage], sum(col("x"))),
        "column `x` has bytes that are not a state: only `exact::partial` makes states"
    );
    assert_eq!(
        agg(vec![states(doubles.clone())], median(col("x"))),
        "column `x` has states, which have no quantiles: compute them from the rows of all parts"
    );
    assert_eq!(
        agg(vec![states(doubles)], sum(col("x")).of_integers()),
        "the states are of doubles, so their sum, minimum and maximum are doubles, too: remove `of_integers`"
    );
}

#[test]
fn partials_are_described_without_rows() {
    let rows = table(&[], &[]).lazy();
    let described = crate::describing(|| {
        let states = partial(rows, [col("k")], [col("x")])?;
        Ok::<_, crate::ExactError>((states.clone(), merge([states], [col("k")])?.agg(of_states(true))?))
    });
    let (mut states, mut figures) = described.expect("plans");
    let types = |plan: &mut LazyFrame| {
        plan.collect_schema().expect("a schema").iter_values().cloned().collect::<Vec<_>>()
    };
    assert_eq!(types(&mut states), [DataType::String, DataType::Binary]);
    let (whole, double) = (DataType::Int64, DataType::Float64);
    assert_eq!(
        types(&mut figures),
        [DataType::String, whole.clone(), whole.clone(), double.clone(), double, whole.clone(), whole]
    );
    assert!(figures.collect().is_ok());
}
