use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use skipstone::{scenario, task};

/// Something with a price.
pub trait Priced {
    fn price(&self) -> f64;
}

#[derive(Serialize, Deserialize)]
pub struct Fruit {
    kilos: f64,
}

impl Priced for Fruit {
    fn price(&self) -> f64 {
        2.5 * self.kilos
    }
}

#[derive(Serialize, Deserialize)]
pub struct Tool;

#[task(skippable)]
fn price_of<T: Priced + Serialize + DeserializeOwned + Send + Sync>(things: &Vec<T>) -> f64 {
    things.iter().map(T::price).sum()
}

#[task(skippable)]
fn plain(x: f64) -> f64 {
    x
}

fn unmarked<T>(x: f64) -> f64 {
    let _: Option<T> = None;
    x
}

scenario! {
    pub Prices {
        input fruits: Vec<Fruit>;
        input tools: Vec<Tool>;
        input x: f64 = 1.0;
        without = price_of(fruits);
        plain = plain::<f64>(x);
        two = price_of::<Fruit, Tool>(fruits);
        inferred = price_of::<_>(fruits);
        empty = price_of::<>(fruits);
        unsigned = price_of<Fruit>(fruits);
        open = price_of::<Vec<Fruit>(fruits);
        bound = price_of::<Tool>(tools);
        other = price_of::<Fruit>(tools);
        not = unmarked::<f64>(x);
        wrong = price_of::<Fruit>(thing: fruits);
        brace = Other::<f64> { x };
    }
}

scenario! { pub Other { input x: f64; y = plain(x); } }

fn main() {
    plain(1.0);
    price_of::<Fruit>(&vec![]);
    unmarked::<u8>(1.0);
}

// Fix: write one type for each type parameter of the function, `price_of::<Fruit>(fruits)`, that has the traits which the function asks for.
