//! The settings file, scenario files, and configurations of Taipy Core.

use super::place::Place;
use serde_json::Value;
use std::fs;

const SETTINGS: &str = r#"# Ours.
store = "kept" # beside this file
workers = 1

[inputs]
payment_threshold = 1_200

[scenarios.careful.inputs]
metric = "median"

[profile.ci]
store = "${CI_STORE:-ci}"

[profile.ci.inputs]
score_threshold = 2
"#;

fn configured() -> Place {
    let place = Place::new();
    fs::write(place.path("customer-analysis.toml"), SETTINGS).expect("written");
    place
}

fn input<'a>(shown: &'a Value, name: &str) -> &'a Value {
    let inputs = shown["inputs"].as_array().expect("inputs");
    inputs.iter().find(|input| input["name"] == name).expect("it is there")
}

#[test]
fn every_value_is_shown_with_its_source() {
    let place = configured();
    let shown = place.run(&["config", "show"]).code(0).out;
    insta::assert_snapshot!(shown.replace(&format!("workers   {}", 1), "workers   1"));
    let mut command = place.command(&[
        "config",
        "show",
        "--profile",
        "ci",
        "--scenario",
        "careful",
        "--set",
        "score_threshold=3",
    ]);
    command.env("PIPELINE_INPUT_SUMMARY_STATISTIC_TYPE", "max").env("PIPELINE_LOG", "warn");
    insta::assert_snapshot!(String::from_utf8(command.output().expect("it starts").stdout).expect("text"));
    assert!(!place.path("kept").exists(), "showing the settings creates no store");
}

#[test]
fn settings_apply_to_runs_and_values_in_the_store_override_them() {
    let place = configured();
    place.run(&[]).code(0);
    assert!(place.path("kept/FORMAT").exists() && !place.path(".pipeline").exists());
    assert_eq!(place.run(&["read", "payment_threshold"]).code(0).out, "1200.0\n");
    // An edit of the file changes the input.
    let edited = SETTINGS.replace("1_200", "1_300");
    fs::write(place.path("customer-analysis.toml"), edited).expect("written");
    let plan = place.run(&["plan"]).code(0).out;
    assert!(plan.contains("input `payment_threshold` changed: 1200 → 1300"), "{plan}");
    place.run(&["--set", "payment_threshold=1600"]).code(0);
    let run = place.run(&["run"]).code(0);
    assert!(
        run.err.contains(
            "input `payment_threshold` is 1600, as set for scenario `default`, which overrides 1300"
        )
    );
    let shown = place.run(&["config", "show", "--json"]).code(0).json();
    let threshold = input(&shown, "payment_threshold");
    assert_eq!(threshold["value"], "1600");
    assert_eq!(threshold["from"]["kind"], "store", "{threshold}");
    assert_eq!(threshold["instead_of"]["value"], "1300");
    assert_eq!(threshold["instead_of"]["from"]["place"], "customer-analysis.toml:6:21");
    let words = place.run(&["config", "show"]).code(0).out;
    assert!(
        words.contains("the store, edit 1 by ")
            && words.contains("(overrides 1300, customer-analysis.toml:6:21)"),
        "{words}"
    );
    place.run(&["reset", "payment_threshold"]).code(0);
    assert_eq!(place.run(&["read", "payment_threshold"]).code(0).out, "1300.0\n");
    assert_eq!(place.run(&["read", "metric"]).code(0).out, "mean\n");
    place.run(&["run", "--scenario", "careful"]).code(0);
    assert_eq!(place.run(&["read", "metric", "--scenario", "careful"]).code(0).out, "median\n");
    place.run(&["run", "--profile", "ci"]).code(0);
    assert!(place.path("ci/FORMAT").exists());
}

#[test]
fn errors_in_the_file_and_the_environment_are_reported_before_anything_is_done() {
    let place = Place::new();
    fs::write(place.path("wrong.toml"), "worker = 2\n[inputs]\npayment_treshold = 1\nmetric = \"meen\"\n")
        .expect("written");
    let mut command = place.command(&["--config", "wrong.toml", "--profile", "ci"]);
    command.env("PIPELINE_WORKERS", "none");
    let output = command.output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).expect("text"));
    assert!(!place.path(".pipeline").exists());
    place.run(&["--config", "nowhere.toml"]).code(2).error(&["can't read the settings file nowhere.toml"]);
    // Completions do not depend on the settings.
    place.run(&["--config", "wrong.toml", "completions", "bash"]).code(0);
}

#[test]
fn config_set_edits_a_file_whose_variables_are_in_the_environment() {
    let place = Place::new();
    let file = place.path("customer-analysis.toml");
    fs::write(&file, "store = \"${STORE_ROOT}/kept\"\n").expect("written");
    let mut command = place.command(&["config", "set", "workers=2"]);
    assert_eq!(command.env("STORE_ROOT", ".").output().expect("it starts").status.code(), Some(0));
    assert_eq!(fs::read_to_string(&file).expect("read"), "store = \"${STORE_ROOT}/kept\"\nworkers = 2\n");
    place.run(&["config", "set", "workers=3"]).code(2).error(&["the variable `STORE_ROOT` is not set"]);
}

#[test]
fn config_set_changes_the_file_and_keeps_its_comments() {
    let place = configured();
    place.run(&["config", "set", "workers=2", "inputs.metric=max"]).code(0);
    place
        .run(&["config", "set", "--for", "careful", "inputs.payment_threshold=1_5"])
        .code(2)
        .error(&["`1_5` is not a valid `f64`"]);
    place.run(&["config", "set", "--for", "careful", "inputs.payment_threshold=1500"]).code(0);
    let text = fs::read_to_string(place.path("customer-analysis.toml")).expect("read");
    assert!(text.starts_with("# Ours.\nstore = \"kept\" # beside this file\nworkers = 2\n"), "{text}");
    let shown = place.run(&["config", "show", "--scenario", "careful", "--json"]).code(0).json();
    assert_eq!(input(&shown, "payment_threshold")["value"], "1500.0".trim_end_matches(".0"));
    assert_eq!(input(&shown, "metric")["value"], "median");
    // A missing file is created.
    let empty = Place::new();
    empty.run(&["config", "set", "log=info"]).code(0);
    assert_eq!(fs::read_to_string(empty.path("customer-analysis.toml")).expect("read"), "log = \"info\"\n");
}

#[test]
fn a_scenario_is_exported_as_a_file_with_its_values_and_run_from_it() {
    let place = Place::new();
    place.run(&["--set", "payment_threshold=1600"]).code(0);
    place.run(&["export", "default", "mine.toml"]).code(0);
    let text = fs::read_to_string(place.path("mine.toml")).expect("read");
    assert!(text.contains("default = 1600.0"), "{text}");
    place
        .run(&["export", "default", "mine.toml", "--data"])
        .code(2)
        .error(&["a scenario file has no results"]);
    let run = place.run(&["--scenario-file", "mine.toml", "--scenario", "other"]).code(0).out;
    assert!(run.contains("0 ran, 4 skipped"), "{run}");
    let shorter = text.replace("[\"segmented_customer_df\", \"metric\"]", "[\"segmented_customer_df\"]");
    fs::write(place.path("mine.toml"), shorter).expect("written");
    place
        .run(&["--scenario-file", "mine.toml"])
        .code(2)
        .error(&["task `segment_analysis` takes 2 arguments, not 1: `metric` is missing", " --> mine.toml:"]);
}

#[test]
fn swapped_tables_in_a_taipy_configuration_are_both_reported_and_the_corrected_one_runs() {
    let place = Place::new();
    let config = include_str!("../taipy/config.toml");
    fs::write(place.path("config.toml"), config).expect("written");
    let refused = place.run(&["import", "taipy", "config.toml", "--out", "scenario.toml"]).code(2);
    insta::assert_snapshot!(refused.err);
    assert!(!place.path("scenario.toml").exists());

    let right = config.replace(
        "\"segment_result:SECTION\", \"segmented_customer_df:SECTION\"",
        "\"segmented_customer_df:SECTION\", \"segment_result:SECTION\"",
    );
    fs::write(place.path("config.toml"), right).expect("written");
    let imported = place.run(&["import", "taipy", "config.toml", "--out", "scenario.toml"]).code(0);
    insta::assert_snapshot!(imported.err);
    insta::assert_snapshot!(fs::read_to_string(place.path("scenario.toml")).expect("read"));
    place.run(&[]).code(0);
    let run = place.run(&["--scenario-file", "scenario.toml", "--scenario", "imported"]).code(0).out;
    assert!(run.contains("0 ran, 4 skipped"), "it is the same pipeline: {run}");
    // Without `--out`, the file is printed to stdout.
    assert!(
        place.run(&["import", "taipy", "config.toml"]).code(0).out.starts_with("name = \"CustomerAnalysis\"")
    );
}

#[test]
fn unsupported_parts_of_a_taipy_configuration_are_reported_with_their_lines() {
    let place = Place::new();
    let config = include_str!("../taipy/config.toml")
        .replace("algos.algos.segment_analysis:function", "algos.analysis.segments:function")
        .replace("\"metric:SECTION\"", "\"metrics:SECTION\"")
        .replace("\"1000:int\"", "\"1_OOO:int\"")
        .replace("\"1.5:float\"", "\"ENV[SCORE]:float\"")
        .replace("[ \"path_to_data:SECTION\",]", "[ \"path_to_data\",]");
    fs::write(place.path("config.toml"), config).expect("written");
    insta::assert_snapshot!(place.run(&["import", "taipy", "config.toml"]).code(2).err);
}

#[test]
fn older_taipy_configurations_with_pipelines_and_cacheable_nodes_are_imported() {
    let place = Place::new();
    let config = r#"
[DATA_NODE.path_to_data]
storage_type = "csv"
default_path = "data/customers.csv"
has_header = "True:bool"

[DATA_NODE.scored_df]
cacheable = "True:bool"

[TASK.preprocess]
function = "algos.preprocess_and_score:function"
inputs = ["path_to_data:SECTION"]
outputs = ["scored_df:SECTION"]

[PIPELINE.scoring]
tasks = ["preprocess:SECTION"]

[PIPELINE.again]
tasks = ["preprocess:SECTION"]

[SCENARIO.one]
pipelines = ["scoring:SECTION", "again:SECTION"]

[SCENARIO.two]
pipelines = ["scorin:SECTION"]
"#;
    fs::write(place.path("config.toml"), config).expect("written");
    place
        .run(&["import", "taipy", "config.toml"])
        .code(2)
        .error(&["there are several scenarios, `one`, `two`: choose one with `--of NAME`"]);
    place
        .run(&["import", "taipy", "config.toml", "--of", "two"])
        .code(2)
        .error(&["there is no pipeline `scorin`: did you mean `scoring`?"]);
    place
        .run(&["import", "taipy", "config.toml", "--of", "three"])
        .code(2)
        .error(&["there is no scenario `three`"]);
    let imported = place.run(&["import", "taipy", "config.toml", "--of", "one"]).code(0).out;
    assert!(imported.starts_with("name = \"One\""), "{imported}");
    assert_eq!(imported.matches("[[tasks]]").count(), 1, "{imported}");
}

#[test]
fn schemas_of_this_program_list_its_inputs_and_tasks() {
    let place = Place::new();
    let settings = place.run(&["config", "schema"]).code(0).json();
    let metric = &settings["properties"]["inputs"]["properties"]["metric"];
    assert_eq!(metric["anyOf"][0]["enum"][1], "median");
    let scenario = place.run(&["config", "schema", "scenario"]).code(0).json();
    let functions = &scenario["properties"]["tasks"]["anyOf"][1]["items"]["properties"]["function"]["anyOf"];
    let paths: Vec<&str> = functions
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|function| function["const"].as_str())
        .collect();
    assert_eq!(paths.len(), 7);
    assert!(paths.contains(&"customer_analysis::algos::segment_analysis"));
}

const SECRET: &str = r#"
name = "CustomerAnalysis"
inputs.path_to_data.default = "data/customers.csv"
inputs.metric.default = "mean"
[inputs.payment_threshold]
secret = true
[inputs.score_threshold]
default = 1.5
[[tasks]]
function = "preprocess_and_score"
arguments = ["path_to_data"]
outputs = "scored_df"
[[tasks]]
function = "featurization_and_segmentation"
arguments = ["scored_df", "payment_threshold", "score_threshold"]
outputs = "segmented_customer_df"
[[tasks]]
function = "segment_analysis"
arguments = ["segmented_customer_df", "metric"]
outputs = "segment_result"
"#;

#[test]
fn a_secret_is_given_to_a_run_and_stored_nowhere() {
    let place = Place::new();
    fs::write(place.path("secret.toml"), SECRET).expect("written");
    let with = |arguments: &[&str]| {
        let mut all = vec!["--scenario-file", "secret.toml"];
        all.extend(arguments);
        place.run(&all)
    };
    // The missing secret fails only the task that reads it: the first task runs.
    with(&["run"]).code(1).error(&[
        "is a secret, and has no value: set the environment variable PIPELINE_INPUT_PAYMENT_THRESHOLD",
    ]);
    with(&["create", "one", "--set", "payment_threshold=4321.5"])
        .code(2)
        .error(&["is a secret, and secrets are never stored"]);
    with(&["create", "one"]).code(0);
    let run = with(&["run", "--scenario", "one", "--set", "payment_threshold=4321.5", "--json"]).code(0);
    assert!(!run.out.contains("4321") && !run.err.contains("4321"), "{run:?}");
    with(&["duplicate", "one", "two", "--set", "payment_threshold=4321.5"]).code(2);
    assert!(!place.run(&["list"]).code(0).out.contains("two"));
    for arguments in [
        &["config", "show", "--set", "payment_threshold=4321.5"] as &[&str],
        &["runs", "1", "--json"],
        &["lineage", "segment_result", "--scenario", "one", "--format", "openlineage"],
        &["explain", "segment_result", "--scenario", "one", "--set", "payment_threshold=4321.5"],
        &["edits", "--scenario", "one"],
    ] {
        let done = with(arguments);
        assert!(!done.out.contains("4321") && !done.err.contains("4321"), "{arguments:?}: {done:?}");
    }
    let mut command = place.command(&["--scenario-file", "secret.toml", "run"]);
    let output = command.env("PIPELINE_INPUT_PAYMENT_TRESHOLD", "4321.5").output().expect("it starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("did you mean `PIPELINE_INPUT_PAYMENT_THRESHOLD`") && !err.contains("4321"),
        "{err}"
    );
    fs::write(place.path("s.toml"), "[inputs]\npayment_treshold = 4321.5\npayment_threshold \"4321\"\n")
        .expect("written");
    let wrong = with(&["--config", "s.toml", "plan"]).code(2);
    assert!(!wrong.err.contains("4321"), "{}", wrong.err);
}

#[test]
fn settings_for_inputs_that_a_scenario_file_lacks_are_not_errors() {
    let place = configured();
    let short = "name = \"Short\"\ninputs.customers.default = \"data/customers.csv\"\ninputs.unread.type = \"f64\"\ninputs.unread.default = 1\n\
                 [[tasks]]\nfunction = \"preprocess_and_score\"\narguments = [\"customers\"]\noutputs = \"scored\"\n";
    fs::write(place.path("short.toml"), short).expect("written");
    let mut command = place.command(&["--scenario-file", "short.toml", "--scenario", "short"]);
    let output = command.env("PIPELINE_INPUT_METRIC", "max").output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no task uses input `unread`"));
    // Variables of a profile that is not selected need no values.
    fs::write(
        place.path("customer-analysis.toml"),
        "[profile.far]\nstore = \"${FAR}\"\ninputs.metric = \"${FAR}\"\n",
    )
    .expect("written");
    place.run(&["plan"]).code(0);
    place.run(&["plan", "--profile", "far"]).code(2).error(&["the variable `FAR` is not set"]);
}

#[test]
fn a_duplicate_keeps_the_settings_of_its_scenario_and_a_renamed_one_is_warned_about() {
    let place = configured();
    place.run(&["create", "careful"]).code(0);
    place.run(&["duplicate", "careful", "other"]).code(0);
    assert_eq!(place.run(&["read", "metric", "--scenario", "other"]).code(0).out, "median\n");
    let renamed = place.run(&["rename", "careful", "bold"]).code(0);
    assert!(renamed.err.contains("the settings have values for `careful`"), "{}", renamed.err);
}

#[test]
fn config_set_fixes_a_file_with_errors_and_keeps_its_permissions() {
    let place = Place::new();
    fs::write(place.path("customer-analysis.toml"), "workers = \"x\"\n[inputs]\nmetric = \"meen\"\n")
        .expect("written");
    place.run(&["config", "set", "workers=3"]).code(0);
    place
        .run(&["config", "set", "inputs.payment_threshold=nothing"])
        .code(2)
        .error(&["`nothing` is not a valid `f64`"]);
    place.run(&["config", "set", "inputs.metric=max"]).code(0);
    place.run(&["plan"]).code(0);
    place.run(&["--config", "new.toml", "config", "set", "--profile", "ci", "log=off"]).code(0);
    assert_eq!(fs::read_to_string(place.path("new.toml")).expect("read"), "[profile.ci]\nlog = \"off\"\n");
    place.run(&["config", "set", "log"]).code(2).error(&["expected KEY=VALUE"]);
    place.run(&["config", "set", "scenario="]).code(2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = place.path("customer-analysis.toml");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        place.run(&["config", "set", "log=info"]).code(0);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
    fs::remove_file(place.path("new.toml")).expect("removed");
    place.run(&["export", "default", "customer-analysis.toml"]).code(2);
    fs::remove_file(place.path("customer-analysis.toml")).expect("removed");
    fs::create_dir(place.path("customer-analysis.toml")).expect("made");
    place.run(&["plan"]).code(2).error(&["can't read the settings file customer-analysis.toml"]);
}

#[cfg(unix)]
#[test]
fn settings_and_scenario_files_that_are_not_regular_files_are_refused() {
    let place = Place::new();
    for arguments in
        [&["--config", "/dev/zero", "plan"] as &[&str], &["--scenario-file", "/dev/zero", "plan"]]
    {
        place.run(arguments).code(2).error(&["/dev/zero", "it is not a regular file"]);
    }
}
