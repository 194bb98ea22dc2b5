//! How tables are written in files of a kind.

use super::TableError;
use super::row::Row;
use polars::prelude::{LazyFrame, UnionArgs, concat};
use std::path::{Path, PathBuf};

/// How tables are written in files of a kind.
pub trait FileFormat: Send + Sync + 'static {
    /// The name of the type of files.
    #[doc(hidden)]
    const NAME: &'static str;

    /// A plan that has the rows of files, one after the other, with the columns of `R` and nothing missing where
    /// nothing may be.
    #[doc(hidden)]
    fn plan<R: Row>(paths: &[PathBuf]) -> Result<LazyFrame, TableError>;

    /// What is wrong with a file that could not be read.
    #[doc(hidden)]
    fn problem<R: Row>(path: &Path) -> Option<String>;
}

/// The rows of plans, one after the other.
pub(super) fn one_after_the_other(mut plans: Vec<LazyFrame>) -> Result<LazyFrame, TableError> {
    match plans.len() {
        1 => Ok(plans.swap_remove(0)),
        _ => Ok(concat(plans, UnionArgs { maintain_order: true, ..UnionArgs::default() })?),
    }
}
