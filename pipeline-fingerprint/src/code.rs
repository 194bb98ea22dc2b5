//! Collects the parts of a task's code and hashes them.

use crate::files;
use crate::items::Kind;
use crate::krate::{Crate, CrateId, Extern, ItemId, Start, Universe};
use crate::macros::OURS;
use crate::packages::Locked;
use crate::reach::Reached;
use crate::tokens::{self, Include, Name, Names, Piece};
use proc_macro2::TokenTree;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The fingerprint of a task's code.
#[derive(Debug, Clone)]
pub struct Code {
    /// The hash of all parts, in hexadecimal.
    pub hash: String,
    /// One line per part, with tab-separated fields: hash, position (file and line; may be empty), title, and for a
    /// coarse part the reason.
    pub parts: String,
    /// One line per external crate: name, version, checksum, features.
    pub packages: String,
    /// Whether a macro generated the task. Then the position of the macro call must distinguish it from other tasks.
    pub made_by_macro: bool,
}

impl Code {
    /// Returns the name of the list of external crates: the beginning of its hash. It is empty if the list is.
    pub fn name_of_packages(&self) -> String {
        if self.packages.is_empty() {
            return String::new();
        }
        blake3::hash(self.packages.as_bytes()).to_hex()[..32].to_owned()
    }

    /// Returns a fingerprint that no other build has.
    pub(crate) fn unique(why: &str) -> Code {
        let hash = unique_hash().to_hex().to_string();
        let parts = format!("{}\t\teverything\t{why}", &hash[..16]);
        Code { hash, parts, packages: String::new(), made_by_macro: true }
    }
}

/// Returns a hash that no other build has.
fn unique_hash() -> blake3::Hash {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    blake3::hash(format!("{} {}", now.as_nanos(), std::process::id()).as_bytes())
}

/// Variables that contain only local paths.
pub(crate) const PLACES: [&str; 4] =
    ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_WORKSPACE_DIR", "OUT_DIR"];

/// Dependencies of this library's crates that have no influence on the values of tasks.
const NO_VALUES: [&str; 22] = [
    "annotate-snippets",
    "anstream",
    "anstyle",
    "clap",
    "clap_complete",
    "comfy-table",
    "ctrlc",
    "dagre",
    "indicatif",
    "inventory",
    "proc-macro2",
    "quote",
    "rusqlite",
    "strsim",
    "syn",
    "tar",
    "thiserror",
    "toml",
    "toml_edit",
    "ureq",
    "utoipa",
    "whoami",
];

/// Macros that see the position or the text of code.
const POSITION_MACROS: [&str; 4] = ["column", "file", "line", "stringify"];

/// Other words that give access to positions.
const POSITIONS: [&str; 7] =
    ["Backtrace", "Location", "PanicHookInfo", "catch_unwind", "set_hook", "take_hook", "track_caller"];

/// Returns whether code that contains the word may query the conditions of the build.
fn asks_for_conditions(word: &str) -> bool {
    word.starts_with("cfg") || word.starts_with("debug_assert")
}

impl Universe {
    /// Returns the code of the task `name` at a file, line and column.
    pub(crate) fn code(&self, place: Option<(&Path, usize, usize)>, name: &str, own: blake3::Hash) -> Code {
        let mut parts = Parts::of_crate();
        let found = place.and_then(|(file, line, column)| self.function(file, name, line, column));
        let reached = match found {
            Some((item, whole, earlier)) => {
                // Distinguishes a task in a function from others with its name there.
                if !whole {
                    parts.unlisted("function", &format!("{name} {earlier} {}", own.to_hex()));
                }
                self.reach(item)
            }
            None => {
                parts.add("the task itself", "", own);
                self.generated(&mut parts, "the task: write the function")
            }
        };
        self.collected(reached, parts, found.is_none())
    }

    /// Returns the code of a call of a generic task, whose path and types are `tokens`. The file and line are those of the
    /// `scenario!` with the call.
    pub(crate) fn code_of_call(&self, place: Option<(&Path, usize)>, tokens: &[TokenTree]) -> Code {
        let mut parts = Parts::of_crate();
        let mut names = Names::new();
        let words = tokens::read(tokens, &mut names, false).words;
        let known = |name: &Name| self.names.known(names.text(*name));
        let names: Vec<Name> = words.idents.iter().filter_map(known).collect();
        let module = place.and_then(|(file, line)| {
            let around = self.around(file, line)?;
            let placed = &self.items[around];
            let is_scenario = placed.item.line as usize == line && matches!(placed.item.kind, Kind::Call(_));
            Some((placed.module, (!is_scenario).then_some(around)))
        });
        let reached = match module {
            Some((module, None)) => self.reach_names(module, &names),
            // What the types are may depend on the function around the scenario.
            Some((_, Some(around))) => self.reach(around),
            None => self.generated(&mut parts, "the scenario: write it"),
        };
        self.collected(reached, parts, module.is_none())
    }

    /// Returns the last item of the current crate that begins in this line of the file or before it.
    fn around(&self, file: &Path, line: usize) -> Option<ItemId> {
        let files = self.crates[0].files.iter().filter(|place| place.path == file);
        let items = files.flat_map(|place| &place.items).copied();
        items
            .filter(|id| self.items[*id].item.line as usize <= line)
            .max_by_key(|id| self.items[*id].item.line)
    }

    /// Adds the whole package, because a macro generates `what`. Returns everything.
    fn generated(&self, parts: &mut Parts, what: &str) -> Reached {
        let why = format!("a macro generates {what} without a macro");
        parts.coarse(&format!("package {}", self.crates[0].label()), self.whole(0), &why);
        self.everything()
    }

    /// Adds the parts of everything that is reached.
    fn collected(&self, mut reached: Reached, mut parts: Parts, made_by_macro: bool) -> Code {
        self.widen(&mut reached);
        for &id in &reached.items {
            self.item_part(id, &reached, &mut parts);
        }
        for &krate in &reached.crates {
            self.crate_parts(krate, &reached, &mut parts);
        }
        self.order(&reached, &mut parts);
        self.positions(&reached, &mut parts);
        self.conditions(&reached, &mut parts);
        let packages = self.packages(&reached, &mut parts);
        for (name, folder) in &reached.whole {
            parts.add(&format!("package {name}"), "", self.whole_sources(folder));
        }
        parts.finish(packages, made_by_macro)
    }

    /// Adds everything that crates with unknown macros may name: all that their manifests name.
    fn widen(&self, reached: &mut Reached) {
        let coarse: Vec<CrateId> =
            reached.crates.iter().copied().filter(|krate| !self.crates[*krate].coarse.is_empty()).collect();
        for krate in coarse {
            for other in self.visible(krate) {
                reached.crates.insert(other);
                for (name, of) in &self.crates[other].externs {
                    match of {
                        Extern::Whole { package, folder } => {
                            reached.whole.insert((package.clone(), folder.clone()));
                        }
                        Extern::Locked(_) => drop(reached.externs.insert((other, *name))),
                        Extern::Local(_) => {}
                    }
                }
            }
            // String literals may name files and variables.
            let of_crate = self.items.iter().filter(|placed| placed.krate == krate);
            reached.texts.extend(of_crate.flat_map(|placed| placed.item.words.texts.iter().copied()));
        }
    }

    /// Finds a function. Returns its item, whether the function is that item itself, and the number of functions with
    /// the same name before it in the item.
    pub(crate) fn function(
        &self,
        file: &Path,
        name: &str,
        line: usize,
        column: usize,
    ) -> Option<(ItemId, bool, usize)> {
        let name = self.names.known(name)?;
        let places = self.crates[0].files.iter().filter(|place| place.path == file);
        let mut found = places.flat_map(|place| {
            let functions = place.functions.iter();
            functions
                .filter(|function| {
                    function.name == name && function.line == line && function.column == column
                })
                .map(|function| (place.items[function.item], function.whole, function.earlier))
        });
        let first = found.next()?;
        // A file that belongs to two modules has its functions twice.
        found.next().is_none().then_some(first)
    }

    /// Returns line and column of a function's name.
    pub(crate) fn place_of(&self, file: &Path, name: &str) -> Option<(usize, usize)> {
        let name = self.names.known(name)?;
        let functions = self.crates[0].files.iter().filter(|place| place.path == file);
        let mut functions = functions.flat_map(|place| &place.functions);
        let found = functions.find(|function| function.name == name && function.whole)?;
        Some((found.line, found.column))
    }

    /// Returns all items and crates, for a task that can't be found.
    fn everything(&self) -> Reached {
        let mut reached = Reached { items: (0..self.items.len()).collect(), ..Reached::default() };
        for (id, krate) in self.crates.iter().enumerate() {
            reached.crates.insert(id);
            for (name, of) in &krate.externs {
                match of {
                    Extern::Whole { package, folder } => {
                        reached.whole.insert((package.clone(), folder.clone()));
                    }
                    Extern::Local(_) | Extern::Locked(_) => {}
                }
                reached.externs.insert((id, *name));
            }
        }
        for placed in &self.items {
            reached.words.extend(placed.item.words.idents.iter().chain(&placed.item.words.quoted));
        }
        reached
    }

    fn item_part(&self, id: ItemId, reached: &Reached, parts: &mut Parts) {
        let placed = &self.items[id];
        let (item, home) = (&placed.item, &self.crates[placed.krate]);
        let file = &home.files[placed.file];
        let mut hasher = blake3::Hasher::new();
        hasher.update(&item.hash);
        if placed.documented {
            hasher.update(b"docs").update(item.docs.as_ref().map_or(&[][..], |docs| &docs[..]));
        }
        if placed.foreign_tasks {
            hasher.update(b"task").update(item.tasks.as_ref().map_or(&[][..], |tasks| &tasks[..]));
        }
        let name = if item.title.is_empty() { self.names.text(item.name) } else { &item.title };
        let title = format!("{} {name}", item.kind.word()).trim_end().to_owned();
        let module = format!("{}{}", home.module_label(), home.modules[placed.module].path);
        parts.item(&title, &file.title, item.line, &module, hasher.finalize());
        let folder = &file.folder;
        for include in &item.words.includes {
            self.included(id, include, folder, reached, parts);
        }
        for variable in &item.words.variables {
            match variable {
                Some(0) => {
                    let why =
                        "the name of an environment variable can't be determined: write it as a literal";
                    parts.coarse(&format!("environment variables that {title} reads"), unique_hash(), why);
                }
                Some(name) => {
                    self.variable_part(placed.krate, *name, item.kind == Kind::MacroRules, reached, parts)
                }
                // The name is a macro parameter: any string literal may be the argument.
                None => {
                    for name in self.texts(reached) {
                        if is_variable(self.names.text(name)) {
                            self.variable_part(placed.krate, name, true, reached, parts);
                        }
                    }
                }
            }
        }
        if matches!(item.kind, Kind::Foreign(_)) {
            let why = "functions of another language are called, and their source files are unknown";
            parts.coarse(&format!("package {}", home.label()), self.whole(placed.krate), why);
            let build_script = home.generated.as_ref().and_then(|folder| folder.parent());
            if let Some(folder) = build_script {
                let output = std::fs::read_to_string(folder.join("output")).unwrap_or_default();
                let output = output.replace(&*folder.to_string_lossy(), "");
                parts.unlisted("what the build script printed", &output);
            }
        }
    }

    /// Returns the string literals in attributes and macro calls.
    fn texts(&self, reached: &Reached) -> BTreeSet<Name> {
        let of_items = reached.items.iter().flat_map(|&id| self.items[id].item.words.texts.iter().copied());
        of_items.chain(reached.texts.iter().copied()).collect()
    }

    /// Adds the value of a variable. A variable that a macro reads is added for every crate that may call the macro.
    fn variable_part(
        &self,
        krate: CrateId,
        name: Name,
        in_macro: bool,
        reached: &Reached,
        parts: &mut Parts,
    ) {
        let text = self.names.text(name);
        if PLACES.contains(&text) {
            return;
        }
        let crates: Vec<CrateId> =
            if in_macro { reached.crates.iter().copied().collect() } else { vec![krate] };
        for krate in crates {
            let home = &self.crates[krate];
            let mut value = format!("{:?}", self.variable(krate, text));
            for (folder, place) in
                [(home.generated.as_ref(), "OUT_DIR"), (Some(&home.package.folder), "CARGO_MANIFEST_DIR")]
            {
                if let Some(folder) = folder {
                    value = value.replace(&*folder.to_string_lossy(), place);
                }
            }
            let of = if home.current { String::new() } else { format!(" of {}", home.package.name) };
            parts.add(&format!("environment variable {text}{of}"), "", blake3::hash(value.as_bytes()));
        }
    }

    /// Adds a file that an item includes.
    fn included(&self, id: ItemId, include: &Include, folder: &Path, reached: &Reached, parts: &mut Parts) {
        let placed = &self.items[id];
        let in_macro = placed.item.kind == Kind::MacroRules;
        let path = include.path.as_deref();
        let Some(pieces) = path.filter(|pieces| !pieces.contains(&Piece::Parameter)) else {
            // Adds the files that string literals name, wherever they are, and the whole package.
            for krate in reached.crates.iter().copied().filter(|krate| in_macro || *krate == placed.krate) {
                let home = &self.crates[krate];
                let why = "the path of an included file can't be determined: write it as a literal or as `concat!(env!(…), …)`";
                parts.coarse(&format!("package {}", home.label()), self.whole(krate), why);
                for (file, text) in self.named_by_texts(krate, reached, path) {
                    parts.file(&format!("file {}", self.names.text(text)), &home.title(&file), &file);
                }
                // Included code may name anything that the crate can name.
                for other in self.visible(krate).into_iter().filter(|_| include.code) {
                    let title = format!("package {}", self.crates[other].label());
                    parts.coarse(&title, self.whole(other), why);
                }
            }
            return;
        };
        let crates: Vec<CrateId> =
            if in_macro { reached.crates.iter().copied().collect() } else { vec![placed.krate] };
        for krate in crates {
            let home = &self.crates[krate];
            // A path in a macro is relative to the source file that calls the macro.
            let folders: BTreeSet<PathBuf> = match in_macro {
                true => self.folders(krate, reached),
                false => BTreeSet::from([folder.to_owned()]),
            };
            let mut found = false;
            for folder in folders {
                if let Some(file) = self.included_path(krate, pieces, &folder).filter(|file| file.is_file()) {
                    let title = home.title(&file);
                    let generated = home.generated.as_ref().is_some_and(|folder| file.starts_with(folder));
                    if home.compiling && !generated && crate::compiler::may_have_changed(&file) {
                        let why = format!("{title} changed while it was compiled: build again");
                        parts.coarse(&format!("crate {}", home.label()), unique_hash(), &why);
                    }
                    parts.file(&format!("file {title}"), &title, &file);
                    found = true;
                }
            }
            if !found && !in_macro {
                let why = "an included file was not found";
                parts.coarse(&format!("package {}", home.label()), self.whole(krate), why);
            }
        }
    }

    /// Returns the folders of a crate's reached items.
    fn folders(&self, krate: CrateId, reached: &Reached) -> BTreeSet<PathBuf> {
        let items = reached.items.iter().map(|&id| &self.items[id]).filter(|placed| placed.krate == krate);
        items.map(|placed| self.crates[krate].files[placed.file].folder.clone()).collect()
    }

    /// Returns the files that string literals in macro calls name, by themselves or as a piece of a path that a macro
    /// builds.
    fn named_by_texts(
        &self,
        krate: CrateId,
        reached: &Reached,
        path: Option<&[Piece]>,
    ) -> BTreeMap<PathBuf, Name> {
        let package = &self.crates[krate].package.folder;
        let mut folders = self.folders(krate, reached);
        folders.insert(package.clone());
        folders.insert(package.join("src"));
        folders.insert(package.join("templates"));
        let mut found = BTreeMap::new();
        for text in self.texts(reached) {
            let written = self.names.text(text);
            let plain = ["$CARGO_MANIFEST_DIR", "${CARGO_MANIFEST_DIR}"]
                .iter()
                .fold(written, |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
            let made = path.map(|pieces| {
                let piece = |piece: &Piece| match piece {
                    Piece::Parameter => written.to_owned(),
                    Piece::Text(text) => self.names.text(*text).to_owned(),
                    Piece::Variable(name) => self.variable(krate, self.names.text(*name)).unwrap_or_default(),
                };
                pieces.iter().map(piece).collect::<String>()
            });
            for folder in &folders {
                let places = [
                    Some(folder.join(plain.trim_start_matches('/'))),
                    made.as_ref().map(|made| folder.join(made)),
                ];
                for place in places.into_iter().flatten() {
                    let place = files::plain(&place);
                    if place.is_file() {
                        found.insert(place, text);
                    } else if place.is_dir() && !package.starts_with(&place) {
                        found.extend(files::below(&place).into_iter().map(|file| (file, text)));
                    }
                }
            }
        }
        found
    }

    /// Returns the hash of all files of a crate's package and of its build script's output.
    fn whole(&self, krate: CrateId) -> blake3::Hash {
        let home = &self.crates[krate];
        let mut hasher = blake3::Hasher::new();
        hasher.update(files::whole(&home.package.folder).as_bytes());
        if let Some(generated) = &home.generated {
            hasher.update(files::whole(generated).as_bytes());
        }
        // Sources outside of the package.
        for file in home.known.iter().filter(|file| !file.starts_with(&home.package.folder)) {
            files::part(&mut hasher, &home.title(file), &std::fs::read(file).unwrap_or_default());
        }
        hasher.finalize()
    }

    /// Adds the parts that belong to a crate as a whole.
    fn crate_parts(&self, krate: CrateId, reached: &Reached, parts: &mut Parts) {
        let home = &self.crates[krate];
        let name = &home.label();
        let edition =
            home.line.as_ref().and_then(|line| line.value("--edition")).unwrap_or(&home.package.edition);
        parts.unlisted(&format!("edition of {}", if home.current { "" } else { name }), edition);
        // An unknown macro may name anything that the crate can name.
        let named = if home.coarse.is_empty() { Vec::new() } else { self.visible(krate) };
        for why in &home.coarse {
            let advice = "list the crate in `[package.metadata.skipstone.macros]` if its macros generate code only from their arguments";
            for &other in &named {
                let title = format!("package {}", self.crates[other].label());
                parts.coarse(&title, self.whole(other), &format!("{why}: {advice}"));
            }
        }
        if !home.coarse.is_empty() {
            for (file, text) in self.named_by_texts(krate, reached, None) {
                parts.file(&format!("file {}", self.names.text(text)), &home.title(&file), &file);
            }
            for name in self.texts(reached).into_iter().filter(|name| is_variable(self.names.text(*name))) {
                self.variable_part(krate, name, false, reached, parts);
            }
        }
        if let Some(changed) = &home.changed {
            let why = format!("{} changed while it was compiled: build again", home.title(changed));
            parts.coarse(&format!("crate {name}"), unique_hash(), &why);
        }
        for file in &home.unparsed {
            let title = home.title(file);
            let why = format!("can't parse {title} as Rust");
            parts.coarse(&format!("package {name}"), self.whole(krate), &why);
        }
        if !home.conditions_known {
            let artefact = home.artefact.as_deref().map_or_else(unique_hash, files::content);
            let why = "cargo's build metadata of the crate is missing";
            parts.coarse(&format!("crate {name}"), artefact, why);
        }
        // Files and variables that the compiler read for the crate and that are not known yet.
        let dep_info = home.dep_info.clone();
        let folders = [std::env::current_dir().ok(), Some(home.package.folder.clone())];
        for file in dep_info.files {
            let mut places =
                folders.iter().flatten().map(|folder| folder.join(&file)).filter(|file| file.is_file());
            let Some(file) = places.next() else { continue };
            let file = file.canonicalize().unwrap_or(file);
            let generated = home.generated.as_ref().is_some_and(|folder| file.starts_with(folder));
            let older = home.unit.as_ref().is_some_and(|unit| unit.is_older_than(&file));
            if older && !generated {
                let why = format!("{} changed after it was compiled: build again", home.title(&file));
                parts.coarse(&format!("crate {name}"), unique_hash(), &why);
            }
            // Documentation in a separate file does not change any value.
            let documents = file.extension().is_some_and(|extension| extension == "md");
            if !documents && !home.known.contains(&file) && !self.is_counted(krate, &file) {
                let title = home.title(&file);
                parts.file(&format!("file {title} that the compiler read"), &title, &file);
            }
        }
        for (variable, value) in dep_info.variables {
            let known = self.names.known(&variable).is_some_and(|variable| {
                let of_crate = self.items.iter().filter(|placed| placed.krate == krate);
                of_crate.into_iter().any(|placed| placed.item.words.variables.contains(&Some(variable)))
            });
            if !known && !PLACES.contains(&variable.as_str()) {
                let text = format!("{value:?}").replace(&*home.package.folder.to_string_lossy(), "");
                let title = format!("environment variable {variable} of {name} that the compiler read");
                parts.add(&title, "", blake3::hash(text.as_bytes()));
            }
        }
    }

    /// Returns whether an item of the crate names the file, which then counts with that item.
    fn is_counted(&self, krate: CrateId, file: &Path) -> bool {
        self.items.iter().filter(|placed| placed.krate == krate).any(|placed| {
            let folder = &self.crates[krate].files[placed.file].folder;
            placed.item.words.includes.iter().filter_map(|include| include.path.as_deref()).any(|pieces| {
                self.included_path(krate, pieces, folder)
                    .is_some_and(|other| other.canonicalize().is_ok_and(|other| other == file))
            })
        })
    }

    /// Adds the order of the reached macros and of the items that call them. It decides which macro a name refers to.
    fn order(&self, reached: &Reached, parts: &mut Parts) {
        let is_macro = |id: &ItemId| self.items[*id].item.kind == Kind::MacroRules;
        let names: FxHashSet<Name> =
            reached.items.iter().filter(|id| is_macro(id)).map(|&id| self.items[id].item.name).collect();
        if names.is_empty() {
            return;
        }
        for &krate in &reached.crates {
            let home = &self.crates[krate];
            let mut order = String::new();
            for id in self.in_order(krate) {
                let placed = &self.items[id];
                let item = &placed.item;
                let calls = is_macro(&id) || names.iter().any(|name| item.words.mentions(*name));
                // `#[macro_use]` may import the macros of a crate.
                if (calls && reached.items.contains(&id)) || item.kind == Kind::ExternCrate {
                    let (kind, module) = (item.kind.word(), &home.modules[placed.module].path);
                    order.push_str(&format!(
                        "{module} {kind} {} {}\n",
                        self.names.text(item.name),
                        item.title
                    ));
                }
            }
            parts.unlisted(&format!("order of macros in {}", home.label()), &order);
        }
    }

    /// Returns the items of a crate in source order. The items of a module follow its declaration.
    fn in_order(&self, krate: CrateId) -> Vec<ItemId> {
        let home = &self.crates[krate];
        let mut files_for: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (file, place) in home.files.iter().enumerate() {
            let module = place.items.first().map_or(0, |&id| {
                // The module of the file is that of its first item, without the modules inside the file.
                let item = &self.items[id];
                let mut module = item.module;
                for _ in 0..item.item.modules.len() {
                    module = home.modules[module].parent.unwrap_or(0);
                }
                module
            });
            files_for.entry(module).or_default().push(file);
        }
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        let mut open: Vec<(usize, usize)> = Vec::new();
        for &file in files_for.get(&0).into_iter().flatten() {
            open.push((file, 0));
        }
        while let Some((file, at)) = open.pop() {
            let items = &home.files[file].items;
            let Some(&id) = items.get(at) else { continue };
            open.push((file, at + 1));
            if !seen.insert(id) {
                continue;
            }
            found.push(id);
            if self.items[id].item.kind == Kind::Module {
                let declared = home.modules.iter().position(|module| module.about.contains(&id));
                for &inner in declared.and_then(|module| files_for.get(&module)).into_iter().flatten() {
                    if inner != file {
                        open.push((inner, 0));
                    }
                }
            }
        }
        found
    }

    /// Adds whole files if a reached item sees positions or source text.
    fn positions(&self, reached: &Reached, parts: &mut Parts) {
        let numbers = |words: &[&str]| -> Vec<Name> {
            words.iter().filter_map(|word| self.names.known(word)).collect()
        };
        let (macros, words) = (numbers(&POSITION_MACROS), numbers(&POSITIONS));
        let calls = |id: &ItemId| {
            let calls = &self.items[*id].item.words.calls;
            calls.iter().any(|call| call.path.last().is_some_and(|name| macros.contains(name)))
        };
        let sees = words.iter().any(|word| reached.words.contains(word)) || reached.items.iter().any(calls);
        if !sees {
            return;
        }
        let files: BTreeSet<(CrateId, usize)> =
            reached.items.iter().map(|&id| (self.items[id].krate, self.items[id].file)).collect();
        for (krate, file) in files {
            let file = &self.crates[krate].files[file];
            let why = "code that the task reaches sees line numbers or source text (`line!`, `stringify!`, `Location`, …)";
            parts.coarse_file(&file.title, files::content(&file.path), why);
        }
    }

    /// Adds the conditions of the build that reached code may query.
    fn conditions(&self, reached: &Reached, parts: &mut Parts) {
        let words = || reached.words.iter().map(|word| self.names.text(*word));
        if !words().any(asks_for_conditions) {
            return;
        }
        let asked: FxHashSet<&str> = words().collect();
        let texts: FxHashSet<String> =
            self.texts(reached).into_iter().map(|text| self.names.text(text).to_owned()).collect();
        let asserts = asked.iter().any(|word| word.starts_with("debug_assert"));
        let is_asked = |condition: &str| -> bool {
            let (key, value) = condition.split_once('=').unwrap_or((condition, ""));
            match key {
                "debug_assertions" => asserts,
                "feature" => {
                    let feature = value.trim_matches('"');
                    asked.contains("feature") && (texts.contains(feature) || self.quotes(reached, feature))
                }
                _ if key.starts_with("target ") => asked
                    .iter()
                    .any(|word| word.starts_with("target_") || matches!(*word, "unix" | "windows")),
                _ if key.starts_with("target") => asked.iter().any(|word| word.starts_with("target_")),
                _ => asked.contains(key),
            }
        };
        for &krate in &reached.crates {
            let home = &self.crates[krate];
            let mut conditions: BTreeSet<&str> = home.conditions.iter().map(String::as_str).collect();
            if !home.current {
                // Conditions on the command line that apply to all crates, and the target.
                let shared = self.crates[0].conditions.iter().map(String::as_str);
                conditions.extend(shared.filter(|condition| !condition.starts_with("feature=")));
            }
            let text =
                conditions.into_iter().filter(|condition| is_asked(condition)).collect::<Vec<_>>().join("\n");
            if !text.is_empty() {
                let of = if home.current { String::new() } else { format!(" of {}", home.package.name) };
                parts.add(&format!("conditions of the build (cfg){of}"), "", blake3::hash(text.as_bytes()));
            }
        }
    }

    /// Returns whether reached string literals contain all words of a feature's name.
    fn quotes(&self, reached: &Reached, feature: &str) -> bool {
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut words = feature
            .split(|letter| !is_letter(letter))
            .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_'));
        words.all(|word| self.names.known(word).is_some_and(|word| reached.words.contains(&word)))
    }

    /// Returns the reached external crates and all of their dependencies, one per line.
    fn packages(&self, reached: &Reached, parts: &mut Parts) -> String {
        let mut start = Vec::new();
        let mut unlocked = BTreeSet::new();
        let mut units = Vec::new();
        for (krate, name) in &reached.externs {
            let home = &self.crates[*krate];
            let text = self.names.text(*name);
            match home.externs.get(name) {
                Some(Extern::Locked(locked)) if !locked.is_empty() => start.extend(locked),
                // Without a lock file, as in a registry crate, the name of the linked artefact counts. It contains a
                // hash of the version, the features and all dependencies.
                Some(Extern::Locked(_)) => {
                    let externs = self.crates[0].line.as_ref().map(|line| line.externs()).unwrap_or_default();
                    let artefact = externs.into_iter().find(|(other, _)| other == text);
                    let artefact =
                        artefact.and_then(|(_, path)| Some(path.file_stem()?.to_string_lossy().into_owned()));
                    unlocked.insert(format!("{text} {}", artefact.unwrap_or_else(|| "unknown".to_owned())));
                }
                Some(Extern::Whole { package, .. }) => start.extend(self.local_packages(package)),
                _ => {}
            }
            units.extend(self.unit_of(home, text));
        }
        // The package that each name refers to.
        let meant: Vec<String> = reached
            .externs
            .iter()
            .map(|(krate, name)| {
                let home = &self.crates[*krate];
                let of = match home.externs.get(name) {
                    Some(Extern::Locked(locked)) => locked
                        .iter()
                        .map(|i| {
                            format!(
                                "{} {}",
                                self.workspace.locked[*i].name, self.workspace.locked[*i].version
                            )
                        })
                        .collect::<Vec<_>>()
                        .join(", "),
                    _ => String::new(),
                };
                format!(
                    "{} {} {of}",
                    if home.current { "" } else { &home.package.name },
                    self.names.text(*name)
                )
            })
            .collect();
        parts.unlisted("names of crates", &meant.join("\n"));
        let mut lines = unlocked;
        lines.extend(self.locked_packages((start, units)));
        lines.into_iter().collect::<Vec<_>>().join("\n")
    }

    /// Returns the lines of these external packages and of all of their dependencies.
    fn locked_packages(&self, start: Start) -> BTreeSet<String> {
        if let Some(lines) = self.computed.packages.borrow().get(&start) {
            return lines.clone();
        }
        let features = self.features(start.1.clone());
        let mut lines = BTreeSet::new();
        let counts = |package: &Locked| OURS.contains(&package.name.as_str());
        let leads = |from: &Locked, to: &str| !counts(from) || !NO_VALUES.contains(&to);
        for i in self.workspace.closure(&start.0, leads) {
            let package = &self.workspace.locked[i];
            let features = features
                .get(&package.name)
                .map(|features| features.iter().cloned().collect::<Vec<_>>().join("|"))
                .unwrap_or_default();
            match &package.source {
                Some(source) => drop(lines.insert(
                    format!("{} {} {source} {features}", package.name, package.version).trim_end().to_owned(),
                )),
                // A local package that replaces an external one, or a package of this library.
                None => lines.extend(self.replacement(&package.name)),
            }
        }
        self.computed.packages.borrow_mut().insert(start, lines.clone());
        lines
    }

    /// Returns the hash of a local package's sources, without its tests, benches and examples.
    fn whole_sources(&self, folder: &Path) -> blake3::Hash {
        if let Some(hash) = self.computed.sources.borrow().get(folder) {
            return *hash;
        }
        let hash = whole_sources(folder);
        self.computed.sources.borrow_mut().insert(folder.to_owned(), hash);
        hash
    }

    /// Returns the local packages with this name in the lock file.
    fn local_packages(&self, name: &str) -> Vec<usize> {
        let all = self.workspace.locked.iter().enumerate();
        all.filter(|(_, package)| package.source.is_none() && package.name == name).map(|(i, _)| i).collect()
    }

    /// Returns the line of a local package that only external packages depend on. It counts as a whole.
    fn replacement(&self, name: &str) -> Option<String> {
        let known = self.crates.iter().any(|krate| krate.package.name == name);
        let ours = OURS.contains(&name);
        let folders = self.workspace.replacements(name);
        if known || (ours && folders.is_empty()) {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        if folders.is_empty() {
            return Some(format!("{name} local {}", unique_hash().to_hex()));
        }
        for folder in &folders {
            hasher.update(self.whole_sources(folder).as_bytes());
        }
        Some(format!("{name} local {}", hasher.finalize().to_hex()))
    }

    fn unit_of(&self, home: &Crate, name: &str) -> Option<PathBuf> {
        let units = self.units.as_ref()?;
        match (&home.line, &home.unit) {
            (Some(line), _) => {
                let artefact = line.externs().into_iter().find(|(other, _)| other == name)?.1;
                Some(units.of_artefact(&artefact)?.folder)
            }
            (_, Some(unit)) => {
                unit.dependencies.iter().find(|(other, _)| other == name).map(|(_, folder)| folder.clone())
            }
            _ => None,
        }
    }

    /// Returns the features of these crates and of all of their dependencies, by package.
    fn features(&self, start: Vec<PathBuf>) -> BTreeMap<String, BTreeSet<String>> {
        // A package that is built for several targets or in several versions has several lists.
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let Some(units) = &self.units else { return found };
        let mut seen = BTreeSet::new();
        let mut open = start;
        while let Some(folder) = open.pop() {
            if !seen.insert(folder.clone()) {
                continue;
            }
            if let Some(unit) = units.known(&folder) {
                let features = unit.features.iter().cloned().collect::<Vec<_>>().join(",");
                found.entry(unit.package.clone()).or_default().insert(features);
                open.extend(unit.dependencies.iter().map(|(_, folder)| folder.clone()));
            }
        }
        found
    }
}

/// Returns whether a string may be the name of a variable.
fn is_variable(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Returns the hash of a local package's sources, without its tests, benches and examples.
fn whole_sources(folder: &Path) -> blake3::Hash {
    let own_only = ["tests", "benches", "examples"].map(|name| folder.join(name));
    let mut hasher = blake3::Hasher::new();
    for file in files::below(folder) {
        let is_source = file.starts_with(folder.join("src"))
            || file.extension().is_some_and(|extension| extension == "rs");
        if is_source && !own_only.iter().any(|folder| file.starts_with(folder)) {
            files::part(&mut hasher, &files::name(&file, folder), &std::fs::read(&file).unwrap_or_default());
        }
    }
    hasher.finalize()
}

/// The parts of a fingerprint, sorted by title and position.
#[derive(Default)]
struct Parts {
    hashes: BTreeMap<(String, String), blake3::Hash>,
    lines: BTreeMap<(String, String), String>,
    /// The coarse parts that were added already. Each is hashed once.
    coarse: BTreeSet<(String, String)>,
    /// The number of items with a title, by title and module.
    equal: BTreeMap<(String, String), usize>,
}

impl Parts {
    /// Begins with what distinguishes crates: a library and a binary of one package may have modules and tasks with the same names.
    fn of_crate() -> Parts {
        let mut parts = Parts::default();
        for variable in ["CARGO_CRATE_NAME", "CARGO_BIN_NAME"] {
            let value = std::env::var(variable).unwrap_or_default();
            if !value.is_empty() {
                parts.unlisted(variable, &value);
            }
        }
        parts
    }

    /// Adds an item, which is identified by its title and module. File and line are only displayed.
    fn item(&mut self, title: &str, file: &str, line: u32, module: &str, hash: blake3::Hash) {
        // Titles are equal in one module for `cfg` alternatives and for implementations of several types.
        let number = self.equal.entry((title.to_owned(), module.to_owned())).or_insert(0);
        *number += 1;
        let shown = if *number == 1 { title.to_owned() } else { format!("{title} ({number})") };
        let key = (shown.clone(), module.to_owned());
        self.lines.insert(
            (shown.clone(), format!("{file}\0{module}")),
            format!("{}\t{file}:{line}\t{shown}", &hash.to_hex()[..16]),
        );
        self.hashes.insert(key, hash);
    }

    fn add(&mut self, title: &str, place: &str, hash: blake3::Hash) {
        let key = (title.to_owned(), place.to_owned());
        // Two parts with the same key both count.
        let hash = match self.hashes.get(&key) {
            Some(earlier) if *earlier != hash => {
                blake3::hash(format!("{} {}", earlier.to_hex(), hash.to_hex()).as_bytes())
            }
            _ => hash,
        };
        self.lines.insert(key.clone(), format!("{}\t{place}\t{title}", &hash.to_hex()[..16]));
        self.hashes.insert(key, hash);
    }

    /// Adds a part that is not listed, because another list has it or because it only distinguishes targets.
    fn unlisted(&mut self, title: &str, text: &str) {
        self.hashes.insert((title.to_owned(), String::new()), blake3::hash(text.as_bytes()));
    }

    fn file(&mut self, title: &str, place: &str, file: &Path) {
        self.add(title, place, files::content(file));
    }

    /// Adds a coarse part with its reason and, where possible, how to make it fine.
    fn coarse(&mut self, title: &str, hash: blake3::Hash, why: &str) {
        let title = format!("every file of {title}");
        let title =
            if title.contains("every file of package") { title } else { title.replace("every file of ", "") };
        if self.coarse.insert((title.clone(), why.to_owned())) {
            let key = (title.clone(), why.to_owned());
            self.lines.insert(key, format!("{}\t\t{title}\t{why}", &hash.to_hex()[..16]));
            self.hashes.insert((title, String::new()), hash);
        }
    }

    fn coarse_file(&mut self, title: &str, hash: blake3::Hash, why: &str) {
        let part = format!("file {title}");
        self.lines.insert(
            (part.clone(), title.to_owned()),
            format!("{}\t{title}\t{part}\t{why}", &hash.to_hex()[..16]),
        );
        self.hashes.insert((part, title.to_owned()), hash);
    }

    fn finish(self, packages: String, made_by_macro: bool) -> Code {
        let mut hasher = blake3::Hasher::new();
        for ((title, place), hash) in &self.hashes {
            files::part(&mut hasher, title, place.as_bytes());
            hasher.update(hash.as_bytes());
        }
        files::part(&mut hasher, "packages", packages.as_bytes());
        Code {
            hash: hasher.finalize().to_hex().to_string(),
            parts: self.lines.into_values().collect::<Vec<_>>().join("\n"),
            packages,
            made_by_macro,
        }
    }
}

#[cfg(test)]
mod tests;
