//! The signature of a task, and the checks of a call against it.
//!
//! Everything here is `const`. An expansion of `scenario!` sees the signature of a task in another module or crate only
//! as a constant, and turns a returned [`Text`] into a compile error: it panics with it at the token that is wrong.

use crate::check::Written;
use crate::model::Passing;
use crate::name::distance_if_near;
use crate::text::{Text, same};

/// A task's signature, as its author wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The function's name.
    pub task: &'static str,
    /// Its parameters, in order.
    pub parameters: &'static [Parameter],
    /// Pairs of parameters whose types have different names, the smaller index first, and whether both are the same type.
    /// Pairs that certainly differ may be left out.
    pub alike: &'static [(usize, usize, bool)],
    /// The return type, as text.
    pub returns: &'static str,
    /// The types of the outputs of a call, as text: the elements of a returned tuple, or the one returned value.
    pub outputs: &'static [&'static str],
    /// `false` for a function that is not a task, or a task with errors: no call of it is wrong.
    pub is_known: bool,
    /// The names of the parameters that are resources, which no call gives.
    pub resources: &'static [&'static str],
    /// Whether it is the signature of a generic task whose types are not given.
    pub is_generic: bool,
}

/// One parameter of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type, as text.
    pub ty: &'static str,
    /// The type of the node that it reads, as text: `&str` reads a `String`, `&[T]` a `Vec<T>`, `&T` a `T`.
    pub node: &'static str,
}

/// One argument of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallArgument<'a> {
    /// The parameter's name, if the call gives it.
    pub parameter: Option<&'a str>,
    /// The node's name.
    pub node: &'a str,
    /// In which way the task gets the node.
    pub passing: Passing,
}

impl<'a> CallArgument<'a> {
    /// Passes each part of the node to a call of its own.
    pub const fn each(self) -> CallArgument<'a> {
        CallArgument { passing: Passing::Each, ..self }
    }

    /// Passes each part of the node, with each combination of the parts of other arguments, to a call of its own.
    pub const fn cross(self) -> CallArgument<'a> {
        CallArgument { passing: Passing::Cross, ..self }
    }

    /// Passes all parts of the node.
    pub const fn all(self) -> CallArgument<'a> {
        CallArgument { passing: Passing::All, ..self }
    }

    /// Passes this number of parts up to that of the call.
    pub const fn last(self, parts: usize) -> CallArgument<'a> {
        CallArgument { passing: Passing::Last(parts), ..self }
    }
}

/// Creates a parameter that reads a node of its own type.
pub const fn parameter(name: &'static str, ty: &'static str) -> Parameter {
    Parameter { name, ty, node: ty }
}

impl Parameter {
    /// Sets the type of the node that it reads.
    pub const fn reads(self, node: &'static str) -> Parameter {
        Parameter { node, ..self }
    }
}

/// Creates a signature in which no two types of parameters are the same under different names.
pub const fn signature(
    task: &'static str,
    parameters: &'static [Parameter],
    returns: &'static str,
    outputs: &'static [&'static str],
) -> Signature {
    Signature {
        task,
        parameters,
        alike: &[],
        returns,
        outputs,
        is_known: true,
        resources: &[],
        is_generic: false,
    }
}

impl Signature {
    /// The signature of a function that is not a task, or of a task with errors.
    pub const fn unknown(task: &'static str) -> Signature {
        Signature { is_known: false, ..signature(task, &[], "", &[]) }
    }

    /// The signature of a generic task whose types are not given.
    pub const fn generic(task: &'static str) -> Signature {
        Signature { is_generic: true, ..Signature::unknown(task) }
    }

    /// Returns the index of the parameter that argument `index` is for, or `usize::MAX` if there is no such parameter
    /// (which [`Signature::check_call`] or [`Signature::check_argument`] reports).
    pub const fn parameter_of(&self, arguments: &[CallArgument<'_>], index: usize) -> usize {
        match arguments[index].parameter {
            None if index < self.parameters.len() => index,
            None => usize::MAX,
            Some(name) => self.position(name),
        }
    }

    const fn position(&self, name: &str) -> usize {
        let mut i = 0;
        while i < self.parameters.len() {
            if same(self.parameters[i].name, name) {
                return i;
            }
            i += 1;
        }
        usize::MAX
    }

    /// Returns the parameter whose name is nearest to an unknown one.
    const fn nearest(&self, name: &str) -> Option<&'static str> {
        let (mut found, mut least) = (None, usize::MAX);
        let mut i = 0;
        while i < self.parameters.len() {
            let candidate = self.parameters[i].name;
            if let Some(distance) = distance_if_near(name, candidate)
                && distance < least
            {
                (found, least) = (Some(candidate), distance);
            }
            i += 1;
        }
        found
    }

    /// Returns the argument for parameter `parameter`, if there is one.
    const fn argument_for<'a>(
        &self,
        arguments: &[CallArgument<'a>],
        parameter: usize,
    ) -> Option<CallArgument<'a>> {
        let mut i = 0;
        while i < arguments.len() {
            if self.parameter_of(arguments, i) == parameter {
                return Some(arguments[i]);
            }
            i += 1;
        }
        None
    }

    /// Checks that the call gives every parameter exactly one argument.
    pub const fn check_call(&self, arguments: &[CallArgument<'_>], written: Written) -> Option<Text> {
        if !self.is_known {
            return None;
        }
        let mut missing = Text::new();
        let mut count = 0;
        let mut p = 0;
        while p < self.parameters.len() {
            if self.argument_for(arguments, p).is_none() {
                let joint = if count == 0 { "`" } else { ", `" };
                missing = missing.push(joint).push(self.parameters[p].name).push("`");
                count += 1;
            }
            p += 1;
        }
        if count == 0 && arguments.len() <= self.parameters.len() {
            return None;
        }
        // A parameter that is misspelt or given twice leaves another without an argument. `check_argument` reports that
        // mistake.
        let mut i = 0;
        while i < arguments.len() {
            if arguments[i].parameter.is_some() && self.check_argument(arguments, i, written).is_some() {
                return None;
            }
            i += 1;
        }
        let mut text = Text::new().push("task `").push(self.task).push("` takes ");
        text = counted(text, self.parameters.len(), "argument");
        text = text.push(", not ").push_number(arguments.len());
        if count > 0 {
            text = text.push(": ").push(missing.as_str());
            text = text.push(if count == 1 { " is missing" } else { " are missing" });
        } else if !self.resources.is_empty() {
            text = self.leave_out(text.push(": "), self.resources[0]);
        }
        Some(self.signature(text.push("\n")))
    }

    /// Checks that argument `index` goes to the right parameter. A named parameter must exist and be given once. A
    /// positional argument must not have the name of another parameter of the same type that receives a different node.
    pub const fn check_argument(
        &self,
        arguments: &[CallArgument<'_>],
        index: usize,
        written: Written,
    ) -> Option<Text> {
        if !self.is_known {
            return None;
        }
        let argument = arguments[index];
        if let Some(name) = argument.parameter {
            if self.has_resource(name) {
                return Some(self.leave_out(Text::new(), name));
            }
            if self.position(name) == usize::MAX {
                let text = Text::new().push("task `").push(self.task).push("` has no parameter `");
                let text = text.push(name).push("`");
                let text = match self.nearest(name) {
                    Some(near) => text.push(": did you mean `").push(near).push("`?"),
                    None => text,
                };
                return Some(self.signature(text.push("\n")));
            }
            let mut i = 0;
            while i < index {
                if self.parameter_of(arguments, i) == self.position(name) {
                    let text = Text::new().push("parameter `").push(name).push("` of task `");
                    return Some(text.push(self.task).push("` is given twice"));
                }
                i += 1;
            }
            return None;
        }
        if index >= self.parameters.len() {
            return None;
        }
        let namesake = self.position(argument.node);
        if namesake == usize::MAX || namesake == index || !self.could_be_swapped(namesake, index) {
            return None;
        }
        let other = match self.argument_for(arguments, namesake) {
            Some(other) if same(other.node, argument.node) => return None,
            Some(other) => other.node,
            None => return None,
        };
        let here = self.parameters[index].name;
        // Two swapped arguments are one mistake: report it once, at the first of them.
        if namesake < index && same(other, here) {
            return None;
        }
        let mut text = Text::new();
        if same(other, here) {
            text = text.push("`").push(argument.node).push("` and `").push(other);
            text = text.push("` are swapped\n");
        } else {
            text = text.push("`").push(argument.node).push("` is passed to parameter `").push(here);
            text = text.push("`, and `").push(other).push("` to parameter `").push(argument.node).push("`\n");
        }
        text = self.signature(text).push("\nput them in the order of the parameters");
        // Names don't help nodes of other types.
        if !self.have_one_type(namesake, index) {
            return Some(text);
        }
        text = text.push(", or name the parameters if this is intended: `");
        let (task, open, is, end, close) = match written.in_toml() {
            true => ("", "arguments = { ", " = \"", "\"", " }`"),
            false => (self.task, "(", ": ", "", ")`"),
        };
        text = text.push(task).push(open);
        let mut i = 0;
        while i < arguments.len() {
            let parameter = self.parameter_of(arguments, i);
            if parameter < self.parameters.len() {
                text = text.push(if i == 0 { "" } else { ", " }).push(self.parameters[parameter].name);
                text = text.push(is).push(arguments[i].node).push(end);
            }
            i += 1;
        }
        Some(text.push(close))
    }

    const fn has_resource(&self, name: &str) -> bool {
        let mut i = 0;
        while i < self.resources.len() {
            if same(self.resources[i], name) {
                return true;
            }
            i += 1;
        }
        false
    }

    const fn leave_out(&self, text: Text, resource: &str) -> Text {
        text.push("`").push(resource).push("` is a resource, which the program provides: leave it out")
    }

    /// Returns whether the nodes of two parameters could be swapped: the parameters have the same type, or both are
    /// tables, and each table may have the columns that the other parameter reads.
    const fn could_be_swapped(&self, one: usize, other: usize) -> bool {
        let (first, second) = (&self.parameters[one], &self.parameters[other]);
        self.have_one_type(one, other) || (is_table(first.node) && is_table(second.node))
    }

    /// Returns whether two parameters read nodes of the same type.
    const fn have_one_type(&self, one: usize, other: usize) -> bool {
        let mut i = 0;
        while i < self.alike.len() {
            let (first, second, alike) = self.alike[i];
            if alike && ((first == one && second == other) || (first == other && second == one)) {
                return true;
            }
            i += 1;
        }
        let (one, other) = (&self.parameters[one], &self.parameters[other]);
        same(one.node, other.node)
    }

    /// Checks that the statement names as many outputs as the task has.
    pub const fn check_outputs(&self, outputs: usize, written: Written) -> Option<Text> {
        if !self.is_known {
            return None;
        }
        if outputs == self.outputs.len() {
            return None;
        }
        let text = Text::new().push("task `").push(self.task).push("` has ");
        let mut text = counted(text, self.outputs.len(), "output").push(", but ");
        text = counted(text, outputs, "name");
        text = text.push(if outputs == 1 { " is given" } else { " are given" });
        if written.in_toml() {
            text =
                text.push(": write `outputs = ").push(if self.outputs.len() == 1 { "\"name\"" } else { "[" });
            let mut i = 0;
            while i < self.outputs.len() && self.outputs.len() > 1 {
                text = text.push(if i == 0 { "\"name" } else { "\", \"name" }).push_number(i + 1);
                i += 1;
            }
            return Some(self.signature(text.push(if self.outputs.len() == 1 { "`\n" } else { "\"]`\n" })));
        }
        text = if self.outputs.len() == 1 {
            text.push(": write `name = ")
        } else {
            let mut text = text.push(": write `(");
            let mut i = 0;
            while i < self.outputs.len() {
                text = text.push(if i == 0 { "name" } else { ", name" }).push_number(i + 1);
                i += 1;
            }
            text.push(") = ")
        };
        Some(self.signature(text.push(self.task).push("(…)`\n")))
    }

    /// Appends "signature: name(parameter: Type, …) -> Type".
    const fn signature(&self, text: Text) -> Text {
        let mut text = text.push("signature: ").push(self.task).push("(");
        let mut i = 0;
        while i < self.parameters.len() {
            let joint = if i == 0 { "" } else { ", " };
            text = text.push(joint).push(self.parameters[i].name).push(": ").push(self.parameters[i].ty);
            i += 1;
        }
        text.push(") -> ").push(self.returns)
    }
}

const fn counted(text: Text, number: usize, noun: &str) -> Text {
    let text = text.push_number(number).push(" ").push(noun);
    if number == 1 { text } else { text.push("s") }
}

/// Returns whether this is the text of a table type: `Frame<…>`, with or without a path before it.
const fn is_table(ty: &str) -> bool {
    const FRAME: &[u8] = b"Frame<";
    let ty = ty.as_bytes();
    let mut start = 0;
    let mut i = 0;
    while i < ty.len() && ty[i] != b'<' {
        if ty[i] == b':' {
            start = i + 1;
        }
        i += 1;
    }
    if i == ty.len() || i + 1 - start != FRAME.len() {
        return false;
    }
    let mut k = 0;
    while k < FRAME.len() {
        if ty[start + k] != FRAME[k] {
            return false;
        }
        k += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURIZE: Signature = Signature {
        task: "featurize",
        parameters: &[
            Parameter { name: "scored", ty: "&Frame<Scored>", node: "Frame<Scored>" },
            Parameter { name: "payment", ty: "f64", node: "f64" },
            Parameter { name: "score", ty: "f64", node: "f64" },
        ],
        alike: &[],
        returns: "Frame<Segmented>",
        outputs: &["Frame<Segmented>"],
        is_known: true,
        resources: &[],
        is_generic: false,
    };

    fn passed<'a>(nodes: &[&'a str]) -> Vec<CallArgument<'a>> {
        nodes
            .iter()
            .map(|node| match node.split_once(": ") {
                Some((parameter, node)) => {
                    CallArgument { parameter: Some(parameter), node, passing: Passing::One }
                }
                None => CallArgument { parameter: None, node, passing: Passing::One },
            })
            .collect()
    }

    fn messages(nodes: &[&str]) -> Vec<String> {
        let arguments = passed(nodes);
        let call = FEATURIZE.check_call(&arguments, Written::InRust);
        let each = (0..arguments.len()).map(|i| FEATURIZE.check_argument(&arguments, i, Written::InRust));
        std::iter::once(call).chain(each).flatten().map(|text| text.to_string()).collect()
    }

    #[test]
    fn positional_named_and_mixed_arguments_are_valid() {
        for call in [
            ["scored", "payment", "score"],
            ["df", "limit", "other"],
            ["df", "score: score", "payment: payment"],
            ["df", "payment: score", "score: payment"],
            ["df", "score", "score"],
        ] {
            assert_eq!(messages(&call), Vec::<String>::new(), "{call:?}");
        }
    }

    #[test]
    fn a_missing_argument_is_reported_with_the_signature() {
        assert_eq!(
            messages(&["df", "score: x"]),
            ["task `featurize` takes 3 arguments, not 2: `payment` is missing\n\
              signature: featurize(scored: &Frame<Scored>, payment: f64, score: f64) -> Frame<Segmented>"]
        );
    }

    #[test]
    fn too_many_arguments_are_reported() {
        assert!(
            messages(&["a", "b", "c", "d"])[0].starts_with("task `featurize` takes 3 arguments, not 4\n")
        );
    }

    #[test]
    fn swapped_arguments_are_reported_once() {
        let messages = messages(&["scored", "score", "payment"]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with("`score` and `payment` are swapped\n"));
        assert!(
            messages[0].ends_with(
                "if this is intended: `featurize(scored: scored, payment: score, score: payment)`"
            )
        );
    }

    #[test]
    fn an_argument_with_the_name_of_another_parameter_is_reported() {
        let messages = messages(&["scored", "score", "limit"]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0]
                .starts_with("`score` is passed to parameter `payment`, and `limit` to parameter `score`")
        );
    }

    #[test]
    fn tables_of_other_types_are_left_to_the_type_check() {
        assert_eq!(messages(&["payment", "scored", "x"]), Vec::<String>::new());
    }

    #[test]
    fn only_unknown_and_repeated_parameters_are_reported() {
        let messages = messages(&["df", "payment: a", "payment: b", "scor: c"]);
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(
            messages.iter().any(|m| m == "parameter `payment` of task `featurize` is given twice"),
            "{messages:?}"
        );
        assert!(
            messages.iter().any(|m| m.starts_with("task `featurize` has no parameter `scor`")),
            "{messages:?}"
        );
    }

    #[test]
    fn tables_are_recognized_by_the_text_of_their_type() {
        assert!(is_table("Frame<Scored>") && is_table("skipstone::Frame<a::Scored>"));
        assert!(!is_table("DataFrame") && !is_table("DataFrame<R>") && !is_table("Vec<Frame<Scored>>"));
        assert!(!is_table("Frame") && !is_table(""));
    }

    #[test]
    fn a_wrong_number_of_outputs_is_reported() {
        let split = Signature { task: "split", returns: "(A, B)", outputs: &["A", "B"], ..FEATURIZE };
        let text = split.check_outputs(1, Written::InRust).expect("a message").to_string();
        assert!(
            text.starts_with(
                "task `split` has 2 outputs, but 1 name is given: write `(name1, name2) = split(…)`"
            ),
            "{text}"
        );
        assert_eq!(split.check_outputs(2, Written::InRust).map(|t| t.to_string()), None);
        let text = FEATURIZE.check_outputs(3, Written::InRust).expect("a message").to_string();
        assert!(
            text.starts_with(
                "task `featurize` has 1 output, but 3 names are given: write `name = featurize(…)`"
            ),
            "{text}"
        );
    }
}
