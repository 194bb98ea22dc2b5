//! Jobs in processes of this program: one that aborts, overflows its stack, exits or is killed fails alone.

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

/// How often it is looked whether a call should end.
const LOOK: Duration = Duration::from_millis(20);

/// How long a worker may take to tell by itself that a call's time is over.
const GRACE: Duration = Duration::from_secs(1);

/// How much of what a worker writes to standard error is kept, in bytes.
const SAID: usize = 4096;

/// Runs each job in another process of this program: a worker, which gets one job after the other.
///
/// A task that aborts, overflows its stack, calls [`exit`](std::process::exit) or is ended for want of memory fails its own
/// job, and nothing else; a time limit really ends the call. The most memory that a call had in use is in
/// [`JobReport::peak_memory`](crate::jobs::JobReport::peak_memory). The price is a process for each job that runs at the same
/// time, and that arguments are read from the store.
///
/// Programs with the command line of this library can run it at once, others begin with [`init_worker`], and test programs
/// have [`worker!`](crate::testing::worker) at their root.
#[derive(Clone, Default)]
pub struct Processes {
    /// Workers that have nothing to do. Clones share them.
    idle: Arc<Mutex<Vec<Worker>>>,
}

impl Processes {
    /// No worker yet: each begins with the first job for which there is none.
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
            return Outcome::failed(JobError::saying(
                FailureKind::NotCarriedOut,
                "its store is in the memory of this process, so no other process can run it".into(),
            ));
        };
        // One that ended while it had nothing to do is replaced.
        let idle = std::iter::from_fn(|| self.idle().pop()).find_map(Worker::alive);
        let worker = match idle.map_or_else(Worker::begin, Ok) {
            Ok(worker) => worker,
            Err(error) => return Outcome::failed(error),
        };
        let run = Run { store: store.into(), since: workspace.since, spec: spec.clone() };
        match worker.run(run, context) {
            (outcome, Some(worker)) => {
                // What it made is held there until it gets its next job.
                let held = hold(&outcome, spec, workspace);
                self.idle().push(worker);
                held.map_or_else(|error| Outcome::failed(error.into()), |()| outcome)
            }
            (outcome, None) => {
                // It may have left files without a name.
                workspace.results.sweep();
                outcome
            }
        }
    }
}

/// Holds what a call made.
fn hold(outcome: &Outcome, spec: &JobSpec, workspace: &Workspace<'_>) -> Result<(), StoreError> {
    let Ok(made) = &outcome.result else { return Ok(()) };
    let key = spec.publish.map(|publish| publish.key);
    let objects = made.outputs.iter().flat_map(|output| output.objects());
    key.into_iter().chain(objects).try_for_each(|hash| workspace.lease.hold(&hash))
}

/// A process that makes calls.
struct Worker {
    child: Child,
    /// `None` once it is told that there is nothing more.
    input: Option<ChildStdin>,
    /// Whether it makes a call.
    busy: bool,
    reports: Receiver<Report>,
    said: Arc<Mutex<Vec<u8>>>,
    /// Reads what the process writes to standard error.
    listener: Option<JoinHandle<()>>,
    kills: Kills,
}

impl Worker {
    fn begin() -> Result<Worker, JobError> {
        let Some(arguments) = worker::arguments() else {
            return Err(JobError::saying(
                FailureKind::NotCarriedOut,
                "this program can't run jobs in processes of its own: begin `main` with \
                 `skipstone::executor::init_worker()`, or a test program with `skipstone::testing::worker!()`"
                    .into(),
            ));
        };
        Worker::spawn(&arguments).map_err(|error| {
            JobError::saying(FailureKind::NotCarriedOut, format!("no process for a task: {error}"))
        })
    }

    fn spawn(arguments: &[String]) -> io::Result<Worker> {
        let mut command = Command::new(program()?);
        command.args(arguments).env(VARIABLE, "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A signal from the terminal is for the program, which lets its workers finish.
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
                    // Nobody may read it any more: the job goes on.
                    let _ = writeln!(io::stdout(), "{printed}");
                }
                ready |= report.is_some();
                if report.is_some_and(|report| send.send(report).is_err()) {
                    return;
                }
            }
        })?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let said = said.clone();
            thread("pipeline-worker-err").spawn(move || pass_on(errors, &said))?
        };
        let kills = Kills::of(child.id());
        Ok(Worker { child, input: Some(input), busy: false, reports, said, listener: Some(listener), kills })
    }

    /// The worker, if its process lives.
    fn alive(mut self) -> Option<Worker> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    fn notify(&mut self, order: &Order) -> io::Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.input.as_mut().map_or(Ok(()), |input| input.write_all(&line))
    }

    /// Lets the process make a call; with the worker, if it can make another.
    fn run(mut self, run: Run, context: &Context) -> (Outcome, Option<Worker>) {
        let limit = run.spec.timeout;
        let late = limit.and_then(|limit| Instant::now().checked_add(limit + GRACE));
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.busy = true;
        // Where that can't be written, the process has ended, and that is told below.
        let _ = self.notify(&Order::Run(Box::new(run)));
        let (mut told, mut peak, mut looked) = (false, None, Instant::now());
        loop {
            match self.reports.recv_timeout(LOOK) {
                Ok(Report::Ready) => {}
                Ok(Report::Said(line)) => context.log.add(line),
                Ok(Report::Progress { rows, bytes }) => context.progress.set(rows, bytes),
                Ok(Report::Writing) => (context.writing)(),
                Ok(Report::Done(mut outcome)) => {
                    // Whoever ended because the submission was canceled was told so here, too.
                    outcome.stopped |= outcome.result.is_err() && told && context.token.is_canceled();
                    // A call whose time was over may still go on there.
                    let reusable = outcome.result.is_ok() || limit.is_none();
                    self.busy = !reusable;
                    return (*outcome, reusable.then_some(self));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return (self.ended(peak), None),
            }
            if !told && context.token.looks_canceled() {
                told = true;
                let _ = self.notify(&Order::Cancel);
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
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

    /// What came of a call whose process ended.
    fn ended(&mut self, peak: Option<u64>) -> Outcome {
        let status = match self.child.wait() {
            Ok(status) => status,
            Err(error) => {
                return Outcome::failed(JobError::saying(
                    FailureKind::ProcessEnded,
                    format!("its process is lost: {error}"),
                ));
            }
        };
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let error = ended::error(status, &String::from_utf8_lossy(&said), self.kills.happened(), peak);
        Outcome { peak_memory: peak, ..Outcome::failed(error) }
    }
}

impl Drop for Worker {
    /// One that has nothing to do ends by itself, and leaves nothing behind.
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

/// This program's file, also where it was replaced since the program began.
fn program() -> io::Result<PathBuf> {
    let own = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && own.exists() { Ok(own) } else { std::env::current_exe() }
}

/// Passes on what a worker writes to standard error, and keeps the end of it.
fn pass_on(mut errors: impl Read, said: &Mutex<Vec<u8>>) {
    let mut part = [0; 4096];
    loop {
        match errors.read(&mut part) {
            Ok(0) => return,
            Ok(read) => {
                let _ = io::stderr().write_all(&part[..read]);
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend(&part[..read]);
                let over = said.len().saturating_sub(SAID);
                said.drain(..over);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
