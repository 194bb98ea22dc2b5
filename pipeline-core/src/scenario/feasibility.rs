//! Whether something may be done, and why not.

use super::inputs::Overrides;
use super::{Instance, Store};
use crate::engine::RunOptions;
use crate::registry::Changed;
use crate::scenario::error::{Error, Result};
use std::fmt;

/// Whether something may be done; if not, for which reasons.
#[derive(Debug, Default)]
pub struct Feasibility {
    reasons: Vec<Error>,
}

impl Feasibility {
    /// Whether it may.
    pub fn is_possible(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Why it may not: an error for each reason, as the attempt would return it.
    pub fn reasons(&self) -> &[Error] {
        &self.reasons
    }

    /// Nothing, or the first reason.
    ///
    /// # Errors
    ///
    /// The first of the reasons.
    pub fn into_result(self) -> Result<()> {
        self.reasons.into_iter().next().map_or(Ok(()), Err)
    }

    fn of<T>(asked: Result<T>) -> Feasibility {
        Feasibility { reasons: asked.err().into_iter().collect() }
    }

    /// The error that the attempt returns: the reason itself where there is only one.
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
    /// Whether [`Instance::submit`] would begin: the inputs of one job at least are available. Each has a value of its
    /// type, files can be read, and what was written is in the store.
    pub fn is_submittable(&self) -> Feasibility {
        if let Err(error) = self.still_there() {
            return Feasibility { reasons: vec![error] };
        }
        let engine = self.store.engine(RunOptions::default());
        match self.whole_inputs(&Overrides::new(), &engine, false) {
            Ok(inputs) => Feasibility { reasons: self.submission().blockers(inputs) },
            Err(error) => Feasibility { reasons: vec![error] },
        }
    }

    /// Whether the node has a value that can be read.
    pub fn is_readable(&self, node: &str) -> Feasibility {
        Feasibility::of(self.read_value(node))
    }

    /// Whether the text could be written to the input.
    pub fn is_writable(&self, node: &str, text: &str) -> Feasibility {
        Feasibility::of(self.still_there().and_then(|()| self.usable_input(node, text)))
    }

    /// Whether [`Store::delete`] would delete the scenario.
    pub fn is_deletable(&self) -> Feasibility {
        Feasibility::of(self.still_there().and_then(|()| self.store.deletion(&self.name).map(drop)))
    }

    /// An error when the scenario was deleted.
    pub(super) fn still_there(&self) -> Result<()> {
        let row = self.kept()?;
        let there = self.store.registry().has_scenario(row.id)?;
        self.changed(if there { Changed::Done } else { Changed::NoScenario })
    }
}

impl Store {
    /// Whether a scenario with this name could be created.
    pub fn is_creatable(&self, name: &str) -> Feasibility {
        Feasibility::of(super::instance::usable_name(name).and_then(|()| {
            match self.registry().scenario(name)? {
                Some(_) => Err(Error::ScenarioExists { name: name.into() }),
                None => Ok(()),
            }
        }))
    }
}
