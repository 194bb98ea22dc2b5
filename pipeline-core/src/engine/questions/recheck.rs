//! Rechecks: a rebuilt program recomputes known results, to find out whether the fingerprint missed a change.

use crate::engine::ask::known::KnownContents;
use crate::engine::error::EngineError;
use crate::engine::job::reason::Reason;
use crate::engine::job::record::ResultRecord;
use crate::engine::job::report::{FailureKind, JobError};
use crate::engine::job::status::JobStatus;
use crate::engine::job::toolchain::Toolchain;
use crate::engine::questions::sample::SampledOutput;
use crate::engine::resolve::program_content;
use crate::engine::submit::{ActiveSubmission, Done};
use crate::engine::{Engine, FoundInput};
use crate::graph::{Call, Maker};
use crate::registry::{MismatchRow, micros};
use crate::store::{Hash, RecordRead, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A result that differed when a rebuilt program recomputed it under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// Its number in the store; 0 if it could not be recorded.
    pub id: i64,
    /// The scenario in which it was found.
    pub scenario: String,
    /// The job.
    pub job: String,
    /// The path of the task's function.
    pub task: String,
    /// The result's key.
    pub key: Hash,
    /// The outputs that differ.
    pub outputs: Vec<SampledOutput>,
    /// The error of the task, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The source files of the program that changed since the result was made or last confirmed, those with parts of
    /// the task first; `None` if they are unknown.
    pub sources: Option<Vec<String>>,
    /// When it was found, in microseconds since 1970.
    pub found_us: i64,
    /// The author of the run.
    pub author: String,
    /// When it was resolved, in microseconds since 1970.
    pub resolved_us: Option<i64>,
}

/// The parts of a mismatch that are stored as JSON.
#[derive(Serialize, Deserialize)]
struct Details {
    outputs: Vec<SampledOutput>,
    error: Option<String>,
    sources: Option<Vec<String>>,
}

impl From<MismatchRow> for Mismatch {
    fn from(row: MismatchRow) -> Mismatch {
        // If the details can't be parsed, they are left empty: the mismatch itself still counts.
        let details: Option<Details> = serde_json::from_str(&row.details).ok();
        let details = details.unwrap_or(Details { outputs: Vec::new(), error: None, sources: None });
        Mismatch {
            id: row.id,
            scenario: row.scenario,
            job: row.job,
            task: row.task,
            key: row.key.parse().unwrap_or_else(|_| Hash::of(row.key.as_bytes())),
            outputs: details.outputs,
            error: details.error,
            sources: details.sources,
            found_us: row.found,
            author: row.author,
            resolved_us: row.resolved,
        }
    }
}

/// The number of source files that a message lists.
const NAMED: usize = 5;

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { id, job, task, outputs, error, sources, .. } = self;
        match error {
            Some(error) => write!(f, "task `{task}` fails now, but its result is known: {error}")?,
            None => {
                write!(f, "task `{task}` makes a different result than the one stored under the same key")?;
                for (i, SampledOutput { node, known, again }) in outputs.iter().enumerate() {
                    let joint = if i == 0 { ": " } else { ", " };
                    write!(f, "{joint}`{node}` was {} and is {}", known.short(), again.short())?;
                }
            }
        }
        write!(f, ". The fingerprint of its code missed a change")?;
        match sources.as_deref() {
            None => write!(f, "; the source files of the earlier program are unknown")?,
            Some([]) => write!(f, "; no known source file has changed since")?,
            Some(sources) => {
                let named: Vec<String> = sources.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
                write!(f, ". Changed since: {}", named.join(", "))?;
                if sources.len() > NAMED {
                    write!(f, " and {} more", sources.len() - NAMED)?;
                }
            }
        }
        write!(
            f,
            ". Run again: job `{job}` recomputes its result, and keys include the whole program until \
             `rechecks --resolve {id}` marks this as resolved"
        )
    }
}

/// Why a job failed when its known result was recomputed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RecheckError {
    /// The fingerprint of the task's code missed a change.
    #[error("{0}")]
    Mismatch(Box<Mismatch>),
    /// The task's result does not depend only on its parameters.
    #[error(
        "task `{task}` makes a different result each time it is called on the same inputs, so its result can't be \
         reused: let it read only its parameters (`verify` shows more), or remove `skippable`"
    )]
    NotAFunction {
        /// The path of the task's function.
        task: String,
    },
}

/// The program that this process runs.
struct Program {
    hash: Hash,
    sources: String,
}

/// A known result that may be recomputed.
struct Candidate {
    index: usize,
    key: Hash,
    record: ResultRecord,
    /// How long its task took.
    cost: Duration,
    /// The source files that changed since, those with parts of the task first.
    sources: Option<Vec<String>>,
    /// Whether a file with parts of the task changed.
    touched: bool,
}

impl Engine<'_> {
    /// Returns the hash of the program if keys include the whole program, because a mismatch is not resolved.
    pub(crate) fn coarse(&self) -> Result<Option<Hash>, EngineError> {
        if let Some(known) = self.coarse.get() {
            return Ok(*known);
        }
        let coarse = if self.registry.has_mismatch()? { Some(self.program_hash()?) } else { None };
        Ok(*self.coarse.get_or_init(|| coarse))
    }

    /// Returns the hash of the executable of this process.
    fn program_hash(&self) -> Result<Hash, EngineError> {
        let path = program_file();
        let content = program_content(self.registry, &path, self.since);
        content.map_err(|error| error.of_program(path))
    }

    /// Recomputes known results that another program made or last confirmed, for up to this share of the total time of
    /// all jobs; a skipped job counts with the time that its result took. Results with code in changed source files
    /// come first, then the cheapest. If a result differs, its job fails.
    pub(crate) fn recheck(
        &self,
        running: &mut ActiveSubmission<'_>,
        inputs: &[FoundInput],
        share: f64,
    ) -> Result<(), EngineError> {
        if running.canceled() {
            return Ok(());
        }
        let program = Program { hash: self.program_hash()?, sources: running.graph.sources.clone() };
        let mut good: Vec<Hash> = running
            .all_done()
            .filter(|(_, done)| done.report.status == JobStatus::Completed)
            .filter_map(|(_, done)| done.report.key)
            .collect();
        let time: Duration = running
            .all_done()
            .map(|(_, done)| match done.report.status {
                JobStatus::Completed => done.report.duration,
                _ => done.report.saved.unwrap_or_default(),
            })
            .sum();
        let mut budget = time.mul_f64(share.clamp(0.0, 1.0));
        let mut candidates = self.candidates(running, &program)?;
        candidates.sort_by_key(|candidate| (!candidate.touched, candidate.cost, candidate.index));
        let contents = KnownContents::of(running.graph, |node| running.value(node));
        let mut failed: Vec<(Candidate, RecheckError)> = Vec::new();
        for candidate in candidates {
            // A later candidate may be cheaper.
            let Some(left) = budget.checked_sub(candidate.cost) else { continue };
            if running.canceled() {
                break;
            }
            budget = left;
            let began = Instant::now();
            let call = &running.graph.calls[candidate.index];
            let made = match self.compare(running, call, &candidate, &contents, inputs) {
                Ok(made) => made,
                Err(error) => {
                    // The other candidates are still checked.
                    running
                        .journal
                        .warn(&format!("the result of `{}` could not be rechecked: {error}", call.name));
                    continue;
                }
            };
            running.done_mut(candidate.index).report.rechecked = Some(began.elapsed());
            match made {
                None => good.push(candidate.key),
                Some(error) => failed.push((candidate, error)),
            }
        }
        self.fail(running, failed)?;
        self.write_rechecked(program.hash, &program.sources, &good)
    }

    /// Returns the results that another program made or last confirmed.
    fn candidates(
        &self,
        running: &ActiveSubmission<'_>,
        program: &Program,
    ) -> Result<Vec<Candidate>, EngineError> {
        let mut candidates = Vec::new();
        for (index, done) in running.all_done() {
            let call = &running.graph.calls[index];
            let report = &done.report;
            let known = report.status == JobStatus::Skipped && report.reason.is_known();
            let Some(key) = report.key.filter(|_| known && !call.task.has_effects()) else { continue };
            let RecordRead::Found(record) = self.results.records.get::<ResultRecord>(&key)? else { continue };
            // Another compiler or profile may rightly give other last digits.
            let same_build = record.toolchain == Toolchain::current();
            let ignored = done.state.inputs.iter().filter(|input| call.task.ignores(&input.parameter));
            let mut others = ignored.filter(|input| {
                !record
                    .inputs
                    .iter()
                    .any(|known| known.parameter == input.parameter && known.content == input.value.hash)
            });
            if !same_build || others.next().is_some() {
                continue;
            }
            let earlier = self.registry.rechecked_by(&key.to_string())?;
            if earlier.as_ref().is_some_and(|(earlier, _)| *earlier == program.hash.to_string()) {
                continue;
            }
            let own: HashSet<String> =
                crate::engine::ask::code::parts(&call.task.code).into_iter().map(|part| part.file).collect();
            let sources = earlier.filter(|(_, sources)| !sources.is_empty()).map(|(_, sources)| {
                let mut changed = changed_sources(&sources, &program.sources);
                changed.sort_by_key(|name| !own.contains(name));
                changed
            });
            let touched = sources.iter().flatten().any(|name| own.contains(name));
            let cost = report.saved.unwrap_or_default();
            candidates.push(Candidate { index, key, record, cost, sources, touched });
        }
        Ok(candidates)
    }

    /// Recomputes a result. Returns the error if it differs.
    fn compare(
        &self,
        running: &ActiveSubmission<'_>,
        call: &Call,
        candidate: &Candidate,
        contents: &KnownContents<'_>,
        inputs: &[FoundInput],
    ) -> Result<Option<RecheckError>, EngineError> {
        let recompute = || -> Result<Result<Vec<Hash>, String>, EngineError> {
            Ok(self.recompute(call, contents.arguments(call, inputs, self)?))
        };
        let known: Vec<Hash> = candidate.record.outputs.iter().map(|output| output.content()).collect();
        let made = recompute()?;
        if made.as_ref() == Ok(&known) {
            return Ok(None);
        }
        let task = call.task.identity();
        if recompute()? != made {
            return Ok(Some(RecheckError::NotAFunction { task }));
        }
        let (made, error) = match made {
            Ok(made) => (made, None),
            Err(error) => (Vec::new(), Some(running.journal.log_capture.masked(error))),
        };
        let nodes = running.graph.outputs_of(call).map(|node| node.name.clone());
        let outputs = nodes.zip(known).zip(made);
        let outputs = outputs.map(|((node, known), again)| SampledOutput { node, known, again });
        Ok(Some(RecheckError::Mismatch(Box::new(Mismatch {
            id: 0,
            scenario: running.journal.scenario.to_string(),
            job: call.name.clone(),
            task,
            key: candidate.key,
            outputs: outputs.filter(|output| output.known != output.again).collect(),
            error,
            sources: candidate.sources.clone(),
            found_us: micros(SystemTime::now()),
            author: running.author.clone(),
            resolved_us: None,
        }))))
    }

    /// Fails the jobs whose results differ, and abandons the jobs that depend on them.
    fn fail(
        &self,
        running: &mut ActiveSubmission<'_>,
        failed: Vec<(Candidate, RecheckError)>,
    ) -> Result<(), EngineError> {
        let mut stale: HashMap<usize, String> = HashMap::new();
        for (candidate, mut error) in failed {
            let call = &running.graph.calls[candidate.index];
            if let RecheckError::Mismatch(mismatch) = &mut error {
                match self
                    .keep_mismatch(mismatch)
                    .and_then(|id| Ok((id, self.forget_results(&[candidate.key])?)))
                {
                    Ok((id, ())) => mismatch.id = id,
                    Err(error) => running.journal.warn(&format!("a mismatch could not be recorded: {error}")),
                }
                stale.insert(candidate.index, call.name.clone());
            }
            let done = running.done_mut(candidate.index);
            let (inputs, time) = (std::mem::take(&mut done.state.inputs), done.report.duration);
            let (started, rechecked) = (done.report.started_us, done.report.rechecked);
            let error = JobError::of(FailureKind::Returned, Arc::new(error));
            let mut done = running.failed(call, Reason::ResultKnown, inputs, time, error);
            done.report.started_us = started;
            done.report.rechecked = rechecked;
            running.replace_outcome(candidate.index, done);
        }
        // In running order, so that everything downstream of a stale job becomes stale.
        let order: Vec<usize> = running.graph.ordered().map(|(index, _)| index).collect();
        for index in order {
            let call = &running.graph.calls[index];
            let makers = call.arguments.iter().filter_map(|&node| match running.graph.nodes[node].maker {
                Maker::Call(maker) => stale.get(&maker).cloned(),
                Maker::Input { .. } => None,
            });
            let mut jobs: Vec<String> = makers.collect();
            jobs.dedup();
            if !jobs.is_empty() && !stale.contains_key(&index) && running.is_done(index) {
                let reason = Reason::UpstreamFailed { jobs };
                let Done { mut report, state, .. } = running.without_run(call, JobStatus::Abandoned, reason);
                report.started_us = running.done_mut(index).report.started_us;
                running.replace_outcome(index, Done { report, state, made: None });
                stale.insert(index, call.name.clone());
            }
        }
        Ok(())
    }

    fn keep_mismatch(&self, mismatch: &Mismatch) -> Result<i64, EngineError> {
        let Mismatch { scenario, job, task, key, outputs, error, sources, found_us, author, .. } = mismatch;
        let details = Details { outputs: outputs.clone(), error: error.clone(), sources: sources.clone() };
        self.write_mismatch(&MismatchRow {
            id: 0,
            scenario: scenario.clone(),
            job: job.clone(),
            task: task.clone(),
            key: key.to_string(),
            details: serde_json::to_string(&details).unwrap_or_default(),
            found: *found_us,
            author: author.clone(),
            resolved: None,
        })
    }
}

/// Returns the executable of this process: its name, or `/proc/self/exe` if another file has replaced it.
fn program_file() -> PathBuf {
    let own = Path::new("/proc/self/exe");
    let named = std::env::current_exe().unwrap_or_else(|_| own.to_owned());
    match (Stamp::of(&named), Stamp::of(own)) {
        (Ok(named_stamp), Ok(own_stamp)) if named_stamp != own_stamp => own.to_owned(),
        (Err(_), Ok(_)) => own.to_owned(),
        _ => named,
    }
}

/// Returns the names of the source files that differ between two lists.
fn changed_sources(before: &str, now: &str) -> Vec<String> {
    let read = |text: &str| -> HashMap<String, String> {
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        lines.map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect()
    };
    let (before, now) = (read(before), read(now));
    let names: HashSet<&String> = before.keys().chain(now.keys()).collect();
    let mut changed: Vec<String> =
        names.into_iter().filter(|name| before.get(*name) != now.get(*name)).cloned().collect();
    changed.sort();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_added_and_removed_sources_are_listed() {
        let before = "1\tsrc/a.rs\n2\tsrc/b.rs\n3\tsrc/c.rs";
        let now = "1\tsrc/a.rs\n9\tsrc/b.rs\n4\tsrc/d.rs";
        assert_eq!(changed_sources(before, now), ["src/b.rs", "src/c.rs", "src/d.rs"]);
        assert_eq!(changed_sources(before, before), [""; 0]);
    }
}
