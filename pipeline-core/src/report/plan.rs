//! A plan as a short table.

use super::parts::{self, Line};
use super::{Paint, Tone, columns, duration, plain};
use crate::engine::{Decision, Plan, PlannedJob};
use std::fmt;

/// A [`Plan`] as text: a line for each job with the decision and its reason, and a summary line.
pub struct PlanText<'a> {
    plan: &'a Plan,
    paint: Paint<'a>,
}

impl<'a> PlanText<'a> {
    /// Creates the view, without colours.
    pub fn new(plan: &'a Plan) -> PlanText<'a> {
        PlanText { plan, paint: &plain }
    }

    /// Adds colours.
    pub fn paint(mut self, paint: Paint<'a>) -> PlanText<'a> {
        self.paint = paint;
        self
    }
}

impl<'a> fmt::Display for PlanText<'a> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        let heading = format!("{} `{}`, plan", plan.scenario_type, plan.scenario);
        writeln!(f, "{}", (self.paint)(Tone::Heading, &heading))?;
        let part = |job: &'a PlannedJob| Some((job.whole()?, job.part.as_deref()?));
        let is_listed = |job: &PlannedJob| matches!(job.decision, Decision::Run | Decision::Fail);
        let lines = parts::lines(&plan.jobs, part, |job| job.decision, is_listed);
        let rows: Vec<_> = lines
            .iter()
            .map(|line| {
                let (job, name) = match line {
                    Line::One(job) => (*job, job.name.clone()),
                    Line::Several(several) => {
                        (several.jobs[0], format!("{}, {}", several.whole, several.count()))
                    }
                };
                let (tone, word) = match job.decision {
                    Decision::Run => (Tone::Work, "run"),
                    Decision::Skip => (Tone::Quiet, "skip"),
                    Decision::MayRun => (Tone::Work, "run?"),
                    Decision::Fail => (Tone::Bad, "fail"),
                };
                vec![
                    (Some(tone), word.to_owned()),
                    (None, name),
                    (None, super::reason(&job.reason, job.nearest.as_ref())),
                ]
            })
            .collect();
        columns::write(f, self.paint, &rows)?;
        let count = |decision| plan.jobs.iter().filter(|job| job.decision == decision).count();
        let (run, skip, open) = (count(Decision::Run), count(Decision::Skip), count(Decision::MayRun));
        write!(f, "{run} to run, {open} may run, {skip} known")?;
        match count(Decision::Fail) {
            0 => {}
            fail => write!(f, ", {fail} can't run")?,
        }
        let cut_offs: Vec<String> = plan.cut_offs.iter().map(|node| format!("`{node}`")).collect();
        if !cut_offs.is_empty() {
            write!(f, "\nearly cut-off at {} if the result is the same as before", cut_offs.join(" or "))?;
        }
        let (least, most) = plan.expected();
        let new = if plan.has_unknown_duration() { ", plus tasks whose duration is not known" } else { "" };
        match (least.is_zero(), most > least) {
            (true, false) => Ok(()),
            (_, false) => write!(f, "\nexpected: {} of work{new}", duration(least)),
            (true, true) => write!(f, "\nexpected: up to {} of work{new}", duration(most)),
            (false, true) => write!(f, "\nexpected: {} to {} of work{new}", duration(least), duration(most)),
        }
    }
}
