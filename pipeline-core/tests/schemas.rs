//! The committed schemas match those that the library generates. `INSTA_UPDATE=always` rewrites them.

use skipstone::report::{scenario_schema, scenario_schema_with_tasks, settings_schema};
use std::path::Path;

fn assert_committed(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(name);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&path, generated).expect("written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == generated, "schemas/{name} is out of date: run this test with INSTA_UPDATE=always");
}

#[test]
fn the_committed_schemas_match_the_keys_that_are_read() {
    assert_committed("scenario.schema.json", &scenario_schema());
    assert_committed("settings.schema.json", &settings_schema(None));
}

#[test]
fn every_key_has_a_description_and_no_table_allows_unknown_keys() {
    for text in [scenario_schema_with_tasks(), settings_schema(None)] {
        let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        check(&schema, "");
    }
}

fn check(schema: &serde_json::Value, path: &str) {
    if !schema.is_object() {
        return;
    }
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false, "{path} allows unknown keys");
        for (name, property) in properties {
            assert!(
                property["description"]
                    .as_str()
                    .is_some_and(|docs| docs.ends_with('.') || docs.ends_with('`')),
                "{path}/{name}"
            );
            check(property, &format!("{path}/{name}"));
        }
    }
    for inner in ["items", "additionalProperties"] {
        check(&schema[inner], &format!("{path}/{inner}"));
    }
    for inner in schema["anyOf"].as_array().into_iter().flatten() {
        check(inner, &format!("{path}/anyOf"));
    }
}
