//! Conversion of a graph to a scenario file.

use super::{ScenarioFileError, types};
use crate::data::Value;
use crate::graph::definition::Options;
use crate::graph::{Call, Graph, Kpi, Node};
use skipstone_wiring::{CallArgument, Passing, Written, length_text};
use std::fmt::Write as _;
use std::time::Duration;
use toml_edit::{Array, InlineTable, Key};

/// Returns the default of an input to write, if any.
pub(crate) type DefaultOf<'a> = &'a dyn Fn(&Node) -> Result<Option<Value>, crate::data::DataError>;

pub(super) fn write(graph: &Graph, default_of: DefaultOf<'_>) -> Result<String, ScenarioFileError> {
    if !graph.branches.is_empty() {
        let why = "a file has no branches: build the graph without `if`".to_owned();
        return Err(ScenarioFileError::Unwritable { scenario: graph.name.clone(), why });
    }
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!("name = {}", text(&graph.name)));
    if !graph.docs.is_empty() {
        line(format!("doc = {}", text(&graph.docs)));
    }
    for node in graph.nodes.iter().filter(|node| node.is_input()) {
        line(String::new());
        line(format!("[inputs.{}]", Key::new(&node.name)));
        line(format!("type = {}", text(&type_of(graph, node))));
        let unwritable = |why: String| ScenarioFileError::Unwritable { scenario: graph.name.clone(), why };
        let value =
            default_of(node).map_err(|error| unwritable(format!("input `{}`: {error}", node.name)))?;
        if let Some(value) = value.filter(|_| !node.secret) {
            line(default(node, &value).ok_or_else(|| {
                unwritable(format!("the value of input `{}` can't be written as TOML or JSON", node.name))
            })?);
        }
        if !node.docs.is_empty() {
            line(format!("doc = {}", text(&node.docs)));
        }
        if let Some(Options { attribute, values: Ok(values) }) = &node.options
            && let Ok(toml::Value::Table(values)) = toml::Value::try_from(values)
        {
            let values = values.iter().map(|(name, value)| format!("{name} = {value}"));
            line(format!("{attribute} = {{ {} }}", values.collect::<Vec<_>>().join(", ")));
        }
        if node.secret {
            line("secret = true".into());
        }
        if node.allow_unused && node.readers.is_empty() {
            line("allow_unused = true".into());
        }
    }
    for call in &graph.calls {
        line(String::new());
        line("[[tasks]]".into());
        line(format!("function = {}", text(&call.task.path())));
        if !call.arguments.is_empty() {
            line(format!("arguments = {}", arguments(graph, call)));
        }
        let outputs: Vec<&str> = graph.outputs_of(call).map(Node::name).collect();
        line(match outputs.as_slice() {
            [only] => format!("outputs = {}", text(only)),
            several => format!("outputs = {}", Array::from_iter(several.iter().copied())),
        });
        overrides(call, &mut line);
        // An output without a reader is only unusual if the call has several outputs.
        if outputs.len() > 1
            && graph.outputs_of(call).any(|node| node.allow_unused && node.readers.is_empty())
        {
            line("allow_unused = true".into());
        }
    }
    for (index, node) in graph.nodes.iter().enumerate().filter(|(_, node)| !node.is_input()) {
        let kpis: Vec<&Kpi> = graph.kpis.iter().filter(|kpi| kpi.node == index).collect();
        if let Some(kpi) = kpis.iter().find(|kpi| !kpi.field) {
            let why =
                format!("KPI `{}` is computed by a function of the program, not read from a field", kpi.name);
            return Err(ScenarioFileError::Unwritable { scenario: graph.name.clone(), why });
        }
        if node.docs.is_empty() && kpis.is_empty() {
            continue;
        }
        line(String::new());
        line(format!("[outputs.{}]", Key::new(&node.name)));
        if !node.docs.is_empty() {
            line(format!("doc = {}", text(&node.docs)));
        }
        let tables: Vec<InlineTable> = kpis.iter().map(|kpi| kpi_table(node, kpi)).collect();
        match tables.as_slice() {
            [] => {}
            [only] => line(format!("kpi = {only}")),
            several => {
                let lines: String = several.iter().map(|table| format!("  {table},\n")).collect();
                line(format!("kpi = [\n{lines}]"));
            }
        }
    }
    Ok(out)
}

/// The name of an input's type that resolves to the type when it is read: its own name, unless that is an alias.
fn type_of(graph: &Graph, node: &Node) -> String {
    if types::named(&node.type_text).is_ok_and(|data| data == node.data) {
        return node.type_text.clone();
    }
    let reader = node.readers.first().map(|&call| &graph.calls[call]).and_then(|call| {
        let parameter =
            call.arguments.iter().position(|&argument| std::ptr::eq(&graph.nodes[argument], node))?;
        call.task.signature.parameters.get(parameter)
    });
    reader.map_or_else(|| node.data.name(), |parameter| parameter.node.to_owned())
}

fn text(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// Writes `default = …`, or `default_json = …` if TOML can't represent the value.
fn default(node: &Node, value: &Value) -> Option<String> {
    if let Some(value) = value.to_toml() {
        return Some(format!("default = {value}"));
    }
    let mut json = Vec::new();
    value.show(crate::data::Format::Json, &mut json).ok()?;
    let json = String::from_utf8(json).ok()?;
    let json = json.trim();
    let again = (node.data.parse)(json).ok()?;
    (again.content().ok()? == value.content().ok()?).then(|| format!("default_json = {}", text(json)))
}

/// Writes arguments by position, unless the checks would report that as a possible mistake.
fn arguments(graph: &Graph, call: &Call) -> String {
    let nodes: Vec<&str> = graph.arguments_of(call).map(Node::name).collect();
    let passed: Vec<CallArgument<'_>> =
        nodes.iter().map(|&node| CallArgument { parameter: None, node, passing: Passing::One }).collect();
    let texts = nodes.iter().enumerate().map(|(parameter, node)| call.passing(parameter).text(node));
    let signature = &call.task.signature;
    let plain = (0..passed.len()).all(|a| signature.check_argument(&passed, a, Written::InToml).is_none());
    match plain {
        true => Array::from_iter(texts).to_string(),
        false => call.task.parameter_names().zip(texts).collect::<InlineTable>().to_string(),
    }
}

/// Writes the settings of a call that override those of its task.
fn overrides(call: &Call, line: &mut impl FnMut(String)) {
    let length = |duration: Duration| {
        text(&length_text(u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)))
    };
    let (here, there) = (&call.retry_policy, &call.task.retry_policy);
    if call.skippable != call.task.is_skippable() {
        line(format!("skippable = {}", call.skippable));
    }
    if here.retries != there.retries {
        line(format!("retries = {}", here.retries));
    }
    if here.backoff != there.backoff && here.retries > 0 {
        // `backoff` needs `retries` beside it, even if the task has the same number.
        if here.retries == there.retries {
            line(format!("retries = {}", here.retries));
        }
        line(format!("backoff = {}", length(here.backoff)));
    }
    if let Some(timeout) = here.timeout.filter(|_| here.timeout != there.timeout) {
        line(format!("timeout = {}", length(timeout)));
    }
}

fn kpi_table(node: &Node, kpi: &Kpi) -> InlineTable {
    let mut table = InlineTable::new();
    if let Some(field) = kpi.name.strip_prefix(&format!("{}.", node.name)) {
        table.insert("field", field.into());
    }
    table.insert("better", kpi.better.as_str().into());
    if !kpi.unit.is_empty() {
        table.insert("unit", kpi.unit.as_str().into());
    }
    table
}
