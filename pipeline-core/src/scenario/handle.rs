//! Handles to the nodes of a scenario.

use super::Instance;
use crate::scenario::error::{Error, Result};
use std::fmt;
use std::marker::PhantomData;

/// A handle to an input of a scenario.
pub struct Input<T> {
    instance: Instance,
    node: Box<str>,
    ty: PhantomData<fn(T) -> T>,
}

/// A handle to an output of a scenario. It can be read, not written.
pub struct Output<T> {
    instance: Instance,
    node: Box<str>,
    ty: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> Input<T> {
    /// The node's name.
    pub fn name(&self) -> &str {
        &self.node
    }

    /// Sets the input for this scenario. The next submission runs what depends on it, unless it is
    /// known.
    ///
    /// # Errors
    ///
    /// When the value can't be encoded or the store can't be written; then nothing has changed.
    pub fn write(&self, value: T) -> Result<()> {
        let data = self.instance.find(&self.node, "input")?.data;
        self.instance.write_values(&[(&self.node, (data.round_trip)(Box::new(value))?)])
    }

    /// The input's value: what was written last, else the default.
    ///
    /// # Errors
    ///
    /// When there is no value, or it can't be read from the store.
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        read(&self.instance, &self.node)
    }
}

impl<T: Send + Sync + 'static> Output<T> {
    /// The node's name.
    pub fn name(&self) -> &str {
        &self.node
    }

    /// The value that the last submission gave the output.
    ///
    /// # Errors
    ///
    /// When there was none, or its task did not get as far, or the value can't be read from the store.
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        read(&self.instance, &self.node)
    }
}

fn read<T: Clone + 'static>(instance: &Instance, node: &str) -> Result<T> {
    let value = instance.read_value(node)?;
    let value = value.get::<T>().cloned();
    Ok(value.unwrap_or_else(|| unreachable!("a handle has the type of its node")))
}

/// Either kind of handle.
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

/// The handle to a node that is known to be there and of this type.
#[allow(private_bounds)] // expansions call this with handles only
pub fn handle<T, H: Handle<T>>(instance: &Instance, node: &str) -> H {
    H::new(instance.clone(), node.into())
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
    /// A handle to an input, by name.
    ///
    /// # Errors
    ///
    /// When there is no such input, or it is of another type.
    pub fn input<T: 'static>(&self, node: &str) -> Result<Input<T>> {
        if !self.find(node, "input")?.is_input() {
            return Err(self.no_node(node, "input"));
        }
        self.checked(node)
    }

    /// A handle to an output, by name.
    ///
    /// # Errors
    ///
    /// When there is no such node, or it is of another type.
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
        Ok(handle(self, node))
    }
}
