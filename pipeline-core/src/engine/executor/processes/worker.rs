//! A worker: a process of this program that makes one call after the other, as it is told.

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
use crate::graph::task_where;
use crate::store::{Files, Lease, ResultStore, StoreError};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a worker tells how far a call is.
const TOLD: Duration = Duration::from_millis(100);

/// Whether this program begins with [`init_worker`].
static READY: AtomicBool = AtomicBool::new(false);

/// A test of a test program that makes a worker of it.
pub struct WorkerTest(pub &'static str);

inventory::collect!(WorkerTest);

/// Lets this program run jobs in processes of its own. To be called first in `main`: in such a process it does not
/// return. Programs with the command line of this library need not call it.
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
        exits::exit_as_requested();
        panics::speak_through_jobs();
        serve();
        std::process::exit(0);
    }
}

/// The arguments that make a worker of this program; `None` if nothing does.
pub(super) fn arguments() -> Option<Vec<String>> {
    // A test program would run all of its tests otherwise.
    if let Some(WorkerTest(path)) = inventory::iter::<WorkerTest>.into_iter().next() {
        let name = path.split_once("::").map_or(*path, |(_, name)| name);
        return Some([name, "--exact", "--nocapture", "--test-threads=1"].map(str::to_owned).to_vec());
    }
    READY.load(Ordering::Acquire).then(Vec::new)
}

/// Does what is told until nobody tells any more.
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
                    let error = JobError::saying(
                        FailureKind::NotCarriedOut,
                        format!("no thread for a task: {error}"),
                    );
                    report(&Report::Done(Box::new(Outcome::failed(error))));
                }
            }
            Ok(Order::Cancel) => token.cancel(),
            // Nobody but a program of this build writes here.
            Err(error) => {
                let error = JobError::saying(
                    FailureKind::NotCarriedOut,
                    format!("the worker can't read its job: {error}"),
                );
                report(&Report::Done(Box::new(Outcome::failed(error))));
            }
        }
    }
}

/// Writes a line to the program that this process works for. Where that is gone, so is the work.
fn report(report: &Report) {
    let Ok(text) = serde_json::to_string(report) else { return };
    let mut out = std::io::stdout().lock();
    // What was printed before may lack the end of its line.
    if writeln!(out, "{MARK}{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

/// The stores that were used, with the values that are kept in memory.
#[derive(Default)]
struct Stores {
    open: Mutex<HashMap<PathBuf, Arc<(ResultStore, ValueCache)>>>,
    /// Holds what the last call made until the program does, which has told so when it sends the next.
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
        let workspace = Workspace { results, lease, values: &values, since, function: &function };
        let progress = Arc::new(JobProgress::default());
        let log =
            JobLog::new(Some(Arc::new(|line| report(&Report::Said(line.clone())))), LogCapture::of(spec.log));
        let writing = Arc::new(|| report(&Report::Writing));
        let context = Context { token, progress: progress.clone(), log, writing };
        forget_peak();
        let over = Arc::new(AtomicBool::new(false));
        let ticker = std::thread::Builder::new().name("pipeline-progress".into()).spawn({
            let over = over.clone();
            move || report_progress(&progress, &over)
        });
        let mut outcome = execute(&spec, &workspace, &context);
        over.store(true, Ordering::Release);
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

fn report_progress(progress: &JobProgress, over: &AtomicBool) {
    let mut told = (0, 0);
    loop {
        std::thread::park_timeout(TOLD);
        let now = (progress.rows(), progress.bytes());
        if now != told {
            told = now;
            report(&Report::Progress { rows: now.0, bytes: now.1 });
        }
        if over.load(Ordering::Acquire) {
            return;
        }
    }
}

/// Lets the count of the most memory in use begin anew, where the system can do that.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that a process has had in use, in bytes, where the system tells.
pub(super) fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
