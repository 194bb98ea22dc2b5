//! What is known of a task's earlier results: the nearest to what is asked for, and how long they took.

use crate::engine::ask::code::CodeChange;
use crate::engine::ask::key::Build;
use crate::engine::ask::state::{Earlier, InputState};
use crate::engine::ask::unknown;
use crate::engine::job::reason::{InputChange, differences};
use crate::engine::job::toolchain::Toolchain;
use crate::engine::{Engine, as_micros, from_micros};
use crate::error::Error;
use crate::graph::{Call, Graph};
use crate::registry::ResultRow;
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// How many of a task's results are looked at, the latest first.
const LOOKED_AT: usize = 50;

/// How many of them tell how long the next may take.
const TIMED: usize = 5;

/// A result of a task that is not the one that is asked for, and how it differs from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownResult {
    /// Its key.
    pub key: Hash,
    /// The scenario in which it was made.
    pub scenario: String,
    /// When it was made, in microseconds since 1970.
    pub made_us: i64,
    /// How long that took, in microseconds when serialized.
    #[serde(rename = "duration_us", serialize_with = "as_micros", deserialize_with = "from_micros")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// The code that differs.
    pub code: Vec<CodeChange>,
    /// The inputs that differ: from what they were there, to what they are here.
    pub inputs: Vec<InputChange>,
}

impl fmt::Display for KnownResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KnownResult { scenario, code, inputs, .. } = self;
        match differences(code, inputs) {
            equal if equal.is_empty() => write!(f, "one of scenario `{scenario}`, which is gone"),
            differences => write!(f, "one of scenario `{scenario}`, but {differences}"),
        }
    }
}

impl Engine<'_> {
    /// The earlier result of the task that differs in the fewest parts; of several the latest.
    pub(crate) fn nearest(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        key: &Hash,
    ) -> Result<Option<KnownResult>, Error> {
        // The index does not say which of them counted more than their code.
        let build = Build {
            strict: self.terms.strict(),
            program: self.coarse()?,
            unknown: unknown::of_task(call.task),
        };
        if build.program.is_some() || !build.unknown.is_empty() {
            return Ok(None);
        }
        let mut nearest: Option<(usize, ResultRow, Vec<InputState>)> = None;
        let strict = self.terms.strict().and_then(|toolchain| serde_json::to_string(toolchain).ok());
        for row in self.registry.results_of(&call.task.identity(), LOOKED_AT)? {
            if row.key == key.to_string() {
                continue;
            }
            let Ok(theirs) = serde_json::from_str::<Vec<InputState>>(&row.inputs) else { continue };
            let same = |input: &&InputState| {
                theirs
                    .iter()
                    .any(|their| their.parameter == input.parameter && their.value.hash == input.value.hash)
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

    /// How long a task's latest results took: the one in the middle.
    pub(crate) fn expected(&self, call: &Call) -> Result<Option<Duration>, Error> {
        let rows = self.registry.results_of(&call.task.identity(), TIMED)?;
        let mut times: Vec<u64> = rows.iter().filter_map(|row| u64::try_from(row.duration).ok()).collect();
        times.sort_unstable();
        Ok(times.get(times.len() / 2).copied().map(Duration::from_micros))
    }
}
