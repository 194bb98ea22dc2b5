//! The crates that a package is built with: by version where they come from a registry, by content
//! where they are local.

use super::{compiler, files};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The crates, sorted, a line for each: name, version, and what tells it from another of that version
/// (a checksum, a source, or the hash of a local crate's content).
pub(super) struct Packages {
    pub(super) text: String,
    /// Whether everything could be found.
    pub(super) complete: bool,
}

/// The crates that the package in `folder` is built with.
pub(super) fn of(folder: &Path, name: &str, version: &str) -> Packages {
    let mut local = BTreeMap::new();
    local_packages(folder, &mut local);
    let mut lines = BTreeSet::new();
    let mut complete = true;
    if let Some(manifest) = manifest(folder) {
        lines.extend(requests(&manifest, folder));
    }
    // The one of the workspace, where there is one.
    let root = manifest(folder).and_then(|manifest| workspace_root(folder, &manifest));
    let locks =
        root.iter().map(PathBuf::as_path).chain(folder.ancestors()).map(|folder| folder.join("Cargo.lock"));
    let lock = locks.into_iter().find(|lock| lock.is_file());
    let text = lock.and_then(|lock| std::fs::read_to_string(lock).ok());
    match text.and_then(|text| locked(&text, name, version)) {
        Some(locked) => {
            for package in locked {
                match package.source {
                    Some(source) => {
                        lines.extend([format!("{} {} {source}", package.name, package.version)]);
                    }
                    None => complete &= local.contains_key(&package.name),
                }
            }
        }
        // The package is not in it, as a dependency's tasks are not: what the compiler links counts, whose
        // names carry versions, features and all that those are built with.
        _ => match compiler::linked() {
            Some(linked) => lines.extend(linked),
            None => complete = false,
        },
    }
    let own = folder.canonicalize().ok();
    let others: Vec<_> = local.iter().filter(|(_, path)| Some(*path) != own.as_ref()).collect();
    for (name, path) in &others {
        lines.insert(format!("{name} local {}", content(path).to_hex()));
    }
    // The package's features may switch theirs on.
    if !others.is_empty() {
        lines.extend(compiler::features().into_iter().map(|feature| format!("{name} feature {feature}")));
    }
    Packages { text: lines.into_iter().collect::<Vec<_>>().join("\n"), complete }
}

/// A package of Cargo.lock.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Locked {
    name: String,
    version: String,
    /// Checksum or source; `None` for a local one.
    source: Option<String>,
}

/// All packages that the one with this name and version depends on, directly or not; `None` when it
/// is not in the lock file, or that can't be read.
fn locked(text: &str, name: &str, version: &str) -> Option<BTreeSet<Locked>> {
    let table: toml::Table = text.parse().ok()?;
    let packages: Vec<&toml::Table> =
        table.get("package")?.as_array()?.iter().filter_map(toml::Value::as_table).collect();
    let field = |package: &toml::Table, name: &str| {
        package.get(name).and_then(toml::Value::as_str).map(str::to_owned)
    };
    let is = |package: &&&toml::Table, name: &str, version: Option<&str>| {
        field(package, "name").as_deref() == Some(name)
            && version.is_none_or(|version| field(package, "version").as_deref() == Some(version))
    };
    let own = packages
        .iter()
        .find(|package| is(package, name, Some(version)) && !package.contains_key("source"))?;
    let mut found = BTreeSet::new();
    let mut open = vec![*own];
    while let Some(package) = open.pop() {
        let dependencies = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
        for dependency in dependencies.filter_map(toml::Value::as_str) {
            let mut words = dependency.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            // One name and version may come from two sources: both count.
            for package in packages.iter().filter(|package| is(package, name, version)) {
                let locked = Locked {
                    name: name.to_owned(),
                    version: field(package, "version").unwrap_or_default(),
                    source: field(package, "checksum").or_else(|| field(package, "source")),
                };
                if locked.name != field(own, "name").unwrap_or_default() && found.insert(locked) {
                    open.push(package);
                }
            }
        }
    }
    Some(found)
}

/// What a manifest asks of its dependencies, features above all, without where they lie.
fn requests(manifest: &toml::Table, folder: &Path) -> Vec<String> {
    let shared = workspace_of(folder, manifest).map(|(_, shared)| shared).unwrap_or_default();
    let mut lines = Vec::new();
    for (name, request) in dependency_tables(manifest).into_iter().flatten() {
        let mut request = request.clone();
        if let Some(request) = request.as_table_mut() {
            request.remove("path");
        }
        let mut inherited = shared.get(name).cloned().filter(|_| request.get("workspace").is_some());
        if let Some(inherited) = inherited.as_mut().and_then(toml::Value::as_table_mut) {
            inherited.remove("path");
        }
        let text = format!("{request:?} {inherited:?}");
        lines.push(format!("{name} requested {}", &blake3::hash(text.as_bytes()).to_hex()[..16]));
    }
    if let Some(features) = manifest.get("features") {
        lines.push(format!(
            "features declared {}",
            &blake3::hash(format!("{features:?}").as_bytes()).to_hex()[..16]
        ));
    }
    lines
}

/// The hash of a local crate's sources, with names relative to it.
fn content(package: &Path) -> blake3::Hash {
    let own_only = ["tests", "benches", "examples"].map(|folder| package.join(folder));
    let is_source = |file: &&PathBuf| {
        (file.extension().is_some_and(|extension| extension == "rs") || file.starts_with(package.join("src")))
            && !own_only.iter().any(|folder| file.starts_with(folder))
    };
    let all = files::below(package);
    let mut hasher = blake3::Hasher::new();
    let mut included = BTreeSet::new();
    let mut clear = true;
    for source in all.iter().filter(is_source) {
        let bytes = std::fs::read(source).unwrap_or_default();
        files::part(&mut hasher, &files::name(source, package), &bytes);
        clear &= files::includes(&String::from_utf8_lossy(&bytes), package, source, &mut included);
    }
    // Files that are compiled in; where it can't be told which, every file of the package: a build script
    // or a macro may read any.
    clear &= !package.join("build.rs").is_file();
    let others = all.into_iter().filter(|file| !own_only.iter().any(|folder| file.starts_with(folder)));
    for file in if clear { included.into_iter().collect() } else { others.collect::<Vec<_>>() } {
        files::part(&mut hasher, &files::name(&file, package), &std::fs::read(&file).unwrap_or_default());
    }
    if let Some(mut manifest) = manifest(package) {
        files::part(&mut hasher, "requests", requests(&manifest, package).join("\n").as_bytes());
        // Everything else in it: version, edition, features, where its sources are. What it asks for is there
        // already, without the places.
        manifest.retain(|name, _| {
            !name.ends_with("dependencies") && !matches!(name, "target" | "workspace" | "patch")
        });
        files::part(&mut hasher, "Cargo.toml", format!("{manifest:?}").as_bytes());
    }
    hasher.finalize()
}

/// The package and all that it is built with by path, directly or not, by name.
fn local_packages(package: &Path, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(package) = package.canonicalize() else { return };
    let Some(manifest) = manifest(&package) else { return };
    let name = manifest.get("package").and_then(|table| table.get("name")).and_then(toml::Value::as_str);
    let name = name.map_or_else(|| package.to_string_lossy().into_owned(), str::to_owned);
    if found.insert(name, package.clone()).is_some_and(|earlier| earlier == package) {
        return;
    }
    let workspace = workspace_of(&package, &manifest);
    for (name, dependency) in dependency_tables(&manifest).into_iter().flatten() {
        let own = dependency.get("path").and_then(toml::Value::as_str).map(|path| package.join(path));
        let inherited = || {
            dependency.get("workspace")?.as_bool().filter(|inherits| *inherits)?;
            let (root, shared) = workspace.as_ref()?;
            Some(root.join(shared.get(name)?.get("path")?.as_str()?))
        };
        if let Some(path) = own.or_else(inherited) {
            local_packages(&path, found);
        }
    }
    for path in replaced(&package) {
        local_packages(&path, found);
    }
}

/// Local packages that `[patch]` puts in, in the manifest of the workspace or cargo's configuration,
/// and those of the configuration's `paths`.
fn replaced(package: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in package.ancestors() {
        let configurations = [".cargo/config.toml", ".cargo/config"].map(|name| folder.join(name));
        for file in [folder.join("Cargo.toml")].into_iter().chain(configurations) {
            let Some(table) = table_of(&file) else { continue };
            let sources = table.get("patch").and_then(toml::Value::as_table).into_iter().flatten();
            let patches = sources.filter_map(|(_, patches)| patches.as_table()).flatten();
            found.extend(patches.filter_map(|(_, patch)| Some(folder.join(patch.get("path")?.as_str()?))));
            let paths = table.get("paths").and_then(toml::Value::as_array).into_iter().flatten();
            found.extend(paths.filter_map(|path| Some(folder.join(path.as_str()?))));
        }
    }
    found
}

fn workspace_of(package: &Path, manifest: &toml::Table) -> Option<(PathBuf, toml::Table)> {
    let root = workspace_root(package, manifest)?;
    let shared = self::manifest(&root)?.get("workspace")?.get("dependencies")?.as_table()?.clone();
    Some((root, shared))
}

/// The folder of the workspace that the package belongs to.
fn workspace_root(package: &Path, manifest: &toml::Table) -> Option<PathBuf> {
    let named =
        manifest.get("package").and_then(|table| table.get("workspace")).and_then(toml::Value::as_str);
    if let Some(named) = named {
        return Some(package.join(named));
    }
    let is_root =
        |folder: &&Path| self::manifest(folder).is_some_and(|manifest| manifest.contains_key("workspace"));
    package.ancestors().find(is_root).map(Path::to_owned)
}

fn manifest(package: &Path) -> Option<toml::Table> {
    table_of(&package.join("Cargo.toml"))
}

fn table_of(file: &Path) -> Option<toml::Table> {
    std::fs::read_to_string(file).ok()?.parse().ok()
}

fn dependency_tables(manifest: &toml::Table) -> Vec<&toml::Table> {
    let mut found = direct_tables(manifest);
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        found.extend(targets.values().filter_map(toml::Value::as_table).flat_map(direct_tables));
    }
    found
}

fn direct_tables(manifest: &toml::Table) -> Vec<&toml::Table> {
    ["dependencies", "build-dependencies", "dev-dependencies"]
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .collect()
}
