//! The project that the page shows: a store, the scenario type compiled into the program, and the scenario files of the
//! directory that the program was started in.

use crate::live::Live;
use crate::problem::Problem;
use skipstone::cli::Project;
use skipstone::{Graph, Hash, Settings, Store, graph::SourceText, questions::Comparator};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file with the positions of elements that were moved by hand.
pub(crate) const POSITIONS: &str = "studio.toml";

/// The id of the scenario type that is compiled into the program.
pub const PROGRAM: &str = "program";

/// Limits of the search for scenario files: the depth of directories and the number of directory entries.
const MAX_DEPTH: usize = 5;
const MAX_ENTRIES: usize = 20_000;

/// Maximum size of a scenario file, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Maximum number of parsed scenario files in the cache.
const LOADED: usize = 64;

/// The top-level keys of a scenario file.
const KEYS: [&str; 5] = ["name", "doc", "inputs", "outputs", "tasks"];

/// A project: a store, the program's scenario type and scenario files.
pub struct Studio {
    /// The command that starts the program.
    pub program: String,
    /// The directory that paths of scenario files are relative to. No file outside of it is read.
    pub directory: PathBuf,
    /// The store of scenarios and results.
    pub store: Store,
    /// The runs of this process, and the channel of events.
    pub live: Live,
    pub(crate) settings: Settings,
    pub(crate) comparators: Vec<Comparator>,
    compiled: Arc<Graph>,
    scenario_file: Option<PathBuf>,
    /// Parsed scenario files by path, with the hash of the content that was parsed.
    loaded: Mutex<HashMap<String, (Hash, Arc<Graph>)>>,
    /// Held while a file of the project is written.
    pub(crate) writing: Mutex<()>,
}

/// An error when a project is opened.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] skipstone::Error),
    /// The directory or the given scenario file can't be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The given scenario file is outside of the project's directory.
    #[error("{} is not in {}: start the studio in the directory of the project", file.display(), directory.display())]
    Elsewhere {
        /// The file.
        file: PathBuf,
        /// The directory of the project.
        directory: PathBuf,
    },
}

impl Studio {
    /// Opens the project of the current directory.
    ///
    /// # Errors
    ///
    /// If the store can't be opened, the directory can't be read, or the given scenario file is not in it.
    pub fn open(project: Project) -> Result<Studio, StudioError> {
        let here = || std::env::current_dir();
        let directory = here().map_err(|source| StudioError::Unreadable { path: ".".into(), source })?;
        let mut studio = Studio::of(&project.program, &directory, project.compiled, &project.settings)?;
        studio.comparators = project.comparators;
        if let Some(path) = project.scenario_file {
            let file = path.canonicalize().map_err(|source| StudioError::Unreadable { path, source })?;
            let inside = file.strip_prefix(&studio.directory).map(Path::to_owned);
            let directory = studio.directory.clone();
            studio.scenario_file = Some(inside.map_err(|_| StudioError::Elsewhere { file, directory })?);
        }
        Ok(studio)
    }

    /// Opens the project of a directory, for a compiled scenario type and the program's settings.
    ///
    /// # Errors
    ///
    /// If the store can't be opened or the directory can't be read.
    pub fn of(
        program: &str,
        directory: &Path,
        compiled: Arc<Graph>,
        settings: &Settings,
    ) -> Result<Studio, StudioError> {
        let unreadable = |source| StudioError::Unreadable { path: directory.into(), source };
        let directory = directory.canonicalize().map_err(unreadable)?;
        let store = Store::open_with(settings)?;
        let live = Live::of(&store);
        Ok(Studio {
            program: program.into(),
            directory,
            store,
            live,
            settings: settings.clone(),
            comparators: Vec::new(),
            compiled,
            scenario_file: None,
            loaded: Mutex::default(),
            writing: Mutex::default(),
        })
    }

    /// Returns the scenario type with this id: [`PROGRAM`] (also for `None`), or the path of a scenario file.
    ///
    /// # Errors
    ///
    /// If the project has no such file, or the file has errors.
    pub fn graph(&self, ty: Option<&str>) -> Result<Arc<Graph>, Problem> {
        let path = match ty {
            None | Some(PROGRAM) => return Ok(self.compiled.clone()),
            Some(path) => path,
        };
        let text = self.read(path)?;
        let hash = Hash::of(text.as_bytes());
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, graph)) = loaded.get(path)
            && *known == hash
        {
            return Ok(graph.clone());
        }
        let graph = Graph::from_toml(&SourceText::new(path, text))
            .map_err(|faults| Problem::unusable(faults.to_string()))?;
        if loaded.len() >= LOADED {
            loaded.clear();
        }
        loaded.insert(path.to_owned(), (hash, graph.clone()));
        Ok(graph)
    }

    /// Paths of the project's scenario files, separated by `/` and sorted; the one of `--scenario-file` comes first.
    pub fn scenario_files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut remaining = MAX_ENTRIES;
        self.find_files(&self.directory, MAX_DEPTH, &mut remaining, &mut found);
        found.sort();
        if let Some(first) = self.scenario_file.as_deref().and_then(slashed) {
            found.retain(|path| *path != first);
            found.insert(0, first);
        }
        found
    }

    fn find_files(&self, directory: &Path, depth: usize, remaining: &mut usize, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(directory) else { return };
        for entry in entries.flatten() {
            if *remaining == 0 {
                return;
            }
            *remaining -= 1;
            let (name, path) = (entry.file_name(), entry.path());
            let Some(name) = name.to_str() else { continue };
            // Hidden files, build output and stores are skipped. Links are not followed.
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                let generated = matches!(name, "target" | "node_modules") || path == self.store.path();
                if depth > 0 && !generated && !path.join("FORMAT").exists() {
                    self.find_files(&path, depth - 1, remaining, found);
                }
            } else if kind.is_file()
                && name.ends_with(".toml")
                && is_scenario(&path)
                && let Some(path) = path.strip_prefix(&self.directory).ok().and_then(slashed)
            {
                found.push(path);
            }
        }
    }

    /// Returns the absolute path of a scenario file: a visible `.toml` file inside the project that is neither the
    /// program's settings file nor the file of positions.
    ///
    /// # Errors
    ///
    /// For any other path.
    pub fn file(&self, path: &str) -> Result<PathBuf, Problem> {
        let full = self.within(path)?;
        let same = |other: &Path| match (full.canonicalize(), other.canonicalize()) {
            (Ok(full), Ok(other)) => full == other,
            _ => full == other,
        };
        let own = self.directory.join(format!("{}.toml", self.program));
        let settings = self.settings.file.as_deref().into_iter().chain([own.as_path()]);
        let mut reserved = settings.chain([Path::new(POSITIONS)]).map(|file| self.directory.join(file));
        match reserved.any(|file| same(&file)) {
            true => Err(Problem::forbidden(format!(
                "`{path}` is not a scenario file: the program uses it for itself"
            ))),
            false => Ok(full),
        }
    }

    /// Returns the absolute path of a visible `.toml` file inside the project.
    pub(crate) fn within(&self, path: &str) -> Result<PathBuf, Problem> {
        let plain = |part: Component<'_>| match part {
            Component::Normal(name) => name.to_str().is_some_and(|name| !name.starts_with('.')),
            _ => false,
        };
        let given = Path::new(path);
        let fits = given.components().all(plain)
            && given.extension().is_some_and(|extension| extension == "toml")
            && !path.contains(['\\', '\0']);
        if !fits || path.is_empty() {
            return Err(Problem::forbidden(format!(
                "`{path}` is not a valid scenario file: use a path inside the project that ends in .toml, without `..`"
            )));
        }
        let full = self.directory.join(given);
        // The part of the path that exists must not lead out of the project through a link.
        let existing = full.ancestors().find(|part| part.symlink_metadata().is_ok());
        let inside = existing
            .and_then(|existing| existing.canonicalize().ok())
            .is_some_and(|real| real.starts_with(&self.directory));
        if inside {
            Ok(full)
        } else {
            Err(Problem::forbidden(format!("`{path}` leads outside of the project")))
        }
    }

    /// Whether the file of an input's value may be read over HTTP: it is inside the project or the store.
    pub fn is_inside(&self, path: &Path) -> bool {
        let Ok(full) = std::path::absolute(path) else { return false };
        if full.components().any(|part| matches!(part, Component::ParentDir)) {
            return false;
        }
        let existing = full.ancestors().find(|part| part.symlink_metadata().is_ok());
        let Some(real) = existing.and_then(|existing| existing.canonicalize().ok()) else { return false };
        let store = self.store.path().canonicalize();
        let mut roots = vec![self.directory.clone()];
        // With `cargo run`, relative paths may be relative to the package.
        roots.extend(
            std::env::var_os("CARGO_MANIFEST_DIR")
                .and_then(|package| PathBuf::from(package).canonicalize().ok()),
        );
        roots.extend(store.ok());
        roots.iter().any(|root| real.starts_with(root))
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    ///
    /// If it is not in the project, can't be read, or is not UTF-8.
    pub fn read(&self, path: &str) -> Result<String, Problem> {
        self.read_from(path, self.file(path)?)
    }

    /// Reads the file at `full`, called `path` in errors.
    pub(crate) fn read_from(&self, path: &str, full: PathBuf) -> Result<String, Problem> {
        match std::fs::metadata(&full) {
            Ok(about) if about.len() > MAX_FILE_BYTES => {
                return Err(Problem::unusable(format!("`{path}` is larger than {MAX_FILE_BYTES} bytes")));
            }
            Ok(about) if !about.is_file() => return Err(Problem::missing(format!("`{path}` is not a file"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Problem::missing(format!("the project has no file `{path}`")));
            }
            _ => {}
        }
        let text = std::fs::read_to_string(&full);
        text.map_err(|error| Problem::unusable(format!("can't read `{path}`: {error}")))
    }
}

/// The path with `/` as the separator; `None` if it is not UTF-8.
fn slashed(path: &Path) -> Option<String> {
    path.components()
        .map(|part| part.as_os_str().to_str())
        .collect::<Option<Vec<_>>>()
        .map(|parts| parts.join("/"))
}

/// Whether a TOML file looks like a scenario. If it can't be parsed, having a `[[tasks]]` table is enough.
fn is_scenario(path: &Path) -> bool {
    if std::fs::metadata(path).map_or(true, |about| about.len() > MAX_FILE_BYTES) {
        return false;
    }
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    match text.parse::<toml_edit::DocumentMut>() {
        Ok(document) => has_scenario_keys(&document),
        Err(_) => text.contains("[[tasks]]"),
    }
}

/// Whether the top level of a document is that of a scenario: it has a name, and no keys that a scenario can't have.
pub(crate) fn has_scenario_keys(document: &toml_edit::DocumentMut) -> bool {
    let named = document.get("name").is_some_and(toml_edit::Item::is_str);
    named && document.iter().all(|(key, _)| KEYS.contains(&key))
}
