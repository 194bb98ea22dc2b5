//! Checks that the compiler makes of a table that a task reads through another row type: a view of it.

use crate::data::{TableType, Viewed, column_mismatch, view_mismatch};
use crate::frame::row::Row;
use crate::graph::Task;
use skipstone_wiring::{CallArgument, Text};
use std::marker::PhantomData;

/// What a node gives a parameter. What two tables have is found at the type itself, and all else in [`GivesItself`].
pub struct Gives<Node, Wanted>(PhantomData<(Node, Wanted)>);

impl<Node: Viewed, Wanted: Viewed> Gives<Node, Wanted> {
    /// A table of any type gives what is wanted, if it has the columns.
    pub const GIVEN: PhantomData<Wanted> = PhantomData;

    /// The columns of both: those of the node, and those that are wanted.
    pub const TABLES: Option<Tables> = Some(Tables { node: Node::TYPE, wanted: Wanted::TYPE });
}

/// What all other nodes give.
pub trait GivesItself {
    /// The node.
    type Node;

    /// Its own value.
    const GIVEN: PhantomData<Self::Node> = PhantomData;

    /// They are no tables.
    const TABLES: Option<Tables> = None;
}

impl<Node, Wanted> GivesItself for Gives<Node, Wanted> {
    type Node = Node;
}

/// The columns of a table that a task reads.
#[derive(Clone, Copy)]
pub struct Tables {
    node: TableType,
    wanted: TableType,
}

/// Compiles only when the node gives what the parameter takes.
pub const fn given<Node: super::Feeds<Wanted>, Wanted>(_: PhantomData<Node>) {}

/// What is wrong with a table that a task reads: what the parameter wants and the table does not have.
pub const fn check_table<T: Task>(
    arguments: &[CallArgument<'_>],
    index: usize,
    tables: Option<Tables>,
    found: &str,
) -> Option<Text> {
    match tables {
        None => None,
        Some(Tables { node, wanted }) => {
            view_mismatch(&wanted, &node, super::mismatch::<T>(arguments, index, found))
        }
    }
}

/// Why a column of a view is none of the table that it is a view of.
pub const fn check_view<View: Row, Table: Row>(column: &str) -> Option<Text> {
    let text = Text::new().push("`").push(View::NAME).push("` is a view of `").push(Table::NAME).push("`");
    column_mismatch(View::COLUMNS, column, Table::COLUMNS, text)
}
