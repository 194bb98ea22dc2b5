//! Reads the build metadata that cargo stores for each compiled crate: its features, its dependencies, the output of
//! its build script, the time at which its compiler started, and the files and variables that the compiler read.
//!
//! The metadata (`.fingerprint` beside the artefacts) is an internal format of cargo, so nothing depends on its
//! presence: without it, [`Crate`](crate::krate::Crate)s count by their artefacts.

use crate::compiler::{self, CommandLine};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The build metadata beside a folder of artefacts.
#[derive(Debug)]
pub(crate) struct Units {
    artefacts: PathBuf,
    metadata: PathBuf,
    /// Folders of metadata by the hash that they contain.
    by_hash: RefCell<Option<FxHashMap<u64, PathBuf>>>,
    /// Folders of metadata by the suffix of the artefacts.
    by_suffix: OnceCell<FxHashMap<String, PathBuf>>,
    known: RefCell<FxHashMap<PathBuf, Option<Unit>>>,
}

/// The build metadata of a crate that was compiled or is being compiled.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) folder: PathBuf,
    /// The package's name.
    pub(crate) package: String,
    pub(crate) features: BTreeSet<String>,
    /// The names of its dependencies in its code, with the folders of their metadata.
    pub(crate) dependencies: Vec<(String, PathBuf)>,
    /// The folder of its build script's output.
    pub(crate) build_script: Option<PathBuf>,
}

/// The files and variables that the compiler read for a crate.
#[derive(Debug, Default, Clone)]
pub(crate) struct DepInfo {
    pub(crate) files: Vec<PathBuf>,
    /// Variables with their values; `None` for one that was not set.
    pub(crate) variables: Vec<(String, Option<String>)>,
}

/// The time to wait for the metadata of a crate that is being compiled, if its compiler process can't be found.
const TIMEOUT: Duration = Duration::from_secs(2);

impl Units {
    /// Finds the metadata beside this artefact. `None` if the artefact has no metadata beside it.
    pub(crate) fn beside(artefact: &Path) -> Option<Units> {
        let artefacts = artefact.parent()?;
        let metadata = artefacts.parent()?.join(".fingerprint");
        metadata.is_dir().then(|| Units {
            artefacts: artefacts.to_owned(),
            metadata,
            by_hash: RefCell::default(),
            by_suffix: OnceCell::new(),
            known: RefCell::default(),
        })
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(&self.metadata)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(|entry| entry.path())
    }

    /// Returns the metadata of the crate that this artefact belongs to.
    pub(crate) fn of_artefact(&self, artefact: &Path) -> Option<Unit> {
        self.known(&self.folder_of(artefact)?)
    }

    /// Returns the metadata folder of the crate that this artefact belongs to.
    pub(crate) fn folder_of(&self, artefact: &Path) -> Option<PathBuf> {
        let stem = artefact.file_stem()?.to_string_lossy().into_owned();
        let suffix = stem.rsplit_once('-')?.1.to_owned();
        let by_suffix = self.by_suffix.get_or_init(|| {
            let name =
                |folder: &PathBuf| Some(folder.file_name()?.to_string_lossy().rsplit_once('-')?.1.to_owned());
            self.folders().filter_map(|folder| Some((name(&folder)?, folder))).collect()
        });
        by_suffix.get(&suffix).cloned()
    }

    /// Returns the metadata in a folder, which is read once.
    pub(crate) fn known(&self, folder: &Path) -> Option<Unit> {
        if let Some(known) = self.known.borrow().get(folder) {
            return known.clone();
        }
        let found = self.read(folder);
        self.known.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }

    /// Reads the metadata in a folder. Waits up to [`TIMEOUT`] for a crate that is being compiled.
    pub(crate) fn read(&self, folder: &Path) -> Option<Unit> {
        let name = folder.file_name()?.to_string_lossy().into_owned();
        let (package, suffix) = name.rsplit_once('-')?;
        let start = Instant::now();
        loop {
            if let Some(unit) = self.finished(folder, package) {
                return Some(unit);
            }
            if let Some((line, generated)) = CommandLine::of_running(suffix) {
                return Some(self.unfinished(folder, package, line, generated));
            }
            if start.elapsed() > TIMEOUT {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Reads the metadata of a crate whose compilation has finished.
    fn finished(&self, folder: &Path, package: &str) -> Option<Unit> {
        let files = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        let file = files.into_iter().find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.ends_with(".json") && (name.starts_with("lib-") || name.starts_with("run-"))
        })?;
        // Empty while the crate is being compiled again.
        hash_in(&file.with_extension(""))?;
        let metadata: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).ok()?).ok()?;
        let features = metadata.get("features")?.as_str()?;
        let features: BTreeSet<String> = serde_json::from_str(features).unwrap_or_default();
        let (mut dependencies, mut build_script) = (Vec::new(), None);
        for dependency in metadata.get("deps")?.as_array()? {
            let name = dependency.get(1)?.as_str()?.to_owned();
            // A crate that is being compiled has no hash yet and is found by its name.
            let hash = dependency.get(3)?.as_u64()?;
            let Some(folder) = self.by_hash(hash).or_else(|| self.in_progress(&name)) else { continue };
            if name == "build_script_build" || folder_has(&folder, "run-") {
                let suffix = folder.file_name()?;
                build_script = Some(self.artefacts.parent()?.join("build").join(suffix));
            } else {
                dependencies.push((name, folder));
            }
        }
        Some(Unit {
            folder: folder.to_owned(),
            package: package.to_owned(),
            features,
            dependencies,
            build_script,
        })
    }

    /// Returns the metadata folder with this hash.
    fn by_hash(&self, hash: u64) -> Option<PathBuf> {
        let mut known = self.by_hash.borrow_mut();
        if let Some(folder) = known.as_ref().and_then(|known| known.get(&hash)) {
            return Some(folder.clone());
        }
        // Read again, because another crate may have finished since.
        let mut found = FxHashMap::default();
        for folder in self.folders() {
            for file in std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
                let name = file.file_name().to_string_lossy().into_owned();
                let is_hash = !name.contains('.') && (name.starts_with("lib-") || name.starts_with("run-"));
                if let Some(hash) = is_hash.then(|| hash_in(&file.path())).flatten() {
                    found.insert(hash, folder.clone());
                }
            }
        }
        let folder = found.get(&hash).cloned();
        *known = Some(found);
        folder
    }

    /// Returns the metadata folder of the library with this name that is being compiled. Only such a folder has no
    /// hash.
    fn in_progress(&self, name: &str) -> Option<PathBuf> {
        let file = format!("lib-{name}");
        let mut found = self.folders().filter(|folder| {
            folder.join("invoked.timestamp").exists()
                && std::fs::read_to_string(folder.join(&file)).is_ok_and(|text| text.is_empty())
                || (folder.join(format!("dep-{file}")).exists() || folder.join("invoked.timestamp").exists())
                    && !folder.join(&file).exists()
                    && folder.file_name().is_some_and(|folder| {
                        folder.to_string_lossy().replace('-', "_").starts_with(&format!("{name}_"))
                    })
                    && !folder_has(folder, "build-script")
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    fn unfinished(
        &self,
        folder: &Path,
        package: &str,
        line: CommandLine,
        generated: Option<PathBuf>,
    ) -> Unit {
        let features = line.conditions().into_iter().filter_map(|condition| {
            Some(condition.strip_prefix("feature=\"")?.strip_suffix('"')?.to_owned())
        });
        let dependencies = line.externs().into_iter().filter_map(|(name, artefact)| {
            let suffix = artefact.file_stem()?.to_string_lossy().rsplit_once('-')?.1.to_owned();
            let by_suffix =
                self.folders().find(|folder| folder.to_string_lossy().ends_with(&format!("-{suffix}")));
            Some((name, by_suffix?))
        });
        Unit {
            folder: folder.to_owned(),
            package: package.to_owned(),
            features: features.collect(),
            dependencies: dependencies.collect(),
            build_script: generated.and_then(|folder| Some(folder.parent()?.to_owned())),
        }
    }

    /// Reads the compiler's dep-info file of the library with this name.
    pub(crate) fn dep_info(&self, unit: &Unit, library: &str) -> Option<DepInfo> {
        let name = unit.folder.file_name()?.to_string_lossy().into_owned();
        let suffix = name.rsplit_once('-')?.1;
        let file = self.artefacts.join(format!("{library}-{suffix}.d"));
        Some(DepInfo::parse(&std::fs::read_to_string(file).ok()?))
    }
}

impl Unit {
    /// Returns whether the file got its content or its name after this crate's compiler started. `cp -p` and `rsync -t`
    /// give a file an earlier modification time. Cargo then considers the crate up to date, and only the change time
    /// shows the edit. Change times are compared only with each other, because copying a target folder sets them all.
    pub(crate) fn is_older_than(&self, file: &Path) -> bool {
        let start = self.folder.join("invoked.timestamp");
        let later = |time: fn(&Path) -> Option<SystemTime>| matches!((time(&start), time(file)), (Some(start), Some(time)) if time >= start);
        later(compiler::modified) || later(compiler::changed)
    }
}

impl DepInfo {
    /// Parses a dep-info file (rustc's `--emit dep-info`), which contains make rules, and variables as comments.
    pub(crate) fn parse(text: &str) -> DepInfo {
        let mut dep_info = DepInfo::default();
        for line in text.lines() {
            if let Some(variable) = line.strip_prefix("# env-dep:") {
                let (name, value) = match variable.split_once('=') {
                    Some((name, value)) => (name, Some(unescaped(value))),
                    None => (variable, None),
                };
                dep_info.variables.push((name.to_owned(), value));
            } else if let Some(file) = line.strip_suffix(':') {
                dep_info.files.push(PathBuf::from(file.replace("\\ ", " ")));
            }
        }
        dep_info
    }
}

/// Decodes the value of a variable, in which `\\`, `\n` and `\r` are escapes.
fn unescaped(value: &str) -> String {
    let mut found = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => found.push('\n'),
                Some('r') => found.push('\r'),
                Some(other) => found.push(other),
                None => {}
            },
            (letter, false) => found.push(letter),
        }
    }
    found
}

/// Reads a file of 16 hexadecimal digits, in little-endian byte order, as a number.
fn hash_in(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let digits = text.trim();
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok().map(u64::swap_bytes)).flatten()
}

fn folder_has(folder: &Path, prefix: &str) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_time_was_set_back_after_the_compiler_started_is_newer() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let write = |name: &str| std::fs::write(file(name), "").expect("a file");
        let pause = || std::thread::sleep(Duration::from_millis(20));
        let unit = Unit {
            folder: folder.path().to_owned(),
            package: "helper".to_owned(),
            features: BTreeSet::new(),
            dependencies: Vec::new(),
            build_script: None,
        };
        write("before.rs");
        pause();
        write("invoked.timestamp");
        pause();
        write("after.rs");
        write("set_back.rs");
        let earlier = SystemTime::now() - Duration::from_secs(3_600);
        let set_back = std::fs::File::options().write(true).open(file("set_back.rs"));
        set_back.and_then(|file| file.set_modified(earlier)).expect("a time");
        assert!(!unit.is_older_than(&file("before.rs")));
        assert!(unit.is_older_than(&file("after.rs")));
        assert_eq!(unit.is_older_than(&file("set_back.rs")), cfg!(unix));
    }
}
