//! How a worker ended that should not have.

use crate::engine::job::report::{FailureKind, JobError};
use std::path::PathBuf;
use std::process::ExitStatus;

/// The error of a job whose process ended while its function was being called.
///
/// `said` is the end of what the process wrote to standard error, `killed` tells whether the system ended a process for
/// want of memory meanwhile, `peak` is the most memory that the process was seen to have in use, in bytes.
pub(super) fn error(status: ExitStatus, said: &str, killed: bool, peak: Option<u64>) -> JobError {
    let mut error = JobError::saying(FailureKind::ProcessEnded, words(status, said, killed, peak));
    error.causes.extend(said.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned));
    error
}

fn words(status: ExitStatus, said: &str, killed: bool, peak: Option<u64>) -> String {
    let in_use = peak.map(|bytes| format!("; it had {} MiB in use", bytes >> 20)).unwrap_or_default();
    match (status.code(), signal(status)) {
        (Some(code), _) => {
            format!("the task ended its process with exit code {code}: let it return a value or an error")
        }
        (None, Some(6)) if said.contains("has overflowed its stack") => {
            "the task overflowed its stack, which ended its process".into()
        }
        (None, Some(6)) => "the task aborted its process (SIGABRT)".into(),
        (None, Some(9)) if killed => {
            format!("the system ended the task's process because memory ran out (SIGKILL){in_use}")
        }
        (None, Some(9)) => format!(
            "the task's process was killed (SIGKILL), by somebody or by the system because memory ran out{in_use}"
        ),
        (None, Some(11)) => "the task's process accessed memory that it may not (SIGSEGV)".into(),
        (None, Some(signal)) => format!("the task's process was ended by signal {signal}"),
        (None, None) => "the task's process ended".into(),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// How many processes of a control group the system has ended for want of memory, where it tells.
pub(super) struct Kills {
    file: Option<PathBuf>,
    before: u64,
}

impl Kills {
    /// Of the group that a process is in, from now on.
    pub(super) fn of(process: u32) -> Kills {
        let groups = std::fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default();
        let file = groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
            let file = match controllers {
                "" => PathBuf::from("/sys/fs/cgroup").join(path).join("memory.events"),
                "memory" => PathBuf::from("/sys/fs/cgroup/memory").join(path).join("memory.oom_control"),
                _ => return None,
            };
            file.exists().then_some(file)
        });
        let mut kills = Kills { file, before: 0 };
        kills.before = kills.count();
        kills
    }

    fn count(&self) -> u64 {
        let text = self.file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok());
        count.unwrap_or_default()
    }

    /// Whether there was one since.
    pub(super) fn happened(&self) -> bool {
        self.count() > self.before
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn each_end_has_its_words() {
        let said = "\nthread 'pipeline-task' (7) has overflowed its stack\nfatal runtime error: stack overflow, aborting\n";
        let end = |raw, said, killed| {
            let error = error(ExitStatus::from_raw(raw), said, killed, Some(300 << 20));
            [vec![error.message], error.causes].concat().join("\n")
        };
        let all = [
            end(0, "", false),
            end(3 << 8, "", false),
            end(6, said, false),
            end(6, "", false),
            end(9, "", true),
            end(9, "", false),
            end(11, "", false),
            end(15, "", false),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
