//! Tasks as the runtime and the compiler see them.

use super::resource::{NotProvided, Resource, ResourceDef, Resources};
use super::types::TypeAt;
use crate::data::{DataType, TypeName, Value, without_paths};
use skipstone_wiring::Signature;
use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A function with `#[task]`, described by a type with the function's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "not a task",
    note = "add `#[task]` above the function"
)]
pub trait Task: 'static {
    /// The signature.
    #[doc(hidden)]
    const SIGNATURE: Signature;

    /// The function's name.
    const NAME: &'static str = Self::SIGNATURE.task;

    /// The description.
    #[doc(hidden)]
    const TASK: &'static TaskDef;

    /// The types of the nodes that the parameters read: `(A, (B, ()))` for two.
    #[doc(hidden)]
    type Parameters;

    /// The types of the outputs, in the same form.
    #[doc(hidden)]
    type Outputs;

    /// A pointer to a function with the task's signature, with which a test can replace the task's own.
    type Function: Copy + Send + Sync + 'static;

    /// The function.
    #[doc(hidden)]
    const FUNCTION: Self::Function;

    /// Calls a function in place of the task's.
    #[doc(hidden)]
    fn run(function: Self::Function, arguments: &Arguments) -> Done;

    /// The task's description.
    fn task() -> &'static TaskDef {
        Self::TASK
    }
}

/// What the wiring needs of a generic task with these types: `(Order,)`. It asks for none of the traits that the task asks of them, so that
/// only [`CalledWith`] reports a missing one.
#[diagnostic::on_unimplemented(
    message = "task `{Self}` can't be called with the types `{Types}`",
    label = "not the types of this task",
    note = "write one type for each type parameter of the function"
)]
#[doc(hidden)]
pub trait Generic<Types>: 'static {
    const SIGNATURE: Signature;
    type Parameters;
    type Outputs;
}

/// A generic task that can be called with these types.
#[doc(hidden)]
pub trait CalledWith<Types> {
    /// The description, without the code.
    const TASK: TaskDef;
}

/// A call of a generic task.
#[doc(hidden)]
pub trait Called: 'static {
    const TASK: &'static TaskDef;
}

/// The task that a generic one becomes with the types of a call.
#[doc(hidden)]
pub struct Instance<G, Types, C>(PhantomData<fn(G, Types, C)>);

#[diagnostic::do_not_recommend]
impl<G: Generic<Types>, Types: 'static, C: Called> Task for Instance<G, Types, C> {
    const SIGNATURE: Signature = G::SIGNATURE;
    const TASK: &'static TaskDef = C::TASK;
    type Parameters = G::Parameters;
    type Outputs = G::Outputs;
    type Function = ();
    const FUNCTION: () = ();

    fn run((): (), arguments: &Arguments) -> Done {
        (C::TASK.run)(arguments)
    }
}

/// Adds the code of the call to the description of a generic task.
#[doc(hidden)]
pub const fn called(task: TaskDef, code: CodeDef) -> TaskDef {
    let version = task.code.version;
    TaskDef { code: CodeDef { version, ..code }, ..task }
}

/// The type of output `I` of a task: of its only output, or of an element of the returned tuple.
pub type OutputOf<T, const I: usize = 0> = <<T as Task>::Outputs as TypeAt<I>>::Or<Unknown>;

/// The type of an output that does not exist, or of a function that is not a task. Another error is about it.
#[doc(hidden)]
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Unknown;

/// The type of node `I` of a scenario whose nodes have the types of `Nodes`.
#[doc(hidden)]
pub type NodeOf<Nodes, const I: usize> = <Nodes as NodeType<I>>::Type;

/// The type of node `I` of a scenario: of its inputs first, then of its outputs.
#[doc(hidden)]
pub trait NodeType<const I: usize> {
    /// The type.
    type Type;
}

/// A type that a task can take by value.
#[diagnostic::on_unimplemented(
    message = "a task can't take `{Self}` by value, because other tasks may read the same node",
    label = "take a reference: `&{Self}`",
    note = "or derive `Clone` for it"
)]
pub trait Owned: Clone + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + 'static> Owned for T {}

/// A task as plain data.
pub struct TaskDef {
    #[doc(hidden)]
    pub signature: Signature,
    #[doc(hidden)]
    pub module: &'static str,
    #[doc(hidden)]
    pub known_as: Option<&'static str>,
    #[doc(hidden)]
    pub docs: &'static str,
    #[doc(hidden)]
    pub file: &'static str,
    #[doc(hidden)]
    pub line: u32,
    #[doc(hidden)]
    pub code: CodeDef,
    #[doc(hidden)]
    pub skippable: bool,
    #[doc(hidden)]
    pub effects: bool,
    #[doc(hidden)]
    pub isolated: bool,
    #[doc(hidden)]
    pub opaque: bool,
    #[doc(hidden)]
    pub unordered: bool,
    #[doc(hidden)]
    pub ignored: &'static [&'static str],
    #[doc(hidden)]
    pub retry_policy: RetryPolicy,
    #[doc(hidden)]
    pub parameters: &'static [DataType],
    #[doc(hidden)]
    pub outputs: &'static [DataType],
    #[doc(hidden)]
    pub resources: &'static [ResourceDef],
    /// The types of a generic task as a tuple, with their paths; empty for any other task.
    #[doc(hidden)]
    pub types: fn() -> &'static str,
    #[doc(hidden)]
    pub run: fn(&Arguments) -> Result<Outputs, TaskFailure>,
}

/// Describes a task without options.
#[doc(hidden)]
pub const fn task<T: Task>(
    (module, file, line): (&'static str, &'static str, u32),
    code: CodeDef,
    parameters: &'static [DataType],
    outputs: &'static [DataType],
) -> TaskDef {
    let run: fn(&Arguments) -> Done = |arguments| T::run(T::FUNCTION, arguments);
    TaskDef { module, file, line, code, parameters, outputs, run, ..TaskDef::unknown(T::SIGNATURE) }
}

/// Describes a generic task without options.
#[doc(hidden)]
pub const fn generic_task<G: Generic<Types>, Types>(
    (module, file, line): (&'static str, &'static str, u32),
    parameters: &'static [DataType],
    outputs: &'static [DataType],
) -> TaskDef {
    TaskDef { module, file, line, parameters, outputs, ..TaskDef::unknown(G::SIGNATURE) }
}

impl TaskDef {
    /// Describes a function that is not a task, or a task with errors.
    #[doc(hidden)]
    pub const fn unknown(signature: Signature) -> TaskDef {
        TaskDef {
            signature,
            module: "",
            known_as: None,
            docs: "",
            file: "",
            line: 0,
            code: code("", "", ""),
            skippable: false,
            effects: false,
            isolated: false,
            opaque: false,
            unordered: false,
            ignored: &[],
            retry_policy: RetryPolicy::new(0, 1_000),
            parameters: &[],
            outputs: &[],
            resources: &[],
            types: || "",
            run: |_| unreachable!("a function that is not a task does not compile in a scenario"),
        }
    }
}

/// How often a task is tried, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The number of retries after a failure.
    #[doc(hidden)]
    pub retries: u32,
    /// The time to wait before the first retry. It doubles with each further retry.
    #[doc(hidden)]
    pub backoff: Duration,
    /// The maximum duration of one call.
    #[doc(hidden)]
    pub timeout: Option<Duration>,
}

impl RetryPolicy {
    /// Creates a policy without a timeout. `backoff` is in milliseconds.
    #[doc(hidden)]
    pub const fn new(retries: u32, backoff: u64) -> RetryPolicy {
        RetryPolicy { retries, backoff: Duration::from_millis(backoff), timeout: None }
    }

    /// Sets the timeout, in milliseconds.
    #[doc(hidden)]
    pub const fn within(self, timeout: u64) -> RetryPolicy {
        RetryPolicy { timeout: Some(Duration::from_millis(timeout)), ..self }
    }

    /// The maximum time between two calls.
    const LONGEST: Duration = Duration::from_secs(60);

    /// The time to wait after this number of failed attempts.
    pub(crate) fn wait(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.backoff.saturating_mul(doubled).min(RetryPolicy::LONGEST.max(self.backoff))
    }
}

/// The code of a task, as recorded by the macro.
#[derive(Clone, Copy)]
pub struct CodeDef {
    /// The fingerprint: the hash of all parts and packages.
    #[doc(hidden)]
    pub hash: &'static str,
    /// A line for each part: hash, place and title, with tabs between.
    #[doc(hidden)]
    pub parts: &'static str,
    /// The name of the list of crates that it reaches; empty if it reaches none.
    #[doc(hidden)]
    pub packages: &'static str,
    /// The version that replaces the code in keys.
    #[doc(hidden)]
    pub version: Option<&'static str>,
}

/// Describes code without a version.
#[doc(hidden)]
pub const fn code(hash: &'static str, parts: &'static str, packages: &'static str) -> CodeDef {
    CodeDef { hash, parts, packages, version: None }
}

impl CodeDef {
    /// Sets the version that replaces the code in keys.
    #[doc(hidden)]
    pub const fn at(self, version: &'static str) -> CodeDef {
        CodeDef { version: Some(version), ..self }
    }
}

impl TaskDef {
    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.signature.task
    }

    /// The function's name as a call writes it: with the types of a generic function, without their paths.
    pub fn called(&self) -> String {
        match self.turbofish().strip_prefix("::") {
            Some(types) => format!("{}::{}", self.name(), without_paths(types)),
            None => self.name().to_owned(),
        }
    }

    /// The path of the function's module.
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// The function's documentation.
    pub fn docs(&self) -> &'static str {
        self.docs
    }

    /// The function's file, as passed to the compiler, and its line.
    pub fn place(&self) -> (&'static str, u32) {
        (self.file, self.line)
    }

    /// Whether both describe the same function. A crate may have several copies of a description.
    pub(crate) fn is(&self, other: &TaskDef) -> bool {
        let all = |task: &TaskDef| (task.module, task.name(), task.place(), (task.types)());
        all(self) == all(other)
    }

    /// The types of a generic task with their paths, as code writes them: `::<shop::Order>`.
    fn turbofish(&self) -> String {
        match (self.types)() {
            "" => String::new(),
            types => {
                let types =
                    types.strip_prefix('(').and_then(|types| types.strip_suffix(')')).unwrap_or(types);
                format!("::<{}>", types.trim_end_matches(','))
            }
        }
    }

    /// The names of the function's parameters.
    pub fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        self.signature.parameters.iter().map(|parameter| parameter.name)
    }

    /// The types of the outputs, as strings and as descriptions.
    pub(crate) fn typed_outputs(
        &self,
    ) -> impl Iterator<Item = (Cow<'static, str>, &'static DataType)> + Clone {
        let outputs = self.signature.outputs.iter().zip(self.outputs);
        outputs.map(|(text, data)| (self.type_text(text, data), data))
    }

    /// The types of the nodes that the parameters read, as strings and as descriptions.
    pub(crate) fn typed_parameters(&self) -> impl Iterator<Item = (Cow<'static, str>, &'static DataType)> {
        let parameters = self.signature.parameters.iter().zip(self.parameters);
        parameters.map(|(parameter, data)| (self.type_text(parameter.node, data), data))
    }

    /// The type as a string. The signature of a generic task has the type parameter in its place.
    fn type_text(&self, text: &'static str, data: &DataType) -> Cow<'static, str> {
        if (self.types)().is_empty() { Cow::Borrowed(text) } else { Cow::Owned(TypeName::from(*data).text()) }
    }

    /// The version that replaces the task's code in keys, if any.
    pub fn version(&self) -> Option<&'static str> {
        self.code.version
    }

    /// Whether this parameter is excluded from keys.
    pub fn ignores(&self, parameter: &str) -> bool {
        self.ignored.contains(&parameter)
    }

    /// The path of the function: module and name, and the types of a generic one.
    pub fn path(&self) -> String {
        format!("{}::{}{}", self.module, self.name(), self.turbofish())
    }

    /// The task's name in keys and records: the name set by `#[task(name = "…")]`, or the path of its function.
    pub fn identity(&self) -> String {
        self.known_as.map_or_else(|| self.path(), |name| format!("{name}{}", self.turbofish()))
    }

    /// The identity in two parts, before and after the last `::`, without the types of a generic task.
    pub(crate) fn identity_parts(&self) -> (&'static str, &'static str) {
        match self.known_as {
            None => (self.module, self.name()),
            Some(name) => name.rsplit_once("::").unwrap_or(("", name)),
        }
    }

    /// The number of retries after a failure.
    pub fn retries(&self) -> u32 {
        self.retry_policy.retries
    }

    /// The maximum duration of one call of the function.
    pub fn timeout(&self) -> Option<Duration> {
        self.retry_policy.timeout
    }

    /// Whether the function has side effects. Such a function is never called only to check its result.
    pub fn has_effects(&self) -> bool {
        self.effects
    }

    /// Whether the function is always called in its own process.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }

    /// Whether the function is never called with empty tables.
    pub fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// Whether the rows of the returned tables have no order.
    pub fn is_unordered(&self) -> bool {
        self.unordered
    }

    /// Whether the call can be skipped when its result is known.
    pub fn is_skippable(&self) -> bool {
        self.skippable
    }
}

impl fmt::Debug for TaskDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.module, self.name())
    }
}

/// The arguments of a task.
#[derive(Clone)]
pub struct Arguments {
    pub(crate) values: Vec<Value>,
    pub(crate) resources: Resources,
}

/// Returns argument `index`, which the graph's checks verified to be of type `T`.
pub fn borrowed<T: 'static>(arguments: &Arguments, index: usize) -> &T {
    let value = arguments.values.get(index).and_then(Value::get);
    value.unwrap_or_else(|| {
        unreachable!("argument {index} was checked to be a `{}`", std::any::type_name::<T>())
    })
}

/// Returns a copy of argument `index`, for a parameter that takes its value.
pub fn owned<T: Owned>(arguments: &Arguments, index: usize) -> T {
    borrowed::<T>(arguments, index).clone()
}

/// Returns the resource of this type.
///
/// # Errors
///
/// If the program does not provide one.
pub fn resource<T: Send + Sync + 'static>(arguments: &Arguments) -> Result<&Resource<T>, TaskFailure> {
    let missing = || TaskFailure(Box::new(NotProvided { ty: crate::data::short_type_name::<T>() }));
    arguments.resources.get().ok_or_else(missing)
}

/// The outputs of a task.
#[derive(Default)]
pub struct Outputs(pub(crate) Vec<Box<dyn Any + Send + Sync>>);

impl Outputs {
    /// Creates an empty list of outputs.
    pub fn new() -> Outputs {
        Outputs::default()
    }

    /// Adds an output.
    pub fn with<T: Send + Sync + 'static>(mut self, output: T) -> Outputs {
        self.0.push(Box::new(output));
        self
    }

    /// Returns them as the result of a task that did not fail.
    pub fn returned(self) -> Done {
        Ok(self)
    }
}

/// The result of a call of a task.
pub type Done = Result<Outputs, TaskFailure>;

/// A task's own error.
#[derive(Debug)]
pub struct TaskFailure(pub(crate) Box<dyn Error + Send + Sync>);

/// A type that a task can return as its error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the error of a task",
    label = "not the error of a task",
    note = "it must convert into `Box<dyn Error + Send + Sync>`: use that, your own error type, or `String`"
)]
pub trait TaskError {
    #[doc(hidden)]
    fn into_failure(self) -> TaskFailure;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> TaskError for E {
    fn into_failure(self) -> TaskFailure {
        TaskFailure(self.into())
    }
}

/// Converts a task's error, unchanged.
pub fn failure<E: TaskError>(error: E) -> TaskFailure {
    error.into_failure()
}
