//! Lineage, descendants, KPIs and history of values, and comparisons of runs.

use serde::{Deserialize, Serialize};
use skipstone::report::{
    DescendantsText, HistoryText, KpisText, comparison_markdown, history_markdown, lineage_mermaid,
    openlineage,
};
use skipstone::{
    CallDef, File, Graph, InputDef, Instance, JobStatus, Result,
    data::Number,
    graph::{Better, KpiDef},
    questions::best_first,
    scenario, task, testing,
};
use std::path::Path;

#[task(skippable)]
fn words(text: &File) -> Result<Vec<String>> {
    Ok(text.read_to_string()?.split_whitespace().map(str::to_owned).collect())
}

#[task(skippable)]
fn long(words: &[String], limit: usize) -> Vec<String> {
    words.iter().filter(|word| word.len() > limit).cloned().collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Share {
    percent: f64,
    longest: Option<u32>,
}

#[task(skippable)]
fn share(words: &[String], long: &[String]) -> Result<Share, String> {
    if words.is_empty() {
        return Err("no words".into());
    }
    let longest = long.iter().map(|word| word.len() as u32).max();
    Ok(Share { percent: 100.0 * long.len() as f64 / words.len() as f64, longest })
}

#[task(skippable)]
fn count(words: &[String]) -> u64 {
    words.len() as u64
}

scenario! {
    /// Measures how many words of a file are long.
    pub LongWords {
        input text: File = "text";
        input limit: usize = 4;
        words = words(text);
        long = long(words, limit);
        #[kpi(field = percent, better = higher, unit = "%")]
        #[kpi(field = longest, better = lower)]
        share = share(words, long);
        #[kpi(better = higher)]
        count = count(words);
    }
}

struct Place {
    store: testing::TemporaryStore,
}

/// Returns a fixture, whose path is the same on every machine.
fn text(name: &str) -> File {
    File::new(format!("tests/fixtures/words/{name}.txt"))
}

impl Place {
    fn new() -> Place {
        Place { store: testing::store() }
    }

    fn scenario(&self, name: &str, from: &str) -> LongWords {
        let scenario = LongWords::create(&self.store, name).expect("created");
        scenario.text.write(text(from)).expect("written");
        scenario
    }
}

#[test]
fn a_value_is_traced_back_to_its_files_and_input_values() {
    let place = Place::new();
    let scenario = place.scenario("a", "question");
    scenario.submit().expect("a run");
    scenario.limit.write(2).expect("written");
    let run = scenario.submit().expect("a run");
    let lineage = scenario.lineage("share").expect("a lineage");
    assert_eq!(lineage.run, run.id);
    insta::assert_snapshot!(testing::snapshot_lineage(&lineage));

    // By run and by hash, with only the jobs that the node depends on.
    let first = place.store.lineage((run.id.number() - 1).into(), Some("long")).expect("a lineage");
    assert_eq!(first.jobs.iter().map(|job| job.job.as_str()).collect::<Vec<_>>(), ["words", "long"]);
    assert_eq!(
        first.nodes.iter().find(|node| node.node == "limit").map(|node| node.value.as_str()),
        Some("4")
    );
    let content = first.nodes.last().expect("a node").content.to_string();
    let by_hash = place.store.lineage_of(&content[..12]).expect("a lineage");
    assert_eq!((by_hash.run, by_hash.node.as_deref()), ((run.id.number() - 1).into(), Some("long")));
    let whole = place.store.lineage(run.id, None).expect("a lineage");
    assert_eq!((whole.nodes.len(), whole.jobs.len()), (6, 4));
    assert!(scenario.lineage("shar").expect_err("no such node").to_string().contains("did you mean `share`"));
    assert!(
        place
            .store
            .lineage_of("beef00")
            .expect_err("no such value")
            .to_string()
            .contains("no run has a value")
    );
}

#[test]
fn a_lineage_is_drawn_with_mermaid() {
    let place = Place::new();
    let scenario = place.scenario("a", "short");
    scenario.submit().expect("a run");
    let drawn = lineage_mermaid(&scenario.lineage("long").expect("a lineage"));
    insta::assert_snapshot!(without_hashes(&drawn.replace(env!("CARGO_MANIFEST_DIR"), "[folder]")));
}

/// Replaces the hashes, which are the hexadecimal words after `<br>`.
fn without_hashes(text: &str) -> String {
    text.split("<br>")
        .map(|part| {
            let end = part.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(part.len());
            if end >= 8 { format!("[hash]{}", &part[end..]) } else { part.to_owned() }
        })
        .collect::<Vec<_>>()
        .join("<br>")
}

#[test]
fn descendants_of_a_file_or_a_value_are_found_in_every_scenario() {
    let place = Place::new();
    let scenario = place.scenario("a", "short");
    scenario.submit().expect("a run");
    scenario.limit.write(1).expect("written");
    scenario.submit().expect("a run");
    let other = place.scenario("b", "stage");
    other.submit().expect("a run");
    let file = Path::new("tests/fixtures/words/short.txt");
    let found = place.store.derived_from_file(file).expect("found");
    insta::assert_snapshot!(DescendantsText::new(&found).stable());
    assert!(found.descendants.iter().all(|one| one.scenario == "a"));
    assert!(place.store.derived_from_file(Path::new("tests/fixtures/words/none.txt")).is_err());

    // A result that is written to an input of another scenario has descendants there.
    let graph = Graph::builder("Counting")
        .input(InputDef::<Vec<String>>::new("words"))
        .call(CallDef::of::<count>().argument("words").output("count"))
        .build()
        .expect("wired");
    let counting = Instance::create(&place.store, &graph, "c").expect("created");
    counting.input("words").expect("an input").write(scenario.long.read().expect("read")).expect("written");
    counting.submit().expect("a run");
    let found = place.store.derived_from_file(file).expect("found");
    assert!(found.descendants.iter().any(|one| (one.scenario.as_str(), one.node.as_str()) == ("c", "count")));
    let words = scenario.lineage("words").expect("a lineage").nodes.last().expect("a node").content;
    let found = place.store.derived_from(&words.to_string()).expect("found");
    let nodes: Vec<&str> = found.descendants.iter().map(|one| one.node.as_str()).collect();
    assert!(nodes.contains(&"share") && !nodes.contains(&"words"), "{nodes:?}");
}

#[test]
fn runs_are_compared_by_inputs_outputs_kpis_and_custom_functions() {
    let place = Place::new();
    let baseline = place.scenario("baseline", "question");
    baseline.submit().expect("a run");
    let shorter = baseline.duplicate("shorter").expect("duplicated");
    shorter.limit.write(2).expect("written");
    shorter.submit().expect("a run");
    let other = baseline.duplicate("other file").expect("duplicated");
    other.text.write(text("stage")).expect("written");
    other.submit().expect("a run");
    let comparison = place
        .store
        .compare::<LongWords>(&["baseline", "shorter", "other file"])
        .with("long", "more words", |a: &Vec<String>, b: &Vec<String>| b.len() as i64 - a.len() as i64)
        .run()
        .expect("compared");
    insta::assert_snapshot!(testing::snapshot_comparison(&comparison));
    insta::assert_snapshot!(comparison_markdown(&comparison));
    let json = serde_json::to_value(&comparison).expect("JSON");
    assert_eq!(json["kpis"][0]["kpi"], "count");
    assert_eq!(json["kpis"][2]["best"], 1);
    assert_eq!(json["nodes"][1]["compared"][0]["values"], serde_json::json!([0, 4, 1]));

    // Runs of a selection and failed runs are not used to compare scenarios.
    shorter.submission().to("words").expect("an output").submit().expect("a run");
    let again = place.store.compare::<LongWords>(&["baseline", "shorter"]).run().expect("compared");
    assert_eq!(again.runs[1].run, comparison.runs[1].run);

    // Two runs of one scenario, by their numbers.
    let runs: Vec<String> =
        place.store.runs(None).expect("listed").iter().map(|run| run.run.to_string()).collect();
    let comparison = place.store.compare::<LongWords>(&[&runs[2], &runs[2]]).run().expect("compared");
    assert!(comparison.inputs.is_empty() && comparison.nodes.iter().all(|node| node.equal));
    let refused =
        |names: &[&str]| place.store.compare::<LongWords>(names).run().expect_err("refused").to_string();
    assert!(refused(&["baseline"]).contains("name at least two scenarios"));
    assert!(refused(&["baseline", "baselin"]).contains("did you mean `baseline`"));
    let wrong = place.store.compare::<LongWords>(&["baseline", "shorter"]).keys("lnog", &["x"]);
    assert!(wrong.run().expect_err("refused").to_string().contains("did you mean `long`"));
}

#[test]
fn kpis_are_recorded_with_each_run_and_listed_over_time_or_best_first() {
    let place = Place::new();
    let scenario = place.scenario("a", "question");
    for limit in [4, 2, 9, 2] {
        scenario.limit.write(limit).expect("written");
        scenario.submit().expect("a run");
    }
    let mut points = scenario.kpis().expect("listed");
    assert_eq!(points.len(), 12);
    points.retain(|point| point.value.kpi != "count");
    insta::assert_snapshot!(KpisText::new(&points).stable());
    best_first(&mut points);
    let order: Vec<_> = points
        .iter()
        .map(|point| (point.value.kpi.as_str(), point.value.value.map(Number::to_f64)))
        .collect();
    assert_eq!(order[0], ("share.longest", Some(8.0)));
    assert_eq!(order[3], ("share.longest", None), "missing values come last");
    assert_eq!((order[4].0, order[4].1), ("share.percent", Some(50.0)));
    assert_eq!(place.store.kpis().expect("listed").len(), 12);
    // A run without the node has no such KPI.
    scenario.text.write(text("empty")).expect("written");
    let failed = scenario.submit().expect_err("no words").run().expect("a run").clone();
    assert_eq!(failed.kpis.iter().map(|kpi| kpi.kpi.as_str()).collect::<Vec<_>>(), ["count"]);
}

#[test]
fn a_kpi_on_a_wrong_node_or_type_is_reported_when_the_graph_is_built() {
    let graph = Graph::builder("Counting")
        .input(InputDef::<Vec<String>>::new("words"))
        .call(CallDef::of::<count>().argument("words").output("count"))
        .kpi(KpiDef::new("cuont", Better::Higher, |count: &u64| Ok(*count)))
        .kpi(KpiDef::new("count", Better::Higher, |count: &f64| Ok(*count)))
        .kpi(KpiDef::new("count", Better::Higher, |count: &u64| Ok(*count)))
        .kpi(KpiDef::new("count", Better::Lower, |count: &u64| Ok(*count)))
        .build();
    insta::assert_snapshot!(graph.expect_err("wrong").to_string());
}

#[test]
fn the_values_of_a_node_are_listed_over_runs() {
    let place = Place::new();
    let scenario = place.scenario("a", "question");
    for limit in [4, 2, 2, 3] {
        scenario.limit.write(limit).expect("written");
        scenario.submit().expect("a run");
    }
    scenario.text.write(text("empty")).expect("written");
    scenario.submit().expect_err("no words");
    let points = scenario.history("share").expect("listed");
    assert_eq!(
        points.iter().map(|point| point.changed).collect::<Vec<_>>(),
        [false, true, false, true, false]
    );
    assert_eq!(points[4].status, Some(JobStatus::Failed));
    insta::assert_snapshot!(HistoryText::new(&points).stable());
    let markdown = history_markdown(&scenario.history("limit").expect("listed"));
    assert_eq!(markdown.lines().count(), 7);
    assert!(
        scenario.history("sahre").expect_err("no such node").to_string().contains("did you mean `share`")
    );
}

#[test]
fn a_lineage_is_converted_to_openlineage_events() {
    let place = Place::new();
    let scenario = place.scenario("a", "short");
    scenario.submit().expect("a run");
    scenario.text.write(text("empty")).expect("written");
    let failed = scenario.submit().expect_err("no words").run().expect("a run").id;
    let events = openlineage(&place.store.lineage(failed, None).expect("a lineage"), "tests");
    let kinds: Vec<String> = events
        .iter()
        .map(|event| {
            format!(
                "{} {}",
                event["eventType"].as_str().expect("a kind"),
                event["job"]["name"].as_str().expect("a name")
            )
        })
        .collect();
    assert_eq!(kinds.len(), 10, "{kinds:#?}");
    assert_eq!(kinds[0], "START LongWords");
    assert!(
        kinds.contains(&"FAIL LongWords.share".to_owned()) && kinds.contains(&"FAIL LongWords".to_owned()),
        "{kinds:#?}"
    );
    let fail =
        events.iter().find(|event| event["eventType"] == "FAIL" && event["job"]["name"] == "LongWords.share");
    assert_eq!(fail.expect("an event")["run"]["facets"]["errorMessage"]["message"], "no words");
    let long =
        events.iter().find(|event| event["eventType"] == "START" && event["job"]["name"] == "LongWords.long");
    let long = long.expect("an event");
    assert_eq!(long["run"]["facets"]["executionParameters"]["parameters"][0]["key"], "limit");
    assert_eq!(long["inputs"][0]["name"], "a.words");
    // The first and the last event of a job have the same run ID, and the whole run is their parent.
    let runs: Vec<_> = events
        .iter()
        .filter(|event| event["job"]["name"] == "LongWords.long")
        .map(|event| &event["run"]["runId"])
        .collect();
    assert_eq!((runs.len(), runs[0]), (2, runs[1]));
    assert_eq!(long["run"]["facets"]["parent"]["run"]["runId"], events[0]["run"]["runId"]);
}

#[test]
fn a_kpi_with_a_changed_function_is_computed_again() {
    let store = testing::store();
    let value = |factor: f64| {
        let graph = Graph::builder("Counting")
            .input(InputDef::<Vec<String>>::new("words"))
            .call(CallDef::of::<count>().argument("words").output("count"))
            .kpi(KpiDef::new("count", Better::Higher, move |count: &u64| Ok(*count as f64 * factor)))
            .build()
            .expect("wired");
        let counting = Instance::open_or_create(&store, &graph, "a").expect("opened");
        counting.input("words").expect("an input").write(vec!["one".to_owned()]).expect("written");
        counting.submit().expect("a run").kpis[0].value.map(Number::to_f64)
    };
    assert_eq!([value(1.0), value(2.0), value(1.0)], [Some(1.0), Some(2.0), Some(1.0)]);
}

#[test]
fn a_kpi_keeps_every_digit_and_nan_is_never_the_best() {
    #[task(skippable)]
    fn measure(first: bool) -> (i64, u64, f64, f64) {
        let more = i64::from(!first);
        (9_007_199_254_740_993 + more, u64::MAX, if first { f64::NAN } else { 2.5 }, f64::NEG_INFINITY)
    }
    let place = testing::store();
    let graph = Graph::builder("Measuring")
        .input(InputDef::<bool>::new("first"))
        .call(
            CallDef::of::<measure>()
                .argument("first")
                .output("whole")
                .output("large")
                .output("undefined")
                .output("infinite"),
        )
        .kpi(KpiDef::new("whole", Better::Lower, |it: &i64| Ok(*it)).unchecked())
        .kpi(KpiDef::new("large", Better::Lower, |it: &u64| Ok(*it)))
        .kpi(KpiDef::new("undefined", Better::Higher, |it: &f64| Ok(*it)))
        .kpi(KpiDef::new("infinite", Better::Lower, |it: &f64| Ok(*it)))
        .build()
        .expect("wired");
    let scenario = Instance::open_or_create(&place, &graph, "a").expect("opened");
    for first in [true, false, true] {
        scenario.input("first").expect("an input").write(first).expect("written");
        scenario.submit().expect("a run");
    }
    // As recorded, and after an export and an import.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.tar");
    scenario.export(&file).expect("written");
    place.import(&file, Some("b")).expect("read");
    let imported = Instance::open(&place, &graph, "b").expect("opened");
    for points in [scenario.kpis().expect("listed"), imported.kpis().expect("listed")] {
        let of = |kpi: &str| -> Vec<(String, bool)> {
            let of = points.iter().filter(|point| point.value.kpi == kpi);
            of.map(|point| (serde_json::to_string(&point.value.value).expect("JSON"), point.best)).collect()
        };
        let all = |values: [&str; 3], best: [bool; 3]| -> Vec<(String, bool)> {
            values.map(str::to_owned).into_iter().zip(best).collect()
        };
        let digits = ["\"9007199254740993\"", "\"9007199254740994\"", "\"9007199254740993\""];
        assert_eq!(of("whole"), all(digits, [true, false, true]));
        assert_eq!(of("large"), all(["\"18446744073709551615\""; 3], [false; 3]));
        assert_eq!(of("undefined"), all(["\"NaN\"", "2.5", "\"NaN\""], [false, true, false]));
        assert_eq!(of("infinite"), all(["\"-inf\""; 3], [false; 3]));
        let text = KpisText::new(&points).to_string();
        assert!(
            ["9007199254740993", "18446744073709551615", "NaN", "-inf"].iter().all(|it| text.contains(it)),
            "{text}"
        );
    }
    scenario.input("first").expect("an input").write(false).expect("written");
    scenario.submit().expect("a run");
    let compared = place.compare_on(&graph, &["b", "a"]).run().expect("compared");
    let kpis: Vec<String> = compared
        .kpis
        .iter()
        .map(|kpi| {
            format!("{} {} {:?}", kpi.kpi, serde_json::to_string(&kpi.changes).expect("JSON"), kpi.best)
        })
        .collect();
    assert_eq!(
        kpis,
        [
            "infinite [\"NaN\",\"NaN\"] Some(0)",
            "large [0,0] Some(0)",
            "undefined [\"NaN\",\"NaN\"] Some(1)",
            "whole [0,1] Some(0)",
        ]
    );
}
