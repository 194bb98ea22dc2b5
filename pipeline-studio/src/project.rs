//! What the page is about: a store, the scenario type that is compiled into the program, and the scenario files of the
//! directory that the program was started in.

use crate::live::Live;
use crate::problem::Problem;
use skipstone::cli::Project;
use skipstone::{Graph, Hash, Settings, Store, graph::SourceText, questions::Comparator};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where elements of drawings were put.
pub(crate) const POSITIONS: &str = "studio.toml";

/// The type that is compiled into the program.
pub const PROGRAM: &str = "program";

/// How deep scenario files are looked for, and how many files are looked at.
const DEEPEST: usize = 5;
const MOST: usize = 20_000;

/// The longest scenario file, in bytes.
pub const LONGEST: u64 = 1 << 20;

/// How many scenario types of files are kept as they were loaded.
const LOADED: usize = 64;

/// What a scenario file may say at its top.
const KEYS: [&str; 5] = ["name", "doc", "inputs", "outputs", "tasks"];

/// What the page is about.
pub struct Studio {
    /// What people type to start the program.
    pub program: String,
    /// The directory that paths of scenario files are relative to, and outside of which no file is read.
    pub directory: PathBuf,
    /// Where scenarios and results are.
    pub store: Store,
    /// What happens at this moment.
    pub live: Live,
    pub(crate) settings: Settings,
    pub(crate) comparators: Vec<Comparator>,
    compiled: Arc<Graph>,
    scenario_file: Option<PathBuf>,
    loaded: Mutex<HashMap<String, (Hash, Arc<Graph>)>>,
    /// Held while a file of the project is written.
    pub(crate) writing: Mutex<()>,
}

/// A project that can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] skipstone::Error),
    /// The directory, or the scenario file that was given, can't be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The scenario file that was given is somewhere else.
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
    /// When the store can't be opened, the directory can't be read, or a scenario file is not in it.
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

    /// The project of a directory: a scenario type that is compiled into a program, and what the program is set to.
    ///
    /// # Errors
    ///
    /// When the store can't be opened or the directory can't be read.
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

    /// The scenario type of this name: [`PROGRAM`], or the path of a scenario file.
    ///
    /// # Errors
    ///
    /// When there is no such file in the project, or it has errors.
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

    /// The scenario files of the project, by their paths with `/`; that of `--scenario-file` first.
    pub fn scenario_files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut left = MOST;
        self.look(&self.directory, DEEPEST, &mut left, &mut found);
        found.sort();
        if let Some(first) = self.scenario_file.as_deref().and_then(slashed) {
            found.retain(|path| *path != first);
            found.insert(0, first);
        }
        found
    }

    fn look(&self, directory: &Path, depth: usize, left: &mut usize, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(directory) else { return };
        for entry in entries.flatten() {
            if *left == 0 {
                return;
            }
            *left -= 1;
            let (name, path) = (entry.file_name(), entry.path());
            let Some(name) = name.to_str() else { continue };
            // Neither hidden things nor what tools make; links are not followed.
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                let made = matches!(name, "target" | "node_modules") || path == self.store.path();
                if depth > 0 && !made && !path.join("FORMAT").exists() {
                    self.look(&path, depth - 1, left, found);
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

    /// Where a scenario file is: inside of the project, not hidden, of TOML, and neither the settings of the program nor
    /// where elements were put.
    ///
    /// # Errors
    ///
    /// When the path leads anywhere else.
    pub fn file(&self, path: &str) -> Result<PathBuf, Problem> {
        let whole = self.within(path)?;
        let same = |other: &Path| match (whole.canonicalize(), other.canonicalize()) {
            (Ok(whole), Ok(other)) => whole == other,
            _ => whole == other,
        };
        let own = self.directory.join(format!("{}.toml", self.program));
        let settings = self.settings.file.as_deref().into_iter().chain([own.as_path()]);
        let mut kept = settings.chain([Path::new(POSITIONS)]).map(|file| self.directory.join(file));
        match kept.any(|file| same(&file)) {
            true => Err(Problem::forbidden(format!(
                "`{path}` is no scenario file: the program has it for itself"
            ))),
            false => Ok(whole),
        }
    }

    /// Where a file of TOML is, inside of the project and not hidden.
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
                "`{path}` is no scenario file of the project: a path below it that ends in .toml, without `..`"
            )));
        }
        let whole = self.directory.join(given);
        // What is there must not be reached over a link that leads out.
        let there = whole.ancestors().find(|part| part.symlink_metadata().is_ok());
        let inside = there
            .and_then(|there| there.canonicalize().ok())
            .is_some_and(|real| real.starts_with(&self.directory));
        if inside { Ok(whole) } else { Err(Problem::forbidden(format!("`{path}` leads out of the project"))) }
    }

    /// Whether a file of an input's value may be read for somebody who asks over HTTP: inside of the project or store.
    pub fn is_inside(&self, path: &Path) -> bool {
        let Ok(whole) = std::path::absolute(path) else { return false };
        if whole.components().any(|part| matches!(part, Component::ParentDir)) {
            return false;
        }
        let there = whole.ancestors().find(|part| part.symlink_metadata().is_ok());
        let Some(real) = there.and_then(|there| there.canonicalize().ok()) else { return false };
        let store = self.store.path().canonicalize();
        let mut roots = vec![self.directory.clone()];
        // Where cargo runs the program, relative paths may be those of its package.
        roots.extend(
            std::env::var_os("CARGO_MANIFEST_DIR")
                .and_then(|package| PathBuf::from(package).canonicalize().ok()),
        );
        roots.extend(store.ok());
        roots.iter().any(|root| real.starts_with(root))
    }

    /// The text of a scenario file.
    ///
    /// # Errors
    ///
    /// When it is not in the project, can't be read, or is no text.
    pub fn read(&self, path: &str) -> Result<String, Problem> {
        self.read_from(path, self.file(path)?)
    }

    /// The text of a file of the project that is at `whole`.
    pub(crate) fn read_from(&self, path: &str, whole: PathBuf) -> Result<String, Problem> {
        match std::fs::metadata(&whole) {
            Ok(about) if about.len() > LONGEST => {
                return Err(Problem::unusable(format!("`{path}` is longer than {LONGEST} bytes")));
            }
            Ok(about) if !about.is_file() => return Err(Problem::missing(format!("`{path}` is no file"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Problem::missing(format!("the project has no file `{path}`")));
            }
            _ => {}
        }
        let text = std::fs::read_to_string(&whole);
        text.map_err(|error| Problem::unusable(format!("can't read `{path}`: {error}")))
    }
}

/// The path with `/` between its parts.
fn slashed(path: &Path) -> Option<String> {
    path.components()
        .map(|part| part.as_os_str().to_str())
        .collect::<Option<Vec<_>>>()
        .map(|parts| parts.join("/"))
}

/// Whether a file of TOML looks like a scenario: it has tasks, and a name where it can be read.
fn is_scenario(path: &Path) -> bool {
    if std::fs::metadata(path).map_or(true, |about| about.len() > LONGEST) {
        return false;
    }
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    match text.parse::<toml_edit::DocumentMut>() {
        Ok(document) => has_form_of_scenario(&document),
        Err(_) => text.contains("[[tasks]]"),
    }
}

/// Whether a text of TOML is that of a scenario, as far as its top tells: it has a name, and nothing that a scenario has not.
pub(crate) fn has_form_of_scenario(document: &toml_edit::DocumentMut) -> bool {
    let named = document.get("name").is_some_and(toml_edit::Item::is_str);
    named && document.iter().all(|(key, _)| KEYS.contains(&key))
}
