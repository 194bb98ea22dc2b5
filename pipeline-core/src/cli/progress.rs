//! Reports progress on stderr: on a terminal a live line for each running task, elsewhere a line for each event.

use super::output::{Output, styled};
use crate::data::JobProgress;
use crate::engine::{Event, JobChange, JobEvent, JobReport, JobStatus};
use crate::report::{Tone, count, duration, size};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Reports the progress of a submission.
pub(super) enum Progress {
    Bars { all: MultiProgress, running: Mutex<HashMap<String, ProgressBar>> },
    Lines { running: Arc<Mutex<RunningJobs>> },
}

/// The progress of the running jobs, by job name.
type RunningJobs = HashMap<String, Arc<JobProgress>>;

/// How often the progress of a running job is printed.
const INTERVAL: Duration = Duration::from_secs(10);

impl Progress {
    pub(super) fn new() -> Progress {
        if std::io::stderr().is_terminal() {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            Progress::Bars { all, running: Mutex::default() }
        } else {
            let running: Arc<Mutex<RunningJobs>> = Arc::default();
            let watched = Arc::downgrade(&running);
            // The thread ends with the program, or when it wakes up and `Progress` has been dropped.
            let watch = move || {
                loop {
                    std::thread::sleep(INTERVAL);
                    let Some(running) = watched.upgrade() else { return };
                    for (job, progress) in &*lock(&running) {
                        line(Tone::Heading, "running", &format!("{job}{}", amount(progress)));
                    }
                }
            };
            // Without the thread, only these lines are missing.
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
    ProgressStyle::with_template("  {spinner} {msg} {elapsed}{amount}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .with_key("amount", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A failure to draw the line is ignored.
            let _ = out.write_str(&amount(&progress));
        })
}

/// The rows and bytes that a job has processed, where known.
fn amount(progress: &JobProgress) -> String {
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
        // There may be many parts; the report counts them.
        JobStatus::Skipped if job.part.is_some() => {}
        JobStatus::Skipped => line(Tone::Quiet, "skipped", &format!("{}: {}", job.name, job.reason)),
        status => line(Tone::Bad, &status.to_string(), &format!("{}: {}", job.name, job.reason)),
    }
}

fn line(tone: Tone, word: &str, rest: &str) {
    // A closed stderr does not stop the run.
    let _ = writeln!(anstream::stderr(), "{} {rest}", styled(tone, &format!("{word:>9}")));
}
