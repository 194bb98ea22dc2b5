//! The wiring of one scenario: the names of its nodes, and which call reads which node.

/// The wiring of one scenario, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wiring {
    /// The scenario's name, for messages.
    pub scenario: String,
    /// The names of the inputs.
    pub inputs: Vec<String>,
    /// The calls of tasks.
    pub calls: Vec<Call>,
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
}

/// One argument of a call: a node, by position or for a named parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's name, if the user wrote `parameter: node`.
    pub parameter: Option<String>,
    /// The node's name.
    pub node: String,
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
}
