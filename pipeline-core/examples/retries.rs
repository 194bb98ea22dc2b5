//! Retries and time limits: for services that fail now and then, and for calls that hang.

use skipstone::report::RunText;
use skipstone::{CancelToken, Result, scenario, task, testing};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Fails twice, then succeeds. The wait before a retry doubles each time, beginning with `backoff`.
#[task(skippable, retries = 3, backoff = "10ms")]
fn flaky(page: u32) -> std::result::Result<u32, String> {
    match CALLS.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err("503: try again".into()),
        _ => Ok(page * 100),
    }
}

/// Works for a minute, unless its time is up: a long loop asks the token now and then.
#[task(skippable, timeout = "50ms")]
fn slow(page: u32) -> std::result::Result<u32, skipstone::data::Canceled> {
    let token = CancelToken::current();
    for _ in 0..600 {
        token.check()?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(page)
}

scenario! {
    pub Service {
        input page: u32 = 3;
        answer = flaky(page);
        never = slow(page);
    }
}

fn main() -> Result<()> {
    let store = testing::store();
    let scenario = Service::create(&store, "first")?;
    let run = scenario.submission().to("answer")?.submit()?;
    println!("{}", RunText::new(&run));
    println!("answer: {} after {} calls", scenario.answer.read()?, CALLS.load(Ordering::Relaxed));

    let error = scenario.submit().expect_err("`slow` exceeds its time limit");
    println!("{error}");
    Ok(())
}
