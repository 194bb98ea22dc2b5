//! Scenario files, as the page edits them.

use crate::project::{FILE, Place};
use serde_json::{Value, json};

/// The text after a change.
fn change(place: &Place, text: &str, change: &Value) -> Value {
    place.post("/drafts", &json!({"path": "talk.toml", "text": text, "change": change}))
}

fn text(draft: &Value) -> &str {
    draft["text"].as_str().expect("a text")
}

#[test]
fn a_scenario_is_put_together_saved_and_run_at_once() {
    let place = Place::new();
    let tasks = place.get("/tasks");
    assert_eq!(
        tasks[1]["signature"],
        "fn verdict(words: usize, limit: usize, tone: Tone) -> Result<String, String>"
    );
    let types = place.get("/input-types");
    assert!(
        types
            .as_array()
            .expect("types")
            .iter()
            .any(|it| it["type"] == "Tone" && it["shape"]["choices"][1] == "loud")
    );

    let new = place.post("/files", &json!({"path": "more/own.toml", "name": "Own"}));
    let mut draft = place.post("/drafts", &json!({"path": "more/own.toml", "text": new["text"]}));
    let steps = [
        json!({"kind": "add_task", "function": "words", "outputs": ["count"]}),
        json!({"kind": "add_input", "input": "speech", "type": "String", "default": "a b c"}),
        json!({"kind": "connect", "output": "count", "parameter": "text", "node": "speech"}),
        json!({"kind": "set_docs", "node": "speech", "docs": "What was said."}),
        json!({"kind": "rename", "node": "speech", "to": "talk"}),
        json!({"kind": "set_skippable", "output": "count", "skippable": false}),
    ];
    let mut runnable = Vec::new();
    for step in steps {
        draft =
            place.post("/drafts", &json!({"path": "more/own.toml", "text": draft["text"], "change": step}));
        runnable.push(draft["runnable"].as_bool().unwrap_or_default());
    }
    assert_eq!(runnable, [false, false, true, true, true, true]);
    insta::assert_snapshot!(text(&draft));
    let saved =
        place.ask("PUT", "/files/more/own.toml", &json!({"text": draft["text"], "base": new["hash"]}));
    assert_eq!(saved.status, 200, "{}", saved.body);
    place.post("/scenarios?type=more/own.toml", &json!({"name": "own"}));
    let run = place.finished(&place.post("/scenarios/own/runs?type=more/own.toml", &json!({})));
    assert_eq!(
        (&run["status"], &run["jobs"][0]["outputs"][0]["summary"]),
        (&json!("completed"), &json!("3"))
    );
}

#[test]
fn a_wrong_type_and_a_cycle_are_not_connected_and_say_why() {
    let place = Place::new();
    let refused = |change: Value| {
        let answer =
            place.ask("POST", "/drafts", &json!({"path": "talk.toml", "text": FILE, "change": change}));
        assert_eq!(answer.status, 422);
        answer.error()
    };
    let said = [
        refused(json!({"kind": "connect", "output": "judgement", "parameter": "tone", "node": "limit"})),
        refused(json!({"kind": "connect", "output": "count", "parameter": "text", "node": "judgement"})),
        refused(json!({"kind": "connect", "output": "count", "parameter": "text", "node": "nobody"})),
        refused(json!({"kind": "rename", "node": "text", "to": "count"})),
        refused(json!({"kind": "rename", "node": "text", "to": "  "})),
        refused(json!({"kind": "set_default", "input": "limit", "text": "many"})),
        refused(json!({"kind": "set_default", "input": "tone", "text": "hoarse"})),
        refused(json!({"kind": "add_input", "input": "count", "type": "f64"})),
        refused(json!({"kind": "add_task", "function": "words", "outputs": ["count"]})),
        refused(json!({"kind": "remove_input", "input": "nobody"})),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_its_element() {
    let place = Place::new();
    let removed = change(&place, FILE, &json!({"kind": "remove_input", "input": "limit"}));
    assert!(text(&removed).contains("# three of them"), "comments stay");
    assert_eq!(removed["runnable"], false);
    insta::assert_json_snapshot!(removed["problems"]);
    let call =
        removed["graph"]["calls"].as_array().expect("calls").iter().find(|call| call["task"] == "verdict");
    assert!(call.is_some_and(|call| call["problems"][0].is_string()));
    let odd = change(
        &place,
        FILE,
        &json!({"kind": "connect", "output": "judgement", "parameter": "limit", "node": null}),
    );
    assert_eq!(odd["graph"]["calls"].as_array().map(Vec::len), Some(2));
    assert!(text(&odd).contains("words = \"count\""), "{}", text(&odd));
    let broken = place.post("/drafts", &json!({"path": "talk.toml", "text": "name = "}));
    assert_eq!(broken["problems"][0]["line"], 1);
}

#[test]
fn a_file_that_changed_on_disk_is_not_overwritten_unasked() {
    let place = Place::new();
    let read = place.get("/files/talk.toml");
    let theirs = format!("{FILE}\n# theirs\n");
    std::fs::write(place.folder.path().join("talk.toml"), &theirs).expect("written");
    let ours = format!("{FILE}\n# ours\n");
    let answer = place.ask("PUT", "/files/talk.toml", &json!({"text": ours, "base": read["hash"]}));
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("changed_on_disk")));
    assert_eq!(answer.json()["disk"]["text"], theirs);
    assert_eq!(std::fs::read_to_string(place.folder.path().join("talk.toml")).expect("there"), theirs);
    let asked =
        place.ask("PUT", "/files/talk.toml", &json!({"text": ours, "base": read["hash"], "overwrite": true}));
    assert_eq!(asked.status, 200);
    assert_eq!(std::fs::read_to_string(place.folder.path().join("talk.toml")).expect("there"), ours);
    // The settings are no scenario file.
    std::fs::write(place.folder.path().join("settings.toml"), "[settings]\nworkers = 1\n").expect("written");
    let hash = place.get("/files/settings.toml")["hash"].clone();
    let answer = place.ask("PUT", "/files/settings.toml", &json!({"text": FILE, "base": hash}));
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[test]
fn a_copy_of_the_programs_own_type_can_be_edited() {
    let place = Place::new();
    let copy = place.post("/files", &json!({"path": "copy.toml", "name": "Copy", "from": "program"}));
    assert!(
        copy["text"]
            .as_str()
            .is_some_and(|text| text.contains("name = \"Copy\"") && text.contains("[inputs.tone]"))
    );
    let again = place.ask("POST", "/files", &json!({"path": "copy.toml", "name": "Copy"}));
    assert_eq!(again.status, 409);
    let project = place.get("/project");
    let types: Vec<&Value> = project["types"].as_array().expect("types").iter().map(|it| &it["id"]).collect();
    assert_eq!(types, ["program", "copy.toml", "talk.toml"]);
}

#[test]
fn where_elements_are_put_is_kept_in_the_project() {
    let place = Place::new();
    let before = place.get("/graph");
    let put = json!({"positions": {"node:text": [12.4, -30], "call:words": [200, 0]}});
    assert_eq!(place.ask("PUT", "/positions", &put).status, 200);
    let file = std::fs::read_to_string(place.folder.path().join("studio.toml")).expect("written");
    insta::assert_snapshot!(file);
    std::fs::write(place.folder.path().join("studio.toml"), format!("# ours\n{file}")).expect("written");
    assert_eq!(place.ask("PUT", "/positions?type=talk.toml", &put).status, 200);
    let after = place.get("/graph");
    let rect = |graph: &Value| graph["nodes"][0]["rect"].clone();
    assert_ne!(rect(&before), rect(&after));
    assert_eq!((&rect(&after)["x"], &rect(&after)["y"]), (&json!(12.0), &json!(-30.0)));
    assert_eq!(place.ask("PUT", "/positions", &json!({"positions": {}})).status, 200);
    assert_eq!(rect(&place.get("/graph")), rect(&before));
    let file = std::fs::read_to_string(place.folder.path().join("studio.toml")).expect("there");
    assert!(file.starts_with("# ours\n") && file.contains("talk.toml"), "{file}");
    let far = place.ask("PUT", "/positions", &json!({"positions": {"node:text": [1e300, 0]}}));
    assert_eq!(far.status, 422);
}

#[test]
fn the_programs_own_files_are_no_scenario_files() {
    let place = Place::new();
    for path in ["talk.toml/../talk-settings.toml", "talk-settings.toml", "studio.toml"] {
        let answer = place.ask("PUT", &format!("/files/{path}"), &json!({"text": FILE, "base": ""}));
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        let answer = place.ask("POST", "/files", &json!({"path": path, "name": "A"}));
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
    }
    // Nor does a scenario file become something else.
    let read = place.get("/files/talk.toml");
    let answer =
        place.ask("PUT", "/files/talk.toml", &json!({"text": "store = \"/tmp\"\n", "base": read["hash"]}));
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[test]
fn an_empty_file_is_found_again_and_lines_end_as_they_did() {
    let place = Place::new();
    place.post("/files", &json!({"path": "empty.toml", "name": "Empty"}));
    assert!(place.get("/project").to_string().contains("empty.toml"));
    let windows = FILE.replace('\n', "\r\n");
    let changed = change(&place, &windows, &json!({"kind": "set_default", "input": "limit", "text": "3"}));
    assert_eq!(text(&changed), windows.replace("default = 2", "default = 3"));
}

#[test]
fn a_text_with_thousands_of_faults_is_answered_soon() {
    let place = Place::new();
    let inputs: String = (0..6_000).map(|n| format!("[inputs.i{n}]\ntype = \"f64\"\n")).collect();
    let begun = std::time::Instant::now();
    let draft =
        place.post("/drafts", &json!({"path": "talk.toml", "text": format!("name = \"A\"\n{inputs}")}));
    assert_eq!(draft["problems"].as_array().map(Vec::len), Some(200));
    println!("6,000 faults took {:?}", begun.elapsed());
}
