//! Readers of a node get the same value whether its task ran or was skipped.

use serde::{Deserialize, Serialize};
use skipstone::{Error, File, Graph, InputDef, Instance, JobStatus, Store, scenario, task, testing};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone, Serialize, Deserialize)]
struct Model {
    weight: f64,
    #[serde(skip)]
    cache: f64,
}

#[task(skippable)]
fn fit(number: f64) -> Model {
    Model { weight: number.floor(), cache: 5.0 }
}

#[task(skippable)]
fn predict(model: &Model, number: f64) -> f64 {
    model.weight + model.cache + number - number
}

scenario! {
    pub Prediction {
        input number: f64 = 2.0;
        model = fit(number);
        prediction = predict(model, number);
    }
}

#[test]
fn fields_that_serde_skips_are_missing_for_every_reader() {
    let (one, other) = (testing::store(), testing::store());
    let clean = Prediction::create(&one, "a").expect("created");
    clean.number.write(2.5).expect("written");
    clean.submit().expect("a run");
    // The same work, with a result of `fit` from an earlier run.
    let incremental = Prediction::create(&other, "a").expect("created");
    incremental.submit().expect("a run");
    incremental.number.write(2.5).expect("written");
    incremental.submit().expect("a run");
    let read = |scenario: &Prediction| scenario.prediction.read().expect("read");
    assert_eq!((read(&clean), read(&incremental)), (2.0, 2.0));
}

#[test]
fn a_value_that_a_round_trip_changes_is_refused() {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Number {
        Float(f64),
        Integer(i64),
    }
    #[task(skippable)]
    fn three() -> Number {
        Number::Integer(3)
    }
    scenario! { Three { three = three(); } }

    let store = testing::store();
    let error = Three::create(&store, "a").expect("created").submit().expect_err("it fails");
    assert!(error.to_string().contains("a `Number` is changed by a round trip through the store"), "{error}");
    assert!(matches!(Number::Float(1.0), Number::Float(_)));
}

#[test]
fn a_value_that_is_too_deep_to_read_back_is_refused() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Chain {
        next: Option<Box<Chain>>,
    }
    #[task(skippable)]
    fn chain(length: usize) -> Chain {
        (0..length).fold(Chain { next: None }, |chain, _| Chain { next: Some(Box::new(chain)) })
    }
    scenario! { Chains { input length: usize = 1_100; chain = chain(length); } }

    let work = || {
        let store = testing::store();
        let scenario = Chains::create(&store, "a").expect("created");
        let error = scenario.submission().workers(1).submit().expect_err("too deep").to_string();
        assert!(error.contains("depth limit exceeded"), "{error}");
        scenario.length.write(100).expect("written");
        scenario.submission().workers(1).submit().expect("a run");
    };
    // A thread with enough stack for serde's own recursion.
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread").join().expect("no panic");
}

#[test]
fn a_deserializer_that_panics_fails_its_job() {
    #[derive(Clone, Serialize)]
    struct Moody(u8);
    impl<'de> Deserialize<'de> for Moody {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Moody, D::Error> {
            let number = u8::deserialize(deserializer)?;
            assert_ne!(number, 3, "not today");
            Ok(Moody(number))
        }
    }
    #[task(skippable)]
    fn moody(number: u8) -> Moody {
        Moody(number)
    }
    scenario! { Moods { input number: u8 = 3; moody = moody(number); } }

    let store = testing::store();
    let scenario = Moods::create(&store, "a").expect("created");
    assert!(scenario.submit().expect_err("it fails").to_string().contains("panicked"));
    scenario.number.write(4).expect("written");
    scenario.submit().expect("a run");
}

#[test]
fn an_input_that_becomes_a_file_does_not_use_its_old_string() {
    let store = testing::store();
    let text = Graph::builder("Text")
        .input(InputDef::<String>::new("text").allow_unused())
        .build()
        .expect("a graph");
    let file =
        Graph::builder("Text").input(InputDef::<File>::new("text").allow_unused()).build().expect("a graph");
    let old = Instance::create(&store, &text, "a").expect("created");
    old.input::<String>("text").expect("an input").write("notes.txt".into()).expect("written");
    let new = Instance::open(&store, &file, "a").expect("opened");
    assert!(matches!(new.input::<File>("text").expect("an input").read(), Err(Error::OutdatedInput { .. })));
    let error = new.submit().expect_err("outdated");
    assert!(matches!(&error, Error::OutdatedInput { .. }), "{error:?}");
    assert!(error.to_string().contains("the value of input `text` is no longer a valid `File`"), "{error}");
}

#[test]
fn a_path_that_is_not_a_regular_file_is_refused_and_not_stored() {
    let store = testing::store();
    let graph =
        Graph::builder("F").input(InputDef::<File>::new("file").allow_unused()).build().expect("a graph");
    let instance = Instance::create(&store, &graph, "a").expect("created");
    let folder = store.path().to_string_lossy().into_owned();
    for path in [folder.as_str(), "/dev/null"] {
        let error = instance.set(&[("file", path)]).expect_err("not a file").to_string();
        assert!(error.contains("it is not a regular file"), "{error}");
    }
    assert!(instance.input::<File>("file").expect("an input").read().is_err());
}

#[test]
fn overlapping_submissions_leave_the_values_of_the_last_one() {
    use std::sync::Barrier;
    static IN_TASK: Barrier = Barrier::new(2);

    #[task(skippable)]
    fn ten_times(x: i64) -> i64 {
        10 * x
    }
    #[task(skippable)]
    fn plus(a: i64, z: i64) -> i64 {
        if z == 5 && a == 10 {
            IN_TASK.wait();
            IN_TASK.wait();
        }
        a + z
    }
    scenario! {
        Overlap {
            input x: i64 = 1;
            input z: i64 = 0;
            a = ten_times(x);
            b = plus(a, z);
        }
    }
    let store = testing::store();
    let scenario = Overlap::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.submit().expect("a run");
    scenario.z.write(5).expect("written");
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| scenario.submit().expect("a run"));
        IN_TASK.wait();
        let other = Overlap::open(&store.reopen(), "a").expect("opened");
        other.x.write(2).expect("written");
        other.submit().expect("a run");
        IN_TASK.wait();
        slow.join().expect("no panic");
    });
    // The slow submission ended last, so all values are those of its run.
    assert_eq!((scenario.a.read().expect("read"), scenario.b.read().expect("read")), (10, 15));
}

#[test]
fn several_threads_can_create_one_store_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| Store::open(&path).expect("a store"));
            }
        });
    }
}

macro_rules! scaled_by {
    ($factor:literal, $name:ident) => {{
        fn factor() -> f64 {
            $factor
        }
        #[task(skippable)]
        fn scaled(x: f64) -> f64 {
            x * factor()
        }
        scenario! { $name { input x: f64 = 1.0; y = scaled(x); } }
        let store = Store::open(store_of_macros()).expect("a store");
        let scenario = $name::open_or_create(&store, stringify!($name)).expect("a scenario");
        scenario.submit().expect("a run");
        scenario.y.read().expect("read")
    }};
}

fn store_of_macros() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("pipeline-macros-{}", std::process::id()))
}

#[test]
fn tasks_that_a_macro_generates_with_different_helpers_are_different_tasks() {
    let ten = scaled_by!(10.0, Ten);
    let twenty = scaled_by!(20.0, Twenty);
    std::fs::remove_dir_all(store_of_macros()).expect("removed");
    assert_eq!((ten, twenty), (10.0, 20.0));
}

mod unusual_names {
    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    pub(crate) struct Node {
        pub(crate) weight: f64,
    }

    #[task]
    pub(crate) fn run(r#type: f64, arguments: f64) -> Node {
        Node { weight: r#type + arguments }
    }

    #[task]
    pub(crate) fn arguments(node: &Node) -> f64 {
        node.weight
    }

    #[task]
    #[allow(non_snake_case)]
    pub(crate) fn TASK(value: f64, error: f64) -> Result<f64, String> {
        Ok(value + error)
    }

    scenario! {
        pub(crate) Unusual {
            input r#type: f64 = 1.0;
            input graph: f64 = 2.0;
            submit = run(r#type, graph);
            name = arguments(submit);
            store = TASK(name, graph);
        }
    }
}

#[test]
fn unusual_names_are_allowed() {
    let store = testing::store();
    let scenario = unusual_names::Unusual::create(&store, "a").expect("created");
    scenario.set(&[("type", "5")]).expect("set");
    scenario.submit().expect("a run");
    assert_eq!(scenario.store.read().expect("read"), 9.0);
    assert_eq!(scenario.name(), "a");
}

/// Counts how often it is decoded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted(i64);

static DECODED: AtomicUsize = AtomicUsize::new(0);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Counted, D::Error> {
        #[derive(Deserialize)]
        struct Counted(i64);
        DECODED.fetch_add(1, Ordering::SeqCst);
        let Counted(number) = Counted::deserialize(deserializer)?;
        Ok(self::Counted(number))
    }
}

#[task(skippable)]
fn counted(number: i64) -> Counted {
    Counted(number)
}

#[task(skippable)]
fn shifted(counted: &Counted, by: i64) -> i64 {
    counted.0 + by
}

scenario! {
    pub Counting {
        input number: i64 = 1;
        input by: i64 = 1;
        counted = counted(number);
        shifted = shifted(counted, by);
    }
}

#[test]
fn a_value_stays_cached_between_submissions_within_the_budget() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Store::open(folder.path().join("store")).expect("a store");
    let store = open();
    let run = |store: &Store, by: i64| {
        let scenario = Counting::open_or_create(store, "a").expect("a scenario");
        scenario.by.write(by).expect("written");
        let before = DECODED.load(Ordering::SeqCst);
        scenario.submit().expect("a run");
        assert_eq!(scenario.shifted.read().expect("read"), 1 + by);
        DECODED.load(Ordering::SeqCst) - before
    };
    assert_eq!(run(&store, 1), 1, "a new value is decoded once, to check its round trip");
    assert_eq!(run(&store, 2), 0);
    store.keep_in_memory(0);
    assert_eq!(run(&store, 3), 1);
    drop(store);

    let store = open();
    assert_eq!(run(&store, 4), 1, "another process has an empty cache");
    assert_eq!(run(&store, 5), 0);
}

#[test]
fn hash_sets_and_hash_maps_are_the_same_values_in_every_store() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Words {
        words: HashSet<String>,
        n: HashMap<String, f64>,
    }
    #[task(skippable)]
    fn split(text: &str) -> HashSet<String> {
        text.split(' ').map(str::to_owned).collect()
    }
    #[task(skippable)]
    fn count(split: HashSet<String>) -> Words {
        let n = split.iter().map(|word| (word.clone(), f64::INFINITY)).collect();
        Words { words: split, n }
    }
    scenario! {
        Splitting {
            input text: String = "b a".into();
            split = split(text);
            words = count(split);
        }
    }

    let hashes: HashSet<Vec<String>> = (0..20)
        .map(|_| {
            let store = testing::store();
            let scenario = Splitting::create(&store, "a").expect("created");
            let report = scenario.submit().expect("a run");
            let again = scenario.submit().expect("a run");
            assert!(again.jobs.iter().all(|job| job.status == JobStatus::Skipped), "{again:?}");
            let value = scenario.words.read().expect("read");
            assert_eq!(value.words, HashSet::from(["a".to_owned(), "b".to_owned()]));
            let outputs = report.jobs.iter().flat_map(|job| &job.outputs);
            outputs.map(|output| format!("{} {}", output.value.hash, output.value.summary)).collect()
        })
        .collect();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
    let shown: Vec<&String> = hashes.iter().flatten().collect();
    assert!(shown[1].ends_with(r#"{"words":["a","b"],"n":{"a":"inf","b":"inf"}}"#), "{shown:?}");
}
