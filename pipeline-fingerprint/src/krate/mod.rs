//! The local crates that a build is made of: each one's modules and items, and where its names may lead.
//!
//! | module | is about |
//! | --- | --- |
//! | [`load`] | the files of a crate |
//! | [`origins`] | where macros come from, and what they may do |
//! | [`implementations`] | which names implementations wait for |

mod implementations;
mod load;
mod origins;

use load::Loader;

use crate::compiler::CommandLine;
use crate::files;
use crate::items::{Function, Import, Item, Kind};
use crate::macros::{OURS, SKIPSTONE};
use crate::packages::{Dependency, Package, Workspace};
use crate::tokens::{Name, Names, Piece};
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
    /// A local package that counts as a whole: one of this library.
    Whole {
        package: String,
        folder: PathBuf,
    },
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
    /// Whether it is a scenario: it defines types, and no trait.
    pub(crate) scenario: bool,
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
            return Some(Extern::Whole { package: name.to_owned(), folder: folder.to_owned() });
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
            // Cargo's notes don't say what `[target.….LINKS]` in its configuration sets.
            let ran = unit.built.as_ref().is_some_and(|built| built.join("output").is_file());
            krate.conditions_known &= ran || !krate.package.links;
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
            scenario: false,
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

    /// Whether a path that begins with this name can lead to local crates only.
    pub(crate) fn is_local(&self, krate: CrateId, first: Name) -> bool {
        let home = &self.crates[krate];
        match self.names.text(first) {
            "crate" | "self" | "super" => true,
            _ => match home.externs.get(&first) {
                Some(found) => matches!(found, Extern::Local(_)),
                None => {
                    let defined = home.modules_named.contains_key(&first) || home.offers.contains_key(&first);
                    // No path goes through a macro of ours: a module may have its name.
                    let is_macro = |id: &ItemId| match &self.items[*id].item.kind {
                        Kind::Import(import) => {
                            let target = self.names.text(import.target());
                            import.path.first().is_some_and(|from| self.is_skipstone(krate, *from))
                                && matches!(target, "scenario" | "task")
                        }
                        _ => false,
                    };
                    defined && home.bound.get(&first).into_iter().flatten().all(is_macro)
                }
            },
        }
    }

    /// Whether a crate calls this library's main crate `name`: its own name, or the one that the manifest gives it.
    pub(crate) fn is_skipstone(&self, krate: CrateId, name: Name) -> bool {
        match self.crates[krate].externs.get(&name) {
            Some(Extern::Whole { package, .. }) => package == SKIPSTONE,
            Some(Extern::Locked(locked)) if !locked.is_empty() => {
                locked.iter().all(|i| self.workspace.locked[*i].name == SKIPSTONE)
            }
            Some(Extern::Local(_)) => false,
            // Neither a lock file nor a manifest says more than the name.
            Some(Extern::Locked(_)) | None => self.names.text(name) == SKIPSTONE,
        }
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
