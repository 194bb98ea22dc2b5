//! `sweep`

use super::complete;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use super::parse::parse_set;
use super::run::parse_workers;
use super::signals;
use super::stdout::StdoutGuard;
use crate::data::{CancelToken, counted};
use crate::engine::{Event, RunStatus, panics};
use crate::graph::Graph;
use crate::report::{SweepPlanText, SweepText, Tone};
use crate::scenario::SweepReport;
use crate::scenario::error::Error;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use skipstone_wiring::suggestion;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The arguments of `sweep`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct SweepArguments {
    /// An input and its values: a list (mean,median), a range with a step (1000..2000/100), a range of dates
    /// (2026-11-01..2026-11-30), or * for all variants of an enum. With several inputs, every combination is a scenario
    #[arg(required = true, value_name = "NODE=VALUES", value_parser = parse_set, add = complete::settings())]
    values: Vec<(String, String)>,
    /// The sweep's name: a tag of its scenarios, and the beginning of their names
    #[arg(long, value_name = "NAME", default_value = "sweep")]
    name: String,
    /// The KPI by which the scenarios are listed, the best first [default: the scenario's first KPI]
    #[arg(long, value_name = "KPI", add = complete::kpis())]
    best: Option<String>,
    /// Shows how much would run, and runs nothing
    #[arg(long)]
    dry_run: bool,
    /// The maximum number of tasks that run at the same time [default: from the settings, or the number of cores]
    #[arg(long, value_name = "NUMBER", value_parser = parse_workers)]
    workers: Option<usize>,
}

pub(super) fn sweep(
    graph: &Arc<Graph>,
    options: &Options,
    args: &SweepArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let kpis = || graph.kpis().iter().map(|kpi| kpi.name.as_str());
    let best = match &args.best {
        Some(best) if !kpis().any(|kpi| kpi == best) => {
            return Err(Error::NoKpi { kpi: best.clone(), suggestion: suggestion(best, kpis()) }.into());
        }
        Some(best) => Some(best.as_str()),
        None => kpis().next(),
    };
    let base = options.look(graph)?;
    let values: Vec<(&str, &str)> =
        args.values.iter().map(|(node, text)| (node.as_str(), text.as_str())).collect();
    let cancel = CancelToken::new();
    signals::drain(cancel.clone());
    let mut sweep = base.sweep_of(&args.name, &values)?.cancel(cancel);
    for (node, text) in &options.set {
        sweep = sweep.set(node, text)?;
    }
    if options.strict {
        sweep = sweep.strict();
    }
    if let Some(workers) = args.workers {
        sweep = sweep.workers(workers);
    }
    let plan = sweep.plan()?;
    if args.dry_run {
        output.print(options.json, &plan, &SweepPlanText::new(&plan))?;
        return Ok(Exit::Success);
    }
    panics::report_through_jobs();
    output.message(Tone::Heading, "sweep", &SweepPlanText::new(&plan).to_string());
    let progress = Arc::new(Progress::new(plan.scenarios, *output));
    let watching = progress.clone();
    // A program reads stdout: what tasks print must not be mixed in.
    let guard = options.json.then(StdoutGuard::begin).transpose()?;
    let report = sweep.observe(move |event| watching.event(event)).run();
    drop(guard);
    progress.clear();
    let report = report?;
    let report = match best {
        Some(best) => report.best_first(best)?,
        None => report,
    };
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &report, &SweepText::new(&report).paint(&paint))?;
    Ok(if errors(&report, output) { Exit::Found } else { Exit::Success })
}

/// The maximum number of scenarios whose errors are printed.
const ERRORS: usize = 10;

/// Prints why scenarios failed. Returns whether one did.
fn errors(report: &SweepReport, output: &Output) -> bool {
    let errors = || report.outcomes.iter().filter_map(|outcome| outcome.error.as_deref());
    errors().take(ERRORS).for_each(|error| output.message(Tone::Bad, "error", error));
    let more = errors().skip(ERRORS).count();
    if more > 0 {
        output.message(
            Tone::Bad,
            "error",
            &format!("{} more failed; `--json` has their errors", counted(more, "scenario")),
        );
    }
    errors().next().is_some()
}

/// How often the progress is printed where stderr is not a terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Reports how many scenarios are done.
struct Progress {
    bar: Option<ProgressBar>,
    scenarios: usize,
    done: AtomicUsize,
    printed: Mutex<Instant>,
    output: Output,
}

impl Progress {
    fn new(scenarios: usize, output: Output) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(scenarios as u64), target);
            let style = ProgressStyle::with_template("  {bar:30} {pos} of {len} scenarios, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let (done, printed) = (AtomicUsize::new(0), Mutex::new(Instant::now()));
        Progress { bar, scenarios, done, printed, output }
    }

    fn event(&self, event: &Event) {
        let done = match event {
            Event::Submission(submission) if submission.status != RunStatus::Running => {
                self.done.fetch_add(1, Ordering::Relaxed) + 1
            }
            Event::Warning { message, .. } => return self.warn(message),
            _ => return,
        };
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            return;
        }
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if printed.elapsed() >= INTERVAL {
            *printed = Instant::now();
            self.output.message(
                Tone::Heading,
                "sweep",
                &format!("{done} of {} scenarios are done", self.scenarios),
            );
        }
    }

    /// Removes the bar from the terminal.
    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn warn(&self, message: &str) {
        let print = || self.output.message(Tone::Heading, "warning", message);
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}
