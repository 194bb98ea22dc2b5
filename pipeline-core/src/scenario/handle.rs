//! Typed handles to the nodes of a scenario.

use super::Instance;
use crate::scenario::error::{Error, Result};
use std::fmt;
use std::marker::PhantomData;

/// A handle to an input of a scenario: a field of a type that `scenario!` generates, or the result of
/// [`Instance::input`].
///
/// ```
/// # use skipstone::{scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// let store = testing::store();
/// let scenario = Doubling::create(&store, "a")?;
/// assert_eq!(scenario.x.read()?, 1.0);
/// scenario.x.write(5.0)?;
/// scenario.submit()?;
/// assert_eq!(scenario.doubled.read()?, 10.0);
/// # Ok::<(), skipstone::Error>(())
/// ```
pub struct Input<T> {
    instance: Instance,
    node: Box<str>,
    ty: PhantomData<fn(T) -> T>,
}

/// A read-only handle to an output of a scenario: a field of a type that `scenario!` generates, or the result of
/// [`Instance::output`].
pub struct Output<T> {
    instance: Instance,
    node: Box<str>,
    ty: PhantomData<fn() -> T>,
}

/// A node of a subscenario, with values of type `T`, as a field of the subscenario's scenario type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a node",
    label = "not a node",
    note = "write the name of one of its nodes after it: `subscenario.node`"
)]
pub trait SubscenarioNode<T> {}

impl<T> SubscenarioNode<T> for Input<T> {}

impl<T> SubscenarioNode<T> for Output<T> {}

/// An input of a subscenario, with values of type `T`, as a field of the subscenario's scenario type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an input, so nothing can be passed to it",
    label = "not an input of the subscenario",
    note = "tasks compute the outputs"
)]
pub trait SubscenarioInput<T> {}

impl<T> SubscenarioInput<T> for Input<T> {}

impl<T: Send + Sync + 'static> Input<T> {
    /// Returns the node's name.
    pub fn name(&self) -> &str {
        &self.node
    }

    /// Sets the input for this scenario. The next submission runs the jobs that depend on it, unless their results for
    /// this value are stored already.
    ///
    /// # Errors
    ///
    /// Returns [`Error::SecretNotStorable`] if the input is a secret, and an error if the value can't be encoded or the store
    /// can't be written. In each case, the input is unchanged.
    pub fn write(&self, value: T) -> Result<()> {
        let data = self.instance.find(&self.node, "input")?.data;
        self.instance.write_values(&[(&self.node, (data.round_trip)(Box::new(value))?)])
    }

    /// Returns the input's value: the one written last, or else its default.
    ///
    /// # Errors
    ///
    /// Returns [`Error::MissingInput`] or [`Error::MissingSecret`] if the input has no value, and an error if it can't
    /// be read from the store.
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        read(&self.instance, &self.node)
    }
}

impl<T> Input<T> {
    pub(super) fn instance(&self) -> &Instance {
        &self.instance
    }
}

impl<T: Send + Sync + 'static> Output<T> {
    /// Returns the node's name.
    pub fn name(&self) -> &str {
        &self.node
    }

    /// Returns the value that the last run gave the output.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoValue`] if the scenario has not run or the output's job did not complete, and an error if the
    /// value can't be read from the store.
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        read(&self.instance, &self.node)
    }
}

/// A handle whose node can be written. An output can't: this trait exists for the compiler's message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an output can't be written, because its task computes it",
    label = "not an input",
    note = "write to an input; in a test, `submission().with_value(…)` replaces the value of a node"
)]
pub trait Writable {}

impl<T> Output<T> {
    #[doc(hidden)]
    pub fn write(&self, _: T) -> Result<()>
    where
        Output<T>: Writable,
    {
        unreachable!("an output is not writable")
    }
}

fn read<T: Clone + 'static>(instance: &Instance, node: &str) -> Result<T> {
    let value = instance.read_value(node)?;
    let value = value.get::<T>().cloned();
    Ok(value.unwrap_or_else(|| unreachable!("a handle has the type of its node")))
}

/// A type of handle, [`Input`] or [`Output`].
pub(crate) trait Handle<T> {
    fn new(instance: Instance, node: Box<str>) -> Self;
}

impl<T> Handle<T> for Input<T> {
    fn new(instance: Instance, node: Box<str>) -> Input<T> {
        Input { instance, node, ty: PhantomData }
    }
}

impl<T> Handle<T> for Output<T> {
    fn new(instance: Instance, node: Box<str>) -> Output<T> {
        Output { instance, node, ty: PhantomData }
    }
}

impl<T> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input({})", self.node)
    }
}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Output({})", self.node)
    }
}

impl Instance {
    /// Returns a handle to an input, by name.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, and [`Error::OtherNodeType`] if it has another
    /// type.
    pub fn input<T: 'static>(&self, node: &str) -> Result<Input<T>> {
        if !self.find(node, "input")?.is_input() {
            return Err(self.no_node(node, "input"));
        }
        self.checked(node)
    }

    /// Returns a handle to an output, by name.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such output, and [`Error::OtherNodeType`] if it has another
    /// type.
    pub fn output<T: 'static>(&self, node: &str) -> Result<Output<T>> {
        if self.find(node, "output")?.is_input() {
            return Err(self.no_node(node, "output"));
        }
        self.checked(node)
    }

    fn checked<T: 'static, H: Handle<T>>(&self, node: &str) -> Result<H> {
        let found = self.find(node, "node")?;
        if !found.data.is::<T>() {
            let (node, found) = (node.into(), found.type_text.clone());
            return Err(Error::OtherNodeType { node, found, expected: crate::data::short_type_name::<T>() });
        }
        Ok(H::new(self.clone(), node.into()))
    }
}
