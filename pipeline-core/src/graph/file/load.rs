//! Conversion of a scenario file to a graph.

use super::types;
use crate::data::{DataError, DataType, Shape, Value};
use crate::graph::builder::{At, BuildProblem};
use crate::graph::definition::{AnyInput, Options};
use crate::graph::{
    Better, CallDef, Default, Graph, GraphBuilder, KpiDef, Node, SubscenarioDef, TaskDef, scenarios, tasks,
};
use skipstone_wiring::scenario_file::{
    ArgumentEntry, CallEntry, DefaultEntry, InputEntry, KpiEntry, SubscenarioEntry,
};
use skipstone_wiring::{
    CallArgument, Fault, Faults, Passing, Place, ScenarioFile, SourceText, Span, Word, Written, suggestion,
};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn load(source: &SourceText) -> Result<Arc<Graph>, Faults> {
    let (file, faults) = ScenarioFile::read(source);
    from_file(&file, source, faults)
}

/// Builds the graph of a parsed file. `faults` are the faults found while parsing.
pub(in crate::graph) fn from_file(
    file: &ScenarioFile,
    source: &SourceText,
    mut faults: Vec<Fault>,
) -> Result<Arc<Graph>, Faults> {
    let unread = !faults.is_empty();
    faults.extend(file.check(unread).0);
    let mut loading =
        Loading { file, source, faults, called: Vec::new(), kpi_spans: Vec::new(), taken: Vec::new() };
    let builder = loading.builder();
    for BuildProblem { at, message } in builder.check_types() {
        if let Some(span) = loading.span(at) {
            loading.fault(span, message);
        }
    }
    for unfitting in builder.unfitting() {
        if let Some(span) = loading.argument_span(&unfitting.subscenario, &unfitting.input) {
            loading.fault(span, unfitting.to_string());
        }
    }
    if !loading.faults.is_empty() {
        return Err(Faults::new(source.clone(), loading.faults));
    }
    builder.build().map_err(|error| {
        // All faults with a place were found above. The remaining problems concern the whole file.
        let faults = error.problems().iter().map(|problem| Fault { span: 0..0, message: problem.clone() });
        Faults::new(source.clone(), faults.collect())
    })
}

struct Loading<'a> {
    file: &'a ScenarioFile,
    source: &'a SourceText,
    faults: Vec<Fault>,
    /// The calls whose functions are known, with their indices in the file.
    called: Vec<(usize, &'static TaskDef)>,
    kpi_spans: Vec<Span>,
    /// The inputs whose types are known, by their indices in the file.
    taken: Vec<usize>,
}

impl Loading<'_> {
    fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push(Fault { span, message: message.into() });
    }

    /// The span of a part of the builder's graph; `None` if the file could not be read that far.
    fn span(&self, at: At) -> Option<Span> {
        let call = |c: usize| &self.file.calls[self.called[c].0];
        Some(match at {
            At::Wiring(Place::Branch(_)) => unreachable!("a file has no branches"),
            // The inputs of subscenarios come after those of the file.
            At::Wiring(Place::Input(i)) => self.file.inputs[*self.taken.get(i)?].name.span.clone(),
            At::Wiring(Place::Output(c, o)) => call(c).outputs[o].span.clone(),
            At::Wiring(Place::Argument(c, a)) => call(c).arguments[a].node.span.clone(),
            At::Parameter(c, a) => {
                let argument = &call(c).arguments[a];
                argument.parameter.as_ref().unwrap_or(&argument.node).span.clone()
            }
            At::Call(c) if !call(c).complete => return None,
            At::Call(c) => call(c).function.span.clone(),
            At::Outputs(c) => call(c).outputs.first()?.span.clone(),
            At::Kpi(k) => self.kpi_spans[k].clone(),
        })
    }

    fn builder(&mut self) -> GraphBuilder {
        let file = self.file;
        for (index, call) in file.calls.iter().enumerate() {
            match tasks::find(&call.function.text) {
                Ok(task) => self.called.push((index, task)),
                Err(message) => self.fault(call.function.span.clone(), message),
            }
        }
        let name = file.name.as_ref().map_or("", |name| name.text.as_str());
        let mut builder = Graph::builder(name).docs(&file.docs).written(Written::InToml);
        for (i, input) in file.inputs.iter().enumerate() {
            // An input of an unknown type is left out. Parameters that read it are then not checked.
            if let Some(input) = self.input(input) {
                self.taken.push(i);
                builder = builder.any_input(input);
            }
        }
        for (index, task) in self.called.clone() {
            builder = builder.call(self.call(&file.calls[index], task));
        }
        for entry in &file.subscenarios {
            if let Some(subscenario) = self.subscenario(entry) {
                builder = builder.subscenario(subscenario);
            }
        }
        self.check_nodes_of_subscenarios();
        for output in &file.outputs {
            let Some((task_output, task)) = self.output(&output.name.text) else { continue };
            if let Some(ty) = &output.ty
                && !types::is_named(&task_output.1, &task_output.0, &ty.text)
            {
                let message = format!(
                    "output `{}` is a `{}`, as task `{task}` returns it, not a `{}`",
                    output.name.text, task_output.0, ty.text
                );
                self.fault(ty.span.clone(), message);
            }
            for kpi in &output.kpis {
                if let Some(kpi) = self.kpi(&output.name.text, &task_output, kpi) {
                    builder = builder.kpi(kpi);
                }
            }
        }
        builder
    }

    /// The span of the node that is passed to an input of a subscenario.
    fn argument_span(&self, subscenario: &str, input: &str) -> Option<Span> {
        let entry = self.file.subscenarios.iter().find(|entry| entry.name.text == subscenario)?;
        let is_it = |word: &Option<Word>| word.as_ref().is_some_and(|word| word.text == input);
        let argument = entry.arguments.iter().find(|argument| is_it(&argument.parameter))?;
        // An unknown node is reported with the names of the file.
        let is_known = !self.faults.iter().any(|fault| fault.span == argument.node.span);
        is_known.then(|| argument.node.span.clone())
    }

    /// Checks that subscenarios have the nodes that are read of them.
    fn check_nodes_of_subscenarios(&mut self) {
        let file = self.file;
        for ArgumentEntry { node, .. } in file.all_arguments() {
            let Some((entry, within)) = file.in_subscenario(&node.text) else { continue };
            let Ok(graph) = scenarios::find(&entry.scenario.text) else { continue };
            if graph.node(within).is_none() {
                let hint = suggestion(within, graph.nodes().iter().map(Node::name));
                let message = format!("subscenario `{}` has no node `{within}`{hint}", entry.name.text);
                self.fault(node.span.clone(), message);
            }
        }
    }

    /// The subscenario with that part of what is passed to its inputs that is right.
    fn subscenario(&mut self, entry: &SubscenarioEntry) -> Option<SubscenarioDef> {
        let graph = match scenarios::find(&entry.scenario.text) {
            Ok(graph) => graph,
            Err(message) => {
                self.fault(entry.scenario.span.clone(), message);
                return None;
            }
        };
        let inputs = || graph.nodes().iter().filter(|node| node.is_input());
        let mut given: Vec<&str> = Vec::new();
        let mut subscenario = SubscenarioDef::new(&entry.name.text, graph).docs(&entry.docs);
        let names = entry.arguments.iter().filter_map(|argument| argument.parameter.as_ref());
        for name in names.chain(entry.values.iter().map(|(name, _)| name)) {
            if inputs().any(|node| node.name() == name.text) {
                given.push(&name.text);
                continue;
            }
            let hint = suggestion(&name.text, inputs().map(Node::name));
            let message = format!("scenario `{}` has no input `{}`{hint}", graph.name(), name.text);
            self.fault(name.span.clone(), message);
        }
        for ArgumentEntry { parameter, node, .. } in &entry.arguments {
            let Some(input) = parameter.as_ref().filter(|name| given.contains(&name.text.as_str())) else {
                continue;
            };
            subscenario = subscenario.node(&input.text, &node.text);
        }
        for (input, given_value) in &entry.values {
            let Some(node) = inputs().find(|node| node.name() == input.text) else { continue };
            let written = DefaultEntry::Value(given_value.clone());
            if node.is_secret() {
                let message = format!(
                    "`{}` is a secret, which can't have a value here: remove it, and set the value for each run",
                    input.text
                );
                self.fault(input.span.clone(), message);
            } else if let Err(message) = value(&node.data, &written) {
                let message = invalid_default(&input.text, node.type_text(), &written, &message);
                self.fault(given_value.span.clone(), message);
            }
            let name = format!("{}.{}", entry.name.text, input.text);
            subscenario =
                subscenario.default_value(&input.text, default(name, node.data, written, self.source));
        }
        let missing = inputs().filter(|node| node.is_required() && !node.is_secret());
        let missing: Vec<&str> = missing.map(Node::name).filter(|name| !given.contains(name)).collect();
        if let Some(first) = missing.first().filter(|_| entry.complete) {
            let message = format!(
                "scenario `{}` needs the {} `{}`: write `arguments = {{ {first} = \"node\" }}` or `values = {{ {first} = … }}`",
                graph.name(),
                if missing.len() == 1 { "input" } else { "inputs" },
                missing.join("`, `")
            );
            self.fault(entry.name.span.clone(), message);
        }
        Some(subscenario)
    }

    /// The type of an output with its name, and the task that makes it.
    fn output(&self, name: &str) -> Option<((Cow<'static, str>, DataType), &'static str)> {
        self.called.iter().find_map(|(index, task)| {
            let call = &self.file.calls[*index];
            let position = call.outputs.iter().position(|output| output.text == name)?;
            let (ty, data) = task.typed_outputs().nth(position)?;
            Some(((ty, *data), task.name()))
        })
    }

    /// The types of the parameters that read an input, with their names.
    fn readers(&self, input: &str) -> Vec<(String, DataType)> {
        let mut readers = Vec::new();
        for (index, task) in &self.called {
            let arguments = &self.file.calls[*index].arguments;
            let passed: Vec<CallArgument<'_>> = arguments
                .iter()
                .map(|argument| CallArgument {
                    parameter: argument.parameter.as_ref().map(|name| name.text.as_str()),
                    node: &argument.node.text,
                    passing: argument.passing,
                })
                .collect();
            for (a, _) in arguments.iter().enumerate().filter(|(_, argument)| argument.node.text == input) {
                let parameter = task.signature.parameter_of(&passed, a);
                if let Some(data) = task.parameters.get(parameter) {
                    let text = task.signature.parameters[parameter].node;
                    let of_parts = (data.in_parts)()
                        .filter(|_| matches!(arguments[a].passing, Passing::Each | Passing::Cross));
                    readers.push(match of_parts {
                        Some(parts) => (format!("Parts<{text}>"), parts),
                        None => (text.to_owned(), *data),
                    });
                }
            }
        }
        for entry in &self.file.subscenarios {
            let Ok(graph) = scenarios::find(&entry.scenario.text) else { continue };
            let passed = entry.arguments.iter().filter(|argument| argument.node.text == input);
            let inputs = passed.filter_map(|argument| graph.node(&argument.parameter.as_ref()?.text));
            readers.extend(inputs.map(|node| (node.type_text.clone(), node.data)));
        }
        readers
    }

    fn input(&mut self, input: &InputEntry) -> Option<AnyInput> {
        let readers = self.readers(&input.name.text);
        let (type_text, data) = match &input.ty {
            Some(ty) => {
                let read = readers.iter().find(|(text, data)| types::is_named(data, text, &ty.text));
                let data = match read {
                    Some((_, data)) => Ok(*data),
                    None => types::named(&ty.text),
                };
                let data = data.map_err(|message| self.fault(ty.span.clone(), message)).ok()?;
                (ty.text.clone(), data)
            }
            None => match readers.into_iter().next() {
                Some(read) => read,
                None => {
                    // The name in the call that should read it may be misspelled.
                    if !self.file.names_unknown_nodes() && !self.is_read(&input.name.text) {
                        let message = format!(
                            "input `{}` needs a type, `type = \"f64\"`: no task reads it, so it can't be inferred",
                            input.name.text
                        );
                        self.fault(input.name.span.clone(), message);
                    }
                    return None;
                }
            },
        };
        let default = match &input.default {
            Some(entry) => {
                let name = &input.name.text;
                match value(&data, entry) {
                    Ok(_) => Some(default(name.clone(), data, entry.clone(), self.source)),
                    Err(message) => {
                        let message = invalid_default(name, &type_text, entry, &message);
                        self.fault(entry.span().clone(), message);
                        None
                    }
                }
            }
            None => None,
        };
        Some(AnyInput {
            name: input.name.text.clone(),
            docs: input.docs.clone(),
            type_text,
            data,
            default,
            migrations: Vec::new(),
            options: options(input),
            secret: input.secret,
            allow_unused: input.allow_unused,
        })
    }

    fn is_read(&self, input: &str) -> bool {
        self.file.all_arguments().any(|argument| argument.node.text == input)
    }

    fn call(&self, call: &CallEntry, task: &'static TaskDef) -> CallDef {
        let mut def = CallDef::new(task);
        for argument in &call.arguments {
            def = match &argument.parameter {
                Some(parameter) => def.named_argument(&parameter.text, &argument.node.text),
                None => def.argument(&argument.node.text),
            };
            def = def.passing(argument.passing);
        }
        for output in &call.outputs {
            def = def.output(&output.text);
            if let Some(entry) = self.file.output(&output.text) {
                def = def.docs_of(&output.text, &entry.docs);
            }
        }
        if let Some(skippable) = call.skippable {
            def = if skippable { def.skippable() } else { def.not_skippable() };
        }
        if let Some(retries) = call.retries {
            def = def.retries(retries);
        }
        if let Some(backoff) = call.backoff {
            def = def.backoff(Duration::from_millis(backoff));
        }
        if let Some(timeout) = call.timeout {
            def = def.timeout(Duration::from_millis(timeout));
        }
        if call.allow_unused { def.allow_unused() } else { def }
    }

    fn kpi(
        &mut self,
        node: &str,
        (text, data): &(Cow<'static, str>, DataType),
        kpi: &KpiEntry,
    ) -> Option<KpiDef> {
        if let Err((span, message)) = readable(node, text, data, kpi) {
            self.fault(span, message);
            return None;
        }
        let better = if kpi.higher { Better::Higher } else { Better::Lower };
        let field = kpi.field.as_ref().map(|field| field.text.as_str());
        self.kpi_spans.push(kpi.span.clone());
        Some(KpiDef::of(node, better, *data, field).unit(&kpi.unit))
    }
}

/// Checks that the output has the number that the KPI reads.
fn readable(node: &str, text: &str, data: &DataType, kpi: &KpiEntry) -> Result<(), (Span, String)> {
    let shape = (data.shape)();
    let Some(field) = &kpi.field else {
        return match shape.is_number() {
            true => Ok(()),
            false => {
                let message = format!(
                    "output `{node}` is a `{text}`, not a number: name one of its fields, `field = \"…\"`"
                );
                Err((kpi.span.clone(), message))
            }
        };
    };
    let names: Vec<&str> = match &shape {
        Shape::Table => data.columns.iter().map(|column| column.field).collect(),
        Shape::Fields { fields } => fields.to_vec(),
        Shape::Map | Shape::Any => return Ok(()),
        _ => {
            let message = format!("output `{node}` is a `{text}`, which has no fields: remove `field`");
            return Err((field.span.clone(), message));
        }
    };
    if !names.contains(&field.text.as_str()) {
        let hint = suggestion(&field.text, names.iter().copied());
        return Err((field.span.clone(), format!("`{text}` has no field `{}`{hint}", field.text)));
    }
    match data.columns.iter().find(|column| column.field == field.text) {
        Some(column) if !column.ty.is_number() => {
            let message = format!("field `{}` of `{text}` is a `{}`, not a number", field.text, column.ty);
            Err((field.span.clone(), message))
        }
        _ => Ok(()),
    }
}

/// Reads a default from a file as a value of this type.
pub(super) fn value(data: &DataType, entry: &DefaultEntry) -> Result<Value, String> {
    match entry {
        DefaultEntry::Value(given) => (data.from_toml)(&given.value),
        DefaultEntry::Json(json) => (data.parse)(&json.text),
    }
}

/// The message for a default that is not a valid value of its input.
pub(in crate::graph) fn invalid_default(
    input: &str,
    ty: &str,
    entry: &DefaultEntry,
    message: &str,
) -> String {
    let text = entry.text();
    format!("`{text}` is not a valid `{ty}` for input `{input}`: {message}")
}

/// The default, evaluated on each call, because paths are resolved when they are used.
fn default(input: String, data: DataType, entry: DefaultEntry, source: &SourceText) -> Default {
    let place = source.place(entry.span().start);
    Arc::new(move || {
        value(&data, &entry).map_err(|message| DataError::Default {
            input: input.clone(),
            place: place.clone(),
            message,
        })
    })
}

/// The format options of an input's files.
fn options(input: &InputEntry) -> Option<Options> {
    let (attribute, given) = input.options.as_ref()?;
    let json = serde_json::to_value(&given.value).map_err(|error| error.to_string());
    let values = json.map(|json| json.as_object().cloned().unwrap_or_default());
    Some(Options { attribute, values })
}
