//! What a task asks for, and whether a call gives it.
//!
//! Everything here is `const`: an expansion of `scenario!` sees the signature of a task from another
//! module or crate only as a constant, and turns a returned [`Text`] into a compile error by
//! panicking with it at the token that is wrong.

use crate::check::Written;
use crate::text::{Text, same};

/// A task's signature, as its author wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The function's name.
    pub task: &'static str,
    /// Its parameters, in order.
    pub parameters: &'static [Parameter],
    /// What it returns, as text.
    pub returns: &'static str,
    /// The types of the nodes that a call makes, as text: of the parts of the returned tuple, else of the one.
    pub outputs: &'static [&'static str],
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

/// One argument as a call passes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallArgument<'a> {
    /// The parameter's name, where the call says it.
    pub parameter: Option<&'a str>,
    /// The node's name.
    pub node: &'a str,
}

impl Signature {
    /// The index of the parameter that argument `index` is for, or `usize::MAX` when there is none
    /// (which [`Signature::check_call`] or [`Signature::check_argument`] then reports).
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

    /// The argument that goes to parameter `parameter`, if there is one.
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

    /// Whether the call gives every parameter exactly one argument.
    pub const fn check_call(&self, arguments: &[CallArgument<'_>], written: Written) -> Option<Text> {
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
        // A parameter that was misspelt or given twice leaves another without an argument; that one
        // mistake is told by `check_argument`.
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
        }
        Some(self.signature(text.push("\n")))
    }

    /// Whether argument `index` is for the parameter it goes to: its named parameter exists and is
    /// given once; by position, it does not bear the name of another parameter of the same type
    /// that is given something else.
    pub const fn check_argument(
        &self,
        arguments: &[CallArgument<'_>],
        index: usize,
        written: Written,
    ) -> Option<Text> {
        let argument = arguments[index];
        if let Some(name) = argument.parameter {
            if self.position(name) == usize::MAX {
                let text = Text::new().push("task `").push(self.task).push("` has no parameter `");
                return Some(self.signature(text.push(name).push("`\n")));
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
        let meant = self.position(argument.node);
        if meant == usize::MAX || meant == index || !self.could_be_swapped(meant, index) {
            return None;
        }
        let there = match self.argument_for(arguments, meant) {
            Some(there) if same(there.node, argument.node) => return None,
            Some(there) => there.node,
            None => return None,
        };
        let here = self.parameters[index].name;
        // Two in each other's place are one mistake: tell it once, at the first of them.
        if meant < index && same(there, here) {
            return None;
        }
        let mut text = Text::new();
        if same(there, here) {
            text = text.push("`").push(argument.node).push("` and `").push(there);
            text = text.push("` are in each other's place\n");
        } else {
            text = text.push("`").push(argument.node).push("` is given to parameter `").push(here);
            text = text
                .push("`, and parameter `")
                .push(argument.node)
                .push("` is given `")
                .push(there)
                .push("`\n");
        }
        text = self.signature(text);
        text = text.push("\nput them in order, or name the parameters if this is meant: `");
        if written.in_toml() {
            text = text.push("arguments = { ").push(here).push(" = \"").push(argument.node).push("\", ");
            return Some(text.push(argument.node).push(" = \"").push(there).push("\", … }`"));
        }
        text = text.push(here).push(": ").push(argument.node).push(", ");
        Some(text.push(argument.node).push(": ").push(there).push("`"))
    }

    /// Whether two parameters may take each other's nodes: they are of one type, or both are tables, of which each may have
    /// the columns that the other reads.
    const fn could_be_swapped(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.parameters[one], &self.parameters[other]);
        same(one.ty, other.ty) || (is_table(one.node) && is_table(other.node))
    }

    /// Whether the statement takes as many outputs as the task gives.
    pub const fn check_outputs(&self, outputs: usize, written: Written) -> Option<Text> {
        if outputs == self.outputs.len() {
            return None;
        }
        let text = Text::new().push("task `").push(self.task).push("` gives ");
        let mut text = counted(text, self.outputs.len(), "output").push(", ");
        text = counted(text, outputs, "name");
        text = text.push(if outputs == 1 { " is here" } else { " are here" });
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

    /// `text` with "task name(parameter: Type, …) -> Type" at its end.
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

/// Whether the type of this text is a table: `Frame<…>`, with or without a path before it.
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
        returns: "Frame<Segmented>",
        outputs: &["Frame<Segmented>"],
    };

    fn passed<'a>(nodes: &[&'a str]) -> Vec<CallArgument<'a>> {
        nodes
            .iter()
            .map(|node| match node.split_once(": ") {
                Some((parameter, node)) => CallArgument { parameter: Some(parameter), node },
                None => CallArgument { parameter: None, node },
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
    fn positions_names_and_both_are_right() {
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
    fn a_missing_argument_is_named_with_the_signature() {
        assert_eq!(
            messages(&["df", "score: x"]),
            ["task `featurize` takes 3 arguments, not 2: `payment` is missing\n\
              signature: featurize(scored: &Frame<Scored>, payment: f64, score: f64) -> Frame<Segmented>"]
        );
    }

    #[test]
    fn too_many_arguments_are_counted() {
        assert!(
            messages(&["a", "b", "c", "d"])[0].starts_with("task `featurize` takes 3 arguments, not 4\n")
        );
    }

    #[test]
    fn two_in_each_others_place_are_told_once() {
        let messages = messages(&["scored", "score", "payment"]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with("`score` and `payment` are in each other's place\n"));
        assert!(messages[0].ends_with("if this is meant: `payment: score, score: payment`"));
    }

    #[test]
    fn one_argument_under_anothers_name_is_told() {
        let messages = messages(&["scored", "score", "limit"]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0].starts_with(
                "`score` is given to parameter `payment`, and parameter `score` is given `limit`"
            )
        );
    }

    #[test]
    fn tables_of_other_types_are_left_to_the_type_check() {
        assert_eq!(messages(&["payment", "scored", "x"]), Vec::<String>::new());
    }

    #[test]
    fn unknown_and_doubled_parameters_are_told_and_nothing_else() {
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
    fn tables_are_known_by_their_texts() {
        assert!(is_table("Frame<Scored>") && is_table("skipstone::Frame<a::Scored>"));
        assert!(!is_table("DataFrame") && !is_table("DataFrame<R>") && !is_table("Vec<Frame<Scored>>"));
        assert!(!is_table("Frame") && !is_table(""));
    }

    #[test]
    fn outputs_are_counted() {
        let split = Signature { task: "split", returns: "(A, B)", outputs: &["A", "B"], ..FEATURIZE };
        let text = split.check_outputs(1, Written::InRust).expect("a message").to_string();
        assert!(
            text.starts_with(
                "task `split` gives 2 outputs, 1 name is here: write `(name1, name2) = split(…)`"
            ),
            "{text}"
        );
        assert_eq!(split.check_outputs(2, Written::InRust).map(|t| t.to_string()), None);
        let text = FEATURIZE.check_outputs(3, Written::InRust).expect("a message").to_string();
        assert!(
            text.starts_with(
                "task `featurize` gives 1 output, 3 names are here: write `name = featurize(…)`"
            ),
            "{text}"
        );
    }
}
