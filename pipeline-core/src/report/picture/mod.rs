//! The drawing of a wiring: the positions of nodes, tasks and ports. The Studio's page and the SVG show the same
//! drawing.
//!
//! Lengths are in CSS pixels. Positions are those of top left corners; the `y` of a port is measured from the top of
//! its element.

mod html;
mod layout;
mod svg;

#[cfg(feature = "notebook")]
pub(super) use svg::escaped;

pub use html::html;
pub use svg::{Shown, Theme, svg};

use crate::graph::{Outline, OutlineCall, OutlineKpi, OutlineNode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A drawing of a wiring.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Picture {
    /// The scenario type's name.
    pub name: String,
    /// The documentation of the scenario type.
    pub docs: String,
    /// The width of the drawing.
    pub width: f64,
    /// The height of the drawing.
    pub height: f64,
    /// The data nodes.
    pub nodes: Vec<PictureNode>,
    /// The tasks.
    pub calls: Vec<PictureCall>,
    /// The subscenarios, and the modules of the other tasks' functions. Each can be drawn as one box.
    pub groups: Vec<PictureGroup>,
    /// The lines between the elements.
    pub edges: Vec<PictureEdge>,
    /// Warnings: parts of the wiring that are valid, but probably not intended.
    pub warnings: Vec<String>,
    /// The KPIs.
    pub kpis: Vec<OutlineKpi>,
}

/// A box.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rect {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// A data node as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureNode {
    /// `node:NAME`
    pub id: String,
    /// The node itself.
    #[serde(flatten)]
    pub node: OutlineNode,
    /// Its box.
    pub rect: Rect,
    /// The group that contains the node: all tasks that make and read it belong to this group.
    pub group: Option<String>,
}

/// A task as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureCall {
    /// `call:NAME`
    pub id: String,
    /// The job's name: the task's, with the first output where the task is used more than once.
    pub name: String,
    /// The function's name.
    pub task: String,
    /// The function's path.
    pub path: String,
    /// The module that the function is in.
    pub module: String,
    /// The source file of the function, as passed to the compiler; empty if there is no such function.
    pub file: String,
    /// The line of the function; 0 if there is no such function.
    pub line: u32,
    /// The documentation of the function.
    pub docs: String,
    /// Whether the task is skipped when its result is known.
    pub skippable: bool,
    /// How often the task is retried after a failure.
    pub retries: u32,
    /// The time limit for one call of the function, in microseconds.
    pub timeout_us: Option<i64>,
    /// The version that replaces the code in the cache key.
    pub version: Option<String>,
    /// The condition under which it runs, if it is in an arm of a branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<PictureCondition>,
    /// The parameters, each with a port on the left.
    pub parameters: Vec<PicturePort>,
    /// The outputs, each with a port on the right.
    pub outputs: Vec<PictureOutput>,
    /// The faults of this call, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Its box.
    pub rect: Rect,
    /// The group that it belongs to.
    pub group: Option<String>,
}

/// The condition of a branch, in the box of a task in one of its arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureCondition {
    /// The condition as code.
    pub text: String,
    /// Its vertical position.
    pub y: f64,
}

/// A parameter of a task as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PicturePort {
    /// Its name.
    pub name: String,
    /// The type of the node that it reads.
    #[serde(rename = "type")]
    pub ty: String,
    /// The node passed as the argument; `None` if there is none.
    pub node: Option<String>,
    /// The vertical position of its port.
    pub y: f64,
}

/// An output of a task as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureOutput {
    /// The node.
    pub node: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// The vertical position of its port.
    pub y: f64,
}

/// A subscenario, or the tasks whose functions are in one module.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureGroup {
    /// `group:NAME`
    pub id: String,
    /// The name of the subscenario, or the module.
    pub name: String,
    /// The name of the subscenario with its scenario type, or the last part of the module's path.
    pub label: String,
    /// For a subscenario: the name of its scenario type.
    pub scenario: Option<String>,
    /// The documentation of a subscenario.
    pub docs: String,
    /// Whether it is drawn as one box.
    pub collapsed: bool,
    /// How many tasks it has.
    pub calls: usize,
    /// How many nodes are made by its tasks.
    pub nodes: usize,
    /// Its box, if it is drawn as one.
    pub rect: Option<Rect>,
}

/// A line from one element to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureEdge {
    /// Its unique id.
    pub id: String,
    /// The id of the element where it begins.
    pub from: String,
    /// The id of the element where it ends.
    pub to: String,
    /// The parameter at whose port it ends.
    pub port: Option<String>,
    /// The output at whose port it begins.
    pub output: Option<String>,
    /// The points on its way past other elements: two for each layer that it passes.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<(f64, f64)>))]
    pub points: Vec<[f64; 2]>,
}

/// Options for drawing a wiring.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    /// The groups that are not drawn as usual, by name: a module is drawn as one box, and a subscenario with its elements.
    pub toggled: BTreeSet<String>,
    /// The positions of elements that were moved by hand, by id.
    pub positions: BTreeMap<String, [f64; 2]>,
}

/// The height of a data node: name, type, value.
const NODE: f64 = 62.0;
/// The height of a task's name.
const HEADER: f64 = 32.0;
/// The height of a port.
const PORT: f64 = 21.0;
/// The space below the last port.
const FOOT: f64 = 8.0;
/// The box of a group.
const GROUP: (f64, f64) = (220.0, 72.0);
/// The minimum and the maximum width of an element.
const WIDTH: (f64, f64) = (150.0, 380.0);
/// The width of a letter in a name, and in a type.
const LETTER: (f64, f64) = (8.3, 6.7);

/// Draws a wiring from left to right.
pub fn picture(outline: &Outline, drawing: &Drawing) -> Picture {
    let grouping = Grouping { outline, toggled: &drawing.toggled };
    let groups = groups(&grouping);
    let hidden = |group: &Option<String>| group.as_ref().is_some_and(|group| grouping.is_collapsed(group));
    let of_call: HashMap<&str, Option<&str>> =
        outline.calls.iter().map(|call| (call.name.as_str(), grouping.of(call))).collect();
    let group_of = |call: &str| of_call.get(call).copied().flatten();
    let inside = |node: &OutlineNode| {
        let mut calls = node.made_by.iter().chain(&node.read_by).map(|call| group_of(call));
        let group = calls.next()??;
        // A node that only its maker knows is a result, and an input is in a subscenario only if it is one of it.
        let own = match node.input {
            true => outline.subscenarios_of(&node.name).any(|subscenario| subscenario.name == group),
            false => !node.read_by.is_empty(),
        };
        (own && calls.all(|other| other == Some(group))).then(|| group.to_owned())
    };
    let nodes = outline.nodes.iter().map(|node| PictureNode {
        id: format!("node:{}", node.name),
        rect: Rect { x: 0.0, y: 0.0, width: node_width(node), height: NODE },
        group: inside(node),
        node: node.clone(),
    });
    let calls =
        outline.calls.iter().map(|of| PictureCall { group: grouping.of(of).map(str::to_owned), ..call(of) });
    let mut picture = Picture {
        name: outline.name.clone(),
        docs: outline.docs.clone(),
        width: 0.0,
        height: 0.0,
        nodes: nodes.filter(|node| !hidden(&node.group)).collect(),
        calls: calls.filter(|call| !hidden(&call.group)).collect(),
        groups,
        edges: Vec::new(),
        warnings: outline.warnings.clone(),
        kpis: outline.kpis.clone(),
    };
    picture.edges = edges(&grouping, &picture);
    layout::lay_out(&mut picture);
    for (id, rect) in picture.boxes_mut() {
        if let Some([x, y]) = drawing.positions.get(&id) {
            (rect.x, rect.y) = (*x, *y);
        }
    }
    for edge in &mut picture.edges {
        // The points of a line are valid only while both of its ends are where the layout placed them.
        if drawing.positions.contains_key(&edge.from) || drawing.positions.contains_key(&edge.to) {
            edge.points.clear();
        }
    }
    let (_, corner) = picture.bounds();
    (picture.width, picture.height) = corner;
    picture
}

impl Picture {
    /// The boxes of all elements, by id.
    fn boxes_mut(&mut self) -> impl Iterator<Item = (String, &mut Rect)> {
        let nodes = self.nodes.iter_mut().map(|node| (node.id.clone(), &mut node.rect));
        let calls = self.calls.iter_mut().map(|call| (call.id.clone(), &mut call.rect));
        let groups =
            self.groups.iter_mut().filter_map(|group| Some((group.id.clone(), group.rect.as_mut()?)));
        nodes.chain(calls).chain(groups)
    }

    /// The boxes of all elements, by id.
    fn boxes(&self) -> impl Iterator<Item = (&str, Rect)> {
        let nodes = self.nodes.iter().map(|node| (node.id.as_str(), node.rect));
        let calls = self.calls.iter().map(|call| (call.id.as_str(), call.rect));
        let groups = self.groups.iter().filter_map(|group| Some((group.id.as_str(), group.rect?)));
        nodes.chain(calls).chain(groups)
    }

    /// The top left and the bottom right corner of the drawing.
    fn bounds(&self) -> ((f64, f64), (f64, f64)) {
        self.boxes().fold(((0.0, 0.0), (0.0, 0.0)), |(least, most), (_, rect)| {
            let least: (f64, f64) = least;
            let most: (f64, f64) = most;
            (
                (least.0.min(rect.x), least.1.min(rect.y)),
                (most.0.max(rect.x + rect.width), most.1.max(rect.y + rect.height)),
            )
        })
    }
}

/// The groups of a wiring, and which of them are drawn as one box.
struct Grouping<'a> {
    outline: &'a Outline,
    toggled: &'a BTreeSet<String>,
}

impl<'a> Grouping<'a> {
    fn is_collapsed(&self, group: &str) -> bool {
        self.toggled.contains(group) != self.outline.is_subscenario(group)
    }

    /// The group that a call belongs to: the outermost subscenario that is drawn as one box, or else the innermost
    /// subscenario, or the module of its function.
    fn of(&self, call: &'a OutlineCall) -> Option<&'a str> {
        let subscenarios = self.outline.subscenarios_of(&call.outputs.first()?.node);
        let subscenarios: Vec<&str> = subscenarios.map(|subscenario| subscenario.name.as_str()).collect();
        let collapsed = subscenarios.iter().find(|subscenario| self.is_collapsed(subscenario));
        collapsed
            .or(subscenarios.last())
            .copied()
            .or(Some(call.module.as_str()))
            .filter(|name| !name.is_empty())
    }
}

fn groups(grouping: &Grouping<'_>) -> Vec<PictureGroup> {
    let outline = grouping.outline;
    let mut groups: Vec<PictureGroup> = Vec::new();
    let mut of_call: HashMap<&str, &str> = HashMap::new();
    for call in &outline.calls {
        let Some(name) = grouping.of(call) else { continue };
        of_call.insert(&call.name, name);
        if let Some(group) = groups.iter_mut().find(|group| group.name == name) {
            group.calls += 1;
            continue;
        }
        let subscenario = outline.subscenarios.iter().find(|subscenario| subscenario.name == name);
        let collapsed = grouping.is_collapsed(name);
        groups.push(PictureGroup {
            id: format!("group:{name}"),
            name: name.into(),
            label: match subscenario {
                Some(subscenario) => format!("{name}: {}", subscenario.scenario),
                None => name.rsplit("::").next().unwrap_or_default().into(),
            },
            scenario: subscenario.map(|subscenario| subscenario.scenario.clone()),
            docs: subscenario.map(|subscenario| subscenario.docs.clone()).unwrap_or_default(),
            collapsed,
            calls: 1,
            nodes: 0,
            rect: collapsed.then(|| {
                let label = subscenario.map_or(0, |subscenario| name.len() + subscenario.scenario.len());
                let width = letters(&" ".repeat(label), LETTER.0) + 60.0;
                Rect { x: 0.0, y: 0.0, width: width.clamp(GROUP.0, WIDTH.1), height: GROUP.1 }
            }),
        });
    }
    for node in &outline.nodes {
        let Some(maker) = node.made_by.as_deref().and_then(|call| of_call.get(call)) else { continue };
        if let Some(group) = groups.iter_mut().find(|group| group.name == **maker) {
            group.nodes += 1;
        }
    }
    groups
}

/// The width of an element with lines of these widths, within the limits.
fn width(lines: impl Iterator<Item = f64>) -> f64 {
    lines.fold(WIDTH.0, f64::max).min(WIDTH.1).ceil()
}

fn letters(text: &str, each: f64) -> f64 {
    f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX)) * each
}

fn node_width(node: &OutlineNode) -> f64 {
    // Inputs are round on the left and need more room.
    let around = if node.input { 38.0 } else { 28.0 };
    let lines = [letters(&node.name, LETTER.0) + around, letters(&node.ty, LETTER.1) + around];
    width(lines.into_iter())
}

fn call(call: &OutlineCall) -> PictureCall {
    // The condition is in a row of its own above the ports.
    let above = usize::from(call.condition.is_some());
    let row = |index: usize| HEADER + PORT * f64::from(u32::try_from(index).unwrap_or(u32::MAX)) + PORT / 2.0;
    let height = |index: usize| row(index + above);
    let condition = call.condition.as_ref().map(|text| PictureCondition { text: text.clone(), y: row(0) });
    let parameters: Vec<PicturePort> = call
        .parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| PicturePort {
            name: parameter.name.clone(),
            ty: parameter.ty.clone(),
            node: parameter.node.clone(),
            y: height(index),
        })
        .collect();
    let outputs: Vec<PictureOutput> = call
        .outputs
        .iter()
        .enumerate()
        .map(|(index, output)| PictureOutput {
            node: output.node.clone(),
            ty: output.ty.clone(),
            y: height(index),
        })
        .collect();
    let rows = parameters.len().max(outputs.len()).max(1);
    let ports =
        parameters.iter().map(|port| letters(&format!("{}: {}", port.name, port.ty), LETTER.1) + 30.0);
    let under = condition.iter().map(|condition| letters(&condition.text, LETTER.1) + 60.0);
    let width = width(ports.chain([letters(&call.name, LETTER.0) + 40.0]).chain(under));
    PictureCall {
        id: format!("call:{}", call.name),
        name: call.name.clone(),
        task: call.task.clone(),
        path: call.path.clone(),
        module: call.module.clone(),
        file: call.file.clone(),
        line: call.line,
        docs: call.docs.clone(),
        skippable: call.skippable,
        retries: call.retries,
        timeout_us: call.timeout_us,
        version: call.version.clone(),
        condition,
        parameters,
        outputs,
        problems: call.problems.clone(),
        rect: Rect { x: 0.0, y: 0.0, width, height: height(rows) - PORT / 2.0 + FOOT },
        group: None,
    }
}

/// The lines between the drawn elements, one for each port.
fn edges(grouping: &Grouping<'_>, picture: &Picture) -> Vec<PictureEdge> {
    let outline = grouping.outline;
    let drawn: BTreeSet<&str> = picture.boxes().map(|(id, _)| id).collect();
    let known: BTreeSet<&str> = outline.nodes.iter().map(|node| node.name.as_str()).collect();
    let mut edges: Vec<PictureEdge> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |edge: PictureEdge| {
        let both = drawn.contains(edge.from.as_str()) && drawn.contains(edge.to.as_str());
        if both && seen.insert(edge.id.clone()) {
            edges.push(edge);
        }
    };
    for call in &outline.calls {
        let id = format!("call:{}", call.name);
        let alone = drawn.contains(id.as_str());
        let end = if alone { id } else { format!("group:{}", grouping.of(call).unwrap_or_default()) };
        for parameter in &call.parameters {
            let Some(node) = parameter.node.as_ref().filter(|node| known.contains(node.as_str())) else {
                continue;
            };
            let from = format!("node:{node}");
            let port = alone.then(|| parameter.name.clone());
            let id =
                format!("{from}→{end}{}", port.iter().map(|port| format!(".{port}")).collect::<String>());
            add(PictureEdge { id, from, to: end.clone(), port, output: None, points: Vec::new() });
        }
        for input in &call.decided_by {
            let from = format!("node:{input}");
            let id = format!("{from}→{end}{}", if alone { ".if" } else { "" });
            add(PictureEdge { id, from, to: end.clone(), port: None, output: None, points: Vec::new() });
        }
        for output in &call.outputs {
            let to = format!("node:{}", output.node);
            let id = format!("{end}→{to}");
            let output = alone.then(|| output.node.clone());
            add(PictureEdge { id, from: end.clone(), to, port: None, output, points: Vec::new() });
        }
    }
    edges
}

#[cfg(test)]
mod tests;
