//! A graph as text, Mermaid, DOT and JSON.

use crate::graph::{Graph, Node};
#[cfg(feature = "picture")]
use crate::report::picture::{self, Drawing, Picture, Shown, Theme};
use serde_json::{Value, json};
use std::fmt::Write;

/// An output format for graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum GraphFormat {
    /// Inputs and task calls, as in source code.
    Text,
    /// A Mermaid flowchart, which GitHub and many editors render.
    Mermaid,
    /// DOT, for Graphviz.
    Dot,
    /// Nodes and calls, as JSON.
    Json,
    /// A scenario file, which can be loaded.
    Toml,
    /// A drawing, as on the Studio's page.
    #[cfg(feature = "picture")]
    Svg,
    /// The drawing with the documentation of its elements, as one file for a browser.
    #[cfg(feature = "picture")]
    Html,
}

/// Renders the graph in this format, with a line end.
pub fn graph(graph: &Graph, format: GraphFormat) -> String {
    match format {
        GraphFormat::Text => text(graph),
        GraphFormat::Mermaid => mermaid(graph),
        GraphFormat::Dot => dot(graph),
        GraphFormat::Json => format!("{:#}\n", json(graph)),
        GraphFormat::Toml => graph.to_toml().unwrap_or_else(|error| format!("# {error}\n")),
        #[cfg(feature = "picture")]
        GraphFormat::Svg => picture::svg(&drawn(graph), Theme::Auto, &Shown::default()),
        #[cfg(feature = "picture")]
        GraphFormat::Html => picture::html(&drawn(graph), &Shown::default()),
    }
}

#[cfg(feature = "picture")]
fn drawn(graph: &Graph) -> Picture {
    picture::picture(&graph.outline(), &Drawing::default())
}

fn text(graph: &Graph) -> String {
    let mut out = format!("{}\n", graph.name());
    documentation(&mut out, "  ", graph.docs());
    out.push_str("\ninputs\n");
    for node in graph.nodes().iter().filter(|node| node.is_input()) {
        let default = match node.default_text() {
            _ if node.is_secret() => "  (secret)".into(),
            Some(text) => format!(" = {text}"),
            None => "  (required)".into(),
        };
        let _ = writeln!(out, "  {}: {}{default}", node.name(), node.type_text());
        documentation(&mut out, "      ", node.docs());
    }
    out.push_str("\ntasks\n");
    for (_, call) in graph.ordered() {
        let names: Vec<&str> = graph.outputs_of(call).map(Node::name).collect();
        let types: Vec<&str> = graph.outputs_of(call).map(Node::type_text).collect();
        let (names, types) = match names.as_slice() {
            [only] => ((*only).to_owned(), types[0].to_owned()),
            _ => (format!("({})", names.join(", ")), format!("({})", types.join(", "))),
        };
        let arguments: Vec<&str> = graph.arguments_of(call).map(Node::name).collect();
        let _ = writeln!(out, "  {names}: {types} = {}({})", call.task().name(), arguments.join(", "));
        let docs = graph.outputs_of(call).next().map(Node::docs).filter(|docs| !docs.is_empty());
        documentation(&mut out, "      ", docs.unwrap_or(call.task().docs()));
    }
    out
}

fn documentation(out: &mut String, indent: &str, docs: &str) {
    for line in docs.lines().take_while(|line| !line.trim().is_empty()) {
        let _ = writeln!(out, "{indent}{}", line.trim());
    }
}

fn mermaid(graph: &Graph) -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
    };
    let mut out = "flowchart LR\n".to_owned();
    for (n, node) in graph.nodes().iter().enumerate() {
        let (open, close) = if node.is_input() { ("([", "])") } else { ("[", "]") };
        let label = format!("{}<br/><small>{}</small>", escaped(node.name()), escaped(node.type_text()));
        let _ = writeln!(out, "    n{n}{open}\"{label}\"{close}");
    }
    for (c, call) in graph.calls().iter().enumerate() {
        let _ = writeln!(out, "    t{c}{{{{\"{}\"}}}}", escaped(call.task().name()));
    }
    for (c, call) in graph.calls().iter().enumerate() {
        call.arguments.iter().for_each(|n| {
            let _ = writeln!(out, "    n{n} --> t{c}");
        });
        call.outputs.iter().for_each(|n| {
            let _ = writeln!(out, "    t{c} --> n{n}");
        });
    }
    let list =
        |letter: char, count: usize| (0..count).map(|i| format!("{letter}{i}")).collect::<Vec<_>>().join(",");
    out.push_str("    classDef node fill:#dbeafe,stroke:#2563eb,color:#172554\n");
    out.push_str("    classDef task fill:#ffedd5,stroke:#ea580c,color:#431407\n");
    for (letter, count, class) in [('n', graph.nodes().len(), "node"), ('t', graph.calls().len(), "task")] {
        if count > 0 {
            let _ = writeln!(out, "    class {} {class}", list(letter, count));
        }
    }
    out
}

fn dot(graph: &Graph) -> String {
    // In a quoted DOT name, only quotes and backslashes need escaping.
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = format!("digraph {} {{\n    rankdir=LR;\n", quoted(graph.name()));
    for (n, node) in graph.nodes().iter().enumerate() {
        let label = quoted(node.name()).trim_end_matches('"').to_owned()
            + "\\n"
            + quoted(node.type_text()).trim_start_matches('"');
        let shape = if node.is_input() { "ellipse" } else { "box" };
        let _ =
            writeln!(out, "    n{n} [label={label}, shape={shape}, style=filled, fillcolor=\"#dbeafe\"];");
    }
    for (c, call) in graph.calls().iter().enumerate() {
        let label = quoted(call.task().name());
        let _ =
            writeln!(out, "    t{c} [label={label}, shape=hexagon, style=filled, fillcolor=\"#ffedd5\"];");
    }
    for (c, call) in graph.calls().iter().enumerate() {
        call.arguments.iter().for_each(|n| {
            let _ = writeln!(out, "    n{n} -> t{c};");
        });
        call.outputs.iter().for_each(|n| {
            let _ = writeln!(out, "    t{c} -> n{n};");
        });
    }
    out + "}\n"
}

fn json(graph: &Graph) -> Value {
    let nodes: Vec<Value> = graph
        .nodes()
        .iter()
        .map(|node| {
            let mut json = json!({
                "name": node.name(),
                "type": node.type_text(),
                "input": node.is_input(),
                "default": node.default_text(),
                "docs": node.docs(),
            });
            if node.is_secret() {
                json["secret"] = true.into();
            }
            json
        })
        .collect();
    let calls: Vec<Value> = graph
        .ordered()
        .map(|(_, call)| {
            let arguments: Vec<Value> = call
                .task()
                .parameter_names()
                .zip(graph.arguments_of(call))
                .map(|(parameter, node)| json!({ "parameter": parameter, "node": node.name() }))
                .collect();
            json!({
                "name": call.name(),
                "task": call.task().name(),
                "module": call.task().module(),
                "skippable": call.skippable,
                "arguments": arguments,
                "outputs": graph.outputs_of(call).map(Node::name).collect::<Vec<_>>(),
                "docs": call.task().docs(),
            })
        })
        .collect();
    json!({ "format": 1, "name": graph.name(), "docs": graph.docs(), "nodes": nodes, "calls": calls })
}
