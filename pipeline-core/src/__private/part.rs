//! Compile-time checks of scenarios that another scenario uses as parts. See [`check`](super::check) for their form.
//!
//! The types of a part's nodes are known only from the fields of its scenario type: they may be types that the scenario which
//! uses it could not name. So they are inferred from closures such as `|part: &Scoring| &part.score`, which nobody calls.

use super::check::report;
use super::{Feeds, Gives, TypeOf, type_of};
use crate::data::{DataType, Storable};
use crate::graph::PartDef;
use crate::scenario::{PartInput, PartNode, ScenarioNodes};
use std::marker::PhantomData;

/// A scenario type that is used as a part.
pub struct PartOf<S>(PhantomData<fn() -> S>);

/// Returns the type as a value.
pub const fn part<S>() -> PartOf<S> {
    PartOf(PhantomData)
}

impl<S> PartOf<S> {
    /// Checks that the part is a scenario, and that its required inputs are given.
    ///
    /// # Panics
    ///
    /// If they are not.
    #[track_caller]
    pub const fn check(&self, given: &[&str], below: &str)
    where
        S: ScenarioNodes,
    {
        report(S::INTERFACE.check_given(given), below);
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

/// Returns the type of a node of a part.
pub const fn in_part<S, N: PartNode<T>, T>(_: fn(&S) -> &N) -> TypeOf<T> {
    type_of()
}

/// Returns the type of an input of a part.
pub const fn input_of<S, N: PartInput<T>, T>(_: fn(&S) -> &N) -> TypeOf<T> {
    type_of()
}

/// Describes the type of a node of a part.
pub const fn data_in_part<T: Storable<By>, By: 'static>(_: TypeOf<T>) -> DataType {
    DataType::of::<T, By>()
}

/// Relates a node of a part to the parameter that reads it.
pub const fn given_from<Node, Expected>(_: TypeOf<Node>) -> Gives<Node, Expected> {
    Gives::new(None)
}

/// Compiles only if the node has the type that the parameter expects.
pub fn given<Node: Feeds<Expected>, Expected>(_: Gives<Node, Expected>) {}

/// Compiles only if the node has the type of the part's input.
pub fn passed<T, Node: Feeds<T>>(_: TypeOf<T>, _: TypeOf<Node>) {}

/// Sets the value that an input of a part has in the whole.
pub fn value<T: Send + Sync + 'static>(
    part: PartDef,
    input: &str,
    _: TypeOf<T>,
    value: impl Fn() -> T + Send + Sync + 'static,
) -> PartDef {
    part.value(input, value)
}
