//! Nodes with parts: a job for each part, all parts in one job, windows; what runs again when parts change.

use skipstone::graph::SourceText;
use skipstone::questions::Decision;
use skipstone::{CallDef, File, Graph, InputDef, Instance, Parts, Run, scenario, task, testing};
use std::sync::atomic::{AtomicUsize, Ordering};

static CALLS: AtomicUsize = AtomicUsize::new(0);

#[task(skippable)]
fn counted(raw: &File, tax: f64) -> Result<f64, skipstone::data::DataError> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    Ok(raw.read_to_string()?.lines().filter_map(|line| line.parse::<f64>().ok()).sum::<f64>() * tax)
}

#[task(skippable)]
fn rounded(total: f64) -> i64 {
    total.round() as i64
}

#[task(skippable)]
fn sum(totals: &Parts<i64>) -> i64 {
    totals.values().sum()
}

#[task(skippable)]
fn mean(window: &Parts<i64>) -> f64 {
    window.values().sum::<i64>() as f64 / window.len() as f64
}

scenario! {
    pub Sales {
        input raw: Parts<File>;
        input tax: f64 = 1.0;
        cleaned = counted(each raw, tax);
        totals = rounded(each cleaned);
        month = sum(all totals);
        trend = mean(each last(2) totals);
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(format!("{name}.txt")), text).expect("written");
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.path().join(format!("{name}.txt"))).expect("removed");
    }

    fn pattern(&self) -> String {
        self.0.path().join("*.txt").display().to_string()
    }
}

fn ran(run: &Run) -> Vec<&str> {
    let mut ran = run.ran();
    ran.sort_unstable();
    ran
}

fn reason(run: &Run, job: &str) -> String {
    run.job(job).expect("the job").reason.to_string()
}

#[test]
fn a_job_runs_for_each_file_and_only_what_changed_runs_again() {
    let folder = Folder::new(&[("2026-01", "1\n2"), ("2026-02", "10"), ("2026-03", "20")]);
    let store = testing::store();
    let sales =
        Sales::create(&store, "a", SalesInputs { raw: Parts::parse(&folder.pattern()).expect("files") })
            .expect("created");
    let run = sales.submit().expect("completed");
    assert_eq!(run.ran().len(), 10);
    assert_eq!(run.jobs[0].name, "counted[2026-01]", "depth first");
    assert_eq!(run.jobs[1].name, "rounded[2026-01]");
    assert_eq!(sales.month.read().expect("read"), 33);
    let trend = sales.trend.read().expect("read");
    assert_eq!(trend.keys().collect::<Vec<_>>(), ["2026-01", "2026-02", "2026-03"]);
    assert_eq!(trend.values().copied().collect::<Vec<_>>(), [3.0, 6.5, 15.0]);
    assert_eq!(sales.cleaned.read().expect("read").get("2026-02"), Some(&10.0));

    let run = sales.submit().expect("completed");
    assert_eq!(run.ran(), [""; 0]);

    folder.write("2026-02", "12");
    let run = sales.submit().expect("completed");
    assert_eq!(ran(&run), ["counted[2026-02]", "mean[2026-02]", "mean[2026-03]", "rounded[2026-02]", "sum"]);
    assert_eq!(reason(&run, "sum"), "part `2026-02` of `totals` changed");
    assert_eq!(
        reason(&run, "counted[2026-02]"),
        format!(
            "input `raw[2026-02]` changed: new content of {}",
            folder.0.path().join("2026-02.txt").display()
        )
    );

    folder.write("2026-02", "12.2");
    let run = sales.submit().expect("completed");
    assert_eq!(ran(&run), ["counted[2026-02]", "rounded[2026-02]"], "the rounded total is equal");

    folder.write("2026-04", "1");
    let run = sales.submit().expect("completed");
    assert_eq!(ran(&run), ["counted[2026-04]", "mean[2026-04]", "rounded[2026-04]", "sum"]);
    assert_eq!(reason(&run, "sum"), "part `2026-04` of `totals` is new");

    folder.remove("2026-01");
    folder.remove("2026-02");
    let run = sales.submit().expect("completed");
    assert_eq!(ran(&run), ["mean[2026-03]", "sum"]);
    assert_eq!(reason(&run, "sum"), "of 2 parts of `totals`, 2 gone: `2026-01`, `2026-02`");
    assert_eq!(sales.month.read().expect("read"), 21);
}

#[task(skippable)]
fn checked(x: i64) -> Result<i64, String> {
    if x < 0 { Err(format!("{x} is negative")) } else { Ok(x) }
}

#[task(skippable)]
fn added(one: i64, two: i64) -> i64 {
    one + two
}

#[task(skippable)]
fn split(sum: i64) -> (i64, Option<String>) {
    (sum / 2, (sum > 4).then(|| "many".to_owned()))
}

scenario! {
    pub Pairs {
        input left: Parts<i64> = [1, 2, 3];
        input right: Parts<i64> = "1..3";
        input offset: i64 = 0;
        good = checked(each left);
        sums = added(one: each good, two: each right);
        moved = added(each sums, offset);
        #[allow(unused)]
        (halves, words) = split(each moved);
        total = sum(all halves);
    }
}

#[test]
fn a_part_that_fails_leaves_the_other_parts_and_the_next_run_calls_only_what_failed() {
    let store = testing::store();
    let pairs = Pairs::create(&store, "a").expect("created");
    let numbers = |numbers: [(&str, i64); 3]| Parts::new(numbers).expect("parts");
    pairs.left.write(numbers([("1", 1), ("2", -2), ("3", 3)])).expect("written");
    let error = pairs.submit().expect_err("a failure");
    let run = error.run().expect("a run");
    assert_eq!(run.failed().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["checked[2]"]);
    let status = |job: &str| run.job(job).expect("the job").status.to_string();
    assert_eq!(status("split[1]"), "completed");
    assert_eq!(status("split[2]"), "abandoned");
    assert_eq!(status("split[3]"), "completed");
    assert_eq!(status("sum"), "abandoned");
    let unread = pairs.halves.read().expect_err("a part is missing").to_string();
    assert!(unread.contains("halves[2]"), "{unread}");

    pairs.left.write(numbers([("1", 1), ("2", 2), ("3", 3)])).expect("written");
    let run = pairs.submit().expect("completed");
    assert_eq!(ran(&run), ["added (moved)[2]", "added (sums)[2]", "checked[2]", "split[2]", "sum"]);
    assert_eq!(pairs.total.read().expect("read"), 1 + 2 + 3);
    let words = pairs.words.read().expect("read");
    assert_eq!(
        words.iter().map(|(key, word)| (key, word.is_some())).collect::<Vec<_>>(),
        [("1", false), ("2", false), ("3", true)]
    );
}

#[test]
fn two_nodes_meet_by_the_keys_of_their_parts() {
    let store = testing::store();
    let pairs = Pairs::create(&store, "a").expect("created");
    pairs.right.write(Parts::parse("2..4").expect("a range")).expect("written");
    assert_eq!(
        pairs.submit().expect_err("another part").to_string(),
        "job `added (sums)` of scenario type `Pairs` is called for each part of `good` and `right`, but `right` has no part `1`: add it, or \
         remove it from `good`"
    );
}

#[test]
fn options_of_runs_name_nodes_or_single_parts() {
    let store = testing::store();
    let pairs = Pairs::create(&store, "a").expect("created");
    pairs.submit().expect("completed");
    let run = pairs.submission().force("sums").expect("an output").submit().expect("completed");
    assert_eq!(ran(&run), ["added (sums)[1]", "added (sums)[2]", "added (sums)[3]"]);
    let run = pairs.submission().force("sums[2]").expect("a part").submit().expect("completed");
    assert_eq!(ran(&run), ["added (sums)[2]"]);

    let other = Pairs::create(&store, "b").expect("created");
    other.offset.write(1).expect("written");
    let run = other.submission().to("moved[3]").expect("a part").submit().expect("completed");
    assert_eq!(ran(&run), ["added (moved)[3]"]);
    let run = other.submission().to("moved").expect("an output").submit().expect("completed");
    assert_eq!(ran(&run), ["added (moved)[1]", "added (moved)[2]"]);
    let plan = other.plan().expect("planned");
    let jobs: Vec<_> = plan.jobs.iter().map(|job| (job.name.as_str(), job.decision)).collect();
    assert_eq!(
        jobs[..3],
        [
            ("checked[1]", Decision::Skip),
            ("added (sums)[1]", Decision::Skip),
            ("added (moved)[1]", Decision::Skip)
        ]
    );
    assert_eq!(jobs.last(), Some(&("sum", Decision::MayRun)));
}

#[test]
fn a_part_can_be_read_explained_and_shown_alone() {
    let store = testing::store();
    let pairs = Pairs::create(&store, "a").expect("created");
    pairs.submit().expect("completed");
    let shown = |node: &str, format| {
        let mut out = Vec::new();
        pairs.show(node, format, &mut out).map(|()| String::from_utf8(out).expect("text"))
    };
    assert_eq!(shown("sums[2]", skipstone::data::Format::Json).expect("shown"), "4\n");
    assert_eq!(shown("sums", skipstone::data::Format::Csv).expect("shown"), "part,value\n1,2\n2,4\n3,6\n");
    assert!(pairs.explain("sums[2]").expect("explained").key.is_some());
    let unknown = shown("sums[9]", skipstone::data::Format::Json).expect_err("no such part").to_string();
    assert_eq!(unknown, "scenario type `Pairs` has no node `sums[9]`: did you mean `sums[1]`?");
}

#[test]
fn parts_are_passed_in_memory_and_to_other_processes() {
    let graph = <Pairs as skipstone::ScenarioType>::graph();
    let values = graph.in_memory().run().expect("evaluated");
    assert_eq!(values.get::<i64>("total"), Some(&6));
    assert_eq!(values.get::<Parts<Option<String>>>("words").expect("words").len(), 3);
}

#[test]
fn parts_are_selected_by_their_keys() {
    let folder = Folder::new(&[("2026-01", "1"), ("2026-02", "2"), ("2026-03", "3"), ("2026-04", "4")]);
    let store = testing::store();
    let inputs = SalesInputs { raw: Parts::parse(&folder.pattern()).expect("files") };
    let sales = Sales::create(&store, "a", inputs).expect("created");
    let only = |node: &str, keys: &str| sales.submission().only(node, keys).expect("a node").submit();
    // A window needs the part before it.
    assert_eq!(
        ran(&only("raw", "2026-03..").expect("completed")),
        [
            "counted[2026-02]",
            "counted[2026-03]",
            "counted[2026-04]",
            "mean[2026-03]",
            "mean[2026-04]",
            "rounded[2026-02]",
            "rounded[2026-03]",
            "rounded[2026-04]",
        ]
    );
    assert_eq!(
        ran(&only("cleaned", "2026-01").expect("completed")),
        ["counted[2026-01]", "mean[2026-01]", "rounded[2026-01]"]
    );
    assert_eq!(
        only("raw", "2027-*").expect_err("no part").to_string(),
        "no part of node `raw` of scenario type `Sales` is selected by `2027-*`: its 4 parts are `2026-01` to `2026-04`"
    );
    assert_eq!(
        only("tax", "1").expect_err("no part").to_string(),
        "no part of node `tax` of scenario type `Sales` is selected by `1`: it has no parts"
    );
    assert_eq!(ran(&sales.submit().expect("completed")), ["mean[2026-02]", "sum"]);
}

scenario! {
    pub Grid {
        input xs: Parts<i64> = [1, 2];
        input ys: Parts<i64> = "10..30/10";
        sums = added(cross xs, cross ys);
        both = added(each sums, each sums);
        more = added(cross ys, two: each xs);
        total = sum(all both);
    }
}

#[test]
fn cross_calls_a_task_for_each_combination_of_parts() {
    let store = testing::store();
    let grid = Grid::create(&store, "a").expect("created");
    let run = grid.submit().expect("completed");
    assert_eq!(run.ran().len(), 3 * 6 + 1);
    let sums = grid.sums.read().expect("read");
    assert_eq!(
        sums.iter().map(|(key, sum)| (key, *sum)).collect::<Vec<_>>(),
        [("1/10", 11), ("1/20", 21), ("1/30", 31), ("2/10", 12), ("2/20", 22), ("2/30", 32)]
    );
    assert_eq!(grid.more.read().expect("read").get("2/30"), Some(&32));
    assert_eq!(grid.total.read().expect("read"), 2 * (11 + 21 + 31 + 12 + 22 + 32));
    let lineage = grid.lineage("both[2/20]").expect("lineage");
    assert_eq!(
        lineage.jobs.iter().map(|job| job.job.as_str()).collect::<Vec<_>>(),
        ["added (sums)[2/20]", "added (both)[2/20]"]
    );

    // A new value runs its combinations.
    grid.xs.write(Parts::parse("1,2,3").expect("parts")).expect("written");
    assert_eq!(grid.submit().expect("completed").ran().len(), 3 * 3 + 1);
}

#[test]
fn what_is_shown_of_a_node_with_parts_sums_them_up() {
    let store = testing::store();
    let pairs = Pairs::create(&store, "a").expect("created");
    let state = |node: &str| {
        pairs.nodes().expect("states").into_iter().find(|state| state.node == node).expect("a node")
    };
    assert_eq!(
        state("sums").problem.as_deref(),
        Some("0 of 3 parts are known; `sums[1]`: it has not been computed yet")
    );
    pairs.submit().expect("completed");
    assert_eq!((state("sums").value.as_deref(), state("sums").problem), (Some("3 parts"), None));
    pairs.left.write(Parts::new([("1", 1), ("2", -2), ("3", 3)]).expect("parts")).expect("written");
    pairs.submit().expect_err("a failure");
    let good = state("good");
    assert_eq!(good.status.map(|status| status.to_string()).as_deref(), Some("failed"));
    assert_eq!(good.problem.as_deref(), Some("2 of 3 parts are known; `good[2]`: -2 is negative"));
    let names = |node: &str| -> Vec<String> {
        pairs.lineage(node).expect("lineage").jobs.into_iter().map(|job| job.job).collect()
    };
    assert_eq!(names("sums[3]"), ["checked[3]", "added (sums)[3]"]);
    assert_eq!(names("good"), ["checked[1]", "checked[3]"]);
    // The last run with a total is the first.
    assert_eq!(names("total").len(), 3 * 4 + 1);
    assert_eq!(pairs.history("sums[3]").expect("history").len(), 2);
}

#[test]
fn results_of_parts_that_are_gone_are_collected() {
    let store = testing::store();
    let pairs = Pairs::create(&store, "a").expect("created");
    pairs.submit().expect("completed");
    let two = || Parts::new([("1", 1), ("2", 2)]).expect("parts");
    pairs.left.write(two()).expect("written");
    pairs.right.write(two()).expect("written");
    assert_eq!(ran(&pairs.submit().expect("completed")), ["sum"]);
    store.collect(std::time::Duration::ZERO).expect("collected");
    pairs.left.write(Parts::parse("1..3").expect("parts")).expect("written");
    pairs.right.write(Parts::parse("1..3").expect("parts")).expect("written");
    let run = pairs.submit().expect("completed");
    assert_eq!(ran(&run), ["added (moved)[3]", "added (sums)[3]", "checked[3]", "split[3]", "sum"]);
    assert_eq!(reason(&run, "checked[3]"), "first run");
}

#[test]
fn parts_that_are_not_valid_are_refused() {
    let parsed = |text: &str| Parts::<f64>::parse(text).expect_err("refused");
    assert_eq!(parsed("[1, \"a\"]"), "invalid type: string \"a\", expected f64");
    assert_eq!(parsed("1,1"), "the value can't be encoded: two parts have the key `1.0`");
    let keyed = Parts::<f64>::parse("{\"north\": 1, \"south\": 1.0}").expect("parts");
    assert_eq!(keyed.iter().collect::<Vec<_>>(), [("north", &1.0), ("south", &1.0)]);
    assert_eq!(Parts::<bool>::parse("*").expect("both").len(), 2);
    assert_eq!(
        Parts::<String>::parse("2026-02-27..2026-03-01").expect("days").keys().last(),
        Some("2026-03-01")
    );
    let folder = Folder::new(&[]);
    let none = Parts::<File>::parse(&folder.pattern()).expect_err("no files");
    assert_eq!(none, format!("{}: no file matches the pattern", folder.pattern()));
}

fn from_toml(text: &str) -> Result<std::sync::Arc<Graph>, String> {
    Graph::from_toml(&SourceText::new("sales.toml", text)).map_err(|faults| faults.to_string())
}

const IN_TOML: &str = r#"
name = "FromFile"
[inputs.left]
default = [1, 2, 3]
[inputs.right]
type = "Parts<i64>"
default = "2..4"
[inputs.offset]
default = 10
[[tasks]]
function = "added"
arguments = ["each left", "offset"]
outputs = "moved"
[[tasks]]
function = "sum"
arguments = ["all moved"]
outputs = "total"
[[tasks]]
function = "mean"
arguments = { window = "each last(2) right" }
outputs = "trend"
"#;

#[test]
fn a_scenario_file_has_the_words_in_its_strings() {
    let graph = from_toml(IN_TOML).expect("a graph");
    let store = testing::store();
    let instance = Instance::create(&store, &graph, "a").expect("created");
    let run = instance.submit().expect("completed");
    assert_eq!(run.ran().len(), 7);
    assert_eq!(instance.output::<i64>("total").expect("a node").read().expect("read"), 36);
    let trend = instance.output::<Parts<f64>>("trend").expect("a node").read().expect("read");
    assert_eq!(trend.iter().collect::<Vec<_>>(), [("2", &2.0), ("3", &2.5), ("4", &3.5)]);

    let again = from_toml(&graph.to_toml().expect("written")).expect("a graph");
    assert_eq!(again.to_toml().expect("written"), graph.to_toml().expect("written"));
    assert!(graph.to_toml().expect("written").contains("arguments = [\"each last(2) right\"]"));
    let unchanged = Instance::open_or_create(&store, &again, "a").expect("opened");
    assert_eq!(unchanged.submit().expect("completed").ran(), [""; 0]);
}

#[test]
fn a_wrong_word_in_a_scenario_file_is_reported_at_its_place() {
    let refused = |from: &str, to: &str| from_toml(&IN_TOML.replace(from, to)).expect_err("refused");
    insta::assert_snapshot!(
        [
            refused("\"each left\", \"offset\"", "\"left\", \"offset\""),
            refused("all moved", "moved"),
            refused("\"each left\", \"offset\"", "\"each left\", \"each offset\""),
            refused("last(2)", "last(none)"),
            refused("all moved", "each moved"),
            refused("default = \"2..4\"", "default = \"4..2\""),
        ]
        .join("\n")
    );
}

#[test]
fn the_builder_refuses_parts_that_are_passed_in_the_wrong_way() {
    let inputs =
        || Graph::builder("Wrong").input(InputDef::<Parts<i64>>::new("xs")).input(InputDef::<i64>::new("x"));
    let problems = |call: CallDef| inputs().call(call).build().expect_err("refused").problems().join("\n");
    let sum_of = |node: &str| CallDef::of::<sum>().argument(node).output("total");
    assert_eq!(
        problems(sum_of("xs")),
        "`xs` has many parts: write `each xs` to call the task for each part, or `all xs` to pass all parts to one call"
    );
    assert_eq!(
        problems(CallDef::of::<rounded>().argument("x").each().output("y")),
        "`x` has no parts: it is a `i64`; pass it as `x`"
    );
    assert_eq!(
        problems(CallDef::of::<sum>().argument("xs").each().output("y")),
        "argument `xs` of task `sum`: expected `Parts<i64>`, found `i64`"
    );
}
