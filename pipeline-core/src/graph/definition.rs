//! The parts that a graph is put together from.

use super::migration::Migrated;
use super::{Default, Migration, RetryPolicy, Task, TaskDef};
use crate::data::{DataError, DataType, Storable, short_type_name};
use skipstone_wiring::Argument;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// An input of any type.
pub(super) struct AnyInput {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) type_text: String,
    pub(super) data: DataType,
    pub(super) default: Option<Default>,
    pub(super) migrations: Vec<Migration>,
    pub(super) options: Option<Options>,
    pub(super) secret: bool,
    pub(super) allow_unused: bool,
}

/// What is said of how the files of an input are written.
pub(crate) struct Options {
    /// The attribute that says it.
    pub(crate) attribute: &'static str,
    /// The options, by name; what is wrong with them.
    pub(crate) said: Result<serde_json::Map<String, serde_json::Value>, String>,
}

/// An input of type `T` for a [`GraphBuilder`](super::GraphBuilder).
pub struct InputDef<T> {
    pub(super) input: AnyInput,
    ty: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> InputDef<T> {
    /// An input without a default value.
    pub fn new<By: 'static>(name: &str) -> InputDef<T>
    where
        T: Storable<By>,
    {
        let input = AnyInput {
            name: name.into(),
            docs: String::new(),
            type_text: short_type_name::<T>(),
            data: DataType::of::<T, By>(),
            default: None,
            migrations: Vec::new(),
            options: None,
            secret: false,
            allow_unused: false,
        };
        InputDef { input, ty: PhantomData }
    }

    /// The value that a scenario has as long as none is written.
    pub fn default_value(mut self, default: impl Fn() -> T + Send + Sync + 'static) -> InputDef<T> {
        let data = self.input.data;
        self.input.default = Some(Arc::new(move || (data.round_trip)(Box::new(default()))));
        self
    }

    /// The value that a file says: of TOML, or else of JSON. `place` is where it stands, for messages.
    #[doc(hidden)]
    pub fn default_written(mut self, text: &'static str, json: bool, place: &'static str) -> InputDef<T> {
        let (input, data) = (self.input.name.clone(), self.input.data);
        self.input.default = Some(Arc::new(move || {
            let value = match json {
                true => (data.parse)(text),
                false => crate::data::toml_value::parsed(text).and_then(|value| (data.from_toml)(&value)),
            };
            value.map_err(|message| DataError::Default { input: input.clone(), place: place.into(), message })
        }));
        self
    }

    /// What becomes of a value that was written when the input was an `Old`.
    pub fn migrate<Old, M, By: 'static>(
        mut self,
        function: impl Fn(Old) -> M + Send + Sync + 'static,
    ) -> InputDef<T>
    where
        Old: Storable<By> + Clone,
        M: Migrated<T>,
    {
        self.input.migrations.push(Migration::new::<Old, By, T, M>(self.input.data, function));
        self
    }

    /// What is said of how its files are written: the options of this attribute, `csv` or `excel`, as a table of TOML, such as
    /// `separator = ";"`. What is wrong with it is told when the graph is built.
    pub fn options(mut self, attribute: &'static str, said: &str) -> InputDef<T> {
        let said = said.parse::<toml::Table>().map_err(|error| error.message().trim().to_owned());
        let json = |table| serde_json::to_value(table).map_err(|error| error.to_string());
        let said = said.and_then(json).map(|said| said.as_object().cloned().unwrap_or_default());
        self.input.options = Some(Options { attribute, said });
        self
    }

    /// The documentation of the node.
    pub fn docs(mut self, docs: &str) -> InputDef<T> {
        self.input.docs = docs.into();
        self
    }

    /// The name of the type as its author writes it, where it should read otherwise.
    pub fn type_text(mut self, text: &str) -> InputDef<T> {
        self.input.type_text = text.into();
        self
    }

    /// Says that values of the input are never shown, logged or stored: each run has to be given one.
    pub fn secret(mut self) -> InputDef<T> {
        self.input.secret = true;
        self
    }

    /// Says that the input is meant to be there though no task reads it.
    pub fn allow_unused(mut self) -> InputDef<T> {
        self.input.allow_unused = true;
        self
    }
}

/// A call of a task for a [`GraphBuilder`](super::GraphBuilder).
#[derive(Debug, Clone)]
pub struct CallDef {
    pub(super) task: &'static TaskDef,
    pub(super) docs: String,
    pub(super) docs_of: HashMap<String, String>,
    pub(super) outputs: Vec<String>,
    pub(super) arguments: Vec<Argument>,
    pub(super) allow_unused: bool,
    pub(super) skippable: bool,
    pub(super) retry_policy: RetryPolicy,
}

impl CallDef {
    /// A call of the function `T`, which is under `#[task]`.
    pub fn of<T: Task>() -> CallDef {
        CallDef::new(T::task())
    }

    /// A call of a task that is chosen at run time.
    pub fn new(task: &'static TaskDef) -> CallDef {
        CallDef {
            task,
            docs: String::new(),
            docs_of: HashMap::new(),
            outputs: Vec::new(),
            arguments: Vec::new(),
            allow_unused: false,
            skippable: task.is_skippable(),
            retry_policy: task.retry_policy,
        }
    }

    /// The next output gets this name.
    pub fn output(mut self, name: &str) -> CallDef {
        self.outputs.push(name.into());
        self
    }

    /// The next parameter reads this node.
    pub fn argument(mut self, node: &str) -> CallDef {
        self.arguments.push(Argument { parameter: None, node: node.into() });
        self
    }

    /// The parameter with this name reads this node.
    pub fn named_argument(mut self, parameter: &str, node: &str) -> CallDef {
        self.arguments.push(Argument { parameter: Some(parameter.into()), node: node.into() });
        self
    }

    /// The documentation of the outputs.
    pub fn docs(mut self, docs: &str) -> CallDef {
        self.docs = docs.into();
        self
    }

    /// The documentation of one output, where it has one of its own.
    pub fn docs_of(mut self, output: &str, docs: &str) -> CallDef {
        self.docs_of.insert(output.into(), docs.into());
        self
    }

    /// The function need not be called when its result is known, whatever `#[task]` says.
    pub fn skippable(mut self) -> CallDef {
        self.skippable = true;
        self
    }

    /// The function is called in each submission, whatever `#[task]` says.
    pub fn not_skippable(mut self) -> CallDef {
        self.skippable = false;
        self
    }

    /// How often the function is called again after it failed, whatever `#[task]` says.
    pub fn retries(mut self, retries: u32) -> CallDef {
        self.retry_policy.retries = retries;
        self
    }

    /// How long to wait before the function is called again for the first time.
    pub fn backoff(mut self, backoff: Duration) -> CallDef {
        self.retry_policy.backoff = backoff;
        self
    }

    /// How long one call of the function may take, whatever `#[task]` says.
    pub fn timeout(mut self, timeout: Duration) -> CallDef {
        self.retry_policy.timeout = Some(timeout);
        self
    }

    /// Says that outputs without a reader are meant, though others of the call are read.
    pub fn allow_unused(mut self) -> CallDef {
        self.allow_unused = true;
        self
    }
}
