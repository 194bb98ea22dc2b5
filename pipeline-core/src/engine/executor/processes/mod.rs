//! Runs jobs in worker processes: a task that aborts, overflows its stack, exits or is killed fails only its own job.

mod ended;
mod message;
mod worker;

pub use worker::{WorkerTest, init_worker};

use super::Executor;
use crate::engine::job::report::{FailureKind, JobError};
use crate::engine::job::spec::{JobSpec, Outcome};
use crate::engine::workspace::Workspace;
use crate::engine::workspace::context::Context;
use crate::store::StoreError;
use ended::Kills;
use message::{MARK, Order, Report, Run, VARIABLE};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a running call is checked for cancellation and its time limit.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long a worker has to report an exceeded time limit before it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// How much of the end of a worker's standard error is kept, in bytes.
const STDERR_TAIL: usize = 4096;

/// An executor that runs jobs in worker processes of this program. Each worker runs one job after the other.
///
/// A task that aborts, overflows its stack, calls [`exit`](std::process::exit) or is killed because memory ran out
/// fails only its own job, and a time limit really ends the call.
/// [`JobReport::peak_memory`](crate::jobs::JobReport::peak_memory) has the peak memory use of a call. The cost is a
/// process for each job that runs at the same time, and that arguments are read from the store.
///
/// Programs that use the command line of this library need no setup. Other programs call [`init_worker`] first in
/// `main`, and test programs use [`worker!`](crate::testing::worker) at their root.
#[derive(Clone, Default)]
pub struct Processes {
    /// Idle workers. Clones share them.
    idle: Arc<Mutex<Vec<Worker>>>,
}

impl Processes {
    /// Creates an executor without workers. A worker is started when a job finds no idle one.
    pub fn new() -> Processes {
        Processes::default()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Processes({} idle)", self.idle().len())
    }
}

impl Executor for Processes {
    fn isolates(&self) -> bool {
        true
    }

    fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome {
        let Some(store) = workspace.results.shared_at() else {
            return Outcome::failed(JobError::new(
                FailureKind::NotCarriedOut,
                "the store is in the memory of this process, so other processes can't run its jobs".into(),
            ));
        };
        // A worker that ended while it was idle is replaced.
        let idle = std::iter::from_fn(|| self.idle().pop()).find_map(Worker::alive);
        let worker = match idle.map_or_else(Worker::begin, Ok) {
            Ok(worker) => worker,
            Err(error) => return Outcome::failed(error),
        };
        let run = Run { store: store.into(), since: workspace.since, spec: spec.clone() };
        match worker.run(run, context) {
            (outcome, Some(worker)) => {
                // The worker holds the outputs until it gets its next job.
                let held = hold(&outcome, spec, workspace);
                self.idle().push(worker);
                held.map_or_else(|error| Outcome::failed(error.into()), |()| outcome)
            }
            (outcome, None) => {
                // The process may have left temporary files.
                workspace.results.sweep();
                outcome
            }
        }
    }
}

/// Holds the result of a call: its key and its objects.
fn hold(outcome: &Outcome, spec: &JobSpec, workspace: &Workspace<'_>) -> Result<(), StoreError> {
    let Ok(made) = &outcome.result else { return Ok(()) };
    let key = spec.publish.map(|publish| publish.key);
    let objects = made.outputs.iter().flat_map(|output| output.objects());
    key.into_iter().chain(objects).try_for_each(|hash| workspace.lease.hold(&hash))
}

/// A worker process.
struct Worker {
    child: Child,
    /// Its standard input; `None` once it was closed to end the process.
    input: Option<ChildStdin>,
    /// Whether it is making a call.
    busy: bool,
    reports: Receiver<Report>,
    /// The end of its standard error.
    stderr: Arc<Mutex<Vec<u8>>>,
    /// The thread that reads its standard error.
    listener: Option<JoinHandle<()>>,
    kills: Kills,
}

impl Worker {
    fn begin() -> Result<Worker, JobError> {
        let Some(arguments) = worker::arguments() else {
            return Err(JobError::new(
                FailureKind::NotCarriedOut,
                "this program can't run jobs in worker processes: call `skipstone::executor::init_worker()` first in \
                 `main`, or in a test program use `skipstone::testing::worker!()`"
                    .into(),
            ));
        };
        Worker::spawn(&arguments).map_err(|error| {
            JobError::new(FailureKind::NotCarriedOut, format!("can't start a process for a task: {error}"))
        })
    }

    fn spawn(arguments: &[String]) -> io::Result<Worker> {
        let mut command = Command::new(program()?);
        command.args(arguments).env(VARIABLE, "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Signals from the terminal go to the program only, which lets its workers finish.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = taken else {
            return Err(io::Error::other("it has no standard streams"));
        };
        let (send, reports) = channel();
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        thread("pipeline-worker-out").spawn(move || {
            let mut ready = false;
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                let (printed, report) = match line.split_once(MARK) {
                    Some((printed, report)) => (printed, serde_json::from_str(report).ok()),
                    None => (&*line, None),
                };
                if ready && (report.is_none() || !printed.is_empty()) {
                    // Standard output may have no reader any more; the job continues.
                    let _ = writeln!(io::stdout(), "{printed}");
                }
                ready |= report.is_some();
                if report.is_some_and(|report| send.send(report).is_err()) {
                    return;
                }
            }
        })?;
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let stderr = stderr.clone();
            thread("pipeline-worker-err").spawn(move || forward(errors, &stderr))?
        };
        let kills = Kills::of(child.id());
        Ok(Worker {
            child,
            input: Some(input),
            busy: false,
            reports,
            stderr,
            listener: Some(listener),
            kills,
        })
    }

    /// Returns the worker if its process is still running.
    fn alive(mut self) -> Option<Worker> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    fn send(&mut self, order: &Order) -> io::Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.input.as_mut().map_or(Ok(()), |input| input.write_all(&line))
    }

    /// Lets the process make a call. Also returns the worker if it can make another one.
    fn run(mut self, run: Run, context: &Context) -> (Outcome, Option<Worker>) {
        let limit = run.spec.timeout;
        let late = limit.and_then(|limit| Instant::now().checked_add(limit + GRACE));
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.busy = true;
        // If this can't be written, the process has ended, which is reported below.
        let _ = self.send(&Order::Run(Box::new(run)));
        let (mut cancel_sent, mut peak, mut measured) = (false, None, Instant::now());
        loop {
            match self.reports.recv_timeout(POLL_INTERVAL) {
                Ok(Report::Ready) => {}
                Ok(Report::Logged(line)) => context.log.add(line),
                Ok(Report::Progress { rows, bytes }) => context.progress.set(rows, bytes),
                Ok(Report::Writing) => (context.writing)(),
                Ok(Report::Done(mut outcome)) => {
                    // A call that failed after it was sent the cancellation ended because of it.
                    outcome.stopped |= outcome.result.is_err() && cancel_sent && context.token.is_canceled();
                    // A call that exceeded its time limit may still be running in the worker.
                    let reusable = outcome.result.is_ok() || limit.is_none();
                    self.busy = !reusable;
                    return (*outcome, reusable.then_some(self));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return (self.ended(peak), None),
            }
            if !cancel_sent && context.token.looks_canceled() {
                cancel_sent = true;
                let _ = self.send(&Order::Cancel);
            }
            if measured.elapsed() >= POLL_INTERVAL {
                measured = Instant::now();
                peak = worker::peak(self.child.id()).or(peak);
            }
            if let Some(limit) = limit.filter(|_| late.is_some_and(|late| Instant::now() >= late)) {
                let error = JobError::late(
                    limit,
                    JobError::of(FailureKind::TimedOut, Arc::new(crate::data::Canceled)),
                );
                return (Outcome { peak_memory: peak, ..Outcome::failed(error) }, None);
            }
        }
    }

    /// The outcome of a call whose process ended.
    fn ended(&mut self, peak: Option<u64>) -> Outcome {
        let status = match self.child.wait() {
            Ok(status) => status,
            Err(error) => {
                return Outcome::failed(JobError::new(
                    FailureKind::ProcessEnded,
                    format!("can't get the exit status of its process: {error}"),
                ));
            }
        };
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        let stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let error = ended::error(status, &String::from_utf8_lossy(&stderr), self.kills.happened(), peak);
        Outcome { peak_memory: peak, ..Outcome::failed(error) }
    }
}

impl Drop for Worker {
    /// Waits for an idle process to end by itself, which leaves nothing behind; kills a busy one.
    fn drop(&mut self) {
        self.input = None;
        let began = Instant::now();
        while !self.busy && matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file of this program, even if another file has replaced it since the program started.
fn program() -> io::Result<PathBuf> {
    let own = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && own.exists() { Ok(own) } else { std::env::current_exe() }
}

/// Forwards a worker's standard error, and keeps the end of it.
fn forward(mut errors: impl Read, stderr: &Mutex<Vec<u8>>) {
    let mut part = [0; 4096];
    loop {
        match errors.read(&mut part) {
            Ok(0) => return,
            Ok(read) => {
                let _ = io::stderr().write_all(&part[..read]);
                let mut stderr = stderr.lock().unwrap_or_else(PoisonError::into_inner);
                stderr.extend(&part[..read]);
                let excess = stderr.len().saturating_sub(STDERR_TAIL);
                stderr.drain(..excess);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
