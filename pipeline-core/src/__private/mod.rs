//! Items that expansions of the macros refer to. They are not part of the public API and may change in any version.

pub use crate::data::{DataType, Parts};
pub use crate::engine::WorkerTest;
#[cfg(feature = "tokio")]
pub use crate::engine::wait_for;
pub use crate::frame::row::{
    Category, Cell, CellError, CellOf, Cells, Column, ColumnType, ColumnValue, CsvEncoding, CsvOptions,
    ExcelOptions, NO_COLUMN, NamesOf, NotACell, PathColumn, PathPart, Row, RowName, RowType, category_cell,
    category_of, check_names, check_zone, column, column_type, count_of, flattened, row_cell, row_of,
};
pub use crate::graph::resource::resource_of;
pub use crate::graph::scenarios::ScenarioEntry;
pub use crate::graph::task::{
    Arguments, Called, CalledWith, CodeDef, Done, Generic, Instance, NodeOf, NodeType, OutputOf, Outputs,
    RetryPolicy, Task, TaskDef, Unknown, borrowed, called, code, failure, generic_task, owned, resource,
    task,
};
pub use crate::graph::tasks::{PackagesEntry, ReadEntry, TaskEntry};
pub use crate::graph::{Interface, TypeAt};
pub use crate::scenario::{GivenInputs, Handles, ScenarioNodes, SubscenarioInput, SubscenarioNode};
pub use inventory;
pub use skipstone_wiring::{CallArgument, Passing, Signature, Text, Written, parameter, signature};

mod check;
mod file;
#[cfg(feature = "cli")]
pub mod fuzzing;
mod subscenario;
mod view;

pub use check::{Call, Return, ReturnsItself, TypeOf, at, call, data, data_of, input, migrate, to, type_of};
pub use file::{DefaultKind, Differs, GivenDefault, Pair, Takes, TakesAnything};

pub use crate::data::{TableType, Viewed};
pub use subscenario::{
    AlsoMade, Condition, SubscenarioOf, both_make, condition, data_in_subscenario, given, given_at,
    given_from, in_subscenario, input_of, into_parts, part_of, parts_of, passed, passed_at, subscenario,
    value,
};
pub use view::{Gives, GivesItself, Passed, ReadBy, check_view};

use crate::data::{File, Item};
use crate::graph::{Graph, WiringError};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The graph of a `scenario!`, built on first use.
pub type LazyGraph = OnceLock<Arc<Graph>>;

/// Unwraps the graph of a wiring that the compiler has checked.
///
/// # Panics
///
/// If the builder finds an error that the macro missed, which is a bug in this library.
pub fn expect_checked(graph: Result<Arc<Graph>, WiringError>) -> Arc<Graph> {
    graph.unwrap_or_else(|error| {
        panic!("the scenario compiled, but its graph is invalid; please report this bug: {error}")
    })
}

// ---- compile-time checks, each called in its own constant ----

/// Implemented if a node of type `Self` can be passed to a parameter of type `Expected`: if both are the same type.
#[diagnostic::on_unimplemented(
    message = "wrong type for this argument: expected `{Expected}`, found `{Self}`",
    label = "this node is a `{Self}`, where a `{Expected}` is expected",
    note = "pass another node, or change the type on one of the two sides"
)]
pub trait Feeds<Expected> {}

impl<T> Feeds<T> for T {}

/// As [`Feeds`], for an argument in a scenario file, to which no caret can point: `Place` is a type whose name is the place.
#[diagnostic::on_unimplemented(
    message = "wrong type for the argument at `{Place}`: expected `{Expected}`, found `{Self}`",
    label = "the node at `{Place}` is a `{Self}`, where a `{Expected}` is expected",
    note = "pass another node, or change the type on one of the two sides"
)]
pub trait FeedsAt<Place, Expected> {}

#[diagnostic::do_not_recommend]
impl<Node: Feeds<Expected>, Expected, Place> FeedsAt<Place, Expected> for Node {}

/// An input type whose default can be written as a string.
#[diagnostic::on_unimplemented(
    message = "wrong type for this value: expected `{Self}`, found a string",
    label = "expected `{Self}`",
    note = "a string can be the value of a `String`, a `PathBuf`, a `File`, or a table file such as `CsvFile`"
)]
pub trait TextDefault {
    /// Converts the string to the value.
    fn from_text(text: &str) -> Self;
}

impl TextDefault for String {
    fn from_text(text: &str) -> String {
        text.into()
    }
}

impl TextDefault for PathBuf {
    fn from_text(text: &str) -> PathBuf {
        text.into()
    }
}

impl TextDefault for File {
    fn from_text(text: &str) -> File {
        File::new(text)
    }
}

#[cfg(feature = "polars")]
impl<R: Row, F: crate::frame::FileFormat> TextDefault for crate::frame::TableFile<R, F> {
    fn from_text(text: &str) -> Self {
        crate::frame::TableFile::new(text)
    }
}

#[diagnostic::do_not_recommend]
impl<T: TextDefault + Item> TextDefault for Option<T> {
    fn from_text(text: &str) -> Option<T> {
        Some(T::from_text(text))
    }
}

#[diagnostic::do_not_recommend]
impl<T: TextDefault + Item> TextDefault for Vec<T> {
    fn from_text(text: &str) -> Vec<T> {
        vec![T::from_text(text)]
    }
}

/// Converts the string that is the default of an input to its value.
pub fn text_default<T: TextDefault>(text: &str) -> T {
    T::from_text(text)
}

/// Stands for the value of an input in the condition of a branch, for an editor.
///
/// # Panics
///
/// Always: it is never called.
pub fn value_of<T>(_: &crate::Input<T>) -> &T {
    unreachable!("only an editor reads the call")
}

/// Stands for the type that `#[task]` would define for a function; see `tasks` in
/// `pipeline-macros/src/scenario/expand/mod.rs`.
#[derive(Debug)]
pub struct NotATask;

broken_task!(NotATask);

/// A value, or a table with one row, from which the field of a KPI is read.
pub struct KpiOf<'a, T>(pub &'a T);

/// Implemented for every value. For a table, the inherent method takes precedence.
pub trait KpiItself<'a> {
    /// The type that has the field.
    type Row;

    /// Returns the value itself.
    fn only_row(&self) -> crate::Result<Option<&'a Self::Row>>;
}

impl<'a, T> KpiItself<'a> for KpiOf<'a, T> {
    type Row = T;

    fn only_row(&self) -> crate::Result<Option<&'a T>> {
        Ok(Some(self.0))
    }
}

#[cfg(feature = "polars")]
impl<R: Row> KpiOf<'_, crate::Frame<R>> {
    /// Returns the only row of the table, or `None` if the table is empty.
    ///
    /// # Errors
    ///
    /// If the table has several rows or can't be read.
    pub fn only_row(&self) -> crate::Result<Option<R>> {
        Ok(self.0.only_row()?)
    }
}

/// Returns the number of a KPI.
pub fn kpi_number<N: crate::graph::KpiNumber>(number: &N) -> Option<crate::data::Number> {
    number.number()
}

/// Implements the traits of a task for a placeholder type. Another check or error reports what is wrong with it.
#[doc(hidden)]
#[macro_export]
macro_rules! __broken_task {
    ($alias:ident) => {
        impl $crate::__private::Task for $alias {
            const SIGNATURE: $crate::__private::Signature =
                $crate::__private::Signature::unknown(::core::stringify!($alias));
            const TASK: &'static $crate::__private::TaskDef =
                &$crate::__private::TaskDef::unknown(<Self as $crate::__private::Task>::SIGNATURE);
            type Parameters = ();
            type Outputs = ();
            type Function = ();
            const FUNCTION: () = ();
            fn run(_: (), _: &$crate::__private::Arguments) -> $crate::__private::Done {
                ::core::unreachable!()
            }
        }

        // A call with types.
        impl<Types> $crate::__private::Generic<Types> for $alias {
            const SIGNATURE: $crate::__private::Signature = <Self as $crate::__private::Task>::SIGNATURE;
            type Parameters = ();
            type Outputs = ();
        }

        impl<Types> $crate::__private::CalledWith<Types> for $alias {
            const TASK: $crate::__private::TaskDef =
                $crate::__private::TaskDef::unknown(<Self as $crate::__private::Task>::SIGNATURE);
        }
    };
}

/// Implements the trait of a task for a generic one. A call without types is an error.
#[doc(hidden)]
#[macro_export]
macro_rules! __incomplete_task {
    ($task:ident) => {
        impl $crate::__private::Task for $task {
            const SIGNATURE: $crate::__private::Signature =
                $crate::__private::Signature::generic(::core::stringify!($task));
            const TASK: &'static $crate::__private::TaskDef = ::core::panic!(::core::concat!(
                "task `",
                ::core::stringify!($task),
                "` is generic: call it in a `scenario!`, with its types"
            ));
            type Parameters = ();
            type Outputs = ();
            type Function = ();
            const FUNCTION: () = ();
            fn run(_: (), _: &$crate::__private::Arguments) -> $crate::__private::Done {
                ::core::unreachable!()
            }
        }
    };
}

/// Registers the files that the compiler may read for the crate of a scenario.
#[doc(hidden)]
#[macro_export]
macro_rules! __enter_read {
    ($read:expr) => {
        $crate::__private::inventory::submit! { $crate::__private::ReadEntry(::core::module_path!(), $read) }
    };
}

pub use __broken_task as broken_task;
pub use __enter_read as enter_read;
pub use __incomplete_task as incomplete_task;
