//! Exit codes and error messages.

use super::output::Output;
use crate::report::Tone;
use crate::scenario::error::Error;
use std::io;
use std::process::ExitCode;

/// The last lines of the help.
pub(super) const HELP: &str = "\
Exit codes: 0 success, 1 a task failed or a check found a problem, 2 arguments, input or store can't be used,
3 work is pending (plan --exit-code) or a deletion waits for --yes, 130 canceled.";

/// The exit code of a program that ends without an error message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Success = 0,
    /// A check found a problem.
    Found = 1,
    /// Work is pending, or a deletion waits for `--yes`.
    Pending = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error that ends the program with a message.
pub(super) enum Failure {
    /// An error of the library.
    Library(Error),
    /// An error of a command.
    Command(Box<dyn std::error::Error>),
    /// An error in the arguments. clap also returns the help as one.
    Arguments(clap::Error),
    /// An error while writing the output.
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
    /// Prints the error to stderr and returns the exit code.
    pub(super) fn report(self, output: &Output) -> ExitCode {
        match self {
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Failure::Output(error) => print_error(output, &format!("can't write the output: {error}"), 2),
            Failure::Command(error) => print_error(output, &error.to_string(), 2),
            Failure::Arguments(error) => {
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
            Failure::Library(Error::Failed(failed)) => {
                for job in failed.run().failed() {
                    let Some(error) = &job.error else { continue };
                    let causes: String =
                        error.causes.iter().map(|cause| format!("\n  caused by: {cause}")).collect();
                    print_error(output, &format!("task `{}` failed: {}{causes}", job.name, error.message), 1);
                }
                ExitCode::from(1)
            }
            Failure::Library(
                error @ (Error::Canceled { .. } | Error::CanceledEarly { .. } | Error::SweepCanceled { .. }),
            ) => print_error(output, &error.to_string(), 130),
            Failure::Library(error) => print_error(output, &error.to_string(), 2),
        }
    }
}

fn print_error(output: &Output, message: &str, code: u8) -> ExitCode {
    // Messages about files already begin each of their errors with `error: `.
    output.message(Tone::Bad, "error", message.strip_prefix("error: ").unwrap_or(message));
    ExitCode::from(code)
}
