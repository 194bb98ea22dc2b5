//! Explains how a worker process ended unexpectedly.

use crate::engine::job::report::{FailureKind, JobError};
use std::path::PathBuf;
use std::process::ExitStatus;

/// Returns the error of a job whose process ended during the call.
///
/// `stderr` is the end of the process's standard error, `oom_killed` is whether the system killed a process during the
/// call because memory ran out, and `peak` is the highest observed memory use of the process, in bytes.
pub(super) fn error(status: ExitStatus, stderr: &str, oom_killed: bool, peak: Option<u64>) -> JobError {
    let mut error = JobError::new(FailureKind::ProcessEnded, message(status, stderr, oom_killed, peak));
    error.causes.extend(stderr.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned));
    error
}

fn message(status: ExitStatus, stderr: &str, oom_killed: bool, peak: Option<u64>) -> String {
    let in_use = peak.map(|bytes| format!("; it had {} MiB in use", bytes >> 20)).unwrap_or_default();
    match (status.code(), signal(status)) {
        (Some(code), _) => {
            format!("the task ended its process with exit code {code}: return a value or an error instead")
        }
        (None, Some(6)) if stderr.contains("has overflowed its stack") => {
            "the task overflowed its stack, which ended its process".into()
        }
        (None, Some(6)) => "the task aborted its process (SIGABRT)".into(),
        (None, Some(9)) if oom_killed => {
            format!("the system ended the task's process because memory ran out (SIGKILL){in_use}")
        }
        (None, Some(9)) => format!(
            "the task's process was killed (SIGKILL), perhaps by the system because memory ran out{in_use}"
        ),
        (None, Some(11)) => "the task's process made an invalid memory access (SIGSEGV)".into(),
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

/// Counts the processes of a control group that the system killed because memory ran out. The count is zero on systems
/// without one.
pub(super) struct Kills {
    file: Option<PathBuf>,
    before: u64,
}

impl Kills {
    /// Starts counting for the control group of a process.
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

    /// Whether a process was killed since then.
    pub(super) fn happened(&self) -> bool {
        self.count() > self.before
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn each_kind_of_end_has_its_own_message() {
        let overflow = "\nthread 'pipeline-task' (7) has overflowed its stack\n\
            fatal runtime error: stack overflow, aborting\n";
        let end = |raw, stderr, oom_killed| {
            let error = error(ExitStatus::from_raw(raw), stderr, oom_killed, Some(300 << 20));
            [vec![error.message], error.causes].concat().join("\n")
        };
        let all = [
            end(0, "", false),
            end(3 << 8, "", false),
            end(6, overflow, false),
            end(6, "", false),
            end(9, "", true),
            end(9, "", false),
            end(11, "", false),
            end(15, "", false),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
