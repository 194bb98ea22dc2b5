//! Scenarios and runs, as a program uses them.

use crate::client::request;
use crate::project::TestServer;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[test]
fn a_scenario_is_created_changed_run_and_compared() {
    let server = TestServer::new();
    let created = server.post("/scenarios", &json!({"name": "base", "note": "defaults", "tags": ["first"]}));
    assert_eq!((&created["name"], &created["tags"]), (&json!("base"), &json!(["first"])));
    let plan = server.post("/scenarios/base/plan", &json!({}));
    assert_eq!(plan["pending"], true);
    let run = server.finished(&server.post("/scenarios/base/runs", &json!({})));
    assert_eq!(run["status"], "completed");
    assert_eq!(run["jobs"].as_array().map(Vec::len), Some(4));

    let plan = server.post("/scenarios/base/plan", &json!({"inputs": {"limit": "7"}}));
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
    let nodes = server.get("/scenarios/base/nodes");
    assert_eq!(state(&nodes, "limit")["text"], "5", "a plan writes nothing");

    let again = server.finished(&server.post("/scenarios/base/runs", &json!({"inputs": {"limit": "7"}})));
    assert_eq!(TestServer::statuses(&again)[0], ("words".into(), "skipped".into()));
    assert_eq!(again["jobs"][0]["reason"]["text"], "result known");
    let nodes = server.get("/scenarios/base/nodes");
    assert_eq!(state(&nodes, "limit")["text"], "7");
    assert_eq!(state(&nodes, "limit")["from"]["kind"], "store");
    assert_eq!(state(&nodes, "verdict")["value"], "short");
    assert_eq!(state(&nodes, "verdict")["status"], "completed");

    let copy = server.post(
        "/scenarios/base/duplicate",
        &json!({"name": "loud", "inputs": {"tone": "loud", "limit": "2"}}),
    );
    assert_eq!(copy["origin"], "base");
    server.finished(&server.post("/scenarios/loud/runs", &json!({})));
    let comparison = server.get("/compare?scenario=base&scenario=loud&tables=true");
    let inputs: Vec<&Value> =
        comparison["inputs"].as_array().expect("inputs").iter().map(|it| &it["node"]).collect();
    assert_eq!(inputs, ["limit", "tone"]);
    assert_eq!(server.get("/kpis")["kpis"].as_array().map(Vec::len), Some(3));
    assert_eq!(server.get("/scenarios/base/nodes/verdict/history").as_array().map(Vec::len), Some(2));
    assert_eq!(server.get("/scenarios/base/nodes/verdict/lineage")["jobs"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.get("/scenarios/base/explain/verdict")["decision"], "skip");
    assert_eq!(server.get("/versions")["versions"].as_array().map(Vec::len), Some(1));

    let edits = server.get("/scenarios/base/edits?node=limit");
    let wrong = server.send("PUT", "/scenarios/base/inputs", &json!({"limit": "-1", "tone": "hoarse"}));
    assert_eq!(wrong.status, 422);
    let errors: Vec<String> = wrong.json()["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|it| it["message"].to_string())
        .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    "`-1` is not a valid `usize` for input `limit`: invalid value: integer `-1`, expected usize"
    "`hoarse` is not a valid `Tone` for input `tone`: unknown variant `hoarse`, expected one of `quiet`, `loud`, `angry`"
    "#);
    let reset = server.send("DELETE", "/scenarios/base/inputs/limit", &Value::Null).json();
    assert_eq!(state(&reset, "limit")["text"], "5");
    let back = server.post(&format!("/scenarios/base/edits/{}/revert", edits[0]["edit"]), &Value::Null);
    assert_eq!(state(&back, "limit")["text"], "7");

    let renamed = server
        .send("PATCH", "/scenarios/loud", &json!({"name": "louder", "add_tags": ["x"], "note": "n"}))
        .json();
    assert_eq!((&renamed["name"], &renamed["note"]), (&json!("louder"), &json!("n")));
    assert_eq!(server.get("/scenarios?name=lou*")["total"], 1);
    assert_eq!(server.send("DELETE", "/scenarios/louder", &Value::Null).status, 200);
    assert_eq!(server.get("/scenarios")["total"], 1);
}

#[test]
fn a_failed_job_reports_its_error_and_location() {
    let server = TestServer::new();
    server.post("/scenarios", &json!({"name": "a", "inputs": {"tone": "angry"}}));
    let run = server.finished(&server.post("/scenarios/a/runs", &json!({})));
    assert_eq!(run["status"], "failed");
    let job =
        run["jobs"].as_array().expect("jobs").iter().find(|job| job["name"] == "verdict").expect("a job");
    assert_eq!(job["error"]["message"], "too angry");
    assert!(
        job["file"].as_str().is_some_and(|file| file.ends_with("project.rs"))
            && job["line"].as_u64() > Some(1)
    );
    let nodes = server.get("/scenarios/a/nodes");
    let verdict =
        nodes.as_array().expect("nodes").iter().find(|node| node["node"] == "verdict").expect("a node");
    assert_eq!((&verdict["value"], &verdict["status"]), (&Value::Null, &json!("failed")));
    let preview = server.get("/scenarios/a/nodes/verdict/preview");
    assert_eq!(preview["kind"], "none");
}

/// Returns the events of the stream as they arrive.
fn listen(server: &TestServer) -> mpsc::Receiver<Value> {
    let (send, receive) = mpsc::channel();
    let mut stream = TcpStream::connect(server.address).expect("connected");
    stream
        .write_all(format!("GET /api/events HTTP/1.1\r\n{}\r\n", server.auth_headers()).as_bytes())
        .expect("sent");
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

/// Receives events until one matches, and returns them all.
fn receive_until(events: &mpsc::Receiver<Value>, matches: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut received = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let Ok(event) = events.recv_timeout(Duration::from_secs(30)) else { break };
        let found = matches(&event);
        received.push(event);
        if found {
            return received;
        }
    }
    panic!("no event matched: {received:?}");
}

#[test]
fn running_jobs_send_events_and_can_be_canceled() {
    let server = TestServer::new();
    server.post("/scenarios", &json!({"name": "slow", "inputs": {"milliseconds": "60000"}}));
    let events = listen(&server);
    let run = server.post("/scenarios/slow/runs", &json!({}));
    receive_until(&events, |event| event["job"] == "wait" && event["status"] == "running");
    let now = server.get(&format!("/runs/{}", run["run"]));
    assert_eq!((&now["status"], &now["here"]), (&json!("running"), &json!(true)));
    assert!(TestServer::statuses(&now).contains(&("wait".into(), "running".into())), "{now}");
    assert_eq!(server.send("POST", &format!("/runs/{}/cancel", run["run"]), &Value::Null).status, 202);
    let received =
        receive_until(&events, |event| event["event"] == "submission" && event["status"] == "canceled");
    let report = received
        .iter()
        .find(|event| event["job"] == "wait" && event["report"].is_object())
        .expect("a report");
    assert_eq!(report["report"]["status"], "canceled");
    let again = server.send("POST", &format!("/runs/{}/cancel", run["run"]), &Value::Null);
    assert_eq!(again.status, 409);
    assert_eq!(again.error(), "run 1 has already ended: it is canceled");
}

#[test]
fn changes_by_another_process_send_events() {
    let server = TestServer::new();
    let events = listen(&server);
    // Another handle of the store acts like another process: its events don't reach the server.
    let other = skipstone::Store::open(server.folder.path().join(".pipeline")).expect("a store");
    std::thread::sleep(Duration::from_millis(600));
    crate::project::Length::create(&other, "elsewhere").expect("created");
    receive_until(&events, |event| event["event"] == "store");
    assert_eq!(server.get("/scenarios")["total"], 1);
    std::fs::write(server.folder.path().join("talk.toml"), "name = \"Other\"\n").expect("written");
    let received = receive_until(&events, |event| event["event"] == "file");
    assert_eq!(received.last().map(|event| event["path"].clone()), Some(json!("talk.toml")));
}

#[test]
fn a_run_can_be_limited_to_a_selection_and_forced() {
    let server = TestServer::new();
    server.post("/scenarios", &json!({"name": "a"}));
    let selected = server.finished(&server.post("/scenarios/a/runs", &json!({"to": ["words"]})));
    assert_eq!(TestServer::statuses(&selected), [("words".to_owned(), "completed".to_owned())]);
    let forced = server.finished(&server.post("/scenarios/a/runs", &json!({"to": ["words"], "force": []})));
    assert_eq!(TestServer::statuses(&forced), [("words".to_owned(), "completed".to_owned())]);
    assert_eq!(forced["jobs"][0]["reason"]["kind"], "forced");
    let runs = server.get("/runs?scenario=a&limit=1");
    assert_eq!((&runs["runs"][0]["run"], &runs["more"]), (&json!(2), &json!(true)));
    assert_eq!(server.get("/runs?scenario=a&before=2")["runs"][0]["run"], 1);
}

#[test]
fn the_page_and_the_graph_exports_are_served() {
    let server = TestServer::new();
    for (path, holds) in [
        ("/", "<script"),
        ("/assets/studio.js", ""),
        ("/assets/studio.css", ""),
        ("/favicon.svg", "<svg"),
        ("/api/graph.svg?theme=dark", "words"),
        ("/api/graph.html?type=talk.toml", "judgement"),
    ] {
        let answer = request(server.address, "GET", path, &server.auth_headers(), "");
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains(holds), "{path}");
    }
}

#[test]
fn kpis_cover_the_latest_runs_and_the_best_of_all_runs() {
    let server = TestServer::new();
    server.post("/scenarios", &json!({"name": "a"}));
    for text in ["a b c", "a", "a b", "a b c d"] {
        server.finished(&server.post("/scenarios/a/runs", &json!({"inputs": {"text": text}})));
    }
    let runs = |kpis: &Value| -> Vec<i64> {
        kpis["kpis"].as_array().expect("a list").iter().filter_map(|point| point["run"].as_i64()).collect()
    };
    let latest = server.get("/kpis?scenario=a&limit=2");
    assert_eq!((runs(&latest), &latest["more"]), (vec![3, 4], &json!(true)));
    assert_eq!((&latest["best"][0]["run"], &latest["best"][0]["value"]), (&json!(2), &json!(1)));
    assert_eq!(latest["best"].as_array().map(Vec::len), Some(1));
    let all = server.get("/kpis");
    assert_eq!((runs(&all), &all["more"]), (vec![1, 2, 3, 4], &json!(false)));
}
