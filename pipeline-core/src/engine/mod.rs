//! Floor 4: from a graph and its inputs to results.
//!
//! [`key`] says what a result depends on, [`decide`] whether it is known and why not, [`plan`] does
//! that for a whole graph without running anything, [`schedule`] runs what is ready, and [`job`] is
//! one task's way from its inputs to the store. [`event`] tells what happens. How the scheduler works
//! and why it is right is in `README.md` beside this module.

mod content;
mod decide;
mod event;
mod flight;
mod job;
mod key;
pub(crate) mod panics;
mod plan;
mod reason;
mod record;
mod schedule;
mod state;
mod submit;

pub(crate) use content::{FileError, InputContent, file_content};
pub use event::Event;
pub use job::{JobError, JobReport, JobStatus, OutputReport};
pub use plan::{Decision, Plan, PlannedJob};
pub use reason::{InputChange, Reason};
pub(crate) use state::{JobState, JobStates};
pub use submit::CancelToken;
pub(crate) use submit::{Finished, Submission};

use crate::registry::Registry;
use crate::store::ResultStore;
use content::Verified;
use flight::Flights;

/// What the engine works on.
pub(crate) struct Engine<'a> {
    pub(crate) results: &'a ResultStore,
    pub(crate) registry: &'a Registry,
    verified: Verified,
    flights: Flights,
}

impl<'a> Engine<'a> {
    pub(crate) fn new(results: &'a ResultStore, registry: &'a Registry) -> Engine<'a> {
        Engine { results, registry, verified: Verified::default(), flights: Flights::default() }
    }
}
