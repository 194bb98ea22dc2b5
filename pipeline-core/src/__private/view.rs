//! Compile-time checks of tables that a task reads through another row type, as a view.

use crate::data::{TableType, Viewed, column_mismatch, view_mismatch};
use crate::frame::row::Row;
use crate::graph::Task;
use skipstone_wiring::{CallArgument, Text};
use std::marker::PhantomData;

/// Relates a node to the parameter that reads it. For two tables, the inherent constants apply, otherwise those of
/// [`GivesItself`].
pub struct Gives<Node, Expected>(PhantomData<(Node, Expected)>);

impl<Node: Viewed, Expected: Viewed> Gives<Node, Expected> {
    /// A table of any type counts as the expected one; its columns are checked with `TABLES`.
    pub const GIVEN: PhantomData<Expected> = PhantomData;

    /// The table types of the node and of the parameter.
    pub const TABLES: Option<Tables> = Some(Tables { node: Node::TYPE, expected: Expected::TYPE });
}

/// Implemented for all nodes; used if the node or the parameter is not a table.
pub trait GivesItself {
    /// The type of the node.
    type Node;

    /// The node has its own type.
    const GIVEN: PhantomData<Self::Node> = PhantomData;

    /// The node and the parameter are not both tables.
    const TABLES: Option<Tables> = None;
}

impl<Node, Expected> GivesItself for Gives<Node, Expected> {
    type Node = Node;
}

/// The types of a table and of the parameter that reads it.
#[derive(Clone, Copy)]
pub struct Tables {
    node: TableType,
    expected: TableType,
}

/// Compiles only if the node has the type that the parameter expects.
pub const fn given<Node: super::Feeds<Expected>, Expected>(_: PhantomData<Node>) {}

/// Checks that a table has the columns that the parameter reads.
pub const fn check_table<T: Task>(
    arguments: &[CallArgument<'_>],
    index: usize,
    tables: Option<Tables>,
    found: &str,
) -> Option<Text> {
    match tables {
        None => None,
        Some(Tables { node, expected }) => {
            view_mismatch(&expected, &node, super::mismatch::<T>(arguments, index, found))
        }
    }
}

/// Checks that a column of a view is a column of its table.
pub const fn check_view<View: Row, Table: Row>(column: &str) -> Option<Text> {
    let text = Text::new().push("`").push(View::NAME).push("` is a view of `").push(Table::NAME).push("`");
    column_mismatch(View::COLUMNS, column, Table::COLUMNS, text)
}
