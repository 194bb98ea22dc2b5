//! Inputs whose values are never printed, logged or stored.

use skipstone::{ScenarioType, Settings, Store, assert_ran, assert_skipped, scenario, task};
use std::fs;
use std::path::Path;

const TOKEN: &str = "ge\"heim\\4711";

#[task(skippable)]
fn fetch(address: &str, token: &str) -> Result<usize, String> {
    tracing::info!(token, "asking {address} with {token}");
    match address {
        "wrong" => Err(format!("{address} refuses `{token}`")),
        _ => Ok(address.len()),
    }
}

scenario! {
    Fetching {
        input address: String = "here";
        /// Authenticates the request.
        #[secret]
        input token: String;
        length = fetch(address, token);
    }
}

fn settings(folder: &Path, token: &str) -> Settings {
    let file = folder.join("fetching.toml");
    fs::write(&file, "store = \"store\"\ninputs.token = \"${TOKEN}\"\n").expect("written");
    Settings::of("fetching")
        .file(file)
        .environment(&[("TOKEN", token)])
        .load(Fetching::graph())
        .expect("valid settings")
}

/// Every file below the folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found
}

#[test]
fn a_secret_is_part_of_keys_but_never_in_the_store_or_in_output() -> skipstone::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_with(&settings(folder.path(), TOKEN))?;
    let scenario = Fetching::create(&store, "first")?;
    let first = scenario.submit()?;
    assert_ran!(first, ["fetch"]);
    assert_skipped!(scenario.submit()?, ["fetch"]);
    let log = store.run(first.id)?.jobs[0].log.clone();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].text, "asking here with ••• token=\"•••\"", "also when it is quoted");

    // A different secret is a different input.
    let other = Store::open_with(&settings(folder.path(), "another"))?;
    let again = Fetching::open(&other, "first")?;
    assert_ran!(again.submit()?, ["fetch"]);
    assert_skipped!(scenario.submit()?, ["fetch"]);

    scenario.set(&[("address", "wrong")])?;
    let failed = scenario.submit().expect_err("it fails");
    let run = failed.run().expect("a run");
    assert_eq!(run.jobs[0].error.as_ref().map(|error| error.message.as_str()), Some("wrong refuses `•••`"));

    let mut shown = Vec::new();
    scenario.show("token", skipstone::data::Format::Json, &mut shown)?;
    assert_eq!(String::from_utf8_lossy(&shown), "•••\n");
    assert_eq!(scenario.token.read()?, TOKEN, "the program may read it");
    let explanation = scenario.explain("length")?;
    let everything = format!(
        "{failed}\n{run:?}\n{first:?}\n{explanation:?}\n{:?}\n{}\n{:?}",
        scenario.plan()?,
        scenario.to_toml()?,
        store.versions()?
    );
    assert!(!everything.contains(TOKEN));
    drop((scenario, again, store, other));
    for file in files(&folder.path().join("store")) {
        let bytes = fs::read(&file).expect("read");
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        // The end of the token also occurs in its quoted form. Its four digits alone occur in many hashes.
        assert!(!holds(TOKEN.as_bytes()) && !holds(b"\\4711"), "{} holds the secret", file.display());
    }
    Ok(())
}

#[task]
fn log_credentials(credentials: &Credentials, name: &str) -> usize {
    tracing::info!("{} and {credentials:?} of {name}", credentials.password);
    1
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Credentials {
    user: String,
    password: String,
}

scenario! {
    Logging {
        #[secret]
        input credentials: Credentials;
        input name: String = "reader";
        logged = log_credentials(credentials, name);
    }
}

mod before {
    use super::{Credentials, log_credentials};
    skipstone::scenario! {
        pub(super) Logging {
            input credentials: Credentials;
            input name: String = "reader";
            logged = log_credentials(credentials, name);
        }
    }
}

#[test]
fn parts_of_a_secret_are_masked_longest_first() -> skipstone::Result<()> {
    let store = skipstone::testing::store();
    let scenario = Logging::create(&store, "first")?;
    let credentials = Credentials { user: "prod".into(), password: "prod-ge\"heim".into() };
    let run = scenario.submission().with_value("credentials", credentials)?.submit()?;
    let log = &store.run(run.id)?.jobs[0].log[0].text;
    assert_eq!(log, "••• and Credentials { user: \"•••\", password: \"•••\" } of reader");
    Ok(())
}

#[test]
fn values_from_before_an_input_became_a_secret_are_neither_used_nor_shown() -> skipstone::Result<()> {
    let store = skipstone::testing::store();
    let credentials = Credentials { user: "reader".into(), password: "geheim-4711".into() };
    let plain =
        before::Logging::create(&store, "first", before::LoggingInputs { credentials: credentials.clone() })?;
    plain.credentials.write(credentials.clone())?;
    plain.submit()?;
    let scenario = Logging::open(&store, "first")?;
    let error = scenario.submit().expect_err("it has no value").to_string();
    assert!(
        error.contains(
            "is a secret, and has no value: set the environment variable PIPELINE_INPUT_CREDENTIALS"
        ),
        "{error}"
    );
    let edits = scenario.edits(Some("credentials"))?;
    assert_eq!(edits[0].value, "•••");
    assert!(scenario.revert(edits[0].edit).is_err());
    let duplicate = scenario.duplicate("second")?;
    assert!(duplicate.edits(None)?.is_empty());
    assert!(!scenario.to_toml()?.contains("geheim"));
    let run = scenario.submission().with_value("credentials", credentials)?.submit()?;
    assert_eq!(run.inputs[0].value.summary, "•••");
    Ok(())
}

#[test]
fn a_secret_can_not_be_written_to_a_scenario_and_the_error_says_how_to_set_it() -> skipstone::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_with(&settings(folder.path(), TOKEN))?;
    let scenario = Fetching::create(&store, "first")?;
    let error = scenario.set(&[("token", TOKEN)]).expect_err("refused").to_string();
    assert!(error.contains("set the environment variable PIPELINE_INPUT_TOKEN for each run"), "{error}");
    let error = scenario.token.write(TOKEN.to_owned()).expect_err("refused");
    assert!(!error.to_string().contains(TOKEN), "{error}");
    let unset =
        Fetching::create(&skipstone::testing::store(), "first")?.submit().expect_err("it has no value");
    assert!(
        unset.to_string().contains("input `token` of scenario `first` is a secret, and has no value"),
        "{unset}"
    );
    // For a single run, it can be given directly, and is not stored.
    let run = scenario.submission().with_value("token", "another".to_owned())?.submit()?;
    assert_ran!(run, ["fetch"]);
    Ok(())
}
