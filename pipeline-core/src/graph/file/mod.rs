//! Reads and writes graphs as TOML files, with the tasks that are compiled into the program.
//!
//! The model and the checks of names are those of `pipeline-wiring`, which `scenario!` uses as well. The builder checks
//! signatures and types, and its problems are reported at their places in the file.

mod draft;
mod edit;
mod load;
pub(super) mod types;
mod write;

pub use draft::{Draft, DraftProblem};
#[cfg(feature = "cli")]
pub(crate) use edit::put;
pub use edit::{EditError, ScenarioFileEditor};
pub use types::{DefaultValue, files_of_default};

use super::Graph;
#[cfg(feature = "cli")]
use skipstone_wiring::{Fault, scenario_file::ScenarioFile};
use skipstone_wiring::{Faults, SourceText};
use std::path::{Path, PathBuf};
use std::sync::Arc;
pub(crate) use write::DefaultOf;

/// A scenario file that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioFileError {
    /// The file can't be read.
    #[error("can't read the scenario file {}: {source}; check the path", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file has errors; all of them are reported.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// A graph can't be written as a file.
    #[error("scenario `{scenario}` can't be written as a file: {why}")]
    Unwritable {
        /// The scenario.
        scenario: String,
        /// The cause.
        why: String,
    },
}

impl Graph {
    /// Loads the graph that a TOML file describes, with the tasks that are compiled into this program.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or anything in it is wrong. The error lists all problems, each with its line and a
    /// caret.
    pub fn load(path: impl AsRef<Path>) -> Result<Arc<Graph>, ScenarioFileError> {
        let path = path.as_ref();
        let text = crate::data::read_text(path)
            .map_err(|source| ScenarioFileError::Unreadable { path: path.to_owned(), source })?;
        Ok(Graph::from_toml(&SourceText::new(path.display().to_string(), text))?)
    }

    /// Parses the graph that a string describes, with the tasks that are compiled into this program.
    ///
    /// # Errors
    ///
    /// When anything in it is wrong. The error lists all problems.
    pub fn from_toml(source: &SourceText) -> Result<Arc<Graph>, Faults> {
        load::load(source)
    }

    /// Builds the graph of a parsed file. `faults` are the faults found while parsing.
    #[cfg(feature = "cli")]
    pub(crate) fn of_file(
        file: &ScenarioFile,
        source: &SourceText,
        faults: Vec<Fault>,
    ) -> Result<Arc<Graph>, Faults> {
        load::from_file(file, source, faults)
    }

    /// Writes the graph as a TOML file that [`Graph::load`] reads as the same graph, with the current defaults.
    /// Migrations from earlier types ([`crate::InputDef::migrate`]) are not part of it.
    ///
    /// # Errors
    ///
    /// When a default can't be written, or the graph has branches.
    pub fn to_toml(&self) -> Result<String, ScenarioFileError> {
        write::write(self, &|node| node.default_value())
    }

    /// Writes the graph as a TOML file, with other defaults.
    pub(crate) fn to_toml_with(&self, default_of: DefaultOf<'_>) -> Result<String, ScenarioFileError> {
        write::write(self, default_of)
    }
}
