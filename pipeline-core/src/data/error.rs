//! Errors of values.

use crate::store::{Hash, StoreError};
use std::io;
use std::path::PathBuf;

/// A value that can't be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Serde could not write the value.
    #[error("the value can't be encoded: {message}")]
    Encode {
        /// Serde's message.
        message: String,
    },
    /// The round trip through the encoding changes the value's content.
    #[error(
        "a `{ty}` is changed by a round trip through the store; check its serde attributes (`untagged` takes the \
         first variant that fits)"
    )]
    ChangedByRoundTrip {
        /// The value's type.
        ty: String,
    },
    /// An object does not hold a value of this type.
    #[error("the stored value is not a valid `{ty}`: {message}")]
    Decode {
        /// The expected type.
        ty: String,
        /// Serde's message.
        message: String,
    },
    /// The object is missing or damaged.
    #[error(
        "object {hash} is missing from the store or damaged; submit the scenario to recompute it, or set the input again"
    )]
    Missing {
        /// The object.
        hash: Hash,
    },
    /// The object can't be read, but another process may be able to read it.
    #[error(transparent)]
    Unreadable(StoreError),
    /// A file that a value refers to can't be read.
    #[error("can't read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A value of an earlier type could not be migrated to the current type.
    #[error("the migration from `{from}` failed: {message}")]
    Migration {
        /// The earlier type.
        from: String,
        /// The migration's error.
        message: String,
    },
    /// The default of an input in a scenario file is not a valid value of the input's type.
    #[error("{place}: the default of input `{input}` can't be used: {message}")]
    Default {
        /// The input.
        input: String,
        /// File, line and column.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// The filter of a column is invalid.
    #[error("invalid filter for column `{column}`: {message}")]
    Filter {
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A table does not match its row type.
    #[error("{0}")]
    Table(String),
    /// The content could not be written.
    #[error("can't write the value: {0}")]
    Write(io::Error),
}

/// A value that can't be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// The value itself.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The output can't be written: its reader is gone, or a disk is full.
    #[error(transparent)]
    Output(#[from] io::Error),
}
