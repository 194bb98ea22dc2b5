//! Compile-time checks of tables that a task reads through another row type, as a view.

use super::Unknown;
use crate::data::{TableType, Viewed, column_mismatch};
use crate::frame::row::Row;
use skipstone_wiring::Text;
use std::marker::PhantomData;

/// Relates a node to the parameter that reads it. For two tables, the inherent items apply, otherwise those of
/// [`GivesItself`].
#[derive(Clone, Copy)]
pub struct Gives<Node, Expected>(PhantomData<fn() -> (Node, Expected)>);

/// Returns the relation of these types.
pub const fn gives<Node, Expected>() -> Gives<Node, Expected> {
    Gives(PhantomData)
}

impl<Node: Viewed, Expected: Viewed> Gives<Node, Expected> {
    /// The table types of the node and of the parameter.
    pub const TABLES: Option<Tables> = Some(Tables { node: Node::TYPE, expected: Expected::TYPE });

    /// A table of any type counts as the expected one; its columns are checked with `TABLES`.
    pub const fn given(self) -> Gives<Expected, Expected> {
        gives()
    }
}

impl<Expected> Gives<Unknown, Expected> {
    /// No tables.
    pub const TABLES: Option<Tables> = None;

    /// A node of an unknown type fits: another error is about it.
    pub const fn given(self) -> Gives<Expected, Expected> {
        gives()
    }
}

/// Implemented for all nodes; used if the node or the parameter is not a table.
pub trait GivesItself: Sized {
    /// The node and the parameter are not both tables.
    const TABLES: Option<Tables> = None;

    /// The node has its own type.
    fn given(self) -> Self {
        self
    }
}

impl<Node, Expected> GivesItself for Gives<Node, Expected> {}

/// The types of a table and of the parameter that reads it.
#[derive(Clone, Copy)]
pub struct Tables {
    pub(super) node: TableType,
    pub(super) expected: TableType,
}

/// Compiles only if the node has the type that the parameter expects.
pub fn given<Node: super::Feeds<Expected>, Expected>(_: Gives<Node, Expected>) {}

/// Checks that a column of a view is a column of its table.
pub const fn check_view<View: Row, Table: Row>(column: &str) -> Option<Text> {
    let text = Text::new().push("`").push(View::NAME).push("` is a view of `").push(Table::NAME).push("`");
    column_mismatch(View::COLUMNS, column, Table::COLUMNS, text)
}
