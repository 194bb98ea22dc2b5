//! Whether a result is known, and if not, why.

use super::Engine;
use super::key;
use super::reason::Reason;
use super::record::ResultRecord;
use super::state::{InputState, JobStates};
use crate::error::Error;
use crate::graph::{Call, Graph};
use crate::store::{Hash, Presence, RecordRead};

/// What to do with a job whose inputs are all known.
pub(super) enum Verdict {
    /// Take this result.
    Skip(ResultRecord),
    /// Call the function.
    Run {
        reason: Reason,
        /// Where to keep the result; `None` when the task isn't skippable.
        key: Option<Hash>,
        /// Whether a record is there that is of no use.
        replace: bool,
    },
}

impl Engine<'_> {
    /// Looks for the result of `call` on `inputs`.
    pub(super) fn decide(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        states: &JobStates,
    ) -> Result<Verdict, Error> {
        if !call.task.is_skippable() {
            return Ok(Verdict::Run { reason: Reason::NotSkippable, key: None, replace: false });
        }
        let contents: Vec<Hash> = inputs.iter().map(|input| input.content).collect();
        let key = key::of(call.task, &contents);
        let first_node = || super::state::JobState::name(graph, call).to_owned();
        let (reason, replace) = match self.results.records.get::<ResultRecord>(&key)? {
            RecordRead::Found(record) if record.outputs.len() == call.outputs.len() => {
                match self.first_gone(graph, call, &record)? {
                    None => return Ok(Verdict::Skip(record)),
                    Some(reason) => (reason, true),
                }
            }
            RecordRead::Found(_) | RecordRead::Damaged => {
                (Reason::ObjectDamaged { node: first_node() }, true)
            }
            RecordRead::Absent => {
                let state = states.get(super::state::JobState::name(graph, call));
                // A job that never got as far as reading its inputs has no earlier work to compare.
                let state = state.filter(|state| !state.code.is_empty());
                let reason =
                    state.map_or(Reason::NeverRun, |state| state.difference(graph, call.task.code, inputs));
                (reason, false)
            }
        };
        Ok(Verdict::Run { reason, key: Some(key), replace })
    }

    /// The first of a result's objects that is not whole, as a reason.
    fn first_gone(&self, graph: &Graph, call: &Call, record: &ResultRecord) -> Result<Option<Reason>, Error> {
        for (output, &node) in record.outputs.iter().zip(&call.outputs) {
            let node = graph.nodes[node].name.clone();
            match self.presence(&output.object)? {
                Presence::Whole => {}
                Presence::Missing => return Ok(Some(Reason::ObjectMissing { node })),
                Presence::Damaged => return Ok(Some(Reason::ObjectDamaged { node })),
            }
        }
        Ok(None)
    }
}
