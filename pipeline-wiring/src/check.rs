//! The checks on the names of a wiring.

use crate::model::{Arm, Passing, Place, Wiring, exclude_each_other};
use crate::name::suggestion;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// An error or a warning about a wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place that the user must change.
    pub place: Place,
    /// The scenario's name.
    pub scenario: String,
    /// The kind of problem.
    pub kind: ProblemKind,
}

/// A kind of problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// An argument is not the name of a node.
    UnknownNode {
        /// The name, as written.
        name: String,
        /// ": did you mean …?", "; available: …" or nothing.
        suggestion: String,
    },
    /// The name of a node is not valid: it would be hard to type or to read.
    BadName {
        /// The name.
        name: String,
    },
    /// A statement defines a node that an earlier one defines.
    DefinedTwice {
        /// The node.
        name: String,
        /// The input or call that defines the node already.
        other: String,
    },
    /// A node is defined in one arm of a branch only, or by a statement with other outputs.
    OnlyInOneArm {
        /// The node.
        name: String,
        /// The outputs of the statement that defines it in the other arm, if one does.
        other: Vec<String>,
    },
    /// A branch depends on a node that is not an input.
    NoBranchInput {
        /// The node.
        name: String,
        /// ": did you mean …?", "; available: …" or nothing.
        suggestion: String,
    },
    /// A node with parts is passed as one value.
    ManyParts {
        /// The node.
        name: String,
    },
    /// Tasks depend on each other in a cycle.
    Cycle {
        /// The nodes along the cycle, with the first one repeated at the end.
        path: Vec<String>,
    },
    /// No task reads this input.
    UnusedInput {
        /// The input.
        name: String,
    },
    /// No task reads this output, but other outputs of the same call are read.
    UnreadOutput {
        /// The output.
        name: String,
    },
}

/// The language that a wiring is written in: some messages suggest code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// In `scenario!`, or with the run-time builder.
    InRust,
    /// In a TOML file.
    InToml,
}

impl Written {
    pub(crate) const fn in_toml(self) -> bool {
        matches!(self, Written::InToml)
    }
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The wiring is invalid and stops the build.
    Error,
    /// The wiring is valid, but may be a mistake.
    Warning,
}

impl Problem {
    /// Returns whether the problem stops the build.
    pub fn severity(&self) -> Severity {
        match self.kind {
            ProblemKind::UnusedInput { .. } | ProblemKind::UnreadOutput { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Problem {
    /// Returns the message: the problem, and how to fix it.
    pub fn message(&self, written: Written) -> String {
        let scenario = &self.scenario;
        let allow = match written {
            Written::InRust => "write `#[allow(unused)]` before the statement",
            Written::InToml => "set `allow_unused = true`",
        };
        match &self.kind {
            ProblemKind::UnknownNode { name, suggestion } => {
                format!("scenario `{scenario}` has no node `{name}`{suggestion}")
            }
            ProblemKind::BadName { name } => format!(
                "`{}` is not a valid node name: use printable characters on one line, at most {LONGEST}, without `=` \
                 and without spaces at the ends",
                name.escape_debug()
            ),
            ProblemKind::DefinedTwice { name, other } => {
                format!("node `{name}` is already defined by {other}; rename one of them")
            }
            ProblemKind::OnlyInOneArm { name, other } if other.is_empty() => {
                format!("the other arm of this branch does not define `{name}`: define it there, too")
            }
            ProblemKind::OnlyInOneArm { other, .. } => format!(
                "the other arm of this branch defines `{}` by a statement of its own: write the same names before `=` in both arms",
                other.join("`, `")
            ),
            ProblemKind::NoBranchInput { name, suggestion } => format!(
                "a branch is decided before any task runs, so `{name}` must be an input of scenario `{scenario}`{suggestion}"
            ),
            ProblemKind::ManyParts { name } => format!(
                "`{name}` has many parts: write `each {name}` to call the task for each part, or `all {name}` to pass all parts to one call"
            ),
            ProblemKind::Cycle { path } if path.len() == 2 => {
                format!("`{}` is made from itself: pass another node", path[0])
            }
            ProblemKind::Cycle { path } => format!(
                "these nodes form a cycle: {}; give one of their tasks a different argument",
                path.join(" → ")
            ),
            ProblemKind::UnusedInput { name } => {
                format!("no task uses input `{name}`: remove it, or {allow} if this is intended")
            }
            ProblemKind::UnreadOutput { name } => format!(
                "no task reads output `{name}`, but other outputs of the same task are read: \
                 {allow} if it is a result of the scenario"
            ),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Written::InRust))
    }
}

/// The maximum number of characters in a name.
const LONGEST: usize = 200;

/// Returns whether this is a valid name for a node.
fn is_usable(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.chars().any(|letter| letter.is_control() || letter == '=')
        && name.chars().count() <= LONGEST
}

/// Returns all errors and warnings about the wiring, in source order.
pub fn check(wiring: &Wiring) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut report = |place, kind| {
        problems.push(Problem { place, scenario: wiring.scenario.clone(), kind });
    };

    for (name, place) in wiring.nodes().filter(|(name, _)| !is_usable(name)) {
        report(place, ProblemKind::BadName { name: name.into() });
    }
    let mut made: HashMap<&str, Vec<Place>> = HashMap::new();
    for (name, place) in wiring.nodes() {
        let places = made.entry(name).or_default();
        let clash = places
            .iter()
            .copied()
            .find(|other| !exclude_each_other(arms(wiring, *other), arms(wiring, place)));
        places.push(place);
        let Some(first) = clash else { continue };
        let other = maker(wiring, first);
        report(place, ProblemKind::DefinedTwice { name: name.into(), other });
    }

    only_in_one_arm(wiring, &mut report);

    let mut read: HashMap<&str, usize> = HashMap::new();
    for (b, name) in wiring.branches.iter().enumerate() {
        *read.entry(name).or_default() += 1;
        if !wiring.inputs.contains(name) {
            let is_node = made.contains_key(name.as_str());
            let inputs = wiring.inputs.iter().map(String::as_str);
            let suggestion = if is_node { String::new() } else { suggestion(name, inputs) };
            report(Place::Branch(b), ProblemKind::NoBranchInput { name: name.clone(), suggestion });
        }
    }
    let with_parts = wiring.nodes_with_parts();
    for (c, call) in wiring.calls.iter().enumerate() {
        for (a, argument) in call.arguments.iter().enumerate() {
            let name = argument.node.as_str();
            if argument.passing == Passing::One && with_parts.contains(name) {
                report(Place::Argument(c, a), ProblemKind::ManyParts { name: name.into() });
            }
            *read.entry(name).or_default() += 1;
            if !made.contains_key(name) {
                let own = |candidate: &&str| !call.outputs.iter().any(|output| output == candidate);
                let candidates = wiring.nodes().map(|(name, _)| name).filter(own);
                let suggestion = suggestion(name, candidates);
                report(Place::Argument(c, a), ProblemKind::UnknownNode { name: name.into(), suggestion });
            }
        }
    }

    for (place, path) in cycles(wiring) {
        report(place, ProblemKind::Cycle { path });
    }

    for (i, name) in wiring.inputs.iter().enumerate() {
        if !read.contains_key(name.as_str()) {
            report(Place::Input(i), ProblemKind::UnusedInput { name: name.clone() });
        }
    }
    for (c, call) in wiring.calls.iter().enumerate() {
        if call.outputs.iter().any(|name| read.contains_key(name.as_str())) {
            for (o, name) in call.outputs.iter().enumerate() {
                if !read.contains_key(name.as_str()) {
                    report(Place::Output(c, o), ProblemKind::UnreadOutput { name: name.clone() });
                }
            }
        }
    }
    problems.sort_by_key(|problem| text_order(wiring, problem.place));
    problems
}

/// Sorts the calls topologically: each call comes after the calls whose outputs it reads. Calls that could come in any
/// order keep their source order. Returns `None` if there is a cycle. Unknown names count as inputs.
pub fn order(wiring: &Wiring) -> Option<Vec<usize>> {
    let makers = wiring.makers();
    let mut waits: Vec<usize> = vec![0; wiring.calls.len()];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); wiring.calls.len()];
    for (c, call) in wiring.calls.iter().enumerate() {
        for argument in &call.arguments {
            for &maker in makers.get(argument.node.as_str()).into_iter().flatten() {
                waits[c] += 1;
                readers[maker].push(c);
            }
        }
    }
    let mut ready: std::collections::BinaryHeap<std::cmp::Reverse<usize>> =
        (0..waits.len()).filter(|&c| waits[c] == 0).map(std::cmp::Reverse).collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(std::cmp::Reverse(c)) = ready.pop() {
        order.push(c);
        for &reader in &readers[c] {
            waits[reader] -= 1;
            if waits[reader] == 0 {
                ready.push(std::cmp::Reverse(reader));
            }
        }
    }
    (order.len() == wiring.calls.len()).then_some(order)
}

fn maker(wiring: &Wiring, place: Place) -> String {
    match place {
        Place::Input(i) => format!("`input {}`", wiring.inputs[i]),
        Place::Output(c, _) | Place::Argument(c, _) => format!("`{}(…)`", wiring.calls[c].task),
        Place::Branch(b) => format!("`if {}`", wiring.branches[b]),
    }
}

/// Returns the arms of branches that a node is defined in.
fn arms(wiring: &Wiring, place: Place) -> &[Arm] {
    match place {
        Place::Output(c, _) | Place::Argument(c, _) => &wiring.calls[c].arms,
        Place::Input(_) | Place::Branch(_) => &[],
    }
}

/// Reports the statements of an arm for which the other arm has no statement with the same outputs.
fn only_in_one_arm(wiring: &Wiring, report: &mut impl FnMut(Place, ProblemKind)) {
    let mut reported: HashSet<(usize, &str)> = HashSet::new();
    for (c, call) in wiring.calls.iter().enumerate() {
        for arm in &call.arms {
            let other = Arm { holds: !arm.holds, ..*arm };
            let mut others = wiring.calls.iter().filter(|call| call.arms.contains(&other));
            if others.clone().any(|of_other| of_other.outputs == call.outputs) {
                continue;
            }
            if call.outputs.iter().any(|output| reported.contains(&(arm.branch, output))) {
                continue;
            }
            let name = call.outputs.first().cloned().unwrap_or_default();
            let other =
                others.find(|of_other| of_other.outputs.iter().any(|output| call.outputs.contains(output)));
            let other = other.map(|of_other| of_other.outputs.as_slice()).unwrap_or_default();
            reported.extend(call.outputs.iter().chain(other).map(|output| (arm.branch, output.as_str())));
            let other = other.to_vec();
            report(Place::Output(c, 0), ProblemKind::OnlyInOneArm { name, other });
        }
    }
}

/// The sort key of a place: inputs come before calls, and the outputs of a call before its arguments.
fn text_order(wiring: &Wiring, place: Place) -> (usize, usize) {
    match place {
        Place::Input(i) => (0, i),
        Place::Output(c, o) => (c + 1, o),
        Place::Argument(c, a) => (c + 1, wiring.calls[c].outputs.len() + a),
        Place::Branch(b) => {
            let first = wiring.calls.iter().position(|call| call.arms.iter().any(|arm| arm.branch == b));
            (first.map_or(usize::MAX, |call| call + 1), 0)
        }
    }
}

/// Finds one cycle for each argument that closes one. Walks depth-first against the arrows, in source order, with an
/// explicit stack, because a graph may be deeper than the thread's stack.
fn cycles(wiring: &Wiring) -> Vec<(Place, Vec<String>)> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    // A frame of the stack: a call, the next of the calls that it reads to follow, and the node through which the frame
    // below reads this call.
    struct Step<'a> {
        call: usize,
        next: usize,
        node: &'a str,
    }

    let makers = wiring.makers();
    // The calls that each call reads, with the index of the argument.
    let reads: Vec<Vec<(usize, usize)>> = wiring
        .calls
        .iter()
        .map(|call| {
            let arguments = call.arguments.iter().enumerate();
            let of_node = |node: &str| makers.get(node).into_iter().flatten().copied();
            arguments.flat_map(|(a, argument)| of_node(&argument.node).map(move |maker| (a, maker))).collect()
        })
        .collect();
    let mut found = Vec::new();
    let mut states = vec![State::New; wiring.calls.len()];
    for start in 0..wiring.calls.len() {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        let node = wiring.calls[start].outputs.first().map_or("", String::as_str);
        let mut stack = vec![Step { call: start, next: 0, node }];
        while let Some(step) = stack.last_mut() {
            let call = step.call;
            let Some(&(a, maker)) = reads[call].get(step.next) else {
                states[call] = State::Done;
                stack.pop();
                continue;
            };
            step.next += 1;
            let name = wiring.calls[call].arguments[a].node.as_str();
            match states[maker] {
                State::Done => {}
                State::New => {
                    states[maker] = State::Open;
                    stack.push(Step { call: maker, next: 0, node: name });
                }
                State::Open => {
                    let from = stack.iter().position(|step| step.call == maker).unwrap_or(0);
                    // The stack runs against the arrows; the message shows them in their direction.
                    let mut path = vec![name.to_owned()];
                    path.extend(stack[from + 1..].iter().rev().map(|step| step.node.to_owned()));
                    path.push(name.to_owned());
                    found.push((Place::Argument(call, a), path));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Argument, Call};

    /// Parses `"b, c = f(a, x: d)"` as a call, `"a"` alone as an input, `"if a"`, `"else"` and `"end"` as a branch.
    fn wiring(text: &[&str]) -> Wiring {
        let mut wiring = Wiring { scenario: "S".into(), ..Wiring::default() };
        let mut arms: Vec<Arm> = Vec::new();
        for line in text {
            match (line.strip_prefix("if "), *line) {
                (Some(input), _) => {
                    arms.push(Arm { branch: wiring.branches.len(), holds: true });
                    wiring.branches.push(input.into());
                    continue;
                }
                (None, "else") => {
                    arms.last_mut().expect("an arm").holds = false;
                    continue;
                }
                (None, "end") => {
                    arms.pop();
                    continue;
                }
                (None, _) => {}
            }
            let Some((outputs, call)) = line.split_once(" = ") else {
                wiring.inputs.push((*line).into());
                continue;
            };
            let (task, arguments) = call.trim_end_matches(')').split_once('(').expect("a call");
            let split = |list: &str| list.split(", ").filter(|n| !n.is_empty()).map(str::to_owned).collect();
            let arguments: Vec<String> = split(arguments);
            wiring.calls.push(Call {
                task: task.into(),
                outputs: split(outputs),
                arguments: arguments
                    .into_iter()
                    .map(|node| Argument { parameter: None, node, passing: Passing::One })
                    .collect(),
                arms: arms.clone(),
            });
        }
        wiring
    }

    fn messages(text: &[&str]) -> Vec<String> {
        check(&wiring(text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_valid_wiring_in_any_order_has_no_problem() {
        assert_eq!(messages(&["c = g(b)", "b = f(a)", "a"]), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_node_is_reported_with_the_nearest_name() {
        assert_eq!(
            messages(&["scored", "b = f(scord)"])[1..],
            ["scenario `S` has no node `scord`: did you mean `scored`?"]
        );
    }

    #[test]
    fn an_unreadable_name_is_rejected() {
        for name in ["", " a", "a\nb", "a=b", "\u{1b}[31m", &"a".repeat(201)] {
            let wiring = Wiring { inputs: vec![name.to_owned()], ..Wiring::default() };
            assert!(matches!(check(&wiring)[0].kind, ProblemKind::BadName { .. }), "{name:?}");
        }
        assert!(is_usable("für alle Fälle") && is_usable("r#type"));
    }

    #[test]
    fn a_node_defined_twice_is_reported_at_the_second_place() {
        let problems = check(&wiring(&["a", "b = f(a)", "b = g(a)"]));
        let places: Vec<Place> = problems.iter().map(|p| p.place).collect();
        assert_eq!(places, [Place::Output(1, 0)]);
        assert!(problems[0].to_string().contains("already defined by `f(…)`"), "{}", problems[0]);
    }

    #[test]
    fn arms_of_a_branch_make_the_same_nodes() {
        let nested = [
            "a", "m", "if m", "b = f(a)", "else", "if m", "b = g(a)", "else", "b = h(a)", "end", "end",
            "c = f(b)",
        ];
        assert_eq!(messages(&nested), [""; 0]);
        assert_eq!(order(&wiring(&nested)), Some(vec![0, 1, 2, 3]));
        assert_eq!(
            messages(&["a", "m", "if m", "b = f(a)", "d = f(b)", "else", "b = g(a)", "end", "c = f(b, d)"]),
            ["the other arm of this branch does not define `d`: define it there, too"]
        );
        assert_eq!(
            messages(&[
                "a",
                "m",
                "if m",
                "b, d = f(a)",
                "else",
                "d = g(a)",
                "b = g(a)",
                "end",
                "c = f(b, d)"
            ]),
            [
                "the other arm of this branch defines `d` by a statement of its own: write the same names before `=` in both arms"
            ]
        );
        let twice = messages(&["a", "m", "if m", "b = f(a)", "else", "b = g(a)", "end", "b = h(a)"]);
        assert!(twice.len() == 1 && twice[0].contains("already defined"), "{twice:?}");
        assert_eq!(
            messages(&["a", "m", "n = f(a)", "if n", "b = f(a)", "else", "b = g(m)", "end"]),
            ["a branch is decided before any task runs, so `n` must be an input of scenario `S`"]
        );
        let cycle = messages(&["m", "if m", "b = f(c)", "else", "b = g(m)", "end", "c = f(b)"]);
        assert!(cycle.len() == 1 && cycle[0].contains("form a cycle"), "{cycle:?}");
    }

    #[test]
    fn a_cycle_is_reported_along_the_arrows_and_ends_where_it_began() {
        let problems = check(&wiring(&["a = f(c)", "b = g(a)", "c = h(b)"]));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place, Place::Argument(1, 0));
        let ProblemKind::Cycle { path } = &problems[0].kind else { panic!("{problems:?}") };
        assert_eq!(path.join(" → "), "a → b → c → a");
    }

    #[test]
    fn a_task_that_reads_its_own_output_is_a_cycle() {
        let problems = check(&wiring(&["a = f(a)"]));
        let ProblemKind::Cycle { path } = &problems[0].kind else { panic!("{problems:?}") };
        assert_eq!(path.join(" → "), "a → a");
    }

    #[test]
    fn unused_inputs_and_half_read_outputs_are_warnings() {
        let problems = check(&wiring(&["a", "x", "train, test = split(a)", "m = fit(train)"]));
        let kinds: Vec<_> = problems.iter().map(|p| (p.severity(), p.place)).collect();
        assert_eq!(kinds, [(Severity::Warning, Place::Input(1)), (Severity::Warning, Place::Output(0, 1))]);
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        assert_eq!(messages(&["a", "b = f(nope)", "b = g(a)", "c = h(c)"]).len(), 3);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_tasks_does_not_overflow_the_stack() {
        let n = 100_000;
        let mut wiring = Wiring { scenario: "S".into(), ..Wiring::default() };
        for i in 0..n {
            wiring.calls.push(Call {
                task: "f".into(),
                outputs: vec![format!("n{i}")],
                arguments: vec![Argument {
                    parameter: None,
                    node: format!("n{}", (i + 1) % n),
                    passing: Passing::One,
                }],
                arms: vec![],
            });
        }
        assert_eq!(check(&wiring).len(), 1);
        wiring.calls[n - 1].arguments.clear();
        assert_eq!(check(&wiring), []);
        assert_eq!(order(&wiring).map(|order| order[0]), Some(n - 1));
    }

    mod laws {
        use super::*;
        use proptest::prelude::*;

        fn any_wiring() -> impl Strategy<Value = Wiring> {
            proptest::collection::vec((0..12usize, proptest::collection::vec(0..12usize, 0..4)), 0..12)
                .prop_map(|calls| Wiring {
                    scenario: "S".into(),
                    inputs: vec!["n0".into(), "n1".into()],
                    calls: calls
                        .into_iter()
                        .map(|(output, arguments)| Call {
                            task: "f".into(),
                            outputs: vec![format!("n{output}")],
                            arguments: arguments
                                .into_iter()
                                .map(|n| Argument {
                                    parameter: None,
                                    node: format!("n{n}"),
                                    passing: Passing::One,
                                })
                                .collect(),
                            ..Call::default()
                        })
                        .collect(),
                    ..Wiring::default()
                })
        }

        proptest! {
            /// A wiring without errors has an order in which every node is made before it is read. A wiring without
            /// such an order is reported to have a cycle, if no node is defined twice.
            #[test]
            fn an_order_exists_exactly_when_there_is_no_cycle(wiring in any_wiring()) {
                let problems = check(&wiring);
                let twice = problems.iter().any(|p| matches!(p.kind, ProblemKind::DefinedTwice { .. }));
                let cycle = problems.iter().any(|p| matches!(p.kind, ProblemKind::Cycle { .. }));
                prop_assume!(!twice);
                match order(&wiring) {
                    None => prop_assert!(cycle),
                    Some(order) => {
                        prop_assert!(!cycle);
                        let mut done: Vec<&str> = Vec::new();
                        let outputs: Vec<&str> =
                            wiring.calls.iter().flat_map(|c| c.outputs.iter().map(String::as_str)).collect();
                        for c in order {
                            for argument in &wiring.calls[c].arguments {
                                let name = argument.node.as_str();
                                prop_assert!(!outputs.contains(&name) || done.contains(&name));
                            }
                            done.extend(wiring.calls[c].outputs.iter().map(String::as_str));
                        }
                    }
                }
            }
        }
    }
}
