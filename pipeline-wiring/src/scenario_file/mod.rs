//! Scenario files in TOML, read with the span of each word.
//!
//! ```toml
//! name = "Length"
//! doc = "Says whether a text is long."
//!
//! [inputs.limit]
//! type = "usize"
//! default = 5
//!
//! [[tasks]]
//! function = "my_crate::verdict"
//! arguments = ["words", "limit"]
//! outputs = "verdict"
//! ```
//!
//! This module does not check types and functions: `scenario!` leaves that to the compiler, and the run-time loader
//! checks them against the tasks that are compiled into the program.

mod keys;
mod read;
#[cfg(test)]
mod tests;

pub use keys::{ARGUMENT_FORMS, INPUT, KPI, OUTPUT, ROOT, SUBSCENARIO, TASK};

use crate::check::{Severity, Written, check};
use crate::model::{Argument, Call, Passing, Place, Wiring};
use crate::source::{Fault, Faults, SourceText, Span};
use crate::table::{Given, Word};

/// The contents of a scenario file.
#[derive(Debug, Clone, Default)]
pub struct ScenarioFile {
    /// The scenario's name; `None` if it is missing or invalid.
    pub name: Option<Word>,
    /// The documentation of the scenario.
    pub docs: String,
    /// The inputs.
    pub inputs: Vec<InputEntry>,
    /// The descriptions of outputs.
    pub outputs: Vec<OutputEntry>,
    /// The calls of tasks.
    pub calls: Vec<CallEntry>,
    /// The subscenarios.
    pub subscenarios: Vec<SubscenarioEntry>,
}

/// `[subscenarios.NAME]`
#[derive(Debug, Clone)]
pub struct SubscenarioEntry {
    /// The name of the subscenario.
    pub name: Word,
    /// The path of the scenario type.
    pub scenario: Word,
    /// The nodes that are passed to its inputs. Each names the input.
    pub arguments: Vec<ArgumentEntry>,
    /// The values of its inputs.
    pub values: Vec<(Word, Given)>,
    /// Its documentation.
    pub docs: String,
    /// Whether everything that is given could be read.
    pub complete: bool,
}

/// `[inputs.NAME]`
#[derive(Debug, Clone)]
pub struct InputEntry {
    /// The name of the input.
    pub name: Word,
    /// Its type; by default, the type of the parameter that reads it.
    pub ty: Option<Word>,
    /// Its default; without one, a value must be given.
    pub default: Option<DefaultEntry>,
    /// How its files are read: the attribute (`csv` or `excel`) and its options.
    pub options: Option<(&'static str, Given)>,
    /// Its documentation.
    pub docs: String,
    /// Whether it is a secret, whose values are never shown or stored.
    pub secret: bool,
    /// Whether it may be unused.
    pub allow_unused: bool,
}

/// A default value.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultEntry {
    /// `default = …`
    Value(Given),
    /// `default_json = "…"`: a value that TOML can't express.
    Json(Word),
}

impl DefaultEntry {
    /// Returns the value as TOML, or the JSON.
    pub fn text(&self) -> String {
        match self {
            DefaultEntry::Value(given) => given.value.to_string(),
            DefaultEntry::Json(json) => json.text.clone(),
        }
    }

    /// Returns its span.
    pub fn span(&self) -> &Span {
        match self {
            DefaultEntry::Value(given) => &given.span,
            DefaultEntry::Json(word) => &word.span,
        }
    }
}

/// `[outputs.NAME]`
#[derive(Debug, Clone)]
pub struct OutputEntry {
    /// The name of the output.
    pub name: Word,
    /// Its type, if the file gives one; it is checked against the task.
    pub ty: Option<Word>,
    /// Its documentation.
    pub docs: String,
    /// The KPIs in it.
    pub kpis: Vec<KpiEntry>,
}

/// `kpi = { better = "higher" }`
#[derive(Debug, Clone)]
pub struct KpiEntry {
    /// Its span.
    pub span: Span,
    /// The field of the output that holds the number.
    pub field: Option<Word>,
    /// The unit of the number.
    pub unit: String,
    /// Whether higher values are better.
    pub higher: bool,
}

/// `[[tasks]]`
#[derive(Debug, Clone)]
pub struct CallEntry {
    /// The path of the function.
    pub function: Word,
    /// Its arguments.
    pub arguments: Vec<ArgumentEntry>,
    /// The nodes that it defines.
    pub outputs: Vec<Word>,
    /// Whether the call is skipped if its result is stored already; `None` leaves it to the `#[task]` attribute.
    pub skippable: Option<bool>,
    /// The maximum number of retries after a failure.
    pub retries: Option<u32>,
    /// The wait before the first retry, in milliseconds.
    pub backoff: Option<u64>,
    /// The time limit for one attempt, in milliseconds.
    pub timeout: Option<u64>,
    /// Whether its outputs may be unused.
    pub allow_unused: bool,
    /// Whether all arguments could be read; otherwise their number is not checked.
    pub complete: bool,
}

/// A node, passed by position or to a named parameter.
#[derive(Debug, Clone)]
pub struct ArgumentEntry {
    /// The name of the parameter.
    pub parameter: Option<Word>,
    /// The name of the node.
    pub node: Word,
    /// In which way the task gets the node.
    pub passing: Passing,
}

impl ArgumentEntry {
    /// Creates an argument that passes a node as one value.
    pub fn new(parameter: Option<Word>, node: Word) -> ArgumentEntry {
        ArgumentEntry { parameter, node, passing: Passing::One }
    }
}

impl InputEntry {
    /// Returns whether its type, as written, has parts.
    pub fn has_parts(&self) -> bool {
        self.ty.as_ref().is_some_and(|ty| {
            let path = ty.text.split('<').next().unwrap_or_default();
            path.rsplit("::").next().unwrap_or_default().trim() == "Parts"
        })
    }
}

impl CallEntry {
    /// Returns the name of the function, without its path.
    pub fn task(&self) -> &str {
        self.function.text.rsplit("::").next().unwrap_or_default().trim()
    }
}

impl SubscenarioEntry {
    /// Returns the name of the scenario type, without its path.
    pub fn scenario_name(&self) -> &str {
        self.scenario.text.rsplit("::").next().unwrap_or_default().trim()
    }
}

impl ScenarioFile {
    /// Returns the subscenario that a node belongs to, and the node's name there: `germany.score`.
    pub fn in_subscenario<'a>(&self, node: &'a str) -> Option<(&SubscenarioEntry, &'a str)> {
        let (first, within) = node.split_once('.')?;
        let found = self.subscenarios.iter().find(|subscenario| subscenario.name.text == first)?;
        Some((found, within))
    }

    /// Returns the name that a node has for the wiring: that of its subscenario, or its own.
    fn wired<'a>(&'a self, node: &'a str) -> &'a str {
        self.in_subscenario(node).map_or(node, |(subscenario, _)| &subscenario.name.text)
    }

    /// Reads a file, and returns the valid parts with the errors.
    pub fn read(source: &SourceText) -> (ScenarioFile, Vec<Fault>) {
        read::read(source)
    }

    /// Reads a file and checks its names. Returns the file with the warnings.
    ///
    /// # Errors
    ///
    /// Returns all errors if there is at least one.
    pub fn checked(source: &SourceText) -> Result<(ScenarioFile, Vec<Fault>), Faults> {
        let (file, mut faults) = ScenarioFile::read(source);
        let (errors, warnings) = file.check(!faults.is_empty());
        faults.extend(errors);
        if faults.is_empty() { Ok((file, warnings)) } else { Err(Faults::new(source.clone(), faults)) }
    }

    /// Checks the names, and returns errors and warnings. If parts of the file could not be read (`unread`), unknown
    /// nodes are not reported, because their definitions may be in these parts.
    pub fn check(&self, unread: bool) -> (Vec<Fault>, Vec<Fault>) {
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        for problem in check(&self.wiring()) {
            if unread && matches!(problem.kind, crate::ProblemKind::UnknownNode { .. }) {
                continue;
            }
            let fault =
                Fault { span: self.span(problem.place).clone(), message: problem.message(Written::InToml) };
            match problem.severity() {
                Severity::Error => errors.push(fault),
                Severity::Warning if self.allows_unused(problem.place) => {}
                Severity::Warning => warnings.push(fault),
            }
        }
        for ArgumentEntry { node, .. } in self.all_arguments() {
            if self.subscenarios.iter().any(|subscenario| subscenario.name.text == node.text) {
                let message =
                    format!("`{0}` is a subscenario: write `{0}.node`, with one of its nodes", node.text);
                errors.push(Fault { span: node.span.clone(), message });
            }
        }
        self.check_outputs(unread, &mut errors);
        (errors, warnings)
    }

    /// Checks that every `[outputs.NAME]` names an output.
    fn check_outputs(&self, unread: bool, errors: &mut Vec<Fault>) {
        let made = || self.calls.iter().flat_map(|call| &call.outputs).map(|output| output.text.as_str());
        for output in &self.outputs {
            let name = &output.name;
            if unread || made().any(|node| node == name.text) {
                continue;
            }
            let message = match self.inputs.iter().any(|input| input.name.text == name.text) {
                true => {
                    format!("`{0}` is an input, not an output: describe it in `[inputs.{0}]`", name.text)
                }
                false => {
                    format!(
                        "no task has an output `{}`{}",
                        name.text,
                        crate::name::suggestion(&name.text, made())
                    )
                }
            };
            errors.push(Fault { span: name.span.clone(), message });
        }
    }

    /// Returns the wiring.
    pub fn wiring(&self) -> Wiring {
        Wiring {
            scenario: self.name.as_ref().map(|name| name.text.clone()).unwrap_or_default(),
            inputs: self.inputs.iter().map(|input| input.name.text.clone()).collect(),
            calls: self
                .calls
                .iter()
                .map(|call| Call {
                    task: call.task().to_owned(),
                    outputs: call.outputs.iter().map(|output| output.text.clone()).collect(),
                    arguments: self.arguments(&call.arguments),
                    arms: Vec::new(),
                })
                .chain(self.subscenarios.iter().map(|subscenario| Call {
                    task: subscenario.scenario_name().to_owned(),
                    outputs: vec![subscenario.name.text.clone()],
                    arguments: self.arguments(&subscenario.arguments),
                    arms: Vec::new(),
                }))
                .collect(),
            with_parts: self
                .inputs
                .iter()
                .filter(|input| input.has_parts())
                .map(|input| input.name.text.clone())
                .collect(),
            // A file has no branches.
            branches: Vec::new(),
        }
    }

    fn arguments(&self, arguments: &[ArgumentEntry]) -> Vec<Argument> {
        let argument = |argument: &ArgumentEntry| Argument {
            parameter: argument.parameter.as_ref().map(|name| name.text.clone()),
            node: self.wired(&argument.node.text).to_owned(),
            passing: argument.passing,
        };
        arguments.iter().map(argument).collect()
    }

    /// Returns the span in the file of a place in the wiring. Subscenarios come after the calls.
    pub fn span(&self, place: Place) -> &Span {
        let subscenario = |c: usize| &self.subscenarios[c - self.calls.len()];
        match place {
            Place::Input(i) => &self.inputs[i].name.span,
            Place::Output(c, o) => match self.calls.get(c) {
                Some(call) => &call.outputs[o].span,
                None => &subscenario(c).name.span,
            },
            Place::Argument(c, a) => match self.calls.get(c) {
                Some(call) => &call.arguments[a].node.span,
                None => &subscenario(c).arguments[a].node.span,
            },
            Place::Branch(_) => unreachable!("a file has no branches"),
        }
    }

    fn allows_unused(&self, place: Place) -> bool {
        match place {
            Place::Input(i) => self.inputs[i].allow_unused,
            Place::Output(c, _) | Place::Argument(c, _) => {
                self.calls.get(c).is_none_or(|call| call.allow_unused)
            }
            Place::Branch(_) => false,
        }
    }

    /// Returns the arguments of all calls, then those of all subscenarios.
    pub fn all_arguments(&self) -> impl Iterator<Item = &ArgumentEntry> {
        let of_calls = self.calls.iter().flat_map(|call| &call.arguments);
        of_calls.chain(self.subscenarios.iter().flat_map(|subscenario| &subscenario.arguments))
    }

    /// Returns whether any argument is not the name of a node.
    pub fn names_unknown_nodes(&self) -> bool {
        let made = self.calls.iter().flat_map(|call| &call.outputs);
        let nodes: Vec<&str> =
            self.inputs.iter().map(|input| &input.name).chain(made).map(|name| name.text.as_str()).collect();
        self.all_arguments().any(|argument| {
            let node = argument.node.text.as_str();
            self.in_subscenario(node).is_none() && !nodes.contains(&node)
        })
    }

    /// Returns the description of an output.
    pub fn output(&self, name: &str) -> Option<&OutputEntry> {
        self.outputs.iter().find(|output| output.name.text == name)
    }
}
