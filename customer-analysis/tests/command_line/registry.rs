//! Scenarios, runs and lineage on the command line; the tour shows their output.

use crate::place::Place;
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn events_are_lines_of_json_from_the_first_to_the_last() {
    let place = Place::new();
    let out = place.run(&["run", "--events"]).code(0).out;
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&events[0]["event"], &events[0]["status"]), (&"submission".into(), &"running".into()));
    let last = events.last().expect("events");
    assert_eq!(
        (&last["event"], &last["status"], &last["jobs"]),
        (&"submission".into(), &"completed".into(), &4.into())
    );
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    assert_eq!(of("node"), 4);
    let finished: Vec<&Value> = events.iter().filter(|event| event["report"].is_object()).collect();
    assert_eq!(finished.len(), 4);
    assert_eq!(finished[0]["report"]["reason"]["text"], "first run");
    assert!(events.iter().all(|event| event["at_us"].as_i64().is_some_and(|at| at > 0)));
    // A failure is an event, and the exit code is the same as without `--events`.
    let bad = place.customers("bad.csv", "1,x,2,3,4\n");
    let failed = place.run(&["run", "--events", "--set", &bad]).code(1);
    assert!(failed.out.lines().any(|line| line.contains("\"status\":\"failed\"")), "{}", failed.out);
    failed.error(&["bad.csv: line 2: column `TotalPurchaseAmount`"]);
    place.run(&["run", "--events", "--json"]).code(2);
}

#[test]
fn impossible_operations_are_reported_and_nothing_is_changed() {
    let place = Place::new();
    place.run(&["create", "a", "--set", "metric=median"]).code(0);
    place.run(&["create", "a"]).code(2).error(&["already has a scenario `a`"]);
    place.run(&["create", "b", "--set", "metric=best"]).code(2).error(&["input `metric`"]);
    place.run(&["create", "b", "--tag", ""]).code(2).error(&["is not a valid tag"]);
    place.run(&["create", "b", "--property", " =x"]).code(2);
    place.run(&["duplicate", "a", "b", "--set", "matric=mean"]).code(2).error(&["did you mean `metric`?"]);
    place.run(&["show", "b"]).code(2).error(&["no scenario `b`"]);
    place.run(&["rename", "b", "c"]).code(2).error(&["no scenario `b`"]);
    place.run(&["delete", "b", "--yes"]).code(2).error(&["no scenario `b`"]);
    place.run(&["compare", "a"]).code(2);
    place.run(&["compare", "a", "a"]).code(2).error(&["scenario `a` has no runs yet: run it first"]);
    place.run(&["runs", "7"]).code(2).error(&["no run 7"]);
    place.run(&["versions", "diff", "1", "9"]).code(2).error(&["no version 9"]);
    place.run(&["--scenario", "a", "revert", "9"]).code(2).error(&["no edit 9"]);
    place.run(&["list", "--since", "yesterday"]).code(2).error(&["expected a date (2026-11-22)"]);
    place.run(&["list", "--status", "done"]).code(2).error(&["expected running, completed"]);
    // Reverting to the value that is already set is reported like any other edit.
    place.run(&["--scenario", "a", "plan"]).code(0);
    let reverted = place.run(&["--scenario", "a", "revert", "1"]).code(0).out;
    assert!(reverted.contains("input `metric` of scenario `a` is now median"), "{reverted}");
    fs::write(place.path("foreign"), "no scenario").expect("written");
    place
        .run(&["import", "foreign"])
        .code(2)
        .error(&["can't import foreign: it is not an exported scenario"]);
    place.run(&["export", "a", "no/such/folder"]).code(2).error(&["can't export to no/such/folder"]);
    place
        .run(&["--scenario", "a", "run", "--to", "segment_reslt"])
        .code(2)
        .error(&["did you mean `segment_result`?"]);
    place.run(&["--scenario", "a", "run", "--from", "segment_result"]).code(2).error(&["it needs job `"]);
    place
        .run(&["--scenario", "a", "run", "--from", "high_value_summary_df"])
        .code(2)
        .error(&["nothing to run"]);
    assert_eq!(place.run(&["list", "--json"]).code(0).json()["scenarios"].as_array().map(Vec::len), Some(1));
    let deletion = place.run(&["delete", "a"]).code(3).out;
    assert!(deletion.contains("nothing is deleted yet"), "{deletion}");
    place.run(&["show", "a"]).code(0);
    place.run(&["delete", "a", "--yes"]).code(0);
    place.run(&["show", "a"]).code(2);
}

#[test]
fn every_command_prints_json_if_requested() {
    let place = Place::new();
    place.run(&[]).code(0);
    place.run(&["duplicate", "default", "b"]).code(0);
    place.run(&["--scenario", "b"]).code(0);
    for (arguments, field) in [
        (&["list"][..], "scenarios"),
        (&["show", "b"], "origin"),
        (&["runs"], "runs"),
        (&["runs", "1"], "inputs"),
        (&["edits"], "edits"),
        (&["kpis", "--all"], "kpis"),
        (&["history", "metric"], "runs"),
        (&["lineage", "segment_result"], "jobs"),
        (&["lineage", "--forward", "scored_df"], "descendants"),
        (&["compare", "default", "b"], "nodes"),
        (&["versions"], "versions"),
        (&["versions", "diff", "1", "1"], "changes"),
        (&["tag", "b", "x"], "tags"),
        (&["export", "b", "b.pipeline"], "objects"),
        (&["import", "b.pipeline", "--as", "c"], "records"),
        (&["delete", "c", "--yes"], "deleted"),
    ] {
        let json = place.run(&[arguments, &["--json"]].concat()).code(0).json();
        assert!(json["format"] == 1 && !json[field].is_null(), "{arguments:?}: {json}");
    }
}

#[test]
fn a_custom_comparison_is_part_of_compare() {
    let place = Place::new();
    place.run(&[]).code(0);
    place.run(&["duplicate", "default", "b", "--set", "payment_threshold=1600"]).code(0);
    place.run(&["--scenario", "b"]).code(0);
    let compared = place.run(&["compare", "default", "b"]).code(0).out;
    assert!(compared.contains("difference in high spenders of default and b: -4904"), "{compared}");
    let json = place.run(&["compare", "default", "b", "--json", "--no-rows"]).code(0).json();
    assert_eq!(json["nodes"][2]["compared"][0]["values"], serde_json::json!([0, -4904]));
    let markdown = place.run(&["compare", "1", "2", "--format", "markdown"]).code(0).out;
    assert!(markdown.contains("| payment_threshold | 1000 | 1600 |"), "{markdown}");
}

#[test]
fn lineage_is_sent_to_a_service_event_by_event() {
    let place = Place::new();
    place.run(&[]).code(0);
    let service = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api/v1/lineage", service.local_addr().expect("an address"));
    let taking = std::thread::spawn(move || {
        let mut events: Vec<Value> = Vec::new();
        while events.len() < 10 {
            let (mut stream, _) = service.accept().expect("a connection");
            // One connection may carry several requests.
            while events.len() < 10 {
                let Some(body) = request(&mut stream) else { break };
                events.push(serde_json::from_slice(&body).expect("JSON"));
                stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").expect("answered");
            }
        }
        events
    });
    let done =
        place.run(&["lineage", "--format", "openlineage", "--to", &url, "--namespace", "shop"]).code(0);
    assert!(done.err.contains("sent: 10 events to http://127.0.0.1"), "{}", done.err);
    let events = taking.join().expect("events");
    assert_eq!(events[0]["eventType"], "START");
    assert!(events.iter().all(|event| event["job"]["namespace"] == "shop"));

    let refused = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    place
        .run(&["lineage", "--format", "openlineage", "--to", &format!("http://{refused}/")])
        .code(2)
        .error(&["can't send event 1 of 10 to http://127.0.0.1"]);
    place.run(&["lineage", "--to", "http://127.0.0.1:1/"]).code(2).error(&["add --format openlineage"]);
    let https = place.run(&["lineage", "--format", "openlineage", "--to", "https://example.com/"]).code(2);
    https.error(&["only http:// addresses are supported"]);
}

/// Reads the body of the next request on a connection; `None` if there is none.
fn request(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let mut body = vec![0; length.trim().parse().expect("a number")];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

#[test]
fn names_are_completed_from_the_given_store() {
    let place = Place::new();
    for name in ["baseline", "best case", "other"] {
        place.run(&["--store", "elsewhere", "create", name, "--tag", "weekly"]).code(0);
    }
    let complete = |words: &[&str]| -> Vec<String> {
        let mut command = place.command(&[]);
        command.arg("--").arg("customer-analysis").args(words);
        command
            .env("COMPLETE", "bash")
            .env("_CLAP_IFS", "\n")
            .env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        let out = command.output().expect("the program starts");
        String::from_utf8(out.stdout).expect("text").lines().map(|line| line.trim().to_owned()).collect()
    };
    assert_eq!(complete(&["--store", "elsewhere", "show", "b"]), ["baseline", "best case"]);
    assert_eq!(complete(&["--store=elsewhere", "tag", "other", "w"]), ["weekly"]);
    assert_eq!(complete(&["show", "b"]), [""; 0], "the store in this folder has no scenarios");
    assert_eq!(complete(&["read", "seg"]), ["segmented_customer_df", "segment_result"]);
    assert_eq!(complete(&["run", "--to", "sco"]), ["scored_df"]);
    assert_eq!(complete(&["--set", "met"]), ["metric="]);
    assert!(!place.path(".pipeline").exists(), "completion creates no store");
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).code(0).out.contains("customer-analysis"), "{shell}");
    }
}

#[test]
#[cfg(unix)]
fn an_export_replaces_the_target_of_a_link_but_not_a_device() {
    let place = Place::new();
    place.run(&["create", "a"]).code(0);
    fs::write(place.path("real"), "old").expect("written");
    std::os::unix::fs::symlink("real", place.path("link")).expect("a link");
    place.run(&["export", "a", "link"]).code(0);
    assert!(place.path("link").symlink_metadata().expect("there").is_symlink());
    assert!(fs::metadata(place.path("real")).expect("there").len() > 1_000);
    place.run(&["export", "a", "."]).code(2).error(&["can't export to .: it is a folder"]);
    place.run(&["import", "real", "--as", "b"]).code(0);
    let device = place.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&device).status().expect("mkfifo").success());
    let read = device.clone();
    let reader = std::thread::spawn(move || fs::read(read).expect("read").len());
    place.run(&["export", "a", "pipe"]).code(0);
    assert!(reader.join().expect("read") > 1_000 && !fs::metadata(&device).expect("there").is_file());
}
