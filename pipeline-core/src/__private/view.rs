//! Compile-time checks of tables that a task reads through another row type, as a view.

use crate::data::{TableType, Viewed, column_mismatch};
use crate::frame::row::Column;
use crate::graph::{NodeOf, Task, TypeAt, Unknown};
use skipstone_wiring::Text;
use std::marker::PhantomData;

/// Relates a node to the parameter that reads it. For two tables, the inherent constants apply, otherwise those of
/// [`GivesItself`].
pub struct Gives<Node, Expected> {
    pub(super) tables: Option<Tables>,
    types: PhantomData<fn() -> (Node, Expected)>,
}

/// The type of the node that parameter `I` of task `T` reads. Another check reports a parameter that
/// the task does not have; any type will do for it.
pub type ReadBy<T, const I: usize> = <<T as Task>::Parameters as TypeAt<I>>::Or<String>;

/// Relates node `N` to parameter `I` of task `T`.
pub type Passed<Nodes, const N: usize, T, const I: usize> =
    Gives<NodeOf<Nodes, N>, <<T as Task>::Parameters as TypeAt<I>>::Or<NodeOf<Nodes, N>>>;

impl<Node, Expected> Gives<Node, Expected> {
    pub(super) const fn new(tables: Option<Tables>) -> Gives<Node, Expected> {
        Gives { tables, types: PhantomData }
    }

    /// Returns it, as an expression with a place.
    pub const fn it(&self) -> &Gives<Node, Expected> {
        self
    }
}

impl<T> Gives<T, T> {
    /// The types are the same.
    pub const SAME: bool = true;
}

impl<Node: Viewed, Expected: Viewed> Gives<Node, Expected> {
    /// As `GIVEN`, for a node whose type is inferred.
    pub fn given(self) -> Gives<Expected, Expected> {
        Gives::new(None)
    }

    /// A table of any type counts as the expected one; its columns are checked.
    pub const GIVEN: Gives<Expected, Expected> =
        Gives::new(Some(Tables { node: Node::TYPE, expected: Expected::TYPE }));
}

impl<Expected> Gives<Unknown, Expected> {
    /// A node of an unknown type fits: another error is about it.
    pub const GIVEN: Gives<Expected, Expected> = Gives::new(None);
}

/// Implemented for all nodes; used if the node or the parameter is not a table.
pub trait GivesItself {
    /// The type of the node.
    type Node;

    /// The type that the parameter expects.
    type Expected;

    /// The types differ.
    const SAME: bool = false;

    /// As `GIVEN`, for a node whose type is inferred.
    fn given(self) -> Gives<Self::Node, Self::Expected>
    where
        Self: Sized,
    {
        Gives::new(None)
    }

    /// The node has its own type.
    const GIVEN: Gives<Self::Node, Self::Expected> = Gives::new(None);
}

impl<Node, Expected> GivesItself for Gives<Node, Expected> {
    type Node = Node;
    type Expected = Expected;
}

/// The types of a table and of the parameter that reads it.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    pub(super) node: TableType,
    pub(super) expected: TableType,
}

/// Checks that a column of a view is a column of its table. Each is a name with columns.
pub const fn check_view(
    (view, columns): (&str, &[Column]),
    (table, expected): (&str, &[Column]),
    column: &str,
) -> Option<Text> {
    let text = Text::new().push("`").push(view).push("` is a view of `").push(table).push("`");
    column_mismatch(columns, column, expected, text)
}
