//! The interface as OpenAPI: generated from the code, and kept in the project.

use std::path::Path;

/// A change of the interface shows in this file; `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_description_in_the_project_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let generated = serde_json::to_string_pretty(&skipstone_studio::api::description()).expect("JSON") + "\n";
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &generated).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == generated, "{} is old: run this test with INSTA_UPDATE=always", path.display());
}

#[test]
fn each_path_says_what_it_is_for_and_what_it_answers() {
    let description = serde_json::to_value(skipstone_studio::api::description()).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    assert!(paths.len() > 25);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 10), "{method} {path}");
            let answers = operation["responses"].as_object().expect("answers");
            assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path}");
        }
    }
}

#[test]
fn each_reference_leads_to_a_schema() {
    let description = serde_json::to_value(skipstone_studio::api::description()).expect("JSON");
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let path = reference.split('"').next().unwrap_or_default();
        assert!(description.pointer(path).is_some(), "{path}");
    }
}
