//! Scenarios and runs, as a program sees them.

use crate::client::request;
use crate::project::Place;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[test]
fn a_scenario_is_made_changed_run_and_compared() {
    let place = Place::new();
    let made = place.post("/scenarios", &json!({"name": "base", "note": "as it comes", "tags": ["first"]}));
    assert_eq!((&made["name"], &made["tags"]), (&json!("base"), &json!(["first"])));
    let plan = place.post("/scenarios/base/plan", &json!({}));
    assert_eq!(plan["pending"], true);
    let run = place.finished(&place.post("/scenarios/base/runs", &json!({})));
    assert_eq!(run["status"], "completed");
    assert_eq!(run["jobs"].as_array().map(Vec::len), Some(4));

    let plan = place.post("/scenarios/base/plan", &json!({"inputs": {"limit": "7"}}));
    let decisions: Vec<&Value> =
        plan["jobs"].as_array().expect("jobs").iter().map(|job| &job["decision"]).collect();
    assert_eq!(decisions, ["skip", "run", "run", "skip"]);
    assert_eq!(plan["jobs"][1]["reason"]["text"], "input `limit` changed: 5 → 7");
    let state = |nodes: &Value, node: &str| {
        nodes
            .as_array()
            .and_then(|all| all.iter().find(|state| state["node"] == node).cloned())
            .expect("a node")
    };
    let nodes = place.get("/scenarios/base/nodes");
    assert_eq!(state(&nodes, "limit")["text"], "5", "a plan writes nothing");

    let again = place.finished(&place.post("/scenarios/base/runs", &json!({"inputs": {"limit": "7"}})));
    assert_eq!(Place::statuses(&again)[0], ("words".into(), "skipped".into()));
    assert_eq!(again["jobs"][0]["reason"]["text"], "result known");
    let nodes = place.get("/scenarios/base/nodes");
    assert_eq!(state(&nodes, "limit")["text"], "7");
    assert_eq!(state(&nodes, "limit")["from"]["kind"], "store");
    assert_eq!(state(&nodes, "verdict")["value"], "short");
    assert_eq!(state(&nodes, "verdict")["status"], "completed");

    let copy = place.post(
        "/scenarios/base/duplicate",
        &json!({"name": "loud", "inputs": {"tone": "loud", "limit": "2"}}),
    );
    assert_eq!(copy["origin"], "base");
    place.finished(&place.post("/scenarios/loud/runs", &json!({})));
    let comparison = place.get("/compare?scenario=base&scenario=loud&tables=true");
    let inputs: Vec<&Value> =
        comparison["inputs"].as_array().expect("inputs").iter().map(|it| &it["node"]).collect();
    assert_eq!(inputs, ["limit", "tone"]);
    assert_eq!(place.get("/kpis")["kpis"].as_array().map(Vec::len), Some(3));
    assert_eq!(place.get("/scenarios/base/nodes/verdict/history").as_array().map(Vec::len), Some(2));
    assert_eq!(place.get("/scenarios/base/nodes/verdict/lineage")["jobs"].as_array().map(Vec::len), Some(2));
    assert_eq!(place.get("/scenarios/base/explain/verdict")["decision"], "skip");
    assert_eq!(place.get("/versions")["versions"].as_array().map(Vec::len), Some(1));

    let edits = place.get("/scenarios/base/edits?node=limit");
    let wrong = place.ask("PUT", "/scenarios/base/inputs", &json!({"limit": "-1", "tone": "hoarse"}));
    assert_eq!(wrong.status, 422);
    let errors: Vec<String> = wrong.json()["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|it| it["message"].to_string())
        .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    "input `limit` is a `usize`, and `-1` is none: invalid value: integer `-1`, expected usize"
    "input `tone` is a `Tone`, and `hoarse` is none: unknown variant `hoarse`, expected one of `quiet`, `loud`, `angry`"
    "#);
    let reset = place.ask("DELETE", "/scenarios/base/inputs/limit", &Value::Null).json();
    assert_eq!(state(&reset, "limit")["text"], "5");
    let back = place.post(&format!("/scenarios/base/edits/{}/revert", edits[0]["edit"]), &Value::Null);
    assert_eq!(state(&back, "limit")["text"], "7");

    let renamed = place
        .ask("PATCH", "/scenarios/loud", &json!({"name": "louder", "add_tags": ["x"], "note": "n"}))
        .json();
    assert_eq!((&renamed["name"], &renamed["note"]), (&json!("louder"), &json!("n")));
    assert_eq!(place.get("/scenarios?name=lou*")["total"], 1);
    assert_eq!(place.ask("DELETE", "/scenarios/louder", &Value::Null).status, 200);
    assert_eq!(place.get("/scenarios")["total"], 1);
}

#[test]
fn a_failed_job_says_why_and_where() {
    let place = Place::new();
    place.post("/scenarios", &json!({"name": "a", "inputs": {"tone": "angry"}}));
    let run = place.finished(&place.post("/scenarios/a/runs", &json!({})));
    assert_eq!(run["status"], "failed");
    let job =
        run["jobs"].as_array().expect("jobs").iter().find(|job| job["name"] == "verdict").expect("a job");
    assert_eq!(job["error"]["message"], "nobody talks like this");
    assert!(
        job["file"].as_str().is_some_and(|file| file.ends_with("project.rs"))
            && job["line"].as_u64() > Some(1)
    );
    let nodes = place.get("/scenarios/a/nodes");
    let verdict =
        nodes.as_array().expect("nodes").iter().find(|node| node["node"] == "verdict").expect("a node");
    assert_eq!((&verdict["value"], &verdict["status"]), (&Value::Null, &json!("failed")));
    let preview = place.get("/scenarios/a/nodes/verdict/preview");
    assert_eq!(preview["kind"], "none");
}

/// The events of the stream, as they come.
fn listen(place: &Place) -> mpsc::Receiver<Value> {
    let (send, receive) = mpsc::channel();
    let mut stream = TcpStream::connect(place.address).expect("connected");
    stream.write_all(format!("GET /api/events HTTP/1.1\r\n{}\r\n", place.let_in()).as_bytes()).expect("sent");
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let event = line.strip_prefix("data: ").and_then(|data| serde_json::from_str(data).ok());
            if event.is_some_and(|event| send.send(event).is_err()) {
                break;
            }
        }
    });
    let hello: Value = receive.recv_timeout(Duration::from_secs(10)).expect("the first event");
    assert_eq!(hello["event"], "hello");
    receive
}

fn until(events: &mpsc::Receiver<Value>, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut heard = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let Ok(event) = events.recv_timeout(Duration::from_secs(30)) else { break };
        let found = wanted(&event);
        heard.push(event);
        if found {
            return heard;
        }
    }
    panic!("it did not come after {heard:?}");
}

#[test]
fn jobs_are_told_while_they_run_and_can_be_canceled() {
    let place = Place::new();
    place.post("/scenarios", &json!({"name": "slow", "inputs": {"milliseconds": "60000"}}));
    let events = listen(&place);
    let run = place.post("/scenarios/slow/runs", &json!({}));
    until(&events, |event| event["job"] == "wait" && event["status"] == "running");
    let now = place.get(&format!("/runs/{}", run["run"]));
    assert_eq!((&now["status"], &now["here"]), (&json!("running"), &json!(true)));
    assert!(Place::statuses(&now).contains(&("wait".into(), "running".into())), "{now}");
    assert_eq!(place.ask("POST", &format!("/runs/{}/cancel", run["run"]), &Value::Null).status, 202);
    let heard = until(&events, |event| event["event"] == "submission" && event["status"] == "canceled");
    let report =
        heard.iter().find(|event| event["job"] == "wait" && event["report"].is_object()).expect("a report");
    assert_eq!(report["report"]["status"], "canceled");
    let again = place.ask("POST", &format!("/runs/{}/cancel", run["run"]), &Value::Null);
    assert_eq!(again.status, 409);
    assert_eq!(again.error(), "run 1 is over: it is canceled");
}

#[test]
fn what_another_process_does_is_told() {
    let place = Place::new();
    let events = listen(&place);
    // Another handle on the store is as another process: it is not heard of.
    let other = skipstone::Store::open(place.folder.path().join(".pipeline")).expect("a store");
    std::thread::sleep(Duration::from_millis(600));
    crate::project::Length::create(&other, "elsewhere").expect("made");
    until(&events, |event| event["event"] == "store");
    assert_eq!(place.get("/scenarios")["total"], 1);
    std::fs::write(place.folder.path().join("talk.toml"), "name = \"Other\"\n").expect("written");
    let heard = until(&events, |event| event["event"] == "file");
    assert_eq!(heard.last().map(|event| event["path"].clone()), Some(json!("talk.toml")));
}

#[test]
fn a_run_can_be_a_part_and_can_be_forced() {
    let place = Place::new();
    place.post("/scenarios", &json!({"name": "a"}));
    let part = place.finished(&place.post("/scenarios/a/runs", &json!({"to": ["words"]})));
    assert_eq!(Place::statuses(&part), [("words".to_owned(), "completed".to_owned())]);
    let forced = place.finished(&place.post("/scenarios/a/runs", &json!({"to": ["words"], "force": []})));
    assert_eq!(Place::statuses(&forced), [("words".to_owned(), "completed".to_owned())]);
    assert_eq!(forced["jobs"][0]["reason"]["kind"], "forced");
    let runs = place.get("/runs?scenario=a&limit=1");
    assert_eq!((&runs["runs"][0]["run"], &runs["more"]), (&json!(2), &json!(true)));
    assert_eq!(place.get("/runs?scenario=a&before=2")["runs"][0]["run"], 1);
}

#[test]
fn the_page_and_the_drawings_are_served() {
    let place = Place::new();
    for (path, holds) in [
        ("/", "<script"),
        ("/assets/studio.js", ""),
        ("/assets/studio.css", ""),
        ("/favicon.svg", "<svg"),
        ("/api/graph.svg?theme=dark", "words"),
        ("/api/graph.html?type=talk.toml", "judgement"),
    ] {
        let answer = request(place.address, "GET", path, &place.let_in(), "");
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains(holds), "{path}");
    }
}

#[test]
fn kpis_are_those_of_the_latest_runs_and_the_best_of_all() {
    let place = Place::new();
    place.post("/scenarios", &json!({"name": "a"}));
    for text in ["a b c", "a", "a b", "a b c d"] {
        place.finished(&place.post("/scenarios/a/runs", &json!({"inputs": {"text": text}})));
    }
    let runs = |kpis: &Value| -> Vec<i64> {
        kpis["kpis"].as_array().expect("a list").iter().filter_map(|point| point["run"].as_i64()).collect()
    };
    let latest = place.get("/kpis?scenario=a&limit=2");
    assert_eq!((runs(&latest), &latest["more"]), (vec![3, 4], &json!(true)));
    assert_eq!((&latest["best"][0]["run"], &latest["best"][0]["value"]), (&json!(2), &json!(1)));
    assert_eq!(latest["best"].as_array().map(Vec::len), Some(1));
    let all = place.get("/kpis");
    assert_eq!((runs(&all), &all["more"]), (vec![1, 2, 3, 4], &json!(false)));
}
