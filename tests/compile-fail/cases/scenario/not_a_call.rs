//! What a statement can't be.

use compile_fail_tests::{split, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        input at: usize = 1;
        doubled = at * 2;
        same = numbers;
        two = 2.0;
        closure = |x| x + 1;
        length = numbers.len();
        macros = vec!(at);
        generic = total::<f64>(numbers);
        unwrapped = total(numbers)?;
        chained = total(numbers).sqrt();
        branch = if at { total(numbers) } else { at };
        _ = total(numbers);
        total(numbers);
        left, right = split(numbers, at);
        typed: f64 = total(numbers);
        pub shown = total(numbers);
        commas = split(numbers,, at);
        words = split(numbers at);
        borrowed = total(&numbers);
        field = total(numbers.first);
        named = split(numbers = numbers, at = at);
        for number in numbers { each = total(number); }
        fn helper() {}
        ;
        end = total(numbers),
        after = total(numbers);
    }
}

fn main() {}

// Fix: each statement is `input name: Type = default;` or `name = task(node, …);`; anything else is the code of a task.
