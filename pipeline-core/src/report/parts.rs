//! Jobs for the parts of a node, summed up: what is common to many is one line.

use crate::engine::thousands;

/// The maximum number of jobs for parts that are listed one by one.
const LISTED: usize = 3;

/// A line of a table of jobs.
pub(super) enum Line<'a, J> {
    One(&'a J),
    /// Several jobs for parts of one node, with the same outcome.
    Several(Several<'a, J>),
}

pub(super) struct Several<'a, J> {
    /// The name of the job of which they are parts.
    pub(super) whole: &'a str,
    pub(super) jobs: Vec<&'a J>,
    /// The number of all parts.
    pub(super) total: usize,
}

impl<J> Several<'_, J> {
    /// How many they are: `3 of 1,065 parts`.
    pub(super) fn count(&self) -> String {
        match (self.jobs.len(), self.total) {
            (count, total) if count == total => format!("all {} parts", thousands(total)),
            (count, total) => format!("{} of {} parts", thousands(count), thousands(total)),
        }
    }
}

/// Sums up jobs. `part` returns the job and the part that a job is for, `outcome` what jobs of a line have in common, and `is_listed`
/// whether each is worth a line, as long as they are few.
pub(super) fn lines<'a, J, O: PartialEq>(
    jobs: &'a [J],
    part: impl Fn(&'a J) -> Option<(&'a str, &'a str)>,
    outcome: impl Fn(&J) -> O,
    is_listed: impl Fn(&J) -> bool,
) -> Vec<Line<'a, J>> {
    let mut lines = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for job in jobs {
        let Some((whole, _)) = part(job) else {
            lines.push(Line::One(job));
            continue;
        };
        if seen.contains(&whole) {
            continue;
        }
        seen.push(whole);
        let all: Vec<&J> = jobs.iter().filter(|job| part(job).is_some_and(|(of, _)| of == whole)).collect();
        let mut groups: Vec<(O, Vec<&J>)> = Vec::new();
        for &job in &all {
            let outcome = outcome(job);
            match groups.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, group)) => group.push(job),
                None => groups.push((outcome, vec![job])),
            }
        }
        for (_, group) in groups {
            match group.len() <= LISTED && is_listed(group[0]) {
                true => lines.extend(group.into_iter().map(Line::One)),
                false => lines.push(Line::Several(Several { whole, jobs: group, total: all.len() })),
            }
        }
    }
    lines
}
