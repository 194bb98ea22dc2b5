//! What if? Scenarios that differ in one input, compared by inputs, outputs and KPIs.

use skipstone::report::ComparisonText;
use skipstone::{Result, scenario, task, testing};

/// Sales at a price, after a linear demand curve.
#[task(skippable)]
fn demand(price: f64, market: f64) -> f64 {
    (market - 20.0 * price).max(0.0)
}

#[task(skippable)]
fn profit(demand: f64, price: f64, cost: f64) -> f64 {
    demand * (price - cost)
}

scenario! {
    pub Pricing {
        input price: f64 = 30.0;
        input market: f64 = 1_000.0;
        input cost: f64 = 10.0;
        demand = demand(price, market);
        #[kpi(better = higher, unit = "$")]
        profit = profit(demand, price, cost);
    }
}

fn main() -> Result<()> {
    let store = testing::store();
    let base = Pricing::create(&store, "base")?;
    base.submit()?;
    for price in [25.0, 40.0] {
        let what_if = base.duplicate(&format!("price {price}"))?;
        what_if.price.write(price)?;
        what_if.submit()?;
    }
    let comparison = store.compare::<Pricing>(&["base", "price 25", "price 40"]).run()?;
    println!("{}", ComparisonText::new(&comparison));
    Ok(())
}
