//! Reads packages from their manifests and from `Cargo.lock`: the sources of local packages, their names in dependent
//! packages, and the versions of their registry dependencies.

use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A local package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) edition: String,
    /// The library's root file and name.
    pub(crate) library: Option<(PathBuf, String)>,
    pub(crate) proc_macro: bool,
    /// Its dependencies by their names in its code.
    pub(crate) dependencies: BTreeMap<String, Dependency>,
    /// The classes of macros by crate, from `[package.metadata.skipstone.macros]`.
    pub(crate) macros: BTreeMap<String, String>,
    /// The variables that cargo sets, such as `CARGO_PKG_NAME`.
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) lock: Option<usize>,
    /// Whether the manifest has `links`. Then a cargo setting may replace the build script.
    pub(crate) links: bool,
}

/// A dependency in a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// The package's name.
    pub(crate) package: String,
    /// Whether the manifest renames it.
    pub(crate) renamed: bool,
    /// The folders of the local packages that it may refer to. Empty for an external package.
    pub(crate) local: Vec<PathBuf>,
    /// Whether only tests and build scripts use it.
    pub(crate) development: bool,
}

/// A package in `Cargo.lock`.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Checksum or source. `None` for a local package.
    pub(crate) source: Option<String>,
    /// Names, with versions where a name has several.
    dependencies: Vec<(String, Option<String>)>,
}

/// The contents of manifests and of the lock file. Each file is read once.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    tables: FxHashMap<PathBuf, Option<std::rc::Rc<Table>>>,
    pub(crate) locked: Vec<Locked>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// Local packages that `[patch]` or cargo's configuration substitutes, by name.
    replaced: Option<BTreeMap<String, Vec<PathBuf>>>,
}

impl Workspace {
    /// Creates a workspace with the lock file of the package in `folder`.
    pub(crate) fn new(folder: &Path) -> Workspace {
        let mut workspace = Workspace::default();
        let root = workspace.root(folder);
        let current = std::env::current_dir().ok();
        let folders = root.iter().map(PathBuf::as_path).chain(folder.ancestors()).chain(current.as_deref());
        let lock = folders.map(|folder| folder.join("Cargo.lock")).find(|lock| lock.is_file());
        if let Some(text) = lock.and_then(|lock| std::fs::read_to_string(lock).ok()) {
            workspace.locked = locked(&text).unwrap_or_default();
        }
        for (i, package) in workspace.locked.iter().enumerate() {
            workspace.by_name.entry(package.name.clone()).or_default().push(i);
        }
        workspace
    }

    fn table(&mut self, file: &Path) -> Option<std::rc::Rc<Table>> {
        let read = || Some(std::rc::Rc::new(std::fs::read_to_string(file).ok()?.parse::<Table>().ok()?));
        self.tables.entry(file.to_owned()).or_insert_with(read).clone()
    }

    /// Returns the root folder of the package's workspace.
    fn root(&mut self, folder: &Path) -> Option<PathBuf> {
        let own = self.table(&folder.join("Cargo.toml"));
        let named = own.as_ref().and_then(|own| own.get("package")?.get("workspace")?.as_str());
        if let Some(named) = named {
            return Some(folder.join(named));
        }
        folder
            .ancestors()
            .find(|folder| {
                self.table(&folder.join("Cargo.toml")).is_some_and(|table| table.contains_key("workspace"))
            })
            .map(Path::to_owned)
    }

    /// Returns the workspace's profile overrides for single packages.
    pub(crate) fn overrides(&mut self, folder: &Path) -> String {
        let root = self.root(folder).unwrap_or_else(|| folder.to_owned());
        let table = self.table(&root.join("Cargo.toml"));
        let profiles = table.as_ref().and_then(|table| table.get("profile")?.as_table());
        let of_packages = profiles.into_iter().flatten().filter_map(|(name, profile)| {
            let packages = profile.get("package")?;
            Some(format!("{name} {packages:?}"))
        });
        of_packages.collect::<Vec<_>>().join("\n")
    }

    /// Reads the package in a folder.
    pub(crate) fn package(&mut self, folder: &Path) -> Option<Package> {
        let manifest = self.table(&folder.join("Cargo.toml"))?;
        let own = manifest.get("package").or_else(|| manifest.get("project"))?.as_table()?.clone();
        let root = self.root(folder);
        let shared = root.as_ref().and_then(|root| self.table(&root.join("Cargo.toml")));
        let shared = shared.as_ref().and_then(|table| table.get("workspace")?.as_table());
        let field = |name: &str| -> Option<Value> {
            let value = own.get(name)?;
            match value
                .as_table()
                .filter(|table| table.get("workspace").and_then(Value::as_bool) == Some(true))
            {
                Some(_) => shared?.get("package")?.get(name).cloned(),
                None => Some(value.clone()),
            }
        };
        let text = |name: &str| field(name).and_then(|value| value.as_str().map(str::to_owned));
        let name = text("name").unwrap_or_default();
        let version = text("version").unwrap_or_else(|| "0.0.0".to_owned());
        let library = manifest.get("lib").and_then(Value::as_table);
        let of_library = |name: &str| library.and_then(|library| library.get(name));
        let path = of_library("path").and_then(Value::as_str).unwrap_or("src/lib.rs");
        let path = super::files::plain(&folder.join(path));
        let library_name = of_library("name").and_then(Value::as_str).unwrap_or(&name).replace('-', "_");
        let proc_macro = ["proc-macro", "proc_macro"]
            .iter()
            .any(|key| of_library(key).and_then(Value::as_bool) == Some(true));
        let macros = |table: &Table| -> Option<BTreeMap<String, String>> {
            let macros = table.get("metadata")?.get("skipstone")?.get("macros")?.as_table()?;
            Some(
                macros
                    .iter()
                    .filter_map(|(name, class)| Some((name.clone(), class.as_str()?.to_owned())))
                    .collect(),
            )
        };
        let mut listed = shared.and_then(macros).unwrap_or_default();
        listed.extend(macros(&own).unwrap_or_default());
        let variables = variables(&name, &version, &text, &field);
        let shared =
            shared.and_then(|shared| shared.get("dependencies")?.as_table().cloned()).unwrap_or_default();
        let dependencies = self.dependencies(folder, &manifest, root.as_deref(), &shared);
        let lock = self.by_name.get(&name).and_then(|found| {
            found
                .iter()
                .copied()
                .find(|i| self.locked[*i].source.is_none() && self.locked[*i].version == version)
        });
        Some(Package {
            folder: folder.to_owned(),
            edition: of_library("edition")
                .and_then(Value::as_str)
                .map(str::to_owned)
                .or_else(|| text("edition"))
                .unwrap_or_else(|| "2015".to_owned()),
            library: path.is_file().then_some((path, library_name)),
            name,
            version,
            proc_macro,
            dependencies,
            macros: listed,
            variables,
            lock,
            links: own.contains_key("links"),
        })
    }

    fn dependencies(
        &mut self,
        folder: &Path,
        manifest: &Table,
        root: Option<&Path>,
        shared: &Table,
    ) -> BTreeMap<String, Dependency> {
        let mut found: BTreeMap<String, Dependency> = BTreeMap::new();
        let replaced = self.replaced(folder);
        for (name, request, development) in dependency_tables(manifest) {
            let inherits = request.get("workspace").and_then(Value::as_bool) == Some(true);
            let inherited = shared.get(&name).filter(|_| inherits);
            let field = |key: &str| {
                request
                    .get(key)
                    .or_else(|| inherited.and_then(|inherited| inherited.get(key)))
                    .and_then(Value::as_str)
            };
            let package = field("package").unwrap_or(&name).to_owned();
            let renamed = field("package").is_some();
            let base = if request.get("path").is_some() { Some(folder) } else { root.filter(|_| inherits) };
            let path = field("path").and_then(|path| base.map(|base| base.join(path)));
            let mut local: Vec<PathBuf> =
                path.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
            if local.is_empty() {
                local.extend(replaced.get(&package).into_iter().flatten().cloned());
            }
            let dependency = Dependency { package, renamed, local, development };
            found
                .entry(name.replace('-', "_"))
                .and_modify(|known| {
                    known.development &= development;
                    known.local.extend(dependency.local.iter().cloned());
                    known.local.sort();
                    known.local.dedup();
                })
                .or_insert(dependency);
        }
        found
    }

    /// Returns the local packages from `[patch]` in manifests and in cargo's configuration, and from the
    /// configuration's `paths`, by name.
    fn replaced(&mut self, folder: &Path) -> BTreeMap<String, Vec<PathBuf>> {
        if let Some(known) = &self.replaced {
            return known.clone();
        }
        let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for folder in folder.ancestors() {
            let configurations = [".cargo/config.toml", ".cargo/config"].map(|name| folder.join(name));
            for file in [folder.join("Cargo.toml")].into_iter().chain(configurations) {
                let Some(table) = self.table(&file) else { continue };
                let sources = table.get("patch").and_then(Value::as_table).into_iter().flatten();
                let patches = sources.filter_map(|(_, patches)| patches.as_table()).flatten();
                let mut paths: Vec<PathBuf> = patches
                    .filter_map(|(_, patch)| Some(folder.join(patch.get("path")?.as_str()?)))
                    .collect();
                let more = table.get("paths").and_then(Value::as_array).into_iter().flatten();
                paths.extend(more.filter_map(|path| Some(folder.join(path.as_str()?))));
                for path in paths.into_iter().filter_map(|path| path.canonicalize().ok()) {
                    let manifest = self.table(&path.join("Cargo.toml"));
                    let name = manifest.and_then(|manifest| {
                        Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
                    });
                    let list = found.entry(name.unwrap_or_default()).or_default();
                    if !list.contains(&path) {
                        list.push(path);
                    }
                }
            }
        }
        self.replaced.insert(found).clone()
    }

    /// Returns the folders of the local packages that replace those with this name.
    pub(crate) fn replacements(&self, name: &str) -> Vec<PathBuf> {
        self.replaced.as_ref().and_then(|replaced| replaced.get(name)).cloned().unwrap_or_default()
    }

    /// Returns the packages in the lock file to which a local package's dependency `name` refers.
    pub(crate) fn named_by(&self, package: &Package, name: &str) -> Vec<usize> {
        let own = package.lock.map(|own| &self.locked[own].dependencies);
        let listed = own.into_iter().flatten().filter(|(other, _)| other == name);
        let found: Vec<usize> =
            listed.flat_map(|(name, version)| self.named(name, version.as_deref())).collect();
        // If the lock file does not list the dependency, any package with that name counts.
        if found.is_empty() { self.named(name, None).collect() } else { found }
    }

    fn named<'a>(&'a self, name: &str, version: Option<&'a str>) -> impl Iterator<Item = usize> + 'a {
        let found = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        found
            .iter()
            .copied()
            .filter(move |i| version.is_none_or(|version| self.locked[*i].version == version))
    }

    /// Returns these packages and their transitive dependencies. Only dependencies for which `leads` is true are
    /// followed.
    pub(crate) fn closure(&self, start: &[usize], leads: impl Fn(&Locked, &str) -> bool) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = start.to_vec();
        while let Some(i) = open.pop() {
            if found.insert(i) {
                let dependencies =
                    self.locked[i].dependencies.iter().filter(|(name, _)| leads(&self.locked[i], name));
                open.extend(dependencies.flat_map(|(name, version)| self.named(name, version.as_deref())));
            }
        }
        found
    }
}

fn locked(text: &str) -> Option<Vec<Locked>> {
    let table: Table = text.parse().ok()?;
    let packages = table.get("package")?.as_array()?;
    let text = |package: &Value, name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(
        packages
            .iter()
            .map(|package| {
                let dependencies =
                    package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
                let dependencies = dependencies.filter_map(Value::as_str).map(|line| {
                    let mut words = line.split(' ');
                    (words.next().unwrap_or_default().to_owned(), words.next().map(str::to_owned))
                });
                Locked {
                    name: text(package, "name").unwrap_or_default(),
                    version: text(package, "version").unwrap_or_default(),
                    source: text(package, "checksum").or_else(|| text(package, "source")),
                    dependencies: dependencies.collect(),
                }
            })
            .collect(),
    )
}

/// Returns the dependencies of a manifest: name, requirement, and whether only tests and build scripts use it.
fn dependency_tables(manifest: &Table) -> Vec<(String, Table, bool)> {
    let mut found = direct_tables(manifest);
    if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
        found.extend(targets.values().filter_map(Value::as_table).flat_map(direct_tables));
    }
    found
}

fn direct_tables(manifest: &Table) -> Vec<(String, Table, bool)> {
    let tables = [
        ("dependencies", false),
        ("build-dependencies", true),
        ("build_dependencies", true),
        ("dev-dependencies", true),
        ("dev_dependencies", true),
    ];
    tables
        .iter()
        .flat_map(|(table, development)| {
            let entries = manifest.get(*table).and_then(Value::as_table).into_iter().flatten();
            entries.map(|(name, request)| {
                (name.clone(), request.as_table().cloned().unwrap_or_default(), *development)
            })
        })
        .collect()
}

/// Returns the variables that cargo sets for `env!` (the Cargo book, "Environment variables").
fn variables(
    name: &str,
    version: &str,
    text: &impl Fn(&str) -> Option<String>,
    field: &impl Fn(&str) -> Option<Value>,
) -> BTreeMap<String, String> {
    let numbers = version.split('+').next().unwrap_or(version);
    let (numbers, pre) = numbers.split_once('-').unwrap_or((numbers, ""));
    let mut parts = numbers.split('.');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let authors = field("authors").and_then(|authors| {
        Some(authors.as_array()?.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(":"))
    });
    let or_empty = |value: Option<String>| value.unwrap_or_default();
    [
        ("CARGO_PKG_NAME", name.to_owned()),
        ("CARGO_PKG_VERSION", version.to_owned()),
        ("CARGO_PKG_VERSION_MAJOR", part()),
        ("CARGO_PKG_VERSION_MINOR", part()),
        ("CARGO_PKG_VERSION_PATCH", part()),
        ("CARGO_PKG_VERSION_PRE", pre.to_owned()),
        ("CARGO_PKG_AUTHORS", or_empty(authors)),
        ("CARGO_PKG_DESCRIPTION", or_empty(text("description"))),
        ("CARGO_PKG_HOMEPAGE", or_empty(text("homepage"))),
        ("CARGO_PKG_REPOSITORY", or_empty(text("repository"))),
        ("CARGO_PKG_LICENSE", or_empty(text("license"))),
        ("CARGO_PKG_LICENSE_FILE", or_empty(text("license-file"))),
        ("CARGO_PKG_RUST_VERSION", or_empty(text("rust-version"))),
        ("CARGO_PKG_README", or_empty(text("readme"))),
        ("CARGO_CRATE_NAME", name.replace('-', "_")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
