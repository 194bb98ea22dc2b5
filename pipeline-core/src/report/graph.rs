//! A graph as text, Mermaid, DOT and JSON.

use crate::graph::{Call, Graph, Maker, Node, Subscenario};
#[cfg(feature = "picture")]
use crate::report::picture::{self, Drawing, Picture, Shown, Theme};
use serde_json::{Value, json};
use skipstone_wiring::Passing;
use std::collections::HashSet;
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
    let folded = Folded::new(graph);
    for (p, subscenario) in folded.subscenarios.iter().enumerate() {
        if p == 0 {
            out.push_str("\nsubscenarios\n");
        }
        let own = |(input, node): &(String, String)| {
            let input = subscenario.own_name(input).unwrap_or(input);
            if input == node { node.clone() } else { format!("{input}: {node}") }
        };
        let passed = subscenario.passed.iter().map(own).collect::<Vec<_>>().join(", ");
        let passed = if passed.is_empty() { "{}".into() } else { format!("{{ {passed} }}") };
        let _ = writeln!(out, "  {} = {} {passed}", subscenario.name, subscenario.scenario);
        documentation(&mut out, "      ", &subscenario.docs);
    }
    out.push_str("\ntasks\n");
    for (_, call) in graph.ordered().filter(|(c, _)| folded.of_call(*c).is_none()) {
        let names: Vec<&str> = graph.outputs_of(call).map(Node::name).collect();
        let types: Vec<&str> = graph.outputs_of(call).map(Node::type_text).collect();
        let (names, types) = match names.as_slice() {
            [only] => ((*only).to_owned(), types[0].to_owned()),
            _ => (format!("({})", names.join(", ")), format!("({})", types.join(", "))),
        };
        let arguments = graph.arguments_of(call).enumerate();
        let arguments: Vec<String> = arguments.map(|(a, node)| call.passing(a).text(node.name())).collect();
        let condition = graph.condition_of(call).map(|condition| format!("  if {condition}"));
        let _ = writeln!(
            out,
            "  {names}: {types} = {}({}){}",
            call.task().called(),
            arguments.join(", "),
            condition.unwrap_or_default()
        );
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
    let label = |name: &str, of: &str| format!("{}<br/><small>{}</small>", escaped(name), escaped(of));
    let mut out = "flowchart LR\n".to_owned();
    let folded = Folded::new(graph);
    for (n, node) in folded.nodes() {
        let (open, close) = if node.is_input() { ("([", "])") } else { ("[", "]") };
        let label = label(node.name(), node.type_text());
        let _ = writeln!(out, "    n{n}{open}\"{label}\"{close}");
    }
    for (c, call) in folded.calls() {
        let label = match graph.condition_of(call) {
            Some(condition) => label(&call.task().called(), &format!("if {condition}")),
            None => escaped(&call.task().called()),
        };
        let _ = writeln!(out, "    t{c}{{{{\"{label}\"}}}}");
    }
    for (p, subscenario) in folded.subscenarios.iter().enumerate() {
        let label = label(&subscenario.name, &subscenario.scenario);
        let _ = writeln!(out, "    p{p}[[\"{label}\"]]");
    }
    for (from, to) in folded.edges() {
        let _ = writeln!(out, "    {from} --> {to}");
    }
    let list = |letter: char, numbers: Vec<usize>| {
        numbers.into_iter().map(|i| format!("{letter}{i}")).collect::<Vec<_>>().join(",")
    };
    out.push_str("    classDef node fill:#dbeafe,stroke:#2563eb,color:#172554\n");
    out.push_str("    classDef task fill:#ffedd5,stroke:#ea580c,color:#431407\n");
    if !folded.subscenarios.is_empty() {
        out.push_str("    classDef subscenario fill:#dcfce7,stroke:#16a34a,color:#052e16\n");
    }
    let classes = [
        ('n', folded.nodes().map(|(n, _)| n).collect::<Vec<_>>(), "node"),
        ('t', folded.calls().map(|(c, _)| c).collect(), "task"),
        ('p', (0..folded.subscenarios.len()).collect(), "subscenario"),
    ];
    for (letter, numbers, class) in classes {
        if !numbers.is_empty() {
            let _ = writeln!(out, "    class {} {class}", list(letter, numbers));
        }
    }
    out
}

fn dot(graph: &Graph) -> String {
    // In a quoted DOT name, only quotes and backslashes need escaping.
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let quoted = |text: &str| format!("\"{}\"", escaped(text));
    let label = |name: &str, of: &str| format!("\"{}\\n{}\"", escaped(name), escaped(of));
    let mut out = format!("digraph {} {{\n    rankdir=LR;\n", quoted(graph.name()));
    let folded = Folded::new(graph);
    for (n, node) in folded.nodes() {
        let label = label(node.name(), node.type_text());
        let shape = if node.is_input() { "ellipse" } else { "box" };
        let _ =
            writeln!(out, "    n{n} [label={label}, shape={shape}, style=filled, fillcolor=\"#dbeafe\"];");
    }
    for (c, call) in folded.calls() {
        let label = match graph.condition_of(call) {
            Some(condition) => label(&call.task().called(), &format!("if {condition}")),
            None => quoted(&call.task().called()),
        };
        let _ =
            writeln!(out, "    t{c} [label={label}, shape=hexagon, style=filled, fillcolor=\"#ffedd5\"];");
    }
    for (p, subscenario) in folded.subscenarios.iter().enumerate() {
        let label = label(&subscenario.name, &subscenario.scenario);
        let _ =
            writeln!(out, "    p{p} [label={label}, shape=component, style=filled, fillcolor=\"#dcfce7\"];");
    }
    for (from, to) in folded.edges() {
        let _ = writeln!(out, "    {from} -> {to};");
    }
    out + "}\n"
}

/// A graph in which each subscenario is one box. A node that only calls of the subscenario make and read is in the box.
struct Folded<'a> {
    graph: &'a Graph,
    /// The outermost subscenarios.
    subscenarios: Vec<&'a Subscenario>,
}

impl<'a> Folded<'a> {
    fn new(graph: &'a Graph) -> Folded<'a> {
        let mut subscenarios: Vec<&Subscenario> = Vec::new();
        for subscenario in graph.subscenarios() {
            if !subscenarios.iter().any(|whole| whole.has(&subscenario.name)) {
                subscenarios.push(subscenario);
            }
        }
        Folded { graph, subscenarios }
    }

    /// The subscenario that contains a call, by its index.
    fn of_call(&self, call: usize) -> Option<usize> {
        let output = self.graph.outputs_of(&self.graph.calls()[call]).next()?;
        self.subscenarios.iter().position(|subscenario| subscenario.has(output.name()))
    }

    /// The nodes outside of the subscenarios, by index.
    fn nodes(&self) -> impl Iterator<Item = (usize, &'a Node)> {
        self.graph.nodes().iter().enumerate().filter(|(_, node)| {
            let maker = match node.maker {
                Maker::Call(call) => Some(call),
                Maker::Input { .. } => None,
            };
            let mut subscenarios = maker.iter().chain(&node.readers).map(|call| self.of_call(*call));
            let first = subscenarios.next().flatten();
            let is_own = self.subscenarios.iter().any(|subscenario| subscenario.has(node.name()));
            let is_result = maker.is_some() && node.readers.is_empty();
            !is_own || is_result || first.is_none() || subscenarios.any(|subscenario| subscenario != first)
        })
    }

    /// The calls outside of the subscenarios, by index.
    fn calls(&self) -> impl Iterator<Item = (usize, &'a Call)> {
        self.graph.calls().iter().enumerate().filter(|(c, _)| self.of_call(*c).is_none())
    }

    /// The edges by the ids of their ends: `n0` for a node, `t0` for a call, `p0` for a subscenario.
    fn edges(&self) -> Vec<(String, String)> {
        let shown: HashSet<usize> = self.nodes().map(|(n, _)| n).collect();
        let mut edges = Vec::new();
        for (c, call) in self.graph.calls().iter().enumerate() {
            let id = self.of_call(c).map_or_else(|| format!("t{c}"), |subscenario| format!("p{subscenario}"));
            let deciding = self.graph.deciding(call);
            let into = call.arguments.iter().chain(&deciding).filter(|n| shown.contains(n));
            edges.extend(into.map(|n| (format!("n{n}"), id.clone())));
            let out = call.outputs.iter().filter(|n| shown.contains(n));
            edges.extend(out.map(|n| (id.clone(), format!("n{n}"))));
        }
        let mut seen = HashSet::new();
        let in_subscenario = |end: &str| end.starts_with('p');
        edges.retain(|edge| {
            !(in_subscenario(&edge.0) || in_subscenario(&edge.1)) || seen.insert(edge.clone())
        });
        edges
    }
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
                .enumerate()
                .map(|(index, (parameter, node))| match call.passing(index) {
                    Passing::One => json!({ "parameter": parameter, "node": node.name() }),
                    Passing::Each => json!({ "parameter": parameter, "node": node.name(), "parts": "each" }),
                    Passing::Cross => json!({ "parameter": parameter, "node": node.name(), "parts": "cross" }),
                    Passing::All => json!({ "parameter": parameter, "node": node.name(), "parts": "all" }),
                    Passing::Last(number) => {
                        json!({ "parameter": parameter, "node": node.name(), "parts": "last", "last": number })
                    }
                })
                .collect();
            let mut json = json!({
                "name": call.name(),
                "task": call.task().name(),
                "module": call.task().module(),
                "skippable": call.skippable,
                "arguments": arguments,
                "outputs": graph.outputs_of(call).map(Node::name).collect::<Vec<_>>(),
                "docs": call.task().docs(),
            });
            if let Some(condition) = graph.condition_of(call) {
                json["condition"] = condition.into();
            }
            json
        })
        .collect();
    let mut json =
        json!({ "format": 1, "name": graph.name(), "docs": graph.docs(), "nodes": nodes, "calls": calls });
    if !graph.subscenarios().is_empty() {
        let subscenario = |subscenario: &Subscenario| {
            let passed =
                subscenario.passed.iter().map(|(input, node)| json!({ "input": input, "node": node }));
            let passed: Vec<Value> = passed.collect();
            json!({ "name": subscenario.name, "scenario": subscenario.scenario, "docs": subscenario.docs, "passed": passed })
        };
        json["subscenarios"] = graph.subscenarios().iter().map(subscenario).collect();
    }
    json
}
