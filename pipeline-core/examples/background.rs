//! A submission in the background: its events, its state, and its cancellation.

use skipstone::events::{Event, JobChange};
use skipstone::{CancelToken, Result, RunStatus, scenario, task, testing};
use std::time::Duration;

/// Counts up slowly, and stops when it is canceled.
#[task(skippable)]
fn count(up_to: u64) -> std::result::Result<u64, skipstone::data::Canceled> {
    let token = CancelToken::current();
    for _ in 0..up_to {
        token.check()?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(up_to)
}

#[task(skippable)]
fn double(number: u64) -> u64 {
    2 * number
}

scenario! { pub Counting { input up_to: u64 = 3; counted = count(up_to); doubled = double(counted); } }

fn main() -> Result<()> {
    let store = testing::store();
    let scenario = Counting::create(&store, "first")?;

    // The handle gives events while the program does something else.
    let running = scenario.submit_background()?;
    for event in running.events() {
        if let Event::Job(job) = event
            && let JobChange::Finished(report) = job.change
        {
            println!("{}: {}", report.name, report.status);
        }
    }
    let run = running.wait()?;
    println!("run {} ran {:?}, doubled: {}", run.id, run.ran(), scenario.doubled.read()?);

    // Cancel: a job that waits ends at once, a job that runs ends when its function asks.
    scenario.up_to.write(100_000)?;
    let running = scenario.submit_background()?;
    while !running.wait_timeout(Duration::from_millis(20)) {
        running.cancel();
    }
    assert_eq!(running.status(), RunStatus::Canceled);
    println!("{}", running.wait().expect_err("it was canceled"));
    Ok(())
}
