//! What happens, on stderr, while it happens: a line for each task that is being called where stderr
//! is a terminal, and a line for each event elsewhere.

use super::output::{Output, styled};
use crate::engine::{Event, JobReport, JobStatus};
use crate::report::{Tone, duration};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Follows a submission.
pub(super) enum Progress {
    Bars { all: MultiProgress, running: Mutex<HashMap<String, ProgressBar>> },
    Lines,
}

impl Progress {
    pub(super) fn new() -> Progress {
        if std::io::stderr().is_terminal() {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            Progress::Bars { all, running: Mutex::default() }
        } else {
            Progress::Lines
        }
    }

    pub(super) fn event(&self, event: &Event<'_>, output: &Output) {
        match (self, event) {
            (Progress::Bars { all, .. }, Event::Warning { message }) => {
                all.suspend(|| output.message(Tone::Heading, "warning", message));
            }
            (Progress::Lines, Event::Warning { message }) => {
                output.message(Tone::Heading, "warning", message)
            }
            (Progress::Bars { all, running }, Event::Running { job }) => {
                let bar = all.add(ProgressBar::new_spinner().with_message((*job).to_owned()));
                bar.set_style(spinner());
                bar.enable_steady_tick(Duration::from_millis(100));
                running.lock().unwrap_or_else(PoisonError::into_inner).insert((*job).to_owned(), bar);
            }
            (Progress::Bars { running, .. }, Event::Finished { job }) => {
                if let Some(bar) = running.lock().unwrap_or_else(PoisonError::into_inner).remove(&job.name) {
                    bar.finish_and_clear();
                }
            }
            (Progress::Lines, Event::Running { job }) => line(Tone::Heading, "running", job),
            (Progress::Lines, Event::Finished { job }) => finished(job),
            (_, Event::Started { .. }) => {}
        }
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn finished(job: &JobReport) {
    match job.status {
        JobStatus::Completed => {
            line(Tone::Work, "ran", &format!("{} in {}", job.name, duration(job.duration)))
        }
        JobStatus::Failed => {
            line(Tone::Bad, "failed", &format!("{} in {}", job.name, duration(job.duration)))
        }
        JobStatus::Skipped => line(Tone::Quiet, "skipped", &format!("{}: {}", job.name, job.reason)),
        status => line(Tone::Bad, &status.to_string(), &format!("{}: {}", job.name, job.reason)),
    }
}

fn line(tone: Tone, word: &str, rest: &str) {
    // Whoever reads stderr may be gone; the run goes on.
    let _ = writeln!(anstream::stderr(), "{} {rest}", styled(tone, &format!("{word:>9}")));
}
