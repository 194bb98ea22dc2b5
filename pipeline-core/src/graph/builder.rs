//! Builds a graph, and refuses one that can't run.

use super::branch::{AnyBranch, BranchDef};
use super::definition::{AnyInput, CallDef, InputDef, Options};
use super::subscenario::{Added, Passed, Subscenario, SubscenarioDef, Unfitting};
use super::{Call, Graph, KpiDef, Maker, Node, subscenario};
use crate::data::{DataType, view_mismatch};
use skipstone_wiring::suggestion;
use skipstone_wiring::{Argument, CallArgument, Passing, Place, Severity, Wiring, Written};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// All problems with the wiring of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WiringError {
    scenario: String,
    problems: Vec<String>,
}

impl WiringError {
    /// The problems, one message each, in source order.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario `{}` can't be wired like this:", self.scenario)?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n- {}", problem.replace('\n', "\n  ")))
    }
}

impl std::error::Error for WiringError {}

/// Builds a graph; created by [`Graph::builder`].
pub struct GraphBuilder {
    name: String,
    docs: String,
    source: Option<String>,
    sources: String,
    inputs: Vec<AnyInput>,
    calls: Vec<CallDef>,
    kpis: Vec<KpiDef>,
    subscenarios: Vec<Subscenario>,
    branches: Vec<AnyBranch>,
    /// The nodes that are passed to inputs of subscenarios.
    passed: Vec<Passed>,
    /// Problems within the definitions of subscenarios.
    problems: Vec<String>,
    written: Written,
}

/// A problem with a graph, and the part of the graph that it concerns.
pub(super) struct BuildProblem {
    pub(super) at: At,
    pub(super) message: String,
}

/// A part of a graph that is being built.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    /// A node or an argument.
    Wiring(Place),
    /// The parameter of an argument, or the argument if it names no parameter: the indices of call and argument.
    Parameter(usize, usize),
    /// A call, by its index.
    Call(usize),
    /// The outputs of a call.
    Outputs(usize),
    /// A KPI, by its index.
    Kpi(usize),
}

impl GraphBuilder {
    pub(super) fn new(name: &str) -> GraphBuilder {
        GraphBuilder {
            name: name.into(),
            docs: String::new(),
            source: None,
            sources: String::new(),
            inputs: Vec::new(),
            calls: Vec::new(),
            kpis: Vec::new(),
            subscenarios: Vec::new(),
            branches: Vec::new(),
            passed: Vec::new(),
            problems: Vec::new(),
            written: Written::InRust,
        }
    }

    /// Sets where the wiring is written. Messages suggest what to write there.
    pub(super) fn written(mut self, written: Written) -> GraphBuilder {
        self.written = written;
        self
    }

    /// Adds an input of any type.
    pub(super) fn any_input(mut self, input: AnyInput) -> GraphBuilder {
        self.inputs.push(input);
        self
    }

    /// Sets the scenario's documentation.
    pub fn docs(mut self, docs: &str) -> GraphBuilder {
        self.docs = docs.into();
        self
    }

    /// Sets the commit that the program was compiled from, for its versions.
    pub fn source(mut self, commit: &str) -> GraphBuilder {
        self.source = Some(commit.into());
        self
    }

    /// Sets the files that the program was compiled from, one per line: the beginning of the hash of the content, a
    /// tab, the file name.
    #[doc(hidden)]
    pub fn sources(mut self, files: &str) -> GraphBuilder {
        self.sources = files.into();
        self
    }

    /// Adds an input.
    pub fn input<T>(mut self, input: InputDef<T>) -> GraphBuilder {
        self.inputs.push(input.input);
        self
    }

    /// Adds a call of a task.
    pub fn call(mut self, call: CallDef) -> GraphBuilder {
        self.calls.push(call);
        self
    }

    /// Adds calls of tasks.
    #[doc(hidden)]
    pub fn calls(mut self, calls: impl IntoIterator<Item = CallDef>) -> GraphBuilder {
        self.calls.extend(calls);
        self
    }

    /// Adds a branch, with the calls of its arms.
    pub fn branch(mut self, branch: BranchDef) -> GraphBuilder {
        let (branches, calls) = branch.flattened(&[], self.branches.len());
        self.branches.extend(branches);
        self.calls.extend(calls);
        self
    }

    /// Adds branches whose calls are added with their arms.
    #[doc(hidden)]
    pub fn branches(mut self, branches: impl IntoIterator<Item = BranchDef>) -> GraphBuilder {
        self.branches.extend(branches.into_iter().map(|branch| branch.branch));
        self
    }

    /// Adds a subscenario: the nodes and calls of another scenario, under names that begin with the name of the subscenario.
    pub fn subscenario(mut self, subscenario: SubscenarioDef) -> GraphBuilder {
        let Added { inputs, calls, kpis, subscenarios, branches, passed, problems } =
            subscenario.added(self.branches.len());
        self.branches.extend(branches);
        self.inputs.extend(inputs);
        self.calls.extend(calls);
        self.kpis.extend(kpis);
        self.subscenarios.extend(subscenarios);
        self.passed.extend(passed);
        self.problems.extend(problems);
        self
    }

    /// Adds a KPI.
    pub fn kpi(mut self, kpi: KpiDef) -> GraphBuilder {
        self.kpis.push(kpi);
        self
    }

    /// Builds the graph.
    ///
    /// # Errors
    ///
    /// When the wiring is wrong. The error lists all problems, with the same messages as `scenario!`.
    pub fn build(mut self) -> Result<Arc<Graph>, WiringError> {
        let problems = self.pass_nodes();
        if !problems.is_empty() {
            return Err(WiringError { scenario: self.name, problems });
        }
        let wiring = self.wiring();
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        for problem in skipstone_wiring::check(&wiring) {
            match problem.severity() {
                Severity::Error => problems.push(problem.message(self.written)),
                Severity::Warning if self.allows_unused(problem.place) => {}
                Severity::Warning => warnings.push(problem.message(self.written)),
            }
        }
        problems.extend(self.check_types().into_iter().map(|problem| problem.message));
        let order = skipstone_wiring::order(&wiring);
        match order {
            Some(order) if problems.is_empty() => Ok(Arc::new(self.finish(order, warnings))),
            _ => Err(WiringError { scenario: self.name, problems }),
        }
    }

    /// Lets the calls in subscenarios read the nodes that are passed to their inputs.
    fn pass_nodes(&mut self) -> Vec<String> {
        let mut problems = std::mem::take(&mut self.problems);
        if self.passed.is_empty() {
            return problems;
        }
        match subscenario::origins(&self.name, &self.passed, &self.types()) {
            Err(wrong) => problems.extend(wrong.iter().map(ToString::to_string)),
            Ok(origins) => {
                for argument in self.calls.iter_mut().flat_map(|call| &mut call.arguments) {
                    if let Some(origin) = origins.get(&argument.node) {
                        argument.node.clone_from(origin);
                    }
                }
                for branch in &mut self.branches {
                    if let Some(origin) = origins.get(&branch.input) {
                        branch.input.clone_from(origin);
                    }
                }
                for Passed { input, node, .. } in &mut self.passed {
                    node.clone_from(&origins[input]);
                }
            }
        }
        problems
    }

    /// Returns the inputs of subscenarios to which no node of their type is passed.
    pub(super) fn unfitting(&self) -> Vec<Unfitting> {
        subscenario::origins(&self.name, &self.passed, &self.types()).err().unwrap_or_default()
    }

    /// Returns the types of the nodes, as descriptions and as text. Of several nodes with one name, the first counts.
    fn types(&self) -> HashMap<&str, (DataType, Cow<'_, str>)> {
        let mut types: HashMap<&str, (DataType, Cow<'_, str>)> = HashMap::new();
        for input in &self.inputs {
            types.entry(&input.name).or_insert((input.data, Cow::Borrowed(&input.type_text)));
        }
        for call in &self.calls {
            for (name, (ty, data)) in call.outputs.iter().zip(typed_outputs(call)) {
                types.entry(name).or_insert((data, ty));
            }
        }
        types
    }

    fn wiring(&self) -> Wiring {
        Wiring {
            scenario: self.name.clone(),
            inputs: self.inputs.iter().map(|input| input.name.clone()).collect(),
            calls: self
                .calls
                .iter()
                .map(|call| skipstone_wiring::Call {
                    task: call.task.name().into(),
                    outputs: call.outputs.clone(),
                    arguments: call.arguments.clone(),
                    arms: call.arms.clone(),
                })
                .collect(),
            with_parts: self
                .inputs
                .iter()
                .filter(|input| input.data.parts.is_some())
                .map(|input| input.name.clone())
                .collect(),
            branches: self.branches.iter().map(|branch| branch.input.clone()).collect(),
        }
    }

    fn allows_unused(&self, place: Place) -> bool {
        match place {
            Place::Input(i) => self.inputs[i].allow_unused,
            Place::Output(c, _) | Place::Argument(c, _) => self.calls[c].allow_unused,
            Place::Branch(_) => false,
        }
    }

    /// Checks signatures and types. In a `scenario!`, the compiler makes these checks.
    pub(super) fn check_types(&self) -> Vec<BuildProblem> {
        let mut problems = Vec::new();
        for (i, input) in self.inputs.iter().enumerate().filter(|(_, input)| input.secret) {
            let at = At::Wiring(Place::Input(i));
            let name = &input.name;
            if input.data.external {
                let message = format!(
                    "input `{name}` is a file, which can't be a secret: its path is recorded with runs"
                );
                problems.push(BuildProblem { at, message });
            }
            if input.default.is_some() {
                let message =
                    format!("secret input `{name}` can't have a default: give its value to each run");
                problems.push(BuildProblem { at, message });
            }
        }
        for (i, input) in self.inputs.iter().enumerate() {
            let Some(Options { attribute, values }) = &input.options else { continue };
            let checked = match values {
                _ if input.data.attribute != Some(attribute) => {
                    Err(format!("`{}` has no `{attribute}` options", input.type_text))
                }
                Ok(values) => (input.data.check_options)(values),
                Err(problem) => Err(problem.clone()),
            };
            if let Err(problem) = checked {
                let message = format!("input `{}`, `{attribute}`: {problem}", input.name);
                problems.push(BuildProblem { at: At::Wiring(Place::Input(i)), message });
            }
        }
        self.check_calls(&mut problems);
        self.check_branches(&mut problems);
        self.check_kpis(&mut problems);
        problems
    }

    fn check_calls(&self, problems: &mut Vec<BuildProblem>) {
        let types = self.types();
        for (c, call) in self.calls.iter().enumerate() {
            let signature = &call.task.signature;
            let passed = passed(&call.arguments);
            let mut report = |at, message: Option<String>| {
                problems.extend(message.map(|message| BuildProblem { at, message }));
            };
            let string = |text: skipstone_wiring::Text| text.to_string();
            report(At::Call(c), signature.check_call(&passed, self.written).map(string));
            report(At::Outputs(c), signature.check_outputs(call.outputs.len(), self.written).map(string));
            for (index, argument) in passed.iter().enumerate() {
                let check = signature.check_argument(&passed, index, self.written).map(string);
                report(At::Parameter(c, index), check);
                let at = At::Wiring(Place::Argument(c, index));
                let parameter = signature.parameter_of(&passed, index);
                let (Some(expected), Some((found, text))) =
                    (call.task.parameters.get(parameter), types.get(argument.node))
                else {
                    continue;
                };
                let part = found.parts.map(|parts| (parts.part)());
                let found = match argument.passing {
                    Passing::Each | Passing::Cross => part.as_ref(),
                    Passing::All | Passing::Last(_) => part.as_ref().map(|_| found),
                    Passing::One => Some(found),
                };
                let Some(found) = found else {
                    let node = argument.node;
                    report(at, Some(format!("`{node}` has no parts: it is a `{text}`; pass it as `{node}`")));
                    continue;
                };
                if argument.passing != Passing::One && self.is_made_with_parts(argument.node) {
                    let node = argument.node;
                    report(
                        at,
                        Some(format!(
                            "the parts of `{node}` are known only when its task has run: pass it as `{node}`, and let one call go through its parts"
                        )),
                    );
                    continue;
                }
                let text: &str = match (
                    argument.passing,
                    text.strip_prefix("Parts<").and_then(|text| text.strip_suffix('>')),
                ) {
                    (Passing::Each | Passing::Cross, Some(part)) => part,
                    _ => text,
                };
                let message =
                    skipstone_wiring::Text::new().push("argument `").push(argument.node).push("` of task `");
                let message = message.push(signature.task).push("`: expected `");
                let message = message
                    .push(signature.parameters[parameter].node)
                    .push("`, found `")
                    .push(text)
                    .push("`");
                let problem = match (&expected.viewed, &found.viewed) {
                    (Some(expected), Some(found)) => view_mismatch(expected, found, message),
                    _ => (expected != found).then_some(message),
                };
                report(at, problem.map(|text| text.to_string()));
            }
        }
    }

    /// Returns whether one call of a task makes the node with all its parts.
    fn is_made_with_parts(&self, node: &str) -> bool {
        let mut makers = self.calls.iter().filter(|call| call.outputs.iter().any(|output| output == node));
        makers.any(|call| !call.arguments.iter().any(|argument| argument.passing.is_mapped()))
    }

    fn check_branches(&self, problems: &mut Vec<BuildProblem>) {
        for (b, branch) in self.branches.iter().enumerate() {
            let input = self.inputs.iter().find(|input| input.name == branch.input);
            if let Some(input) = input.filter(|input| !(branch.is_of)(&input.data)) {
                let message =
                    format!("the condition `{}` is not one on a `{}`", branch.text, input.type_text);
                problems.push(BuildProblem { at: At::Wiring(Place::Branch(b)), message });
            }
        }
        let types = self.types();
        for (c, call) in self.calls.iter().enumerate().filter(|(_, call)| !call.arms.is_empty()) {
            for (o, (name, (text, data))) in call.outputs.iter().zip(typed_outputs(call)).enumerate() {
                let Some((_, of_first)) = types.get(name.as_str()).filter(|(first, _)| *first != data) else {
                    continue;
                };
                let message =
                    format!("node `{name}` is a `{text}` in this arm, and a `{of_first}` in the other");
                problems.push(BuildProblem { at: At::Wiring(Place::Output(c, o)), message });
            }
        }
    }

    fn check_kpis(&self, problems: &mut Vec<BuildProblem>) {
        let mut names = HashSet::new();
        for (k, KpiDef { kpi, node, ty }) in self.kpis.iter().enumerate() {
            let mut report = |message| problems.push(BuildProblem { at: At::Kpi(k), message });
            let outputs =
                self.calls.iter().flat_map(|call| call.outputs.iter().zip(call.task.typed_outputs()));
            match outputs.clone().find(|(name, _)| *name == node) {
                None => {
                    let hint = suggestion(node, outputs.map(|(name, _)| name.as_str()));
                    report(format!("KPI `{}`: there is no output `{node}`{hint}", kpi.name));
                }
                Some((_, (text, data))) if !ty.is_of(data) => report(format!(
                    "KPI `{}`: output `{node}` is a `{}`, but the KPI reads a `{}`",
                    kpi.name,
                    text,
                    (ty.name)()
                )),
                Some(_) if !names.insert(&kpi.name) => {
                    report(format!("KPI `{}` is defined twice", kpi.name));
                }
                Some(_) => {}
            }
        }
    }

    /// Builds the graph from a wiring that passed all checks.
    fn finish(self, order: Vec<usize>, warnings: Vec<String>) -> Graph {
        let mut nodes: Vec<Node> = Vec::new();
        for input in self.inputs {
            nodes.push(Node {
                name: input.name,
                docs: input.docs,
                type_text: input.type_text,
                data: input.data,
                maker: Maker::Input { default: input.default, migrations: input.migrations },
                options: input.options,
                readers: Vec::new(),
                secret: input.secret,
                allow_unused: input.allow_unused,
                part: None,
            });
        }
        let mut names: HashMap<String, usize> =
            nodes.iter().enumerate().map(|(index, node)| (node.name.clone(), index)).collect();
        for (c, call) in self.calls.iter().enumerate() {
            for (name, (ty, data)) in call.outputs.iter().zip(typed_outputs(call)) {
                // Another arm makes it, too.
                if let Some(&known) = names.get(name) {
                    if nodes[known].docs.is_empty() {
                        nodes[known].docs.clone_from(call.docs_of.get(name).unwrap_or(&call.docs));
                    }
                    nodes[known].allow_unused |= call.allow_unused;
                    continue;
                }
                names.insert(name.clone(), nodes.len());
                nodes.push(Node {
                    name: name.clone(),
                    docs: call.docs_of.get(name).unwrap_or(&call.docs).clone(),
                    type_text: ty.into(),
                    data,
                    maker: Maker::Call(c),
                    options: None,
                    readers: Vec::new(),
                    secret: false,
                    allow_unused: call.allow_unused,
                    part: None,
                });
            }
        }
        for Passed { input, node, .. } in self.passed {
            names.insert(input, names[&node]);
        }

        let kpi = |KpiDef { kpi, node, .. }: KpiDef| super::Kpi { node: names[&node], ..kpi };
        let kpis = self.kpis.into_iter().map(kpi).collect();
        let mut once = HashSet::new();
        let mut often = HashSet::new();
        for call in &self.calls {
            if !once.insert(call.task.name()) {
                often.insert(call.task.name());
            }
        }
        let mut calls: Vec<Call> = Vec::new();
        let mut job_names: HashSet<String> = HashSet::new();
        for (c, call) in self.calls.iter().enumerate() {
            let passed = passed(&call.arguments);
            let mut arguments = vec![0; passed.len()];
            let mut passing = vec![Passing::One; passed.len()];
            for (index, argument) in passed.iter().enumerate() {
                let (node, parameter) =
                    (names[argument.node], call.task.signature.parameter_of(&passed, index));
                (arguments[parameter], passing[parameter]) = (node, argument.passing);
                if nodes[node].readers.last() != Some(&c) {
                    nodes[node].readers.push(c);
                }
            }
            let outputs = call.outputs.iter().map(|name| names[name]).collect();
            let task = call.task.name();
            let mut name = if often.contains(task) { call_name(task, &call.outputs[0]) } else { task.into() };
            // In the other arm, the same task makes the same node.
            let mut output = call.outputs[0].clone();
            while !job_names.insert(name.clone()) {
                output.push_str(", otherwise");
                name = call_name(task, &output);
            }
            if passing.iter().all(|passing| *passing == Passing::One) {
                passing = Vec::new();
            }
            calls.push(Call {
                name,
                task: call.task,
                arguments,
                passing,
                gathered: Vec::new(),
                part: None,
                outputs,
                skippable: call.skippable,
                retry_policy: call.retry_policy,
                arms: call.arms.clone(),
            });
        }
        let branches = self.branches.into_iter().map(|branch| {
            let input = names[&branch.input];
            branch.finish(input)
        });
        let branches = branches.collect();
        Graph {
            name: self.name,
            docs: self.docs,
            nodes,
            calls,
            order,
            warnings,
            names,
            source: self.source,
            sources: self.sources,
            kpis,
            subscenarios: self.subscenarios,
            branches,
            whole: None,
            wiring: OnceLock::new(),
        }
    }
}

fn passed(arguments: &[Argument]) -> Vec<CallArgument<'_>> {
    arguments
        .iter()
        .map(|Argument { parameter, node, passing }| CallArgument {
            parameter: parameter.as_deref(),
            node,
            passing: *passing,
        })
        .collect()
}

/// The types of the outputs of a call, as strings and as descriptions. A call for each part makes nodes with parts.
fn typed_outputs(call: &CallDef) -> impl Iterator<Item = (Cow<'static, str>, DataType)> {
    let is_mapped = call.arguments.iter().any(|argument| argument.passing.is_mapped());
    call.task.typed_outputs().map(move |(text, data)| match (data.in_parts)().filter(|_| is_mapped) {
        Some(parts) => (format!("Parts<{text}>").into(), parts),
        None => (text, *data),
    })
}

/// The name of a call of a task that is used more than once.
pub(super) fn call_name(task: &str, output: &str) -> String {
    format!("{task} ({output})")
}
