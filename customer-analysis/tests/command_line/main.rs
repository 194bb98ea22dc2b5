//! The program, run on the command line.

mod configuration;
mod place;
mod registry;
mod sweeps;
mod upkeep;

use place::{Done, Place};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

#[test]
fn without_a_command_the_program_runs_on_the_sample_and_then_skips_all_tasks() {
    let place = Place::new();
    let first = place.run(&[]).code(0);
    assert!(first.out.contains("4 ran, 0 skipped"), "{}", first.out);
    assert!(first.out.contains("high_value_summary_df") && first.out.contains("1454.39"), "{}", first.out);
    assert!(first.err.contains("ran preprocess_and_score in "), "{}", first.err);
    let second = place.run(&["run"]).code(0);
    assert!(second.out.contains("0 ran, 4 skipped") && second.out.contains("1454.39"), "{}", second.out);
}

#[test]
fn a_changed_value_runs_what_it_affects_and_reports_why() {
    let place = Place::new();
    place.run(&[]).code(0);
    let run = place.run(&["--set", "payment_threshold=1600"]).code(0);
    assert!(run.out.contains("input `payment_threshold` changed: 1000 → 1600"), "{}", run.out);
    // The summary reads no column that the threshold changes.
    assert!(run.out.contains("2 ran, 2 skipped"), "{}", run.out);
    assert!(run.out.contains("column `HighSpender` of `segmented_customer_df` changed"), "{}", run.out);
    let unchanged = "the columns it reads of `segmented_customer_df` and `segment_result` are unchanged";
    assert!(run.out.contains(unchanged), "{}", run.out);
    assert!(place.run(&["run", "--set", "payment_threshold=1000"]).code(0).out.contains("0 ran, 4 skipped"));
    // The scenario stores the value; another scenario has its own values and shares results.
    let other = place.run(&["--scenario", "what-if", "--set", "payment_threshold=1600"]).code(0);
    assert!(other.out.contains("`what-if`") && other.out.contains("0 ran, 4 skipped"), "{}", other.out);
}

#[test]
fn the_store_of_the_project_is_found_from_subfolders() {
    let place = Place::new();
    place.run(&[]).code(0);
    fs::create_dir_all(place.path("a/b")).expect("folders");
    let below = |arguments: &[&str]| {
        Done::from(
            place.command(arguments).current_dir(place.path("a/b")).output().expect("the program starts"),
        )
    };
    assert!(below(&["run"]).code(0).out.contains("0 ran, 4 skipped"));
    assert_eq!(
        below(&["read", "segment_result"]).code(0).out,
        place.run(&["read", "segment_result"]).code(0).out
    );
    assert!(!place.path("a/b/.pipeline").exists());
    // A store in the folder itself comes first.
    assert!(below(&["--store", ".pipeline"]).code(0).out.contains("4 ran, 0 skipped"));
    assert!(below(&["runs"]).code(0).out.lines().count() < place.run(&["runs"]).code(0).out.lines().count());
}

#[test]
fn plan_shows_what_would_run_and_runs_nothing() {
    let place = Place::new();
    let plan = place.run(&["plan", "--exit-code"]).code(3);
    assert!(plan.out.contains("run  preprocess_and_score                first run"), "{}", plan.out);
    assert!(plan.out.contains("run  segment_analysis                    first run"), "{}", plan.out);
    place.run(&["plan", "--exit-code"]).code(3);
    place.run(&[]).code(0);
    place.run(&["plan", "--exit-code"]).code(0);
    let changed = place.run(&["plan", "--exit-code", "--set", "metric=median"]).code(3);
    assert!(changed.out.contains("input `metric` changed: mean → median"), "{}", changed.out);
    // `plan` did not store the value.
    place.run(&["plan", "--exit-code"]).code(0);
    let json = place.run(&["plan", "--json", "--set", "metric=median"]).code(0).json();
    assert_eq!(json["pending"], true);
    assert_eq!(json["jobs"][2]["decision"], "run");
    assert_eq!(json["jobs"][2]["reason"]["inputs"][0]["from"], "mean");
}

#[test]
fn json_has_the_whole_report_and_nothing_else_is_on_stdout() {
    let place = Place::new();
    let json = place.run(&["--json", "--scenario", "a"]).code(0).json();
    assert_eq!(json["format"], 2);
    assert_eq!(
        (&json["scenario"], &json["type"], &json["status"]),
        (&"a".into(), &"CustomerAnalysis".into(), &"completed".into())
    );
    assert!(json["wall_us"].as_u64().is_some_and(|us| us > 0));
    let job = &json["jobs"][0];
    assert_eq!(job["task"], "preprocess_and_score");
    assert_eq!((&job["status"], &job["reason"]["kind"]), (&"completed".into(), &"never_run".into()));
    assert!(job["duration_us"].as_u64().is_some_and(|us| us > 0));
    assert_eq!(job["outputs"][0]["rows"], 20_000);
    let summary = &json["outputs"]["high_value_summary_df"];
    assert_eq!(summary["value"][0]["AveragePurchaseHighValue"], 1454.39);
    assert_eq!(summary["hash"].as_str().map(str::len), Some(64));
}

#[test]
fn the_row_type_of_a_file_is_printed() {
    let place = Place::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/customers.csv");
    insta::assert_snapshot!("row", place.run(&["row", file]).code(0).out);
    place.run(&["row", "nowhere.csv"]).code(2).error(&["nowhere.csv"]);
}

#[test]
fn the_graph_is_printed_in_four_formats() {
    let place = Place::new();
    let text = place.run(&["graph"]).code(0).out;
    assert!(
        text.contains(
            "segment_result: Frame<SegmentResult> = segment_analysis(segmented_customer_df, metric)"
        ),
        "{text}"
    );
    assert!(
        text.contains("Scores customers, segments them") && text.contains("Reads the raw export and scores"),
        "{text}"
    );
    assert!(place.run(&["graph", "--format", "mermaid"]).code(0).out.starts_with("flowchart LR\n"));
    assert!(
        place.run(&["graph", "--format", "dot"]).code(0).out.starts_with("digraph \"CustomerAnalysis\" {\n")
    );
    let json = place.run(&["graph", "--format", "json"]).code(0).json();
    assert_eq!(json["calls"][3]["arguments"][1]["node"], "segment_result");
    assert_eq!(place.run(&["graph", "--json"]).code(0).json(), json);
    assert!(!place.path(".pipeline").exists(), "the graph needs no store");
}

#[test]
fn nodes_are_printed_in_three_formats() {
    let place = Place::new();
    let before = place.run(&["read", "segment_result"]).code(2);
    before.error(&["there is no store in", "run the scenario first"]);
    place.run(&[]).code(0);
    let table = place.run(&["read", "scored_df"]).code(0).out;
    assert!(table.contains("CUSTOMER_SCORE") && table.contains("20 of 20000 rows"), "{table}");
    let csv = place.run(&["read", "scored_df", "--format", "csv"]).code(0).out;
    assert_eq!(csv.lines().count(), 20_001);
    assert_eq!(
        csv.lines().next(),
        Some("CUSTOMER_SCORE,TotalPurchaseAmount,NumberOfPurchases,TotalPurchaseTime")
    );
    let json = place.run(&["read", "segment_result", "--format", "json"]).code(0).json();
    assert_eq!(json[0]["ValueSegment"], "High Value");
    assert_eq!(json[0]["HighSpender"], 11_353);
    assert_eq!(place.run(&["read", "payment_threshold"]).code(0).out, "1000.0\n");
    assert_eq!(place.run(&["read", "metric", "--json"]).code(0).out, "\"mean\"\n");
    let raw = place.run(&["read", "path_to_data", "--format", "csv"]).code(0).out;
    assert_eq!(raw.lines().count(), 20_001);
}

#[test]
fn generated_customers_are_the_same_for_the_same_seed_and_can_be_analysed() {
    let place = Place::new();
    for name in ["a.csv", "b.csv"] {
        place.run(&["generate", "--rows", "1000", "--seed", "7", "--out", name]).code(0);
    }
    place.run(&["generate", "--rows", "1000", "--seed", "8", "--out", "c.csv"]).code(0);
    let read = |name: &str| fs::read(place.path(name)).expect("a file");
    assert_eq!(read("a.csv"), read("b.csv"));
    assert_ne!(read("a.csv"), read("c.csv"));
    assert!(place.run(&["--set", "path_to_data=a.csv"]).code(0).out.contains("4 ran"));
    assert!(place.run(&["--set", "path_to_data=b.csv"]).code(0).out.contains("0 ran"));
    let nowhere = place.run(&["generate", "--rows", "1", "--out", "no/where.csv"]).code(2);
    nowhere.error(&["can't write no/where.csv"]);
}

#[test]
fn a_path_set_in_one_directory_is_the_same_file_in_another() {
    let place = Place::new();
    let set = place.customers("a.csv", "C1,1500,3,4,60\n");
    place.run(&["--set", &set]).code(0);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let store = place.path(".pipeline");
    let store = store.to_string_lossy();
    let done = Done::from(
        place
            .command(&["--store", &store])
            .current_dir(elsewhere.path())
            .output()
            .expect("the program starts"),
    );
    assert!(done.code(0).out.contains("0 ran, 4 skipped"));
}

// ---- bad input: one message, the right exit code, no half-written files, and the next run works ----

/// Asserts that after a failure a valid run works and no half-written file is left.
#[track_caller]
fn works_again(place: &Place) {
    assert_eq!(place.half_written(), [""; 0].map(PathBuf::from));
    let set = place.customers("good.csv", "C1,1500,3,4,60\nC2,,0,,0\n");
    let done = place.run(&["run", "--set", &set]).code(0);
    assert!(done.out.contains("4 ran"), "{}", done.out);
    assert_eq!(place.half_written(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_missing_file_is_reported() {
    let place = Place::new();
    let done = place.run(&["--set", "path_to_data=nowhere.csv"]).code(2);
    done.error(&["input `path_to_data` of scenario `default`", "nowhere.csv", "No such file"]);
    assert!(place.run(&["plan"]).code(0).out.contains("first run"), "the value was not stored");
    works_again(&place);
}

#[test]
fn an_empty_file_is_reported_with_the_expected_header() {
    let place = Place::new();
    fs::write(place.path("empty.csv"), "").expect("written");
    let done = place.run(&["--set", "path_to_data=empty.csv"]).code(1);
    done.error(&[
        "task `preprocess_and_score` failed",
        "empty.csv: the file is empty",
        "TotalPurchaseAmount",
    ]);
    works_again(&place);
}

#[test]
fn a_header_without_rows_gives_empty_tables_and_a_row_of_missing_figures() {
    let place = Place::new();
    let set = place.customers("header.csv", "");
    let done = place.run(&["--set", &set, "--json"]).code(0).json();
    assert_eq!(done["jobs"][0]["outputs"][0]["rows"], 0);
    let summary = &done["outputs"]["high_value_summary_df"]["value"][0];
    assert_eq!(
        (&summary["SummaryStatisticType"], &summary["AveragePurchaseHighValue"]),
        (&"median".into(), &Value::Null)
    );
}

#[test]
fn a_missing_column_is_reported_with_the_nearest() {
    let place = Place::new();
    let text =
        "CustomerID,TotalPurchaseAmount,NumberOfPurchase,AverageReviewScore,TotalPurchaseTime\nC1,1,1,1,1\n";
    fs::write(place.path("column.csv"), text).expect("written");
    let done = place.run(&["--set", "path_to_data=column.csv"]).code(1);
    done.error(&["column.csv: no column `NumberOfPurchases`: did you mean `NumberOfPurchase`?"]);
    works_again(&place);
}

#[test]
fn a_value_that_is_not_a_number_is_reported_with_line_and_column() {
    let place = Place::new();
    let set = place.customers("text.csv", "C1,1500,3,4,60\nC2,12,7,4,3\nC3,12,seven,4,3\nC4,a lot,7,4,3\n");
    let done = place.run(&["--set", &set]).code(1);
    done.error(&[
        "input `path_to_data`",
        "text.csv: line 4: column `NumberOfPurchases`: can't parse `seven` as i64",
    ]);
    works_again(&place);
}

#[test]
fn a_line_with_too_many_fields_is_reported() {
    let place = Place::new();
    let set = place.customers("long.csv", "C1,1500,3,4,60\nC2,1,500,3,4,60\n");
    place.run(&["--set", &set]).code(1).error(&["long.csv: line 3: 6 fields, but the header has 5"]);
    works_again(&place);
}

#[test]
fn a_store_that_can_not_be_written_is_reported() {
    let place = Place::new();
    fs::write(place.path("file"), "in the way").expect("written");
    let done = place.run(&["--store", "file/store"]).code(2);
    done.error(&["can't", "file/store", "Not a directory"]);
    works_again(&place);
}

#[test]
fn a_folder_that_is_not_a_store_is_left_alone() {
    let place = Place::new();
    fs::create_dir(place.path("letters")).expect("a folder");
    fs::write(place.path("letters/dear.txt"), "dear").expect("written");
    place.run(&["--store", "letters"]).code(2).error(&["letters is not a store and not empty"]);
    assert_eq!(fs::read_dir(place.path("letters")).expect("a folder").count(), 1);
    works_again(&place);
}

#[test]
fn a_store_of_another_format_is_refused_and_left_alone() {
    let place = Place::new();
    place.run(&[]).code(0);
    let format = place.path(".pipeline/FORMAT");
    let text = fs::read_to_string(&format).expect("the format");
    fs::write(&format, "pipeline store, format 9\n").expect("written");
    place.run(&[]).code(2).error(&[".pipeline has format 9", "knows format 4: use a newer program"]);
    fs::write(&format, text).expect("written");
    assert!(place.run(&[]).code(0).out.contains("0 ran, 4 skipped"));
}

#[test]
fn unknown_nodes_and_values_are_reported_with_suggestions_and_nothing_is_set() {
    let place = Place::new();
    let node = place.run(&["--set", "payment_treshold=1"]).code(2);
    node.error(&["`CustomerAnalysis` has no input `payment_treshold`: did you mean `payment_threshold`?"]);
    let output = place.run(&["--set", "scored_df=1"]).code(2);
    output.error(&["has no input `scored_df`"]);
    let value = place.run(&["--set", "score_threshold=2", "--set", "metric=meen"]).code(2);
    value.error(&[
        "`meen` is not a valid `Metric` for input `metric`",
        "expected one of `mean`, `median`, `min`",
    ]);
    let number = place.run(&["--set", "payment_threshold=abc"]).code(2);
    number.error(&["`abc` is not a valid `f64` for input `payment_threshold`"]);
    place.run(&["read", "metric", "--set", "metric=max"]).code(2).error(&[
        "`--set` is for `run`, `plan`, `sweep`, `check`, `explain`, `create`, `duplicate` and `config show`",
    ]);
    place.run(&["--set", "payment_threshold"]).code(2).error(&["expected NODE=VALUE"]);
    place.run(&["plan", "--set", "metric=meen"]).code(2);
    works_again(&place);
    assert_eq!(place.run(&["read", "score_threshold"]).code(0).out, "1.5\n");
    place.run(&["read", "scord_df"]).code(2).error(&["no node `scord_df`: did you mean `scored_df`?"]);
    place
        .run(&["read", "metric", "--scenario", "defualt"])
        .code(2)
        .error(&["no scenario `defualt`: did you mean `default`?"]);
}

#[test]
fn missing_values_behave_as_in_pandas() {
    let place = Place::new();
    let set = place.customers("gaps.csv", "C1,1500,3,4,60\nC2,NA,4,NaN,8\nC3,500,0,3,0\nC4,null,,,\n");
    place.run(&["--set", &set, "--set", "score_threshold=1.0"]).code(0);
    let json = place.run(&["read", "segmented_customer_df", "--format", "json"]).code(0).json();
    assert_eq!(json[1]["TotalPurchaseAmount"], Value::Null);
    let segments: Vec<&str> = (0..4).filter_map(|i| json[i]["ValueSegment"].as_str()).collect();
    assert_eq!(segments, ["High Value", "Low Value", "Low Value", "Low Value"]);
    assert_eq!(json[2]["AverageTimeBetweenPurchases"], Value::Null);
}

// ---- terminals, pipes and signals ----

#[test]
fn colours_are_for_terminals_only_and_can_be_forced_or_disabled() {
    let place = Place::new();
    assert!(!place.run(&[]).code(0).out.contains('\u{1b}'));
    let forced = place.command(&[]).env("CLICOLOR_FORCE", "1").output().expect("the program starts");
    assert!(Done::from(forced).out.contains('\u{1b}'));
    let disabled = place.command(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output();
    assert!(!Done::from(disabled.expect("the program starts")).out.contains('\u{1b}'));
}

#[test]
fn a_reader_that_closes_stdout_is_not_an_error() {
    let place = Place::new();
    place.run(&[]).code(0);
    for format in ["csv", "json"] {
        let mut child = place
            .command(&["read", "segmented_customer_df", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = [0; 64];
        let mut out = child.stdout.take().expect("stdout");
        out.read_exact(&mut first).expect("the first bytes");
        drop(out);
        let done = Done::from(child.wait_with_output().expect("an end"));
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{format}");
    }
}

/// Starts a long run; returns once its first task is running.
#[cfg(unix)]
fn long_run(place: &Place) -> (Child, BufReader<ChildStderr>) {
    place.run(&["generate", "--rows", "1000000", "--out", "many.csv"]).code(0);
    let (child, err, line) = start(place, &["--set", "path_to_data=many.csv"]);
    assert!(line.contains("running preprocess_and_score"), "{line}");
    (child, err)
}

/// Starts the program; returns the process, its stderr and the first line of it.
#[cfg(unix)]
fn start(place: &Place, arguments: &[&str]) -> (Child, BufReader<ChildStderr>, String) {
    let mut command = place.command(arguments);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut err = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    err.read_line(&mut line).expect("a line");
    (child, err, line)
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

#[test]
#[cfg(unix)]
fn ctrl_c_stops_the_running_table_task_and_leaves_no_half_written_files() {
    let place = Place::new();
    let (child, mut err) = long_run(&place);
    interrupt(&child);
    let mut rest = String::new();
    err.read_to_string(&mut rest).expect("the rest");
    let done = child.wait_with_output().expect("an end");
    assert_eq!(done.status.code(), Some(130), "{rest}");
    assert!(rest.contains("canceling: waiting for running tasks"), "{rest}");
    assert!(
        rest.contains("error: scenario `default`: canceled; the next run can reuse finished results"),
        "{rest}"
    );
    assert_eq!(place.half_written(), [""; 0].map(PathBuf::from));
    let kept = place.run(&["runs", "1"]).code(0).out;
    assert!(kept.contains("canceled   preprocess_and_score"), "{kept}");
    assert!(kept.contains("abandoned  segment_analysis"), "{kept}");
    let next = place.run(&[]).code(0);
    assert!(next.out.contains("4 ran, 0 skipped"), "{}", next.out);
}

#[test]
#[cfg(unix)]
fn the_process_that_holds_the_collection_lock_is_reported_and_a_signal_ends_the_wait() {
    let place = Place::new();
    place.run(&[]).code(0);
    let lock = std::fs::File::options().write(true).open(place.path(".pipeline/gc.lock")).expect("a lock");
    lock.lock().expect("locked");
    let (mut child, mut err, line) = start(&place, &["run", "--force"]);
    assert!(line.starts_with("waiting: for "), "{line}");
    assert!(line.contains("which holds ") && line.contains("gc.lock"), "{line}");
    let holder = format!("process {} (", std::process::id());
    assert!(!cfg!(target_os = "linux") || line.contains(&holder), "{line}");
    interrupt(&child);
    let mut rest = String::new();
    err.read_to_string(&mut rest).expect("the rest");
    assert!(!child.wait().expect("an end").success(), "{rest}");
    assert!(rest.contains("this program was asked to end"), "{rest}");
    drop(lock);
    place.run(&["run", "--force"]).code(0);
}

#[test]
#[cfg(unix)]
fn an_ignored_hang_up_signal_stays_ignored_as_with_nohup() {
    let place = Place::new();
    place.run(&["generate", "--rows", "1000000", "--out", "many.csv"]).code(0);
    let program = place.command(&["--set", "path_to_data=many.csv"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args());
    command.current_dir(place.path("")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut err = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    err.read_line(&mut line).expect("a line");
    assert!(line.contains("running preprocess_and_score"), "{line}");
    let sent = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let done = child.wait_with_output().expect("an end");
    assert_eq!(done.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&done.stdout).contains("4 ran, 0 skipped"));
}

#[test]
#[cfg(unix)]
fn a_second_ctrl_c_stops_immediately_and_the_next_run_cleans_up() {
    let place = Place::new();
    let (mut child, mut err) = long_run(&place);
    interrupt(&child);
    let mut line = String::new();
    err.read_line(&mut line).expect("a line");
    interrupt(&child);
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let next = place.run(&[]).code(0);
    assert!(next.out.contains(" ran, "), "{}", next.out);
    assert_eq!(place.half_written(), [""; 0].map(PathBuf::from));
}

#[test]
fn help_lists_the_commands_and_exit_codes() {
    let place = Place::new();
    let help = place.run(&["--help"]).code(0).out;
    for part in [
        "Scores customers",
        "run",
        "plan",
        "graph",
        "read",
        "generate",
        "--set <NODE=VALUE>",
        "Exit codes: 0 success",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    place.run(&["rum"]).code(2).error(&["unrecognized subcommand"]);
    assert!(!Path::new(&place.path(".pipeline")).exists());
}

#[test]
fn a_trace_has_every_job_with_its_worker_and_its_time_in_chromes_trace_format() {
    let place = Place::new();
    place.run(&["run", "--trace", "trace.json"]).code(0);
    let trace: Value =
        serde_json::from_str(&fs::read_to_string(place.path("trace.json")).expect("read")).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let jobs: Vec<&Value> = events.iter().filter(|event| event["cat"] == "job").collect();
    assert_eq!(jobs.len(), 4);
    for job in jobs {
        assert_eq!(job["ph"], "X");
        assert_eq!(job["args"]["status"], "completed");
        let (start, length) = (job["ts"].as_f64().expect("a time"), job["dur"].as_f64().expect("a time"));
        let within = |event: &&Value| {
            event["cat"] == "phase"
                && event["tid"] == job["tid"]
                && event["ts"].as_f64().is_some_and(|ts| ts >= start && ts <= start + length)
        };
        assert!(events.iter().filter(within).count() >= 2, "a call and a write: {job}");
    }
    let failed = place.run(&["run", "--trace", "no/such/folder/trace.json"]).code(2);
    assert!(failed.err.contains("can't write the trace no/such/folder/trace.json"), "{}", failed.err);
}
