//! Validates a scenario from a file by the rules that data written by this library satisfies.
//!
//! Hashes prove that a file is what its writer made, but not that the writer was this library. Recorded runs are parsed
//! in many places later, so everything is parsed once before anything is imported.

use super::catalog::valid_label;
use super::instance::usable_name;
use super::run::RunInput;
use crate::engine::{JobReport, JobState, RunStatus};
use crate::registry::Archive;
use std::time::Duration;

/// The latest valid time: the end of the year 9999, in microseconds since 1970.
const LATEST: i64 = 253_402_300_799_999_999;

/// The maximum total size of a scenario's outputs, in bytes: more than any store holds.
const MAX_BYTES: u64 = 1 << 60;

/// Returns the first problem of an archive, or `None` if it is valid.
pub(super) fn problem(archive: &Archive) -> Option<String> {
    if usable_name(&archive.name).is_err() {
        return Some(format!("`{}` is not a valid scenario name", archive.name.escape_debug()));
    }
    for word in archive.words() {
        if valid_label(word).is_err() {
            return Some(format!("`{}` is not a valid tag or property name", word.escape_debug()));
        }
    }
    for text in archive.texts() {
        if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
            return Some(format!("the string `{}` has control characters", text.escape_debug()));
        }
    }
    if !archive.moments().all(|moment| (0..=LATEST).contains(&moment)) {
        return Some("a time is before 1970 or after 9999".into());
    }
    let mut bytes = 0_u64;
    for run in &archive.runs {
        let invalid = |what: &str| Some(format!("run {}: {what}", run.number));
        match RunStatus::from_word(&run.status) {
            None => return invalid(&format!("unknown status `{}`", run.status.escape_debug())),
            Some(RunStatus::Running) => return invalid("it has not ended"),
            Some(_) => {}
        }
        if serde_json::from_str::<Vec<RunInput>>(&run.inputs).is_err()
            || serde_json::from_str::<Vec<String>>(&run.warnings).is_err()
        {
            return invalid("its inputs or warnings can't be read");
        }
        let Ok(jobs) = serde_json::from_str::<Vec<JobReport>>(&run.jobs) else {
            return invalid("its jobs can't be read");
        };
        for job in &jobs {
            let lengths = [Some(job.duration), job.saved, job.rechecked];
            if lengths.into_iter().flatten().any(|length| length > Duration::from_micros(LATEST as u64))
                || !(0..=LATEST).contains(&job.started_us)
            {
                return invalid(&format!("the time of job `{}` is out of range", job.name.escape_debug()));
            }
            for output in &job.outputs {
                bytes = bytes.saturating_add(output.value.bytes);
            }
        }
    }
    if bytes > MAX_BYTES {
        return Some(format!("its outputs have more than {MAX_BYTES} bytes"));
    }
    for (job, state) in &archive.states {
        if serde_json::from_str::<JobState>(state).is_err() {
            return Some(format!("the state of job `{}` can't be read", job.escape_debug()));
        }
    }
    None
}
