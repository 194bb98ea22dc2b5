//! Ask: decides whether a job's result is known, and if not, why.

pub(crate) mod code;
pub(crate) mod history;
pub(crate) mod key;
pub(crate) mod known;
pub(crate) mod state;
pub(crate) mod unknown;

use crate::engine::Engine;
use crate::engine::ask::key::Build;
use crate::engine::ask::known::KnownContents;
use crate::engine::ask::state::{InputState, JobState, JobStates};
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::reason::Reason;
use crate::engine::job::record::ResultRecord;
use crate::engine::job::toolchain::Toolchain;
use crate::engine::workspace::value_cache;
use crate::graph::{Call, Graph};
use crate::store::{Hash, Integrity, RecordRead};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

/// Options of a run or a dry run, apart from its inputs.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunOptions {
    /// The jobs to run even if their results are known.
    pub(crate) force: Force,
    /// The toolchain that the program was built with, if it is to be part of keys (strict mode).
    pub(crate) strict: Option<Toolchain>,
    /// Whether to hold the results that are found; `false` for a dry run, which writes nothing.
    pub(crate) hold_results: bool,
}

/// Which jobs run even if their results are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Force {
    #[default]
    Nothing,
    Everything,
    /// The jobs with these names.
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

/// What to do with a job whose inputs are known.
pub(crate) enum Verdict {
    /// Use this result.
    Skip { key: Hash, record: Arc<ResultRecord>, reason: Reason },
    /// Call the function.
    Run {
        reason: Reason,
        /// The key to store the result under; `None` if the task is not skippable.
        key: Option<Hash>,
        /// Whether to replace an existing record, because it is unusable or the run is forced.
        replace: bool,
        nearest: Option<KnownResult>,
    },
}

impl Engine<'_> {
    /// Computes the key of the result of `call` on `inputs`.
    pub(crate) fn key(&self, call: &Call, inputs: &[InputState]) -> Result<Hash, EngineError> {
        let contents: Vec<Hash> = inputs.iter().map(InputState::content).collect();
        let build = Build {
            strict: self.options.strict(),
            program: self.coarse()?,
            // A pinned version replaces all of the code.
            unknown: if call.task.version().is_some() { Arc::default() } else { unknown::of_task(call.task) },
        };
        Ok(key::of(call.task, &contents, &build))
    }

    /// Looks up the result of `call` on `inputs`.
    ///
    /// The key and the objects are held with [`Lease::hold_pending`](crate::store::Lease::hold_pending): the caller
    /// flushes the lease before any long operation.
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
        if self.options.hold_results {
            self.lease.hold_pending(&key)?;
        }
        let run = |reason, replace, nearest| Ok(Verdict::Run { reason, key: Some(key), replace, nearest });
        if self.options.forces(call) {
            return run(Reason::Forced, true, None);
        }
        match self.known_record(graph, &key)? {
            RecordRead::Found(record) if record.outputs.len() == call.outputs.len() => {
                // A forced run may replace this record, so its objects are held, too.
                self.hold_outputs(&record)?;
                match self.first_unusable(graph, call, &record)? {
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
                let reason = self.why_not_known(graph, call, inputs, states)?;
                run(reason, false, self.nearest(graph, call, inputs, &key)?)
            }
        }
    }

    /// Returns why `call` runs, although some of its inputs are not known yet: no result of its code is known. `None`
    /// if it may be skipped. `called` are the tasks that earlier jobs call, possibly on the same inputs.
    pub(crate) fn decide_early(
        &self,
        graph: &Graph,
        call: &Call,
        known: &KnownContents<'_>,
        states: &JobStates,
        called: &HashSet<String>,
    ) -> Result<Option<Reason>, EngineError> {
        if !call.skippable {
            return Ok(Some(Reason::NotSkippable));
        }
        if self.options.forces(call) {
            return Ok(Some(Reason::Forced));
        }
        let task = call.task;
        let identity = task.identity();
        if called.contains(&identity)
            || self.registry.has_result_of(&identity, task.code.hash, task.version())?
        {
            return Ok(None);
        }
        self.why_not_known(graph, call, &known.inputs(call), states).map(Some)
    }

    /// Returns why a result is not known, by comparison with the job's last state.
    fn why_not_known(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        states: &JobStates,
    ) -> Result<Reason, EngineError> {
        let state = states.get(JobState::name(graph, call));
        // A job that never read its inputs has no earlier work to compare with.
        let Some(state) = state.filter(|state| !state.code.is_empty()) else { return Ok(Reason::FirstRun) };
        let build = Build {
            strict: self.options.strict(),
            program: self.coarse()?,
            unknown: unknown::of_task(call.task),
        };
        let other_arm = || {
            let whole = graph.whole();
            let identity = call.task.identity();
            let mut makers = call.outputs.iter().flat_map(|node| whole.makers_of(&graph.nodes[*node].name));
            let is_other = state.task != identity && makers.any(|maker| maker.task.identity() == state.task);
            graph.condition_of(call).filter(|_| is_other)
        };
        if let Some(condition) = other_arm() {
            return Ok(Reason::OtherArm { condition });
        }
        Ok(state.difference(self.registry, graph, call.task, inputs, &build)?)
    }

    /// Returns why a result of the task's current code is known.
    fn why_known(&self, graph: &Graph, call: &Call, inputs: &[InputState], states: &JobStates) -> Reason {
        // If no input is read by column, every change would have changed the key.
        if inputs.iter().all(|input| input.read.is_none()) {
            return Reason::ResultKnown;
        }
        let state = states.get(JobState::name(graph, call));
        let nodes = state.map(|state| state.changed_elsewhere(call.task, inputs)).unwrap_or_default();
        if nodes.is_empty() { Reason::ResultKnown } else { Reason::ColumnsUnchanged { nodes } }
    }

    /// Returns the record under a key: from memory if this process has read it before.
    fn known_record(&self, graph: &Graph, key: &Hash) -> Result<RecordRead<Arc<ResultRecord>>, EngineError> {
        let records = &self.results.records;
        // A larger graph would evict its first records before they are looked up again.
        let remembered = graph.calls.len() <= value_cache::RECORDS;
        let read = SystemTime::now();
        // If the stamp can't be read, reading the record reports the error.
        let stamp = remembered.then(|| records.stamp(key).ok()).flatten();
        if let Some(record) = stamp.and_then(|stamp| self.memory.record(key, &stamp)) {
            return Ok(RecordRead::Found(record));
        }
        let found = records.get::<ResultRecord>(key)?.map(Arc::new);
        if let (RecordRead::Found(record), Some(stamp)) = (&found, stamp)
            && stamp.is_reliable_at(read)
        {
            self.memory.keep_record(*key, stamp, record.clone());
        }
        Ok(found)
    }

    /// Holds the objects of a result, except in a dry run.
    pub(crate) fn hold_outputs(&self, record: &ResultRecord) -> Result<(), EngineError> {
        if self.options.hold_results {
            record.objects().try_for_each(|object| self.lease.hold_pending(&object))?;
        }
        Ok(())
    }

    /// Returns the first missing or damaged object of a result as a reason.
    fn first_unusable(
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
