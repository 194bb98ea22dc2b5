//! The check of inputs and query plans as a short table.

use super::{Paint, Tone, columns, plain};
use crate::data::counted;
use crate::engine::{Check, Finding};
use std::fmt;

/// A [`Check`] as text: a line for each input and job with the finding, and a summary line.
pub struct CheckText<'a> {
    check: &'a Check,
    paint: Paint<'a>,
}

impl<'a> CheckText<'a> {
    /// Creates the view, without colours.
    pub fn new(check: &'a Check) -> CheckText<'a> {
        CheckText { check, paint: &plain }
    }

    /// Adds colours.
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
        let row = |finding, name: String, message: &Option<String>| {
            let (tone, word) = match finding {
                Finding::Holds => (Tone::Work, "holds"),
                Finding::Fails => (Tone::Bad, "fails"),
                Finding::Unknown => (Tone::Quiet, "unknown"),
            };
            vec![(Some(tone), word.to_owned()), (None, name), (None, message.clone().unwrap_or_default())]
        };
        let inputs = check.inputs.iter();
        let inputs = inputs.map(|input| row(input.finding, format!("input {}", input.node), &input.message));
        let jobs = check.jobs.iter().map(|job| row(job.finding, job.name.clone(), &job.message));
        let rows: Vec<_> = inputs.chain(jobs).collect();
        columns::write(f, self.paint, &rows)?;
        let count = |finding| check.jobs.iter().filter(|job| job.finding == finding).count();
        let holds = count(Finding::Holds);
        write!(f, "{} hold{}", counted(holds, "query plan"), if holds == 1 { "s" } else { "" })?;
        match count(Finding::Fails) {
            0 => {}
            1 => write!(f, ", 1 fails")?,
            fail => write!(f, ", {fail} fail")?,
        }
        match check.inputs.iter().filter(|input| input.finding == Finding::Fails).count() {
            0 => {}
            wrong => {
                write!(f, "; {} {} wrong", counted(wrong, "input"), if wrong == 1 { "is" } else { "are" })?
            }
        }
        match count(Finding::Unknown) {
            0 => Ok(()),
            1 => write!(f, "; 1 task can be checked only when it runs"),
            unknown => write!(f, "; {unknown} tasks can be checked only when they run"),
        }
    }
}
