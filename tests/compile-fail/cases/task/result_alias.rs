//! An alias of a `Result` would make an error a value that is stored.

use skipstone::task;

type Res = Result<f64, String>;

type Outcome<T> = std::result::Result<T, std::io::Error>;

mod own {
    pub type Result = std::result::Result<u8, String>;
}

#[task(skippable)]
fn load(x: f64) -> Res {
    if x > 0.0 { Ok(x) } else { Err("positive".into()) }
}

#[task]
fn read(path: &str) -> Outcome<String> {
    std::fs::read_to_string(path)
}

#[task]
fn count() -> own::Result {
    Ok(1)
}

fn main() {}

// Fix: write the `Result` out.
