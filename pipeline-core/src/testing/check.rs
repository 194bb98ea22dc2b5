//! Assertions about a scenario before it runs, and about the jobs of a run.

use crate::engine::JobStatus;
use crate::report::{CheckText, RunText};
use crate::scenario::{Instance, Run, ScenarioType};

/// Asserts that a run called the functions of exactly these jobs, in any order.
///
/// ```
/// # use skipstone::{Store, assert_ran, assert_skipped, scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// # let store = testing::store();
/// # let scenario = Doubling::create(&store, "test")?;
/// assert_ran!(scenario.submit()?, ["double"]);
/// assert_skipped!(scenario.submit()?, ["double"]);
/// # Ok::<(), skipstone::Error>(())
/// ```
#[macro_export]
macro_rules! assert_ran {
    ($run:expr, $jobs:expr $(,)?) => {
        $crate::testing::check_ran(&$run, &$jobs)
    };
}

/// Asserts that exactly these jobs of a run were skipped because their results were known, in any order.
#[macro_export]
macro_rules! assert_skipped {
    ($run:expr, $jobs:expr $(,)?) => {
        $crate::testing::check_skipped(&$run, &$jobs)
    };
}

/// See [`assert_ran!`](crate::assert_ran).
///
/// # Panics
///
/// When the jobs that ran are not exactly these.
#[track_caller]
pub fn check_ran(run: &Run, jobs: &[&str]) {
    check_jobs(run, JobStatus::Completed, "run", jobs);
}

/// See [`assert_skipped!`](crate::assert_skipped).
///
/// # Panics
///
/// When the jobs that were skipped are not exactly these.
#[track_caller]
pub fn check_skipped(run: &Run, jobs: &[&str]) {
    check_jobs(run, JobStatus::Skipped, "skipped", jobs);
}

#[track_caller]
fn check_jobs(run: &Run, status: JobStatus, word: &str, expected: &[&str]) {
    let found: Vec<&str> =
        run.jobs.iter().filter(|job| job.status == status).map(|job| job.name.as_str()).collect();
    let missing: Vec<String> =
        expected.iter().filter(|job| !found.contains(job)).map(|job| format!("`{job}`")).collect();
    let surplus: Vec<String> =
        found.iter().filter(|job| !expected.contains(job)).map(|job| format!("`{job}`")).collect();
    if missing.is_empty() && surplus.is_empty() {
        return;
    }
    let mut words = Vec::new();
    if !missing.is_empty() {
        words.push(format!("expected but not {word}: {}", missing.join(", ")));
    }
    if !surplus.is_empty() {
        words.push(format!("{word} but not expected: {}", surplus.join(", ")));
    }
    panic!("{}\n{}", words.join("\n"), RunText::new(run));
}

/// Checks what can be checked of a scenario without running it: the wiring, the defaults, the headers of the files that they
/// name, and the query plans of the table tasks, over tables without rows.
///
/// ```no_run
/// # use skipstone::{scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// #[test]
/// fn nothing_is_wrong_before_it_runs() {
///     testing::check::<Doubling>();
/// }
/// ```
///
/// # Panics
///
/// When something is wrong, with the findings.
#[track_caller]
pub fn check<S: ScenarioType>() {
    let store = super::store();
    match Instance::unsaved(&store, S::graph(), "check").check() {
        Ok(check) if check.is_ok() => {}
        Ok(check) => panic!("{}", CheckText::new(&check)),
        Err(error) => panic!("{error}"),
    }
}
