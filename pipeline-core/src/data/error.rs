//! What can be wrong with a value.

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
        /// What serde says.
        message: String,
    },
    /// A value comes back from its encoding with another content.
    #[error(
        "a `{ty}` does not come back from the store as it was; look at its serde attributes (`untagged` takes the \
         first variant that fits)"
    )]
    Unfaithful {
        /// The value's type.
        ty: String,
    },
    /// An object holds something else than a value of this type.
    #[error("the stored value is no `{ty}`: {message}")]
    Decode {
        /// The expected type.
        ty: String,
        /// What serde says.
        message: String,
    },
    /// The object is missing or damaged.
    #[error("object {hash} is missing from the store or damaged; submit the scenario to make it again")]
    Gone {
        /// The object.
        hash: Hash,
    },
    /// The object can't be read, and another process might.
    #[error(transparent)]
    Unreadable(StoreError),
    /// A file that a value stands for can't be read.
    #[error("can't read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A value of an earlier type could not be made one of the type now.
    #[error("the migration from `{from}` failed: {message}")]
    Migration {
        /// The earlier type.
        from: String,
        /// What it says.
        message: String,
    },
    /// What a file says is the default of an input is no value of its type.
    #[error("{place}: the default of input `{input}` can't be used: {message}")]
    Default {
        /// The input.
        input: String,
        /// File, line and column.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// The filter of a column is wrong.
    #[error("the filter of column `{column}`: {message}")]
    Filter {
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A table is not what its row type says.
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
    /// The reader of the output is gone, or a disk is full.
    #[error(transparent)]
    Output(#[from] io::Error),
}
