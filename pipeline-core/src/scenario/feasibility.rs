//! Checks whether an operation is possible, and why not.

use super::inputs::Overrides;
use super::{Instance, Store};
use crate::engine::RunOptions;
use crate::registry::Changed;
use crate::scenario::error::{Error, Result};
use std::fmt;

/// Whether an operation is possible and, if not, the reasons.
///
/// Returned by [`Instance::is_submittable`], [`Instance::is_readable`], [`Instance::is_writable`],
/// [`Instance::is_deletable`] and [`Store::is_creatable`]. It displays as `yes`, or as `no` followed by one line per
/// reason.
///
/// ```
/// # use skipstone::{scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// let store = testing::store();
/// let scenario = Doubling::create(&store, "a")?;
/// assert!(scenario.is_writable("x", "2.5").is_possible());
/// let check = scenario.is_writable("x", "much");
/// assert!(check.reasons()[0].to_string().contains("`much`"));
/// assert!(check.into_result().is_err());
/// # Ok::<(), skipstone::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Feasibility {
    reasons: Vec<Error>,
}

impl Feasibility {
    /// Whether the operation is possible.
    pub fn is_possible(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Returns the reasons why the operation is impossible, each as the error that an attempt would return. Empty if it
    /// is possible.
    pub fn reasons(&self) -> &[Error] {
        &self.reasons
    }

    /// Converts the check to a [`Result`].
    ///
    /// # Errors
    ///
    /// Returns the first reason if the operation is impossible.
    pub fn into_result(self) -> Result<()> {
        self.reasons.into_iter().next().map_or(Ok(()), Err)
    }

    fn of<T>(attempt: Result<T>) -> Feasibility {
        Feasibility { reasons: attempt.err().into_iter().collect() }
    }

    /// Combines reasons into the error that an attempt returns: a single reason is returned itself.
    pub(super) fn into_error(mut reasons: Vec<Error>, scenario: &str) -> Error {
        match (reasons.len(), reasons.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                reasons.extend(last);
                Error::NotSubmittable { scenario: scenario.into(), reasons }
            }
        }
    }
}

impl fmt::Display for Feasibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reasons.as_slice() {
            [] => f.write_str("yes"),
            reasons => {
                f.write_str("no")?;
                reasons.iter().try_for_each(|reason| write!(f, "\n- {reason}"))
            }
        }
    }
}

impl Instance {
    /// Checks whether [`Instance::submit`] could begin.
    ///
    /// It can if the inputs of at least one job are available: each has a value of its type, files can be read, and
    /// stored values are in the store and intact.
    pub fn is_submittable(&self) -> Feasibility {
        if let Err(error) = self.check_exists() {
            return Feasibility { reasons: vec![error] };
        }
        let engine = self.store.engine(RunOptions::default());
        match self.intact_inputs(&Overrides::new(), &engine, false) {
            Ok(inputs) => Feasibility { reasons: self.submission().blockers(inputs) },
            Err(error) => Feasibility { reasons: vec![error] },
        }
    }

    /// Checks whether a node has a value that can be read.
    pub fn is_readable(&self, node: &str) -> Feasibility {
        Feasibility::of(self.read_value(node))
    }

    /// Checks whether `text` can be written to an input: it is valid for the input's type, and a file that it names can
    /// be read.
    pub fn is_writable(&self, node: &str, text: &str) -> Feasibility {
        Feasibility::of(self.check_exists().and_then(|()| self.checked_input(node, text)))
    }

    /// Checks whether [`Store::delete`] could delete the scenario.
    pub fn is_deletable(&self) -> Feasibility {
        Feasibility::of(self.check_exists().and_then(|()| self.store.deletion(&self.name).map(drop)))
    }

    /// Returns an error if the scenario was deleted.
    pub(super) fn check_exists(&self) -> Result<()> {
        let row = self.stored_row()?;
        let exists = self.store.registry().has_scenario(row.id)?;
        self.changed(if exists { Changed::Done } else { Changed::NoScenario })
    }
}

impl Store {
    /// Checks whether a scenario with this name can be created: the name is valid and not taken.
    pub fn is_creatable(&self, name: &str) -> Feasibility {
        Feasibility::of(super::instance::usable_name(name).and_then(|()| {
            match self.registry().scenario(name)? {
                Some(_) => Err(Error::ScenarioExists { name: name.into() }),
                None => Ok(()),
            }
        }))
    }
}
