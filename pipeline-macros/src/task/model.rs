//! The parsed form of a task.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, Path, Type, TypeParam, Visibility, WhereClause};

/// A function with `#[task]`.
pub(crate) struct Task {
    /// The whole function, for the fingerprint.
    pub(crate) tokens: TokenStream,
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    /// The `#[cfg(…)]` attributes of the function, which the generated items need too.
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) docs: String,
    /// The type parameters of a generic function, with their bounds.
    pub(crate) types: Vec<TypeParam>,
    pub(crate) where_clause: Option<WhereClause>,
    /// The parameters that are data.
    pub(crate) parameters: Vec<Parameter>,
    /// All parameters of the function, in order.
    pub(crate) slots: Vec<Slot>,
    /// The return type as written; `()` if the function has no return type.
    pub(crate) returns: Type,
    /// Whether the function returns a `Result`.
    pub(crate) fallible: bool,
    /// Whether the function returns its outputs as a tuple.
    pub(crate) tuple: bool,
    pub(crate) outputs: Vec<Type>,
    pub(crate) skippable: bool,
    /// Whether it has side effects.
    pub(crate) effects: bool,
    /// Whether it is called in its own process.
    pub(crate) isolated: bool,
    /// Whether it must not be called on empty tables.
    pub(crate) opaque: bool,
    /// Whether the rows of its tables have no order.
    pub(crate) unordered: bool,
    /// The `version` option, which replaces the code in cache keys.
    pub(crate) version: Option<String>,
    /// The task's name in cache keys, instead of the path of its function.
    pub(crate) known_as: Option<String>,
    pub(crate) retry_policy: RetryPolicy,
    /// The library's path, if it is given.
    pub(crate) krate: Option<Path>,
    /// Whether it is a method, which can't be a task.
    pub(crate) has_self: bool,
    /// Whether it is `async`.
    pub(crate) is_async: bool,
    /// Whether the compiler itself rejects a type of the signature.
    pub(crate) is_rejected: bool,
}

/// A parameter of the function: its type, and for a resource the type in `&Resource<…>`.
pub(crate) struct Slot {
    pub(crate) name: Option<Ident>,
    pub(crate) ty: Type,
    pub(crate) resource: Option<Type>,
}

/// A parameter of a task.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    /// The type as written.
    pub(crate) ty: Type,
    /// The type of the node that it reads.
    pub(crate) node: Type,
    /// The same type as an author would write it, without absolute paths.
    pub(crate) read: Type,
    /// Whether the function takes an owned value.
    pub(crate) owned: bool,
    /// Whether it is left out of cache keys.
    pub(crate) ignored: bool,
}

/// The retries and the time limit of a task.
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
