//! File formats for tables.

use super::TableError;
use super::row::Row;
use polars::prelude::{LazyFrame, UnionArgs, concat};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A file format for tables.
pub trait FileFormat: Send + Sync + 'static {
    /// The name of the file type, such as `CsvFile`.
    #[doc(hidden)]
    const NAME: &'static str;

    /// The attribute for the options of the format, on a row type or an input.
    #[doc(hidden)]
    const ATTRIBUTE: Option<&'static str> = None;

    /// The options of that attribute.
    #[doc(hidden)]
    type Options: Copy + Send + Sync + 'static;

    /// Returns the options of the row type, with `overrides` in place of them where given. The error says what is wrong
    /// with the overrides.
    #[doc(hidden)]
    fn options<R: Row>(overrides: Map<String, Value>) -> Result<Self::Options, String>;

    /// Returns a plan with the rows of the files, one file after the other, and the columns of `R`. The plan fails if a
    /// required value is missing.
    #[doc(hidden)]
    fn plan<R: Row>(paths: &[PathBuf], options: &Self::Options) -> Result<LazyFrame, TableError>;

    /// Returns what is wrong with a file that could not be read.
    #[doc(hidden)]
    fn problem<R: Row>(path: &Path, options: &Self::Options) -> Option<String>;
}

/// Fails if a format without options is given one.
pub(super) fn no_options(overrides: &Map<String, Value>) -> Result<(), String> {
    match overrides.keys().next() {
        Some(name) => Err(format!("files of this format have no option `{name}`")),
        None => Ok(()),
    }
}

/// Concatenates the rows of plans, in order.
pub(super) fn concatenated(mut plans: Vec<LazyFrame>) -> Result<LazyFrame, TableError> {
    match plans.len() {
        1 => Ok(plans.swap_remove(0)),
        _ => Ok(concat(plans, UnionArgs { maintain_order: true, ..UnionArgs::default() })?),
    }
}
