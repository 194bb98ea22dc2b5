//! Programs that end, and stores that are removed or moved, in the middle of a run.

use skipstone::{JobStatus, Result, RunStatus, Store, jobs::Reason, scenario, task};
use std::path::Path;
use std::process::Command;

#[task]
fn ended(code: i32) -> i32 {
    std::process::exit(code)
}

#[task(timeout = "1m")]
fn ended_in_time(code: i32) -> i32 {
    std::process::exit(code)
}

scenario! {
    Ending {
        input code: i32 = 0;
        /// Ends the program, so `in_time` never runs.
        ended = ended(code);
        in_time = ended_in_time(ended);
    }
}

scenario! {
    EndingInTime {
        input code: i32 = 0;
        in_time = ended_in_time(code);
    }
}

/// The environment variable that makes this program run a scenario in the store that it names.
const STORE: &str = "ENDING_STORE";

#[test]
fn a_task_that_calls_exit_fails_its_run_and_the_program() -> Result<()> {
    if let Some(store) = std::env::var_os(STORE) {
        let store = Store::open(store)?;
        let submitted = match std::env::var_os("ENDING_IN_TIME") {
            None => Ending::create(&store, "a")?.submit(),
            Some(_) => EndingInTime::create(&store, "a")?.submit(),
        };
        panic!("the task ends the program: {submitted:?}");
    }
    for (variable, task) in [("NOTHING", "ended"), ("ENDING_IN_TIME", "ended_in_time")] {
        let folder = tempfile::tempdir().expect("a folder");
        let program = std::env::current_exe().expect("this program");
        let output = Command::new(program)
            .args(["--exact", "a_task_that_calls_exit_fails_its_run_and_the_program", "--nocapture"])
            .env(STORE, folder.path().join("store"))
            .env(variable, "1")
            .output()
            .expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.contains(&format!("task `{task}` ended the program with `std::process::exit`")),
            "{stderr}"
        );
        let store = Store::open(folder.path().join("store"))?;
        let run = store.run(1.into())?;
        assert_eq!(run.status, RunStatus::Failed);
        let job = run.job(task).expect("a job");
        assert_eq!((job.status, &job.reason), (JobStatus::Failed, &Reason::ProgramEnded));
    }
    Ok(())
}

#[task(skippable)]
fn removing(store: &str) -> std::result::Result<String, std::io::Error> {
    std::fs::remove_dir_all(store)?;
    Ok("removed".into())
}

#[task(skippable)]
fn after(removed: &str) -> String {
    format!("after it was {removed}")
}

scenario! {
    Removing {
        input store: String;
        removed = removing(store);
        after = after(removed);
    }
}

#[test]
fn a_store_that_is_removed_during_a_run_fails_the_run_and_is_not_created_again() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    {
        let store = Store::open(&path)?;
        let inputs = RemovingInputs { store: path.to_string_lossy().into_owned() };
        let error = Removing::create(&store, "a", inputs)?.submit().expect_err("no store for the result");
        assert!(error.to_string().contains("can't write"), "{error}");
    }
    assert!(!Path::new(&path).exists(), "{:?}", std::fs::read_dir(&path).map(Iterator::count));
    // The next run creates a new store.
    Store::open(&path)?;
    Ok(())
}

#[task(skippable)]
fn moving(from: &str, to: &str) -> std::result::Result<String, std::io::Error> {
    std::fs::rename(from, to)?;
    Ok("moved".into())
}

scenario! {
    Moving {
        input from: String;
        input to: String;
        moved = moving(from, to);
        after = after(moved);
    }
}

#[test]
fn a_store_that_moves_during_a_run_fails_the_run_and_leaves_nothing_at_its_old_path() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("store"), folder.path().join("moved"));
    {
        let store = Store::open(&from)?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let inputs = MovingInputs { from: text(&from), to: text(&to) };
        let error = Moving::create(&store, "a", inputs)?.submit().expect_err("no store for the result");
        assert!(error.to_string().contains("can't write"), "{error}");
    }
    assert!(!from.exists(), "{:?}", std::fs::read_dir(&from).map(Iterator::count));
    // At its new path the store is intact, and the remains of the run are swept.
    let store = Store::open(&to)?;
    assert_eq!(store.scenario_names()?, ["a"]);
    assert!(store.check()?.problems.is_empty());
    let sessions = std::fs::read_dir(to.join("tmp")).expect("a folder").count();
    assert_eq!(sessions, 2, "the folder and the lock of this session");
    Ok(())
}
