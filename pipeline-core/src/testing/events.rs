//! Recording of events.

use crate::engine::Event;
use crate::report::event_text;
use std::sync::{Arc, Mutex, PoisonError};

/// Recorded events; created by [`events`].
#[derive(Debug, Clone, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>);

/// Returns an observer that records every event, and the recorded events.
///
/// ```
/// # use skipstone::{scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// # let store = testing::store();
/// # let scenario = Doubling::create(&store, "test")?;
/// let (record, events) = testing::events();
/// scenario.submission().observe(record).submit()?;
/// assert!(events.text().ends_with("node doubled: made\nsubmission of `test`: completed, 1 job"));
/// # Ok::<(), skipstone::Error>(())
/// ```
pub fn events() -> (impl Fn(&Event) + Send + Sync + 'static, Events) {
    let events = Events::default();
    let recorded = events.clone();
    (move |event: &Event| recorded.lock().push(event.clone()), events)
}

impl Events {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All events recorded so far.
    pub fn all(&self) -> Vec<Event> {
        self.lock().clone()
    }

    /// All events recorded so far, one per line, without numbers and times.
    pub fn text(&self) -> String {
        self.lock().iter().map(event_text).collect::<Vec<_>>().join("\n")
    }
}
