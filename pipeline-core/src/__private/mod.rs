//! Items that expansions of the macros refer to. They are not part of the public API and may change in any version.

pub use crate::data::DataType;
pub use crate::engine::WorkerTest;
pub use crate::frame::row::{
    Category, Cell, CellError, CellOf, Cells, Column, ColumnType, ColumnValue, CsvEncoding, CsvOptions,
    ExcelOptions, NO_COLUMN, NotACell, PathColumn, PathPart, Row, RowName, RowType, category_cell,
    category_of, check_columns, column, column_type, count_of, flattened, row_cell, row_of,
};
pub use crate::graph::task::{
    Arguments, CodeDef, OutputDef, Outputs, RetryPolicy, Task, TaskDef, TaskFailure, TaskFunction,
    TaskOutput as Output, TaskParameter as Parameter, borrowed, failure, owned,
};
pub use crate::graph::tasks::{ReadEntry, TaskEntry};
pub use crate::scenario::{GivenInputs, ScenarioParts, handle};
pub use inventory;
pub use skipstone_wiring::{CallArgument, Parameter as SignatureParameter, Signature, Text, Written};

mod check;
mod file;
#[cfg(feature = "cli")]
pub mod fuzzing;
mod view;

pub use check::{
    CallOf, Returned, ReturnsItself, TypeOf, at, call_of, data_of, input, signature_of, to, type_of,
};
pub use file::{DefaultKind, Differs, GivenDefault, Pair, Takes, TakesAnything, output_type, parameter_type};

pub use crate::data::{TableType, Viewed};
pub use view::{Gives, GivesItself, Tables, check_view, given, gives};

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
    label = "this node is a `{Self}`, but the task's parameter is a `{Expected}`",
    note = "pass another node, or change the type of the parameter or of the node"
)]
pub trait Feeds<Expected> {}

impl<T> Feeds<T> for T {}

/// Returns the index of the parameter that argument `index` is for, or `usize::MAX` if there is no such parameter.
pub const fn parameter_of<T: Task>(arguments: &[CallArgument<'_>], index: usize) -> usize {
    match T::SIGNATURE {
        Some(signature) => signature.parameter_of(arguments, index),
        None => usize::MAX,
    }
}

/// Returns `index`, or `usize::MAX` if the task has no such output, which `check_outputs` reports.
pub const fn output_of<T: Task>(index: usize) -> usize {
    match T::SIGNATURE {
        Some(signature) if index >= signature.outputs.len() => usize::MAX,
        _ => index,
    }
}

/// An input type whose default can be written as a string.
#[diagnostic::on_unimplemented(
    message = "wrong type for this default: expected `{Self}`, found a string",
    label = "expected `{Self}`",
    note = "a string can be the default of a `String`, a `PathBuf`, a `File`, or a table file such as `CsvFile`"
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

/// The type of the outputs of a function that is not a task.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Unknown;

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

/// Implements the parameter and the output with index `usize::MAX`, which stand for those that do not exist: another
/// check reports them.
#[doc(hidden)]
#[macro_export]
macro_rules! __no_such_place {
    ($task:ident) => {
        impl $crate::__private::Parameter<{ ::core::primitive::usize::MAX }> for $task {
            type Accepts<Node> = Node;
        }
        impl $crate::__private::Output<{ ::core::primitive::usize::MAX }> for $task {
            type Type = $crate::__private::Unknown;
        }
    };
}

/// Implements the traits of a task for a placeholder type. Another check or error reports what is wrong with it.
#[doc(hidden)]
#[macro_export]
macro_rules! __broken_task {
    ($alias:ident) => {
        impl $crate::__private::Task for $alias {
            const SIGNATURE: ::core::option::Option<$crate::__private::Signature> =
                ::core::option::Option::None;
            const NAME: &'static str = ::core::stringify!($alias);
            fn task() -> &'static $crate::__private::TaskDef {
                ::core::unreachable!()
            }
        }
        impl<const I: usize> $crate::__private::Parameter<I> for $alias {
            type Accepts<Node> = Node;
        }
        impl<const I: usize> $crate::__private::Output<I> for $alias {
            type Type = $crate::__private::Unknown;
        }
    };
}

/// Registers a task that is compiled into the program.
#[doc(hidden)]
#[macro_export]
macro_rules! __enter_task {
    ($task:expr) => {
        $crate::__private::inventory::submit! { $crate::__private::TaskEntry($task) }
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
pub use __enter_task as enter_task;
pub use __no_such_place as no_such_place;
