//! Tests of the tables, of migrations, and of concurrent access.

use super::*;
use crate::store::{Hash, Stamp, report_waits};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

fn row(node: &str, content: &str) -> InputRow {
    InputRow {
        node: node.into(),
        stored: Stored::Object(Hash::of(content.as_bytes())),
        summary: content.into(),
        ty: "String".into(),
    }
}

fn new<'a>(name: &'a str, inputs: &'a [InputRow]) -> NewScenario<'a> {
    NewScenario { name, ty: "T", author: "me", inputs, ..NewScenario::default() }
}

fn registry() -> (tempfile::TempDir, Registry) {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = Registry::open(&folder.path().join("registry.sqlite")).expect("a registry");
    (folder, registry)
}

fn begun(registry: &Registry, scenario: i64) -> i64 {
    let version = registry.add_version("T", "h", "me", None, "{}", &[]).expect("kept");
    let begun = NewSubmission { scenario, version, started: 0, author: "me", session: "here", inputs: "[]" };
    registry.begin_submission(&begun).expect("kept").expect("there is such a scenario")
}

fn completed() -> SubmissionRow {
    SubmissionRow { status: "completed".into(), duration: 1, warnings: "[]".into(), jobs: "[]".into() }
}

#[test]
fn a_scenario_is_created_once_with_its_inputs() {
    let (_folder, registry) = registry();
    let made = registry.create_scenario(&new("a", &[row("x", "1")])).expect("written").expect("made");
    assert_eq!(registry.create_scenario(&new("a", &[])).expect("written"), None);
    assert_eq!(registry.scenario("a").expect("read"), Some(made.clone()));

    let file = InputRow { stored: Stored::File("/x/y.csv".into()), summary: "y.csv".into(), ..row("y", "") };
    let changes = [row("x", "2"), file.clone(), row("x", "2")].map(NewInputValue::To);
    assert_eq!(registry.write_inputs(made.id, &changes, "you").expect("written"), Changed::Done);
    assert_eq!(registry.inputs(made.id).expect("read"), [row("x", "2"), file]);
    let edits = registry.edits(made.id, Some("x")).expect("read");
    let story: Vec<_> = edits.iter().map(|edit| (edit.summary.as_str(), edit.author.as_str())).collect();
    assert_eq!(story, [("2", "you"), ("1", "me")]);
}

#[test]
fn two_connections_see_the_writes_of_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    let (one, two) = (Registry::open(&path).expect("one"), Registry::open(&path).expect("two"));
    std::thread::scope(|scope| {
        for (registry, prefix) in [(&one, "a"), (&two, "b")] {
            scope.spawn(move || {
                for i in 0..50 {
                    registry.create_scenario(&new(&format!("{prefix}{i}"), &[])).expect("written");
                }
            });
        }
    });
    assert_eq!(one.scenario_names().expect("read").len(), 100);
}

#[test]
fn a_registry_of_a_newer_version_is_rejected() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    drop(Registry::open(&path).expect("a registry"));
    Connection::open(&path).expect("open").pragma_update(None, "user_version", 7).expect("written");
    let error = Registry::open(&path).expect_err("refused");
    assert!(matches!(error, RegistryError::OtherVersion { found: 7, .. }), "{error}");
}

#[test]
fn migrations_from_all_earlier_versions_keep_the_rows() {
    for version in 1..VERSION {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("registry.sqlite");
        let connection = Connection::open(&path).expect("open");
        for step in &STEPS[..usize::try_from(version).expect("small")] {
            connection.execute_batch(step).expect("made");
        }
        connection.pragma_update(None, "user_version", version).expect("written");
        let hash = Hash::of(b"x").to_string();
        connection
            .execute_batch(&format!(
                "INSERT INTO scenarios (id, name, type, created) VALUES (7, 'a', 'T', 5);
                 INSERT INTO inputs (scenario, node, object, file, brief, written)
                    VALUES (7, 'x', NULL, '/x.csv', 'x.csv', 6);
                 INSERT INTO stamps (path, stamp, hash) VALUES ('/x.csv', '1 2 3 4 5', '{hash}');
                 INSERT INTO submissions (id, scenario, status, started, duration, jobs)
                    VALUES (9, 7, 'completed', 1, 2, '[]');
                 INSERT INTO job_states VALUES (7, 'y', 9, '{{}}');"
            ))
            .expect("filled");
        drop(connection);

        let registry = Registry::open(&path).expect("migrated");
        let scenario = registry.scenario("a").expect("read").expect("there");
        assert_eq!(registry.inputs(scenario.id).expect("read").len(), 1, "from version {version}");
        // Edits are recorded since version 3; the migration turns existing values into the first edits.
        let edits = registry.edits(scenario.id, None).expect("read").len();
        assert_eq!(edits, usize::from(version < 3), "from version {version}");
        assert_eq!(registry.job_states(scenario.id).expect("read").len(), 1);
        assert_eq!(registry.submission(9).expect("read").expect("there").scenario, "a");
        // The time of the read is recorded since version 4; with time 0 the file is read again.
        let stamp = Stamp::from_text("1 2 3 4 5").expect("a stamp");
        let known = registry.known_content(Path::new("/x.csv"), &stamp).expect("read");
        assert_eq!(known, Some((Hash::of(b"x"), 0)), "from version {version}");
        // Foreign keys work in the tables that migrations recreated.
        assert_eq!(registry.delete_scenario(scenario.id).expect("deleted"), Changed::Done);
        assert_eq!(registry.submission(9).expect("read"), None);
        let id = registry.create_scenario(&new("b", &[])).expect("written").expect("made").id;
        assert!(id > 7 && begun(&registry, id) > 9, "numbers are not reused");
    }
}

#[test]
fn all_states_are_written_after_another_run_has_written_its_own() {
    let (_folder, registry) = registry();
    let scenario = registry.create_scenario(&new("a", &[])).expect("written").expect("made").id;
    let keep = |as_of, states: [(&str, &str, bool); 2]| {
        let states = states.map(|(job, state, unchanged)| JobStateRow {
            job: job.into(),
            state: state.into(),
            unchanged,
        });
        let kept = RunRecord { states: states.into(), as_of, ..RunRecord::default() };
        registry.end_submission(scenario, begun(&registry, scenario), &completed(), &kept).expect("kept");
    };
    let states = || {
        let mut states = registry.job_states(scenario).expect("read");
        states.sort();
        states.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
    };
    keep(0, [("x", "x1", false), ("y", "y1", false)]);
    keep(1, [("x", "x1", true), ("y", "y2", false)]);
    assert_eq!(states(), ["x1", "y2"]);

    // This run started after the first one, too, and ends after the second.
    keep(1, [("x", "x1", true), ("y", "y1", true)]);
    assert_eq!(states(), ["x1", "y1"]);
    assert_eq!(registry.states_revision(scenario).expect("read"), 3);
}

#[test]
fn a_running_scenario_is_not_deleted_and_the_end_of_a_run_is_written_once() {
    let (_folder, registry) = registry();
    let scenario = registry.create_scenario(&new("a", &[])).expect("written").expect("made").id;
    let run = begun(&registry, scenario);
    registry.begin_job(run, "x", 3).expect("kept");
    assert_eq!(registry.delete_scenario(scenario).expect("asked"), Changed::Running(run));
    let [orphan] = registry.running().expect("read").try_into().expect("one runs");
    assert_eq!((orphan.id, orphan.jobs.as_slice()), (run, [("x".to_owned(), 3, None)].as_slice()));

    registry.end_orphan(&orphan, &completed()).expect("ended");
    registry
        .end_orphan(&orphan, &SubmissionRow { status: "failed".into(), ..completed() })
        .expect("nothing to do");
    assert_eq!(registry.submission(run).expect("read").expect("there").status, "completed");
    assert_eq!(registry.running().expect("read"), []);
    assert_eq!(registry.delete_scenario(scenario).expect("asked"), Changed::Done);
    assert_eq!(registry.delete_scenario(scenario).expect("asked"), Changed::NoScenario);
}

#[test]
fn a_copy_includes_the_log_and_is_replaced_when_the_registry_changes() {
    let (_folder, registry) = registry();
    let made = registry.create_scenario(&new("a", &[row("x", "1")])).expect("written").expect("made");
    let (connection, copy) = copy::copied(&registry.path).expect("copied").expect("no writer");
    let reading = Registry {
        path: registry.path.clone(),
        read_only: true,
        open: Mutex::new(Opened { connection, copy: Some(copy), copies: 0 }),
    };
    assert_eq!(reading.scenario("a").expect("read"), Some(made.clone()));
    let changes = reading.changes().expect("read");

    registry.create_scenario(&new("b", &[])).expect("written").expect("made");
    assert_eq!(reading.scenario_names().expect("read"), ["a", "b"]);
    assert_ne!(reading.changes().expect("read"), changes);
    let refused = reading.note_scenario(made.id, "note").expect_err("refused");
    assert!(matches!(refused, RegistryError::ReadOnly { .. }), "{refused}");
}

#[test]
fn a_kpi_that_an_earlier_version_may_have_rounded_is_recomputed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    let connection = Connection::open(&path).expect("open");
    for step in &STEPS[..4] {
        connection.execute_batch(step).expect("made");
    }
    connection.pragma_update(None, "user_version", 4).expect("written");
    connection
        .execute_batch(
            "INSERT INTO scenarios (id, name, type, created) VALUES (7, 'a', 'T', 5);
             INSERT INTO versions VALUES (1, 'T', 'h', 5, '', NULL, '{}');
             INSERT INTO submissions (id, scenario, status, started, duration, version, jobs)
                VALUES (9, 7, 'completed', 1, 2, 1, '[]');
             INSERT INTO kpis VALUES (9, 'small', 'c', 5.5, '', 'lower'), (9, 'large', 'c', 9007199254740992.0, '', 'lower'),
                (9, 'missing', 'c', NULL, '', 'lower');",
        )
        .expect("filled");
    drop(connection);
    let registry = Registry::open(&path).expect("opened");
    let known = |name| registry.known_kpi(name, "c", 1).expect("read");
    assert_eq!((known("small"), known("large"), known("missing")), (Some(Some(5.5.into())), None, None));
    assert_eq!(registry.kpis_of(9).expect("read").len(), 3);
    // If `exact` can't be parsed, reading fails instead of falling back to `value`.
    Connection::open(&path).expect("open").execute("UPDATE kpis SET exact = 'x'", ()).expect("written");
    assert!(registry.kpis_of(9).is_err());
}

#[test]
fn a_registry_of_an_older_version_is_read_without_writing_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    let connection = rusqlite::Connection::open(&path).expect("opened");
    connection.execute_batch(STEPS[0]).expect("made");
    connection.pragma_update(None, "user_version", 1).expect("made");
    drop(connection);
    let before = std::fs::read(&path).expect("bytes");
    let registry = Registry::open_to_read(&path).expect("opened");
    assert_eq!(registry.scenario_names().expect("read"), Vec::<String>::new());
    assert_eq!(std::fs::read(&path).expect("bytes"), before);
}

#[test]
fn file_contents_stay_known_when_their_folder_moves_with_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |project: &str| folder.path().join(project).join("data/x.csv");
    let registry = |project: &str| {
        Registry::open(&folder.path().join(project).join(".pipeline/registry.sqlite")).expect("a registry")
    };
    for below in ["data", ".pipeline"] {
        std::fs::create_dir_all(folder.path().join("a").join(below)).expect("a folder");
    }
    std::fs::write(file("a"), "x").expect("written");
    let (stamp, hash) = (Stamp::of(&file("a")).expect("a stamp"), Hash::of(b"x"));
    registry("a").remember_contents([KnownContent { path: file("a"), stamp, hash, read: 1 }]).expect("kept");
    std::fs::rename(folder.path().join("a"), folder.path().join("b")).expect("moved");
    let registry = registry("b");
    let stamp = Stamp::of(&file("b")).expect("a stamp");
    assert_eq!(registry.known_content(&file("b"), &stamp).expect("read"), Some((hash, 1)));
    assert_eq!(registry.known_content(&file("a"), &stamp).expect("read"), None, "the old path is unknown");
}

/// The reported waits.
static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn waiting_for_a_locked_registry_is_reported_once_after_a_second() {
    report_waits(|message| REPORTS.lock().expect("reports").push(message.to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.sqlite");
    let reports = || {
        let path = path.display().to_string();
        let reports = REPORTS.lock().expect("reports");
        reports.iter().filter(|report| report.contains(&path)).cloned().collect::<Vec<_>>()
    };
    let registry = Registry::open(&path).expect("opened");
    let other = rusqlite::Connection::open(&path).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let unlocking = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1_500));
        other.execute_batch("COMMIT").expect("unlocked");
    });
    let began = Instant::now();
    assert!(!registry.resolve_mismatch(1, 0).expect("written"), "no mismatch has this number");
    assert!(began.elapsed() >= Duration::from_secs(1), "it waited");
    unlocking.join().expect("unlocked");
    assert_eq!(reports().len(), 1, "{:?}", reports());
}
