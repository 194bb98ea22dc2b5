//! A store's state as text.

use super::size::size;
use super::{Tone, columns, duration, plain};
use crate::engine::{Collection, StoreCheck, StoreUsage};
use std::fmt;

/// A [`StoreCheck`] as text: a line for each problem, and one that sums up.
pub struct StoreCheckText<'a>(pub &'a StoreCheck);

impl fmt::Display for StoreCheckText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoreCheck { objects, bytes, records, problems } = self.0;
        for problem in problems {
            writeln!(f, "  {problem}")?;
        }
        write!(f, "{objects} objects ({}) and {records} records read: ", size(*bytes))?;
        match problems.len() {
            0 => write!(f, "all whole"),
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
            row("objects".into(), usage.object_bytes, format!("{} of them", usage.objects)),
            row("records".into(), usage.record_bytes, format!("{} of them", usage.records)),
            row("registry".into(), usage.registry_bytes, String::new()),
            row("temporary".into(), usage.temporary_bytes, String::new()),
        ];
        let scenarios = usage.scenarios.iter();
        rows.extend(scenarios.map(|(name, bytes)| row(format!("`{name}`"), *bytes, "reaches".into())));
        rows.push(row(
            "older results".into(),
            usage.unreached_bytes,
            "reached by none; `store gc` removes them".into(),
        ));
        columns::write(f, &plain, &rows)?;
        let all = usage.object_bytes + usage.record_bytes + usage.registry_bytes + usage.temporary_bytes;
        write!(f, "{} in all", size(all))
    }
}

/// A [`Collection`] as text: with `dry_run` a line for each file, and a line that sums up.
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
            false => format!(", among them all that is younger than {}", duration(*grace)),
        };
        write!(
            f,
            "{} records and {} objects {verb} ({}); {kept} kept{younger}",
            records.len(),
            objects.len(),
            size(*bytes)
        )?;
        match unregistered {
            0 => Ok(()),
            count => write!(
                f,
                "\n{count} of them are older than the registry, which is not the one that knew who reaches them: run the \
                 scenarios again, and what they reach is known; to be rid of the rest, begin a new store"
            ),
        }
    }
}
