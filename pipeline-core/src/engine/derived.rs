//! Results that are kept as a plan: a table that is as cheap to compute again from a stored table as
//! it is to read back.
//!
//! Such a result has a record, with the hash of its content, and no object. Its readers get the plan,
//! which the function gives again when it is called on the same inputs; the plan is compared with the
//! one that made the result, so that a function that is not one of its inputs is found out.

use super::Engine;
use super::state::InputState;
use crate::data::{Derivation, Value};
use crate::error::Error;
use crate::graph::{Arguments, Call, Graph, Node};
use crate::store::{Hash, HashingWriter};

/// Below this size of the table that it is made from, a result is written: that takes a moment, and
/// its readers are spared a call.
const WORTH: u64 = 4 << 20;

impl Engine<'_> {
    /// How the value derives from a stored table that the job read, if it is to be kept so.
    pub(super) fn derivation(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        value: &Value,
    ) -> Option<Derivation> {
        let derivation = value.derivation()?;
        let objects = &self.results.objects;
        let base = inputs.iter().find(|input| objects.path(&input.content) == derivation.base)?;
        let large = objects.stamp(&base.content).ok()?.is_some_and(|stamp| stamp.size >= WORTH);
        // What stands for a file outside, or is kept as a plan itself, can't be read from the store, and a secret must
        // not be in it.
        let inside = |(node, input): (&Node, &InputState)| {
            !node.is_external()
                && !node.is_secret()
                && (!node.data.scanned || objects.stamp(&input.content).is_ok_and(|stamp| stamp.is_some()))
        };
        (large && graph.arguments_of(call).zip(inputs).all(inside)).then_some(derivation)
    }

    /// Keeps in the store what the function has to be called on to give the plan again.
    pub(super) fn keep_arguments(&self, inputs: &[InputState], arguments: &Arguments) -> Result<(), Error> {
        for (input, value) in inputs.iter().zip(&arguments.0) {
            if self.results.objects.stamp(&input.content)?.is_none() {
                self.results.objects.put(&value.content()?)?;
            }
        }
        Ok(())
    }

    /// The output of a call that is this node, by its plan.
    pub(crate) fn derive(
        &self,
        call: &Call,
        arguments: &Arguments,
        node: usize,
        plan: &Hash,
        content: &Hash,
    ) -> Result<Value, Error> {
        let not_again = |why: String| Error::NotDerived { task: call.name.clone(), why };
        let mut outputs = (call.task.run)(arguments).map_err(|failure| not_again(failure.0.to_string()))?;
        let number = call.outputs.iter().position(|&output| output == node);
        let Some(number) = number.filter(|&number| number < outputs.0.len()) else {
            return Err(not_again("it has no such output".into()));
        };
        let data = call.task.outputs[number].data;
        let value = (data.faithful)(outputs.0.swap_remove(number))?;
        if value.derivation().is_some_and(|derivation| derivation.plan == *plan) {
            return Ok(value);
        }
        // Another release of the table engine may say the same in another way: the content decides.
        let mut writer = HashingWriter::default();
        value.save(&mut crate::data::Sink::new(&mut writer))?;
        match writer.finish().0 == *content {
            true => Ok(value),
            false => Err(not_again("it gives another table on the same inputs".into())),
        }
    }
}
