//! Files, environment variables, and everything that can be wrong with them.

use super::*;
use crate::data::File;
use crate::graph::{CallDef, Graph, InputDef};
use crate::task;
use serde::{Deserialize, Serialize};
use std::fs;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Metric {
    Mean,
    Median,
}

#[task(skippable)]
fn everything(text: &File, limit: f64, metric: Metric, token: &str, weights: &[f64]) -> usize {
    let _ = (limit, metric, token, weights);
    text.path().as_os_str().len()
}

fn graph() -> Arc<Graph> {
    let call = CallDef::of::<everything>().argument("text").argument("limit").argument("metric");
    Graph::builder("Everything")
        .input(InputDef::<File>::new("text").default_value(|| File::new("some.txt")))
        .input(InputDef::<f64>::new("limit").default_value(|| 1.0))
        .input(InputDef::<Metric>::new("metric").default_value(|| Metric::Mean))
        .input(InputDef::<String>::new("token").secret())
        .input(InputDef::<Vec<f64>>::new("weights").default_value(Vec::new))
        .call(call.argument("token").argument("weights").output("length"))
        .build()
        .expect("a valid graph")
}

fn load(text: &str, profile: Option<&str>, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("everything.toml");
    fs::write(&file, text).expect("written");
    let mut loader = Settings::of("everything").file(&file).environment(variables);
    if let Some(profile) = profile {
        loader = loader.profile(profile);
    }
    let loaded = loader.load(&graph());
    loaded.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn value(settings: &Settings, scenario: &str, node: &str) -> Option<String> {
    let graph = graph();
    let node = graph.node(node).expect("a node");
    let value = settings.input(scenario, node.name())?.value(node).expect("a value");
    Some(node.summary(&value))
}

const LAYERS: &str = r#"
store = "here"
workers = 2

[inputs]
limit = 2
metric = "median"
text = "data/a.txt"

[scenarios.what-if.inputs]
limit = 3

[profile.ci]
store = "/elsewhere"
memory = "1 GB"

[profile.ci.inputs]
limit = 4

[profile.more.scenarios.what-if.inputs]
metric = "mean"
"#;

#[test]
fn later_layers_win_and_each_value_knows_where_it_comes_from() {
    let settings = load(LAYERS, None, &[]).expect("valid");
    assert!(settings.store.value.ends_with("here") && settings.store.value.is_absolute());
    assert_eq!(settings.workers.value, 2);
    assert_eq!(settings.memory.origin, Origin::Default);
    assert_eq!(value(&settings, "other", "limit").as_deref(), Some("2"));
    assert_eq!(value(&settings, "what-if", "limit").as_deref(), Some("3"));
    assert_eq!(value(&settings, "what-if", "weights"), None);
    let text = value(&settings, "other", "text").expect("set");
    assert!(text.ends_with("/data/a.txt"), "from the folder of the file: {text}");

    let settings = load(LAYERS, Some("ci"), &[]).expect("valid");
    assert_eq!(settings.store.value, Path::new("/elsewhere"));
    assert_eq!(settings.memory.value, 1_000_000_000);
    assert_eq!(
        value(&settings, "what-if", "limit").as_deref(),
        Some("4"),
        "a later layer wins, although it is for all scenarios"
    );
    assert!(
        settings.origin_of("what-if", "limit").to_string().ends_with("everything.toml:18:9, profile `ci`")
    );
    assert_eq!(settings.origin_of("what-if", "weights"), Origin::Default);
    assert_eq!(
        value(&load(LAYERS, Some("more"), &[]).expect("valid"), "what-if", "metric").as_deref(),
        Some("mean")
    );

    let variables = [
        ("PIPELINE_INPUT_LIMIT", "5"),
        ("PIPELINE_STORE", "there"),
        ("PIPELINE_LOG", "warn"),
        ("PIPELINE_WORKERS", "7"),
    ];
    let settings = load(LAYERS, Some("ci"), &variables).expect("valid");
    assert_eq!(value(&settings, "what-if", "limit").as_deref(), Some("5"));
    assert_eq!(settings.store.value, Path::new("there"));
    assert_eq!((settings.log.value, settings.workers.value), (LogLevel::Warn, 7));
    assert_eq!(settings.origin_of("x", "limit").to_string(), "environment, PIPELINE_INPUT_LIMIT");
}

#[test]
fn strings_are_expanded_with_the_values_of_variables() {
    let text = r#"
        store = "${ROOT}/store"
        workers = "${N:-3}"
        memory = "${M:-1MiB}"
        inputs.limit = "${LIMIT}"
        inputs.metric = "${METRIC:-median}"
        inputs.token = "${TOKEN}"
        inputs.weights = "${WEIGHTS:-[1, 2]}"
    "#;
    let variables = [("ROOT", "/data"), ("LIMIT", "1600"), ("TOKEN", "geheim")];
    let settings = load(text, None, &variables).expect("valid");
    assert_eq!(settings.store.value, Path::new("/data/store"));
    assert_eq!((settings.workers.value, settings.memory.value), (3, 1 << 20));
    assert_eq!(value(&settings, "x", "limit").as_deref(), Some("1600"));
    assert_eq!(value(&settings, "x", "metric").as_deref(), Some("median"));
    assert_eq!(value(&settings, "x", "weights").as_deref(), Some("[1.0,2.0]"));
    assert_eq!(value(&settings, "x", "token").as_deref(), Some("•••"));
}

#[test]
fn all_errors_are_reported_at_once_with_their_lines() {
    let text = r#"
stoer = "x"
workers = 0
memory = "64 Mib"
log = "debgu"
store = "a ${NOPE} b"
scenario = 5

[inputs]
limt = 5
limit = "much"
metric = "meen"
length = 3
weights = ["${OPEN"]

[scenarios]
single = 5

[scenarios.what-if]
metric = "mean"

[profile.ci]
workers = -1
inputs = 5

[profile.ci.profile.more]
"#;
    let variables = [
        ("PIPELINE_INPUT_LIMT", "1"),
        ("PIPELINE_INPUT_METRIC", "meen"),
        ("PIPELINE_INPUT_TOKEN", "geheim"),
        ("PIPELINE_LOG", "loud"),
        ("PIPELINE_MEMORY", "much"),
        ("PIPELINE_WORKERS", "four"),
    ];
    insta::assert_snapshot!(load(text, Some("cii"), &variables).expect_err("wrong"));
}

#[test]
fn invalid_toml_and_a_missing_file_are_reported() {
    insta::assert_snapshot!(load("workers = \nstore = \"x\n[inputs\n", None, &[]).expect_err("wrong"));
    let error = Settings::of("x").file("nowhere/x.toml").load(&graph()).expect_err("the file is missing");
    assert!(error.to_string().starts_with("can't read the settings file nowhere/x.toml"), "{error}");
    let error = Settings::of("no such program").environment(&[]).profile("ci").load(&graph());
    assert!(
        error
            .expect_err("no file")
            .to_string()
            .contains("no settings file was found, so there is no profile `ci`")
    );
}

#[test]
fn a_secret_is_not_shown_even_if_its_line_is_wrong() {
    let wrong = [
        "inputs.token = [\"geheim\"]",
        "inputs.token = \"geheim",
        "[inputs]\ntoken = geheim",
        "[scenarios.a.inputs]\nlimit = 1\ntoken = { value = \"geheim\" }",
        "inputs.token = \"\"\"\ngeheim\n\"\"\" x",
        "inputs = { token = 5 , limit = \"geheim\" }",
    ];
    for text in wrong {
        let error = load(text, None, &[]).expect_err(text);
        assert!(!error.contains("geheim") || text.contains("limit = \"geheim\""), "{error}");
    }
    insta::assert_snapshot!(load(wrong[0], None, &[]).expect_err("wrong"));
}

#[test]
fn typos_in_the_names_of_variables_are_warned_about_and_variables_of_other_programs_are_not() {
    let variables = [
        ("PIPELINE_WORKER", "2"),
        ("PIPELINE_STROE", "x"),
        ("PIPELINE_WORKSPACE", "of another system"),
        ("PIPELINE_AUTHOR", "me"),
        ("PIPELINE_INPUT_LIMIT", "2"),
    ];
    let warnings = Settings::of("x").environment(&variables).warnings();
    assert_eq!(
        warnings,
        [
            "the variable PIPELINE_STROE is not used: did you mean PIPELINE_STORE?",
            "the variable PIPELINE_WORKER is not used: did you mean PIPELINE_WORKERS?",
        ]
    );
}

#[cfg(feature = "cli")]
#[test]
fn an_edit_preserves_the_rest_of_the_file_and_is_refused_if_it_is_invalid() {
    let text = "# Ours.\nworkers = 2 # few\n\n[inputs] # all\nlimit = 1\n";
    let set = |profile, scenario, settings: &[(&str, &str)]| {
        let settings: Vec<_> =
            settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        set_in_file(text, &graph(), None, profile, scenario, &settings)
    };
    let changed = set(None, None, &[("workers", "4"), ("inputs.metric", "median"), ("inputs.text", "a$b")]);
    assert_eq!(
        changed.as_deref(),
        Ok("# Ours.\nworkers = 4 # few\n\n[inputs] # all\nlimit = 1\nmetric = \"median\"\ntext = \"a$$b\"\n")
    );
    let changed = set(Some("ci"), Some("what-if"), &[("inputs.limit", "1600"), ("inputs.token", "${TOKEN}")]);
    let changed = changed.expect("valid");
    assert!(changed.starts_with(text), "{changed}");
    let settings = load(&changed, Some("ci"), &[("TOKEN", "geheim")]).expect("valid");
    assert_eq!(value(&settings, "what-if", "limit").as_deref(), Some("1600"));
    let refused = [
        set(None, None, &[("worker", "4")]),
        set(None, None, &[("workers", "0")]),
        set(None, None, &[("inputs.limt", "4")]),
        set(None, None, &[("inputs.metric", "meen")]),
        set(None, None, &[("inputs.token", "geheim")]),
        set(None, Some("what-if"), &[("workers", "4")]),
    ];
    insta::assert_debug_snapshot!(refused);
}
