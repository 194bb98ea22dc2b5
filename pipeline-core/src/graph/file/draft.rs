//! A scenario file that is being edited: its readable parts, and everything that is wrong with it.

use super::{load, types};
use crate::data::{DataType, Shape};
use crate::graph::outline::{Outline, OutlineCall, OutlineKpi, OutlineNode, OutlineOutput};
use crate::graph::{Better, Graph, tasks};
use serde::Serialize;
use skipstone_wiring::scenario_file::{CallEntry, InputEntry};
use skipstone_wiring::{CallArgument, Fault, ScenarioFile, SourceText};
use std::collections::HashMap;
use std::sync::Arc;

/// The maximum number of problems that are reported.
const SHOWN: usize = 200;

/// The readable parts of a scenario file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Draft {
    /// The nodes and calls that could be read.
    pub outline: Outline,
    /// The problems with the file, in source order.
    pub problems: Vec<DraftProblem>,
    /// The graph; `None` while the file has errors.
    pub graph: Option<Arc<Graph>>,
}

/// A problem with a scenario file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct DraftProblem {
    /// What is wrong, and what to do.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// Whether it is only a warning: the file can be run.
    pub warning: bool,
    /// The input or output that it concerns.
    pub node: Option<String>,
    /// The call that it concerns.
    pub call: Option<String>,
}

impl Draft {
    /// Reads a scenario file with the tasks that are compiled into this program. The readable parts of a file with
    /// errors are still returned.
    pub fn read(source: &SourceText) -> Draft {
        let (file, faults) = ScenarioFile::read(source);
        let unread = !faults.is_empty();
        let names = names(&file);
        let owners = owners(&file, &names);
        let problem = |fault: &Fault, warning| {
            let (line, column) = source.position(fault.span.start);
            let before = owners.partition_point(|(start, _)| *start <= fault.span.start);
            let (node, call) = before.checked_sub(1).map(|last| owners[last].1.clone()).unwrap_or_default();
            DraftProblem { message: fault.message.clone(), line, column, warning, node, call }
        };
        let warnings = file.check(unread).1;
        let mut problems: Vec<DraftProblem> = warnings.iter().map(|fault| problem(fault, true)).collect();
        let graph = match load::from_file(&file, source, faults) {
            Ok(graph) => Some(graph),
            Err(faults) => {
                problems.extend(faults.list().iter().map(|fault| problem(fault, false)));
                None
            }
        };
        problems.sort_by_key(|problem| (problem.line, problem.column));
        // If there are more than a user would read, errors come first.
        if problems.len() > SHOWN {
            problems.sort_by_key(|problem| problem.warning);
            problems.truncate(SHOWN);
        }
        let mut outline = match &graph {
            Some(graph) => graph.outline(),
            None => outline(&file, &names),
        };
        for problem in problems.iter().filter(|problem| !problem.warning) {
            let message = || problem.message.clone();
            if let Some(node) =
                outline.nodes.iter_mut().find(|node| problem.node.as_ref() == Some(&node.name))
            {
                node.problems.push(message());
            }
            if let Some(call) =
                outline.calls.iter_mut().find(|call| problem.call.as_ref() == Some(&call.name))
            {
                call.problems.push(message());
            }
        }
        Draft { outline, problems, graph }
    }
}

/// The names of the calls, as a graph names them.
fn names(file: &ScenarioFile) -> Vec<String> {
    let mut often: HashMap<&str, usize> = HashMap::new();
    file.calls.iter().for_each(|call| *often.entry(call.task()).or_default() += 1);
    let name = |call: &CallEntry| match (often[call.task()], call.outputs.first()) {
        (2.., Some(output)) => crate::graph::builder::call_name(call.task(), &output.text),
        _ => call.task().to_owned(),
    };
    file.calls.iter().map(name).collect()
}

/// The node or the call that a part of the file concerns.
type Owner = (Option<String>, Option<String>);

/// The owner of each part of the file, sorted by the start of the part.
fn owners(file: &ScenarioFile, names: &[String]) -> Vec<(usize, Owner)> {
    let nodes =
        file.inputs.iter().map(|input| &input.name).chain(file.outputs.iter().map(|output| &output.name));
    let nodes = nodes.map(|name| (name.span.start, (Some(name.text.clone()), None)));
    let calls = file.calls.iter().zip(names).map(|(call, name)| {
        let words = call.outputs.iter().chain(call.arguments.iter().map(|argument| &argument.node));
        let first = words.map(|word| word.span.start).chain([call.function.span.start]).min();
        (first.unwrap_or_default(), (None, Some(name.clone())))
    });
    let mut owners: Vec<_> = nodes.chain(calls).collect();
    owners.sort_by_key(|(start, _)| *start);
    owners
}

fn outline(file: &ScenarioFile, names: &[String]) -> Outline {
    let calls: Vec<OutlineCall> =
        file.calls.iter().zip(names).map(|(call, name)| outline_call(call, name)).collect();
    let mut nodes: Vec<OutlineNode> = file.inputs.iter().map(|input| outline_input(input, &calls)).collect();
    for (call, entry) in calls.iter().zip(&file.calls) {
        let task = tasks::find(&entry.function.text).ok();
        for (position, output) in call.outputs.iter().enumerate() {
            let data = task.and_then(|task| task.outputs.get(position)).copied();
            let mut node = outline_node(&output.node, &output.ty, data);
            if let Some(entry) = file.output(&output.node) {
                node.docs.clone_from(&entry.docs);
            }
            nodes.push(node);
        }
    }
    let kpis = file.outputs.iter().flat_map(|output| {
        output.kpis.iter().map(|kpi| OutlineKpi {
            name: match &kpi.field {
                Some(field) => format!("{}.{}", output.name.text, field.text),
                None => output.name.text.clone(),
            },
            unit: kpi.unit.clone(),
            better: if kpi.higher { Better::Higher } else { Better::Lower },
            node: output.name.text.clone(),
        })
    });
    let mut outline = Outline {
        subscenarios: Vec::new(),
        name: file.name.as_ref().map(|name| name.text.clone()).unwrap_or_default(),
        docs: file.docs.clone(),
        nodes,
        kpis: kpis.collect(),
        calls,
        warnings: Vec::new(),
    };
    outline.connect();
    outline
}

fn outline_call(entry: &CallEntry, name: &str) -> OutlineCall {
    let task = tasks::find(&entry.function.text).ok();
    let mut call = match task {
        Some(task) => OutlineCall::of(task),
        None => OutlineCall::unknown(entry.task(), &entry.function.text),
    };
    name.clone_into(&mut call.name);
    call.skippable = entry.skippable.unwrap_or(call.skippable);
    call.retries = entry.retries.unwrap_or(call.retries);
    let timeout =
        entry.timeout.map(|timeout| i64::try_from(timeout.saturating_mul(1_000)).unwrap_or(i64::MAX));
    call.timeout_us = timeout.or(call.timeout_us);
    let passed: Vec<CallArgument<'_>> = entry
        .arguments
        .iter()
        .map(|argument| CallArgument {
            parameter: argument.parameter.as_ref().map(|name| name.text.as_str()),
            node: &argument.node.text,
            passing: argument.passing,
        })
        .collect();
    for (index, argument) in entry.arguments.iter().enumerate() {
        let parameter = task.map_or(usize::MAX, |task| task.signature.parameter_of(&passed, index));
        if let Some(parameter) = call.parameters.get_mut(parameter) {
            parameter.node = Some(argument.node.text.clone());
        }
    }
    let ty = |position: usize| {
        task.and_then(|task| task.outputs.get(position)).map_or_else(String::new, types::text_of)
    };
    let outputs = entry.outputs.iter().enumerate();
    call.outputs = outputs
        .map(|(position, output)| OutlineOutput { node: output.text.clone(), ty: ty(position) })
        .collect();
    call
}

fn outline_input(input: &InputEntry, calls: &[OutlineCall]) -> OutlineNode {
    let name = &input.name.text;
    let read = || {
        let mut read = calls.iter().flat_map(|call| &call.parameters);
        read.find(|parameter| parameter.node.as_ref() == Some(name)).map(|parameter| parameter.ty.clone())
    };
    let written = input.ty.as_ref().map(|ty| ty.text.clone()).or_else(read).unwrap_or_default();
    let data = types::named(&written).ok();
    let ty = data.map_or(written, |data| types::text_of(&data));
    let mut node = outline_node(name, &ty, data);
    node.input = true;
    node.docs.clone_from(&input.docs);
    node.secret = input.secret;
    node.required = input.default.is_none();
    if let Some(default) = input.default.as_ref().filter(|_| !input.secret) {
        node.default = Some(default.text());
        let value = data.and_then(|data| Some((data, load::value(&data, default).ok()?)));
        node.default_text = value.map_or_else(|| node.default.clone(), |(data, value)| data.typed(&value));
        node.default = node.default_text.clone().or(node.default);
    }
    node
}

fn outline_node(name: &str, ty: &str, data: Option<DataType>) -> OutlineNode {
    OutlineNode {
        name: name.into(),
        ty: ty.into(),
        docs: String::new(),
        input: false,
        secret: false,
        required: false,
        default: None,
        default_text: None,
        shape: data.map_or(Shape::Any, |data| (data.shape)()),
        columns: data.map(|data| data.columns.to_vec()).unwrap_or_default(),
        made_by: None,
        read_by: Vec::new(),
        problems: Vec::new(),
    }
}
