//! What expansions of the macros may name. Not part of the interface: anything here may change in
//! any version.

pub use crate::data::DataType;
pub use crate::engine::WorkerTest;
pub use crate::frame::row::{
    Category, Cell, CellError, CellOf, Cells, Column, ColumnType, ColumnValue, CsvEncoding, CsvOptions,
    ExcelOptions, NO_COLUMN, NotACell, PathColumn, PathPart, Row, RowName, RowType, category_cell,
    category_of, check_columns, column, count_of, flattened, in_zone, row_cell, row_of,
};
pub use crate::graph::task::{
    Arguments, CodeDef, OutputDef, Outputs, RetryPolicy, Task, TaskDef, TaskFailure, TaskFunction,
    TaskOutput as Output, TaskParameter as Parameter, borrowed, failure, owned,
};
pub use crate::graph::tasks::{ReadEntry, TaskEntry};
pub use crate::scenario::{GivenInputs, ScenarioParts, handle};
pub use inventory;
pub use skipstone_wiring::{CallArgument, Parameter as SignatureParameter, Signature, Text, Written};

mod file;
#[cfg(feature = "cli")]
pub mod fuzzing;
mod view;

pub use file::{
    Differs, GivenDefault, Pair, Takes, TakesAnything, What, is_known, mismatch, no_default, other_output,
    output_type, parameter_type, takes,
};

pub use crate::data::{TableType, Viewed};
pub use view::{Gives, GivesItself, Tables, check_table, check_view, given};

use crate::data::{Codec, File, Item, Storable, Tabular};
use crate::graph::{Graph, WiringError};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The graph of a `scenario!`, made when it is first asked for.
pub type LazyGraph = OnceLock<Arc<Graph>>;

/// The graph of a wiring that the compiler has checked.
///
/// # Panics
///
/// When the builder finds something that the macro did not: a bug in this library.
pub fn expect_checked(graph: Result<Arc<Graph>, WiringError>) -> Arc<Graph> {
    graph.unwrap_or_else(|error| panic!("a wiring that compiled does not hold, please report this: {error}"))
}

/// Whether values can be secrets: files can't, whose paths are kept with runs.
pub const fn can_be_secret<T: Storable<By>, By>() -> bool {
    !<T::Kept as Codec>::EXTERNAL
}

/// Whether the files of such an input are written as this attribute says.
pub const fn takes_options<T: Storable<By>, By>(attribute: &str) -> bool {
    match <T::Kept as Tabular>::ATTRIBUTE {
        Some(own) => skipstone_wiring::same(own, attribute),
        None => false,
    }
}

// ---- checks that the compiler makes, each called in a constant of its own ----

/// Whether `Node` is what the parameter takes.
#[diagnostic::on_unimplemented(
    message = "wrong type for this argument: expected `{Wanted}`, found `{Self}`",
    label = "this node is a `{Self}`, and the task's parameter is a `{Wanted}`",
    note = "give the task another node, or change the type of the parameter or of the node"
)]
pub trait Feeds<Wanted> {}

impl<T> Feeds<T> for T {}

/// The parameter that argument `index` is for.
pub const fn parameter_of<T: Task>(arguments: &[CallArgument<'_>], index: usize) -> usize {
    match T::SIGNATURE {
        Some(signature) => signature.parameter_of(arguments, index),
        None => usize::MAX,
    }
}

/// The output `index` of a task, or a number that stands for none, about which `check_outputs` speaks.
pub const fn output_of<T: Task>(index: usize) -> usize {
    match T::SIGNATURE {
        Some(signature) if index >= signature.outputs.len() => usize::MAX,
        _ => index,
    }
}

/// Whether the called function is a task.
pub const fn check_marked<T: Task>() -> Option<Text> {
    match T::SIGNATURE {
        Some(_) => None,
        None if T::NAME.is_empty() => None,
        None => {
            Some(Text::new().push("function `").push(T::NAME).push("` is no task: add `#[task]` above it"))
        }
    }
}

/// Whether the call gives every parameter exactly one argument.
pub const fn check_call<T: Task>(arguments: &[CallArgument<'_>], written: Written) -> Option<Text> {
    match T::SIGNATURE {
        Some(signature) => signature.check_call(arguments, written),
        None => None,
    }
}

/// Whether the statement takes as many outputs as the task gives.
pub const fn check_outputs<T: Task>(outputs: usize, written: Written) -> Option<Text> {
    match T::SIGNATURE {
        Some(signature) => signature.check_outputs(outputs, written),
        None => None,
    }
}

/// Whether argument `index` is for the parameter that it goes to.
pub const fn check_argument<T: Task>(
    arguments: &[CallArgument<'_>],
    index: usize,
    written: Written,
) -> Option<Text> {
    match T::SIGNATURE {
        Some(signature) => signature.check_argument(arguments, index, written),
        None => None,
    }
}

/// An input type whose default can be written as a text.
#[diagnostic::on_unimplemented(
    message = "wrong type for this default: expected `{Self}`, found a text",
    label = "expected `{Self}`",
    note = "a text can be the default of a `String`, a `PathBuf`, a `File`, or a file with a table, such as `CsvFile`"
)]
pub trait TextDefault {
    /// The value for a text.
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

/// The default value of an input that is written as a text.
pub fn text_default<T: TextDefault>(text: &str) -> T {
    T::from_text(text)
}

/// The type of the outputs of a function that is no task.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Unknown;

/// Stands in for the type that `#[task]` would have made, with the name of the function that has
/// none; see `tasks` in `pipeline-macros/src/scenario/expand.rs`.
#[doc(hidden)]
#[macro_export]
macro_rules! __unmarked_task {
    ($alias:ident, $name:literal) => {
        // With braces it has no value, as the function has: only the type is missing.
        #[allow(unreachable_pub)]
        pub struct $alias {}
        $crate::__private::broken_task!($alias, $name);
    };
}

/// A value of which a field is to be read.
pub struct KpiOf<'a, T>(pub &'a T);

/// The only row of what is no table: the value itself. That of a table comes before it, being its type's own.
pub trait KpiItself<'a> {
    /// What has the field.
    type Row;

    /// The value.
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
    /// The table's only row; `None` when it has none.
    ///
    /// # Errors
    ///
    /// When it has several, or can't be read.
    pub fn only_row(&self) -> crate::Result<Option<R>> {
        Ok(self.0.only_row()?)
    }
}

/// A number for a KPI.
pub fn kpi_number<N: crate::graph::KpiNumber>(number: &N) -> Option<crate::data::Number> {
    number.number()
}

/// What a task's parameter or output is where it has none: another check speaks about that.
#[doc(hidden)]
#[macro_export]
macro_rules! __no_such_place {
    ($task:ident) => {
        impl $crate::__private::Parameter<{ ::core::primitive::usize::MAX }> for $task {
            type Accepts<Node> = Node;
        }
        impl $crate::__private::Output<{ ::core::primitive::usize::MAX }> for $task {
            type Type = $crate::__private::Unknown;
            type Gives<Wanted> = Wanted;
        }
    };
}

/// Implements what a task has for a type that stands in for one. With an empty name nothing is said
/// about it: another error says it already.
#[doc(hidden)]
#[macro_export]
macro_rules! __broken_task {
    ($alias:ident, $name:literal) => {
        impl $crate::__private::Task for $alias {
            const SIGNATURE: ::core::option::Option<$crate::__private::Signature> =
                ::core::option::Option::None;
            const NAME: &'static str = $name;
            fn task() -> &'static $crate::__private::TaskDef {
                ::core::unreachable!()
            }
        }
        impl<const I: usize> $crate::__private::Parameter<I> for $alias {
            type Accepts<Node> = Node;
        }
        impl<const I: usize> $crate::__private::Output<I> for $alias {
            type Type = $crate::__private::Unknown;
            type Gives<Wanted> = Wanted;
        }
    };
}

/// Enters a task into the list of those that are compiled into the program.
#[doc(hidden)]
#[macro_export]
macro_rules! __enter_task {
    ($task:expr) => {
        $crate::__private::inventory::submit! { $crate::__private::TaskEntry($task) }
    };
}

/// Enters what the compiler may read for the crate of a scenario.
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
pub use __unmarked_task as unmarked_task;
