//! A scenario as a TOML file: what it says, read with the place of each word.
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
//! Reading knows no types and no functions: `scenario!` asks the compiler about them, and the run-time
//! loader the tasks that are compiled into the program.

mod keys;
mod read;
#[cfg(test)]
mod tests;

pub use keys::{ARGUMENT_FORMS, INPUT, KPI, OUTPUT, ROOT, TASK};

use crate::check::{Severity, Written, check};
use crate::model::{Argument, Call, Place, Wiring};
use crate::source::{Fault, Faults, SourceText, Span};
use crate::table::{Given, Word};

/// What a scenario file says.
#[derive(Debug, Clone, Default)]
pub struct ScenarioFile {
    /// The scenario's name; without one where that is wrong.
    pub name: Option<Word>,
    /// What the scenario is for.
    pub docs: String,
    /// Its inputs.
    pub inputs: Vec<InputEntry>,
    /// What is said about outputs.
    pub outputs: Vec<OutputEntry>,
    /// The calls of tasks.
    pub calls: Vec<CallEntry>,
}

/// `[inputs.NAME]`
#[derive(Debug, Clone)]
pub struct InputEntry {
    /// The input.
    pub name: Word,
    /// Its type; without one it is that of the parameter that reads it.
    pub ty: Option<Word>,
    /// Its default; without one it has to be given.
    pub default: Option<DefaultEntry>,
    /// What is said of how its files are written: the attribute that says it, and its options.
    pub options: Option<(&'static str, Given)>,
    /// What it is.
    pub docs: String,
    /// Whether its values are never shown or kept.
    pub secret: bool,
    /// Whether it is meant that no task reads it.
    pub allow_unused: bool,
}

/// A default value.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultEntry {
    /// `default = …`
    Value(Given),
    /// `default_json = "…"`: what TOML has no value for.
    Json(Word),
}

impl DefaultEntry {
    /// The value as TOML, or the JSON.
    pub fn text(&self) -> String {
        match self {
            DefaultEntry::Value(given) => given.value.to_string(),
            DefaultEntry::Json(json) => json.text.clone(),
        }
    }

    /// Its place.
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
    /// The output.
    pub name: Word,
    /// Its type, where the file says it: it is checked.
    pub ty: Option<Word>,
    /// What it is.
    pub docs: String,
    /// The numbers in it that runs are judged by.
    pub kpis: Vec<KpiEntry>,
}

/// `kpi = { better = "higher" }`
#[derive(Debug, Clone)]
pub struct KpiEntry {
    /// Its place.
    pub span: Span,
    /// Which field of the output.
    pub field: Option<Word>,
    /// What is counted.
    pub unit: String,
    /// Whether the higher of two is the better one.
    pub higher: bool,
}

/// `[[tasks]]`
#[derive(Debug, Clone)]
pub struct CallEntry {
    /// The path of the function.
    pub function: Word,
    /// What it is given.
    pub arguments: Vec<ArgumentEntry>,
    /// The nodes that it makes.
    pub outputs: Vec<Word>,
    /// Whether the function need not be called when its result is known; without it, as the function says.
    pub skippable: Option<bool>,
    /// How often the function is called again after it failed.
    pub retries: Option<u32>,
    /// How long to wait before that for the first time, in milliseconds.
    pub backoff: Option<u64>,
    /// How long one call may take, in milliseconds.
    pub timeout: Option<u64>,
    /// Whether it is meant that nothing reads an output.
    pub allow_unused: bool,
    /// Whether all arguments could be read; else their number says nothing.
    pub complete: bool,
}

/// A node, by position or for a named parameter.
#[derive(Debug, Clone)]
pub struct ArgumentEntry {
    /// The parameter.
    pub parameter: Option<Word>,
    /// The node.
    pub node: Word,
}

impl CallEntry {
    /// The name of the function, without the path to it.
    pub fn task(&self) -> &str {
        self.function.text.rsplit("::").next().unwrap_or_default().trim()
    }
}

impl ScenarioFile {
    /// Reads a file, with what is wrong with its form; what could be read is there.
    pub fn read(source: &SourceText) -> (ScenarioFile, Vec<Fault>) {
        read::read(source)
    }

    /// Reads a file, and checks what names alone can show. The warnings are those about what may be meant.
    ///
    /// # Errors
    ///
    /// All that is wrong.
    pub fn checked(source: &SourceText) -> Result<(ScenarioFile, Vec<Fault>), Faults> {
        let (file, mut faults) = ScenarioFile::read(source);
        let (errors, warnings) = file.check(!faults.is_empty());
        faults.extend(errors);
        if faults.is_empty() { Ok((file, warnings)) } else { Err(Faults::new(source.clone(), faults)) }
    }

    /// What names alone show to be wrong, and what may be meant but looks odd. Of a file of which not all could be
    /// read, no node is unknown.
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
        self.check_outputs(unread, &mut errors);
        (errors, warnings)
    }

    /// Whether what is said about outputs is about outputs.
    fn check_outputs(&self, unread: bool, errors: &mut Vec<Fault>) {
        let made = || self.calls.iter().flat_map(|call| &call.outputs).map(|output| output.text.as_str());
        for output in &self.outputs {
            let name = &output.name;
            if unread || made().any(|node| node == name.text) {
                continue;
            }
            let message = match self.inputs.iter().any(|input| input.name.text == name.text) {
                true => {
                    format!("`{0}` is an input: what is said about it stands in `[inputs.{0}]`", name.text)
                }
                false => {
                    format!("no task makes `{}`{}", name.text, crate::name::suggestion(&name.text, made()))
                }
            };
            errors.push(Fault { span: name.span.clone(), message });
        }
    }

    /// The wiring as names.
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
                    arguments: call
                        .arguments
                        .iter()
                        .map(|argument| Argument {
                            parameter: argument.parameter.as_ref().map(|name| name.text.clone()),
                            node: argument.node.text.clone(),
                        })
                        .collect(),
                })
                .collect(),
        }
    }

    /// Where something of the wiring is in the file.
    pub fn span(&self, place: Place) -> &Span {
        match place {
            Place::Input(i) => &self.inputs[i].name.span,
            Place::Output(c, o) => &self.calls[c].outputs[o].span,
            Place::Argument(c, a) => &self.calls[c].arguments[a].node.span,
        }
    }

    fn allows_unused(&self, place: Place) -> bool {
        match place {
            Place::Input(i) => self.inputs[i].allow_unused,
            Place::Output(c, _) | Place::Argument(c, _) => self.calls[c].allow_unused,
        }
    }

    /// Whether an argument is no node.
    pub fn names_unknown_nodes(&self) -> bool {
        let made = self.calls.iter().flat_map(|call| &call.outputs);
        let nodes: Vec<&str> =
            self.inputs.iter().map(|input| &input.name).chain(made).map(|name| name.text.as_str()).collect();
        let mut arguments = self.calls.iter().flat_map(|call| &call.arguments);
        arguments.any(|argument| !nodes.contains(&argument.node.text.as_str()))
    }

    /// What is said about an output.
    pub fn output(&self, name: &str) -> Option<&OutputEntry> {
        self.outputs.iter().find(|output| output.name.text == name)
    }
}
