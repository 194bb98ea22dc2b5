//! What a task's code is, as a hash and as a list of its parts. What is covered, what is not and why:
//! `README.md` beside this module.
//!
//! [`files`] are read and [`items`] parsed once in a compiler process, [`reach`] finds what a task's
//! tokens name, and [`packages`] what its package is built with. Where something can't be told, the
//! fingerprint gets coarser and its parts say so; it never leaves out what could matter.

mod attributes;
mod compiler;
mod files;
mod items;
mod names;
mod packages;
mod reach;
mod tokens;

use packages::Packages;
use proc_macro2::{Ident, TokenStream};
use reach::{Source, Sources};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    let _plain = PlainTokens::begin();
    known_package(&package).code(file.as_deref(), name.trim_start_matches("r#"), line, own)
}

/// The names of all functions of this package, if no source of it has this name and nothing in it may have taken it from
/// elsewhere or put it together: then it has no such function.
pub(crate) fn functions_without(name: &str) -> Option<Vec<String>> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)?;
    let mut functions = Vec::new();
    let mut sources = files::below(&package);
    sources.extend(files::generated().iter().flat_map(|folder| files::below(folder)));
    sources.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    for file in sources {
        let text = std::fs::read_to_string(&file).ok()?;
        let takes_all = |line: &str| {
            line.trim_start().starts_with("pub") && line.contains("use ") && line.contains("::*")
        };
        if text.lines().any(takes_all) || text.contains("paste!") || text.contains("concat_idents!") {
            return None;
        }
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words: Vec<&str> =
            text.split(|letter: char| !is_letter(letter)).filter(|word| !word.is_empty()).collect();
        if words.contains(&name) {
            return None;
        }
        functions.extend(words.windows(2).filter(|pair| pair[0] == "fn").map(|pair| pair[1].to_owned()));
    }
    functions.sort_unstable();
    functions.dedup();
    Some(functions)
}

/// As long as it is there, tokens are not the compiler's: of a string those would be slow, and have no lines.
struct PlainTokens;

impl PlainTokens {
    fn begin() -> PlainTokens {
        proc_macro2::fallback::force();
        PlainTokens
    }
}

impl Drop for PlainTokens {
    fn drop(&mut self) {
        proc_macro2::fallback::unforce();
    }
}

/// A fingerprint that no other build has.
fn unknown(why: &str) -> Code {
    let hash = once().to_hex().to_string();
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
    /// Files that `#[path]` or `include!` takes in, whatever folder they are in.
    taken: BTreeSet<PathBuf>,
    /// The hash of every file, once it is needed.
    whole: OnceLock<blake3::Hash>,
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
        let mut taken = BTreeSet::new();
        while let Some(file) = open.pop() {
            let text = std::fs::read_to_string(&file).ok();
            let Some(mut source) = text.and_then(|text| items::parse(&text, tests)) else {
                unparsed.push(file);
                continue;
            };
            let mut paths: Vec<PathBuf> =
                source.paths.iter().filter_map(|path| taken_file(path, folder, &file)).collect();
            if !file.starts_with(folder) {
                paths.extend(children(&file, &source.modules));
            }
            for path in paths.into_iter().filter_map(|path| path.canonicalize().ok()) {
                if seen.insert(path.clone()) {
                    open.push(path.clone());
                }
                taken.insert(path);
            }
            for item in &mut source.items {
                add_included_code(item, folder, &file);
            }
            parsed.push(Source { name: files::name(&file, folder), path: file, parsed: source });
        }
        let of_tests: BTreeSet<PathBuf> =
            parsed.iter().flat_map(|file: &Source| children(&file.path, &file.parsed.test_modules)).collect();
        // With a module of tests go the modules that are in it.
        let is_of_tests = |file: &Path| {
            of_tests.iter().any(|test| file == test || file.starts_with(test.with_extension("")))
        };
        parsed.retain(|file| !is_of_tests(&file.path));
        parsed.sort_by(|one, other| one.name.cmp(&other.name));
        unparsed.sort();
        let changed = seen.into_iter().find(|file| compiler::may_have_changed(file));
        let sources = Sources::new(parsed);
        Package {
            folder: folder.clone(),
            sources,
            unparsed,
            packages,
            changed,
            taken,
            whole: OnceLock::new(),
        }
    }

    /// The hash of every file of the package.
    fn whole(&self) -> blake3::Hash {
        *self.whole.get_or_init(|| files::whole_package(&self.folder))
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
        parts.quiet("crates", &self.packages.text);
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
                parts.add(why, "", self.whole());
                // What is not in those files counts, too, wherever it is asked for.
                self.conditions(&mut parts);
                for source in
                    self.sources.files.iter().filter(|source| !source.path.starts_with(&self.folder))
                {
                    parts.file(&source.name, &source.path);
                }
                for place in self.sources.places() {
                    self.details(place, &mut parts);
                }
            }
        }
        for file in &self.unparsed {
            let title = format!("file {} (not parsed)", files::name(file, &self.folder));
            parts.add(&title, "", blake3::hash(&std::fs::read(file).unwrap_or_default()));
            // Nobody knows what it names.
            if file.starts_with(self.folder.join("src")) {
                parts.add("every file of the package (one was not parsed)", "", self.whole());
            }
        }
        parts.finish(&self.packages, found.is_none())
    }

    /// Which files the crate with the task in `file` can be made of, by the folders that cargo knows.
    fn wanted(&self, file: &str) -> impl Fn(&str) -> bool {
        let (in_src, file) = (file.starts_with("src/"), file.to_owned());
        let top = file.split('/').next().unwrap_or_default().to_owned() + "/";
        let is_program = std::env::var_os("CARGO_BIN_NAME").is_some()
            || !self.folder.join("src/lib.rs").exists()
            || ["src/bin.rs", "src/bin/mod.rs"].iter().any(|file| self.folder.join(file).exists());
        let taken: BTreeSet<String> = self.taken.iter().map(|file| files::name(file, &self.folder)).collect();
        let folders: BTreeSet<String> =
            taken.iter().filter_map(|file| Some(file.rsplit_once('/')?.0.to_owned() + "/")).collect();
        move |other: &str| {
            if taken.contains(other)
                || folders
                    .iter()
                    .any(|folder| !"src/".starts_with(folder.as_str()) && other.starts_with(folder.as_str()))
            {
                return true;
            }
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
            self.details(place, parts);
        }
    }

    /// The conditions of the build.
    fn conditions(&self, parts: &mut Parts) {
        let title = "conditions of the build (cfg)";
        match compiler::conditions() {
            Some(conditions) => parts.add(title, "", blake3::hash(conditions.as_bytes())),
            None => parts.add(&format!("{title}, which can't be told"), "", once()),
        }
    }

    /// What an item depends on besides items.
    fn details(&self, place: reach::Place, parts: &mut Parts) {
        let (item, source) = (self.sources.item(place), &self.sources.files[place.0].path);
        let words = &item.words;
        for include in &words.includes {
            // In a macro a name is meant from where the macro is called.
            let clear = include.clear && item.kind != "macro";
            self.included(&include.texts, clear, source, parts);
        }
        for text in words.texts.iter().filter(|text| text.len() < 256) {
            self.named_by_text(text, source, parts);
        }
        // A text in a macro's call may be the name of a variable that the macro asks for.
        let named = words.texts.iter().filter(|text| !text.is_empty() && !text.contains(['=', '\0']));
        let named = named.filter(|text| std::env::var_os(text).is_some());
        for variable in words.variables.iter().chain(named).filter(|name| !PLACES.contains(&name.as_str())) {
            let value = format!("{:?}", std::env::var(variable));
            parts.add(&format!("environment variable {variable}"), "", blake3::hash(value.as_bytes()));
        }
        if words.idents.iter().any(|word| word.starts_with("cfg") || word.starts_with("debug_assert")) {
            self.conditions(parts);
        }
        // These see the text of the source, not its tokens.
        if ["line", "column", "stringify"].iter().any(|name| words.macros.contains(*name)) {
            parts.file(&files::name(source, &self.folder), source);
        }
        // Which of several macros of one name is meant depends on the order of the text.
        if item.kind == "macro" && self.sources.macros_called(&item.name) > 1 {
            parts.add("every file of the package (several macros have one name)", "", self.whole());
        }
        if item.kind == "extern functions" {
            parts.add(
                "every file of the package (functions of another language are called)",
                "",
                self.whole(),
            );
        }
    }

    /// A file that an item compiles in.
    fn included(&self, texts: &[String], clear: bool, source: &Path, parts: &mut Parts) {
        let base = match texts.first().map(String::as_str) {
            Some("OUT_DIR") => files::generated(),
            Some("CARGO_MANIFEST_DIR") => Some(self.folder.clone()),
            // A variable may name the file.
            Some(name) => std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_file()),
            None => None,
        };
        let name: String =
            texts.iter().filter(|text| !PLACES.contains(&text.as_str())).map(String::as_str).collect();
        let file = match &base {
            Some(file) if file.is_file() => Some(file.clone()),
            Some(base) => Some(base.join(name.trim_start_matches('/'))).filter(|file| file.is_file()),
            None => files::included(&name, &self.folder, source),
        };
        match file.filter(|_| clear) {
            Some(file) => {
                let title = match files::generated().filter(|folder| file.starts_with(folder)) {
                    Some(folder) => format!("OUT_DIR/{}", files::name(&file, &folder)),
                    None => files::name(&file, &self.folder),
                };
                parts.file(&title, &file);
            }
            None => parts.add("every file of the package (an included file is not clear)", "", self.whole()),
        }
    }

    /// A file that a text in an attribute or in a macro's call names: the macro may read it.
    fn named_by_text(&self, text: &str, source: &Path, parts: &mut Parts) {
        let text = text.trim_start_matches("$CARGO_MANIFEST_DIR").trim_start_matches('/');
        // Dots alone name a folder only by accident.
        if text.trim_matches(['.', '/']).is_empty() || text.contains(['\n', '{']) {
            return;
        }
        let beside = source.parent().unwrap_or(&self.folder).join(text);
        let places = [
            beside,
            self.folder.join(text),
            self.folder.join("src").join(text),
            self.folder.join("templates").join(text),
        ];
        if let Some(file) = places.iter().find(|path| path.is_file()) {
            parts.file(&files::name(file, &self.folder), file);
        } else if let Some(folder) = places.iter().find(|path| path.is_dir()) {
            for file in files::below(folder) {
                parts.file(&files::name(&file, &self.folder), &file);
            }
        }
    }
}

/// The file that a `#[path]` or an `include!` names: beside the source, in the package, or made by its build
/// script.
fn taken_file(path: &str, folder: &Path, source: &Path) -> Option<PathBuf> {
    match path.strip_prefix("OUT_DIR") {
        Some(rest) => {
            Some(files::generated()?.join(rest.trim_start_matches('/'))).filter(|file| file.is_file())
        }
        None => files::included(path.trim_start_matches("CARGO_MANIFEST_DIR"), folder, source),
    }
}

/// Where modules of a file may be.
fn children(file: &Path, modules: &[String]) -> Vec<PathBuf> {
    let folder = file.parent().unwrap_or(file);
    let own = folder.join(file.file_stem().unwrap_or_default());
    let of = |name: &String| {
        [folder, &own].map(|folder| [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")])
    };
    modules.iter().flat_map(of).flatten().filter(|file| file.is_file()).collect()
}

/// Code that an item takes in from a file is read as if it stood there.
fn add_included_code(item: &mut items::SourceItem, folder: &Path, source: &Path) {
    for include in item.words.includes.clone().into_iter().filter(|include| include.code && include.clear) {
        let file = taken_file(&include.texts.concat(), folder, source);
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        if let Some(tokens) = text.and_then(|text| text.parse::<TokenStream>().ok()) {
            item.words.extend(tokens::read(tokens).1);
        }
    }
}

/// A hash that no other build has.
fn once() -> blake3::Hash {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    blake3::hash(&now.as_nanos().to_le_bytes())
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
        // Two things under one name count both.
        let hash = match self.hashes.get(&key) {
            Some(earlier) if *earlier != hash => {
                blake3::hash(format!("{} {}", earlier.to_hex(), hash.to_hex()).as_bytes())
            }
            _ => hash,
        };
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
            packages: packages.text.clone(),
            made_by_macro,
        }
    }
}

#[cfg(test)]
mod tests;
