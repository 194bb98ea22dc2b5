//! Errors of the engine.

use crate::data::DataError;
use crate::registry::RegistryError;
use crate::store::StoreError;

/// An error that stops the engine. A failing task does not: only its job fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A value can't be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The value that was written to an input no longer fits its type.
    #[error("the value of input `{node}` is no longer a valid `{ty}`: {message}; set it again")]
    OutdatedInput {
        /// The node.
        node: String,
        /// Its type.
        ty: String,
        /// What is wrong.
        message: String,
    },
    /// The objects that a scenario or run refers to are unknown, so garbage collection can't run.
    #[error(
        "nothing was collected, because the list of results that {what} uses can't be read: use the version of the \
         library that wrote it"
    )]
    UnreadableReferences {
        /// The scenario or run.
        what: String,
    },
}
