//! Turns a graph and its inputs into results, in six steps.
//!
//! [`resolve`] reads the inputs, [`ask`] looks up whether a job's result is known, [`describe`] checks the query plans
//! of table tasks before anything runs, [`execute`] calls a job's function, [`publish`] writes its outputs to the
//! store, and [`journal`] reports and records what happened. [`submit`] takes the jobs of a submission through these
//! steps; an [`executor`] runs them. `README.md` in this folder explains how this works and why it is correct.

pub(crate) mod ask;
pub(crate) mod describe;
pub(crate) mod error;
pub(crate) mod execute;
pub(crate) mod executor;
mod in_memory;
pub(crate) mod job;
pub(crate) mod journal;
pub(crate) mod publish;
mod questions;
pub(crate) mod resolve;
pub(crate) mod submit;
mod upkeep;
pub(crate) mod workspace;

pub(crate) use ask::code::{changes_between, listed};
pub(crate) use ask::state::{JobState, JobStates};
pub(crate) use ask::{Force, RunOptions};
pub(crate) use describe::{Described, Describing};
pub(crate) use error::EngineError;
#[cfg(feature = "cli")]
pub(crate) use execute::panics;
#[cfg(feature = "tokio")]
pub use execute::{use_current_runtime, wait_for};
pub use executor::{Executor, Processes, Threads, WorkerTest, init_worker};
pub(crate) use in_memory::evaluate;
pub(crate) use job::Unavailable;
pub(crate) use job::change::thousands;
pub use job::change::{CodeChange, CodePart, InputChange, KnownResult, PartsChange};
pub use job::log::{LogLevel, LogLine};
pub use job::reason::Reason;
pub(crate) use job::record::ResultRecord;
pub use job::report::{FailureKind, JobError, JobReport, OutputReport};
pub use job::spec::{JobSpec, Outcome};
pub use job::status::{JobStatus, RunStatus};
pub use job::toolchain::Toolchain;
pub(crate) use journal::Observer;
pub use journal::event::{
    Event, JobChange, JobEvent, NodeEvent, ScenarioChange, ScenarioEvent, SubmissionEvent,
};
pub(crate) use journal::run as journal_of_runs;
pub(crate) use publish::value as publish_value;
pub use questions::check::{Check, CheckedInput, CheckedJob, Finding};
pub use questions::explain::{Explanation, KeyInput};
pub use questions::plan::{Decision, Plan, PlannedJob};
pub use questions::recheck::{Mismatch, RecheckError};
pub use questions::sample::{Sampled, SampledOutput};
pub(crate) use resolve::{FoundInput, HashError, InputContent, source_content};
pub(crate) use submit::single_flight::SingleFlight;
pub(crate) use submit::{CallRole, Finished, Submission};
pub use upkeep::{Collection, Problem, StoreCheck, StoreUsage};
pub(crate) use workspace::Replaced;
pub use workspace::Workspace;
pub use workspace::context::Context;
pub(crate) use workspace::log::LogCapture;
#[cfg(feature = "cli")]
pub(crate) use workspace::printed;
pub(crate) use workspace::value_cache::ValueCache;

use crate::graph::Resources;
use crate::registry::{Registry, micros_of};
use crate::store::{Hash, Lease, ResultStore};
use std::sync::{Arc, OnceLock};

/// The store, the registry and the options that the engine works with.
pub(crate) struct Engine<'a> {
    pub(crate) results: &'a ResultStore,
    pub(crate) registry: &'a Registry,
    memory: &'a ValueCache,
    options: RunOptions,
    /// Files and objects last read before this time are read again, in microseconds since 1970.
    pub(crate) since: i64,
    /// The resources that the program provides.
    resources: Resources,
    /// Holds the objects and records that are found and made.
    pub(crate) lease: Arc<Lease>,
    single_flight: &'a SingleFlight,
    /// The hash of the program, if keys include the whole program; see [`Engine::coarse`].
    coarse: OnceLock<Option<Hash>>,
}

/// Serializes a duration as microseconds.
pub(crate) fn as_micros<S: serde::Serializer>(
    duration: &std::time::Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(micros_of(*duration))
}

/// Serializes an optional duration as microseconds.
fn as_micros_if_known<S: serde::Serializer>(
    duration: &Option<std::time::Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&duration.map(micros_of))
}

/// Deserializes a duration from microseconds.
fn from_micros<'de, D: serde::Deserializer<'de>>(from: D) -> Result<std::time::Duration, D::Error> {
    let micros = <i64 as serde::Deserialize>::deserialize(from)?;
    Ok(std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default()))
}

/// Deserializes an optional duration from microseconds.
fn from_micros_if_known<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<std::time::Duration>, D::Error> {
    let micros = <Option<u64> as serde::Deserialize>::deserialize(from)?;
    Ok(micros.map(std::time::Duration::from_micros))
}

impl<'a> Engine<'a> {
    /// Sets the resources that the program provides.
    pub(crate) fn providing(mut self, resources: Resources) -> Engine<'a> {
        self.resources = resources;
        self
    }

    pub(crate) fn resources(&self) -> &Resources {
        &self.resources
    }

    pub(crate) fn new(
        results: &'a ResultStore,
        registry: &'a Registry,
        memory: &'a ValueCache,
        single_flight: &'a SingleFlight,
        options: RunOptions,
        since: i64,
        lease: Arc<Lease>,
    ) -> Engine<'a> {
        Engine {
            results,
            registry,
            memory,
            options,
            resources: Resources::default(),
            since,
            lease,
            single_flight,
            coarse: OnceLock::new(),
        }
    }
}
