//! Ask: whether a result is known, and if not, why.

pub(crate) mod code;
pub(crate) mod history;
pub(crate) mod key;
pub(crate) mod known;
pub(crate) mod state;
pub(crate) mod unknown;

use crate::engine::Engine;
use crate::engine::ask::key::Build;
use crate::engine::ask::state::{InputState, JobState, JobStates};
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::reason::Reason;
use crate::engine::job::record::ResultRecord;
use crate::engine::job::toolchain::Toolchain;
use crate::engine::workspace::value_cache;
use crate::graph::{Call, Graph};
use crate::store::{Hash, Integrity, RecordRead};
use std::sync::Arc;
use std::time::SystemTime;

/// What a submission or a plan is asked for besides its inputs.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunOptions {
    /// The jobs to run whatever is known.
    pub(crate) force: Force,
    /// What the program was built with, where that is to be part of keys.
    pub(crate) strict: Option<Toolchain>,
    /// Whether what is found has to stay: not for a plan, which writes nothing.
    pub(crate) relying: bool,
}

/// Which jobs run whatever is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Force {
    #[default]
    Nothing,
    Everything,
    /// By the names of the jobs.
    Jobs(Vec<String>),
}

impl RunOptions {
    pub(crate) fn strict(&self) -> Option<&Toolchain> {
        self.strict.as_ref()
    }

    fn forces(&self, call: &Call) -> bool {
        match &self.force {
            Force::Nothing => false,
            Force::Everything => true,
            Force::Jobs(names) => names.contains(&call.name),
        }
    }
}

/// What to do with a job whose inputs are all known.
pub(crate) enum Verdict {
    /// Take this result.
    Skip { key: Hash, record: Arc<ResultRecord>, reason: Reason },
    /// Call the function.
    Run {
        reason: Reason,
        /// Where to keep the result; `None` when the task isn't skippable.
        key: Option<Hash>,
        /// Whether a record is there that is of no use.
        replace: bool,
        nearest: Option<KnownResult>,
    },
}

impl Engine<'_> {
    /// The key of the result of `call` on `inputs`.
    pub(crate) fn key(&self, call: &Call, inputs: &[InputState]) -> Result<Hash, EngineError> {
        let contents: Vec<Hash> = inputs.iter().map(InputState::content).collect();
        let build = Build {
            strict: self.options.strict(),
            program: self.coarse()?,
            // A version stands for all of the code.
            unknown: if call.task.version().is_some() { Arc::default() } else { unknown::of_task(call.task) },
        };
        Ok(key::of(call.task, &contents, &build))
    }

    /// Looks for the result of `call` on `inputs`.
    ///
    /// What is found is held by [`Lease::hold_pending`](crate::store::Lease::hold_next): before anything that takes long,
    /// the caller settles that.
    pub(crate) fn decide(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        states: &JobStates,
    ) -> Result<Verdict, EngineError> {
        if !call.skippable {
            let reason = Reason::NotSkippable;
            return Ok(Verdict::Run { reason, key: None, replace: false, nearest: None });
        }
        let key = self.key(call, inputs)?;
        if self.options.relying {
            self.lease.hold_pending(&key)?;
        }
        let run = |reason, replace, nearest| Ok(Verdict::Run { reason, key: Some(key), replace, nearest });
        if self.options.forces(call) {
            return run(Reason::Forced, true, None);
        }
        match self.known_record(graph, &key)? {
            RecordRead::Found(record) if record.outputs.len() == call.outputs.len() => {
                // A forced run may put another record in this one's place: its objects count by themselves.
                self.rely_on_outputs(&record)?;
                match self.first_gone(graph, call, &record)? {
                    None => {
                        let reason = match &record.pinned {
                            Some(version) if record.code != call.task.code.hash => {
                                Reason::VersionPinned { version: version.clone() }
                            }
                            _ => self.why_known(graph, call, inputs, states),
                        };
                        Ok(Verdict::Skip { key, record, reason })
                    }
                    Some(reason) => run(reason, true, None),
                }
            }
            RecordRead::Found(_) | RecordRead::Damaged => run(Reason::RecordDamaged, true, None),
            RecordRead::Absent => {
                let state = states.get(JobState::name(graph, call));
                // A job that never got as far as reading its inputs has no earlier work to compare.
                let reason = match state.filter(|state| !state.code.is_empty()) {
                    None => Reason::NeverRun,
                    Some(state) => {
                        let build = Build {
                            strict: self.options.strict(),
                            program: self.coarse()?,
                            unknown: unknown::of_task(call.task),
                        };
                        state.difference(self.registry, graph, call.task, inputs, &build)?
                    }
                };
                run(reason, false, self.nearest(graph, call, inputs, &key)?)
            }
        }
    }

    /// Why a result of the task as it is now is known.
    fn why_known(&self, graph: &Graph, call: &Call, inputs: &[InputState], states: &JobStates) -> Reason {
        // Nothing of the last state is looked at where a change would be one of the key.
        if inputs.iter().all(|input| input.read.is_none()) {
            return Reason::ResultKnown;
        }
        let state = states.get(JobState::name(graph, call));
        let nodes = state.map(|state| state.changed_elsewhere(call.task, inputs)).unwrap_or_default();
        if nodes.is_empty() { Reason::ResultKnown } else { Reason::ColumnsUnchanged { nodes } }
    }

    /// The record under a key, from memory where this process has read it.
    fn known_record(&self, graph: &Graph, key: &Hash) -> Result<RecordRead<Arc<ResultRecord>>, EngineError> {
        let records = &self.results.records;
        // Of more, the first would have had to go by the time that it is asked for again.
        let remembered = graph.calls.len() <= value_cache::RECORDS;
        let read = SystemTime::now();
        // Where there is no stamp, reading says why.
        let stamp = remembered.then(|| records.stamp(key).ok()).flatten();
        if let Some(record) = stamp.and_then(|stamp| self.memory.record(key, &stamp)) {
            return Ok(RecordRead::Found(record));
        }
        let found = records.get::<ResultRecord>(key)?.map(Arc::new);
        if let (RecordRead::Found(record), Some(stamp)) = (&found, stamp)
            && stamp.settled_at(read)
        {
            self.memory.keep_record(*key, stamp, record.clone());
        }
        Ok(found)
    }

    /// Says that the objects of a result are relied on, where that is to be said.
    pub(crate) fn rely_on_outputs(&self, record: &ResultRecord) -> Result<(), EngineError> {
        if self.options.relying {
            record.objects().try_for_each(|object| self.lease.hold_pending(&object))?;
        }
        Ok(())
    }

    /// The first of a result's objects that is not whole, as a reason.
    fn first_gone(
        &self,
        graph: &Graph,
        call: &Call,
        record: &ResultRecord,
    ) -> Result<Option<Reason>, EngineError> {
        for (output, &node) in record.outputs.iter().zip(&call.outputs) {
            let node = || graph.nodes[node].name.clone();
            for object in output.objects() {
                match self.integrity(&object)? {
                    Integrity::Intact => {}
                    Integrity::Missing => return Ok(Some(Reason::OutputMissing { node: node() })),
                    Integrity::Damaged => return Ok(Some(Reason::OutputDamaged { node: node() })),
                }
            }
        }
        Ok(None)
    }
}
