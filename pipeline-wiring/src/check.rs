//! What names alone can show to be wrong.

use crate::model::{Place, Wiring};
use crate::name::suggestion;
use std::collections::HashMap;
use std::fmt;

/// Something wrong, or probably wrong, with a wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the user has to change something.
    pub place: Place,
    /// The scenario's name.
    pub scenario: String,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// An argument names no node.
    UnknownNode {
        /// The name as written.
        name: String,
        /// ": did you mean …?" or nothing.
        suggestion: String,
    },
    /// A name that nobody could type or read.
    BadName {
        /// The name.
        name: String,
    },
    /// A node is made by two statements. Both places get a problem.
    MadeTwice {
        /// The node.
        name: String,
        /// Whether this is the first of the places.
        first: bool,
        /// What makes the node at the other place.
        other: String,
    },
    /// Tasks wait for each other.
    Cycle {
        /// The nodes along the way, the first one again at the end.
        path: Vec<String>,
    },
    /// No task reads this input.
    UnusedInput {
        /// The input.
        name: String,
    },
    /// Nothing reads this output, though others of the same call are read.
    UnreadOutput {
        /// The output.
        name: String,
    },
}

/// Where a wiring is written: some messages say what to write instead.
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

/// Whether a problem stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The wiring can't run.
    Error,
    /// It may be meant.
    Warning,
}

impl Problem {
    /// Whether the problem stops the build.
    pub fn severity(&self) -> Severity {
        match self.kind {
            ProblemKind::UnusedInput { .. } | ProblemKind::UnreadOutput { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Problem {
    /// What is wrong, and what to do.
    pub fn message(&self, written: Written) -> String {
        let scenario = &self.scenario;
        let allow = match written {
            Written::InRust => "write `#[allow(unused)]` before it",
            Written::InToml => "say `allow_unused = true`",
        };
        match &self.kind {
            ProblemKind::UnknownNode { name, suggestion } => {
                format!("scenario `{scenario}` has no node `{name}`{suggestion}")
            }
            ProblemKind::BadName { name } => format!(
                "`{}` can't be the name of a node: it needs letters that can be printed, in one line, without `=` or \
                 spaces around, and no more than {LONGEST}",
                name.escape_debug()
            ),
            ProblemKind::MadeTwice { name, first: true, other } => {
                format!("node `{name}` is made twice: here, and again by {other}; rename one of them")
            }
            ProblemKind::MadeTwice { name, first: false, other } => {
                format!("node `{name}` is made again here: {other} makes it already; rename one of them")
            }
            ProblemKind::Cycle { path } => format!(
                "these nodes wait for each other: {}; one of them has to start from something else",
                path.join(" → ")
            ),
            ProblemKind::UnusedInput { name } => {
                format!("input `{name}` is used by no task: remove it, or {allow} if that is meant")
            }
            ProblemKind::UnreadOutput { name } => format!(
                "nothing reads output `{name}`, though other outputs of its task are read: \
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

/// How many letters a name may have.
const LONGEST: usize = 200;

/// Whether a node can have this name.
fn is_usable(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.chars().any(|letter| letter.is_control() || letter == '=')
        && name.chars().count() <= LONGEST
}

/// Everything wrong with the wiring, in the order of the text; warnings too.
pub fn check(wiring: &Wiring) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut report = |place, kind| {
        problems.push(Problem { place, scenario: wiring.scenario.clone(), kind });
    };

    for (name, place) in wiring.nodes().filter(|(name, _)| !is_usable(name)) {
        report(place, ProblemKind::BadName { name: name.into() });
    }
    let mut made: HashMap<&str, Place> = HashMap::new();
    let mut told_first: Vec<&str> = Vec::new();
    for (name, place) in wiring.nodes() {
        let Some(&first) = made.get(name) else {
            made.insert(name, place);
            continue;
        };
        if !told_first.contains(&name) {
            told_first.push(name);
            let other = maker(wiring, place);
            report(first, ProblemKind::MadeTwice { name: name.into(), first: true, other });
        }
        let other = maker(wiring, first);
        report(place, ProblemKind::MadeTwice { name: name.into(), first: false, other });
    }

    let mut read: HashMap<&str, usize> = HashMap::new();
    for (c, call) in wiring.calls.iter().enumerate() {
        for (a, argument) in call.arguments.iter().enumerate() {
            let name = argument.node.as_str();
            *read.entry(name).or_default() += 1;
            if !made.contains_key(name) {
                let own = |candidate: &&str| !call.outputs.iter().any(|output| output == candidate);
                let candidates = wiring.nodes().map(|(name, _)| name).filter(own);
                let suggestion = suggestion(name, candidates);
                report(Place::Argument(c, a), ProblemKind::UnknownNode { name: name.into(), suggestion });
            }
        }
    }

    for (place, path) in cycles(wiring, &made) {
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

/// The calls in an order in which each comes after those whose outputs it reads, as early as the
/// text allows. `None` when there is a cycle. Unknown names are taken as inputs.
pub fn order(wiring: &Wiring) -> Option<Vec<usize>> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (c, call) in wiring.calls.iter().enumerate() {
        for output in &call.outputs {
            makers.entry(output).or_insert(c);
        }
    }
    let mut waits: Vec<usize> = vec![0; wiring.calls.len()];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); wiring.calls.len()];
    for (c, call) in wiring.calls.iter().enumerate() {
        for argument in &call.arguments {
            if let Some(&maker) = makers.get(argument.node.as_str()) {
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
    }
}

/// Inputs stand before calls in a [`Wiring`]; within a call, outputs stand before arguments.
fn text_order(wiring: &Wiring, place: Place) -> (usize, usize) {
    match place {
        Place::Input(i) => (0, i),
        Place::Output(c, o) => (c + 1, o),
        Place::Argument(c, a) => (c + 1, wiring.calls[c].outputs.len() + a),
    }
}

/// One cycle for each argument that closes one: a depth-first walk against the arrows, in the order
/// of the text, that keeps its way on a stack of its own (a graph may be deeper than the thread's).
fn cycles(wiring: &Wiring, made: &HashMap<&str, Place>) -> Vec<(Place, Vec<String>)> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    // One step of the way: a call, the next of its arguments to follow, and the node by which the
    // step before it reads this call.
    struct Step<'a> {
        call: usize,
        next: usize,
        node: &'a str,
    }

    let mut found = Vec::new();
    let mut states = vec![State::New; wiring.calls.len()];
    for start in 0..wiring.calls.len() {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        let node = wiring.calls[start].outputs.first().map_or("", String::as_str);
        let mut way = vec![Step { call: start, next: 0, node }];
        while let Some(step) = way.last_mut() {
            let (call, a) = (step.call, step.next);
            let Some(argument) = wiring.calls[call].arguments.get(a) else {
                states[call] = State::Done;
                way.pop();
                continue;
            };
            step.next += 1;
            let name = argument.node.as_str();
            let Some(&Place::Output(maker, _)) = made.get(name) else { continue };
            match states[maker] {
                State::Done => {}
                State::New => {
                    states[maker] = State::Open;
                    way.push(Step { call: maker, next: 0, node: name });
                }
                State::Open => {
                    let from = way.iter().position(|step| step.call == maker).unwrap_or(0);
                    // The way goes against the arrows; a reader wants it along them.
                    let mut path = vec![name.to_owned()];
                    path.extend(way[from + 1..].iter().rev().map(|step| step.node.to_owned()));
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

    /// `"b, c = f(a, x: d)"` as a call; `"a"` alone as an input.
    fn wiring(text: &[&str]) -> Wiring {
        let mut wiring = Wiring { scenario: "S".into(), ..Wiring::default() };
        for line in text {
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
                arguments: arguments.into_iter().map(|node| Argument { parameter: None, node }).collect(),
            });
        }
        wiring
    }

    fn messages(text: &[&str]) -> Vec<String> {
        check(&wiring(text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_right_wiring_in_any_order_has_no_problem() {
        assert_eq!(messages(&["c = g(b)", "b = f(a)", "a"]), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_node_is_named_with_the_nearest() {
        assert_eq!(
            messages(&["scored", "b = f(scord)"])[1..],
            ["scenario `S` has no node `scord`: did you mean `scored`?"]
        );
    }

    #[test]
    fn a_name_that_nobody_can_read_is_refused() {
        for name in ["", " a", "a\nb", "a=b", "\u{1b}[31m", &"a".repeat(201)] {
            let wiring = Wiring { inputs: vec![name.to_owned()], ..Wiring::default() };
            assert!(matches!(check(&wiring)[0].kind, ProblemKind::BadName { .. }), "{name:?}");
        }
        assert!(is_usable("für alle Fälle") && is_usable("r#type"));
    }

    #[test]
    fn a_node_made_twice_is_told_at_both_places() {
        let problems = check(&wiring(&["a", "b = f(a)", "b = g(a)"]));
        let places: Vec<Place> = problems.iter().map(|p| p.place).collect();
        assert_eq!(places, [Place::Output(0, 0), Place::Output(1, 0)]);
        assert!(problems[0].to_string().contains("again by `g(…)`"), "{}", problems[0]);
        assert!(problems[1].to_string().contains("`f(…)` makes it already"), "{}", problems[1]);
    }

    #[test]
    fn a_cycle_is_told_along_the_arrows_and_ends_where_it_began() {
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
    fn all_problems_come_at_once() {
        assert_eq!(messages(&["a", "b = f(nope)", "b = g(a)", "c = h(c)"]).len(), 4);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_tasks_does_not_overflow_the_stack() {
        let n = 100_000;
        let mut wiring = Wiring { scenario: "S".into(), ..Wiring::default() };
        for i in 0..n {
            wiring.calls.push(Call {
                task: "f".into(),
                outputs: vec![format!("n{i}")],
                arguments: vec![Argument { parameter: None, node: format!("n{}", (i + 1) % n) }],
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
                                .map(|n| Argument { parameter: None, node: format!("n{n}") })
                                .collect(),
                        })
                        .collect(),
                })
        }

        proptest! {
            /// A wiring without errors has an order in which everything is made before it is read,
            /// and a wiring whose names are sound but that has none is told to have a cycle.
            #[test]
            fn an_order_exists_exactly_when_there_is_no_cycle(wiring in any_wiring()) {
                let problems = check(&wiring);
                let twice = problems.iter().any(|p| matches!(p.kind, ProblemKind::MadeTwice { .. }));
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
