//! What a task is to the runtime, and to the compiler.

use crate::data::{DataType, Value};
use skipstone_wiring::Signature;
use std::any::Any;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A function under `#[task]`, described by a type with the function's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "not a task",
    note = "add `#[task]` above the function"
)]
pub trait Task: 'static {
    /// The signature; `None` for what stands in for a function that is no task.
    #[doc(hidden)]
    const SIGNATURE: Option<Signature>;

    /// The function's name.
    const NAME: &'static str;

    /// The task's description.
    fn task() -> &'static TaskDef;
}

/// The type of output `I` of a task: of the only one, or of a part of the tuple.
pub type OutputOf<T, const I: usize = 0> = <T as TaskOutput<I>>::Type;

/// Output `I` of a task.
#[diagnostic::on_unimplemented(
    message = "task `{Self}` has no output number {I} (counted from 0)",
    label = "more names than outputs"
)]
pub trait TaskOutput<const I: usize> {
    /// Its type.
    type Type;

    /// What it feeds a parameter that takes `Wanted`: its type, or `Wanted` itself where there is no
    /// such output and another check says so.
    type Gives<Wanted>;
}

/// Parameter `I` of a task.
pub trait TaskParameter<const I: usize> {
    /// The type of node that the parameter takes; `Node` itself where there is no such parameter and
    /// another check says so.
    type Accepts<Node>;
}

/// A task, with the type of its function: what stands in for it in a test.
pub trait TaskFunction: Task {
    /// A pointer to a function with the task's signature.
    type Function: Copy + Send + Sync + 'static;

    #[doc(hidden)]
    fn run(function: Self::Function, arguments: &Arguments) -> Result<Outputs, TaskFailure>;
}

/// A type that a task can take by value.
#[diagnostic::on_unimplemented(
    message = "a task can't take `{Self}` by value, because others may read the same node",
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
    pub outputs: &'static [OutputDef],
    #[doc(hidden)]
    pub run: fn(&Arguments) -> Result<Outputs, TaskFailure>,
}

/// How often a task is tried, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it is called again after it failed.
    #[doc(hidden)]
    pub retries: u32,
    /// How long it waits before it is called again for the first time; each time after that twice as long.
    #[doc(hidden)]
    pub backoff: Duration,
    /// How long one call may take.
    #[doc(hidden)]
    pub timeout: Option<Duration>,
}

impl RetryPolicy {
    /// The longest time between two calls.
    const LONGEST: Duration = Duration::from_secs(60);

    /// How long to wait after the function failed so often.
    pub(crate) fn wait(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.backoff.saturating_mul(doubled).min(RetryPolicy::LONGEST.max(self.backoff))
    }
}

/// The code of a task, as the macro found it.
#[derive(Clone, Copy)]
pub struct CodeDef {
    /// The fingerprint: the hash of all parts and packages.
    #[doc(hidden)]
    pub hash: &'static str,
    /// A line for each part: hash, place and title, with tabs between.
    #[doc(hidden)]
    pub parts: &'static str,
    /// A line for each crate that the package is built with.
    #[doc(hidden)]
    pub packages: &'static str,
    /// What stands for the code in keys instead.
    #[doc(hidden)]
    pub version: Option<&'static str>,
}

/// One output of a task.
pub struct OutputDef {
    #[doc(hidden)]
    pub ty: &'static str,
    #[doc(hidden)]
    pub data: DataType,
}

impl TaskDef {
    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.signature.task
    }

    /// The path of the function's module.
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// The function's documentation.
    pub fn docs(&self) -> &'static str {
        self.docs
    }

    /// Where the function is: file, as the compiler was given it, and line.
    pub fn place(&self) -> (&'static str, u32) {
        (self.file, self.line)
    }

    /// The names of the function's parameters.
    pub fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        self.signature.parameters.iter().map(|parameter| parameter.name)
    }

    /// The version that stands for the task's code in keys, if there is one.
    pub fn version(&self) -> Option<&'static str> {
        self.code.version
    }

    /// Whether this parameter is left out of keys.
    pub fn ignores(&self, parameter: &str) -> bool {
        self.ignored.contains(&parameter)
    }

    /// The path of the function: module and name.
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.name())
    }

    /// The task's name in keys and records: the one that `#[task(name = "…")]` gives it, or else the path of its function.
    pub fn identity(&self) -> String {
        self.known_as.map_or_else(|| self.path(), str::to_owned)
    }

    /// The identity in two parts, before and after the last `::`.
    pub(crate) fn identity_parts(&self) -> (&'static str, &'static str) {
        match self.known_as {
            None => (self.module, self.name()),
            Some(name) => name.rsplit_once("::").unwrap_or(("", name)),
        }
    }

    /// How often the function is called again after it failed.
    pub fn retries(&self) -> u32 {
        self.retry_policy.retries
    }

    /// How long one call of the function may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.retry_policy.timeout
    }

    /// Whether the function does something besides making its result, so that it is never called only to check that.
    pub fn has_effects(&self) -> bool {
        self.effects
    }

    /// Whether the function is always called in a process of its own.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }

    /// Whether the function is never called on empty tables.
    pub fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// Whether the rows of the tables that the function returns have no order.
    pub fn is_unordered(&self) -> bool {
        self.unordered
    }

    /// Whether the function need not be called when its result is known.
    pub fn is_skippable(&self) -> bool {
        self.skippable
    }
}

impl fmt::Debug for TaskDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.module, self.name())
    }
}

/// What a task is given.
#[derive(Clone)]
pub struct Arguments(pub(crate) Vec<Value>);

/// Argument `index`, which the graph's checks found to be of type `T`.
pub fn borrowed<T: 'static>(arguments: &Arguments, index: usize) -> &T {
    let value = arguments.0.get(index).and_then(Value::get);
    value.unwrap_or_else(|| {
        unreachable!("argument {index} was checked to be a `{}`", std::any::type_name::<T>())
    })
}

/// A copy of argument `index` for a parameter that takes its value.
pub fn owned<T: Owned>(arguments: &Arguments, index: usize) -> T {
    borrowed::<T>(arguments, index).clone()
}

/// What a task made.
#[derive(Default)]
pub struct Outputs(pub(crate) Vec<Box<dyn Any + Send + Sync>>);

impl Outputs {
    /// No outputs yet.
    pub fn new() -> Outputs {
        Outputs::default()
    }

    /// One more output.
    pub fn with<T: Send + Sync + 'static>(mut self, output: T) -> Outputs {
        self.0.push(Box::new(output));
        self
    }
}

/// A task's own error, whole.
#[derive(Debug)]
pub struct TaskFailure(pub(crate) Box<dyn Error + Send + Sync>);

/// A type that a task can return as its error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the error of a task",
    label = "not the error of a task",
    note = "it has to convert into `Box<dyn Error + Send + Sync>`: take that, an error type of your own, or `String`"
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

/// Takes a task's error as it is.
pub fn failure<E: TaskError>(error: E) -> TaskFailure {
    error.into_failure()
}
