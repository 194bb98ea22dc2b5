//! A plan as a short table.

use super::{Paint, Tone, columns, duration, plain};
use crate::engine::{Decision, Plan};
use std::fmt;

/// A [`Plan`] as text: each job with what would happen and why, and a line that sums up.
pub struct PlanText<'a> {
    plan: &'a Plan,
    paint: Paint<'a>,
}

impl<'a> PlanText<'a> {
    /// The text without colours.
    pub fn new(plan: &'a Plan) -> PlanText<'a> {
        PlanText { plan, paint: &plain }
    }

    /// With colours.
    pub fn paint(mut self, paint: Paint<'a>) -> PlanText<'a> {
        self.paint = paint;
        self
    }
}

impl fmt::Display for PlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        let heading = format!("{} `{}`, plan", plan.scenario_type, plan.scenario);
        writeln!(f, "{}", (self.paint)(Tone::Heading, &heading))?;
        let rows: Vec<_> = plan
            .jobs
            .iter()
            .map(|job| {
                let (tone, word) = match job.decision {
                    Decision::Run => (Tone::Work, "run"),
                    Decision::Skip => (Tone::Quiet, "skip"),
                    Decision::Undecided => (Tone::Work, "run?"),
                    Decision::Fail => (Tone::Bad, "fail"),
                };
                vec![
                    (Some(tone), word.to_owned()),
                    (None, job.name.clone()),
                    (None, super::reason(&job.reason, job.nearest.as_ref())),
                ]
            })
            .collect();
        columns::write(f, self.paint, &rows)?;
        let count = |decision| plan.jobs.iter().filter(|job| job.decision == decision).count();
        let (run, skip, open) = (count(Decision::Run), count(Decision::Skip), count(Decision::Undecided));
        write!(f, "{run} to run, {open} that may run, {skip} known")?;
        match count(Decision::Fail) {
            0 => {}
            fail => write!(f, ", {fail} that can't run")?,
        }
        let cut_offs: Vec<String> = plan.cut_offs.iter().map(|node| format!("`{node}`")).collect();
        if !cut_offs.is_empty() {
            write!(f, "\nthe wave stops early at {} if that turns out as before", cut_offs.join(" or "))?;
        }
        let (least, most) = plan.expected();
        let new = if plan.is_new_work() { ", besides tasks whose time is not known" } else { "" };
        match (least.is_zero(), most > least) {
            (true, false) => Ok(()),
            (_, false) => write!(f, "\nexpected: {} of work{new}", duration(least)),
            (true, true) => write!(f, "\nexpected: up to {} of work{new}", duration(most)),
            (false, true) => write!(f, "\nexpected: {} to {} of work{new}", duration(least), duration(most)),
        }
    }
}
