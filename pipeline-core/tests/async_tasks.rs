//! Tasks that are `async` functions.

use skipstone::executor::use_current_runtime;
use skipstone::{Result, assert_ran, assert_skipped, scenario, task, testing};
use std::time::Duration;

/// Doubles a number after a while.
#[task(skippable)]
async fn double(x: f64) -> f64 {
    tokio::time::sleep(Duration::from_millis(5)).await;
    2.0 * x
}

/// Reads what a server of this machine sends.
#[task(skippable)]
async fn received(address: &str, expected: &[f64]) -> Result<(String, usize), std::io::Error> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.readable().await?;
    let mut bytes = [0; 16];
    let count = stream.try_read(&mut bytes)?;
    Ok((String::from_utf8_lossy(&bytes[..count]).into_owned(), expected.len()))
}

scenario! {
    Doubling {
        input x: f64 = 1.5;
        doubled = double(x);
        again = double(doubled);
    }
}

scenario! {
    Receiving {
        input address: String;
        input expected: Vec<f64> = vec![1.0];
        (text, count) = received(address, expected);
    }
}

#[test]
fn an_async_task_is_skipped_like_any_other() {
    let store = testing::store();
    let scenario = Doubling::create(&store, "a").expect("created");
    assert_ran!(scenario.submit().expect("a run"), ["double (doubled)", "double (again)"]);
    assert_eq!(scenario.again.read().expect("a value"), 6.0);
    assert_skipped!(scenario.submit().expect("a run"), ["double (doubled)", "double (again)"]);
    // Its function can be replaced by one that is not.
    let submission = scenario.submission().with_task::<double>(|x| x).expect("a task");
    submission.submit().expect("a run");
    assert_eq!(scenario.again.read().expect("a value"), 1.5);
}

#[test]
fn an_async_task_reads_from_the_network_and_fails_with_its_error() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address").to_string();
    let serving = std::thread::spawn(move || {
        use std::io::Write;
        server.accept().expect("a client").0.write_all(b"hello").expect("written");
    });
    let store = testing::store();
    let inputs = ReceivingInputs { address };
    let scenario = Receiving::create(&store, "a", inputs).expect("created");
    scenario.submit().expect("a run");
    assert_eq!(scenario.text.read().expect("a value"), "hello");
    serving.join().expect("served");
    scenario.address.write("127.0.0.1:1".into()).expect("written");
    let error = scenario.submit().expect_err("no server").to_string();
    assert!(error.contains("refused"), "{error}");
}

fn submitted() -> usize {
    let store = testing::store();
    let scenario = Doubling::create(&store, "a").expect("created");
    scenario.submit().expect("a run").ran().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_may_be_made_in_an_async_function() {
    assert_eq!(submitted(), 2);
}

#[tokio::test]
async fn a_submission_may_be_made_on_a_runtime_of_one_thread() {
    assert_eq!(submitted(), 2);
}

#[tokio::test]
#[should_panic(expected = "async tasks need a multi-threaded runtime")]
async fn a_runtime_of_one_thread_is_refused() {
    use_current_runtime();
}
