//! JSON Schemas of settings and scenario files, for editors. They are made from the same tables of keys as the parsers.

use crate::data::Shape;
use crate::graph::{Graph, Node, tasks};
use crate::settings::keys as settings;
use serde_json::{Map, Value, json};
use skipstone_wiring::{Key, Kind, scenario_file};

/// The version of JSON Schema that editors support best.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema of scenario files.
pub fn scenario_schema() -> String {
    schema_of_scenarios(false)
}

/// The schema of scenario files, with the tasks of this program as functions.
pub fn scenario_schema_with_tasks() -> String {
    schema_of_scenarios(true)
}

fn schema_of_scenarios(tasks: bool) -> String {
    let mut schema = table(scenario_file::ROOT);
    about(
        &mut schema,
        "Scenario",
        "A scenario as a file: its inputs, the calls of its tasks, and its outputs.",
    );
    schema["required"] = json!(["name", "tasks"]);
    let task = &mut schema["properties"]["tasks"]["anyOf"][1]["items"];
    task["required"] = json!(["function", "outputs"]);
    if tasks {
        task["properties"]["function"]["anyOf"] = functions();
    }
    let one = task.clone();
    schema["properties"]["tasks"]["anyOf"][0] = one;
    text(&schema)
}

/// The paths of this program's tasks, each with its signature and documentation. Any other string is valid too, because
/// the end of a path is enough.
fn functions() -> Value {
    let tasks = tasks();
    let mut all: Vec<Value> = tasks
        .iter()
        .map(|task| {
            let parameters: Vec<String> = task
                .signature
                .parameters
                .iter()
                .map(|parameter| format!("{}: {}", parameter.name, parameter.ty))
                .collect();
            let signature =
                format!("{}({}) -> {}", task.name(), parameters.join(", "), task.signature.returns);
            let docs = task.docs().trim();
            let docs = if docs.is_empty() { signature } else { format!("{signature}\n\n{docs}") };
            json!({ "const": task.path(), "description": docs })
        })
        .collect();
    all.push(json!({ "type": "string" }));
    Value::Array(all)
}

/// The schema of settings files. With a graph, inputs are restricted to the inputs of the graph.
pub fn settings_schema(graph: Option<&Graph>) -> String {
    let mut schema = table(settings::ROOT);
    about(
        &mut schema,
        "Settings",
        "The settings of a program; profiles, environment variables and arguments override them.",
    );
    if let Some(graph) = graph {
        let inputs = inputs(graph);
        schema["properties"]["inputs"] = inputs.clone();
        schema["properties"]["scenarios"]["additionalProperties"]["properties"]["inputs"] = inputs.clone();
        let profile = &mut schema["properties"]["profile"]["additionalProperties"]["properties"];
        profile["inputs"] = inputs.clone();
        profile["scenarios"]["additionalProperties"]["properties"]["inputs"] = inputs;
    }
    text(&schema)
}

fn about(schema: &mut Value, title: &str, docs: &str) {
    let Value::Object(keys) = schema else { return };
    let mut all = Map::new();
    all.insert("$schema".into(), DRAFT.into());
    all.insert("title".into(), title.into());
    all.insert("description".into(), docs.into());
    all.append(keys);
    *keys = all;
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

/// The schema of a table with exactly these keys.
fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), of_key(key))).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn of_key(key: &Key) -> Value {
    let mut schema = of_kind(key.kind);
    schema["description"] = key.docs.into();
    schema
}

fn of_kind(kind: Kind) -> Value {
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Choice(choices) => or_variable(json!({ "type": "string", "enum": choices })),
        Kind::Length => json!({ "type": "string", "pattern": "^[0-9]+ *(ms|s|m|h|d)$" }),
        Kind::Share => json!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? *%$" }),
        Kind::Size => {
            json!({ "type": "string", "pattern": "^ *([0-9]+ *(B|KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB)?|.*\\$\\{.*) *$" })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Positive => or_variable(json!({ "type": "integer", "minimum": 1 })),
        Kind::Texts => json!({ "anyOf": [{ "type": "string" }, texts()] }),
        Kind::Arguments => {
            json!({ "anyOf": [texts(), { "type": "object", "additionalProperties": { "type": "string" } }] })
        }
        Kind::Tables(keys) => {
            json!({ "anyOf": [table(keys), { "type": "array", "items": table(keys) }] })
        }
        Kind::Named(keys) => json!({ "type": "object", "additionalProperties": table(keys) }),
        Kind::Values => json!({ "type": "object" }),
        // Anything.
        _ => json!({}),
    }
}

/// The schema of a table with the inputs of a graph.
fn inputs(graph: &Graph) -> Value {
    let inputs = graph.nodes().iter().filter(|node| node.is_input());
    let properties: Map<String, Value> = inputs.map(|node| (node.name().to_owned(), input(node))).collect();
    json!({
        "type": "object",
        "description": "Values of inputs, by name.",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn input(node: &Node) -> Value {
    let mut schema = of_shape(&(node.data.shape)());
    let docs = node.docs().trim();
    let kind = format!("`{}`", node.type_text());
    schema["description"] = if docs.is_empty() { kind.into() } else { format!("{kind}. {docs}").into() };
    schema
}

/// Allows a string with a variable instead of the plain value.
fn or_variable(plain: Value) -> Value {
    json!({ "anyOf": [plain, { "type": "string", "pattern": "\\$\\{" }] })
}

/// The schema of a file with options.
fn with_path() -> Value {
    json!({ "type": "object", "properties": { "path": { "type": "string" } }, "required": ["path"] })
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Flag => or_variable(json!({ "type": "boolean" })),
        Shape::Integer { signed, bits } => {
            let mut schema = json!({ "type": "integer" });
            if *bits <= 32 {
                let most = (1_i64 << (bits - u32::from(*signed))) - 1;
                schema["maximum"] = most.into();
                schema["minimum"] = if *signed { (-most - 1).into() } else { 0.into() };
            } else if !signed {
                schema["minimum"] = 0.into();
            }
            or_variable(schema)
        }
        Shape::Number => or_variable(json!({ "type": "number" })),
        Shape::Text => json!({ "type": "string" }),
        Shape::Path => json!({ "anyOf": [{ "type": "string" }, with_path()] }),
        Shape::Paths => json!({ "anyOf": [
            { "type": "string" },
            with_path(),
            { "type": "array", "items": { "anyOf": [{ "type": "string" }, with_path()] } },
        ] }),
        Shape::Choice { choices: variants } => {
            let named: Map<String, Value> =
                variants.iter().map(|variant| ((*variant).to_owned(), json!({}))).collect();
            json!({ "anyOf": [
                { "type": "string", "enum": variants },
                { "type": "object", "properties": named, "additionalProperties": false },
                { "type": "string", "pattern": "\\$\\{" },
            ] })
        }
        Shape::Fields { fields } => {
            let properties: Map<String, Value> =
                fields.iter().map(|field| ((*field).to_owned(), json!({}))).collect();
            or_variable(json!({ "type": "object", "properties": properties }))
        }
        Shape::List => or_variable(json!({ "type": "array" })),
        Shape::Map => or_variable(json!({ "type": "object" })),
        Shape::Optional { inner } => of_shape(inner),
        Shape::Table | Shape::Any => json!({}),
    }
}
