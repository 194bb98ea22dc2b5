//! The wiring of one scenario: the names of its nodes, and which call reads which node.

use std::collections::{HashMap, HashSet};

/// The wiring of one scenario, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wiring {
    /// The scenario's name, for messages.
    pub scenario: String,
    /// The names of the inputs.
    pub inputs: Vec<String>,
    /// The calls of tasks.
    pub calls: Vec<Call>,
    /// The inputs that certainly have parts.
    pub with_parts: Vec<String>,
    /// The inputs that decide which arms of branches run, by the index of the branch.
    pub branches: Vec<String>,
}

/// One statement `outputs = task(arguments)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The task as the user wrote it: a name or a path.
    pub task: String,
    /// The nodes that the call defines.
    pub outputs: Vec<String>,
    /// The arguments of the task.
    pub arguments: Vec<Argument>,
    /// The arms of branches that it is in, the outermost first.
    pub arms: Vec<Arm>,
}

impl Call {
    /// Returns whether the task is called for each part of a node.
    pub fn is_mapped(&self) -> bool {
        self.arguments.iter().any(|argument| argument.passing.is_mapped())
    }
}

/// An arm of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arm {
    /// The index of the branch.
    pub branch: usize,
    /// Whether the arm runs where the condition of the branch holds, or else where it does not.
    pub holds: bool,
}

/// Returns whether never both of two calls in these arms run.
pub fn exclude_each_other(arms: &[Arm], others: &[Arm]) -> bool {
    arms.iter().any(|arm| others.iter().any(|other| other.branch == arm.branch && other.holds != arm.holds))
}

/// One argument of a call: a node, by position or for a named parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's name, if the user wrote `parameter: node`.
    pub parameter: Option<String>,
    /// The node's name.
    pub node: String,
    /// In which way the task gets the node.
    pub passing: Passing,
}

/// In which way a task gets a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Passing {
    /// As one value.
    #[default]
    One,
    /// Each part of the node in a call of its own: `each node`.
    Each,
    /// Each part of the node with each combination of the other arguments' parts, in a call of its own: `cross node`.
    Cross,
    /// All parts of the node in one call: `all node`.
    All,
    /// In the call for a part, this number of parts up to it: `each last(7) node`.
    Last(usize),
}

impl Passing {
    /// Splits the text of an argument into the words before the name of the node and the name.
    ///
    /// # Errors
    ///
    /// Returns what to write if the words are not valid.
    pub fn split(text: &str) -> Result<(Passing, &str), String> {
        let text = text.trim();
        let Some((word, rest)) = text.split_once(char::is_whitespace) else {
            return Ok((Passing::One, text));
        };
        let rest = rest.trim_start();
        match word {
            "all" => Ok((Passing::All, rest)),
            "cross" => Ok((Passing::Cross, rest)),
            "each" => match rest.strip_prefix("last") {
                Some(window) if window.trim_start().starts_with('(') => {
                    let inner = window.trim_start()[1..].split_once(')');
                    let number =
                        inner.and_then(|(number, node)| Some((number.trim().parse().ok()?, node.trim())));
                    match number {
                        Some((number, node)) if number > 0 && !node.is_empty() => {
                            Ok((Passing::Last(number), node))
                        }
                        _ => Err("write a window as `each last(7) node`".into()),
                    }
                }
                _ => Ok((Passing::Each, rest)),
            },
            _ => Ok((Passing::One, text)),
        }
    }

    /// Whether the task is called for each part.
    pub const fn is_mapped(self) -> bool {
        matches!(self, Passing::Each | Passing::Cross | Passing::Last(_))
    }

    /// Returns the argument as text, with the words before the name of the node.
    pub fn text(self, node: &str) -> String {
        match self {
            Passing::One => node.to_owned(),
            Passing::Each => format!("each {node}"),
            Passing::Cross => format!("cross {node}"),
            Passing::All => format!("all {node}"),
            Passing::Last(number) => format!("each last({number}) {node}"),
        }
    }
}

/// A place in a wiring that a message refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The input with this index.
    Input(usize),
    /// An output of a call: index of the call, index of the output.
    Output(usize, usize),
    /// An argument of a call: index of the call, index of the argument.
    Argument(usize, usize),
    /// The input that a branch depends on: index of the branch.
    Branch(usize),
}

impl Wiring {
    /// Returns every node with the place that defines it, inputs first.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, Place)> {
        let inputs = self.inputs.iter().enumerate().map(|(i, name)| (name.as_str(), Place::Input(i)));
        let outputs = self.calls.iter().enumerate().flat_map(|(c, call)| {
            call.outputs.iter().enumerate().map(move |(o, name)| (name.as_str(), Place::Output(c, o)))
        });
        inputs.chain(outputs)
    }

    /// Returns the nodes that certainly have parts: those inputs, and the outputs of calls for each part.
    pub fn nodes_with_parts(&self) -> HashSet<&str> {
        let mapped = self.calls.iter().filter(|call| call.is_mapped());
        let outputs = mapped.flat_map(|call| &call.outputs);
        self.with_parts.iter().chain(outputs).map(String::as_str).collect()
    }

    /// Returns the calls that make each node. Calls in different arms of a branch make the same nodes.
    pub(crate) fn makers(&self) -> HashMap<&str, Vec<usize>> {
        let mut makers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (c, call) in self.calls.iter().enumerate() {
            for output in &call.outputs {
                makers.entry(output).or_default().push(c);
            }
        }
        // Another problem is about an input that a call defines, too.
        for input in &self.inputs {
            makers.remove(input.as_str());
        }
        makers
    }
}
