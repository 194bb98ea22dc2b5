//! Secret inputs: never printed, never logged, never stored, yet part of the cache key.

use skipstone::{Result, scenario, task, testing};

/// Asks a service. An error that repeats the secret is masked before anything prints or stores it.
#[task(skippable)]
fn fetch(token: &str, city: &str) -> std::result::Result<f64, String> {
    match token {
        "s3cret" => Ok(city.len() as f64),
        _ => Err(format!("401: the token {token} is not accepted")),
    }
}

scenario! {
    pub Weather {
        #[secret]
        input token: String;
        input city: String = "Oslo";
        temperature = fetch(token, city);
    }
}

fn main() -> Result<()> {
    let store = testing::store();
    let scenario = Weather::create(&store, "now")?;

    // Each submission gets the secret: here, or from the variable PIPELINE_INPUT_TOKEN, or from the settings file.
    let error = scenario.submission().set("token", "wrong-token")?.submit().expect_err("the service refuses");
    println!("{error}");

    let run = scenario.submission().set("token", "s3cret")?.submit()?;
    println!("ran {:?}, temperature {}", run.ran(), scenario.temperature.read()?);
    let run = scenario.submission().set("token", "s3cret")?.submit()?;
    println!("the same token again: skipped {:?}", run.skipped());

    // Without a token, the run is refused.
    println!("{}", scenario.submit().expect_err("no token is given"));
    Ok(())
}
