//! What the macro knows of a task.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, Type, Visibility};

/// A function under `#[task]`.
pub(crate) struct Task {
    /// The whole function, for the fingerprint.
    pub(crate) tokens: TokenStream,
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    /// `#[cfg(…)]` of the function, which its description must share.
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) docs: String,
    pub(crate) parameters: Vec<Parameter>,
    /// The returned type as written; `()` when there is none.
    pub(crate) returns: Type,
    /// Whether the function returns a `Result`.
    pub(crate) fallible: bool,
    /// Whether the outputs come as a tuple.
    pub(crate) tuple: bool,
    pub(crate) outputs: Vec<Type>,
    pub(crate) skippable: bool,
    /// Whether it does something besides making its result.
    pub(crate) effects: bool,
    /// Whether it is called in a process of its own.
    pub(crate) isolated: bool,
    /// Whether it must not be called on empty tables.
    pub(crate) opaque: bool,
    /// Whether the rows of its tables have no order.
    pub(crate) unordered: bool,
    /// What stands for the code in keys, by the user's word.
    pub(crate) version: Option<String>,
    /// The task's name in keys, instead of the path of its function.
    pub(crate) known_as: Option<String>,
    pub(crate) retry_policy: RetryPolicy,
    /// Whether it is a method, which can't be a task.
    pub(crate) has_self: bool,
}

/// A parameter of a task.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    /// The type as written.
    pub(crate) ty: Type,
    /// The type of the node that it reads.
    pub(crate) node: Type,
    /// The same as its author would write it.
    pub(crate) read: Type,
    /// Whether the function takes the value itself.
    pub(crate) owned: bool,
    /// Whether it is left out of keys.
    pub(crate) ignored: bool,
}

/// How often a task is tried, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    pub(crate) retries: u32,
    /// In milliseconds.
    pub(crate) backoff: u64,
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy { retries: 0, backoff: 1_000, timeout: None }
    }
}
