//! A worker: a process of this program that makes one call after the other.

use super::message::{MARK, Order, Report, Run, VARIABLE};
use crate::data::{CancelToken, JobProgress};
use crate::engine::execute::{execute, exits, panics};
use crate::engine::job::report::{FailureKind, JobError};
use crate::engine::job::spec::Outcome;
use crate::engine::workspace::context::Context;
use crate::engine::workspace::log::{JobLog, LogCapture};
use crate::engine::workspace::value_cache::ValueCache;
use crate::engine::workspace::values::Values;
use crate::engine::workspace::{Function, Workspace};
use crate::graph::{Resources, task_where};
use crate::store::{Files, Lease, ResultStore, StoreError};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a worker reports the progress of a call.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Whether this program has called [`init_worker`].
static READY: AtomicBool = AtomicBool::new(false);

/// The path of the test that turns a test program into a worker.
pub struct WorkerTest(pub &'static str);

inventory::collect!(WorkerTest);

/// Lets this program run jobs in worker processes. Call it first in `main`: in a worker process it does not return.
/// Programs that use the command line of this library need not call it.
///
/// ```no_run
/// fn main() -> skipstone::Result<()> {
///     skipstone::executor::init_worker();
///     // The program.
///     Ok(())
/// }
/// ```
pub fn init_worker() {
    READY.store(true, Ordering::Release);
    if std::env::var_os(VARIABLE).is_some() {
        exits::allow_exit();
        panics::report_through_jobs();
        serve();
        std::process::exit(0);
    }
}

/// The command-line arguments that start this program as a worker; `None` if it can't be a worker.
pub(super) fn arguments() -> Option<Vec<String>> {
    // Without these arguments, a test program would run all of its tests.
    if let Some(WorkerTest(path)) = inventory::iter::<WorkerTest>.into_iter().next() {
        let name = path.split_once("::").map_or(*path, |(_, name)| name);
        return Some([name, "--exact", "--nocapture", "--test-threads=1"].map(str::to_owned).to_vec());
    }
    READY.load(Ordering::Acquire).then(Vec::new)
}

/// Handles messages until standard input ends.
fn serve() {
    report(&Report::Ready);
    let stores = Arc::new(Stores::default());
    let mut token = CancelToken::new();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        match serde_json::from_str::<Order>(&line) {
            Ok(Order::Run(run)) => {
                token = CancelToken::new();
                let (stores, token) = (stores.clone(), token.clone());
                let work = move || report(&Report::Done(Box::new(stores.run(*run, token))));
                let thread = std::thread::Builder::new().name("pipeline-task".into()).stack_size(8 << 20);
                if let Err(error) = thread.spawn(work) {
                    let error = JobError::new(
                        FailureKind::NotCarriedOut,
                        format!("can't start a thread for a task: {error}"),
                    );
                    report(&Report::Done(Box::new(Outcome::failed(error))));
                }
            }
            Ok(Order::Cancel) => token.cancel(),
            // Only a program of the same build writes here.
            Err(error) => {
                let error = JobError::new(
                    FailureKind::NotCarriedOut,
                    format!("the worker can't parse its job: {error}"),
                );
                report(&Report::Done(Box::new(Outcome::failed(error))));
            }
        }
    }
}

/// Sends a message to the program. If the program no longer exists, ends this process.
fn report(report: &Report) {
    let Ok(json) = serde_json::to_string(report) else { return };
    let mut out = std::io::stdout().lock();
    // The line that a task printed last may have no line end: the mark separates it from the message.
    if writeln!(out, "{MARK}{json}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

/// The open stores, each with its value cache.
#[derive(Default)]
struct Stores {
    open: Mutex<HashMap<PathBuf, Arc<(ResultStore, ValueCache)>>>,
    /// Holds the outputs of the last call until the program holds them: it does when it sends the next call.
    held: Mutex<Option<Arc<Lease>>>,
}

impl Stores {
    fn open(&self, path: &Path) -> Result<Arc<(ResultStore, ValueCache)>, StoreError> {
        let mut stores = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(path) {
            return Ok(store.clone());
        }
        let store = Arc::new((ResultStore::open(path, Arc::new(Files))?, ValueCache::default()));
        stores.insert(path.into(), store.clone());
        Ok(store)
    }

    fn hold(&self, lease: Option<Arc<Lease>>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = lease;
    }

    fn run(&self, Run { store, since, spec }: Run, token: CancelToken) -> Outcome {
        self.hold(None);
        let store = match self.open(&store) {
            Ok(store) => store,
            Err(error) => return Outcome::failed(error.into()),
        };
        let (results, memory) = &*store;
        let function = |spec: &crate::engine::JobSpec| {
            let task = task_where(|task| spec.task.is(task))?;
            Some(Function { task, replaced: None })
        };
        let (values, lease) = (Values::new(memory), Arc::new(results.lease()));
        let resources = Resources::default();
        let workspace =
            Workspace { results, lease, values: &values, resources: &resources, since, function: &function };
        let progress = Arc::new(JobProgress::default());
        let log = JobLog::new(
            Some(Arc::new(|line| report(&Report::Logged(line.clone())))),
            LogCapture::of(spec.log),
        );
        let writing = Arc::new(|| report(&Report::Writing));
        let context = Context { token, progress: progress.clone(), log, writing };
        reset_peak();
        let ended = Arc::new(AtomicBool::new(false));
        let ticker = std::thread::Builder::new().name("pipeline-progress".into()).spawn({
            let ended = ended.clone();
            move || report_progress(&progress, &ended)
        });
        let mut outcome = execute(&spec, &workspace, &context);
        ended.store(true, Ordering::Release);
        if let Ok(ticker) = ticker {
            ticker.thread().unpark();
            let _ = ticker.join();
        }
        outcome.peak_memory = peak(std::process::id());
        let _ = results.objects.note_intact();
        self.hold(Some(workspace.lease));
        outcome
    }
}

fn report_progress(progress: &JobProgress, ended: &AtomicBool) {
    let mut reported = (0, 0);
    loop {
        std::thread::park_timeout(PROGRESS_INTERVAL);
        let now = (progress.rows(), progress.bytes());
        if now != reported {
            reported = now;
            report(&Report::Progress { rows: now.0, bytes: now.1 });
        }
        if ended.load(Ordering::Acquire) {
            return;
        }
    }
}

/// Resets the peak memory use of this process, if the system supports that.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Returns the peak memory use of a process in bytes, if the system reports it.
pub(super) fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
