//! Recomputes known results, to find tasks that are not functions of their inputs.

use crate::data::{Columns, DataType, Sink};
use crate::engine::ask::Verdict;
use crate::engine::ask::known::KnownContents;
use crate::engine::ask::state::JobStates;
use crate::engine::error::EngineError;
use crate::engine::{Engine, FoundInput, LogCapture};
use crate::graph::{Arguments, Call, Graph};
use crate::store::{Hash, HashingWriter};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::panic::AssertUnwindSafe;

/// A known result that was recomputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sampled {
    /// The job.
    pub job: String,
    /// The outputs; the new ones were not stored.
    pub outputs: Vec<SampledOutput>,
    /// The error of the task, if it failed this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An output of a recomputed result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SampledOutput {
    /// The node.
    pub node: String,
    /// The hash of the stored content.
    pub known: Hash,
    /// The hash of the recomputed content.
    pub again: Hash,
}

impl Sampled {
    /// Whether the task made the same outputs as before.
    pub fn is_same(&self) -> bool {
        self.error.is_none() && self.outputs.iter().all(|output| output.known == output.again)
    }
}

impl Engine<'_> {
    /// Recomputes the results that are known for these inputs and whose keys `chosen` accepts, and compares them.
    /// Stores nothing.
    pub(crate) fn sample(
        &self,
        graph: &Graph,
        inputs: &[FoundInput],
        states: &JobStates,
        chosen: impl Fn(&Hash) -> bool,
        log_capture: &LogCapture,
        mut notify: impl FnMut(&Sampled),
    ) -> Result<Vec<Sampled>, EngineError> {
        let mut contents = KnownContents::new(graph, inputs);
        let mut sampled = Vec::new();
        for (_, call) in graph.ordered() {
            if !call.skippable || contents.unknown(call).is_some() {
                continue;
            }
            let states_of = contents.inputs(call);
            let Verdict::Skip { key, record, .. } = self.decide(graph, call, &states_of, states)? else {
                continue;
            };
            self.lease.flush()?;
            if chosen(&key) {
                let arguments = contents.arguments(call, inputs, self)?;
                let mut result = Sampled { job: call.name.clone(), outputs: Vec::new(), error: None };
                match self.recompute(call, arguments) {
                    Ok(hashes) => {
                        result.outputs = graph
                            .outputs_of(call)
                            .zip(&record.outputs)
                            .zip(hashes)
                            .map(|((node, output), again)| SampledOutput {
                                node: node.name.clone(),
                                known: output.content(),
                                again,
                            })
                            .collect();
                    }
                    Err(message) => result.error = Some(log_capture.masked(message)),
                }
                notify(&result);
                sampled.push(result);
            }
            contents.take(call, &record);
        }
        Ok(sampled)
    }

    /// Calls the function. Returns the hashes of its outputs.
    pub(crate) fn recompute(&self, call: &Call, arguments: Arguments) -> Result<Vec<Hash>, String> {
        let made = crate::engine::execute::panics::watched(AssertUnwindSafe(|| {
            let outputs = (call.task.run)(&arguments).map_err(|failure| failure.0.to_string())?;
            let outputs = outputs.0.into_iter().zip(call.task.outputs);
            let hash = |(output, data)| self.hash_of(output, data, call.task.is_unordered());
            outputs.map(hash).collect()
        }));
        made.unwrap_or_else(|_| Err("it panicked".into()))
    }

    fn hash_of(
        &self,
        output: Box<dyn Any + Send + Sync>,
        data: &DataType,
        unordered: bool,
    ) -> Result<Hash, String> {
        let value = (data.round_trip)(output).map_err(|error| error.to_string())?;
        let mut writer = HashingWriter::default();
        let mut sink = Sink::of_output(&mut writer, Columns::Hashed);
        sink.unordered = unordered;
        value.save(&mut sink).map_err(|error| error.to_string())?;
        let multiset = sink.multiset;
        Ok(multiset.unwrap_or_else(|| writer.finish().0))
    }
}
