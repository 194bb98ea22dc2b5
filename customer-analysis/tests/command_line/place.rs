//! A directory to run the program in.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A temporary directory in which the program runs, with its store.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_customer-analysis"));
        command.args(arguments).current_dir(self.folder.path());
        command.env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env("RUST_BACKTRACE", "0");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        Done::from(self.command(arguments).output().expect("the program starts"))
    }

    /// Writes a small file of customers; returns the argument of `--set` for it.
    pub(crate) fn customers(&self, name: &str, rows: &str) -> String {
        let header =
            "CustomerID,TotalPurchaseAmount,NumberOfPurchases,AverageReviewScore,TotalPurchaseTime\n";
        fs::write(self.path(name), format!("{header}{rows}")).expect("written");
        format!("path_to_data={name}")
    }

    /// The files of unfinished writes in the store.
    pub(crate) fn half_written(&self) -> Vec<PathBuf> {
        let tmp = self.path(".pipeline/tmp");
        fs::read_dir(tmp).map_or(Vec::new(), |entries| entries.filter_map(|e| Some(e.ok()?.path())).collect())
    }
}

/// The exit code and the output of the program.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Done {
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Done {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(!self.err.contains("panicked at"), "{self:#?}");
        self
    }

    /// Asserts that the program printed one error message, which contains these parts.
    #[track_caller]
    pub(crate) fn error(&self, parts: &[&str]) {
        assert_eq!(self.err.matches("error: ").count(), 1, "{self:#?}");
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in: {}", self.err);
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}
