//! The parts of a graph that is being built.

use super::migration::Migrated;
use super::{Default, Migration, RetryPolicy, Task, TaskDef};
use crate::data::{DataError, DataType, Parts, Storable, short_type_name};
use skipstone_wiring::{Argument, Arm, CallArgument, Passing};
use std::any::Any;
use std::collections::HashMap;
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

/// The format options of an input's files.
#[derive(Clone)]
pub(crate) struct Options {
    /// The attribute with the options.
    pub(crate) attribute: &'static str,
    /// The options by name, or the problem with them.
    pub(crate) values: Result<serde_json::Map<String, serde_json::Value>, String>,
}

/// An input of type `T` for a [`GraphBuilder`](super::GraphBuilder).
pub struct InputDef<T> {
    pub(super) input: AnyInput,
    boxed: fn(T) -> Box<dyn Any + Send + Sync>,
}

impl<T: 'static> InputDef<T> {
    /// Creates an input without a default value.
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
        InputDef { input, boxed: |value| Box::new(value) }
    }

    /// Sets the value that a scenario has until one is written.
    pub fn default_value(mut self, default: impl Fn() -> T + Send + Sync + 'static) -> InputDef<T> {
        let (data, boxed) = (self.input.data, self.boxed);
        self.input.default = Some(Arc::new(move || (data.round_trip)(boxed(default()))));
        self
    }

    /// Sets a default that is written in a file, as TOML or as JSON. `place` is its place in the file, for messages.
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

    /// Adds a migration for values that were written when the input was an `Old`.
    pub fn migrate<Old, M, By: 'static>(
        mut self,
        function: impl Fn(Old) -> M + Send + Sync + 'static,
    ) -> InputDef<T>
    where
        Old: Storable<By> + Clone,
        M: Migrated<T>,
        T: Send + Sync,
    {
        self.input.migrations.push(Migration::new::<Old, By, T, M>(self.input.data, function));
        self
    }

    /// Sets the format options of the input's files: the options of the attribute `csv` or `excel` as a TOML table,
    /// such as `separator = ";"`. Invalid options are reported when the graph is built.
    pub fn options(mut self, attribute: &'static str, text: &str) -> InputDef<T> {
        let table = text.parse::<toml::Table>().map_err(|error| error.message().trim().to_owned());
        let json = |table| serde_json::to_value(table).map_err(|error| error.to_string());
        let values = table.and_then(json).map(|json| json.as_object().cloned().unwrap_or_default());
        self.input.options = Some(Options { attribute, values });
        self
    }

    /// Sets the documentation of the node.
    pub fn docs(mut self, docs: &str) -> InputDef<T> {
        self.input.docs = docs.into();
        self
    }

    /// Sets the displayed name of the type, as its author writes it.
    pub fn type_text(mut self, text: &str) -> InputDef<T> {
        self.input.type_text = text.into();
        self
    }

    /// Declares the input a secret: its values are never shown, logged or stored, and must be given to each run.
    pub fn secret(mut self) -> InputDef<T> {
        self.input.secret = true;
        self
    }

    /// Suppresses the warning that no task reads the input.
    pub fn allow_unused(mut self) -> InputDef<T> {
        self.input.allow_unused = true;
        self
    }
}

impl<P: Send + Sync + 'static> InputDef<Parts<P>> {
    /// Sets the parts that a scenario has until others are written.
    #[doc(hidden)]
    pub fn default_parts(
        mut self,
        default: impl Fn() -> Result<Parts<P>, DataError> + Send + Sync + 'static,
    ) -> InputDef<Parts<P>> {
        let data = self.input.data;
        self.input.default = Some(Arc::new(move || Ok((data.share)(Box::new(default()?)))));
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
    /// The arms of branches that it is in, the outermost first.
    pub(super) arms: Vec<Arm>,
}

impl CallDef {
    /// Creates a call of the function `T`, which has the attribute `#[task]`.
    pub fn of<T: Task>() -> CallDef {
        CallDef::new(T::task())
    }

    /// Creates a call of a task that is chosen at run time.
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
            arms: Vec::new(),
        }
    }

    /// Puts the call into arms of branches, which are added by [`GraphBuilder::branches`](super::GraphBuilder::branches).
    #[doc(hidden)]
    pub fn in_arms(mut self, arms: &[(usize, bool)]) -> CallDef {
        self.arms = arms.iter().map(|&(branch, holds)| Arm { branch, holds }).collect();
        self
    }

    /// Creates a call with these outputs and arguments.
    #[doc(hidden)]
    pub fn with<T: Task>(outputs: &[&str], arguments: &[CallArgument<'_>]) -> CallDef {
        let arguments = arguments.iter().map(|CallArgument { parameter, node, passing }| Argument {
            parameter: parameter.map(str::to_owned),
            node: (*node).to_owned(),
            passing: *passing,
        });
        CallDef {
            outputs: outputs.iter().map(|name| (*name).to_owned()).collect(),
            arguments: arguments.collect(),
            ..CallDef::of::<T>()
        }
    }

    /// Names the next output.
    pub fn output(mut self, name: &str) -> CallDef {
        self.outputs.push(name.into());
        self
    }

    /// Passes this node to the next parameter.
    pub fn argument(self, node: &str) -> CallDef {
        self.passed(None, node)
    }

    /// Passes this node to the parameter with this name.
    pub fn named_argument(self, parameter: &str, node: &str) -> CallDef {
        self.passed(Some(parameter), node)
    }

    fn passed(mut self, parameter: Option<&str>, node: &str) -> CallDef {
        let parameter = parameter.map(str::to_owned);
        self.arguments.push(Argument { parameter, node: node.into(), passing: Passing::One });
        self
    }

    /// Calls the task for each part of the last argument.
    ///
    /// ```
    /// use skipstone::{CallDef, Graph, InputDef, Parts, task};
    ///
    /// #[task(skippable)]
    /// fn double(x: f64) -> f64 {
    ///     2.0 * x
    /// }
    ///
    /// #[task(skippable)]
    /// fn total(xs: &Parts<f64>) -> f64 {
    ///     xs.values().sum()
    /// }
    ///
    /// let graph = Graph::builder("Doubling")
    ///     .input(InputDef::<Parts<f64>>::new("xs"))
    ///     .call(CallDef::of::<double>().argument("xs").each().output("doubled"))
    ///     .call(CallDef::of::<total>().argument("doubled").all().output("total"))
    ///     .build()?;
    /// # Ok::<(), skipstone::graph::WiringError>(())
    /// ```
    pub fn each(self) -> CallDef {
        self.passing(Passing::Each)
    }

    /// Calls the task for each part of the last argument with each combination of the parts of the others. The keys of the combinations
    /// are those of the parts with `/` between them.
    pub fn cross(self) -> CallDef {
        self.passing(Passing::Cross)
    }

    /// Passes all parts of the last argument to one call.
    pub fn all(self) -> CallDef {
        self.passing(Passing::All)
    }

    /// Calls the task for each part of the last argument, with this number of parts up to that part.
    pub fn each_last(self, parts: usize) -> CallDef {
        self.passing(Passing::Last(parts.max(1)))
    }

    pub(super) fn passing(mut self, passing: Passing) -> CallDef {
        if let Some(last) = self.arguments.last_mut() {
            last.passing = passing;
        }
        self
    }

    /// Sets the documentation of the outputs.
    pub fn docs(mut self, docs: &str) -> CallDef {
        self.docs = docs.into();
        self
    }

    /// Sets the documentation of one output, which replaces that of the call.
    pub fn docs_of(mut self, output: &str, docs: &str) -> CallDef {
        self.docs_of.insert(output.into(), docs.into());
        self
    }

    /// Allows the call to be skipped when its result is known, overriding `#[task]`.
    pub fn skippable(mut self) -> CallDef {
        self.skippable = true;
        self
    }

    /// Makes the function run in each submission, overriding `#[task]`.
    pub fn not_skippable(mut self) -> CallDef {
        self.skippable = false;
        self
    }

    /// Sets the number of retries after a failure, overriding `#[task]`.
    pub fn retries(mut self, retries: u32) -> CallDef {
        self.retry_policy.retries = retries;
        self
    }

    /// Sets the time to wait before the first retry.
    pub fn backoff(mut self, backoff: Duration) -> CallDef {
        self.retry_policy.backoff = backoff;
        self
    }

    /// Sets the maximum duration of one call of the function, overriding `#[task]`.
    pub fn timeout(mut self, timeout: Duration) -> CallDef {
        self.retry_policy.timeout = Some(timeout);
        self
    }

    /// Suppresses the warning about outputs that no task reads while others of the call are read.
    pub fn allow_unused(mut self) -> CallDef {
        self.allow_unused = true;
        self
    }
}
