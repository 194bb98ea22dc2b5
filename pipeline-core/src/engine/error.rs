//! What can go wrong between a graph with its inputs and their results.

use crate::data::DataError;
use crate::registry::RegistryError;
use crate::store::StoreError;

/// What stops the engine. A task that fails does not: that is the end of its job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A value.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What was written to an input is not a value of its type any more.
    #[error("input `{node}` was set to a value that is no `{ty}` any more: {message}; set it again")]
    OutdatedInput {
        /// The node.
        node: String,
        /// Its type.
        ty: String,
        /// What is wrong.
        message: String,
    },
    /// What something reaches can't be told, so nothing can be collected.
    #[error(
        "nothing was collected, because what {what} reaches can't be read: use the version of the library that wrote it"
    )]
    UnknownReach {
        /// The scenario or run.
        what: String,
    },
}
