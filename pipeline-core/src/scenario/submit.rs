//! A submission that is being set up.

use super::instance::Overrides;
use super::{Instance, Run};
use crate::engine::{CancelToken, Event, Force, Submission, Terms, Toolchain};
use crate::error::{Error, Result};

/// A submission that is being set up; made by [`Instance::submission`].
#[must_use = "nothing runs before `submit` is called"]
pub struct Submit<'a> {
    instance: &'a Instance,
    workers: usize,
    observer: Box<dyn Fn(&Event<'_>) + Sync + 'a>,
    cancel: CancelToken,
    force: Force,
    strict: bool,
    overrides: Overrides,
}

impl<'a> Submit<'a> {
    pub(super) fn new(instance: &'a Instance) -> Submit<'a> {
        Submit {
            instance,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            observer: Box::new(|_| {}),
            cancel: CancelToken::new(),
            force: Force::Nothing,
            strict: false,
            overrides: Overrides::new(),
        }
    }

    /// How many tasks may run at the same time; as many as the machine has cores unless set, and
    /// never less than one.
    pub fn workers(mut self, workers: usize) -> Submit<'a> {
        self.workers = workers.max(1);
        self
    }

    /// Called with everything that happens, from the threads on which it happens.
    pub fn observe(mut self, observer: impl Fn(&Event<'_>) + Sync + 'a) -> Submit<'a> {
        self.observer = Box::new(observer);
        self
    }

    /// Calls every task, whatever is known.
    pub fn force_all(mut self) -> Submit<'a> {
        self.force = Force::Everything;
        self
    }

    /// Calls the task that makes this node, whatever is known; may be said of several.
    ///
    /// # Errors
    ///
    /// When there is no such output.
    pub fn force(mut self, node: &str) -> Result<Submit<'a>> {
        let jobs = self.instance.jobs_of(node)?;
        match &mut self.force {
            Force::Jobs(names) => names.extend(jobs),
            Force::Nothing => self.force = Force::Jobs(jobs),
            Force::Everything => {}
        }
        Ok(self)
    }

    /// Works on these values in place of those that are written.
    #[cfg(feature = "cli")]
    pub(crate) fn on(mut self, overrides: Overrides) -> Submit<'a> {
        self.overrides = overrides;
        self
    }

    /// Makes what the program was built with (compiler, target, profile) part of every key.
    pub fn strict(mut self, strict: bool) -> Submit<'a> {
        self.strict = strict;
        self
    }

    /// Makes the submission end early when the token is canceled.
    pub fn cancel(mut self, token: CancelToken) -> Submit<'a> {
        self.cancel = token;
        self
    }

    /// Runs what has to be run, and waits for it; see [`Instance::submit`].
    ///
    /// # Errors
    ///
    /// As [`Instance::submit`]; [`Error::Canceled`] when the token was canceled in time.
    pub fn submit(self) -> Result<Run> {
        let Submit { instance, workers, observer, cancel, force, strict, overrides } = self;
        let Some(row) = &instance.row else {
            return Err(Error::NoScenario { name: instance.name.clone(), suggestion: String::new() });
        };
        let started = super::run::Clock::start();
        let results = instance.store.results();
        // Until the registry has what this submission made, nobody may collect it.
        let _using = results.using();
        let inputs = instance.inputs(&overrides)?;
        let strict = strict.then(Toolchain::current);
        let engine = instance.store.engine(Terms { force, strict, relying: true });
        let nodes = instance.graph.nodes().iter();
        for (input, node) in inputs.iter().zip(nodes).filter(|(input, _)| input.value.is_none()) {
            results.rely_on(&input.content)?;
            if !engine.is_whole(&input.content)? {
                return Err(Error::InputGone { scenario: instance.name.clone(), node: node.name().into() });
            }
        }
        let states = instance.states()?;
        engine.look_ahead(&instance.graph)?;
        let finished = engine.submit(Submission {
            scenario: &instance.name,
            graph: &instance.graph,
            inputs,
            states: &states,
            workers,
            observer: &*observer,
            cancel,
        });
        let run = Run::keep(instance, row, started, &states, finished)?;
        run.into_result()
    }
}
