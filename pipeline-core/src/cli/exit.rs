//! How the program ends.

use super::output::Output;
use crate::report::Tone;
use crate::scenario::error::Error;
use std::io;
use std::process::ExitCode;

/// The end of the help.
pub(super) const HELP: &str = "\
Exit codes: 0 fine, 1 a task failed or a check found something, 2 arguments, input or store not usable,
3 work is pending (plan --exit-code) or a deletion waits for --yes, 130 canceled.";

/// An end without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Fine = 0,
    /// What was looked at is not as it should be.
    Found = 1,
    Pending = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An end with a message.
pub(super) enum Failure {
    /// The library's.
    Library(Error),
    /// Of a command of the program's own.
    Command(Box<dyn std::error::Error>),
    /// Of the arguments; also the help, which is none.
    Arguments(clap::Error),
    /// Of writing the output.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Output(error) => Failure::Output(error),
            error => Failure::Library(error),
        }
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Failure {
        Failure::Arguments(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl Failure {
    /// Says what happened on stderr; the exit code.
    pub(super) fn report(self, output: &Output) -> ExitCode {
        match self {
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Failure::Output(error) => say(output, &format!("can't write the output: {error}"), 2),
            Failure::Command(error) => say(output, &error.to_string(), 2),
            Failure::Arguments(error) => {
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
            Failure::Library(Error::Failed(failed)) => {
                for job in failed.run().failed() {
                    let Some(error) = &job.error else { continue };
                    let causes: String =
                        error.causes.iter().map(|cause| format!("\n  caused by: {cause}")).collect();
                    say(output, &format!("task `{}` failed: {}{causes}", job.name, error.message), 1);
                }
                ExitCode::from(1)
            }
            Failure::Library(error @ (Error::Canceled { .. } | Error::CanceledEarly { .. })) => {
                say(output, &error.to_string(), 130)
            }
            Failure::Library(error) => say(output, &error.to_string(), 2),
        }
    }
}

fn say(output: &Output, message: &str, code: u8) -> ExitCode {
    // What is wrong with a file says so itself, of each thing that is.
    output.message(Tone::Bad, "error", message.strip_prefix("error: ").unwrap_or(message));
    ExitCode::from(code)
}
