//! What cargo leaves of each crate that it compiled: its features, what it was compiled with, what its build script
//! made, when it began, and which files and variables the compiler read.
//!
//! These are notes of cargo's own (`.fingerprint` beside the artefacts), so that nothing relies on their being there:
//! where they are not, [`Crate`](crate::krate::Crate)s count by their artefacts.

use crate::compiler::{self, CommandLine};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The notes beside a folder of artefacts.
#[derive(Debug)]
pub(crate) struct Units {
    artefacts: PathBuf,
    notes: PathBuf,
    /// Folders by the hash of what they note.
    by_hash: RefCell<Option<FxHashMap<u64, PathBuf>>>,
    /// Folders by the suffix of artefacts.
    by_suffix: OnceCell<FxHashMap<String, PathBuf>>,
    known: RefCell<FxHashMap<PathBuf, Option<Unit>>>,
}

/// A crate as it was compiled, or is being compiled.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) folder: PathBuf,
    /// The package's name.
    pub(crate) package: String,
    pub(crate) features: BTreeSet<String>,
    /// What it calls the crates that it was given, with where their notes are.
    pub(crate) given: Vec<(String, PathBuf)>,
    /// Where its build script wrote.
    pub(crate) built: Option<PathBuf>,
}

/// What the compiler read for a crate.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reading {
    pub(crate) files: Vec<PathBuf>,
    /// Variables with their values; `None` for one that was not set.
    pub(crate) variables: Vec<(String, Option<String>)>,
}

/// How long to wait for the notes of a crate that is just being compiled, where nothing else tells of it.
const PATIENCE: Duration = Duration::from_secs(2);

impl Units {
    /// The notes beside this artefact, where there are some.
    pub(crate) fn beside(artefact: &Path) -> Option<Units> {
        let artefacts = artefact.parent()?;
        let notes = artefacts.parent()?.join(".fingerprint");
        notes.is_dir().then(|| Units {
            artefacts: artefacts.to_owned(),
            notes,
            by_hash: RefCell::default(),
            by_suffix: OnceCell::new(),
            known: RefCell::default(),
        })
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(&self.notes).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
    }

    /// The notes of the crate that this artefact is of.
    pub(crate) fn of_artefact(&self, artefact: &Path) -> Option<Unit> {
        self.known(&self.folder_of(artefact)?)
    }

    /// Where the notes of the crate are that this artefact is of.
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

    /// The notes in a folder, read once.
    pub(crate) fn known(&self, folder: &Path) -> Option<Unit> {
        if let Some(known) = self.known.borrow().get(folder) {
            return known.clone();
        }
        let found = self.read(folder);
        self.known.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }

    /// Reads the notes in a folder.
    pub(crate) fn read(&self, folder: &Path) -> Option<Unit> {
        let name = folder.file_name()?.to_string_lossy().into_owned();
        let (package, suffix) = name.rsplit_once('-')?;
        let began = Instant::now();
        loop {
            if let Some(unit) = self.finished(folder, package) {
                return Some(unit);
            }
            if let Some((line, generated)) = CommandLine::of_running(suffix) {
                return Some(self.unfinished(folder, package, line, generated));
            }
            if began.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The notes of a crate that is compiled.
    fn finished(&self, folder: &Path, package: &str) -> Option<Unit> {
        let files = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        let file = files.into_iter().find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.ends_with(".json") && (name.starts_with("lib-") || name.starts_with("run-"))
        })?;
        // Empty while the crate is being compiled again.
        hash_in(&file.with_extension(""))?;
        let notes: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).ok()?).ok()?;
        let features = notes.get("features")?.as_str()?;
        let features: BTreeSet<String> = serde_json::from_str(features).unwrap_or_default();
        let (mut given, mut built) = (Vec::new(), None);
        for dependency in notes.get("deps")?.as_array()? {
            let name = dependency.get(1)?.as_str()?.to_owned();
            // One that is just being compiled is found by its name.
            let hash = dependency.get(3)?.as_u64()?;
            let Some(folder) = self.by_hash(hash).or_else(|| self.in_progress(&name)) else { continue };
            if name == "build_script_build" || folder_has(&folder, "run-") {
                let suffix = folder.file_name()?;
                built = Some(self.artefacts.parent()?.join("build").join(suffix));
            } else {
                given.push((name, folder));
            }
        }
        Some(Unit { folder: folder.to_owned(), package: package.to_owned(), features, given, built })
    }

    /// Where the notes with this hash are.
    fn by_hash(&self, hash: u64) -> Option<PathBuf> {
        let mut known = self.by_hash.borrow_mut();
        if let Some(folder) = known.as_ref().and_then(|known| known.get(&hash)) {
            return Some(folder.clone());
        }
        // Read again: a crate may have been finished since.
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

    /// Where the notes of a library of this name are that is being compiled: the only ones without a hash.
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
        let given = line.externs().into_iter().filter_map(|(name, artefact)| {
            let suffix = artefact.file_stem()?.to_string_lossy().rsplit_once('-')?.1.to_owned();
            let by_suffix =
                self.folders().find(|folder| folder.to_string_lossy().ends_with(&format!("-{suffix}")));
            Some((name, by_suffix?))
        });
        Unit {
            folder: folder.to_owned(),
            package: package.to_owned(),
            features: features.collect(),
            given: given.collect(),
            built: generated.and_then(|folder| Some(folder.parent()?.to_owned())),
        }
    }

    /// What the compiler read for the library of this name: its dep-info file.
    pub(crate) fn reading(&self, unit: &Unit, library: &str) -> Option<Reading> {
        let name = unit.folder.file_name()?.to_string_lossy().into_owned();
        let suffix = name.rsplit_once('-')?.1;
        let file = self.artefacts.join(format!("{library}-{suffix}.d"));
        Some(Reading::parse(&std::fs::read_to_string(file).ok()?))
    }
}

impl Unit {
    /// Whether the file got its content or its name after this crate's compiler began. `cp -p` and `rsync -t` give a file an
    /// earlier modification time; cargo then takes the crate for current, and only the change time shows the edit. Change
    /// times are compared with each other, because copying a target folder sets them all.
    pub(crate) fn is_older_than(&self, file: &Path) -> bool {
        let began = self.folder.join("invoked.timestamp");
        let later = |time: fn(&Path) -> Option<SystemTime>| matches!((time(&began), time(file)), (Some(began), Some(time)) if time >= began);
        later(compiler::modified) || later(compiler::changed)
    }
}

impl Reading {
    /// Reads a dep-info file (rustc's `--emit dep-info`): rules of make, and variables as comments.
    pub(crate) fn parse(text: &str) -> Reading {
        let mut reading = Reading::default();
        for line in text.lines() {
            if let Some(variable) = line.strip_prefix("# env-dep:") {
                let (name, value) = match variable.split_once('=') {
                    Some((name, value)) => (name, Some(unescaped(value))),
                    None => (variable, None),
                };
                reading.variables.push((name.to_owned(), value));
            } else if let Some(file) = line.strip_suffix(':') {
                reading.files.push(PathBuf::from(file.replace("\\ ", " ")));
            }
        }
        reading
    }
}

/// The values of variables are written with `\\`, `\n` and `\r`.
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

/// The number in a file of 16 hexadecimal digits, lowest byte first.
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
    fn a_file_that_got_an_earlier_time_after_the_compiler_began_is_newer() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let write = |name: &str| std::fs::write(file(name), "").expect("a file");
        let pause = || std::thread::sleep(Duration::from_millis(20));
        let unit = Unit {
            folder: folder.path().to_owned(),
            package: "helper".to_owned(),
            features: BTreeSet::new(),
            given: Vec::new(),
            built: None,
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
