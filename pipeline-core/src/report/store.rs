//! The state of a store as text.

use super::size::size;
use super::{Tone, columns, duration, plain};
use crate::data::counted;
use crate::engine::{Collection, StoreCheck, StoreUsage};
use std::fmt;

/// A [`StoreCheck`] as text: a line for each problem, and a summary line.
pub struct StoreCheckText<'a>(pub &'a StoreCheck);

impl fmt::Display for StoreCheckText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoreCheck { objects, bytes, records, problems } = self.0;
        for problem in problems {
            writeln!(f, "  {problem}")?;
        }
        write!(
            f,
            "{} ({}) and {} read: ",
            counted(*objects, "object"),
            size(*bytes),
            counted(*records, "record")
        )?;
        match problems.len() {
            0 => write!(f, "all intact"),
            1 => write!(f, "1 problem; the task that made it runs again when its result is needed"),
            count => write!(
                f,
                "{count} problems; the tasks that made them run again when their results are needed"
            ),
        }
    }
}

/// A [`StoreUsage`] as a table.
pub struct StoreUsageText<'a>(pub &'a StoreUsage);

impl fmt::Display for StoreUsageText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usage = self.0;
        let row = |name: String, bytes: u64, note: String| -> Vec<(Option<Tone>, String)> {
            vec![(None, name), (None, size(bytes)), (None, note)]
        };
        let mut rows = vec![
            row("objects".into(), usage.object_bytes, counted(usage.objects, "object")),
            row("records".into(), usage.record_bytes, counted(usage.records, "record")),
            row("registry".into(), usage.registry_bytes, String::new()),
            row("temporary".into(), usage.temporary_bytes, String::new()),
        ];
        let scenarios = usage.scenarios.iter();
        rows.extend(scenarios.map(|(name, bytes)| row(format!("`{name}`"), *bytes, "reachable".into())));
        rows.push(row(
            "older results".into(),
            usage.unreached_bytes,
            "not reachable; `store gc` removes them".into(),
        ));
        columns::write(f, &plain, &rows)?;
        let all = usage.object_bytes + usage.record_bytes + usage.registry_bytes + usage.temporary_bytes;
        write!(f, "{} in total", size(all))
    }
}

/// A [`Collection`] as text: for a dry run a line for each object and record, and a summary line.
pub struct CollectionText<'a>(pub &'a Collection);

impl fmt::Display for CollectionText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Collection { dry_run, grace, records, objects, bytes, kept, unregistered } = self.0;
        if *dry_run {
            records.iter().try_for_each(|key| writeln!(f, "  record {key}"))?;
            objects.iter().try_for_each(|object| writeln!(f, "  object {object}"))?;
        }
        let verb = if *dry_run { "would be removed" } else { "removed" };
        let younger = match grace.is_zero() {
            true => String::new(),
            false => format!(", including everything younger than {}", duration(*grace)),
        };
        write!(
            f,
            "{} and {} {verb} ({}); {kept} kept{younger}",
            counted(records.len(), "record"),
            counted(objects.len(), "object"),
            size(*bytes)
        )?;
        match unregistered {
            0 => Ok(()),
            count => write!(
                f,
                "\n{count} of them are kept only because they are older than the registry, which was replaced and does not know \
                 which scenarios use them: run the scenarios again to register what they use; to remove the rest, \
                 start a new store"
            ),
        }
    }
}
