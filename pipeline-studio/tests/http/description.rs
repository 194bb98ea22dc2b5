//! The OpenAPI description, which is generated from the code and committed.

use std::path::Path;

/// Changes of the API show up in this file. `INSTA_UPDATE=always` regenerates it.
#[test]
fn the_committed_description_matches_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let generated = serde_json::to_string_pretty(&skipstone_studio::api::description()).expect("JSON") + "\n";
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &generated).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "{} is out of date: run this test with INSTA_UPDATE=always",
        path.display()
    );
}

#[test]
fn each_operation_has_a_summary_and_a_success_response() {
    let description = serde_json::to_value(skipstone_studio::api::description()).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    assert!(paths.len() > 25);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 10), "{method} {path}");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        }
    }
}

#[test]
fn each_reference_resolves_to_a_schema() {
    let description = serde_json::to_value(skipstone_studio::api::description()).expect("JSON");
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let path = reference.split('"').next().unwrap_or_default();
        assert!(description.pointer(path).is_some(), "{path}");
    }
}
