//! How tables are written in files of a kind.

use super::TableError;
use super::row::Row;
use polars::prelude::{LazyFrame, UnionArgs, concat};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// How tables are written in files of a kind.
pub trait FileFormat: Send + Sync + 'static {
    /// The name of the type of files.
    #[doc(hidden)]
    const NAME: &'static str;

    /// The attribute that says how files are written, on a row type or on an input.
    #[doc(hidden)]
    const ATTRIBUTE: Option<&'static str> = None;

    /// What such an attribute says.
    #[doc(hidden)]
    type Options: Copy + Send + Sync + 'static;

    /// What the row type says, and in place of that what is said besides; what is wrong with them.
    #[doc(hidden)]
    fn options<R: Row>(said: Map<String, Value>) -> Result<Self::Options, String>;

    /// A plan that has the rows of files, one after the other, with the columns of `R` and nothing missing where
    /// nothing may be.
    #[doc(hidden)]
    fn plan<R: Row>(paths: &[PathBuf], options: &Self::Options) -> Result<LazyFrame, TableError>;

    /// What is wrong with a file that could not be read.
    #[doc(hidden)]
    fn problem<R: Row>(path: &Path, options: &Self::Options) -> Option<String>;
}

/// That a format has no options.
pub(super) fn no_options(said: &Map<String, Value>) -> Result<(), String> {
    match said.keys().next() {
        Some(name) => Err(format!("there is no option `{name}` for such a file")),
        None => Ok(()),
    }
}

/// The rows of plans, one after the other.
pub(super) fn one_after_the_other(mut plans: Vec<LazyFrame>) -> Result<LazyFrame, TableError> {
    match plans.len() {
        1 => Ok(plans.swap_remove(0)),
        _ => Ok(concat(plans, UnionArgs { maintain_order: true, ..UnionArgs::default() })?),
    }
}
