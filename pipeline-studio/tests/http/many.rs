//! Many scenarios, and little memory.

use crate::project::{Length, Place};
use serde_json::Value;

/// How many scenarios the issue of memory is measured with.
const MANY: usize = 10_000;

/// The memory of this process, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "takes a process of its own: .ci/run measures it"]
fn ten_thousand_scenarios_take_less_than_100_mib() {
    let place = Place::with(|path| {
        let store = skipstone::Store::open(path.join(".pipeline")).expect("a store");
        for n in 0..MANY {
            Length::create(&store, &format!("scenario {n:05}")).expect("made");
        }
    });
    for round in 0..20 {
        assert_eq!(place.get("/scenarios")["total"], MANY);
        let found = place.get(&format!("/scenarios?name=*{round:03}*&limit=50"));
        assert!(found["scenarios"].as_array().is_some_and(|found| !found.is_empty()));
        place.get("/scenarios?sort=created&descending=true&offset=9000&limit=500");
        place.get("/scenarios/scenario%2000007/nodes");
        place.get("/project");
    }
    let peak = resident();
    println!("peak with {MANY} scenarios: {} MiB", peak >> 10);
    assert!(peak < 100 << 10, "{} MiB", peak >> 10);
    assert_ne!(place.get("/runs"), Value::Null);
}
