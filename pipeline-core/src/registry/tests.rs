//! The tables, and two programs at once.

use super::*;
use crate::store::Hash;

fn row(node: &str, content: &str) -> InputRow {
    InputRow {
        node: node.into(),
        stored: Stored::Object(Hash::of(content.as_bytes())),
        brief: content.into(),
    }
}

#[test]
fn a_scenario_is_created_once_with_its_inputs() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = Registry::open(&folder.path().join("registry.sqlite")).expect("a registry");
    let made = registry.create_scenario("a", "T", &[row("x", "1")]).expect("written").expect("made");
    assert_eq!(registry.create_scenario("a", "T", &[]).expect("written"), None);
    assert_eq!(registry.scenario("a").expect("read"), Some(made.clone()));

    let file = InputRow { node: "y".into(), stored: Stored::File("/x/y.csv".into()), brief: "y.csv".into() };
    registry.write_inputs(made.id, &[row("x", "2"), file.clone()]).expect("written");
    assert_eq!(registry.inputs(made.id).expect("read"), [row("x", "2"), file]);
}

#[test]
fn two_connections_see_each_others_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    let (one, two) = (Registry::open(&path).expect("one"), Registry::open(&path).expect("two"));
    std::thread::scope(|scope| {
        for (registry, prefix) in [(&one, "a"), (&two, "b")] {
            scope.spawn(move || {
                for i in 0..50 {
                    registry.create_scenario(&format!("{prefix}{i}"), "T", &[]).expect("written");
                }
            });
        }
    });
    assert_eq!(one.scenario_names().expect("read").len(), 100);
}

#[test]
fn a_newer_registry_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    drop(Registry::open(&path).expect("a registry"));
    Connection::open(&path).expect("open").pragma_update(None, "user_version", 7).expect("written");
    let error = Registry::open(&path).expect_err("refused");
    assert!(matches!(error, RegistryError::OtherVersion { found: 7, .. }), "{error}");
}

#[test]
fn states_are_written_whole_when_another_submission_came_between() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = Registry::open(&folder.path().join("registry.sqlite")).expect("a registry");
    let scenario = registry.create_scenario("a", "T", &[]).expect("written").expect("made").id;
    let submission = SubmissionRow { status: "completed".into(), started: 0, duration: 0, jobs: "[]".into() };
    let keep = |as_of, states: [(&str, &str, bool); 2]| {
        let states = states.map(|(job, state, unchanged)| JobStateRow {
            job: job.into(),
            state: state.into(),
            unchanged,
        });
        let kept = Kept { states: states.into(), as_of, ..Kept::default() };
        registry.add_submission(scenario, &submission, &kept).expect("kept")
    };
    let states = || {
        let mut states = registry.job_states(scenario).expect("read");
        states.sort();
        states.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
    };
    let first = keep(None, [("x", "x1", false), ("y", "y1", false)]);
    let second = keep(Some(first), [("x", "x1", true), ("y", "y2", false)]);
    assert_eq!(states(), ["x1", "y2"]);

    // It began after the first one too, and ends after the second.
    let third = keep(Some(first), [("x", "x1", true), ("y", "y1", true)]);
    assert_eq!(states(), ["x1", "y1"]);
    assert_eq!(registry.latest_submission(scenario).expect("read"), Some(third));
    assert!(first < second && second < third);
}
