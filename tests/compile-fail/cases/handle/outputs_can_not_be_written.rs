use compile_fail_tests::total;
use skipstone::{Store, scenario};

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        sum = total(numbers);
    }
}

fn main() -> skipstone::Result<()> {
    let scenario = Demo::create(&Store::open(".pipeline")?, "baseline")?;
    scenario.sum.write(1.0)?;
    Ok(())
}

// Fix: write to an input; an output is computed by its task. In a test, use `with_value`.
