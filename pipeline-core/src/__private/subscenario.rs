//! Compile-time checks of scenarios that another scenario uses as subscenarios. See [`check`](super::check) for their form.
//!
//! The types of a subscenario's nodes are known only from the fields of its scenario type: they may be types that the
//! scenario which uses it could not name. So they are inferred from closures such as `|subscenario: &Scoring|
//! &subscenario.score`, which are never called.

use super::check::{report, written};
use super::{Feeds, FeedsAt, Gives, TypeOf, type_of};
use crate::data::{DataError, DataType, HasParts, IntoParts, Parts, Storable};
use crate::graph::{SubscenarioDef, Task, TypeAt};
use crate::scenario::{ScenarioNodes, SubscenarioInput, SubscenarioNode};
use std::marker::PhantomData;

/// A scenario type that is used as a subscenario.
pub struct SubscenarioOf<S>(PhantomData<fn() -> S>);

/// Returns the type as a value.
pub const fn subscenario<S>() -> SubscenarioOf<S> {
    SubscenarioOf(PhantomData)
}

impl<S> SubscenarioOf<S> {
    /// Checks that the subscenario is a scenario, and that its required inputs are given.
    ///
    /// # Panics
    ///
    /// If they are not.
    #[track_caller]
    pub const fn check(&self, given: &[&str], below: &str)
    where
        S: ScenarioNodes,
    {
        let written = written(below);
        report(S::INTERFACE.check_given(given, written), below);
    }

    /// Checks that a node which is not an input of this scenario can be passed to an input.
    ///
    /// # Panics
    ///
    /// If it can't.
    #[track_caller]
    pub const fn check_node(&self, input: &str, node: &str, below: &str)
    where
        S: ScenarioNodes,
    {
        report(S::INTERFACE.check_node(input, node), below);
    }

    /// Checks that the input can have a value.
    ///
    /// # Panics
    ///
    /// If it can't.
    #[track_caller]
    pub const fn check_value(&self, input: &str, below: &str)
    where
        S: ScenarioNodes,
    {
        report(S::INTERFACE.check_value(input), below);
    }
}

/// Returns the type of a node of a subscenario.
pub const fn in_subscenario<S, N: SubscenarioNode<T>, T>(_: fn(&S) -> &N) -> TypeOf<T> {
    type_of()
}

/// Returns the type of an input of a subscenario.
pub const fn input_of<S, N: SubscenarioInput<T>, T>(_: fn(&S) -> &N) -> TypeOf<T> {
    type_of()
}

/// Compiles only if the node has parts.
pub fn parts_of<T: HasParts>(_: TypeOf<T>) {}

/// Converts the default of an input to parts.
///
/// # Errors
///
/// When two values of a list are equal, or a value can't be encoded.
pub fn into_parts<T, L: IntoParts<T>>(_: TypeOf<Parts<T>>, default: L) -> Result<Parts<T>, DataError> {
    default.into_parts()
}

/// Returns the type of the parts of a node.
pub const fn part_of<T: HasParts>(_: TypeOf<T>) -> TypeOf<T::Part> {
    type_of()
}

/// Describes the type of a node of a subscenario.
pub const fn data_in_subscenario<T: Storable<By>, By: 'static>(_: TypeOf<T>) -> DataType {
    DataType::of::<T, By>()
}

/// Relates a node of a subscenario to parameter `I` of task `T`. Another check reports a parameter that the task does not have.
pub const fn given_from<T: Task, const I: usize, Node>(
    _: TypeOf<Node>,
) -> Gives<Node, <T::Parameters as TypeAt<I>>::Or<Node>>
where
    T::Parameters: TypeAt<I>,
{
    Gives::new(None)
}

/// Compiles only if the node has the type that the parameter expects.
pub fn given<Node: Feeds<Expected>, Expected>(_: Gives<Node, Expected>) {}

/// As [`given`], for an argument in a scenario file.
pub fn given_at<Place, Node: FeedsAt<Place, Expected>, Expected>(_: Gives<Node, Expected>) {}

/// A type of a node that both arms of a branch make.
#[diagnostic::on_unimplemented(
    message = "the arms of this branch make different types: `{Self}` here, `{Other}` in the other",
    label = "this is a `{Self}`, and a `{Other}` in the other arm",
    note = "let both tasks return the same type"
)]
pub trait AlsoMade<Other> {}

impl<T> AlsoMade<T> for T {}

/// A type of the condition of a branch.
#[diagnostic::on_unimplemented(
    message = "the condition of a branch must be a `bool`, but this is a `{Self}`",
    label = "this is a `{Self}`",
    note = "write a comparison, such as `count > 0` or `mode == Mode::Full`"
)]
pub trait Condition {
    /// Returns whether it holds.
    fn holds(self) -> bool;
}

impl Condition for bool {
    fn holds(self) -> bool {
        self
    }
}

/// Returns whether the condition of a branch holds.
pub fn condition(condition: impl Condition) -> bool {
    condition.holds()
}

/// Compiles only if both arms of a branch make a node of the same type.
pub fn both_make<Other, T: AlsoMade<Other>>(_: TypeOf<Other>, _: TypeOf<T>) {}

/// Compiles only if the node has the type of the subscenario's input.
pub fn passed<T, Node: Feeds<T>>(_: TypeOf<T>, _: TypeOf<Node>) {}

/// As [`passed`], for an argument in a scenario file.
pub fn passed_at<Place, T, Node: FeedsAt<Place, T>>(_: TypeOf<T>, _: TypeOf<Node>) {}

/// Sets the value that an input of a subscenario has in the whole.
pub fn value<T: Send + Sync + 'static>(
    subscenario: SubscenarioDef,
    input: &str,
    _: TypeOf<T>,
    value: impl Fn() -> T + Send + Sync + 'static,
) -> SubscenarioDef {
    subscenario.value(input, value)
}
