//! The local crates of a build: their modules and items, and where their names may lead.
//!
//! | module | content |
//! | --- | --- |
//! | [`load`] | the files of a crate |
//! | [`origins`] | where macros come from, and what they may do |
//! | [`implementations`] | the conditions of implementations |

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
use crate::units::{DepInfo, Unit, Units};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The index of an item in a [`Universe`].
pub(crate) type ItemId = usize;
/// The index of a crate in a [`Universe`].
pub(crate) type CrateId = usize;
/// The index of a module in its crate.
pub(crate) type ModuleId = usize;

/// All local crates of a build.
#[derive(Debug)]
pub(crate) struct Universe {
    pub(crate) names: Names,
    pub(crate) workspace: Workspace,
    /// The first is the crate that is being compiled.
    pub(crate) crates: Vec<Crate>,
    pub(crate) items: Vec<Placed>,
    pub(crate) units: Option<Units>,
    /// Library crates by their root file and the folder of their build metadata.
    by_root: FxHashMap<(PathBuf, Option<PathBuf>), CrateId>,
    pub(crate) computed: Computed,
}

/// What was computed for one task and is the same for others: a crate's files don't change while it is compiled.
#[derive(Debug, Default)]
pub(crate) struct Computed {
    /// The hashes of the sources of local packages, by folder.
    pub(crate) sources: RefCell<FxHashMap<PathBuf, blake3::Hash>>,
    /// The lines of external packages, by what leads to them.
    pub(crate) packages: RefCell<FxHashMap<Start, BTreeSet<String>>>,
}

/// The locked packages and the units by which a task reaches external packages.
pub(crate) type Start = (Vec<usize>, Vec<PathBuf>);

/// The input of a compiler.
#[derive(Debug, Clone)]
pub(crate) struct Compilation {
    /// The folder of the package.
    pub(crate) folder: PathBuf,
    /// The root file of the crate. If it is unknown, the root file of the package's binary or library is used.
    pub(crate) root: Option<PathBuf>,
    pub(crate) tests: bool,
    /// The output folder of the build script (`OUT_DIR`).
    pub(crate) generated: Option<PathBuf>,
    pub(crate) line: Option<CommandLine>,
    /// Whether a compiler is reading the sources now.
    pub(crate) compiling: bool,
}

/// A local crate.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) package: Package,
    /// Whether another local package has the same name.
    pub(crate) shares_name: bool,
    /// Whether it is the crate that is being compiled.
    pub(crate) current: bool,
    pub(crate) files: Vec<FilePlace>,
    /// Files that are not valid Rust.
    pub(crate) unparsed: Vec<PathBuf>,
    pub(crate) modules: Vec<Module>,
    pub(crate) modules_named: FxHashMap<Name, Vec<ModuleId>>,
    /// Items by every name that may refer to them.
    pub(crate) offers: FxHashMap<Name, Vec<ItemId>>,
    /// Items by the names of their members, which code may also use after a dot.
    pub(crate) members: FxHashMap<Name, Vec<ItemId>>,
    /// Imports by the name that they bind.
    pub(crate) bound: FxHashMap<Name, Vec<ItemId>>,
    /// Imports by the name of the imported item.
    pub(crate) taken: FxHashMap<Name, Vec<ItemId>>,
    /// Items that count whenever the crate is reached.
    pub(crate) ambient: Vec<ItemId>,
    /// Implementations with their conditions: the names that must all be reached before the implementation counts.
    pub(crate) implementations: Vec<(ItemId, Vec<Name>)>,
    /// Indices into `implementations` by the names of their conditions.
    pub(crate) needed: FxHashMap<Name, Vec<usize>>,
    /// Its dependencies by their names in its code.
    pub(crate) externs: FxHashMap<Name, Extern>,
    /// The reasons why its package counts as a whole.
    pub(crate) coarse: BTreeSet<String>,
    pub(crate) unit: Option<Unit>,
    /// The artefact that is passed to the compiler, if known.
    pub(crate) artefact: Option<PathBuf>,
    pub(crate) generated: Option<PathBuf>,
    /// The conditions that `cfg` can query.
    pub(crate) conditions: BTreeSet<String>,
    /// Whether all conditions are known.
    pub(crate) conditions_known: bool,
    /// The environment variables that its build script sets.
    pub(crate) variables: BTreeMap<String, String>,
    /// A file that changed after the compiler read it.
    pub(crate) changed: Option<PathBuf>,
    /// Whether a compiler is reading its sources now.
    pub(crate) compiling: bool,
    /// All files that are known to be part of it.
    pub(crate) known: BTreeSet<PathBuf>,
    pub(crate) line: Option<CommandLine>,
    /// The files and variables that the compiler read for it, if it is compiled already.
    pub(crate) dep_info: DepInfo,
}

/// A dependency that a name in code refers to.
#[derive(Debug, Clone)]
pub(crate) enum Extern {
    Local(CrateId),
    /// A local package that counts as a whole: one of this library.
    Whole {
        package: String,
        folder: PathBuf,
    },
    /// Packages in the lock file, by index.
    Locked(Vec<usize>),
}

/// A source file of a crate.
#[derive(Debug)]
pub(crate) struct FilePlace {
    pub(crate) path: PathBuf,
    /// Its folder, by the path under which it was found. Links are not resolved.
    pub(crate) folder: PathBuf,
    /// Its path relative to the package or to the build script's output folder.
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
    /// The nominal types and the traits that it defines.
    nominal: FxHashSet<Name>,
}

/// An item with its position in the universe.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) krate: CrateId,
    pub(crate) file: usize,
    pub(crate) module: ModuleId,
    pub(crate) item: Item,
    /// Code that it includes.
    pub(crate) included: Vec<ItemId>,
    /// Whether a macro reads its documentation.
    pub(crate) documented: bool,
    /// Whether a macro that it calls may define an alias or import something.
    pub(crate) aliases: bool,
    /// Whether its attributes named `task` belong to another crate.
    pub(crate) foreign_tasks: bool,
    /// Whether it is a `scenario!` call, which defines types but no traits.
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
            computed: Computed::default(),
        };
        let externs = compilation.line.as_ref().map(CommandLine::externs);
        // Prefers a library: procedural macros are built for the host, in another folder if `--target` is set.
        let is_library =
            |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "rlib" || kind == "rmeta");
        let artefacts = || externs.iter().flatten().map(|(_, path)| path);
        let artefact = artefacts().find(is_library).or_else(|| artefacts().next());
        universe.units = artefact.and_then(|artefact| Units::beside(artefact));
        let package = universe.workspace.package(folder)?;
        // A link is not resolved, because the module files are beside the link.
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

    /// Adds a crate and its dependencies.
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

    /// Finds the dependencies of a crate.
    fn link(&mut self, id: CrateId, root: &Path) {
        let dependencies = self.crates[id].package.dependencies.clone();
        let passed: Option<FxHashMap<String, PathBuf>> =
            self.crates[id].line.as_ref().map(|line| line.externs().into_iter().collect());
        let unit_dependencies = self.crates[id].unit.as_ref().map(|unit| unit.dependencies.clone());
        let current = self.crates[id].current;
        for (key, dependency) in dependencies {
            let name = self.extern_name(id, &key, &dependency, passed.as_ref(), unit_dependencies.as_deref());
            let artefact = passed.as_ref().and_then(|passed| passed.get(&name).cloned());
            // A dependency that is not passed to the compiler can't be used.
            let is_off = unit_dependencies
                .as_ref()
                .is_some_and(|passed| passed.iter().all(|(other, _)| *other != name));
            if (current && passed.is_some() && artefact.is_none())
                || (!current && (dependency.development || (is_off && !dependency.local.is_empty())))
            {
                continue;
            }
            let number = self.names.number(&name);
            let unit = match (&artefact, &unit_dependencies, &self.units) {
                (Some(artefact), _, Some(units)) => units.of_artefact(artefact),
                (None, Some(passed), Some(units)) => {
                    passed.iter().find(|(other, _)| *other == name).and_then(|(_, folder)| units.read(folder))
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
        // A binary depends on the library of its package.
        let own = self.crates[id].package.library.clone();
        let is_other = |library: &Path| current && library.canonicalize().ok() != root.canonicalize().ok();
        if let Some((_, name)) = own.filter(|(library, _)| is_other(library)) {
            let artefact = passed.as_ref().and_then(|passed| passed.get(&name).cloned());
            if passed.is_none() || artefact.is_some() {
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

    /// Returns the name of a dependency in a crate's code: the name in the manifest, or else that of its library.
    fn extern_name(
        &mut self,
        id: CrateId,
        key: &str,
        dependency: &Dependency,
        passed: Option<&FxHashMap<String, PathBuf>>,
        unit_dependencies: Option<&[(String, PathBuf)]>,
    ) -> String {
        if dependency.renamed {
            return key.to_owned();
        }
        if let Some(folder) = dependency.local.first()
            && let Some((_, library)) = self.workspace.package(folder).and_then(|package| package.library)
        {
            return library;
        }
        let is_known = match (passed, unit_dependencies) {
            (Some(passed), _) => passed.contains_key(key),
            (None, Some(units)) => units.iter().any(|(name, _)| name == key),
            (None, None) => true,
        };
        if is_known {
            return key.to_owned();
        }
        // The library's name differs from the package's. Finds it by the package in cargo's build metadata.
        let of_package = |folder: &Path| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.rsplit_once('-').is_some_and(|(package, _)| package == dependency.package)
        };
        let mut names: Vec<String> = Vec::new();
        if let (Some(passed), Some(units)) = (passed, &self.units) {
            let found = passed
                .iter()
                .filter(|(_, artefact)| units.folder_of(artefact).is_some_and(|folder| of_package(&folder)));
            names.extend(found.map(|(name, _)| name.clone()));
        }
        if let (false, Some(units)) = (self.crates[id].current, unit_dependencies) {
            names.extend(units.iter().filter(|(_, folder)| of_package(folder)).map(|(name, _)| name.clone()));
        }
        names.into_iter().next().unwrap_or_else(|| key.to_owned())
    }

    /// Returns the library of a local package, which is added if needed.
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
            // Cargo's build metadata does not include the settings of `[target.….LINKS]` in its configuration.
            let ran = unit.build_script.as_ref().is_some_and(|folder| folder.join("output").is_file());
            krate.conditions_known &= ran || !krate.package.links;
            krate.conditions.extend(unit.features.iter().map(|feature| format!("feature=\"{feature}\"")));
            if let Some(folder) = &unit.build_script {
                krate.generated = Some(folder.join("out"));
                krate.read_build_script(folder);
            }
            let name = krate.package.library.as_ref().map(|(_, library)| library.clone()).unwrap_or_default();
            krate.dep_info =
                self.units.as_ref().and_then(|units| units.dep_info(unit, &name)).unwrap_or_default();
            // The profile is that of the crate that is being compiled, unless the workspace overrides it.
            let overrides = self.workspace.overrides(&self.crates[0].package.folder.clone());
            if !overrides.is_empty() {
                krate.conditions.insert(format!("debug_assertions={overrides}"));
            }
        }
        krate.unit = unit;
        Some(Extern::Local(self.add(krate, root, false)))
    }

    /// Adds an item.
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

    /// Resolves what needs all crates: where macros come from, and the conditions of implementations.
    fn finish(&mut self) {
        for krate in 0..self.crates.len() {
            let (name, folder) = (&self.crates[krate].package.name, &self.crates[krate].package.folder);
            let mut others = self.crates.iter().map(|krate| &krate.package);
            let shares_name = others.any(|package| package.name == *name && package.folder != *folder);
            self.crates[krate].shares_name = shares_name;
        }
        for krate in 0..self.crates.len() {
            let items: Vec<ItemId> =
                self.crates[krate].files.iter().flat_map(|file| file.items.iter().copied()).collect();
            // Attributes contain the names of procedural macros.
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

    /// Returns the crates whose items the crate can name: itself and all of its local dependencies.
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

    /// Returns whether a path that begins with this name can lead only to local crates.
    pub(crate) fn is_local(&self, krate: CrateId, first: Name) -> bool {
        let home = &self.crates[krate];
        match self.names.text(first) {
            "crate" | "self" | "super" => true,
            _ => match home.externs.get(&first) {
                Some(found) => matches!(found, Extern::Local(_)),
                None => {
                    let defined = home.modules_named.contains_key(&first) || home.offers.contains_key(&first);
                    // An import of this library's macros does not count: no path goes through a macro, but a module may
                    // have its name.
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

    /// Returns whether `name` is the main crate of this library in a crate's code, by its own name or a name from the
    /// manifest.
    pub(crate) fn is_skipstone(&self, krate: CrateId, name: Name) -> bool {
        match self.crates[krate].externs.get(&name) {
            Some(Extern::Whole { package, .. }) => package == SKIPSTONE,
            Some(Extern::Locked(locked)) if !locked.is_empty() => {
                locked.iter().all(|i| self.workspace.locked[*i].name == SKIPSTONE)
            }
            Some(Extern::Local(_)) => false,
            // Without a lock file or a manifest entry, the name decides.
            Some(Extern::Locked(_)) | None => self.names.text(name) == SKIPSTONE,
        }
    }

    /// Returns the value of a variable as `env!` sees it in the crate.
    pub(crate) fn variable(&self, krate: CrateId, name: &str) -> Option<String> {
        let home = &self.crates[krate];
        if home.current {
            return std::env::var(name).ok();
        }
        // The value that the compiler read takes precedence.
        if let Some((_, value)) = home.dep_info.variables.iter().find(|(other, _)| other == name) {
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

    /// Returns the path that an `include!` names, or `None` if it can't be determined.
    pub(crate) fn included_path(&self, krate: CrateId, pieces: &[Piece], beside: &Path) -> Option<PathBuf> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(self.names.text(*part)),
                Piece::Variable(name) => text.push_str(&self.variable(krate, self.names.text(*name))?),
                Piece::Parameter => return None,
            }
        }
        Some(files::plain(&beside.join(text)))
    }
}

impl Crate {
    fn new(package: Package, current: bool) -> Crate {
        Crate {
            package,
            shares_name: false,
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
            dep_info: DepInfo::default(),
        }
    }

    /// Reads the output of a build script (the Cargo book, "Build Scripts").
    fn read_build_script(&mut self, folder: &Path) {
        let text = std::fs::read_to_string(folder.join("output")).unwrap_or_default();
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

    /// Returns the package's name, with its version if another package has the same name.
    pub(crate) fn label(&self) -> String {
        if self.shares_name {
            format!("{} {}", self.package.name, self.package.version)
        } else {
            self.package.name.clone()
        }
    }

    /// Returns the prefix of its module paths. Empty for the crate that is being compiled.
    pub(crate) fn module_label(&self) -> String {
        let library = self.package.library.as_ref().map(|(_, library)| library.as_str()).unwrap_or_default();
        if self.current { String::new() } else { format!("{} {library}", self.label()) }
    }

    /// Returns a file's name for display and for keys, relative to the package or to the build script's output folder.
    pub(crate) fn title(&self, file: &Path) -> String {
        let prefix = if self.current { String::new() } else { format!("{}/", self.package.name) };
        match &self.generated {
            Some(generated) if file.starts_with(generated) => {
                format!("{prefix}OUT_DIR/{}", files::name(file, generated))
            }
            _ => format!("{prefix}{}", files::name(file, &self.package.folder)),
        }
    }

    /// Returns whether the build script generated the file. Cargo runs build scripts before the compiler.
    fn is_generated(&self, file: &Path) -> bool {
        self.generated.as_ref().is_some_and(|folder| file.starts_with(folder))
    }
}
