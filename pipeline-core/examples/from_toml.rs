//! A scenario in a TOML file, over the tasks that are compiled into this program: another DAG without recompiling.

use skipstone::{Result, Scenario, task, testing};

#[task(skippable)]
fn celsius(fahrenheit: f64) -> f64 {
    (fahrenheit - 32.0) / 1.8
}

#[task(skippable)]
fn describe(celsius: f64, limit: f64) -> String {
    if celsius > limit { format!("{celsius:.1} °C is hot") } else { format!("{celsius:.1} °C is fine") }
}

const FILE: &str = r#"
name = "Thermometer"

[inputs.reading]
default = 77.0

[inputs.limit]
default = 30.0

[[tasks]]
function = "celsius"
arguments = ["reading"]
outputs = "degrees"

[[tasks]]
function = "describe"
arguments = { celsius = "degrees", limit = "limit" }
outputs = "text"
"#;

fn main() -> Result<()> {
    let store = testing::store();
    let file = store.path().with_extension("toml");
    std::fs::write(&file, FILE).expect("the folder is writable");

    let scenario = Scenario::load(&file)?.create(&store, "first")?;
    scenario.submit()?;
    println!("{}", scenario.output::<String>("text")?.read()?);
    scenario.set(&[("reading", "99.5")])?;
    scenario.submit()?;
    println!("{}", scenario.output::<String>("text")?.read()?);

    // The file is checked like code: types, names and order, each with its line.
    std::fs::write(&file, FILE.replace("arguments = [\"reading\"]", "arguments = [\"raeding\"]"))
        .expect("written");
    println!("{}", Scenario::load(&file).expect_err("no node has this name"));
    std::fs::remove_file(&file).expect("removed");
    Ok(())
}
