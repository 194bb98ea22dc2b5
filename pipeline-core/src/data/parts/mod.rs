//! Many values as one node: each is a part, with a key. `Parts<CsvFile<Sale>>`, `Parts<f64>`.
//!
//! | module | content |
//! | --- | --- |
//! | [`given`] | parts from what a person writes: a pattern of files, a list, a range |
//! | [`codec`] | how a value with parts is stored and shown |

mod codec;
pub(super) mod given;

use super::{DataError, Part, TomlValue, Value, short_type_name};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

/// Many values as one node: each is a *part*, named by a key.
///
/// An input with parts is given as a pattern of files, with a part for each file, named by what the wildcards stand for; as a
/// list, with a part for each value; or as a range of integers or dates. A task that is called with `each node` runs once for
/// each part, and its output has the same parts. A task that is called with `all node` takes the `Parts` themselves.
///
/// ```
/// use skipstone::{Parts, scenario, task, testing};
///
/// #[task(skippable)]
/// fn square(x: f64) -> f64 {
///     x * x
/// }
///
/// #[task(skippable)]
/// fn total(squares: &Parts<f64>) -> f64 {
///     squares.values().sum()
/// }
///
/// scenario! {
///     pub Squares {
///         input xs: Parts<f64> = [1.0, 2.0, 3.0];
///         squares = square(each xs);
///         total = total(all squares);
///     }
/// }
///
/// let store = testing::store();
/// let scenario = Squares::create(&store, "a")?;
/// scenario.submit()?;
/// assert_eq!(scenario.total.read()?, 14.0);
/// assert_eq!(scenario.squares.read()?.get("3.0"), Some(&9.0));
/// # Ok::<(), skipstone::Error>(())
/// ```
///
/// The keys are in order: those of files by name, numbers by value, those of a list as they are written.
pub struct Parts<T> {
    parts: Arc<[Part]>,
    /// What a person wrote.
    given: Option<Arc<Given>>,
    of: PhantomData<fn() -> T>,
}

/// What a person wrote.
struct Given {
    text: String,
    files: Option<Files>,
}

/// The files of parts.
struct Files {
    /// The path or pattern as an absolute one.
    path: PathBuf,
    /// The path or pattern, for display.
    summary: String,
    /// The path or pattern with the options of the files, as written in a TOML file.
    toml: Option<TomlValue>,
    /// In the order of the parts.
    items: Vec<PathBuf>,
    /// The places of the parts by file.
    places: HashMap<PathBuf, usize>,
}

/// The parts of a value are stored one by one.
#[derive(Debug)]
pub struct ByParts<By>(PhantomData<By>);

impl<T: Send + Sync + 'static> Parts<T> {
    /// Creates parts from values of `T`, with keys that differ.
    fn of(parts: Vec<Part>) -> Result<Parts<T>, DataError> {
        let mut keys = HashSet::new();
        if let Some((key, _)) = parts.iter().find(|(key, _)| !keys.insert(key)) {
            let message = format!("two parts have the key `{key}`");
            return Err(DataError::Encode { message });
        }
        Ok(Parts::trusted(parts))
    }

    /// Creates parts from values of `T`, with keys that are known to differ.
    fn trusted(parts: Vec<Part>) -> Parts<T> {
        Parts { parts: parts.into(), given: None, of: PhantomData }
    }

    /// The number of parts.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there are no parts.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.parts.iter().map(|(key, value)| (&**key, typed(value)))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(key, _)| &**key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().map(|(_, value)| typed(value))
    }

    /// The value of the part with this key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.parts.iter().find(|(found, _)| **found == *key).map(|(_, value)| typed(value))
    }
}

fn typed<T: 'static>(value: &Value) -> &T {
    value.get().unwrap_or_else(|| unreachable!("a part was checked to be a `{}`", short_type_name::<T>()))
}

impl<T> Clone for Parts<T> {
    fn clone(&self) -> Parts<T> {
        Parts { parts: self.parts.clone(), given: self.given.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for Parts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.parts.iter().map(|(key, value)| (key, value.summary()))).finish()
    }
}

/// A type of node that has parts.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this node has no parts: it is a `{Self}`",
    label = "a `{Self}` is one value",
    note = "remove the words before the node, or make it a `Parts<{Self}>`"
)]
pub trait HasParts {
    /// The type of a part.
    type Part;
}

impl<T> HasParts for Parts<T> {
    type Part = T;
}
