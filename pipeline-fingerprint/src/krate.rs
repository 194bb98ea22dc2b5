//! The local crates that a build is made of: each one's modules and items, and where its names may lead.

use crate::compiler::{self, CommandLine};
use crate::files;
use crate::items::{self, Function, Import, Item, Kind, SourceFile};
use crate::macros::{Class, OURS, class_of};
use crate::packages::{Dependency, Package, Workspace};
use crate::tokens::{
    self, ATTRIBUTES, CALLBACK, DERIVES, HELPERS, Include, MacroCall, Name, Names, Piece, STANDARD, Words,
};
use crate::units::{Reading, Unit, Units};
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
    /// Library crates by their first file and how they were compiled.
    by_root: FxHashMap<(PathBuf, Option<PathBuf>), CrateId>,
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
    /// Whether a compiler reads the sources at this moment.
    pub(crate) compiling: bool,
}

/// A local crate.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) package: Package,
    /// Whether another package has its name.
    pub(crate) twin: bool,
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
    /// Whether a compiler reads it at this moment.
    pub(crate) compiling: bool,
    /// Every file that is known to be part of it.
    pub(crate) known: BTreeSet<PathBuf>,
    pub(crate) line: Option<CommandLine>,
    /// What the compiler read for it, where it is compiled already.
    pub(crate) reading: Reading,
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
    /// The folder that it is in by the name under which it was found: links lead elsewhere.
    pub(crate) folder: PathBuf,
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
    /// Whether a macro that it calls may give something another name, or bring it from elsewhere.
    pub(crate) aliases: bool,
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
        // Macros are built for this machine, in another folder where the target is given.
        let is_library =
            |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "rlib" || kind == "rmeta");
        let artefacts = || externs.iter().flatten().map(|(_, path)| path);
        let artefact = artefacts().find(is_library).or_else(|| artefacts().next());
        universe.units = artefact.and_then(|artefact| Units::beside(artefact));
        let package = universe.workspace.package(folder)?;
        // Not the file behind a link: its modules are beside the link.
        let root = compilation.root.as_ref().and_then(|root| std::path::absolute(root).ok());
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
        krate.compiling = compilation.compiling;
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
            let unit = krate.unit.as_ref().map(|unit| unit.folder.clone());
            let real = root.canonicalize().unwrap_or_else(|_| root.clone());
            self.by_root.insert((real, unit), id);
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
        for (key, dependency) in dependencies {
            let name = self.extern_name(id, &key, &dependency, given.as_ref(), given_units.as_deref());
            let artefact = given.as_ref().and_then(|given| given.get(&name).cloned());
            // What the compiler is not given, it can't use.
            let is_off =
                given_units.as_ref().is_some_and(|given| given.iter().all(|(other, _)| *other != name));
            if (current && given.is_some() && artefact.is_none())
                || (!current && (dependency.development || (is_off && !dependency.local.is_empty())))
            {
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
        let is_other = |library: &Path| current && library.canonicalize().ok() != root.canonicalize().ok();
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

    /// What a crate's code calls a dependency: what the manifest says, or else the name of its library.
    fn extern_name(
        &mut self,
        id: CrateId,
        key: &str,
        dependency: &Dependency,
        given: Option<&FxHashMap<String, PathBuf>>,
        given_units: Option<&[(String, PathBuf)]>,
    ) -> String {
        if dependency.renamed {
            return key.to_owned();
        }
        if let Some(folder) = dependency.local.first()
            && let Some((_, library)) = self.workspace.package(folder).and_then(|package| package.library)
        {
            return library;
        }
        let is_known = match (given, given_units) {
            (Some(given), _) => given.contains_key(key),
            (None, Some(units)) => units.iter().any(|(name, _)| name == key),
            (None, None) => true,
        };
        if is_known {
            return key.to_owned();
        }
        // Its library has another name: that of the package that cargo notes.
        let of_package = |folder: &Path| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.rsplit_once('-').is_some_and(|(package, _)| package == dependency.package)
        };
        let mut names: Vec<String> = Vec::new();
        if let (Some(given), Some(units)) = (given, &self.units) {
            let found = given
                .iter()
                .filter(|(_, artefact)| units.folder_of(artefact).is_some_and(|folder| of_package(&folder)));
            names.extend(found.map(|(name, _)| name.clone()));
        }
        if let (false, Some(units)) = (self.crates[id].current, given_units) {
            names.extend(units.iter().filter(|(_, folder)| of_package(folder)).map(|(name, _)| name.clone()));
        }
        names.into_iter().next().unwrap_or_else(|| key.to_owned())
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
        let key = (root.clone(), unit.as_ref().map(|unit| unit.folder.clone()));
        if let Some(&known) = self.by_root.get(&key) {
            return Some(Extern::Local(known));
        }
        let mut krate = Crate::new(package, false);
        krate.artefact = artefact;
        krate.conditions_known = unit.is_some() || self.units.is_none();
        if let Some(unit) = &unit {
            krate.conditions.extend(unit.features.iter().map(|feature| format!("feature=\"{feature}\"")));
            if let Some(built) = &unit.built {
                krate.generated = Some(built.join("out"));
                krate.read_build_script(built);
            }
            let name = krate.package.library.as_ref().map(|(_, library)| library.clone()).unwrap_or_default();
            krate.reading =
                self.units.as_ref().and_then(|units| units.reading(unit, &name)).unwrap_or_default();
            // The profile is that of the crate that is compiled, unless the workspace says otherwise.
            let overrides = self.workspace.overrides(&self.crates[0].package.folder.clone());
            if !overrides.is_empty() {
                krate.conditions.insert(format!("debug_assertions={overrides}"));
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
            // `const _` has no name.
            _ if self.names.text(item.name) == "_" => {}
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
            aliases: true,
            foreign_tasks: false,
        };
        self.items.push(placed);
        id
    }

    /// What depends on all crates: where macros come from, and what implementations need.
    fn finish(&mut self) {
        for krate in 0..self.crates.len() {
            let (name, folder) = (&self.crates[krate].package.name, &self.crates[krate].package.folder);
            let mut others = self.crates.iter().map(|krate| &krate.package);
            let twin = others.any(|package| package.name == *name && package.folder != *folder);
            self.crates[krate].twin = twin;
        }
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
        let kind = self.items[id].item.kind.clone();
        let mut class = Class::Plain;
        let mut unknown: Vec<String> = Vec::new();
        let mut offered: FxHashSet<Name> = FxHashSet::default();
        let (mut ambient, mut aliases) = (false, false);
        // What is called there is seen from outside.
        let is_open = matches!(kind, Kind::Call(_) | Kind::Trait(_) | Kind::Foreign(_));
        // A scenario defines its type and what names its inputs, and nothing for its tasks and nodes.
        let is_scenario = matches!(&kind, Kind::Call(defined) if !defined.is_empty());
        for call in &words.calls {
            match self.origin(krate, &call.path, Use::Call) {
                Origin::Standard => {
                    let defines =
                        call.path.last().is_some_and(|name| self.names.text(*name) == "thread_local");
                    if is_open && defines {
                        offered.extend(call.arguments.iter().copied());
                    }
                }
                Origin::Local => {
                    let made = self.made_by(krate, call);
                    ambient |= is_open && made.imports;
                    aliases |= made.aliases;
                    if is_open || made.implements {
                        offered.extend(made.names);
                    }
                }
                Origin::Known(known) => {
                    class = class.max(known);
                    aliases = true;
                    if is_open && !is_scenario {
                        offered.extend(call.arguments.iter().copied());
                    }
                }
                Origin::Unknown(from) => {
                    unknown.push(format!("`{}!` comes from {from}", self.path_text(&call.path)))
                }
            }
        }
        // What a definition of a macro calls is called where that macro is.
        let is_definition = kind == Kind::MacroRules;
        if is_definition {
            offered.clear();
            ambient = false;
        }
        let mentions = |word: &str| self.names.known(word).is_some_and(|word| words.mentions(word));
        if is_definition && mentions("mod") && mentions("path") {
            unknown.push("a macro declares modules whose files it names".to_owned());
        }
        // Attributes inside of these are told something by a derive at the item.
        let has_fields = matches!(kind, Kind::Struct | Kind::Enum | Kind::Union);
        let derives = words.attributes.iter().any(|other| other.derive);
        for attribute in &words.attributes {
            let usage = match attribute.derive {
                true => Use::Derive,
                false => Use::Attribute { helper: derives && has_fields && !attribute.outermost, derives },
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
        let mut foreign_tasks = false;
        if self.items[id].item.tasks.is_some() {
            let (ours, local) = self.tasks_are_ours(krate);
            foreign_tasks = !ours;
            if local {
                unknown.push("`task` may be an attribute of another crate".to_owned());
            }
        }
        let shadowed = !words.loose.is_empty() && self.has_standard_name(krate);
        if shadowed {
            let words = &mut self.items[id].item.words;
            words.idents.extend(words.loose.iter().copied());
            words.idents.sort_unstable();
            words.idents.dedup();
        }
        let placed = &mut self.items[id];
        placed.documented = class == Class::Documented || !unknown.is_empty();
        placed.foreign_tasks = foreign_tasks;
        placed.aliases = aliases || !unknown.is_empty();
        let keywords: FxHashSet<Name> = NO_NAMES.iter().filter_map(|word| self.names.known(word)).collect();
        let home = &mut self.crates[krate];
        for name in offered.into_iter().filter(|name| !keywords.contains(name)) {
            home.offers.entry(name).or_default().push(id);
            home.members.entry(name).or_default().push(id);
        }
        if !unknown.is_empty() || class == Class::Defining || ambient {
            home.ambient.push(id);
        }
        if !unknown.is_empty() {
            for other in 0..self.crates.len() {
                // A macro is called wherever it can be.
                if other == krate || (is_definition && self.visible(other).contains(&krate)) {
                    self.crates[other].coarse.extend(unknown.iter().cloned());
                }
            }
        }
    }

    /// What a macro of a local crate may define.
    fn made_by(&self, krate: CrateId, call: &MacroCall) -> MadeBy {
        let mut names: FxHashSet<Name> = call.arguments.iter().copied().collect();
        // Any macro that is named may be called back.
        let mut open: Vec<Name> = call.path.iter().chain(&call.arguments).copied().collect();
        let mut seen = FxHashSet::default();
        let mut includes = false;
        // Every word of the definitions, and the types and traits among them.
        let mut all = names.clone();
        let mut types: FxHashSet<Name> = FxHashSet::default();
        let visible = self.visible(krate);
        while let Some(called) = open.pop() {
            if !seen.insert(called) {
                continue;
            }
            for &other in &visible {
                for &definition in self.crates[other].offers.get(&called).into_iter().flatten() {
                    let item = &self.items[definition].item;
                    if item.kind.is_nominal() || item.kind == Kind::Type {
                        types.insert(called);
                    }
                    if item.kind == Kind::MacroRules {
                        includes |= item.words.includes.iter().any(|include| include.code);
                        // It defines what it names behind `fn` and the like, and what it hands to other macros.
                        names.extend(item.words.defined.iter().copied());
                        names.extend(item.words.calls.iter().flat_map(|call| call.arguments.iter().copied()));
                        all.extend(item.words.idents.iter().copied());
                        open.extend(item.words.idents.iter().copied());
                    }
                }
                if self.crates[other].bound.contains_key(&called) {
                    types.insert(called);
                }
            }
        }
        let has = |word: &str| self.names.known(word).is_some_and(|word| all.contains(&word));
        let implements = has("impl") || has("derive");
        let imports = includes || ["use", "macro_rules", "mod", "extern"].iter().any(|word| has(word));
        let aliases = imports || has("type");
        if implements {
            names.extend(types);
        }
        MadeBy { names, implements, imports, aliases }
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

    /// Whether `#[task]` is surely ours, and whether it may be a macro of a local crate.
    fn tasks_are_ours(&self, krate: CrateId) -> (bool, bool) {
        let Some(task) = self.names.known("task") else { return (true, false) };
        let home = &self.crates[krate];
        let mut foreign = Vec::new();
        let globs = home.modules.iter().flat_map(|module| &module.globs);
        for &import in home.bound.get(&task).into_iter().flatten().chain(globs) {
            if let Kind::Import(import) = &self.items[import].item.kind
                && let Some(&first) = import.path.first()
                && !matches!(self.names.text(first), "pipeline_core" | "std" | "core")
            {
                foreign.extend(home.externs.get(&first));
            }
        }
        let is_macro_crate =
            |of: &&Extern| matches!(of, Extern::Local(other) if self.crates[*other].package.proc_macro);
        (foreign.is_empty(), foreign.iter().any(is_macro_crate))
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
        if text == CALLBACK {
            // Whatever it is given: macros of local crates are found by their names.
            let readers: Vec<Name> = ["env", "include", "include_bytes", "include_str", "option_env"]
                .iter()
                .filter_map(|name| self.names.known(name))
                .collect();
            let given = |placed: &Placed| {
                let mut calls = placed.item.words.calls.iter();
                calls.any(|call| call.arguments.iter().any(|name| readers.contains(name)))
            };
            if self.items.iter().any(given) {
                return Origin::Unknown("the standard library, given to it by name".to_owned());
            }
            return match self.unread_macros(krate) {
                Some(name) => Origin::Unknown(format!("what it is given, which may be of `{name}`")),
                None => Origin::Local,
            };
        }
        let mut found: Vec<Origin> = Vec::new();
        let visible = self.visible(krate);
        if path.len() > 1 {
            let first = path[0];
            match self.names.text(first) {
                "std" | "core" | "alloc" if !self.crates[krate].bound.contains_key(&first) => {
                    found.push(Origin::Standard)
                }
                "crate" | "self" | "super" | "$crate" => {}
                _ => {
                    self.origins_of(krate, first, &mut found);
                    // A module by another name, or by its own.
                    for &other in &visible {
                        for &import in self.crates[other].bound.get(&first).into_iter().flatten() {
                            if let Kind::Import(import) = &self.items[import].item.kind {
                                self.imported(other, import, &mut found);
                            }
                        }
                    }
                }
            }
        }
        for &other in &visible {
            let mut offered = self.crates[other].offers.get(&last).into_iter().flatten();
            let is_macro = |id: &ItemId| self.items[*id].item.kind == Kind::MacroRules;
            if matches!(usage, Use::Call) && offered.any(is_macro) {
                found.push(Origin::Local);
            }
            for &import in self.crates[other].bound.get(&last).into_iter().flatten() {
                if let Kind::Import(import) = &self.items[import].item.kind {
                    self.imported(other, import, &mut found);
                }
            }
        }
        if path.len() > 1 && !found.is_empty() {
            return found.into_iter().reduce(Origin::worse).unwrap_or(Origin::Standard);
        }
        let mut globs = Vec::new();
        for &other in &visible {
            for &glob in self.crates[other].modules.iter().flat_map(|module| &module.globs) {
                if let Kind::Import(import) = &self.items[glob].item.kind
                    && let Some(&first) = import.path.first()
                {
                    let has_one = |of: &CrateId| {
                        self.crates[*of].package.proc_macro && self.crates[*of].offers.contains_key(&last)
                    };
                    if matches!(self.crates[other].externs.get(&first), Some(Extern::Local(of)) if has_one(of))
                    {
                        self.origins_of(other, first, &mut found);
                    }
                    self.origins_of(other, first, &mut globs);
                }
            }
        }
        // `#[macro_use] extern crate name`.
        for &id in &self.crates[krate].ambient {
            if self.items[id].item.kind == Kind::ExternCrate {
                let words = &self.items[id].item.words.idents;
                words.iter().for_each(|word| self.origins_of(krate, *word, &mut globs));
            }
        }
        let standard = match usage {
            Use::Call => STANDARD.contains(&text),
            Use::Derive => DERIVES.contains(&text),
            Use::Attribute { helper, derives } => {
                ATTRIBUTES.contains(&text)
                    || (found.is_empty() && (helper || (derives && HELPERS.contains(&text))))
            }
        };
        match (standard, found.is_empty()) {
            (true, _) => found.push(Origin::Standard),
            (false, true) => found.extend(globs),
            (false, false) => {}
        }
        found
            .into_iter()
            .reduce(Origin::worse)
            .unwrap_or_else(|| Origin::Unknown("a crate that can't be told".to_owned()))
    }

    /// A local crate of macros that nobody read, which the crate may use.
    fn unread_macros(&self, krate: CrateId) -> Option<String> {
        let said = &self.crates[krate].package.macros;
        let others = self.visible(krate).into_iter().map(|other| &self.crates[other].package);
        let mut others = others.filter(|package| package.proc_macro && !said.contains_key(&package.name));
        others.next().map(|package| package.name.clone())
    }

    /// Where an import's macro comes from.
    fn imported(&self, krate: CrateId, import: &Import, found: &mut Vec<Origin>) {
        let Some(&first) = import.path.first() else { return };
        match self.names.text(first) {
            // Under another name nothing tells what its arguments are.
            "std" | "core" | "alloc"
                if import.bound != import.target()
                    && STANDARD.contains(&self.names.text(import.target())) =>
            {
                let name = self.names.text(import.target());
                found.push(Origin::Unknown(format!("the standard library, as another name for `{name}!`")));
            }
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
        let mut header = header;
        let words = &self.items[id].item.words;
        let mentions = |word: &str| self.names.known(word).is_some_and(|word| words.mentions(word));
        // Names may mean something else there: what it imports, what it and the macros that it calls define as types.
        let renames = || {
            let named = [&header.of_trait, &header.head, &header.argument]
                .into_iter()
                .flatten()
                .flatten()
                .collect::<Vec<_>>();
            mentions("use")
                || mentions("macro_rules")
                || (mentions("type") && named.iter().any(|name| words.defined.binary_search(name).is_ok()))
                || words.calls.iter().any(|call| {
                    let made = self.made_by(krate, call);
                    made.imports || (made.aliases && named.iter().any(|name| made.names.contains(name)))
                })
        };
        if header.nested && renames() {
            (header.of_trait, header.head, header.argument) = (None, None, None);
        }
        let mut required = Vec::new();
        let of_trait =
            header.of_trait.as_ref().and_then(|path| self.nominal(krate, module, path, &header.generics));
        let head = header.head.as_ref().and_then(|path| self.nominal(krate, module, path, &header.generics));
        required.extend(of_trait);
        required.extend(head);
        if required.is_empty() && self.is_ambiguous_alone(krate, &header) {
            // The types in the trait's arguments have to be known from elsewhere.
            // Only the outermost: what is inside of it may be chosen with the implementation.
            let argument = header.argument.as_ref();
            required.extend(argument.and_then(|path| self.nominal(krate, module, path, &header.generics)));
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
        const NUMBERS: [&str; 14] = [
            "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
            "usize",
        ];
        // Each number has these for itself and for references; `From` and `TryFrom` everything has.
        const OF_NUMBERS: [&str; 12] = [
            "Add",
            "AddAssign",
            "Div",
            "DivAssign",
            "Mul",
            "MulAssign",
            "Product",
            "Rem",
            "RemAssign",
            "Sub",
            "SubAssign",
            "Sum",
        ];
        const OF_ALL: [&str; 4] = ["From", "PartialEq", "PartialOrd", "TryFrom"];
        const ALL: [&str; 17] = [
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
        (is(&header.of_trait, &OF_NUMBERS) && is(&header.head, &NUMBERS))
            || (is(&header.of_trait, &OF_ALL) && is(&header.head, &ALL))
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
                    Kind::Type | Kind::MacroRules => return None,
                    Kind::Call(_) if self.items[id].aliases => return None,
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
        if path.len() == 1 && home.modules[module].nominal.contains(&last) {
            return Some(last);
        }
        // Elsewhere it means what it is imported as: nothing of another crate may have the name, nor any name on the way.
        let leads_out = |other: CrateId, import: &Import| {
            import.path.first().is_none_or(|first| import.rooted || !self.is_local(other, *first))
        };
        for &other in &visible {
            let home = &self.crates[other];
            for name in path {
                for &id in home.bound.get(name).into_iter().flatten() {
                    if let Kind::Import(import) = &self.items[id].item.kind
                        && (import.target() != *name || leads_out(other, import))
                    {
                        return None;
                    }
                }
            }
            for &glob in home.modules.iter().flat_map(|module| &module.globs) {
                if let Kind::Import(import) = &self.items[glob].item.kind
                    && leads_out(other, import)
                {
                    return None;
                }
            }
        }
        let binds =
            |id: &ItemId| matches!(&self.items[*id].item.kind, Kind::Import(import) if import.bound == last);
        let imported = path.len() > 1
            || !home.modules[module].globs.is_empty()
            || home.modules[module].imports.iter().any(binds);
        imported.then_some(last)
    }

    /// The value of a variable as `env!` finds it in the crate; paths of this machine are left out.
    pub(crate) fn variable(&self, krate: CrateId, name: &str) -> Option<String> {
        let home = &self.crates[krate];
        if home.current {
            return std::env::var(name).ok();
        }
        // What the compiler found is right, whoever set it.
        if let Some((_, value)) = home.reading.variables.iter().find(|(other, _)| other == name) {
            return value.clone();
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
                Piece::Given => return None,
            }
        }
        Some(files::plain(&beside.join(text)))
    }
}

/// What a macro of a local crate may define.
struct MadeBy {
    names: FxHashSet<Name>,
    /// Whether it may implement something, which is seen from outside of where it is called.
    implements: bool,
    /// Whether it may make imports, modules or macros, or take code in.
    imports: bool,
    /// Whether it may give something another name.
    aliases: bool,
}

/// Words that name nothing: keywords, and the primitive types.
const NO_NAMES: [&str; 56] = [
    "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8", "if", "impl", "in",
    "isize", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self", "static",
    "str", "struct", "super", "trait", "true", "type", "u128", "u16", "u32", "u64", "u8", "unsafe", "use",
    "usize", "where", "while", "_",
];

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
    /// `helper`: at a field or variant of something with a derive. `derives`: beside a derive, whose helper it may be.
    Attribute {
        helper: bool,
        derives: bool,
    },
}

impl Crate {
    fn new(package: Package, current: bool) -> Crate {
        Crate {
            package,
            twin: false,
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
            compiling: false,
            known: BTreeSet::new(),
            line: None,
            reading: Reading::default(),
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

    /// The package's name, with its version where another has that name.
    pub(crate) fn label(&self) -> String {
        if self.twin {
            format!("{} {}", self.package.name, self.package.version)
        } else {
            self.package.name.clone()
        }
    }

    /// What the paths of its modules begin with; nothing for the crate that is compiled.
    pub(crate) fn module_label(&self) -> String {
        let library = self.package.library.as_ref().map(|(_, library)| library.as_str()).unwrap_or_default();
        if self.current { String::new() } else { format!("{} {library}", self.label()) }
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
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if depth > 100 || !self.seen.insert((real.clone(), module)) {
            return;
        }
        let Some(text) = self.text(&real) else { return };
        let Some(source) = items::parse(&text, self.tests) else {
            if !self.home().unparsed.contains(&real) {
                self.home().unparsed.push(real);
            }
            return;
        };
        let folder = path.parent().unwrap_or(path).to_owned();
        let own = if root { folder.clone() } else { folder.join(path.file_stem().unwrap_or_default()) };
        self.source(real, (folder, own), source, module, depth);
    }

    /// The text of a file, which is one of the crate's from now on.
    fn text(&mut self, path: &Path) -> Option<String> {
        let text = std::fs::read(path).ok()?;
        let home = self.home();
        let newer = match (&home.unit, home.current) {
            _ if home.is_generated(path) => false,
            (_, true) => home.compiling && compiler::may_have_changed(path),
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

    /// Takes the items of a file in. The folders are where files beside it and of its modules are.
    fn source(
        &mut self,
        real: PathBuf,
        (folder, own_folder): (PathBuf, PathBuf),
        source: SourceFile,
        module: ModuleId,
        depth: usize,
    ) {
        let title = self.home().title(&real);
        let file = self.home().files.len();
        let numbers: Vec<Name> =
            source.names.texts().iter().map(|text| self.universe.names.number(text)).collect();
        let functions = source
            .functions
            .iter()
            .map(|function| Function { name: numbers[function.name as usize], ..function.clone() });
        let place = FilePlace {
            path: real,
            folder: folder.clone(),
            title,
            functions: functions.collect(),
            items: Vec::new(),
        };
        self.home().files.push(place);
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
            // Where files beside and below are looked for; several where that depends on conditions.
            let mut places = vec![(folder.clone(), own_folder.clone(), false)];
            for inline in &declared.around {
                around.push(self.universe.names.number(&inline.name));
                let mut next = Vec::new();
                for (_, below, moved) in &places {
                    for path in &inline.paths {
                        let below = if *moved { below.join(path) } else { folder.join(path) };
                        next.push((below.clone(), below, true));
                    }
                    if inline.paths.is_empty() || inline.conditional {
                        let below = below.join(&inline.name);
                        next.push((below.clone(), below, *moved));
                    }
                }
                places = next;
                places.truncate(64);
            }
            around.push(self.universe.names.number(&declared.name));
            let own = self.inside(module, &around);
            let mut candidates: Vec<(PathBuf, bool)> = Vec::new();
            for (beside, below, _) in &places {
                for path in &declared.paths {
                    candidates.extend([beside, below, &folder].map(|folder| (folder.join(path), true)));
                }
                if declared.paths.is_empty() || declared.conditional {
                    candidates.push((below.join(format!("{}.rs", declared.name)), false));
                    candidates.push((below.join(&declared.name).join("mod.rs"), true));
                }
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
        let Some(source) = items::parse_code(&text) else { return };
        if depth > 100 {
            return;
        }
        let module = self.universe.items[by].module;
        let (title, folder) = (self.home().title(path), path.parent().unwrap_or(path).to_owned());
        let place = FilePlace {
            path: path.to_owned(),
            folder: folder.clone(),
            title: title.clone(),
            functions: Vec::new(),
            items: Vec::new(),
        };
        let file = self.home().files.len();
        self.home().files.push(place);
        let numbers: Vec<Name> =
            source.names.texts().iter().map(|text| self.universe.names.number(text)).collect();
        for item in source.items {
            let mut item = translated(item, &numbers);
            let is_all = item.kind == Kind::Unknown;
            if is_all {
                item.title.clone_from(&title);
            }
            let includes = item.words.includes.clone();
            let id = self.universe.place(self.krate, file, module, item);
            if !is_all {
                continue;
            }
            // It counts with what takes it in, not by itself.
            self.home().ambient.retain(|other| *other != id);
            self.universe.items[by].included.push(id);
            for include in includes.into_iter().filter(|include| include.code) {
                let found =
                    include.path.and_then(|pieces| self.universe.included_path(self.krate, &pieces, &folder));
                if let Some(found) = found.filter(|found| found.is_file()) {
                    self.code(id, &found, depth + 1);
                }
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
            argument: header.argument.map(list),
            generics: list(header.generics),
            private: header.private,
            nested: header.nested,
        }),
        Kind::Import(import) => {
            Kind::Import(Import { path: list(import.path), bound: one(import.bound), ..import })
        }
        kind => kind,
    };
    let piece = |piece: Piece| match piece {
        Piece::Text(text) => Piece::Text(one(text)),
        Piece::Variable(name) => Piece::Variable(one(name)),
        Piece::Given => Piece::Given,
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
