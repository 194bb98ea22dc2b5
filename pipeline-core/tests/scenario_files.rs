//! Scenarios as TOML files: loading them with the tasks of this program, writing and editing them, and the errors that
//! they can have.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use skipstone::{
    CallDef, File, Graph, InputDef, Instance, ScenarioType, assert_ran, assert_skipped,
    graph::{Better, KpiDef, ScenarioFileEditor, SourceText, tasks},
    scenario, task, testing,
};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Metric {
    Mean,
    Median,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Summary {
    share: f64,
    count: u64,
}

#[task(skippable)]
fn numbers(text: &File) -> Result<Vec<f64>, skipstone::data::DataError> {
    Ok(text.read_to_string()?.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}

#[task(skippable)]
fn cut(numbers: &[f64], low: f64, high: f64) -> (Vec<f64>, Vec<f64>) {
    numbers.iter().copied().filter(|number| (low..high).contains(number)).partition(|number| *number < 5.0)
}

#[task(skippable)]
fn summary(small: &[f64], large: &[f64], metric: Metric) -> Summary {
    let share = if metric == Metric::Mean { 0.5 } else { 0.25 };
    Summary { share, count: (small.len() + large.len()) as u64 }
}

#[task]
fn report(summary: &Summary, title: Option<String>) -> String {
    format!("{}: {}", title.unwrap_or_default(), summary.count)
}

scenario! {
    /// Counts the numbers in a file.
    Counting {
        /// The file with the numbers.
        input text: File = "tests/fixtures/words/short.txt";
        input low: f64 = 0.0;
        input high: f64 = 10.0;
        input metric: Metric = Metric::Mean;
        input title: Option<String> = None;

        numbers = numbers(text);
        (small, large) = cut(numbers, low, high);
        /// The share and the count of the numbers.
        #[kpi(field = count, better = higher, unit = "numbers")]
        summary = summary(small, large, metric);
        report = report(summary, title);
    }
}

const FILE: &str = r#"
name = "Counting"
doc = "Counts the numbers in a file."

[inputs.text]
type = "File"
default = "tests/fixtures/words/short.txt"
doc = "The file with the numbers."

[inputs.low]
default = 0

[inputs.high]
type = "f64"
default = 10.0

[inputs.metric]
default = "mean"

[inputs.title]
default_json = "null"

[[tasks]]
function = "numbers"
arguments = ["text"]
outputs = "numbers"

[[tasks]]
function = "scenario_files::cut"
arguments = { high = "high", numbers = "numbers", low = "low" }
outputs = ["small", "large"]

[[tasks]]
function = "scenario_files::summary"
arguments = ["small", "large", "metric"]
outputs = ["summary"]

[[tasks]]
function = "crate::report"
arguments = ["summary", "title"]
outputs = "report"

[outputs.summary]
type = "Summary"
doc = "The share and the count of the numbers."
kpi = { field = "count", better = "higher", unit = "numbers" }
"#;

fn load(text: &str) -> Result<Arc<Graph>, String> {
    Graph::from_toml(&SourceText::new("scenario.toml", text)).map_err(|faults| faults.to_string())
}

fn faults(text: &str) -> String {
    load(text).map_or_else(|faults| faults, |graph| format!("{graph:?}"))
}

/// Formats all properties of a graph.
fn everything(graph: &Graph) -> String {
    let mut all = format!("{:#?}\n{}\n{:?}\n", graph.wiring(), graph.docs(), graph.warnings());
    for node in graph.nodes() {
        all += &format!("{} {:?} {:?} {}\n", node.name(), node.docs(), node.default_text(), node.is_secret());
    }
    for call in graph.calls() {
        all += &format!("{} {} {} {:?}\n", call.name(), call.is_skippable(), call.retries(), call.timeout());
    }
    for kpi in graph.kpis() {
        all += &format!("{} {} {}\n", kpi.name(), kpi.unit(), kpi.better());
    }
    all
}

#[test]
fn a_file_gives_the_graph_that_the_macro_gives() {
    let loaded = load(FILE).expect("a valid file");
    assert_eq!(everything(&loaded), everything(Counting::graph()));
}

#[test]
fn the_macro_and_the_file_share_results_and_scenarios() -> skipstone::Result<()> {
    let store = testing::store();
    let loaded = load(FILE).expect("a valid file");
    let first = Counting::create(&store, "first")?;
    assert_ran!(first.submit()?, ["numbers", "cut", "summary", "report"]);
    let second = Instance::create(&store, &loaded, "second")?;
    let run = second.submit()?;
    assert_skipped!(run, ["numbers", "cut", "summary"]);
    assert_eq!(run.ran(), ["report"], "it is not skippable");
    assert_eq!(first.summary.read()?, second.output::<Summary>("summary")?.read()?);
    assert_eq!(store.kpis()?.len(), 2);
    assert_eq!(Instance::open(&store, &loaded, "first")?.submit()?.skipped().len(), 3);
    assert_eq!(store.versions()?.len(), 1);
    Ok(())
}

#[test]
fn a_graph_that_is_written_reads_back_unchanged() {
    let text = Counting::graph().to_toml().expect("it can be written");
    insta::assert_snapshot!(text);
    assert_eq!(everything(&load(&text).expect("a valid file")), everything(Counting::graph()));
}

#[test]
fn all_wrong_names_types_and_values_are_reported_at_once() {
    insta::assert_snapshot!(faults(
        r#"
name = "Counting"

[inputs.text]
type = "Fiel"

[inputs.low]
default = "0"

[inputs.high]
type = "String"
default = 10.0

[inputs.metric]
default = "meen"

[inputs.unused]
default = 1

[[tasks]]
function = "scenario_files::nubmers"
arguments = ["text"]
outputs = "numbers"

[[tasks]]
function = "cut"
arguments = ["numbers", "high", "low"]
outputs = ["small", "large", "rest"]

[[tasks]]
function = "summary"
arguments = { small = "low", lagre = "large", metric = "metric" }
outputs = "summary"

[[tasks]]
function = "report"
arguments = ["sumary"]
outputs = "report"

[outputs.summary]
type = "String"
kpi = [{ field = "cuont", better = "higher" }, { better = "lower" }]

[outputs.report]
kpi = { field = "length", better = "lower" }
"#
    ));
}

#[test]
fn swapped_values_are_reported_with_a_fix() {
    let swapped = FILE.replace(
        "arguments = { high = \"high\", numbers = \"numbers\", low = \"low\" }",
        "arguments = [\"numbers\", \"high\", \"low\"]",
    );
    insta::assert_snapshot!(faults(&swapped));
    let intended = FILE.replace(
        "{ high = \"high\", numbers = \"numbers\", low = \"low\" }",
        "{ high = \"low\", numbers = \"numbers\", low = \"high\" }",
    );
    assert!(load(&intended).is_ok());
}

#[test]
fn a_scenario_can_set_retries_time_limits_and_skipping() -> skipstone::Result<()> {
    let text = FILE
        .replace(
            "outputs = \"numbers\"",
            "outputs = \"numbers\"\nskippable = false\nretries = 2\nbackoff = \"1ms\"\ntimeout = \"5m\"",
        )
        .replace("outputs = \"report\"", "outputs = \"report\"\nskippable = true");
    let graph = load(&text).expect("a valid file");
    assert_eq!(graph.calls()[0].retries(), 2);
    assert_eq!(graph.calls()[0].timeout(), Some(std::time::Duration::from_secs(300)));
    let again = load(&graph.to_toml().expect("it can be written")).expect("a valid file");
    assert_eq!(everything(&again), everything(&graph));
    let store = testing::store();
    let scenario = Instance::create(&store, &graph, "first")?;
    scenario.submit()?;
    let run = scenario.submit()?;
    assert_eq!(run.ran(), ["numbers"]);
    assert_skipped!(run, ["cut", "summary", "report"]);
    Ok(())
}

#[task]
fn slow(title: Option<String>) -> usize {
    std::thread::sleep(std::time::Duration::from_millis(if title.is_some() { 400 } else { 0 }));
    1
}

#[test]
fn a_time_limit_in_a_file_is_enforced() -> skipstone::Result<()> {
    let text = "name = \"Slow\"\ninputs.title.default = \"x\"\n[[tasks]]\nfunction = \"slow\"\narguments = [\"title\"]\noutputs = \"n\"\n";
    let limited = load(&format!("{text}timeout = \"20ms\"\n")).expect("a valid file");
    let error = Instance::create(&testing::store(), &limited, "s")?.submit().expect_err("it takes too long");
    let run = error.run().expect("a run");
    let message = run.jobs[0].error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
    assert!(message.contains("exceeded its time limit of 20ms"), "{message}");
    Instance::create(&testing::store(), &load(text).expect("a valid file"), "s")?.submit()?;
    Ok(())
}

type Threshold = f64;

scenario! {
    Aliased {
        input low: Threshold = 1.0;
        input high: f64 = 2.0;
        input text: File = "a";
        numbers = numbers(text);
        (small, large) = cut(numbers, low, high);
    }
}

#[test]
fn a_type_alias_is_written_under_a_name_that_can_be_loaded() {
    let text = Aliased::graph().to_toml().expect("it can be written");
    assert!(!text.contains("Threshold"), "{text}");
    assert!(load(&text).is_ok());
}

#[test]
fn secrets_can_not_have_a_default_or_be_files() {
    insta::assert_snapshot!(faults(
        "name = \"S\"\n[inputs.text]\nsecret = true\n[inputs.title]\nsecret = true\ndefault = \"geheim\"\n[inputs.summary]\n\
         [[tasks]]\nfunction = \"numbers\"\narguments = [\"text\"]\noutputs = \"numbers\"\n\
         [[tasks]]\nfunction = \"report\"\narguments = [\"summary\", \"title\"]\noutputs = \"report\"\n"
    ));
}

#[test]
fn a_graph_whose_kpi_is_a_function_can_not_be_written() {
    let graph = Graph::builder("S")
        .input(InputDef::<Summary>::new("summary").default_value(|| Summary { share: 0.5, count: 3 }))
        .input(InputDef::<Option<String>>::new("title").default_value(|| None))
        .call(CallDef::of::<report>().argument("summary").argument("title").output("report"))
        .kpi(KpiDef::new::<String, f64>("report", Better::Higher, |report| Ok(report.len() as f64)))
        .build()
        .expect("a valid graph");
    let error = graph.to_toml().expect_err("it can't be written").to_string();
    assert!(error.contains("KPI `report` is computed by a function of the program"), "{error}");
}

#[test]
fn tasks_are_registered_without_a_list() {
    let names: Vec<&str> = tasks().iter().map(|task| task.name()).collect();
    assert_eq!(names, ["counted", "cut", "join", "numbers", "report", "slow", "start", "summary"]);
}

#[test]
fn a_missing_file_is_named() {
    let error = Graph::load("nowhere/scenario.toml").expect_err("a missing file").to_string();
    assert!(error.starts_with("can't read the scenario file nowhere/scenario.toml"), "{error}");
}

// ---- edits by a program ----

const COMMENTED: &str = r#"# Ours.
name = "Counting" # the name

# Where it begins.
[inputs.text] # a file
type = "File"
default = "a.txt"   # the small one

[inputs.low]
default = 0.0 # nothing less

# The first step.
[[tasks]]
function = "numbers"
arguments = ["text"] # only one
outputs = "numbers"

[[tasks]]
function = "cut"
arguments = { numbers = "numbers", low = "low", high = "low" } # twice
outputs = ["small", "large"]
"#;

#[test]
fn a_change_keeps_comments_and_order() -> Result<(), Box<dyn std::error::Error>> {
    let mut file = ScenarioFileEditor::new("scenario.toml", COMMENTED)?;
    assert_eq!(file.to_string(), COMMENTED);
    file.set_default("text", Some("b.txt".into()))?;
    file.set_docs("low", "The least.")?;
    file.set_docs("small", "Those below 5.")?;
    file.rename("numbers", "all numbers")?;
    file.rename("low", "least")?;
    file.add_input("metric", "Metric")?;
    file.set_default("metric", Some("median".into()))?;
    file.add_task("summary", &["small", "large"], &["summary"])?;
    file.connect("summary", &["values", "least", "metric"], "metric", Some("metric"))?;
    file.connect("large", &["values", "low", "high"], "high", Some("least"))?;
    file.set_skippable("all numbers", Some(false))?;
    insta::assert_snapshot!(file.to_string());
    file.remove_task("small")?;
    file.remove_input("metric")?;
    insta::assert_snapshot!(file.to_string());
    Ok(())
}

#[test]
fn a_rename_changes_all_table_headers_and_references() -> Result<(), Box<dyn std::error::Error>> {
    let text = "[inputs.x]\ntype = \"T\"\n[inputs.x.default]\na = 1\n[outputs.d]\n[[outputs.d.kpi]]\nbetter = \"lower\"\n\
                [[tasks]]\nfunction = \"f\"\narguments = [\"x\"]\noutputs = \"d\"\n";
    let mut file = ScenarioFileEditor::new("s.toml", text)?;
    file.rename("x", "y")?;
    file.rename("d", "e")?;
    let expected = text.replace("inputs.x", "inputs.y").replace("[\"x\"]", "[\"y\"]");
    assert_eq!(file.to_string(), expected.replace("outputs.d", "outputs.e").replace("\"d\"", "\"e\""));
    let mut inline = ScenarioFileEditor::new(
        "s.toml",
        "tasks = [{ function = \"f\", outputs = \"d\" }]\ninputs.x = {}\n",
    )?;
    assert!(inline.rename("x", "d").is_err(), "the name is taken");
    Ok(())
}

#[test]
fn an_invalid_change_is_reported_and_changes_nothing() -> Result<(), Box<dyn std::error::Error>> {
    let mut file = ScenarioFileEditor::new("scenario.toml", COMMENTED)?;
    let messages = [
        file.set_default("lwo", None).map_err(|error| error.to_string()),
        file.rename("missing", "renamed").map_err(|error| error.to_string()),
        file.rename("low", "small").map_err(|error| error.to_string()),
        file.add_input("small", "f64").map_err(|error| error.to_string()),
        file.remove_task("low").map_err(|error| error.to_string()),
        file.connect("numbers", &["text"], "more", Some("low")).map_err(|error| error.to_string()),
    ];
    insta::assert_debug_snapshot!(messages);
    assert_eq!(file.to_string(), COMMENTED);
    let error = ScenarioFileEditor::new("scenario.toml", "name = ").expect_err("not valid TOML");
    assert!(error.to_string().contains("scenario.toml:1:8"), "{error}");
    Ok(())
}

// ---- properties ----

#[task(skippable)]
fn start(seed: i64, name: &str) -> (f64, Option<i64>) {
    (seed as f64, Some(name.len() as i64))
}

#[task(skippable, retries = 2, backoff = "5ms", timeout = "1m")]
fn join(left: f64, right: f64) -> f64 {
    left + right
}

prop_compose! {
    fn call(c: usize)(
        arguments in proptest::collection::vec(0..=c, 2),
        named in any::<bool>(),
        skippable in proptest::option::of(any::<bool>()),
        retries in proptest::option::of(0..3_u32),
        backoff in proptest::option::of(0..5_000_u64),
        timeout in proptest::option::of(1..100_000_u64),
        docs in "[a-zß\"\\\\\n ]{0,12}",
        kpi in proptest::option::of((any::<bool>(), "[€$%\"]{0,2}")),
    ) -> (CallDef, Option<KpiDef>) {
        let name = |index: usize| if index == 0 { "begun".to_owned() } else { format!("joined \"{index}\"") };
        let mut def = CallDef::of::<join>().output(&name(c + 1)).docs(docs.trim());
        def = match named {
            true => def.named_argument("right", &name(arguments[1])).named_argument("left", &name(arguments[0])),
            false => def.argument(&name(arguments[0])).argument(&name(arguments[1])),
        };
        if let Some(skippable) = skippable { def = if skippable { def.skippable() } else { def.not_skippable() }; }
        if let Some(retries) = retries { def = def.retries(retries); }
        if let Some(backoff) = backoff { def = def.backoff(std::time::Duration::from_millis(backoff)); }
        if let Some(timeout) = timeout { def = def.timeout(std::time::Duration::from_millis(timeout)); }
        let kpi = kpi.map(|(higher, unit)| {
            let better = if higher { Better::Higher } else { Better::Lower };
            KpiDef::new(&name(c + 1), better, |number: &f64| Ok(*number)).unchecked().unit(&unit)
        });
        (def, kpi)
    }
}

fn any_graph() -> impl Strategy<Value = Arc<Graph>> {
    let calls = (0..8_usize).prop_flat_map(|count| (0..count).map(call).collect::<Vec<_>>());
    let docs = "[a-zß\"'\\\\\n]{0,12}";
    (calls, any::<i64>(), ".{0,20}", docs, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(calls, seed, text, docs, given, secret, allow)| {
            let mut name = InputDef::<String>::new("nam \u{e9}").docs(docs.trim());
            if secret {
                name = name.secret();
            } else {
                name = name.default_value(move || text.clone());
            }
            let mut seeds = InputDef::<i64>::new("seed");
            if given {
                seeds = seeds.default_value(move || seed);
            }
            let mut rest =
                InputDef::<Vec<Option<u64>>>::new("rest").default_value(|| vec![None, Some(u64::MAX)]);
            if allow {
                rest = rest.allow_unused();
            }
            let mut graph = Graph::builder("Any").docs(docs.trim()).input(name).input(seeds).input(rest);
            let start = CallDef::of::<start>().argument("seed").argument("nam \u{e9}");
            graph = graph.call(start.output("begun").output("length").allow_unused());
            for (call, kpi) in calls {
                graph = graph.call(call);
                if let Some(kpi) = kpi {
                    graph = graph.kpi(kpi);
                }
            }
            graph.build().expect("a valid graph")
        },
    )
}

#[task(skippable)]
fn counted(rest: &[Option<u64>]) -> usize {
    rest.len()
}

proptest! {
    /// Every graph survives a round trip through its file, and a file survives a rename and its reversal.
    #[test]
    fn any_graph_survives_a_round_trip_through_its_file(graph in any_graph()) {
        let text = graph.to_toml().expect("it can be written");
        let loaded = load(&text).map_err(|faults| TestCaseError::fail(format!("{faults}\n{text}")))?;
        // Warnings about unused nodes suggest the syntax of a file, not that of the macro.
        let same = |graph: &Graph| everything(graph).replace("write `#[allow(unused)]` before the statement", "set `allow_unused = true`");
        prop_assert_eq!(same(&loaded), same(&graph));
        let mut file = ScenarioFileEditor::new("scenario.toml", &text).expect("it is TOML");
        file.rename("begun", "an other").expect("it is there");
        prop_assert!(load(&file.to_string()).is_ok());
        file.rename("an other", "begun").expect("it is there");
        prop_assert_eq!(file.to_string(), text);
    }
}
