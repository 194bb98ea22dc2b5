//! The local crates that a build is made of: each one's modules and items, and where its names may lead.

use crate::compiler::{self, CommandLine};
use crate::files;
use crate::items::{self, Function, Import, Item, Kind, SourceFile};
use crate::macros::{Class, OURS, class_of};
use crate::packages::{Package, Workspace};
use crate::tokens::{self, DERIVES, Include, MacroCall, Name, Names, Piece, STANDARD, Words};
use crate::units::{Unit, Units};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The number of an item among all of a [`Universe`].
pub(crate) type ItemId = usize;
/// The number of a crate.
pub(crate) type CrateId = usize;
/// The number of a module in its crate.
pub(crate) type ModuleId = usize;

/// All local crates of a build.
#[derive(Debug)]
pub(crate) struct Universe {
    pub(crate) names: Names,
    pub(crate) workspace: Workspace,
    /// The first is the one that is compiled.
    pub(crate) crates: Vec<Crate>,
    pub(crate) items: Vec<Placed>,
    pub(crate) units: Option<Units>,
    by_root: FxHashMap<PathBuf, CrateId>,
}

/// What a compiler was asked for, as far as it matters here.
#[derive(Debug, Clone)]
pub(crate) struct Compilation {
    /// The folder of the package.
    pub(crate) folder: PathBuf,
    /// The first file of the crate; where it is not known, that of the package's library or program.
    pub(crate) root: Option<PathBuf>,
    pub(crate) tests: bool,
    /// Where the build script wrote.
    pub(crate) generated: Option<PathBuf>,
    pub(crate) line: Option<CommandLine>,
}

/// A local crate.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) package: Package,
    /// Whether it is the one that is compiled.
    pub(crate) current: bool,
    pub(crate) files: Vec<FilePlace>,
    /// Files that are no Rust.
    pub(crate) unparsed: Vec<PathBuf>,
    pub(crate) modules: Vec<Module>,
    pub(crate) modules_named: FxHashMap<Name, Vec<ModuleId>>,
    /// Items by every name that may mean them.
    pub(crate) offers: FxHashMap<Name, Vec<ItemId>>,
    /// Items by the names of members, behind a dot too.
    pub(crate) members: FxHashMap<Name, Vec<ItemId>>,
    /// Imports by the name that they bind, and by the name that they take.
    pub(crate) bound: FxHashMap<Name, Vec<ItemId>>,
    pub(crate) taken: FxHashMap<Name, Vec<ItemId>>,
    /// What counts wherever the crate is reached.
    pub(crate) ambient: Vec<ItemId>,
    /// Implementations by the names that all have to be reached before they can be used.
    pub(crate) implementations: Vec<(ItemId, Vec<Name>)>,
    /// Which of them need a name.
    pub(crate) needed: FxHashMap<Name, Vec<usize>>,
    /// What its code calls the crates that it is built with.
    pub(crate) externs: FxHashMap<Name, Extern>,
    /// Why its package counts as a whole: for each cause one sentence.
    pub(crate) coarse: BTreeSet<String>,
    pub(crate) unit: Option<Unit>,
    /// The artefact that the compiler is given, where it is known.
    pub(crate) artefact: Option<PathBuf>,
    pub(crate) generated: Option<PathBuf>,
    /// What `cfg` may ask for.
    pub(crate) conditions: BTreeSet<String>,
    /// Whether all of them are known.
    pub(crate) conditions_known: bool,
    /// What its build script sets.
    pub(crate) variables: BTreeMap<String, String>,
    /// A file that is newer than what was compiled.
    pub(crate) changed: Option<PathBuf>,
    /// Every file that is known to be part of it.
    pub(crate) known: BTreeSet<PathBuf>,
    pub(crate) line: Option<CommandLine>,
}

/// A crate behind a name.
#[derive(Debug, Clone)]
pub(crate) enum Extern {
    Local(CrateId),
    /// A local package that counts as a whole: its folder.
    Whole(PathBuf),
    /// Packages of the lock file.
    Locked(Vec<usize>),
}

/// A source file in its place.
#[derive(Debug)]
pub(crate) struct FilePlace {
    pub(crate) path: PathBuf,
    /// Relative to the package, or to where its build script writes.
    pub(crate) title: String,
    pub(crate) functions: Vec<Function>,
    pub(crate) items: Vec<ItemId>,
}

/// A module.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) parent: Option<ModuleId>,
    pub(crate) name: Name,
    pub(crate) path: String,
    /// Its declarations and attributes.
    pub(crate) about: Vec<ItemId>,
    pub(crate) globs: Vec<ItemId>,
    pub(crate) imports: Vec<ItemId>,
    /// The types and traits that it defines.
    nominal: FxHashSet<Name>,
}

/// An item in its place.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) krate: CrateId,
    pub(crate) file: usize,
    pub(crate) module: ModuleId,
    pub(crate) item: Item,
    /// Code that it takes in.
    pub(crate) included: Vec<ItemId>,
    /// Whether documentation in it has a meaning.
    pub(crate) documented: bool,
    /// Whether attributes named `task` in it are those of another crate.
    pub(crate) foreign_tasks: bool,
}

impl Universe {
    pub(crate) fn read(compilation: &Compilation) -> Option<Universe> {
        let folder = &compilation.folder.canonicalize().unwrap_or_else(|_| compilation.folder.clone());
        let mut universe = Universe {
            names: Names::new(),
            workspace: Workspace::new(folder),
            crates: Vec::new(),
            items: Vec::new(),
            units: None,
            by_root: FxHashMap::default(),
        };
        let externs = compilation.line.as_ref().map(CommandLine::externs);
        let artefact = externs.iter().flatten().map(|(_, path)| path).next();
        universe.units = artefact.and_then(|artefact| Units::beside(artefact));
        let package = universe.workspace.package(folder)?;
        let root = compilation.root.as_ref().and_then(|root| root.canonicalize().ok());
        let usual = || {
            ["src/main.rs", "src/lib.rs"]
                .map(|file| folder.join(file))
                .into_iter()
                .find(|file| file.is_file())
        };
        let root = root.or_else(usual)?;
        let mut krate = Crate::new(package, true);
        krate.generated = compilation.generated.clone();
        krate.line = compilation.line.clone();
        if let Some(line) = &compilation.line {
            krate.conditions = line.conditions();
        }
        krate.conditions_known = true;
        universe.add(krate, root, compilation.tests);
        universe.finish();
        Some(universe)
    }

    /// Adds a crate and those that it is built with.
    fn add(&mut self, krate: Crate, root: PathBuf, tests: bool) -> CrateId {
        let id = self.crates.len();
        if !krate.current {
            self.by_root.insert(root.clone(), id);
        }
        self.crates.push(krate);
        let depth = 0;
        let top = self.module(id, None, 0, String::new());
        let mut loader = Loader { universe: self, krate: id, tests, seen: FxHashSet::default() };
        loader.file(&root, top, true, depth);
        loader.orphans();
        self.link(id, &root);
        id
    }

    fn module(&mut self, krate: CrateId, parent: Option<ModuleId>, name: Name, path: String) -> ModuleId {
        let krate = &mut self.crates[krate];
        if let Some(known) = krate
            .modules
            .iter()
            .position(|module| module.parent == parent && module.name == name && module.path == path)
        {
            return known;
        }
        krate.modules.push(Module {
            parent,
            name,
            path,
            about: Vec::new(),
            globs: Vec::new(),
            imports: Vec::new(),
            nominal: FxHashSet::default(),
        });
        let id = krate.modules.len() - 1;
        krate.modules_named.entry(name).or_default().push(id);
        id
    }

    /// Finds the crates that a crate is built with.
    fn link(&mut self, id: CrateId, root: &Path) {
        let dependencies = self.crates[id].package.dependencies.clone();
        let given: Option<FxHashMap<String, PathBuf>> =
            self.crates[id].line.as_ref().map(|line| line.externs().into_iter().collect());
        let given_units = self.crates[id].unit.as_ref().map(|unit| unit.given.clone());
        let current = self.crates[id].current;
        for (name, dependency) in dependencies {
            let artefact = given.as_ref().and_then(|given| given.get(&name).cloned());
            // What the compiler is not given, it can't use.
            if (current && given.is_some() && artefact.is_none()) || (!current && dependency.development) {
                continue;
            }
            let number = self.names.number(&name);
            let unit = match (&artefact, &given_units, &self.units) {
                (Some(artefact), _, Some(units)) => units.of_artefact(artefact),
                (None, Some(given), Some(units)) => {
                    given.iter().find(|(other, _)| *other == name).and_then(|(_, folder)| units.read(folder))
                }
                _ => None,
            };
            let mut found = None;
            for folder in dependency.local.clone() {
                found = self.local(&folder, unit.clone(), artefact.clone(), &dependency.package);
            }
            let found = found.unwrap_or_else(|| {
                Extern::Locked(self.workspace.named_by(&self.crates[id].package, &dependency.package))
            });
            self.crates[id].externs.insert(number, found);
        }
        // A program is built with the library of its package.
        let own = self.crates[id].package.library.clone();
        let is_other = |library: &Path| current && library.canonicalize().ok().as_deref() != Some(root);
        if let Some((_, name)) = own.filter(|(library, _)| is_other(library)) {
            let artefact = given.as_ref().and_then(|given| given.get(&name).cloned());
            if given.is_none() || artefact.is_some() {
                let folder = self.crates[id].package.folder.clone();
                let unit = artefact.as_ref().and_then(|artefact| self.units.as_ref()?.of_artefact(artefact));
                let number = self.names.number(&name);
                let package = self.crates[id].package.name.clone();
                if let Some(found) = self.local(&folder, unit, artefact, &package) {
                    self.crates[id].externs.insert(number, found);
                }
            }
        }
    }

    /// The library of a local package.
    fn local(
        &mut self,
        folder: &Path,
        unit: Option<Unit>,
        artefact: Option<PathBuf>,
        name: &str,
    ) -> Option<Extern> {
        if OURS.contains(&name) {
            return Some(Extern::Whole(folder.to_owned()));
        }
        let package = self.workspace.package(folder)?;
        let (root, _) = package.library.clone()?;
        let root = root.canonicalize().ok()?;
        if let Some(&known) = self.by_root.get(&root) {
            return Some(Extern::Local(known));
        }
        let mut krate = Crate::new(package, false);
        krate.artefact = artefact;
        krate.conditions_known = unit.is_some() || self.units.is_none();
        if let Some(unit) = &unit {
            krate.conditions.extend(unit.features.iter().map(|feature| format!("feature=\"{feature}\"")));
            krate.conditions.extend(unit.profile.map(|profile| format!("debug_assertions={profile}")));
            if let Some(line) = &unit.running {
                krate.conditions.extend(line.conditions());
            }
            if let Some(built) = &unit.built {
                krate.generated = Some(built.join("out"));
                krate.read_build_script(built);
            }
        }
        krate.unit = unit;
        Some(Extern::Local(self.add(krate, root, false)))
    }

    /// Takes an item in.
    fn place(&mut self, krate: CrateId, file: usize, module: ModuleId, item: Item) -> ItemId {
        let id = self.items.len();
        let home = &mut self.crates[krate];
        match &item.kind {
            Kind::Module | Kind::Attributes => {}
            Kind::Import(Import { glob: true, .. }) => home.modules[module].globs.push(id),
            Kind::Import(import) => {
                home.modules[module].imports.push(id);
                home.bound.entry(import.bound).or_default().push(id);
                home.taken.entry(import.target()).or_default().push(id);
            }
            Kind::ExternCrate | Kind::Unknown => home.ambient.push(id),
            Kind::Impl(_) => {}
            Kind::Call(defined) => {
                for name in defined {
                    home.offers.entry(*name).or_default().push(id);
                }
            }
            Kind::Trait(members) | Kind::Foreign(members) => {
                for member in members {
                    home.members.entry(*member).or_default().push(id);
                    home.offers.entry(*member).or_default().push(id);
                }
                home.offers.entry(item.name).or_default().push(id);
            }
            _ => home.offers.entry(item.name).or_default().push(id),
        }
        if item.kind.is_nominal() {
            home.modules[module].nominal.insert(item.name);
        }
        home.files[file].items.push(id);
        let placed = Placed {
            krate,
            file,
            module,
            item,
            included: Vec::new(),
            documented: false,
            foreign_tasks: false,
        };
        self.items.push(placed);
        id
    }

    /// What depends on all crates: where macros come from, and what implementations need.
    fn finish(&mut self) {
        for krate in 0..self.crates.len() {
            let items: Vec<ItemId> =
                self.crates[krate].files.iter().flat_map(|file| file.items.iter().copied()).collect();
            // Names of procedural macros stand in attributes.
            if self.crates[krate].package.proc_macro {
                for &id in &items {
                    let words = &self.items[id].item.words;
                    let names: Vec<Name> = words.idents.clone();
                    let is_macro = ["proc_macro_derive", "proc_macro_attribute", "proc_macro"]
                        .iter()
                        .any(|name| self.names.known(name).is_some_and(|name| words.mentions(name)));
                    if is_macro {
                        for name in names {
                            self.crates[krate].offers.entry(name).or_default().push(id);
                        }
                    }
                }
            }
            for &id in &items {
                self.classify(id);
            }
            for &id in &items {
                self.implementation(id);
            }
        }
    }

    /// What the macros that an item calls may do.
    fn classify(&mut self, id: ItemId) {
        let krate = self.items[id].krate;
        let words = self.items[id].item.words.clone();
        let is_definition = self.items[id].item.kind == Kind::MacroRules;
        let mut class = Class::Plain;
        let mut unknown: Vec<String> = Vec::new();
        let mut offered: FxHashSet<Name> = FxHashSet::default();
        let mut ambient = false;
        let is_item_call = matches!(self.items[id].item.kind, Kind::Call(_));
        for call in &words.calls {
            match self.origin(krate, &call.path, Use::Call) {
                Origin::Standard => {
                    let defines =
                        call.path.last().is_some_and(|name| self.names.text(*name) == "thread_local");
                    if is_item_call && defines {
                        offered.extend(call.arguments.iter().copied());
                    }
                }
                Origin::Local => {
                    let (names, makes, imports) = self.made_by(krate, call);
                    if is_item_call || makes {
                        offered.extend(names);
                    }
                    ambient |= is_item_call && imports;
                }
                Origin::Known(known) => {
                    class = class.max(known);
                    // A scenario defines its type and what names its inputs, and nothing for its tasks and nodes.
                    let is_scenario =
                        matches!(&self.items[id].item.kind, Kind::Call(defined) if !defined.is_empty());
                    if is_item_call && !is_scenario {
                        offered.extend(call.arguments.iter().copied());
                    }
                }
                Origin::Unknown(from) => {
                    unknown.push(format!("`{}!` comes from {from}", self.path_text(&call.path)))
                }
            }
        }
        // What a definition of a macro calls is called where that macro is.
        if is_definition {
            offered.clear();
            ambient = false;
        }
        for attribute in &words.attributes {
            let derives = words.attributes.iter().any(|other| other.derive);
            let usage = if attribute.derive {
                Use::Derive
            } else {
                Use::Attribute { inner: !attribute.outermost, derives }
            };
            match self.origin(krate, &attribute.path, usage) {
                Origin::Standard => {}
                // A procedural macro of a local crate: nobody read it.
                Origin::Local => {
                    unknown.push(format!("`{}` is a macro of a local crate", self.path_text(&attribute.path)))
                }
                Origin::Known(known) => class = class.max(known),
                Origin::Unknown(from) => {
                    unknown.push(format!("`{}` comes from {from}", self.path_text(&attribute.path)))
                }
            }
        }
        let foreign_tasks = self.items[id].item.tasks.is_some() && !self.tasks_are_ours(krate);
        let shadowed = !words.loose.is_empty() && self.has_standard_name(krate);
        if shadowed {
            let words = &mut self.items[id].item.words;
            words.idents.extend(words.loose.iter().copied());
            words.idents.sort_unstable();
            words.idents.dedup();
        }
        let placed = &mut self.items[id];
        placed.documented = class == Class::Documented
            || !unknown.is_empty()
            || !words.calls.is_empty() && class > Class::Plain;
        placed.foreign_tasks = foreign_tasks;
        if foreign_tasks {
            unknown.push("`task` is an attribute of another crate".to_owned());
        }
        let home = &mut self.crates[krate];
        for name in offered {
            home.offers.entry(name).or_default().push(id);
            home.members.entry(name).or_default().push(id);
        }
        if !unknown.is_empty() || class == Class::Defining || ambient {
            home.ambient.push(id);
        }
        home.coarse.extend(unknown);
    }

    /// The names that a macro of a local crate may define; whether it may implement something, which is seen from outside
    /// of where it is called, and whether it may make imports, modules or macros.
    fn made_by(&self, krate: CrateId, call: &MacroCall) -> (FxHashSet<Name>, bool, bool) {
        let mut names: FxHashSet<Name> = call.arguments.iter().copied().collect();
        let mut open: Vec<Name> = call.path.last().copied().into_iter().collect();
        let mut seen = FxHashSet::default();
        while let Some(called) = open.pop() {
            if !seen.insert(called) {
                continue;
            }
            for other in self.visible(krate) {
                for &definition in self.crates[other].offers.get(&called).into_iter().flatten() {
                    if self.items[definition].item.kind == Kind::MacroRules {
                        let words = &self.items[definition].item.words;
                        names.extend(words.idents.iter().copied());
                        open.extend(words.calls.iter().filter_map(|call| call.path.last().copied()));
                    }
                }
            }
        }
        let has = |word: &str| self.names.known(word).is_some_and(|word| names.contains(&word));
        let makes = has("impl") || has("derive");
        let imports = ["use", "macro_rules", "mod", "extern"].iter().any(|word| has(word));
        (names, makes, imports)
    }

    /// The crates whose items the crate can name: itself and all local ones that it is built with.
    pub(crate) fn visible(&self, krate: CrateId) -> Vec<CrateId> {
        let mut found = vec![krate];
        let mut i = 0;
        while i < found.len() {
            for of in self.crates[found[i]].externs.values() {
                if let Extern::Local(other) = of
                    && !found.contains(other)
                {
                    found.push(*other);
                }
            }
            i += 1;
        }
        found
    }

    fn path_text(&self, path: &[Name]) -> String {
        path.iter().map(|name| self.names.text(*name)).collect::<Vec<_>>().join("::")
    }

    /// Whether `#[task]` is ours: nothing else in the crate is imported under that name.
    fn tasks_are_ours(&self, krate: CrateId) -> bool {
        let Some(task) = self.names.known("task") else { return true };
        self.crates[krate].bound.get(&task).into_iter().flatten().all(|&import| {
            let Kind::Import(import) = &self.items[import].item.kind else { return true };
            let first = import.path.first().map(|first| self.names.text(*first)).unwrap_or_default();
            // A module of its own may be called `task`; a macro comes from another crate.
            matches!(first, "pipeline_core" | "std" | "core" | "crate" | "self" | "super")
                || !self.crates[krate].externs.contains_key(&import.path[0])
        })
    }

    /// Whether a local crate has a macro that is named like one of the standard library's.
    fn has_standard_name(&self, krate: CrateId) -> bool {
        self.visible(krate).into_iter().any(|krate| {
            STANDARD.iter().filter_map(|name| self.names.known(name)).any(|name| {
                let home = &self.crates[krate];
                home.bound.contains_key(&name)
                    || home
                        .offers
                        .get(&name)
                        .into_iter()
                        .flatten()
                        .any(|&id| self.items[id].item.kind == Kind::MacroRules)
            })
        })
    }

    /// Where a macro comes from.
    fn origin(&self, krate: CrateId, path: &[Name], usage: Use) -> Origin {
        let Some(&last) = path.last() else { return Origin::Unknown("nowhere".to_owned()) };
        let text = self.names.text(last);
        if text == "macro_rules" && path.len() == 1 {
            return Origin::Standard;
        }
        let mut found: Vec<Origin> = Vec::new();
        if path.len() > 1 {
            let first = path[0];
            match self.names.text(first) {
                "std" | "core" | "alloc" if !self.crates[krate].bound.contains_key(&first) => {
                    found.push(Origin::Standard)
                }
                "crate" | "self" | "super" | "$crate" => {}
                _ => self.origins_of(krate, first, &mut found),
            }
        }
        let visible = self.visible(krate);
        for &other in &visible {
            let offered = self.crates[other].offers.get(&last).into_iter().flatten();
            let is_macro = |id: &ItemId| self.items[*id].item.kind == Kind::MacroRules;
            if offered.into_iter().any(is_macro) && matches!(usage, Use::Call) {
                found.push(Origin::Local);
            }
        }
        if path.len() == 1 || found.is_empty() {
            for &other in &visible {
                for &import in self.crates[other].bound.get(&last).into_iter().flatten() {
                    if let Kind::Import(import) = &self.items[import].item.kind {
                        self.imported(other, import, &mut found);
                    }
                }
            }
        }
        if path.len() == 1 {
            let standard = match usage {
                Use::Call => STANDARD.contains(&text),
                Use::Derive => DERIVES.contains(&text),
                // A helper of a derive, which others read.
                Use::Attribute { inner, derives } => found.is_empty() && (inner || derives),
            };
            if standard {
                found.push(Origin::Standard);
            }
            if found.is_empty() {
                let globs = visible.iter().flat_map(|&other| {
                    let modules = self.crates[other].modules.iter().flat_map(|module| &module.globs);
                    modules.map(move |&glob| (other, glob))
                });
                for (other, glob) in globs {
                    if let Kind::Import(import) = &self.items[glob].item.kind
                        && let Some(&first) = import.path.first()
                    {
                        self.origins_of(other, first, &mut found);
                    }
                }
                // `#[macro_use] extern crate name`.
                for &id in &self.crates[krate].ambient {
                    if self.items[id].item.kind == Kind::ExternCrate {
                        let words = self.items[id].item.words.idents.clone();
                        words.iter().for_each(|word| self.origins_of(krate, *word, &mut found));
                    }
                }
            }
        }
        found
            .into_iter()
            .reduce(Origin::worse)
            .unwrap_or_else(|| Origin::Unknown("a crate that can't be told".to_owned()))
    }

    /// Where an import's macro comes from.
    fn imported(&self, krate: CrateId, import: &Import, found: &mut Vec<Origin>) {
        let Some(&first) = import.path.first() else { return };
        match self.names.text(first) {
            "std" | "core" | "alloc" => found.push(Origin::Standard),
            _ => self.origins_of(krate, first, found),
        }
    }

    /// What comes from the crate of this name.
    fn origins_of(&self, krate: CrateId, first: Name, found: &mut Vec<Origin>) {
        let package = &self.crates[krate].package;
        let said = |name: &str| package.macros.get(name).and_then(|class| Class::named(class));
        match self.crates[krate].externs.get(&first) {
            Some(Extern::Local(other)) => {
                let name = &self.crates[*other].package.name;
                if self.crates[*other].package.proc_macro {
                    found.push(match said(name) {
                        Some(class) => Origin::Known(class),
                        None => Origin::Unknown(format!("`{name}`, whose macros may read any file")),
                    });
                }
            }
            Some(Extern::Whole(_)) => found.push(Origin::Known(Class::Plain)),
            Some(Extern::Locked(locked)) => {
                for &i in locked {
                    let name = &self.workspace.locked[i].name;
                    found.push(match said(name).or_else(|| class_of(name)) {
                        Some(class) => Origin::Known(class),
                        None => Origin::Unknown(format!("crate `{name}`, whose macros are not known")),
                    });
                }
                if locked.is_empty() {
                    let text = self.names.text(first).replace('_', "-");
                    found.push(match said(&text).or_else(|| class_of(&text)) {
                        Some(class) => Origin::Known(class),
                        None => Origin::Unknown(format!("crate `{text}`, whose macros are not known")),
                    });
                }
            }
            None => {}
        }
    }

    /// Sorts an implementation under what it needs.
    fn implementation(&mut self, id: ItemId) {
        let Kind::Impl(header) = self.items[id].item.kind.clone() else { return };
        let (krate, module) = (self.items[id].krate, self.items[id].module);
        let mut required = Vec::new();
        let of_trait =
            header.of_trait.as_ref().and_then(|path| self.nominal(krate, module, path, &header.generics));
        let head = header.head.as_ref().and_then(|path| self.nominal(krate, module, path, &header.generics));
        required.extend(of_trait);
        required.extend(head);
        if required.is_empty() && self.is_ambiguous_alone(krate, &header) {
            // The types in the trait's arguments have to be known from elsewhere.
            let arguments = header
                .arguments
                .iter()
                .filter_map(|name| self.nominal(krate, module, &[*name], &header.generics));
            required.extend(arguments);
        }
        required.sort_unstable();
        required.dedup();
        if required.is_empty() {
            self.crates[krate].ambient.push(id);
        } else {
            let home = &mut self.crates[krate];
            let number = home.implementations.len();
            required.iter().for_each(|name| home.needed.entry(*name).or_default().push(number));
            home.implementations.push((id, required));
        }
    }

    /// Whether type inference can't choose the implementation by itself: a trait of the standard library for a type
    /// that has others of it.
    fn is_ambiguous_alone(&self, krate: CrateId, header: &items::Header) -> bool {
        const TRAITS: [&str; 24] = [
            "Add",
            "AddAssign",
            "BitAnd",
            "BitOr",
            "BitXor",
            "Div",
            "DivAssign",
            "Extend",
            "From",
            "FromIterator",
            "Mul",
            "MulAssign",
            "PartialEq",
            "PartialOrd",
            "Product",
            "Rem",
            "RemAssign",
            "Shl",
            "Shr",
            "Sub",
            "SubAssign",
            "Sum",
            "TryFrom",
            "Into",
        ];
        const TYPES: [&str; 17] = [
            "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
            "u64", "u128", "usize", "String",
        ];
        let is = |path: &Option<Vec<Name>>, list: &[&str]| {
            path.as_ref().and_then(|path| path.last()).is_some_and(|name| {
                list.contains(&self.names.text(*name))
                    && !self.crates[krate].bound.get(name).into_iter().flatten().any(|&import| {
                        let Kind::Import(import) = &self.items[import].item.kind else { return false };
                        !import
                            .path
                            .first()
                            .is_some_and(|first| matches!(self.names.text(*first), "std" | "core"))
                    })
                    && !self.crates[krate].offers.contains_key(name)
            })
        };
        // `From`, `PartialEq` and the operators are there several times for numbers; `String` has `From`,
        // `PartialEq`, `Extend`, `FromIterator` and `Add`.
        is(&header.of_trait, &TRAITS) && is(&header.head, &TYPES)
    }

    /// Whether a path that begins with this name can lead to local crates only.
    pub(crate) fn is_local(&self, krate: CrateId, first: Name) -> bool {
        let home = &self.crates[krate];
        match self.names.text(first) {
            "crate" | "self" | "super" => true,
            _ => match home.externs.get(&first) {
                Some(found) => matches!(found, Extern::Local(_)),
                None => {
                    let defined = home.modules_named.contains_key(&first) || home.offers.contains_key(&first);
                    defined && !home.bound.contains_key(&first)
                }
            },
        }
    }

    /// The name of the local type or trait that a path in a header means, if it can mean nothing else.
    fn nominal(&self, krate: CrateId, module: ModuleId, path: &[Name], generics: &[Name]) -> Option<Name> {
        let &last = path.last()?;
        if path.len() == 1 && generics.contains(&last) {
            return None;
        }
        let visible = self.visible(krate);
        let mut defined = false;
        for &other in &visible {
            for &id in self.crates[other].offers.get(&last).into_iter().flatten() {
                match &self.items[id].item.kind {
                    kind if kind.is_nominal() && self.items[id].item.name == last => defined = true,
                    Kind::Type | Kind::Call(_) | Kind::MacroRules => return None,
                    _ => {}
                }
            }
            // Under another name it may be something else.
            for &import in self.crates[other].bound.get(&last).into_iter().flatten() {
                if let Kind::Import(import) = &self.items[import].item.kind
                    && import.target() != last
                {
                    return None;
                }
            }
        }
        if !defined {
            return None;
        }
        let home = &self.crates[krate];
        let is_local = |first: Option<&Name>| first.is_some_and(|first| self.is_local(krate, *first));
        if path.len() > 1 {
            return is_local(path.first()).then_some(last);
        }
        if home.modules[module].nominal.contains(&last) {
            return Some(last);
        }
        let mut imported = false;
        for &id in &home.modules[module].imports {
            if let Kind::Import(import) = &self.items[id].item.kind
                && import.bound == last
            {
                if !is_local(import.path.first()) {
                    return None;
                }
                imported = true;
            }
        }
        if imported {
            return Some(last);
        }
        // Through a glob of a module of its own, where no other crate can have put the name there.
        let all_local = home.modules.iter().flat_map(|module| &module.globs).all(|&glob| {
            match &self.items[glob].item.kind {
                Kind::Import(import) => is_local(import.path.first()),
                _ => false,
            }
        });
        let foreign =
            home.bound.get(&last).into_iter().flatten().any(|&id| match &self.items[id].item.kind {
                Kind::Import(import) => !is_local(import.path.first()),
                _ => true,
            });
        (all_local && !foreign && !home.modules[module].globs.is_empty()).then_some(last)
    }

    /// The value of a variable as `env!` finds it in the crate; paths of this machine are left out.
    pub(crate) fn variable(&self, krate: CrateId, name: &str) -> Option<String> {
        let home = &self.crates[krate];
        if home.current {
            return std::env::var(name).ok();
        }
        match name {
            "CARGO_MANIFEST_DIR" => Some(home.package.folder.to_string_lossy().into_owned()),
            "OUT_DIR" => home.generated.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
            _ => home
                .variables
                .get(name)
                .or_else(|| home.package.variables.get(name))
                .cloned()
                .or_else(|| std::env::var(name).ok()),
        }
    }

    /// The path that an `include!` names, as far as it can be told.
    pub(crate) fn included_path(&self, krate: CrateId, pieces: &[Piece], beside: &Path) -> Option<PathBuf> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(self.names.text(*part)),
                Piece::Variable(name) => text.push_str(&self.variable(krate, self.names.text(*name))?),
            }
        }
        Some(files::plain(&beside.join(text)))
    }
}

/// Where a macro may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Standard,
    Local,
    Known(Class),
    Unknown(String),
}

impl Origin {
    fn worse(self, other: Origin) -> Origin {
        let rank = |origin: &Origin| match origin {
            Origin::Standard => 0,
            Origin::Known(Class::Plain) => 1,
            Origin::Local => 2,
            Origin::Known(_) => 3,
            Origin::Unknown(_) => 4,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// How a macro is used.
#[derive(Debug, Clone, Copy)]
enum Use {
    Call,
    Derive,
    /// `inner`: at a field or variant. `derives`: beside a derive, whose helper it may be.
    Attribute {
        inner: bool,
        derives: bool,
    },
}

impl Crate {
    fn new(package: Package, current: bool) -> Crate {
        Crate {
            package,
            current,
            files: Vec::new(),
            unparsed: Vec::new(),
            modules: Vec::new(),
            modules_named: FxHashMap::default(),
            offers: FxHashMap::default(),
            members: FxHashMap::default(),
            bound: FxHashMap::default(),
            taken: FxHashMap::default(),
            ambient: Vec::new(),
            implementations: Vec::new(),
            needed: FxHashMap::default(),
            externs: FxHashMap::default(),
            coarse: BTreeSet::new(),
            unit: None,
            artefact: None,
            generated: None,
            conditions: BTreeSet::new(),
            conditions_known: true,
            variables: BTreeMap::new(),
            changed: None,
            known: BTreeSet::new(),
            line: None,
        }
    }

    /// What a build script printed for the compiler (the Cargo book, "Build Scripts").
    fn read_build_script(&mut self, built: &Path) {
        let text = std::fs::read_to_string(built.join("output")).unwrap_or_default();
        for line in text.lines().filter_map(|line| line.strip_prefix("cargo:")) {
            let line = line.strip_prefix(':').unwrap_or(line);
            match line.split_once('=') {
                Some(("rustc-cfg", condition)) => drop(self.conditions.insert(condition.to_owned())),
                Some(("rustc-env", variable)) => {
                    if let Some((name, value)) = variable.split_once('=') {
                        self.variables.insert(name.to_owned(), value.to_owned());
                    }
                }
                _ => {}
            }
        }
    }

    /// A file's name for people and in keys: relative to the package, or to where its build script writes.
    pub(crate) fn title(&self, file: &Path) -> String {
        let prefix = if self.current { String::new() } else { format!("{}/", self.package.name) };
        match &self.generated {
            Some(generated) if file.starts_with(generated) => {
                format!("{prefix}OUT_DIR/{}", files::name(file, generated))
            }
            _ => format!("{prefix}{}", files::name(file, &self.package.folder)),
        }
    }

    /// Whether the file is one that the build script made: cargo runs that before the compiler.
    fn is_generated(&self, file: &Path) -> bool {
        self.generated.as_ref().is_some_and(|folder| file.starts_with(folder))
    }
}

/// Reads the files of a crate.
struct Loader<'a> {
    universe: &'a mut Universe,
    krate: CrateId,
    tests: bool,
    seen: FxHashSet<(PathBuf, ModuleId)>,
}

impl Loader<'_> {
    fn home(&mut self) -> &mut Crate {
        &mut self.universe.crates[self.krate]
    }

    /// Reads a file as the content of a module. `root`: its modules are beside it.
    fn file(&mut self, path: &Path, module: ModuleId, root: bool, depth: usize) {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if depth > 100 || !self.seen.insert((path.clone(), module)) {
            return;
        }
        let Some(text) = self.text(&path) else { return };
        let Some(source) = items::parse(&text, self.tests) else {
            if !self.home().unparsed.contains(&path) {
                self.home().unparsed.push(path);
            }
            return;
        };
        self.source(&path, source, module, root, depth);
    }

    /// The text of a file, which is one of the crate's from now on.
    fn text(&mut self, path: &Path) -> Option<String> {
        let text = std::fs::read(path).ok()?;
        let home = self.home();
        let newer = match (&home.unit, home.current) {
            _ if home.is_generated(path) => false,
            (_, true) => compiler::may_have_changed(path),
            (Some(unit), false) => match (unit.began(), compiler::modified(path)) {
                (Some(began), Some(modified)) => modified >= began,
                _ => false,
            },
            (None, false) => false,
        };
        if newer {
            home.changed = Some(path.to_owned());
        }
        home.known.insert(path.to_owned());
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn source(&mut self, path: &Path, source: SourceFile, module: ModuleId, root: bool, depth: usize) {
        let title = self.home().title(path);
        let file = self.home().files.len();
        let numbers: Vec<Name> =
            source.names.texts().iter().map(|text| self.universe.names.number(text)).collect();
        let functions = source
            .functions
            .iter()
            .map(|function| Function { name: numbers[function.name as usize], ..function.clone() });
        let place =
            FilePlace { path: path.to_owned(), title, functions: functions.collect(), items: Vec::new() };
        self.home().files.push(place);
        let folder = path.parent().unwrap_or(path).to_owned();
        let own_folder =
            if root { folder.clone() } else { folder.join(path.file_stem().unwrap_or_default()) };
        let mut taken = Vec::new();
        for item in source.items {
            let item = translated(item, &numbers);
            let inside = self.inside(module, &item.modules);
            let kind = item.kind.clone();
            let name = item.name;
            let includes: Vec<Include> =
                item.words.includes.iter().filter(|include| include.code).cloned().collect();
            let is_include = matches!(&kind, Kind::Call(_)) && item.title == "include!";
            let id = self.universe.place(self.krate, file, inside, item);
            match kind {
                Kind::Module => {
                    let own = self.inside(inside, &[name]);
                    self.home().modules[own].about.push(id);
                }
                Kind::Attributes => self.home().modules[inside].about.push(id),
                _ => {}
            }
            for include in includes {
                taken.push((id, inside, include, is_include));
            }
        }
        for (id, inside, include, is_include) in taken {
            let found =
                include.path.and_then(|pieces| self.universe.included_path(self.krate, &pieces, &folder));
            match found.filter(|found| found.is_file()) {
                Some(found) if is_include => self.file(&found, inside, true, depth + 1),
                Some(found) => self.code(id, &found, depth + 1),
                None => {}
            }
        }
        for declared in source.modules {
            let mut around: Vec<Name> = Vec::new();
            let (mut beside, mut below) = (folder.clone(), own_folder.clone());
            let mut moved = false;
            for (name, path) in &declared.around {
                around.push(self.universe.names.number(name));
                match path {
                    Some(path) => {
                        below = if moved { below.join(path) } else { folder.join(path) };
                        moved = true;
                    }
                    None => below.push(name),
                }
                beside = below.clone();
            }
            around.push(self.universe.names.number(&declared.name));
            let own = self.inside(module, &around);
            let mut candidates: Vec<(PathBuf, bool)> = declared
                .paths
                .iter()
                .flat_map(|path| [&beside, &below, &folder].map(|folder| (folder.join(path), true)))
                .collect();
            if declared.paths.is_empty() || declared.conditional {
                candidates.push((below.join(format!("{}.rs", declared.name)), false));
                candidates.push((below.join(&declared.name).join("mod.rs"), true));
            }
            for (candidate, is_root) in candidates {
                if candidate.is_file() {
                    self.file(&candidate, own, is_root, depth + 1);
                }
            }
        }
    }

    /// Code that an item takes in as part of itself.
    fn code(&mut self, by: ItemId, path: &Path, depth: usize) {
        let Some(text) = self.text(path) else { return };
        let Some(tokens) = tokens::of_text(&text) else { return };
        if depth > 100 {
            return;
        }
        let read = tokens::read(&tokens, &mut self.universe.names, true);
        let (file, module) = (self.universe.items[by].file, self.universe.items[by].module);
        let title = self.home().title(path);
        let item = Item {
            kind: Kind::Unknown,
            name: 0,
            title,
            modules: Vec::new(),
            line: 1,
            hash: *read.hash.as_bytes(),
            docs: read.docs.map(|docs| *docs.as_bytes()),
            tasks: None,
            words: read.words,
        };
        let includes = item.words.includes.clone();
        let id = self.universe.place(self.krate, file, module, item);
        // It counts with what takes it in, not by itself.
        self.home().ambient.retain(|other| *other != id);
        self.universe.items[by].included.push(id);
        let folder = path.parent().unwrap_or(path).to_owned();
        for include in includes.into_iter().filter(|include| include.code) {
            let found =
                include.path.and_then(|pieces| self.universe.included_path(self.krate, &pieces, &folder));
            if let Some(found) = found.filter(|found| found.is_file()) {
                self.code(id, &found, depth + 1);
            }
        }
    }

    /// The module behind these names.
    fn inside(&mut self, module: ModuleId, names: &[Name]) -> ModuleId {
        names.iter().fold(module, |module, &name| {
            let path = format!(
                "{}::{}",
                self.universe.crates[self.krate].modules[module].path,
                self.universe.names.text(name)
            );
            self.universe.module(self.krate, Some(module), name, path)
        })
    }

    /// Sources that no declaration names: where a macro may declare modules, they may be some.
    fn orphans(&mut self) {
        let names = &self.universe.names;
        let module = names.known("mod");
        let declares = |item: &Item| match item.kind {
            Kind::MacroRules => module.is_some_and(|module| item.words.mentions(module)),
            Kind::Call(_) => !STANDARD.iter().any(|name| item.title == format!("{name}!")),
            _ => item.words.attributes.iter().any(|attribute| attribute.outermost && !attribute.derive),
        };
        let items = self.universe.crates[self.krate].files.iter().flat_map(|file| &file.items);
        let items: Vec<ItemId> = items.copied().collect();
        if !items.iter().any(|&id| declares(&self.universe.items[id].item)) {
            return;
        }
        let folder = self.universe.crates[self.krate].package.folder.join("src");
        let mut sources = files::below(&folder);
        sources.extend(
            self.universe.crates[self.krate].generated.iter().flat_map(|folder| files::below(folder)),
        );
        for source in sources {
            let source = source.canonicalize().unwrap_or(source);
            let is_source = source.extension().is_some_and(|extension| extension == "rs");
            if is_source
                && !self.universe.crates[self.krate].known.contains(&source)
                && !self.is_other_target(&source)
            {
                let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let name = self.universe.names.number(&name);
                let own = self.inside(0, &[name]);
                self.file(&source, own, false, 1);
            }
        }
    }

    /// Whether cargo takes the file for the beginning of another crate.
    fn is_other_target(&self, file: &Path) -> bool {
        let package = &self.universe.crates[self.krate].package;
        let usual = ["src/main.rs", "src/lib.rs"].map(|name| package.folder.join(name));
        usual.iter().any(|usual| usual.canonicalize().ok().as_deref() == Some(file))
            || file.starts_with(package.folder.join("src/bin"))
    }
}

/// The item with names of the universe.
fn translated(item: Item, numbers: &[Name]) -> Item {
    let one = |name: Name| numbers[name as usize];
    let list = |names: Vec<Name>| -> Vec<Name> { names.into_iter().map(one).collect() };
    let sorted = |names: Vec<Name>| -> Vec<Name> {
        let mut names = list(names);
        names.sort_unstable();
        names
    };
    let words = item.words;
    let kind = match item.kind {
        Kind::Trait(members) => Kind::Trait(list(members)),
        Kind::Foreign(members) => Kind::Foreign(list(members)),
        Kind::Call(defined) => Kind::Call(list(defined)),
        Kind::Impl(header) => Kind::Impl(items::Header {
            of_trait: header.of_trait.map(list),
            head: header.head.map(list),
            arguments: list(header.arguments),
            generics: list(header.generics),
            private: header.private,
        }),
        Kind::Import(import) => {
            Kind::Import(Import { path: list(import.path), bound: one(import.bound), ..import })
        }
        kind => kind,
    };
    let piece = |piece: Piece| match piece {
        Piece::Text(text) => Piece::Text(one(text)),
        Piece::Variable(name) => Piece::Variable(one(name)),
    };
    Item {
        kind,
        name: one(item.name),
        modules: list(item.modules),
        words: Words {
            idents: sorted(words.idents),
            members: sorted(words.members),
            loose: sorted(words.loose),
            quoted: sorted(words.quoted),
            texts: sorted(words.texts),
            defined: sorted(words.defined),
            calls: words
                .calls
                .into_iter()
                .map(|call| MacroCall { path: list(call.path), arguments: sorted(call.arguments) })
                .collect(),
            attributes: words
                .attributes
                .into_iter()
                .map(|attribute| tokens::AttributeUse { path: list(attribute.path), ..attribute })
                .collect(),
            variables: words.variables.into_iter().map(|name| name.map(one)).collect(),
            includes: words
                .includes
                .into_iter()
                .map(|include| Include {
                    path: include.path.map(|path| path.into_iter().map(piece).collect()),
                    ..include
                })
                .collect(),
        },
        ..item
    }
}
