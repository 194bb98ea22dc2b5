//! A run as a short table.

use super::parts::{self, Line};
use super::size::size;
use super::{Paint, Tone, columns, duration, plain};
use crate::engine::{JobReport, JobStatus, Reason};
use crate::registry::micros;
use crate::scenario::Run;
use std::fmt;

/// A [`Run`] as text: a line for each job with its status and the reason, and a summary line.
pub struct RunText<'a> {
    run: &'a Run,
    paint: Paint<'a>,
    stable: bool,
    errors: bool,
    full: bool,
}

impl<'a> RunText<'a> {
    /// Creates the view, without colours.
    pub fn new(run: &'a Run) -> RunText<'a> {
        RunText { run, paint: &plain, stable: false, errors: true, full: false }
    }

    /// Adds colours.
    pub fn paint(mut self, paint: Paint<'a>) -> RunText<'a> {
        self.paint = paint;
        self
    }

    /// Replaces or omits what differs from run to run (numbers, times and sizes), for snapshots.
    pub fn stable(mut self) -> RunText<'a> {
        self.stable = true;
        self
    }

    /// Omits the errors of failed jobs, for callers that report them elsewhere.
    pub fn without_errors(mut self) -> RunText<'a> {
        self.errors = false;
        self
    }

    /// Adds inputs, outputs, logs, KPIs and warnings.
    pub fn in_full(mut self) -> RunText<'a> {
        self.full = true;
        self
    }

    /// The cells of a job: status, name, time, reason.
    pub(super) fn row(&self, job: &JobReport) -> Vec<(Option<Tone>, String)> {
        let (tone, word) = match job.status {
            JobStatus::Completed => (Tone::Work, "ran".to_owned()),
            JobStatus::Failed => (Tone::Bad, job.status.to_string()),
            JobStatus::Skipped => (Tone::Quiet, job.status.to_string()),
            JobStatus::Running => (Tone::Work, job.status.to_string()),
            _ => (Tone::Bad, job.status.to_string()),
        };
        let time = match job.status {
            // The program ended before the job did, so its duration is unknown.
            JobStatus::Failed if job.reason == Reason::ProgramEnded => String::new(),
            JobStatus::Completed | JobStatus::Failed if self.stable => "[time]".into(),
            JobStatus::Completed | JobStatus::Failed => duration(job.duration),
            _ => String::new(),
        };
        vec![
            (Some(tone), word),
            (None, job.name.clone()),
            (None, time),
            (None, super::reason(&job.reason, job.nearest.as_ref())),
        ]
    }

    /// The cells of all jobs. Of jobs for the parts of a node, those with the same outcome are one line.
    pub(super) fn rows(&self) -> Vec<Vec<(Option<Tone>, String)>> {
        let part = |job: &'a JobReport| Some((job.whole()?, job.part.as_deref()?));
        let is_listed = |job: &JobReport| !matches!(job.status, JobStatus::Skipped | JobStatus::Abandoned);
        let lines = parts::lines(&self.run.jobs, part, |job| job.status, is_listed);
        let row = |line: &Line<'_, JobReport>| match line {
            Line::One(job) => self.row(job),
            Line::Several(several) => {
                let sum = several.jobs.iter().map(|job| job.duration).sum();
                let name = format!("{}, {}", several.whole, several.count());
                let whole = JobReport { name, duration: sum, ..several.jobs[0].clone() };
                self.row(&whole)
            }
        };
        lines.iter().map(row).collect()
    }

    /// The summary line.
    pub(super) fn sum(&self) -> String {
        let counted = [
            (JobStatus::Completed, "ran"),
            (JobStatus::Skipped, "skipped"),
            (JobStatus::Failed, "failed"),
            (JobStatus::Abandoned, "abandoned"),
            (JobStatus::Canceled, "canceled"),
        ];
        let mut parts = Vec::new();
        for (status, word) in counted {
            let count = self.run.jobs.iter().filter(|job| job.status == status).count();
            if count > 0 || matches!(status, JobStatus::Completed | JobStatus::Skipped) {
                parts.push(format!("{count} {word}"));
            }
        }
        let rechecked = self.run.rechecked().len();
        if rechecked > 0 {
            parts.push(format!("{rechecked} rechecked"));
        }
        let wall = if self.stable { "[time]".into() } else { duration(self.run.wall) };
        let saved = self.run.saved();
        let saved = match saved.is_zero() {
            true => String::new(),
            false if self.stable => "; skipping saved [time]".into(),
            false => format!("; skipping saved {}", duration(saved)),
        };
        let written = match self.run.written {
            0 => String::new(),
            _ if self.stable => String::new(),
            written => format!("; wrote {}", size(written)),
        };
        let memory = match self.run.peak_memory {
            Some(peak) if !self.stable => format!("; peak memory {}", size(peak)),
            _ => String::new(),
        };
        format!("{} in {wall}{saved}{written}{memory}", parts.join(", "))
    }
}

impl RunText<'_> {
    /// The line above the jobs.
    pub(super) fn heading(&self) -> String {
        let id = if self.stable { "[run]".to_owned() } else { self.run.id.to_string() };
        format!("{} `{}`, run {id}", self.run.scenario_type, self.run.scenario)
    }

    /// Writes the errors of failed jobs with their causes.
    pub(super) fn failures(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        for job in self.run.failed() {
            let Some(error) = &job.error else { continue };
            let task = (self.paint)(Tone::Bad, &format!("task `{}` failed:", job.name));
            writeln!(f, "{task} {}", error.message)?;
            for cause in &error.causes {
                writeln!(f, "  caused by: {cause}")?;
            }
        }
        Ok(())
    }

    /// Writes status, start, author, version and inputs.
    fn before(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.run;
        let started = if self.stable { "[moment]".into() } else { super::datetime(micros(run.started)) };
        let by = if self.stable { "[author]" } else { &run.author };
        let version = run.version.map(|version| format!(", version {version}")).unwrap_or_default();
        let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
        writeln!(f, "  {}, started {started}{by}{version}", run.status)?;
        let rows: Vec<_> = run
            .inputs
            .iter()
            .map(|input| {
                let content = if self.stable { "[content]".into() } else { input.value.hash.short() };
                vec![
                    (None, "input".into()),
                    (None, input.node.clone()),
                    (None, input.value.summary.clone()),
                    (Some(Tone::Quiet), content),
                ]
            })
            .collect();
        columns::write(f, self.paint, &rows)
    }

    /// Writes outputs, retries, logs, KPIs and warnings.
    fn after(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outputs = self.run.jobs.iter().flat_map(|job| &job.outputs);
        let rows: Vec<_> = outputs
            .map(|output| {
                let content = if self.stable { "[content]".into() } else { output.value.hash.short() };
                let bytes = if self.stable { "[size]".into() } else { size(output.value.bytes) };
                vec![
                    (None, "output".into()),
                    (None, output.node.clone()),
                    (None, output.value.summary.clone()),
                    (None, bytes),
                    (Some(Tone::Quiet), content),
                ]
            })
            .collect();
        columns::write(f, self.paint, &rows)?;
        for job in self.run.jobs.iter().filter(|job| job.attempts > 1) {
            writeln!(f, "  {} was called {} times", job.name, job.attempts)?;
        }
        for job in self.run.jobs.iter().filter(|job| !job.log.is_empty()) {
            writeln!(f, "{}", (self.paint)(Tone::Heading, &format!("log of {}", job.name)))?;
            job.log.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        for kpi in &self.run.kpis {
            writeln!(f, "  KPI {}: {}", kpi.kpi, super::scenarios::kpi(kpi))?;
        }
        self.run.warnings.iter().try_for_each(|warning| writeln!(f, "  warning: {warning}"))
    }
}

impl fmt::Display for RunText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.run;
        writeln!(f, "{}", (self.paint)(Tone::Heading, &self.heading()))?;
        if self.full {
            self.before(f)?;
        }
        let rows: Vec<_> = match self.full {
            true => run.jobs.iter().map(|job| self.row(job)).collect(),
            false => self.rows(),
        };
        columns::write(f, self.paint, &rows)?;
        if self.full {
            self.after(f)?;
        }
        if self.errors {
            self.failures(f)?;
        }
        write!(f, "{}", self.sum())
    }
}
