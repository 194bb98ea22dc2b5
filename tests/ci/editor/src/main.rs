//! A program as it looks in an editor.

mod tasks;

use skipstone::scenario;
use tasks::{split, total};

scenario! {
    /// Halves and sums.
    pub Halves {
        /// Some numbers.
        input numbers: Vec<f64> = vec![1.0, 2.0];
        input at: usize = 1;

        /// The halves.
        (left, right) = split(numbers, at);
        sum = total(left);
        rows = tasks::score(right);
    }
}

scenario! {
    /// Halves of two lists.
    pub Both {
        input first: Vec<f64> = vec![3.0];
        /// The halves of the first list.
        one = Halves { numbers: first, at: 1 };
        whole = total(one.right);
    }
}

/// How much is read.
#[derive(PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Mode {
    All,
    First,
}

scenario! {
    /// One of two ways.
    pub Chosen {
        /// The way.
        input mode: Mode = Mode::All;
        input values: Vec<f64> = vec![3.0];
        if mode == Mode::All {
            /// The result.
            result = tasks::last::<f64>(values);
        } else {
            result = tasks::first(values);
        }
        shown = tasks::negative(result);
    }
}

fn main() -> skipstone::Result<()> {
    let store = skipstone::Store::open("store")?;
    let halves = Halves::open_or_create(&store, "a")?;
    let left = &halves.left;
    let values = left.read()?;
    println!("{:?} {:?} {:?}", halves.sum.read()?, halves.rows.read()?, values);
    Ok(())
}
