//! Branches: calls that run or not, as the value of an input decides.
//!
//! A graph has the calls of all arms. Before a run, `Graph::selected` leaves out those of the arms that are not selected: the
//! engine knows no branches. Calls in different arms make the same nodes, in the same groups.

use super::{Call, CallDef, Graph, Maker, Node};
use crate::data::{DataType, Value};
use skipstone_wiring::Arm;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A branch for a [`GraphBuilder`](super::GraphBuilder): a condition on an input, and the calls of two arms, which make the same
/// nodes. Only the calls of one arm run.
///
/// ```
/// use skipstone::graph::{BranchDef, CallDef, InputDef};
/// use skipstone::{Graph, task};
///
/// #[task(skippable)]
/// fn exact(x: f64) -> f64 { x.exp() }
///
/// #[task(skippable)]
/// fn quick(x: f64) -> f64 { 1.0 + x }
///
/// let graph = Graph::builder("Growth")
///     .input(InputDef::<bool>::new("thorough").default_value(|| true))
///     .input(InputDef::<f64>::new("x").default_value(|| 0.0))
///     .branch(
///         BranchDef::new("thorough", "thorough", |thorough: &bool| *thorough)
///             .then(CallDef::of::<exact>().argument("x").output("growth"))
///             .otherwise(CallDef::of::<quick>().argument("x").output("growth")),
///     )
///     .build()?;
/// assert_eq!(graph.calls().len(), 2);
/// # Ok::<(), skipstone::graph::WiringError>(())
/// ```
pub struct BranchDef {
    pub(super) branch: AnyBranch,
    /// The parts of the arms, and whether each is in the arm for which the condition holds.
    pub(super) parts: Vec<(bool, Part)>,
}

/// A part of an arm.
pub(super) enum Part {
    Call(CallDef),
    Branch(BranchDef),
}

/// A branch on an input of any type.
#[derive(Clone)]
pub(super) struct AnyBranch {
    pub(super) input: String,
    pub(super) text: String,
    /// Returns whether an input has the type of the condition.
    pub(super) is_of: fn(&DataType) -> bool,
    pub(super) holds: Holds,
}

/// Returns whether a value of the input fulfills the condition.
type Holds = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// A branch of a graph: a condition on an input.
#[derive(Clone)]
pub struct Branch {
    /// The input, by index.
    pub(super) input: usize,
    pub(super) text: String,
    holds: Holds,
}

impl BranchDef {
    /// Begins a branch on the value of an input. `text` is the condition for display.
    pub fn new<T: Send + Sync + 'static>(
        input: &str,
        text: &str,
        condition: impl Fn(&T) -> bool + Send + Sync + 'static,
    ) -> BranchDef {
        // The builder checks the type of the input.
        let holds = move |value: &Value| value.get::<T>().is_some_and(&condition);
        let branch = AnyBranch {
            input: input.into(),
            text: text.into(),
            is_of: |data| data.is::<T>(),
            holds: Arc::new(holds),
        };
        BranchDef { branch, parts: Vec::new() }
    }

    /// Adds a call that runs if the condition holds.
    pub fn then(mut self, call: CallDef) -> BranchDef {
        self.parts.push((true, Part::Call(call)));
        self
    }

    /// Adds a call that runs if the condition does not hold.
    pub fn otherwise(mut self, call: CallDef) -> BranchDef {
        self.parts.push((false, Part::Call(call)));
        self
    }

    /// Adds a branch within the arm that runs if the condition holds, or else in the other.
    pub fn within(mut self, holds: bool, branch: BranchDef) -> BranchDef {
        self.parts.push((holds, Part::Branch(branch)));
        self
    }

    /// Returns the branches and the calls with their arms. `next` is the index of the next branch.
    pub(super) fn flattened(self, arms: &[Arm], next: usize) -> (Vec<AnyBranch>, Vec<CallDef>) {
        let (mut branches, mut calls) = (vec![self.branch], Vec::new());
        for (holds, part) in self.parts {
            let mut arms = arms.to_vec();
            arms.push(Arm { branch: next, holds });
            match part {
                Part::Call(call) => calls.push(CallDef { arms, ..call }),
                Part::Branch(branch) => {
                    let (inner, of_inner) = branch.flattened(&arms, next + branches.len());
                    branches.extend(inner);
                    calls.extend(of_inner);
                }
            }
        }
        (branches, calls)
    }
}

impl AnyBranch {
    pub(super) fn finish(self, input: usize) -> Branch {
        Branch { input, text: self.text, holds: self.holds }
    }
}

impl Branch {
    /// The condition as text.
    pub fn condition(&self) -> &str {
        &self.text
    }

    /// The same branch on another input.
    pub(super) fn on(&self, input: String, is_of: fn(&DataType) -> bool) -> AnyBranch {
        AnyBranch { input, text: self.text.clone(), is_of, holds: self.holds.clone() }
    }
}

impl Graph {
    /// The branches, each before those within it.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The condition under which a call runs, as text; `None` if it always does.
    pub fn condition_of(&self, call: &Call) -> Option<String> {
        let text = |arm: &Arm| {
            let condition = &self.branches[arm.branch].text;
            let is_word = condition.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            match arm.holds {
                true => condition.clone(),
                false if is_word => format!("!{condition}"),
                false => format!("!({condition})"),
            }
        };
        let texts: Vec<String> = call.arms.iter().map(text).collect();
        (!texts.is_empty()).then(|| texts.join(" && "))
    }

    /// The inputs that decide whether a call runs, by index, each once.
    pub(crate) fn deciding(&self, call: &Call) -> Vec<usize> {
        let mut inputs: Vec<usize> = call.arms.iter().map(|arm| self.branches[arm.branch].input).collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs
    }

    /// The calls that make the node with this name: one, or one in each arm of a branch.
    pub(crate) fn makers_of<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Call> {
        let index = self.index_of(name);
        self.calls.iter().filter(move |call| index.is_some_and(|index| call.outputs.contains(&index)))
    }

    /// Whether the condition of each branch holds for these values of the inputs.
    ///
    /// # Errors
    ///
    /// The error of `value`.
    pub(crate) fn held<E>(&self, mut value: impl FnMut(&Node) -> Result<Value, E>) -> Result<Vec<bool>, E> {
        self.branches.iter().map(|branch| Ok((branch.holds)(&value(&self.nodes[branch.input])?))).collect()
    }

    /// The graph with the calls that run where the conditions of the branches hold or not.
    pub(crate) fn selected(self: &Arc<Graph>, held: &[bool]) -> Arc<Graph> {
        match held.is_empty() {
            true => self.clone(),
            false => Arc::new(Graph { whole: Some(self.clone()), ..self.with_arms(held) }),
        }
    }

    /// The graphs that together have all calls, each without the calls that exclude others of it.
    pub(crate) fn all_selected(self: &Arc<Graph>) -> Vec<Arc<Graph>> {
        let mut chosen: Vec<Vec<bool>> = Vec::new();
        for call in &self.calls {
            let runs = |held: &Vec<bool>| call.arms.iter().all(|arm| held[arm.branch] == arm.holds);
            if !chosen.iter().any(runs) {
                let mut held = vec![true; self.branches.len()];
                call.arms.iter().for_each(|arm| held[arm.branch] = arm.holds);
                chosen.push(held);
            }
        }
        if chosen.is_empty() {
            chosen.push(vec![true; self.branches.len()]);
        }
        chosen.iter().map(|held| self.selected(held)).collect()
    }

    /// The graph that this one was selected from, or this one.
    pub(crate) fn whole(&self) -> &Graph {
        self.whole.as_deref().unwrap_or(self)
    }

    /// The graph with these arms.
    pub(crate) fn with_arms(&self, held: &[bool]) -> Graph {
        let runs = |call: &Call| call.arms.iter().all(|arm| held[arm.branch] == arm.holds);
        let mut numbers = vec![None; self.calls.len()];
        let mut calls = Vec::new();
        for (index, call) in self.calls.iter().enumerate().filter(|(_, call)| runs(call)) {
            numbers[index] = Some(calls.len());
            calls.push(call.clone());
        }
        let mut nodes = self.nodes.clone();
        for node in &mut nodes {
            node.readers = node.readers.iter().filter_map(|reader| numbers[*reader]).collect();
        }
        for (index, call) in calls.iter().enumerate() {
            call.outputs.iter().for_each(|output| nodes[*output].maker = Maker::Call(index));
        }
        Graph {
            name: self.name.clone(),
            docs: self.docs.clone(),
            nodes,
            calls,
            order: self.order.iter().filter_map(|call| numbers[*call]).collect(),
            warnings: self.warnings.clone(),
            names: self.names.clone(),
            kpis: self.kpis.clone(),
            subscenarios: self.subscenarios.clone(),
            branches: self.branches.clone(),
            whole: None,
            source: self.source.clone(),
            sources: self.sources.clone(),
            wiring: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Branch({})", self.text)
    }
}

impl fmt::Debug for BranchDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BranchDef({}, {} parts)", self.branch.text, self.parts.len())
    }
}
