use compile_fail_tests::segment;
use skipstone::{Store, scenario};

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;
        segmented = segment(path, payment_threshold, score_threshold);
    }
}

fn main() -> skipstone::Result<()> {
    let scenario = Demo::create(&Store::open(".pipeline")?, "baseline")?;
    scenario.payment_threshold.write("1600")?;
    Ok(())
}

// Fix: pass a value of the input's type.
