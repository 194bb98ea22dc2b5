//! The checks of a `scenario!` that only the compiler can make. Each is called in a constant of its own, at the token that it
//! is about: it panics there with the message. `below` is the place in a scenario file, which the compiler can't show; it is
//! empty if the scenario is written in Rust.

use super::Feeds;
use super::file::{
    DefaultKind, GivenDefault, invalid_default, is_known, mismatch, output_mismatch, output_type,
    parameter_type, takes,
};
use super::view::{Gives, Tables};
use crate::data::{Codec, DataType, Storable, Tabular, view_mismatch};
use crate::graph::{CallDef, InputDef, Migrated, Task};
use skipstone_wiring::{CallArgument, Passing, Text, Written, same};
use std::marker::PhantomData;

/// Returns a positional argument.
pub const fn at(node: &'static str) -> CallArgument<'static> {
    CallArgument { parameter: None, node, passing: Passing::One }
}

/// Returns a named argument.
pub const fn to(parameter: &'static str, node: &'static str) -> CallArgument<'static> {
    CallArgument { parameter: Some(parameter), node, passing: Passing::One }
}

/// Creates an input of a graph.
pub fn input<T: Storable<By>, By: 'static>(_: TypeOf<T>, name: &str) -> InputDef<T> {
    InputDef::new(name)
}

/// Adds a migration to an input.
pub fn migrate<T, Old, M, By: 'static>(
    input: InputDef<T>,
    function: impl Fn(Old) -> M + Send + Sync + 'static,
) -> InputDef<T>
where
    T: Send + Sync + 'static,
    Old: Storable<By> + Clone,
    M: Migrated<T>,
{
    input.migrate(function)
}

/// The return type of a function that does not seem to return a `Result`. For a `Result`, the inherent constants apply,
/// otherwise those of [`ReturnsItself`].
pub struct Return<T>(PhantomData<fn() -> T>);

impl<T, E> Return<Result<T, E>> {
    /// The type is an alias.
    pub const IS_RESULT: bool = true;

    /// Stands for the type, because an error is about it.
    pub const KEPT: PhantomData<()> = PhantomData;
}

/// Implemented for every type; the inherent constants of a `Result` take precedence.
pub trait ReturnsItself {
    /// The type of the stored value.
    type Kept;

    /// It is not a `Result`.
    const IS_RESULT: bool = false;

    /// The type itself.
    const KEPT: PhantomData<Self::Kept> = PhantomData;
}

impl<T> ReturnsItself for Return<T> {
    type Kept = T;
}

/// Describes a type.
pub const fn data<T: Storable<By>, By: 'static>() -> DataType {
    DataType::of::<T, By>()
}

/// Describes the type.
pub const fn data_of<T: Storable<By>, By: 'static>(_: PhantomData<T>) -> DataType {
    DataType::of::<T, By>()
}

/// The type of an input or of a result.
#[derive(Clone, Copy)]
pub struct TypeOf<T>(PhantomData<fn() -> T>);

/// Returns the type as a value.
pub const fn type_of<T>() -> TypeOf<T> {
    TypeOf(PhantomData)
}

impl<T> TypeOf<T> {
    /// Returns it, as an expression with a place.
    pub const fn it(self) -> TypeOf<T> {
        self
    }

    /// Checks that the return type of a task is not an alias of a `Result`: its error would be stored as a value.
    ///
    /// # Panics
    ///
    /// If it is.
    #[track_caller]
    pub const fn check_value(self, is_result: bool, ty: &str) {
        if is_result {
            let text = Text::new()
                .push("`")
                .push(ty)
                .push("` is an alias of a `Result`, which `#[task]` can't see: write ");
            report(Some(text.push("out `Result<Value, Error>`, so that an error fails the task")), "");
        }
    }

    /// Checks that values of the type can be secrets. Files can't, because their paths are stored with runs.
    ///
    /// # Panics
    ///
    /// If they can't.
    #[track_caller]
    pub const fn check_secret<By>(self)
    where
        T: Storable<By>,
    {
        assert!(
            !<T::Kept as Codec>::EXTERNAL,
            "a file can't be a secret, because its path is stored with each run: remove `#[secret]`, or use a `String` with the content"
        );
    }

    /// Checks that an input of this type takes the options of this attribute (`csv` or `excel`).
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub const fn check_options<By>(self, attribute: &str)
    where
        T: Storable<By>,
    {
        let takes = match <T::Kept as Tabular>::ATTRIBUTE {
            Some(own) => same(own, attribute),
            None => false,
        };
        if !takes {
            let kind = if same(attribute, "csv") { "CsvFile" } else { "ExcelFile" };
            let text =
                Text::new().push("`#[").push(attribute).push("(…)]` is only for inputs of type `").push(kind);
            report(Some(text.push("`, or a `Vec` or `Option` of it")), "");
        }
    }

    /// Checks a default in a scenario file.
    ///
    /// # Panics
    ///
    /// If an input of this kind does not take it.
    #[track_caller]
    pub const fn check_default(
        self,
        kind: DefaultKind,
        given: GivenDefault,
        node: &str,
        ty: &str,
        value: &str,
        below: &str,
    ) {
        if !takes(kind, given) {
            report(Some(invalid_default(node, ty, value)), below);
        }
    }
}

/// A call of a task, with its arguments.
pub struct Call<T> {
    task: PhantomData<fn() -> T>,
    arguments: &'static [CallArgument<'static>],
}

/// Creates a call with these arguments.
pub const fn call<T>(arguments: &'static [CallArgument<'static>]) -> Call<T> {
    Call { task: PhantomData, arguments }
}

impl<T: Task> Call<T> {
    /// Defines the call in a graph, with these outputs.
    pub fn define(&self, outputs: &[&str]) -> CallDef {
        CallDef::with::<T>(outputs, self.arguments)
    }

    /// Returns the index of the parameter that argument `index` is for, or `usize::MAX` if it is for none.
    pub const fn parameter_of(&self, index: usize) -> usize {
        T::SIGNATURE.parameter_of(self.arguments, index)
    }

    /// Returns `index`, or `usize::MAX` if the task takes another number of arguments, which another check reports.
    pub const fn counted(&self, index: usize) -> usize {
        if self.arguments.len() == T::SIGNATURE.parameters.len() { index } else { usize::MAX }
    }

    /// Returns the type of the node that argument `index` must be, as text.
    pub const fn read(&self, index: usize) -> &'static str {
        parameter_type::<T>(self.arguments, index)
    }

    /// Returns the type of output `index`, as text.
    pub const fn returned(&self, index: usize) -> &'static str {
        output_type::<T>(index)
    }

    /// Checks that the called function is a task, and that the call gives every parameter exactly one argument.
    ///
    /// # Panics
    ///
    /// If it has no `#[task]`, or the call does not.
    #[track_caller]
    pub const fn check(&self, name: &str, below: &str) {
        // A task that another error is about has its own name.
        if !T::SIGNATURE.is_known && !same(T::NAME, name) {
            let text =
                Text::new().push("function `").push(name).push("` is not a task: add `#[task]` above it");
            report(Some(text), below);
        }
        if T::SIGNATURE.is_generic {
            let text =
                Text::new().push("task `").push(name).push("` is generic: write its types, `").push(name);
            report(Some(text.push("::<…>(…)`")), below);
        }
        report(T::SIGNATURE.check_call(self.arguments, written(below)), below);
    }

    /// Checks that the statement names as many outputs as the task has.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub const fn check_outputs(&self, outputs: usize, below: &str) {
        report(T::SIGNATURE.check_outputs(outputs, written(below)), below);
    }

    /// Checks that argument `index` goes to the right parameter.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub const fn check_parameter(&self, index: usize, below: &str) {
        report(T::SIGNATURE.check_argument(self.arguments, index, written(below)), below);
    }

    /// Checks that argument `index` goes to the right parameter, and that the node has the type of the parameter, or the
    /// columns that it reads.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub const fn check_argument<Node: Feeds<Expected>, Expected>(
        &self,
        index: usize,
        given: &Gives<Node, Expected>,
    ) {
        self.check_parameter(index, "");
        self.check_node(index, given);
    }

    /// Checks that the node of argument `index` has the type of the parameter, or the columns that it reads.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[track_caller]
    pub const fn check_node<Node: Feeds<Expected>, Expected>(
        &self,
        index: usize,
        given: &Gives<Node, Expected>,
    ) {
        if let Some(tables) = &given.tables {
            self.check_columns(index, tables);
        }
    }

    /// Checks that a node of a subscenario, with this type, has the columns that argument `index` reads.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[track_caller]
    pub const fn check_data(&self, index: usize, node: &DataType) {
        let parameter = T::SIGNATURE.parameter_of(self.arguments, index);
        if parameter >= T::TASK.parameters.len() {
            return;
        }
        if let (Some(node), Some(expected)) = (node.viewed, T::TASK.parameters[parameter].viewed) {
            self.check_columns(index, &Tables { node, expected });
        }
    }

    #[track_caller]
    const fn check_columns(&self, index: usize, tables: &Tables) {
        let found = Text::new().push("Frame<").push(tables.node.row.name).push(">");
        self.check_table(index, tables, found.as_str(), "");
    }

    #[track_caller]
    const fn check_table(&self, index: usize, tables: &Tables, found: &str, below: &str) {
        // The message is made only if it is needed: that takes the compiler longer than the check.
        if view_mismatch(&tables.expected, &tables.node, Text::new()).is_none() {
            return;
        }
        // Swapped tables are one mistake.
        let mut other = 0;
        while other < self.arguments.len() {
            if T::SIGNATURE.check_argument(self.arguments, other, written(below)).is_some() {
                return;
            }
            other += 1;
        }
        let text = mismatch::<T>(self.arguments, index, found);
        report(view_mismatch(&tables.expected, &tables.node, text), below);
    }

    /// Checks the type of an argument in a scenario file. `found` is the text of the node's type.
    ///
    /// # Panics
    ///
    /// If it is not that of the parameter.
    #[track_caller]
    pub const fn check_type<Node, Expected>(
        &self,
        index: usize,
        same: bool,
        given: &Gives<Node, Expected>,
        found: &str,
        below: &str,
    ) {
        match &given.tables {
            Some(tables) => self.check_table(index, tables, found, below),
            None if !same && is_known(found) => {
                report(Some(mismatch::<T>(self.arguments, index, found)), below);
            }
            None => {}
        }
    }

    /// Checks the type of an output that a scenario file declares.
    ///
    /// # Panics
    ///
    /// If the task returns another one.
    #[track_caller]
    pub const fn check_declared(&self, node: &str, output: usize, same: bool, declared: &str, below: &str) {
        if !same {
            report(Some(output_mismatch::<T>(node, output, declared)), below);
        }
    }
}

pub(super) const fn written(below: &str) -> Written {
    if below.is_empty() { Written::InRust } else { Written::InToml }
}

#[track_caller]
pub(super) const fn report(problem: Option<Text>, below: &str) {
    if let Some(text) = problem {
        panic!("{}", text.below(below).as_str())
    }
}
