use compile_fail_tests::total;
use skipstone::{Store, scenario};

scenario! {
    pub Demo {
        input numbers: Vec<f64>;
        #[allow(unused)]
        input title: String;
        sum = total(numbers);
    }
}

fn main() -> skipstone::Result<()> {
    let store = Store::open(".pipeline")?;
    Demo::create(&store, "without")?;
    Demo::create(&store, "half", DemoInputs { numbers: vec![1.0] })?;
    Ok(())
}

// Fix: pass a value for each input without a default; the message is rustc's own.
