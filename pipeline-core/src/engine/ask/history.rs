//! Earlier results of a task: the nearest one to a requested result, and how long they took.

use crate::engine::Engine;
use crate::engine::ask::key::Build;
use crate::engine::ask::state::{Earlier, InputState};
use crate::engine::ask::unknown;
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::toolchain::Toolchain;
use crate::graph::{Call, Graph};
use crate::registry::ResultRow;
use crate::store::Hash;
use std::collections::HashMap;
use std::time::Duration;

/// The number of a task's results that are compared, starting with the latest.
const COMPARED: usize = 50;

/// The number of results that the expected duration is computed from.
const TIMED: usize = 5;

impl Engine<'_> {
    /// Returns the earlier result of the task that differs in the fewest parts; the latest if there are several.
    pub(crate) fn nearest(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        key: &Hash,
    ) -> Result<Option<KnownResult>, EngineError> {
        // The registry's index does not record whether a key included the program or untracked files.
        let build = Build {
            strict: self.options.strict(),
            program: self.coarse()?,
            unknown: unknown::of_task(call.task),
        };
        if build.program.is_some() || !build.unknown.is_empty() {
            return Ok(None);
        }
        let mut nearest: Option<(usize, ResultRow, Vec<InputState>)> = None;
        let strict = self.options.strict().and_then(|toolchain| serde_json::to_string(toolchain).ok());
        for row in self.registry.results_of(&call.task.identity(), COMPARED)? {
            if row.key == key.to_string() {
                continue;
            }
            let Ok(theirs) = serde_json::from_str::<Vec<InputState>>(&row.inputs) else { continue };
            let same = |input: &&InputState| {
                theirs.iter().any(|their| their.parameter == input.parameter && input.is_as(their))
            };
            let counted = inputs.iter().filter(|input| !call.task.ignores(&input.parameter));
            let other_code = row.pinned.as_deref() != call.task.version()
                || (row.pinned.is_none() && row.code != call.task.code.hash);
            let distance = counted.filter(|input| !same(input)).count()
                + usize::from(other_code)
                + usize::from(row.strict != strict);
            if nearest.as_ref().is_none_or(|(least, ..)| distance < *least) {
                nearest = Some((distance, row, theirs));
            }
        }
        let Some((_, row, theirs)) = nearest else { return Ok(None) };
        let strict: Option<Toolchain> =
            row.strict.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let earlier = Earlier {
            code: &row.code,
            task: "",
            pinned: row.pinned.as_deref(),
            strict: strict.as_ref(),
            coarse: None,
            unknown: &HashMap::new(),
            inputs: &theirs,
        };
        let (code, inputs) = earlier.differences(self.registry, graph, call.task, inputs, &build)?;
        let Ok(key) = row.key.parse() else { return Ok(None) };
        Ok(Some(KnownResult {
            key,
            scenario: row.scenario,
            made_us: row.made,
            duration: Duration::from_micros(u64::try_from(row.duration).unwrap_or_default()),
            code,
            inputs,
        }))
    }

    /// Returns the median duration of a task's latest results.
    pub(crate) fn expected(&self, call: &Call) -> Result<Option<Duration>, EngineError> {
        let rows = self.registry.results_of(&call.task.identity(), TIMED)?;
        let mut times: Vec<u64> = rows.iter().filter_map(|row| u64::try_from(row.duration).ok()).collect();
        times.sort_unstable();
        Ok(times.get(times.len() / 2).copied().map(Duration::from_micros))
    }
}
