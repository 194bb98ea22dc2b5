//! The memory usage of the server with many scenarios.

use crate::project::{Length, TestServer};
use serde_json::Value;

/// The number of scenarios that memory usage is measured with.
const MANY: usize = 10_000;

/// The peak memory usage of this process, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "needs a process of its own: .ci/run runs it"]
fn ten_thousand_scenarios_take_less_than_100_mib() {
    let server = TestServer::with(|path| {
        let store = skipstone::Store::open(path.join(".pipeline")).expect("a store");
        for n in 0..MANY {
            Length::create(&store, &format!("scenario {n:05}")).expect("made");
        }
    });
    for round in 0..20 {
        assert_eq!(server.get("/scenarios")["total"], MANY);
        let found = server.get(&format!("/scenarios?name=*{round:03}*&limit=50"));
        assert!(found["scenarios"].as_array().is_some_and(|found| !found.is_empty()));
        server.get("/scenarios?sort=created&descending=true&offset=9000&limit=500");
        server.get("/scenarios/scenario%2000007/nodes");
        server.get("/project");
    }
    let peak = peak_memory();
    println!("peak with {MANY} scenarios: {} MiB", peak >> 10);
    assert!(peak < 100 << 10, "{} MiB", peak >> 10);
    assert_ne!(server.get("/runs"), Value::Null);
}
