//! Reading the value of a node.

use super::Instance;
#[cfg(feature = "cli")]
use super::Run;
use super::inputs::Overrides;
use crate::data::{Format, ShowError, Value};
use crate::engine::{JobState, JobStatus, RunOptions};
use crate::graph::{Maker, Node};
use crate::scenario::error::{Error, Result};
use crate::store::{Hash, StoreError};
use std::io::Write;
use std::sync::Arc;

/// Why an output has no value before its first run, and what to do.
const NOT_COMPUTED: &str = "it has not been computed yet; run the scenario";

impl Instance {
    /// Writes the current value of a node to `out`, in a form for people or for programs. A secret is written as `•••`.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node, [`Error::NoValue`] or [`Error::MissingInput`] if it
    /// has no value, [`Error::Output`] if `out` can't be written, and an error if the value can't be read.
    pub fn show(&self, node: &str, format: Format, out: &mut dyn Write) -> Result<()> {
        if self.with_part(node)?.find(node, "node")?.is_secret() {
            return writeln!(out, "{}", crate::graph::SECRET).map_err(Error::Output);
        }
        self.show_value(&self.read_value(node)?, format, out)
    }

    /// Writes the value that a run gave an output; for other nodes as [`Instance::show`].
    #[cfg(feature = "cli")]
    pub(crate) fn show_of(&self, run: &Run, node: &str, format: Format, out: &mut dyn Write) -> Result<()> {
        let node = self.graph.name_of(node);
        let mut outputs = run.jobs.iter().flat_map(|job| &job.outputs);
        let Some(output) = outputs.find(|output| output.node == node) else {
            return self.show(node, format, out);
        };
        let value = self.load(self.find(node, "node")?, output.value.hash)?;
        self.show_value(&value, format, out)
    }

    fn show_value(&self, value: &Value, format: Format, out: &mut dyn Write) -> Result<()> {
        match value.show(format, out) {
            Ok(()) => Ok(()),
            Err(ShowError::Data(error)) => Err(error.into()),
            Err(ShowError::Output(error)) => Err(Error::Output(error)),
        }
    }

    /// Returns the current value of a node: what an input is set to, or what the last run gave an output.
    pub(crate) fn read_value(&self, node: &str) -> Result<Value> {
        let with_part = self.with_part(node)?;
        if !Arc::ptr_eq(&with_part.graph, &self.graph) {
            return with_part.read_value(node);
        }
        let found = self.find(node, "node")?;
        let node = found.name();
        let call = match &found.maker {
            Maker::Input { .. } => return Ok(found.with_options(self.input_value(found)?)?),
            Maker::Call(index) => &self.graph.calls[*index],
        };
        if let Some(of) = found.data.parts.filter(|_| call.is_mapped()) {
            let selected = self.selected(&Overrides::new())?;
            let part = |part: &Node| {
                let key = part.part.as_ref().map(|part| part.key.clone()).unwrap_or_default();
                Ok((key, selected.read_value(part.name())?))
            };
            return Ok((of.collect)(selected.graph.parts_of(node).map(part).collect::<Result<_>>()?));
        }
        let no_value = |why: String| Error::NoValue { scenario: self.name.clone(), node: node.into(), why };
        let row = self.row.as_ref().ok_or_else(|| no_value(NOT_COMPUTED.into()))?;
        let job_state = || -> Result<Option<JobState>> {
            let state = self.store.registry().job_state(row.id, JobState::name(&self.graph, call))?;
            Ok(state.and_then(|text| serde_json::from_str(&text).ok()))
        };
        let mut collected = None;
        let state = loop {
            let Some(state) = job_state()? else { return Err(no_value(NOT_COMPUTED.into())) };
            let Some((_, output)) = state.outputs.iter().find(|(name, _)| name == node) else { break state };
            match self.load(found, output.hash) {
                // Another run has ended since, and a collection may have removed the earlier value: look again.
                Err(Error::Store(StoreError::ObjectGone { hash })) if collected != Some(hash) => {
                    collected = Some(hash);
                }
                loaded => return loaded,
            }
        };
        let task = &call.name;
        Err(no_value(match (state.status, state.error) {
            (JobStatus::Failed, Some(error)) => {
                format!("task `{task}` failed: {error}; fix the error and run again")
            }
            (status, Some(why)) => {
                format!("task `{task}` was {status} in the last run, because it {why}; run it again")
            }
            (status, None) => format!("task `{task}` was {status} in the last run; run it again"),
        }))
    }

    /// Returns the scenario with a node for each part if this is the name of a part, such as `clean[2026-11-27]`.
    pub(crate) fn with_part(&self, node: &str) -> Result<Instance> {
        let is_part = self.graph.node(node).is_none() && node.ends_with(']') && self.graph.has_parts();
        if is_part { self.selected(&Overrides::new()) } else { Ok(self.clone()) }
    }

    pub(super) fn load(&self, node: &Node, hash: Hash) -> Result<Value> {
        let lease = self.store.lease();
        // The caller may keep the value for longer than the lease lives.
        let object = self.store.results().objects.blob(hash, lease.clone())?.to_outlive_its_lease();
        Ok(self.store.engine_with(RunOptions::default(), lease).load_from(&node.data, &object)?)
    }
}
