//! What is known of plans, as a short table.

use super::{Paint, Tone, columns, plain};
use crate::engine::{Check, Finding};
use std::fmt;

/// A [`Check`] as text: each job with what was found, and a line that sums up.
pub struct CheckText<'a> {
    check: &'a Check,
    paint: Paint<'a>,
}

impl<'a> CheckText<'a> {
    /// The text without colours.
    pub fn new(check: &'a Check) -> CheckText<'a> {
        CheckText { check, paint: &plain }
    }

    /// With colours.
    pub fn paint(mut self, paint: Paint<'a>) -> CheckText<'a> {
        self.paint = paint;
        self
    }
}

impl fmt::Display for CheckText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.check;
        let heading = format!("{} `{}`, check", check.scenario_type, check.scenario);
        writeln!(f, "{}", (self.paint)(Tone::Heading, &heading))?;
        let rows: Vec<_> = check
            .jobs
            .iter()
            .map(|job| {
                let (tone, word) = match job.finding {
                    Finding::Holds => (Tone::Work, "holds"),
                    Finding::Fails => (Tone::Bad, "fails"),
                    Finding::Unknown => (Tone::Quiet, "not known"),
                };
                let message = job.message.clone().unwrap_or_default();
                vec![(Some(tone), word.to_owned()), (None, job.name.clone()), (None, message)]
            })
            .collect();
        columns::write(f, self.paint, &rows)?;
        let count = |finding| check.jobs.iter().filter(|job| job.finding == finding).count();
        let plans = |count: usize| if count == 1 { "1 plan".to_owned() } else { format!("{count} plans") };
        let holds = count(Finding::Holds);
        write!(f, "{} hold{}", plans(holds), if holds == 1 { "s" } else { "" })?;
        match count(Finding::Fails) {
            0 => {}
            1 => write!(f, ", 1 does not")?,
            fail => write!(f, ", {fail} do not")?,
        }
        match count(Finding::Unknown) {
            0 => Ok(()),
            1 => write!(f, "; of 1 task it shows only when it runs"),
            unknown => write!(f, "; of {unknown} tasks it shows only when they run"),
        }
    }
}
