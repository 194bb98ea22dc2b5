//! What happens, on stderr, while it happens: a line for each task that is being called where stderr
//! is a terminal, and a line for each event elsewhere.

use super::output::{Output, styled};
use crate::data::JobProgress;
use crate::engine::{Event, JobChange, JobEvent, JobReport, JobStatus};
use crate::report::{Tone, count, duration, size};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Follows a submission.
pub(super) enum Progress {
    Bars { all: MultiProgress, running: Mutex<HashMap<String, ProgressBar>> },
    Lines { running: Arc<Mutex<RunningJobs>> },
}

/// By the names of their jobs.
type RunningJobs = HashMap<String, Arc<JobProgress>>;

/// How often a line says how far a job is.
const EVERY: Duration = Duration::from_secs(10);

impl Progress {
    pub(super) fn new() -> Progress {
        if std::io::stderr().is_terminal() {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            Progress::Bars { all, running: Mutex::default() }
        } else {
            let running: Arc<Mutex<RunningJobs>> = Arc::default();
            let watched = Arc::downgrade(&running);
            // It ends with the program, or sleeps until it sees that nobody is left to be watched.
            let watch = move || {
                loop {
                    std::thread::sleep(EVERY);
                    let Some(running) = watched.upgrade() else { return };
                    for (job, progress) in &*lock(&running) {
                        line(Tone::Heading, "running", &format!("{job}{}", far(progress)));
                    }
                }
            };
            // Without it there is only less to read.
            let _ = std::thread::Builder::new().name("pipeline-progress".into()).spawn(watch);
            Progress::Lines { running }
        }
    }

    pub(super) fn event(&self, event: &Event, output: &Output) {
        match (self, event) {
            (Progress::Bars { all, .. }, Event::Warning { message, .. }) => {
                all.suspend(|| output.message(Tone::Heading, "warning", message));
            }
            (Progress::Lines { .. }, Event::Warning { message, .. }) => {
                output.message(Tone::Heading, "warning", message)
            }
            (_, Event::Job(JobEvent { job, change, .. })) => self.job(job, change),
            _ => {}
        }
    }

    fn job(&self, job: &str, change: &JobChange) {
        match (self, change) {
            (Progress::Bars { all, running }, JobChange::Running { progress }) => {
                let bar = all.add(ProgressBar::new_spinner().with_message(job.to_owned()));
                bar.set_style(spinner(progress.clone()));
                bar.enable_steady_tick(Duration::from_millis(100));
                lock(running).insert(job.to_owned(), bar);
            }
            (Progress::Bars { running, .. }, JobChange::Finished(report)) => {
                if let Some(bar) = lock(running).remove(&report.name) {
                    bar.finish_and_clear();
                }
            }
            (Progress::Lines { running }, JobChange::Running { progress }) => {
                line(Tone::Heading, "running", job);
                lock(running).insert(job.to_owned(), progress.clone());
            }
            (Progress::Lines { running }, JobChange::Finished(report)) => {
                lock(running).remove(&report.name);
                finished(report);
            }
            _ => {}
        }
    }
}

fn spinner(progress: Arc<JobProgress>) -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {msg} {elapsed}{far}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .with_key("far", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A bar that can't be written is none.
            let _ = out.write_str(&far(&progress));
        })
}

/// How far a job is, as far as it can be told.
fn far(progress: &JobProgress) -> String {
    let mut text = String::new();
    if progress.rows() > 0 {
        text += &format!(", {} rows", count(progress.rows()));
    }
    if progress.bytes() > 0 {
        text += &format!(", {}", size(progress.bytes()));
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
