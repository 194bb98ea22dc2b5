//! `row`

use super::exit::{Exit, Failure};
use super::output::Output;
use std::io::Write;
use std::path::Path;

/// Prints a row type for the columns of a file.
pub(super) fn row(file: &Path, output: &Output) -> Result<Exit, Failure> {
    let text = crate::tables::row_type_of(file).map_err(crate::Error::from)?;
    let mut out = output.out();
    write!(out, "{text}")?;
    out.flush()?;
    Ok(Exit::Success)
}
