//! Graphs as TOML files: read over the tasks that are compiled into the program, and written.
//!
//! The model and the checks of names are those of `pipeline-wiring`, which `scenario!` has, too; what only signatures
//! and types can show is checked by the builder, and told at the place in the file.

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
        /// Why.
        source: std::io::Error,
    },
    /// What it says is wrong: everything that is.
    #[error(transparent)]
    Wrong(#[from] Faults),
    /// A graph can't be written as a file.
    #[error("scenario `{scenario}` can't be written as a file: {why}")]
    Unwritable {
        /// The scenario.
        scenario: String,
        /// Why.
        why: String,
    },
}

impl Graph {
    /// The graph that a TOML file describes, over the tasks that are compiled into this program.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or anything in it is wrong: the error says everything that is, each with its line
    /// and a caret.
    pub fn load(path: impl AsRef<Path>) -> Result<Arc<Graph>, ScenarioFileError> {
        let path = path.as_ref();
        let text = crate::data::read_text(path)
            .map_err(|source| ScenarioFileError::Unreadable { path: path.to_owned(), source })?;
        Ok(Graph::from_toml(&SourceText::new(path.display().to_string(), text))?)
    }

    /// The graph that a text describes, over the tasks that are compiled into this program.
    ///
    /// # Errors
    ///
    /// When anything in it is wrong: the error says everything that is.
    pub fn from_toml(source: &SourceText) -> Result<Arc<Graph>, Faults> {
        load::load(source)
    }

    /// The graph that a file describes which was read already, with what was found wrong on the way.
    #[cfg(feature = "cli")]
    pub(crate) fn of_file(
        file: &ScenarioFile,
        source: &SourceText,
        faults: Vec<Fault>,
    ) -> Result<Arc<Graph>, Faults> {
        load::from_file(file, source, faults)
    }

    /// The graph as a TOML file; what [`Graph::load`] makes this graph of, with the defaults as they are now.
    /// Functions from earlier types ([`crate::InputDef::migrate`]) are not part of it.
    ///
    /// # Errors
    ///
    /// When a default can't be written.
    pub fn to_toml(&self) -> Result<String, ScenarioFileError> {
        write::write(self, &|node| node.default_value())
    }

    /// The same with other defaults.
    pub(crate) fn to_toml_with(&self, default_of: DefaultOf<'_>) -> Result<String, ScenarioFileError> {
        write::write(self, default_of)
    }
}
