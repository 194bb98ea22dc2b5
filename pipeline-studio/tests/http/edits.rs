//! Editing scenario files, as the page does.

use crate::project::{FILE, TestServer};
use serde_json::{Value, json};

/// The draft after a change.
fn change(server: &TestServer, text: &str, change: &Value) -> Value {
    server.post("/drafts", &json!({"path": "talk.toml", "text": text, "change": change}))
}

fn text(draft: &Value) -> &str {
    draft["text"].as_str().expect("a string")
}

#[test]
fn a_scenario_is_built_saved_and_run() {
    let server = TestServer::new();
    let tasks = server.get("/tasks");
    assert_eq!(
        tasks[1]["signature"],
        "fn verdict(words: usize, limit: usize, tone: Tone) -> Result<String, String>"
    );
    let types = server.get("/input-types");
    assert!(
        types
            .as_array()
            .expect("types")
            .iter()
            .any(|it| it["type"] == "Tone" && it["shape"]["choices"][1] == "loud")
    );

    let new = server.post("/files", &json!({"path": "more/own.toml", "name": "Own"}));
    let mut draft = server.post("/drafts", &json!({"path": "more/own.toml", "text": new["text"]}));
    let steps = [
        json!({"kind": "add_task", "function": "words", "outputs": ["count"]}),
        json!({"kind": "add_input", "input": "speech", "type": "String", "default": "a b c"}),
        json!({"kind": "connect", "output": "count", "parameter": "text", "node": "speech"}),
        json!({"kind": "set_docs", "node": "speech", "docs": "The speech."}),
        json!({"kind": "rename", "node": "speech", "to": "talk"}),
        json!({"kind": "set_skippable", "output": "count", "skippable": false}),
    ];
    let mut runnable = Vec::new();
    for step in steps {
        draft =
            server.post("/drafts", &json!({"path": "more/own.toml", "text": draft["text"], "change": step}));
        runnable.push(draft["runnable"].as_bool().unwrap_or_default());
    }
    assert_eq!(runnable, [false, false, true, true, true, true]);
    insta::assert_snapshot!(text(&draft));
    let saved =
        server.send("PUT", "/files/more/own.toml", &json!({"text": draft["text"], "base": new["hash"]}));
    assert_eq!(saved.status, 200, "{}", saved.body);
    server.post("/scenarios?type=more/own.toml", &json!({"name": "own"}));
    let run = server.finished(&server.post("/scenarios/own/runs?type=more/own.toml", &json!({})));
    assert_eq!(
        (&run["status"], &run["jobs"][0]["outputs"][0]["summary"]),
        (&json!("completed"), &json!("3"))
    );
}

#[test]
fn a_wrong_type_and_a_cycle_are_refused_with_the_reason() {
    let server = TestServer::new();
    let refused = |change: Value| {
        let answer =
            server.send("POST", "/drafts", &json!({"path": "talk.toml", "text": FILE, "change": change}));
        assert_eq!(answer.status, 422);
        answer.error()
    };
    let errors = [
        refused(json!({"kind": "connect", "output": "judgement", "parameter": "tone", "node": "limit"})),
        refused(json!({"kind": "connect", "output": "count", "parameter": "text", "node": "judgement"})),
        refused(json!({"kind": "connect", "output": "count", "parameter": "text", "node": "missing"})),
        refused(json!({"kind": "rename", "node": "text", "to": "count"})),
        refused(json!({"kind": "rename", "node": "text", "to": "  "})),
        refused(json!({"kind": "set_default", "input": "limit", "text": "many"})),
        refused(json!({"kind": "set_default", "input": "tone", "text": "hoarse"})),
        refused(json!({"kind": "add_input", "input": "count", "type": "f64"})),
        refused(json!({"kind": "add_task", "function": "words", "outputs": ["count"]})),
        refused(json!({"kind": "remove_input", "input": "missing"})),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn problems_are_reported_with_their_position_and_element() {
    let server = TestServer::new();
    let removed = change(&server, FILE, &json!({"kind": "remove_input", "input": "limit"}));
    assert!(text(&removed).contains("# three of them"), "comments stay");
    assert_eq!(removed["runnable"], false);
    insta::assert_json_snapshot!(removed["problems"]);
    let call =
        removed["graph"]["calls"].as_array().expect("calls").iter().find(|call| call["task"] == "verdict");
    assert!(call.is_some_and(|call| call["problems"][0].is_string()));
    let odd = change(
        &server,
        FILE,
        &json!({"kind": "connect", "output": "judgement", "parameter": "limit", "node": null}),
    );
    assert_eq!(odd["graph"]["calls"].as_array().map(Vec::len), Some(2));
    assert!(text(&odd).contains("words = \"count\""), "{}", text(&odd));
    let broken = server.post("/drafts", &json!({"path": "talk.toml", "text": "name = "}));
    assert_eq!(broken["problems"][0]["line"], 1);
}

#[test]
fn a_file_that_changed_on_disk_is_overwritten_only_on_request() {
    let server = TestServer::new();
    let read = server.get("/files/talk.toml");
    let theirs = format!("{FILE}\n# theirs\n");
    std::fs::write(server.folder.path().join("talk.toml"), &theirs).expect("written");
    let ours = format!("{FILE}\n# ours\n");
    let answer = server.send("PUT", "/files/talk.toml", &json!({"text": ours, "base": read["hash"]}));
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("changed_on_disk")));
    assert_eq!(answer.json()["disk"]["text"], theirs);
    assert_eq!(std::fs::read_to_string(server.folder.path().join("talk.toml")).expect("there"), theirs);
    let overwritten = server.send(
        "PUT",
        "/files/talk.toml",
        &json!({"text": ours, "base": read["hash"], "overwrite": true}),
    );
    assert_eq!(overwritten.status, 200);
    assert_eq!(std::fs::read_to_string(server.folder.path().join("talk.toml")).expect("there"), ours);
    // A settings file is not a scenario file.
    std::fs::write(server.folder.path().join("settings.toml"), "[settings]\nworkers = 1\n").expect("written");
    let hash = server.get("/files/settings.toml")["hash"].clone();
    let answer = server.send("PUT", "/files/settings.toml", &json!({"text": FILE, "base": hash}));
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[test]
fn a_copy_of_the_programs_own_type_can_be_edited() {
    let server = TestServer::new();
    let copy = server.post("/files", &json!({"path": "copy.toml", "name": "Copy", "from": "program"}));
    assert!(
        copy["text"]
            .as_str()
            .is_some_and(|text| text.contains("name = \"Copy\"") && text.contains("[inputs.tone]"))
    );
    let again = server.send("POST", "/files", &json!({"path": "copy.toml", "name": "Copy"}));
    assert_eq!(again.status, 409);
    let project = server.get("/project");
    let types: Vec<&Value> = project["types"].as_array().expect("types").iter().map(|it| &it["id"]).collect();
    assert_eq!(types, ["program", "copy.toml", "talk.toml"]);
}

#[test]
fn positions_of_elements_are_saved_in_the_project() {
    let server = TestServer::new();
    let before = server.get("/graph");
    let put = json!({"positions": {"node:text": [12.4, -30], "call:words": [200, 0]}});
    assert_eq!(server.send("PUT", "/positions", &put).status, 200);
    let file = std::fs::read_to_string(server.folder.path().join("studio.toml")).expect("written");
    insta::assert_snapshot!(file);
    std::fs::write(server.folder.path().join("studio.toml"), format!("# ours\n{file}")).expect("written");
    assert_eq!(server.send("PUT", "/positions?type=talk.toml", &put).status, 200);
    let after = server.get("/graph");
    let rect = |graph: &Value| graph["nodes"][0]["rect"].clone();
    assert_ne!(rect(&before), rect(&after));
    assert_eq!((&rect(&after)["x"], &rect(&after)["y"]), (&json!(12.0), &json!(-30.0)));
    assert_eq!(server.send("PUT", "/positions", &json!({"positions": {}})).status, 200);
    assert_eq!(rect(&server.get("/graph")), rect(&before));
    let file = std::fs::read_to_string(server.folder.path().join("studio.toml")).expect("there");
    assert!(file.starts_with("# ours\n") && file.contains("talk.toml"), "{file}");
    let far = server.send("PUT", "/positions", &json!({"positions": {"node:text": [1e300, 0]}}));
    assert_eq!(far.status, 422);
}

#[test]
fn the_programs_own_files_are_not_scenario_files() {
    let server = TestServer::new();
    for path in ["talk.toml/../talk-settings.toml", "talk-settings.toml", "studio.toml"] {
        let answer = server.send("PUT", &format!("/files/{path}"), &json!({"text": FILE, "base": ""}));
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        let answer = server.send("POST", "/files", &json!({"path": path, "name": "A"}));
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
    }
    // A scenario file can't be turned into another kind of file either.
    let read = server.get("/files/talk.toml");
    let answer =
        server.send("PUT", "/files/talk.toml", &json!({"text": "store = \"/tmp\"\n", "base": read["hash"]}));
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[test]
fn an_empty_file_is_listed_and_line_endings_are_kept() {
    let server = TestServer::new();
    server.post("/files", &json!({"path": "empty.toml", "name": "Empty"}));
    assert!(server.get("/project").to_string().contains("empty.toml"));
    let windows = FILE.replace('\n', "\r\n");
    let changed = change(&server, &windows, &json!({"kind": "set_default", "input": "limit", "text": "3"}));
    assert_eq!(text(&changed), windows.replace("default = 2", "default = 3"));
}

#[test]
fn a_file_with_thousands_of_errors_is_answered_soon() {
    let server = TestServer::new();
    let inputs: String = (0..6_000).map(|n| format!("[inputs.i{n}]\ntype = \"f64\"\n")).collect();
    let begun = std::time::Instant::now();
    let draft =
        server.post("/drafts", &json!({"path": "talk.toml", "text": format!("name = \"A\"\n{inputs}")}));
    assert_eq!(draft["problems"].as_array().map(Vec::len), Some(200));
    println!("6,000 errors took {:?}", begun.elapsed());
}
