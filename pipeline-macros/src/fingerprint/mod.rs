//! What a task's code is, as a hash and as a list of its parts. What is covered, what is not and why:
//! `README.md` beside this module.
//!
//! [`files`] are read and [`items`] parsed once in a compiler process, [`reach`] finds what a task's
//! tokens name, and [`packages`] what its package is built with. Where something can't be told, the
//! fingerprint gets coarser and its parts say so; it never leaves out what could matter.

mod compiler;
mod files;
mod items;
mod packages;
mod reach;
mod tokens;

use packages::Packages;
use proc_macro2::{Ident, TokenStream};
use reach::{Source, Sources};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A task's code.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// The hash of all parts, in hexadecimal.
    pub(crate) hash: String,
    /// A line for each part: hash, place (file and line; may be empty) and title, with tabs between.
    pub(crate) parts: String,
    /// A line for each crate that the package is built with.
    pub(crate) packages: String,
    /// Whether a macro made the task: then the place of that macro's call has to tell it from others.
    pub(crate) made_by_macro: bool,
}

/// The code of the task `name` whose item is `tokens`.
pub(crate) fn of_task(tokens: &TokenStream, name: &Ident) -> Code {
    let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        return unknown("built without cargo: no earlier result can be taken for known");
    };
    let file = name.span().local_file().and_then(|file| file.canonicalize().ok());
    let line = name.span().start().line;
    let (own, _) = tokens::read(tokens.clone());
    let name = name.to_string();
    // The compiler's own tokens of a string would be slow, and have no lines.
    proc_macro2::fallback::force();
    let code = known_package(&package).code(file.as_deref(), name.trim_start_matches("r#"), line, own);
    proc_macro2::fallback::unforce();
    code
}

/// A fingerprint that no other build has.
fn unknown(why: &str) -> Code {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let hash = blake3::hash(&now.as_nanos().to_le_bytes()).to_hex().to_string();
    let parts = format!("{}\t\t{why}", &hash[..16]);
    Code { hash, parts, packages: String::new(), made_by_macro: true }
}

/// What the tasks of a package share.
struct Package {
    folder: PathBuf,
    sources: Sources,
    /// Files that could not be parsed: all of them count for every task.
    unparsed: Vec<PathBuf>,
    packages: Packages,
    /// A file that changed after the compiler may have read it.
    changed: Option<PathBuf>,
}

/// The package in this folder, read when it is first asked for.
fn known_package(folder: &Path) -> Arc<Package> {
    static KNOWN: Mutex<Option<HashMap<PathBuf, Arc<Package>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let (name, version) = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    let read = || Arc::new(Package::read(folder, &name, &version, compiler::has_tests()));
    known.get_or_insert_default().entry(folder.to_owned()).or_insert_with(read).clone()
}

impl Package {
    fn read(folder: &Path, name: &str, version: &str, tests: bool) -> Package {
        let folder = &folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let packages = packages::of(folder, name, version);
        let mut open: Vec<PathBuf> = files::below(folder);
        open.extend(files::generated().iter().flat_map(|folder| files::below(folder)));
        open.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
        let mut seen: BTreeSet<PathBuf> = open.iter().cloned().collect();
        let (mut parsed, mut unparsed) = (Vec::new(), Vec::new());
        while let Some(file) = open.pop() {
            let text = std::fs::read_to_string(&file).ok();
            let Some(source) = text.and_then(|text| items::parse(&text, tests)) else {
                unparsed.push(file);
                continue;
            };
            for path in &source.paths {
                let found = files::included(path, folder, &file).and_then(|file| file.canonicalize().ok());
                open.extend(found.filter(|file| seen.insert(file.clone())));
            }
            parsed.push(Source { name: files::name(&file, folder), path: file, parsed: source });
        }
        parsed.sort_by(|one, other| one.name.cmp(&other.name));
        unparsed.sort();
        let changed = seen.into_iter().find(|file| compiler::may_have_changed(file));
        Package { folder: folder.clone(), sources: Sources::new(parsed), unparsed, packages, changed }
    }

    fn code(&self, file: Option<&Path>, name: &str, line: usize, own: blake3::Hash) -> Code {
        if let Some(changed) = &self.changed {
            return unknown(&format!("{} changed while it was compiled: build again", changed.display()));
        }
        if !self.packages.complete {
            return unknown(
                "a local crate of Cargo.lock was not found: no earlier result can be taken for known",
            );
        }
        let mut parts = Parts::default();
        // A library and a program of one package may have a module and a task of one name.
        for variable in ["CARGO_CRATE_NAME", "CARGO_BIN_NAME"] {
            let value = std::env::var(variable).unwrap_or_default();
            if !value.is_empty() {
                parts.quiet(variable, &value);
            }
        }
        parts.quiet("edition", &compiler::edition());
        parts.quiet("crates", &self.packages.lines.join("\n"));
        let found = file.and_then(|file| self.sources.function(file, name, line));
        match found {
            Some((place, function)) => {
                // A task inside of a function is told from others of its name there.
                if !function.whole {
                    parts.quiet("function", &format!("{name} {} {}", function.earlier, own.to_hex()));
                }
                let wanted = self.wanted(&self.sources.files[place.0].name);
                self.reached(place, &wanted, &mut parts);
            }
            None => {
                parts.add("the task itself", "", own);
                let why = "every file of the package (the task is made by a macro)";
                parts.add(why, "", files::whole_package(&self.folder));
            }
        }
        for file in &self.unparsed {
            let title = format!("file {} (not parsed)", files::name(file, &self.folder));
            parts.add(&title, "", blake3::hash(&std::fs::read(file).unwrap_or_default()));
        }
        parts.finish(&self.packages, found.is_none())
    }

    /// Which files the crate with the task in `file` can be made of, by the folders that cargo knows.
    fn wanted(&self, file: &str) -> impl Fn(&str) -> bool {
        let (in_src, file) = (file.starts_with("src/"), file.to_owned());
        let top = file.split('/').next().unwrap_or_default().to_owned() + "/";
        let is_program = std::env::var_os("CARGO_BIN_NAME").is_some();
        move |other: &str| {
            if other == file || Path::new(other).is_absolute() {
                return true;
            }
            if in_src && !is_program && (other == "src/main.rs" || other.starts_with("src/bin/")) {
                return false;
            }
            let of_cargo = ["tests/", "benches/", "examples/"].iter().any(|folder| other.starts_with(folder));
            // Not `build.rs`: what it makes counts.
            other != "build.rs" && (!of_cargo || (!in_src && other.starts_with(&top)))
        }
    }

    fn reached(&self, place: reach::Place, wanted: &impl Fn(&str) -> bool, parts: &mut Parts) {
        let reached = self.sources.reach(place, wanted);
        for ((title, file), (line, hash)) in self.sources.parts(&reached) {
            parts.add(&title, &format!("{file}:{line}"), hash);
        }
        for &place in &reached {
            let (words, source) = (&self.sources.item(place).words, &self.sources.files[place.0].path);
            for (texts, clear) in &words.includes {
                self.included(texts, *clear, source, parts);
            }
            for text in words.texts.iter().filter(|text| text.len() < 256) {
                self.named_by_text(text, source, parts);
            }
            for variable in words.variables.iter().filter(|name| !PLACES.contains(&name.as_str())) {
                let value = std::env::var(variable);
                parts.add(
                    &format!("environment variable {variable}"),
                    "",
                    blake3::hash(format!("{value:?}").as_bytes()),
                );
            }
            let conditional = ["cfg", "cfg_attr", "debug_assert", "debug_assert_eq", "debug_assert_ne"];
            if conditional.iter().any(|word| words.idents.contains(*word)) {
                let conditions = compiler::conditions().unwrap_or_default();
                parts.add("conditions of the build (cfg)", "", blake3::hash(conditions.as_bytes()));
            }
        }
    }

    /// A file that an item compiles in.
    fn included(&self, texts: &[String], clear: bool, source: &Path, parts: &mut Parts) {
        let base = match texts.first().map(String::as_str) {
            Some("OUT_DIR") => files::generated(),
            Some("CARGO_MANIFEST_DIR") => Some(self.folder.clone()),
            _ => None,
        };
        let name: String =
            texts.iter().filter(|text| !PLACES.contains(&text.as_str())).map(String::as_str).collect();
        let file = match &base {
            Some(base) => Some(base.join(name.trim_start_matches('/'))).filter(|file| file.is_file()),
            None => files::included(&name, &self.folder, source),
        };
        match file.filter(|_| clear) {
            Some(file) => {
                let title = files::name(&file, base.as_deref().unwrap_or(&self.folder));
                parts.file(&title, &file);
            }
            None => parts.add(
                "every file of the package (an included file is not clear)",
                "",
                files::whole_package(&self.folder),
            ),
        }
    }

    /// A file that a text in an attribute or in a macro's call names: the macro may read it.
    fn named_by_text(&self, text: &str, source: &Path, parts: &mut Parts) {
        let text = text.trim_start_matches("./");
        if text.is_empty() || text.contains(['\n', '{']) {
            return;
        }
        let beside = source.parent().unwrap_or(&self.folder).join(text);
        let places = [
            beside,
            self.folder.join(text),
            self.folder.join("src").join(text),
            self.folder.join("templates").join(text),
        ];
        if let Some(file) = places.into_iter().find(|path| path.is_file()) {
            parts.file(&files::name(&file, &self.folder), &file);
        }
    }
}

/// Variables that only say where things lie.
const PLACES: [&str; 2] = ["CARGO_MANIFEST_DIR", "OUT_DIR"];

/// The parts of a fingerprint, sorted by title and place.
#[derive(Default)]
struct Parts {
    hashes: BTreeMap<(String, String), blake3::Hash>,
    lines: BTreeMap<(String, String), String>,
}

impl Parts {
    /// A part with its place: a file and a line. The line is shown and does not count.
    fn add(&mut self, title: &str, place: &str, hash: blake3::Hash) {
        let file = place.rsplit_once(':').map_or(place, |(file, _)| file);
        let key = (title.to_owned(), file.to_owned());
        self.lines.insert(key.clone(), format!("{}\t{place}\t{title}", &hash.to_hex()[..16]));
        self.hashes.insert(key, hash);
    }

    /// A part that is not listed, because other lists have it or it only tells targets apart.
    fn quiet(&mut self, title: &str, text: &str) {
        self.hashes.insert((title.to_owned(), String::new()), blake3::hash(text.as_bytes()));
    }

    fn file(&mut self, name: &str, file: &Path) {
        self.add(&format!("file {name}"), name, blake3::hash(&std::fs::read(file).unwrap_or_default()));
    }

    fn finish(self, packages: &Packages, made_by_macro: bool) -> Code {
        let mut hasher = blake3::Hasher::new();
        for ((title, file), hash) in &self.hashes {
            files::part(&mut hasher, title, file.as_bytes());
            hasher.update(hash.as_bytes());
        }
        Code {
            hash: hasher.finalize().to_hex().to_string(),
            parts: self.lines.into_values().collect::<Vec<_>>().join("\n"),
            packages: packages.lines.join("\n"),
            made_by_macro,
        }
    }
}

#[cfg(test)]
mod tests;
