//! What a piece of code can reach: every item of its package that it names, and what those name.
//!
//! Names are matched without regard to modules: two items of one name are both reached. So a name can
//! be resolved to another item only by an edit of an item, or of a `use`, that is reached itself.

use super::items::{FunctionPlace, Role, SourceFile, SourceItem};
use super::tokens::{NO_NAMES, STANDARD};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The sources of a package.
pub(super) struct Sources {
    pub(super) files: Vec<Source>,
    /// By name, wherever the name is used.
    everywhere: HashMap<String, Vec<Place>>,
    /// By the name of a member, also where it is behind a dot.
    members: HashMap<String, Vec<Place>>,
    /// `use`, by file and name.
    imports: HashMap<(usize, String), Vec<usize>>,
    /// `use`, by name, for names that are taken by a path, a glob or a macro.
    all_imports: HashMap<String, Vec<Place>>,
    /// `use`, by what it takes: a trait's methods are called where the trait is taken, under any name.
    takers: HashMap<String, Vec<Place>>,
    /// What may define any name.
    ambient: Vec<Place>,
    /// By file: what its names may come from, whatever they are.
    globs: HashMap<usize, Vec<Place>>,
    /// Those of them that name a module or an enum of the crate: they count for every task.
    local_globs: Vec<Place>,
    /// Attributes of files and modules.
    attributes: Vec<Place>,
    /// Items on which a macro may define other names than theirs.
    marked: Vec<(String, Place)>,
}

/// A parsed file.
pub(super) struct Source {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Relative to the package.
    pub(super) name: String,
    pub(super) parsed: SourceFile,
}

/// An item: file and index in it.
pub(super) type Place = (usize, usize);

/// Macros at the place of items that define only names that are in their call.
const DEFINING: [&str; 3] = ["thread_local", "lazy_static", "bitflags"];

impl Sources {
    pub(super) fn new(files: Vec<Source>) -> Sources {
        let mut sources = Sources {
            files,
            everywhere: HashMap::new(),
            members: HashMap::new(),
            imports: HashMap::new(),
            all_imports: HashMap::new(),
            takers: HashMap::new(),
            ambient: Vec::new(),
            globs: HashMap::new(),
            local_globs: Vec::new(),
            attributes: Vec::new(),
            marked: Vec::new(),
        };
        sources.index_named();
        sources.index_globs();
        sources.index_macro_calls();
        sources.index_impls();
        sources
    }

    pub(super) fn item(&self, (file, item): Place) -> &SourceItem {
        &self.files[file].parsed.items[item]
    }

    pub(super) fn places(&self) -> Vec<Place> {
        let files = self.files.iter().enumerate();
        files
            .flat_map(|(file, source)| (0..source.parsed.items.len()).map(move |item| (file, item)))
            .collect()
    }

    fn index_named(&mut self) {
        for place in self.places() {
            let item = &self.files[place.0].parsed.items[place.1];
            let mut everywhere = Vec::new();
            match &item.role {
                Role::Named { name, members } => {
                    everywhere.push(name.clone());
                    for member in members {
                        self.members.entry(member.clone()).or_default().push(place);
                    }
                }
                Role::Marked(names) => {
                    for name in names {
                        self.members.entry(name.clone()).or_default().push(place);
                    }
                    everywhere.extend(names.iter().cloned());
                    self.marked.push((plain(&item.name), place));
                }
                Role::Ambient => self.ambient.push(place),
                Role::Use { name, target, public } => {
                    self.takers.entry(target.clone()).or_default().push(place);
                    if *public {
                        everywhere.push(name.clone());
                    }
                    self.imports.entry((place.0, name.clone())).or_default().push(place.1);
                    self.all_imports.entry(name.clone()).or_default().push(place);
                }
                // The attributes of a crate's root hold for all of it.
                Role::File if item.name.is_empty() && is_root(&self.files[place.0].name) => {
                    self.ambient.push(place)
                }
                Role::File => self.attributes.push(place),
                Role::Glob { .. } => self.globs.entry(place.0).or_default().push(place),
                Role::Impl(_) | Role::Call { .. } => {}
            }
            for name in everywhere {
                self.everywhere.entry(name).or_default().push(place);
            }
        }
    }

    /// Globs of the crate's own modules and enums: what they bring may have been brought there by others.
    fn index_globs(&mut self) {
        let mut own: HashSet<&str> = HashSet::from(["crate", "self", "super"]);
        for file in &self.files {
            own.extend(file.name.split('/').map(|part| part.trim_end_matches(".rs")));
            own.extend(file.parsed.items.iter().flat_map(|item| item.modules.iter().map(String::as_str)));
        }
        let names = own.iter().copied().chain(self.everywhere.keys().map(String::as_str));
        let own: HashSet<&str> = names.chain(self.all_imports.keys().map(String::as_str)).collect();
        let local: Vec<Place> = self
            .globs
            .values()
            .flatten()
            .filter(|place| {
                let Role::Glob { first } = &self.item(**place).role else { return false };
                own.contains(first.as_str())
            })
            .copied()
            .collect();
        self.local_globs = local;
    }

    /// Calls of macros that stand where items do, under what they may define.
    fn index_macro_calls(&mut self) {
        for place in self.places() {
            let Role::Call { called, named } = &self.item(place).role else { continue };
            let mut names = named.clone();
            names.retain(|name| !NO_NAMES.contains(&name.as_str()));
            let behind = self.with_aliases(&names);
            names.extend(behind);
            let clear = DEFINING.contains(&called.as_str())
                || self.defined_by(called, &mut names, &mut HashSet::new());
            if clear {
                for name in names {
                    self.members.entry(name.clone()).or_default().push(place);
                    self.everywhere.entry(name).or_default().push(place);
                }
            } else {
                self.ambient.push(place);
            }
        }
    }

    /// Adds the names that a macro of the crate may define; whether all of them could be told.
    fn defined_by(&self, called: &str, names: &mut BTreeSet<String>, seen: &mut HashSet<String>) -> bool {
        if STANDARD.contains(&called) || !seen.insert(called.to_owned()) {
            return true;
        }
        let definitions = self.everywhere.get(called).into_iter().flatten();
        let mut definitions =
            definitions.map(|&place| self.item(place)).filter(|item| item.kind == "macro").peekable();
        if definitions.peek().is_none() {
            return false;
        }
        definitions.all(|definition| {
            // A macro that makes imports or macros may make any name mean anything.
            if ["use", "macro_rules", "mod", "extern"]
                .iter()
                .any(|word| definition.words.idents.contains(*word))
            {
                return false;
            }
            names.extend(definition.words.defined.iter().cloned());
            names.extend(definition.words.idents.iter().filter(|name| self.is_type(name)).cloned());
            definition.words.macros.iter().all(|called| self.defined_by(called, names, seen))
        })
    }

    /// Whether the crate has a type or trait of this name, or takes one under it.
    fn is_type(&self, name: &str) -> bool {
        let is_type = |item: &SourceItem| match item.kind {
            "struct" | "enum" | "union" | "trait" | "type" => item.name == name,
            kind => kind == "macro call",
        };
        self.everywhere.get(name).into_iter().flatten().any(|&place| is_type(self.item(place)))
    }

    /// Implementations under the crate's own types and traits that their headers name; there is always
    /// one, by the rule that makes implementations unique.
    fn index_impls(&mut self) {
        for place in self.places() {
            let Role::Impl(header) = &self.item(place).role else { continue };
            let mut names = self.with_aliases(header);
            names.extend(header.iter().cloned());
            names.retain(|name| self.is_type(name));
            if names.is_empty() {
                self.ambient.push(place);
            }
            for name in names {
                self.everywhere.entry(name).or_default().push(place);
            }
        }
    }

    /// How many macros have this name.
    pub(super) fn macros_called(&self, name: &str) -> usize {
        let named = self.everywhere.get(name).into_iter().flatten();
        named.filter(|&&place| self.item(place).kind == "macro").count()
    }

    /// What is behind these names where they are other names for something.
    fn with_aliases(&self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = names.iter().cloned().collect();
        let mut seen = HashSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let named = self.everywhere.get(&name).into_iter().flatten().copied();
            let imported = self.all_imports.get(&name).into_iter().flatten().copied();
            for behind in named.chain(imported) {
                let item = self.item(behind);
                if item.kind == "type" || (item.kind == "use" && item.name.contains(" as ")) {
                    found.extend(item.words.idents.iter().cloned());
                    open.extend(item.words.idents.iter().cloned());
                }
            }
        }
        found
    }

    /// The function of this name on this line.
    pub(super) fn function(&self, file: &Path, name: &str, line: usize) -> Option<(Place, FunctionPlace)> {
        let (index, source) = self.files.iter().enumerate().find(|(_, source)| source.path == file)?;
        let found = *source.parsed.functions.get(&(name.to_owned(), line))?;
        Some(((index, found.item), found))
    }

    /// All that the item reaches in the files that are `wanted`, itself included.
    pub(super) fn reach(&self, start: Place, wanted: &impl Fn(&str) -> bool) -> BTreeSet<Place> {
        let wanted: Vec<bool> = self.files.iter().map(|file| wanted(&file.name)).collect();
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        open.extend(&self.ambient);
        // What is brought everywhere may be brought here, too.
        open.extend(&self.local_globs);
        let mut files = BTreeSet::new();
        while let Some(place) = open.pop() {
            if !wanted[place.0] || !reached.insert(place) {
                continue;
            }
            let item = self.item(place);
            if files.insert(place.0) {
                open.extend(self.of_file(place.0));
            }
            if !item.modules.is_empty() {
                let around = |attributes: &&Place| {
                    attributes.0 == place.0 && item.modules.contains(&self.item(**attributes).name)
                };
                open.extend(self.attributes.iter().filter(around));
            }
            // With a trait that a method's name found come its implementations, and those who take it.
            if matches!(item.role, Role::Named { .. } | Role::Marked(_)) {
                open.extend(self.everywhere.get(&item.name).into_iter().flatten());
            }
            if matches!(item.kind, "trait" | "macro call") {
                open.extend(self.takers.get(&item.name).into_iter().flatten());
            }
            open.extend(item.words.members.iter().filter_map(|name| self.members.get(name)).flatten());
            // In a macro and in what has imports inside, a name may come from anywhere.
            let from_anywhere = item.kind == "macro" || item.words.idents.contains("use");
            for name in &item.words.idents {
                let found = [self.everywhere.get(name), self.members.get(name)];
                open.extend(found.iter().flatten().copied().flatten());
                let own = self.imports.get(&(place.0, name.clone()));
                open.extend(own.into_iter().flatten().map(|&item| (place.0, item)));
                if from_anywhere || item.words.in_paths.contains(name) {
                    open.extend(self.all_imports.get(name).into_iter().flatten());
                }
                let is_import = |place: &Place| self.item(*place).kind == "use";
                if found.iter().flatten().copied().flatten().all(is_import) {
                    open.extend(self.made_of(name));
                }
            }
        }
        reached
    }

    /// What holds for everything in a file: its globs and attributes, and the attributes of modules that
    /// may be it.
    fn of_file(&self, file: usize) -> Vec<Place> {
        let parts: BTreeSet<&str> =
            self.files[file].name.split('/').map(|part| part.trim_end_matches(".rs")).collect();
        let globs = self.globs.get(&file).into_iter().flatten();
        let attributes = self.attributes.iter().filter(|place| match self.item(**place).name.as_str() {
            "" => place.0 == file,
            module => parts.contains(module),
        });
        globs.chain(attributes).copied().collect()
    }

    /// Items that a macro may have made `name` of: `ConfigBuilder` of `Config`.
    fn made_of(&self, name: &str) -> impl Iterator<Item = Place> {
        let name = plain(name);
        self.marked
            .iter()
            .filter(move |(item, _)| !item.is_empty() && name.contains(item.as_str()))
            .map(|(_, place)| *place)
    }

    /// The parts of the reached items, each once, sorted: what it is and where, with its hash.
    pub(super) fn parts(
        &self,
        reached: &BTreeSet<Place>,
    ) -> BTreeMap<(String, String), (usize, blake3::Hash)> {
        let mut parts = BTreeMap::new();
        let mut seen = HashMap::new();
        for &place in reached {
            let (item, file) = (self.item(place), &self.files[place.0].name);
            let mut hasher = blake3::Hasher::new();
            for text in item.modules.iter().map(String::as_str).chain([file.as_str(), item.kind, &item.name])
            {
                super::files::part(&mut hasher, "", text.as_bytes());
            }
            hasher.update(item.hash.as_bytes());
            // Equal titles in one file: the cases of a `cfg`, implementations for several types.
            let title = format!("{} {}", item.kind, item.name).trim_end().to_owned();
            let earlier = seen.entry((title.clone(), file.clone())).or_insert(0_usize);
            *earlier += 1;
            let title = if *earlier == 1 { title } else { format!("{title} ({earlier})") };
            parts.insert((title, file.clone()), (item.line, hasher.finalize()));
        }
        parts
    }
}

/// A name without what tells its cases apart.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

fn is_root(file: &str) -> bool {
    file.ends_with("lib.rs") || file.ends_with("main.rs")
}
