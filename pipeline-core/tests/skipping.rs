//! When a task is called and when it is skipped. The tests look at the report of a run; one test counts calls, to
//! check the report itself.

use skipstone::{
    File, JobStatus, Result, Store,
    jobs::{InputChange, Reason},
    scenario, task, testing,
};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

#[task(skippable)]
fn parity(number: i64) -> i64 {
    number.rem_euclid(2)
}

#[task(skippable)]
fn describe(parity: i64, words: &[String]) -> String {
    words[usize::try_from(parity).unwrap_or_default()].clone()
}

scenario! {
    pub Parity {
        input number: i64 = 3;
        input words: Vec<String> = vec!["even".into(), "odd".into()];
        parity = parity(number);
        description = describe(parity, words);
    }
}

#[task(skippable)]
fn length(text: &File) -> Result<usize> {
    Ok(text.read_to_string()?.len())
}

scenario! {
    pub Length {
        input text: File;
        length = length(text);
    }
}

#[test]
fn the_first_run_calls_everything_and_the_second_nothing() {
    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    assert_eq!(scenario.submit().expect("a run").ran(), ["parity", "describe"]);
    let run = scenario.submit().expect("a run");
    assert_eq!(run.skipped(), ["parity", "describe"]);
    assert!(run.jobs.iter().all(|job| job.reason == Reason::ResultKnown));
    assert_eq!(scenario.description.read().expect("read"), "odd");
}

#[test]
fn an_input_that_is_changed_back_calls_nothing_even_after_a_restart() {
    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.number.write(4).expect("written");
    assert_eq!(scenario.submit().expect("a run").ran(), ["parity", "describe"]);
    assert_eq!(scenario.description.read().expect("read"), "even");
    drop(scenario);

    let scenario = Parity::open(&store.reopen(), "a").expect("opened");
    assert_eq!(scenario.number.read().expect("read"), 4);
    scenario.number.write(3).expect("written");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
    assert_eq!(scenario.description.read().expect("read"), "odd");
}

#[test]
fn an_unchanged_output_skips_its_readers() {
    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.number.write(5).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!((run.ran(), run.skipped()), (vec!["parity"], vec!["describe"]));
}

#[test]
fn a_second_scenario_with_the_same_inputs_calls_nothing() {
    let store = testing::store();
    Parity::create(&store, "a").expect("created").submit().expect("a run");
    let second = Parity::create(&store, "b").expect("created");
    assert_eq!(second.submit().expect("a run").ran(), [""; 0]);
    assert_eq!(second.description.read().expect("read"), "odd");
}

#[test]
fn a_changed_input_is_named_with_both_values() {
    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.number.write(4).expect("written");
    let run = scenario.submit().expect("a run");
    let Reason::Changed { code, inputs } = &run.jobs[0].reason else { panic!("{:?}", run.jobs[0].reason) };
    let [InputChange { node, input: true, made_by: None, from, to, .. }] = &inputs[..] else {
        panic!("{inputs:?}")
    };
    assert_eq!((code.len(), node.as_str(), from.as_deref(), to.as_str()), (0, "number", Some("3"), "4"));
    assert_eq!(run.jobs[0].reason.to_string(), "input `number` changed: 3 → 4");
    assert_eq!(run.jobs[1].reason.to_string(), "`parity` changed");
}

#[test]
fn the_report_agrees_with_the_calls() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    #[task(skippable)]
    fn counted(number: i64) -> i64 {
        CALLS.fetch_add(1, Ordering::SeqCst);
        -number
    }
    scenario! { Counted { input number: i64 = 1; counted = counted(number); } }

    let store = testing::store();
    let scenario = Counted::create(&store, "a").expect("created");
    for (number, ran) in [(1, 1), (2, 1), (1, 0), (2, 0), (3, 1)] {
        let before = CALLS.load(Ordering::SeqCst);
        scenario.number.write(number).expect("written");
        assert_eq!(scenario.submit().expect("a run").ran().len(), ran);
        assert_eq!(CALLS.load(Ordering::SeqCst) - before, ran);
        assert_eq!(scenario.counted.read().expect("read"), -number);
    }
}

#[test]
fn a_task_that_is_not_skippable_is_called_every_time_and_its_readers_are_not() {
    #[task]
    fn always(number: i64) -> i64 {
        number
    }
    scenario! { Always { input number: i64 = 1; same = always(number); parity = parity(same); } }

    let store = testing::store();
    let scenario = Always::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    let run = scenario.submit().expect("a run");
    assert_eq!((run.ran(), run.skipped()), (vec!["always"], vec!["parity"]));
    assert_eq!(run.jobs[0].reason, Reason::NotSkippable);
}

/// Writes a file with this content, modified long enough ago that its stamp is trusted.
fn old_file(folder: &tempfile::TempDir, name: &str, text: &str) -> File {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    set_modified(&path, SystemTime::now() - Duration::from_secs(3_600));
    File::new(path)
}

fn set_modified(path: &std::path::Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).expect("opened");
    file.set_modified(time).expect("the time set");
}

fn length_of(store: &Store, file: File) -> Length {
    Length::create(store, "a", LengthInputs { text: file }).expect("created")
}

#[test]
fn a_file_touched_moved_or_copied_calls_nothing() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), testing::store());
    let scenario = length_of(&store, old_file(&folder, "a.txt", "four"));
    scenario.submit().expect("a run");

    set_modified(&folder.path().join("a.txt"), SystemTime::now());
    assert_eq!(scenario.submit().expect("a run").skipped(), ["length"]);
    fs::rename(folder.path().join("a.txt"), folder.path().join("b.txt")).expect("moved");
    scenario.text.write(File::new(folder.path().join("b.txt"))).expect("written");
    assert_eq!(scenario.submit().expect("a run").skipped(), ["length"]);
    fs::copy(folder.path().join("b.txt"), folder.path().join("c.txt")).expect("copied");
    scenario.text.write(File::new(folder.path().join("c.txt"))).expect("written");
    assert_eq!(scenario.submit().expect("a run").skipped(), ["length"]);
}

#[test]
fn new_content_with_the_old_time_and_size_is_noticed() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), testing::store());
    let file = old_file(&folder, "a.txt", "four");
    let path = file.path().to_owned();
    let scenario = length_of(&store, file);
    scenario.submit().expect("a run");
    // Once the stamp is old enough, the next run records the first content under it.
    std::thread::sleep(Duration::from_millis(2_100));
    scenario.submit().expect("a run");

    let before = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    fs::write(&path, "five").expect("written");
    set_modified(&path, before);
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["length"]);
    assert!(
        run.jobs[0].reason.to_string().starts_with("input `text` changed: new content of "),
        "{:?}",
        run.jobs
    );
}

#[test]
fn a_missing_file_is_named_with_its_node_and_nothing_runs() {
    let store = testing::store();
    let scenario = length_of(&store, File::new("nowhere/a.txt"));
    let message = scenario.submit().expect_err("no file").to_string();
    assert!(
        message.contains("input `text` of scenario `a`") && message.contains("nowhere/a.txt"),
        "{message}"
    );
}

#[test]
fn a_result_is_not_stored_if_its_file_changes_while_the_task_reads_it() {
    #[task(skippable)]
    fn careless(text: &File) -> Result<String, std::io::Error> {
        let read = fs::read_to_string(text.path())?;
        fs::write(text.path(), format!("{read}!"))?;
        Ok(read)
    }
    scenario! { Careless { input text: File; read = careless(text); } }

    let (folder, store) = (tempfile::tempdir().expect("a folder"), testing::store());
    let text = old_file(&folder, "a.txt", "a");
    let path = text.path().to_owned();
    let scenario = Careless::create(&store, "a", CarelessInputs { text }).expect("created");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.warnings.len(), 1, "{:?}", run.warnings);
    assert!(run.warnings[0].contains("a.txt changed while task `careless` read it"), "{:?}", run.warnings);

    // With the old content restored, the task runs again, because no result was stored for that content.
    fs::write(path, "a").expect("written");
    assert_eq!(scenario.submit().expect("a run").ran(), ["careless"]);
}

/// Returns the files of the store's objects, sorted by size.
fn objects(store: &Store) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(store.path().join("objects")).expect("objects");
    let mut files: Vec<_> = folders
        .flat_map(|folder| fs::read_dir(folder.expect("a folder").path()).expect("objects"))
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort_by_key(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()));
    files
}

#[test]
fn missing_objects_are_rebuilt_with_one_warning_each() {
    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    objects(&store).iter().for_each(|path| fs::remove_file(path).expect("removed"));
    let run = scenario.submit().expect("a run");
    assert_eq!(run.jobs[0].reason, Reason::OutputMissing { node: "parity".into() });
    assert_eq!(run.jobs[0].reason.to_string(), "output missing: `parity`");
    assert_eq!(run.ran(), ["parity", "describe"]);
    assert_eq!(run.warnings.len(), 2);
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
}

#[test]
fn a_truncated_or_altered_object_is_rebuilt_even_if_its_time_is_unchanged() {
    for damage in [&b""[..], b"\xa3odx", b"\xa3odd, and more"] {
        let store = testing::store();
        let scenario = Parity::create(&store, "a").expect("created");
        scenario.submit().expect("a run");
        let path = description(&store);
        let before = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
        fs::write(&path, damage).expect("damaged");
        set_modified(&path, before);

        let run = reopen_scenario(&store).submit().expect("a run");
        assert_eq!(run.ran(), ["describe"], "{damage:?}");
        assert_eq!(run.jobs[1].reason, Reason::OutputDamaged { node: "description".into() });
        assert_eq!(scenario.description.read().expect("read"), "odd");
    }
}

/// Returns the path of the object that holds the description `odd`.
fn description(store: &testing::TemporaryStore) -> std::path::PathBuf {
    let holds_description = |path: &std::path::PathBuf| fs::read(path).expect("read") == b"\xa3odd";
    objects(store).into_iter().find(holds_description).expect("an object with the description")
}

fn reopen_scenario(store: &testing::TemporaryStore) -> Parity {
    Parity::open(&store.reopen(), "a").expect("opened")
}

#[test]
fn a_damaged_object_is_never_read_as_a_value() {
    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    fs::write(description(&store), b"\xa3odx").expect("damaged");
    let message = scenario.description.read().expect_err("damaged").to_string();
    assert!(message.contains("missing from the store or damaged"), "{message}");
}

#[test]
fn a_failed_task_leaves_no_result_for_later_runs() {
    #[task(skippable)]
    fn picky(number: i64) -> Result<i64, String> {
        if number < 0 { Err(format!("{number} is negative")) } else { Ok(number) }
    }
    scenario! { Picky { input number: i64 = -1; picked = picky(number); parity = parity(picked); } }

    let store = testing::store();
    let scenario = Picky::create(&store, "a").expect("created");
    for _ in 0..2 {
        let error = scenario.submit().expect_err("it fails");
        let run = error.run().expect("a run");
        assert_eq!(run.job("picky").map(|job| job.status), Some(JobStatus::Failed));
        assert_eq!(run.job("parity").map(|job| job.status), Some(JobStatus::Abandoned));
        let message = scenario.picked.read().expect_err("no value").to_string();
        assert!(message.contains("task `picky` failed: -1 is negative"), "{message}");
    }
    assert_eq!(
        scenario.submit().expect_err("it fails").run().expect("a run").jobs[0].reason,
        Reason::LastFailed
    );
    scenario.number.write(2).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["picky", "parity"]);
    assert_eq!(run.jobs[0].reason.to_string(), "input `number` changed: -1 → 2");
}

#[test]
fn a_plan_shows_what_a_run_would_do_and_runs_nothing() {
    use skipstone::questions::Decision::{MayRun, Run, Skip};

    let store = testing::store();
    let scenario = Parity::create(&store, "a").expect("created");
    let decisions =
        || scenario.plan().expect("a plan").jobs.iter().map(|job| job.decision).collect::<Vec<_>>();
    // Without any result of its code, a job runs whatever its inputs will be.
    assert_eq!(decisions(), [Run, Run]);
    assert_eq!(decisions(), [Run, Run]);
    scenario.submit().expect("a run");
    assert_eq!(decisions(), [Skip, Skip]);
    scenario.words.write(vec!["e".into(), "o".into()]).expect("written");
    assert_eq!(decisions(), [Skip, Run]);
    scenario.number.write(5).expect("written");
    assert_eq!(decisions(), [Run, MayRun]);
    assert!(scenario.plan().expect("a plan").has_work());
}
