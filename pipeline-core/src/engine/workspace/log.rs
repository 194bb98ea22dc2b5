//! Captures the events that a task logs through `tracing`, and stores them with its job.
//!
//! During the call, the job's thread has its own subscriber, which keeps events and forwards everything to the
//! subscriber that was there before. So a program's own logging is not affected.

use crate::engine::job::log::{LogLevel, LogLine};
use crate::registry::micros;
use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::{Dispatch, Event, Interest, Level, LevelFilter, Metadata, Subscriber, dispatcher};

/// The maximum size of a job's log, in bytes.
const MAX_BYTES: usize = 64 << 10;

/// The lowest level that can be kept.
const LEVEL: Level = Level::DEBUG;

/// Which log events of jobs are kept, and which strings are masked in them.
#[derive(Debug, Clone)]
pub(crate) struct LogCapture {
    /// The lowest level to keep; with `None`, nothing is kept.
    pub(crate) level: Option<Level>,
    /// Strings that are never stored or shown.
    pub(crate) secrets: Arc<[String]>,
}

impl Default for LogCapture {
    fn default() -> LogCapture {
        LogCapture { level: Some(LEVEL), secrets: Arc::new([]) }
    }
}

impl LogCapture {
    /// Sets the secrets. Each is masked as a whole, in its quoted form, and line by line.
    pub(crate) fn keeping(self, secrets: Vec<String>) -> LogCapture {
        let mut all: Vec<String> = Vec::new();
        for secret in secrets {
            all.push(format!("{secret:?}").trim_matches('"').to_owned());
            all.extend(secret.lines().map(str::to_owned));
            all.push(secret);
        }
        // Masking very short strings would hide ordinary words.
        all.retain(|secret| secret.trim().chars().count() >= 4);
        // The longest first, because one may be a part of another.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        LogCapture { secrets: all.into(), ..self }
    }

    /// Creates log capture with this minimum level.
    pub(crate) fn of(level: LogLevel) -> LogCapture {
        let level = match level {
            LogLevel::Off => None,
            LogLevel::Error => Some(Level::ERROR),
            LogLevel::Warn => Some(Level::WARN),
            LogLevel::Info => Some(Level::INFO),
            LogLevel::Debug => Some(LEVEL),
        };
        LogCapture { level, ..LogCapture::default() }
    }

    /// The minimum level.
    pub(crate) fn level(&self) -> LogLevel {
        match self.level {
            None => LogLevel::Off,
            Some(Level::ERROR) => LogLevel::Error,
            Some(Level::WARN) => LogLevel::Warn,
            Some(Level::INFO) => LogLevel::Info,
            Some(_) => LogLevel::Debug,
        }
    }

    /// Masks the secrets in a string.
    pub(crate) fn masked(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| match text.contains(secret.as_str()) {
            true => text.replace(secret.as_str(), crate::graph::SECRET),
            false => text,
        })
    }
}

/// A callback that receives each line when it is logged.
pub(crate) type Listener = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// The log of one job.
#[derive(Clone)]
pub(crate) struct JobLog(Arc<Inner>);

struct Inner {
    lines: Mutex<Lines>,
    listener: Option<Listener>,
    log_capture: LogCapture,
}

#[derive(Default)]
struct Lines {
    lines: Vec<LogLine>,
    bytes: usize,
    /// The number of lines that were dropped.
    dropped: usize,
}

struct Capturing {
    log: JobLog,
    /// The subscriber that was there before.
    before: Dispatch,
}

thread_local! {
    static CAPTURING: RefCell<Option<Capturing>> = const { RefCell::new(None) };
}

impl JobLog {
    pub(crate) fn new(listener: Option<Listener>, log_capture: LogCapture) -> JobLog {
        JobLog(Arc::new(Inner { lines: Mutex::default(), listener, log_capture }))
    }

    /// Runs `work`, and keeps the events that are logged on this thread during it.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Restore(Option<Capturing>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CAPTURING.set(self.0.take());
            }
        }
        static DISPATCH: OnceLock<Dispatch> = OnceLock::new();
        let dispatch = DISPATCH.get_or_init(|| Dispatch::new(Capture));
        // If another job's task submits a scenario, this runs inside that job: forward to the subscriber before that
        // one.
        let outer = CAPTURING.with_borrow(|capturing| capturing.as_ref().map(|now| now.before.clone()));
        let before = dispatcher::get_default(|now| match outer {
            Some(ref outer) if now.is::<Capture>() => outer.clone(),
            _ => now.clone(),
        });
        let _restore = Restore(CAPTURING.replace(Some(Capturing { log: self.clone(), before })));
        dispatcher::with_default(dispatch, work)
    }

    /// Whether both belong to the same job.
    #[cfg(feature = "cli")]
    pub(crate) fn is(&self, other: &JobLog) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Keeps a line that the task printed.
    #[cfg(feature = "cli")]
    pub(crate) fn print(&self, target: &str, text: &str) {
        let level = Level::INFO;
        if self.0.log_capture.level.is_some_and(|least| level <= least) {
            let (at_us, target, text) = (micros(SystemTime::now()), target.into(), text.into());
            self.add(LogLine { at_us, level: level.to_string(), target, text });
        }
    }

    /// Takes the lines.
    pub(crate) fn take(&self) -> Vec<LogLine> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = std::mem::take(&mut lines.dropped);
        let mut taken = std::mem::take(&mut lines.lines);
        if let Some(last) = taken.last().filter(|_| dropped > 0) {
            let text =
                format!("{dropped} more lines were dropped: a job's log keeps {} KiB", MAX_BYTES >> 10);
            let (at_us, level, target) = (last.at_us, "WARN".into(), "pipeline".into());
            taken.push(LogLine { at_us, level, target, text });
        }
        taken
    }

    /// Adds a line, and passes it to the listener.
    pub(crate) fn add(&self, line: LogLine) {
        let line = LogLine { text: self.0.log_capture.masked(line.text), ..line };
        if let Some(listener) = &self.0.listener {
            listener(&line);
        }
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.bytes += line.text.len() + line.target.len();
        if lines.bytes <= MAX_BYTES {
            lines.lines.push(line);
        } else {
            lines.dropped += 1;
        }
    }
}

/// The subscriber of a thread that calls a task's function.
struct Capture;

/// Calls the subscriber that was there before; returns `otherwise` outside of a call.
fn before<T>(otherwise: T, ask: impl FnOnce(&Dispatch) -> T) -> T {
    // The borrow ends first: the other subscriber may log events, too.
    let before = CAPTURING.with_borrow(|capturing| capturing.as_ref().map(|now| now.before.clone()));
    before.map_or(otherwise, |before| ask(&before))
}

fn is_kept(metadata: &Metadata<'_>) -> bool {
    let level = || CAPTURING.with_borrow(|now| now.as_ref().and_then(|now| now.log.0.log_capture.level));
    metadata.is_event() && level().is_some_and(|level| *metadata.level() <= level)
}

impl Subscriber for Capture {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // It depends on the subscriber that was there before, which differs from call to call.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_kept(metadata) || before(false, |before| before.enabled(metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(LEVEL))
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        before(Id::from_u64(1), |before| before.new_span(span))
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        before((), |before| before.record(span, values));
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        before((), |before| before.record_follows_from(span, follows));
    }

    fn event(&self, event: &Event<'_>) {
        if is_kept(event.metadata()) {
            let mut words = Words::default();
            event.record(&mut words);
            let line = LogLine {
                at_us: micros(SystemTime::now()),
                level: event.metadata().level().to_string(),
                target: event.metadata().target().into(),
                text: words.message + &words.fields,
            };
            let log = CAPTURING.with_borrow(|capturing| capturing.as_ref().map(|now| now.log.clone()));
            if let Some(log) = log {
                log.add(line);
            }
        }
        before((), |before| {
            if before.enabled(event.metadata()) {
                before.event(event);
            }
        });
    }

    fn enter(&self, span: &Id) {
        before((), |before| before.enter(span));
    }

    fn exit(&self, span: &Id) {
        before((), |before| before.exit(span));
    }

    fn clone_span(&self, id: &Id) -> Id {
        before(id.clone(), |before| before.clone_span(id))
    }

    fn try_close(&self, id: Id) -> bool {
        before(true, |before| before.try_close(id))
    }

    fn current_span(&self) -> Current {
        before(Current::none(), Dispatch::current_span)
    }
}

/// Formats an event: its message, then its other fields.
#[derive(Default)]
struct Words {
    message: String,
    fields: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.into(),
            name => drop(write!(self.fields, " {name}={value:?}")),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => drop(write!(self.fields, " {name}={value:?}")),
        }
    }
}
