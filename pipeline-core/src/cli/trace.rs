//! Writes a timeline of all workers to a file for trace viewers.
//!
//! The format is Chrome's "Trace Event Format" (the JSON object form), which Perfetto, Speedscope and `about:tracing`
//! read. Times are in microseconds since the run started.

use super::exit::Failure;
use crate::engine::{Event, JobChange, JobEvent, JobReport};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Instant;

/// Collects the events of a run and writes them as a trace.
pub(super) struct Trace {
    path: PathBuf,
    began: Instant,
    state: Mutex<TraceState>,
}

#[derive(Default)]
struct TraceState {
    events: Vec<Value>,
    /// By job: when its function was called, and when the function returned.
    running: HashMap<String, (Instant, Option<Instant>)>,
    /// The workers, in the order in which they were seen.
    threads: Vec<ThreadId>,
}

impl Trace {
    /// Creates a trace that will be written to `path`.
    ///
    /// # Errors
    ///
    /// If a file can't be created there.
    pub(super) fn new(path: &Path) -> Result<Trace, Failure> {
        std::fs::File::create(staged(path)).map_err(|error| failed(path, &error))?;
        Ok(Trace { path: path.into(), began: Instant::now(), state: Mutex::default() })
    }

    pub(super) fn event(&self, event: &Event) {
        let Event::Job(JobEvent { job, change, .. }) = event else { return };
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match change {
            JobChange::Running { .. } => drop(state.running.insert(job.to_string(), (now, None))),
            JobChange::Writing => {
                if let Some((_, returned)) = state.running.get_mut(&**job) {
                    *returned = Some(now);
                }
            }
            JobChange::Finished(report) => state.finished(report, now, self.began),
            _ => {}
        }
    }

    /// Writes the file. It gets its name only once it is complete.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let TraceState { mut events, threads, .. } = std::mem::take(&mut *state);
        drop(state);
        for thread in 0..threads.len() {
            let args = json!({ "name": format!("worker {thread}") });
            events.push(json!({ "ph": "M", "name": "thread_name", "pid": 1, "tid": thread, "args": args }));
        }
        let trace = json!({ "displayTimeUnit": "ms", "traceEvents": events });
        let staged = staged(&self.path);
        std::fs::write(&staged, trace.to_string() + "\n")
            .and_then(|()| std::fs::rename(&staged, &self.path))
            .map_err(|error| failed(&self.path, &error))
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // The file is gone if the trace was written.
        let _ = std::fs::remove_file(staged(&self.path));
    }
}

fn staged(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Command(format!("can't write the trace {}: {error}", path.display()).into())
}

impl TraceState {
    fn finished(&mut self, job: &JobReport, now: Instant, began: Instant) {
        let thread = std::thread::current().id();
        let worker = self.threads.iter().position(|known| *known == thread).unwrap_or_else(|| {
            self.threads.push(thread);
            self.threads.len() - 1
        });
        let micros = |at: Instant| at.saturating_duration_since(began).as_secs_f64() * 1e6;
        let args = json!({ "status": job.status, "reason": job.reason.to_string(), "outputs": job.outputs });
        let Some((called, returned)) = self.running.remove(&job.name) else {
            // The function was not called.
            let start = micros(now) - job.duration.as_secs_f64() * 1e6;
            self.events.push(json!({ "ph": "X", "name": job.name, "cat": job.status, "pid": 1, "tid": worker, "ts": start, "dur": job.duration.as_secs_f64() * 1e6, "args": args }));
            return;
        };
        let mut slice = |name: &str, cat: &str, from: Instant, to: Instant, args: &Value| {
            let (start, length) = (micros(from), micros(to) - micros(from));
            self.events.push(json!({ "ph": "X", "name": name, "cat": cat, "pid": 1, "tid": worker, "ts": start, "dur": length, "args": args }));
        };
        slice(&job.name, "job", called, now, &args);
        let returned = returned.unwrap_or(now);
        slice("call", "phase", called, returned, &json!({}));
        slice("compute and write", "phase", returned, now, &json!({}));
    }
}
