//! Unavailable inputs: only jobs that depend on them fail.

use skipstone::testing::{self, TemporaryStore};
use skipstone::{
    Error, File, JobStatus, Result, RunStatus, ScenarioType, Settings, Store, assert_ran, assert_skipped,
    jobs::Reason, questions::Decision, scenario, task,
};

#[task(skippable)]
fn length_of(file: &File) -> Result<u64, std::io::Error> {
    Ok(std::fs::metadata(file.path())?.len())
}

#[task(skippable)]
fn sent(length: u64, key: &str) -> String {
    format!("{length} with a key of {}", key.len())
}

#[task(skippable)]
fn added(first: u64, second: u64) -> u64 {
    first + second
}

scenario! {
    Lengths {
        input first: File = "nowhere/first.txt";
        input second: File = "nowhere/second.txt";
        #[secret]
        input api_key: String;
        first_length = length_of(first);
        second_length = length_of(second);
        total = added(first_length, second_length);
        sent = sent(first_length, key: api_key);
    }
}

/// Creates a scenario in which only the first file exists.
fn lengths(store: &TemporaryStore) -> (tempfile::TempDir, Lengths) {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = Lengths::create(store, "a").expect("created");
    std::fs::write(folder.path().join("first.txt"), "four").expect("written");
    scenario.first.write(File::new(folder.path().join("first.txt"))).expect("written");
    scenario.second.write(File::new(folder.path().join("second.txt"))).expect("written");
    (folder, scenario)
}

#[test]
fn jobs_that_depend_on_a_missing_file_fail_and_the_rest_runs() -> Result<()> {
    let store = testing::store();
    let (folder, scenario) = lengths(&store);
    let error = scenario.submit().expect_err("a file and a secret are missing");
    let run = error.run().expect("a run").clone();
    assert_eq!(run.status, RunStatus::Failed);
    assert_ran!(run, ["length_of (first_length)"]);
    let job = |name: &str| run.job(name).expect("a job");
    assert_eq!(job("length_of (second_length)").status, JobStatus::Failed);
    let message = &job("length_of (second_length)").error.as_ref().expect("an error").message;
    assert!(
        message.contains("input `second` of scenario `a`") && message.contains("second.txt"),
        "{message}"
    );
    assert_eq!(job("added").status, JobStatus::Abandoned);
    assert_eq!(job("sent").status, JobStatus::Failed);
    let message = &job("sent").error.as_ref().expect("an error").message;
    assert!(
        message.contains("`api_key`")
            && message.contains("set the environment variable PIPELINE_INPUT_API_KEY"),
        "{message}"
    );
    assert_eq!(scenario.first_length.read()?, 4);
    let message = scenario.total.read().expect_err("abandoned").to_string();
    assert!(message.contains("needs `length_of (second_length)`"), "{message}");
    // The recorded run has the same reasons and inputs.
    let kept = store.run(run.id)?;
    assert_eq!(kept.job("sent").expect("a job").reason, job("sent").reason);
    assert_eq!(kept.inputs.iter().map(|input| input.node.as_str()).collect::<Vec<_>>(), ["first"]);

    std::fs::write(folder.path().join("second.txt"), "fifth").expect("written");
    let run = scenario.submission().set("api_key", "secret")?.submit()?;
    assert_skipped!(run, ["length_of (first_length)"]);
    assert_eq!((scenario.total.read()?, scenario.sent.read()?), (9, "4 with a key of 6".into()));
    Ok(())
}

#[test]
fn plans_explanations_and_runs_of_other_nodes_need_no_secret() -> Result<()> {
    let store = testing::store();
    let (folder, scenario) = lengths(&store);
    std::fs::write(folder.path().join("second.txt"), "fifth").expect("written");
    let plan = scenario.plan()?;
    let decisions: Vec<_> = plan.jobs.iter().map(|job| (job.name.as_str(), job.decision)).collect();
    assert!(decisions.contains(&("sent", Decision::Fail)), "{decisions:?}");
    assert!(decisions.contains(&("length_of (first_length)", Decision::Run)), "{decisions:?}");
    assert!(decisions.contains(&("added", Decision::Run)), "{decisions:?}");
    assert_eq!(scenario.explain("total")?.decision, Decision::Run);
    let explanation = scenario.explain("sent")?;
    assert!(matches!(&explanation.reason, Reason::InputUnavailable { nodes, .. } if *nodes == ["api_key"]));

    let run = scenario.submission().to("total")?.submit()?;
    assert_eq!(run.status, RunStatus::Completed);
    assert!(run.job("sent").is_none());
    let run = scenario.submission().with_value("sent", "nothing".to_owned())?.submit()?;
    assert_eq!(run.status, RunStatus::Completed);
    assert!(scenario.is_submittable().is_possible());
    Ok(())
}

#[test]
fn a_submission_without_a_job_that_can_start_is_refused_and_records_no_run() {
    let store = testing::store();
    let scenario = Lengths::create(&store, "a").expect("created");
    let error = scenario.submit().expect_err("no input is available");
    let Error::NotSubmittable { reasons, .. } = &error else { panic!("{error}") };
    // Two files and the secret are missing.
    assert_eq!(reasons.len(), 3, "{error}");
    assert!(error.run().is_none() && store.runs(None).expect("runs").is_empty());
    assert_eq!(scenario.is_submittable().reasons().len(), 3);
    let error = scenario.submission().to("first_length").expect("a node").submit().expect_err("no file");
    assert!(matches!(&error, Error::InputFile { node, .. } if node == "first"), "{error}");
}

#[test]
fn a_secret_from_a_variable_that_is_not_set_names_the_variable() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lengths.toml");
    std::fs::write(&file, "store = \"store\"\ninputs.api_key = \"${SHOP_KEY}\"\n").expect("written");
    let settings = Settings::of("lengths").file(file).environment(&[]).load(Lengths::graph())?;
    let store = Store::open_with(&settings)?;
    let scenario = Lengths::create(&store, "a")?;
    std::fs::write(folder.path().join("first.txt"), "four").expect("written");
    scenario.first.write(File::new(folder.path().join("first.txt")))?;
    let error = scenario.submission().to("sent")?.submit().expect_err("no secret");
    let run = error.run().expect("a run");
    assert_ran!(run, ["length_of (first_length)"]);
    let message = &run.job("sent").expect("a job").error.as_ref().expect("an error").message;
    assert!(message.contains("SHOP_KEY"), "{message}");
    Ok(())
}
