//! Putting a graph together, and refusing one that can't run.

use super::migration::Migrated;
use super::{Call, Default, Graph, KpiDef, Maker, Migration, Node, Task, TaskDef};
use crate::data::{Data, DataType, Value, short_type_name};
use pipeline_wiring::suggestion;
use pipeline_wiring::{Argument, Passed, Place, Severity, Wiring};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

/// Everything wrong with the wiring of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WiringError {
    scenario: String,
    problems: Vec<String>,
}

impl WiringError {
    /// The problems, one message each, in the order of the text.
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

/// A graph being put together; made by [`Graph::builder`].
pub struct GraphBuilder {
    name: String,
    docs: String,
    source: Option<String>,
    inputs: Vec<AnyInput>,
    calls: Vec<CallDef>,
    kpis: Vec<KpiDef>,
}

struct AnyInput {
    name: String,
    docs: String,
    type_text: String,
    data: DataType,
    default: Option<Default>,
    migrations: Vec<Migration>,
    allow_unused: bool,
}

/// An input of type `T` for a [`GraphBuilder`].
pub struct InputDef<T> {
    input: AnyInput,
    ty: PhantomData<fn() -> T>,
}

impl<T: Data> InputDef<T> {
    /// An input without a default value.
    pub fn new(name: &str) -> InputDef<T> {
        let input = AnyInput {
            name: name.into(),
            docs: String::new(),
            type_text: short_type_name::<T>(),
            data: DataType::of::<T>(),
            default: None,
            migrations: Vec::new(),
            allow_unused: false,
        };
        InputDef { input, ty: PhantomData }
    }

    /// The value that a scenario has as long as none is written.
    pub fn default_value(mut self, default: impl Fn() -> T + Send + Sync + 'static) -> InputDef<T> {
        self.input.default = Some(Arc::new(move || default().faithful().map(Value::new)));
        self
    }

    /// What becomes of a value that was written when the input was an `Old`.
    pub fn migrate<Old: Data + Clone, M: Migrated<T>>(
        mut self,
        function: impl Fn(Old) -> M + Send + Sync + 'static,
    ) -> InputDef<T> {
        self.input.migrations.push(Migration::new(function));
        self
    }

    /// The documentation of the node.
    pub fn docs(mut self, docs: &str) -> InputDef<T> {
        self.input.docs = docs.into();
        self
    }

    /// The name of the type as its author writes it, where it should read otherwise.
    pub fn type_text(mut self, text: &str) -> InputDef<T> {
        self.input.type_text = text.into();
        self
    }

    /// Says that the input is meant to be there though no task reads it.
    pub fn allow_unused(mut self) -> InputDef<T> {
        self.input.allow_unused = true;
        self
    }
}

/// A call of a task for a [`GraphBuilder`].
pub struct CallDef {
    task: &'static TaskDef,
    docs: String,
    outputs: Vec<String>,
    arguments: Vec<Argument>,
    allow_unused: bool,
}

impl CallDef {
    /// A call of the function `T`, which is under `#[task]`.
    pub fn of<T: Task>() -> CallDef {
        CallDef::new(T::task())
    }

    /// A call of a task that is chosen at run time.
    pub fn new(task: &'static TaskDef) -> CallDef {
        CallDef { task, docs: String::new(), outputs: Vec::new(), arguments: Vec::new(), allow_unused: false }
    }

    /// The next output gets this name.
    pub fn output(mut self, name: &str) -> CallDef {
        self.outputs.push(name.into());
        self
    }

    /// The next parameter reads this node.
    pub fn argument(mut self, node: &str) -> CallDef {
        self.arguments.push(Argument { parameter: None, node: node.into() });
        self
    }

    /// The parameter with this name reads this node.
    pub fn named_argument(mut self, parameter: &str, node: &str) -> CallDef {
        self.arguments.push(Argument { parameter: Some(parameter.into()), node: node.into() });
        self
    }

    /// The documentation of the outputs.
    pub fn docs(mut self, docs: &str) -> CallDef {
        self.docs = docs.into();
        self
    }

    /// Says that outputs without a reader are meant, though others of the call are read.
    pub fn allow_unused(mut self) -> CallDef {
        self.allow_unused = true;
        self
    }
}

impl GraphBuilder {
    pub(super) fn new(name: &str) -> GraphBuilder {
        GraphBuilder {
            name: name.into(),
            docs: String::new(),
            source: None,
            inputs: Vec::new(),
            calls: Vec::new(),
            kpis: Vec::new(),
        }
    }

    /// The scenario's documentation.
    pub fn docs(mut self, docs: &str) -> GraphBuilder {
        self.docs = docs.into();
        self
    }

    /// The commit that the program was compiled from, for its versions.
    pub fn source(mut self, commit: &str) -> GraphBuilder {
        self.source = Some(commit.into());
        self
    }

    /// Adds an input.
    pub fn input<T: Data>(mut self, input: InputDef<T>) -> GraphBuilder {
        self.inputs.push(input.input);
        self
    }

    /// Adds a call of a task.
    pub fn call(mut self, call: CallDef) -> GraphBuilder {
        self.calls.push(call);
        self
    }

    /// Adds a number that runs are judged by.
    pub fn kpi(mut self, kpi: KpiDef) -> GraphBuilder {
        self.kpis.push(kpi);
        self
    }

    /// The graph.
    ///
    /// # Errors
    ///
    /// When the wiring is wrong; the error says everything that is, in the words that `scenario!`
    /// has for it.
    pub fn build(self) -> Result<Arc<Graph>, WiringError> {
        let wiring = self.wiring();
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        for problem in pipeline_wiring::check(&wiring) {
            match problem.severity() {
                Severity::Error => problems.push(problem.to_string()),
                Severity::Warning if self.allows_unused(problem.place) => {}
                Severity::Warning => warnings.push(problem.to_string()),
            }
        }
        self.check_calls(&mut problems);
        self.check_kpis(&mut problems);
        let order = pipeline_wiring::order(&wiring);
        match order {
            Some(order) if problems.is_empty() => Ok(Arc::new(self.finish(order, warnings))),
            _ => Err(WiringError { scenario: self.name, problems }),
        }
    }

    fn wiring(&self) -> Wiring {
        Wiring {
            scenario: self.name.clone(),
            inputs: self.inputs.iter().map(|input| input.name.clone()).collect(),
            calls: self
                .calls
                .iter()
                .map(|call| pipeline_wiring::Call {
                    task: call.task.name().into(),
                    outputs: call.outputs.clone(),
                    arguments: call.arguments.clone(),
                })
                .collect(),
        }
    }

    fn allows_unused(&self, place: Place) -> bool {
        match place {
            Place::Input(i) => self.inputs[i].allow_unused,
            Place::Output(c, _) | Place::Argument(c, _) => self.calls[c].allow_unused,
        }
    }

    /// The checks that need signatures and types; in a `scenario!` the compiler makes them.
    fn check_calls(&self, problems: &mut Vec<String>) {
        let mut types: HashMap<&str, (DataType, &str)> = HashMap::new();
        for input in &self.inputs {
            types.entry(&input.name).or_insert((input.data, &input.type_text));
        }
        for call in &self.calls {
            for (name, output) in call.outputs.iter().zip(call.task.outputs) {
                types.entry(name).or_insert((output.data, output.ty));
            }
        }
        for call in &self.calls {
            let signature = &call.task.signature;
            let passed = passed(&call.arguments);
            problems.extend(signature.check_call(&passed).map(|text| text.to_string()));
            problems.extend(signature.check_outputs(call.outputs.len()).map(|text| text.to_string()));
            for (index, argument) in passed.iter().enumerate() {
                problems.extend(signature.check_argument(&passed, index).map(|text| text.to_string()));
                let parameter = signature.parameter_of(&passed, index);
                let (Some(expected), Some((found, text))) =
                    (call.task.parameters.get(parameter), types.get(argument.node))
                else {
                    continue;
                };
                if expected != found {
                    problems.push(format!(
                        "argument `{}` of task `{}`: expected `{}`, found `{text}`",
                        argument.node,
                        signature.task,
                        expected.name(),
                    ));
                }
            }
        }
    }

    fn check_kpis(&self, problems: &mut Vec<String>) {
        let mut names = HashSet::new();
        for KpiDef { kpi, node, data } in &self.kpis {
            let outputs = self.calls.iter().flat_map(|call| call.outputs.iter().zip(call.task.outputs));
            match outputs.clone().find(|(name, _)| *name == node) {
                None => {
                    let hint = suggestion(node, outputs.map(|(name, _)| name.as_str()));
                    problems.push(format!("KPI `{}`: there is no output `{node}`{hint}", kpi.name));
                }
                Some((_, output)) if output.data != *data => problems.push(format!(
                    "KPI `{}`: output `{node}` is a `{}`, and the KPI reads a `{}`",
                    kpi.name,
                    output.ty,
                    data.name()
                )),
                Some(_) if !names.insert(&kpi.name) => {
                    problems.push(format!("KPI `{}` is there twice", kpi.name));
                }
                Some(_) => {}
            }
        }
    }

    /// The graph of a wiring that was found right.
    fn finish(self, order: Vec<usize>, warnings: Vec<String>) -> Graph {
        let mut nodes: Vec<Node> = Vec::new();
        for input in self.inputs {
            nodes.push(Node {
                name: input.name,
                docs: input.docs,
                type_text: input.type_text,
                data: input.data,
                maker: Maker::Input { default: input.default, migrations: input.migrations },
                readers: Vec::new(),
            });
        }
        let inputs = nodes.len();
        for (c, call) in self.calls.iter().enumerate() {
            for (name, output) in call.outputs.iter().zip(call.task.outputs) {
                nodes.push(Node {
                    name: name.clone(),
                    docs: call.docs.clone(),
                    type_text: output.ty.into(),
                    data: output.data,
                    maker: Maker::Call(c),
                    readers: Vec::new(),
                });
            }
        }
        let names: HashMap<String, usize> =
            nodes.iter().enumerate().map(|(index, node)| (node.name.clone(), index)).collect();

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
        let mut next_output = inputs;
        for (c, call) in self.calls.iter().enumerate() {
            let passed = passed(&call.arguments);
            let mut arguments = vec![0; passed.len()];
            for (index, argument) in passed.iter().enumerate() {
                let node = names[argument.node];
                arguments[call.task.signature.parameter_of(&passed, index)] = node;
                if nodes[node].readers.last() != Some(&c) {
                    nodes[node].readers.push(c);
                }
            }
            let outputs = (next_output..next_output + call.outputs.len()).collect();
            next_output += call.outputs.len();
            let task = call.task.name();
            let name =
                if often.contains(task) { format!("{task} ({})", call.outputs[0]) } else { task.into() };
            calls.push(Call { name, task: call.task, arguments, outputs });
        }
        Graph {
            name: self.name,
            docs: self.docs,
            nodes,
            calls,
            order,
            warnings,
            names,
            source: self.source,
            kpis,
            wiring: OnceLock::new(),
        }
    }
}

fn passed(arguments: &[Argument]) -> Vec<Passed<'_>> {
    arguments
        .iter()
        .map(|argument| Passed { parameter: argument.parameter.as_deref(), node: &argument.node })
        .collect()
}
