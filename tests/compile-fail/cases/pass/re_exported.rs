//! The library under another path, for packages that get it through another crate.

mod platform {
    pub(crate) use skipstone as engine;
}

use platform::engine::tables::{Category, ColumnValue};
use platform::engine::{Row, scenario, task};

#[derive(Row)]
#[skipstone(crate = crate::platform::engine)]
#[allow(dead_code)]
struct Order {
    kind: Kind,
    id: Id,
}

#[derive(Category, Clone, Copy)]
#[skipstone(crate = crate::platform::engine)]
enum Kind {
    Paid,
}

#[derive(ColumnValue)]
#[skipstone(crate = crate::platform::engine)]
struct Id(i64);

#[task(skippable, crate = crate::platform::engine)]
fn double(x: f64) -> f64 {
    2.0 * x
}

scenario! {
    #[skipstone(crate = crate::platform::engine)]
    pub Doubling {
        input x: f64 = 1.0;
        doubled = double(x);
    }
}

fn main() -> platform::engine::Result<()> {
    let store = platform::engine::testing::store();
    let scenario = Doubling::create(&store, "first")?;
    scenario.submit()?;
    assert_eq!(scenario.doubled.read()?, 2.0);
    assert_eq!(Order::KIND, "kind");
    let _ = Kind::Paid;
    Ok(())
}
