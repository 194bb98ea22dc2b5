//! Whether a scenario from a file may be taken: what a stranger wrote, by the rules that our own commands keep.
//!
//! Hashes say that a file is what its writer made, not that the writer was this library. What is kept of a run is read
//! by many later; so it is read once before anything is taken.

use super::catalog::usable_word;
use super::instance::usable_name;
use super::run::RunInput;
use crate::engine::{JobReport, JobState, RunStatus};
use crate::registry::Archive;
use std::time::Duration;

/// The last moment that a date can be said of, in microseconds since 1970: the end of the year 9999.
const LATEST: i64 = 253_402_300_799_999_999;

/// What a store can't hold in all.
const MOST_BYTES: u64 = 1 << 60;

/// What is wrong with an archive.
pub(super) fn problem(archive: &Archive) -> Option<String> {
    if usable_name(&archive.name).is_err() {
        return Some(format!("`{}` can't be the name of a scenario", archive.name.escape_debug()));
    }
    for word in archive.words() {
        if usable_word(word).is_err() {
            return Some(format!("`{}` can't be a tag or the name of a property", word.escape_debug()));
        }
    }
    for text in archive.texts() {
        if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
            return Some(format!("the text `{}` has control characters", text.escape_debug()));
        }
    }
    if !archive.moments().all(|moment| (0..=LATEST).contains(&moment)) {
        return Some("a time lies before 1970 or after 9999".into());
    }
    let mut bytes = 0_u64;
    for run in &archive.runs {
        let wrong = |what: &str| Some(format!("run {}: {what}", run.number));
        match RunStatus::from_word(&run.status) {
            None => return wrong(&format!("there is no status `{}`", run.status.escape_debug())),
            Some(RunStatus::Running) => return wrong("it has no end"),
            Some(_) => {}
        }
        if serde_json::from_str::<Vec<RunInput>>(&run.inputs).is_err()
            || serde_json::from_str::<Vec<String>>(&run.warnings).is_err()
        {
            return wrong("its inputs or warnings can't be read");
        }
        let Ok(jobs) = serde_json::from_str::<Vec<JobReport>>(&run.jobs) else {
            return wrong("its jobs can't be read");
        };
        for job in &jobs {
            let lengths = [Some(job.duration), job.saved, job.rechecked];
            if lengths.into_iter().flatten().any(|length| length > Duration::from_micros(LATEST as u64))
                || !(0..=LATEST).contains(&job.started_us)
            {
                return wrong(&format!("the time of job `{}` is out of range", job.name.escape_debug()));
            }
            for output in &job.outputs {
                bytes = bytes.saturating_add(output.value.bytes);
            }
        }
    }
    if bytes > MOST_BYTES {
        return Some(format!("its outputs have more than {MOST_BYTES} bytes"));
    }
    for (job, state) in &archive.states {
        if serde_json::from_str::<JobState>(state).is_err() {
            return Some(format!("the state of job `{}` can't be read", job.escape_debug()));
        }
    }
    None
}
