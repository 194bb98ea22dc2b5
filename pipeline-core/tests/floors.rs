//! The floors of the code: no file imports from a floor above its own, and no files import each other in a cycle.
//!
//! Imports are read from the sources: `use` declarations and paths that begin with `crate` or `super`. An import of a
//! re-exported name counts as an import from the file that defines it. Tests and macros are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// The floors of this crate, lowest first. The crate `pipeline-store` is below them.
const FLOORS: [&str; 12] = [
    "data",
    "registry",
    "frame",
    "graph",
    "engine",
    "settings",
    "scenario",
    "report",
    "testing",
    "cli",
    "__private",
    "lib",
];

/// A path that a source file imports or uses.
struct Import {
    path: Vec<String>,
    /// The public name, if it is a re-export.
    exported_as: Option<String>,
}

/// The imports of a source file.
#[derive(Default)]
struct Names(Vec<Import>);

impl Names {
    fn tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>, exported: bool) {
        let mut add = |path: Vec<String>, name: String| {
            self.0.push(Import { path, exported_as: exported.then_some(name) });
        };
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.tree(&part.tree, path, exported);
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                let last = path.last().cloned().unwrap_or_default();
                add(path, last);
            }
            syn::UseTree::Name(name) => {
                path.push(name.ident.to_string());
                add(path, name.ident.to_string());
            }
            syn::UseTree::Rename(name) => {
                path.push(name.ident.to_string());
                add(path, name.rename.to_string());
            }
            syn::UseTree::Glob(_) => add(path, String::new()),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.tree(tree, path.clone(), exported));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, Vec::new(), !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if matches!(parts.first().map(String::as_str), Some("crate" | "super")) {
            self.0.push(Import { path: parts, exported_as: None });
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" && !module.ident.to_string().starts_with("test") {
            visit::visit_item_mod(self, module);
        }
    }
}

/// The modules of a crate, each with the other modules that it imports from.
struct Modules(BTreeMap<String, BTreeSet<String>>);

impl Modules {
    fn read(sources: &Path) -> Modules {
        let mut names = BTreeMap::new();
        read_folder(sources, sources, &mut names);
        let exports: BTreeMap<&String, BTreeMap<String, Vec<String>>> =
            names.iter().map(|(module, names)| (module, exports(module, names))).collect();
        let mut imports = BTreeMap::new();
        for (module, Names(all)) in &names {
            let paths = all.iter().filter_map(|import| absolute(module, &import.path, false));
            let files = paths.filter_map(|path| file_of(&path, &names, &exports, 0));
            let others: BTreeSet<String> = files.filter(|file| file != module).collect();
            imports.insert(module.clone(), others);
        }
        Modules(imports)
    }

    /// Returns the imports from a floor above.
    fn upward_imports(&self) -> Vec<String> {
        let floor = |module: &str| {
            let name = module.split("::").next().unwrap_or_default();
            FLOORS
                .iter()
                .position(|floor| *floor == name)
                .unwrap_or_else(|| panic!("the floor of `{name}` is unknown: add it to `FLOORS`"))
        };
        let imports = self.0.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
        let up = imports.filter(|(from, to)| floor(from) < floor(to));
        up.map(|(from, to)| format!("{from} imports from {to}")).collect()
    }

    /// Returns the modules of each cycle.
    fn cycles(&self) -> Vec<String> {
        let reached: BTreeMap<&String, BTreeSet<&String>> =
            self.0.keys().map(|from| (from, self.reached(from))).collect();
        let mut cycles = BTreeSet::new();
        for (file, all) in &reached {
            let cycle: Vec<&str> = all
                .iter()
                .filter(|other| reached[*other].contains(file))
                .map(|other| other.as_str())
                .collect();
            if !cycle.is_empty() {
                cycles.insert(cycle.join(", "));
            }
        }
        cycles.into_iter().collect()
    }

    fn reached<'a>(&'a self, from: &'a String) -> BTreeSet<&'a String> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            open.extend(self.0[next].iter().filter(|to| found.insert(*to)));
        }
        found
    }
}

fn read_folder(root: &Path, folder: &Path, names: &mut BTreeMap<String, Names>) {
    for entry in std::fs::read_dir(folder).expect("sources").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            read_folder(root, &entry, names);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let relative = entry.strip_prefix(root).expect("below").with_extension("");
            let mut parts: Vec<String> =
                relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if parts.iter().any(|part| part == "tests") {
                continue;
            }
            if parts.last().is_some_and(|part| part == "mod") {
                parts.pop();
            }
            let text = std::fs::read_to_string(&entry).expect("read");
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", entry.display()));
            let mut found = Names::default();
            found.visit_file(&file);
            names.insert(parts.join("::"), found);
        }
    }
}

/// Returns the path from the crate root, or `None` if it is outside. With `below`, as for re-exports, a path may begin
/// with a child module.
fn absolute(module: &str, path: &[String], below: bool) -> Option<Vec<String>> {
    let own: Vec<String> = match module {
        "lib" => Vec::new(),
        module => module.split("::").map(str::to_owned).collect(),
    };
    match path.first().map(String::as_str) {
        Some("crate") => Some(path[1..].to_vec()),
        Some("self") => Some([&own, &path[1..]].concat()),
        Some("super") => {
            let up = path.iter().take_while(|part| *part == "super").count();
            let start = own.len().checked_sub(up)?;
            Some([&own[..start], &path[up..]].concat())
        }
        _ if below => Some([&own, path].concat()),
        _ => None,
    }
}

/// Returns the names that a module re-exports, with the path of each.
fn exports(module: &str, names: &Names) -> BTreeMap<String, Vec<String>> {
    let exported = names.0.iter().filter_map(|import| Some((import.exported_as.clone()?, import)));
    exported.filter_map(|(name, import)| Some((name, absolute(module, &import.path, true)?))).collect()
}

/// Returns the module that defines the item at a path.
fn file_of(
    path: &[String],
    files: &BTreeMap<String, Names>,
    exports: &BTreeMap<&String, BTreeMap<String, Vec<String>>>,
    depth: usize,
) -> Option<String> {
    for length in (1..=path.len()).rev() {
        let module = path[..length].join("::");
        if !files.contains_key(&module) {
            continue;
        }
        let exported = path.get(length).and_then(|name| exports[&module].get(name)).filter(|_| depth < 8);
        let further = exported.and_then(|to| {
            let to = [to, &path[length + 1..]].concat();
            file_of(&to, files, exports, depth + 1)
        });
        return further.or(Some(module));
    }
    let lib = "lib".to_owned();
    let exported = path.first().and_then(|name| exports.get(&lib)?.get(name)).filter(|_| depth < 8)?;
    file_of(&[exported, &path[1..]].concat(), files, exports, depth + 1)
}

fn sources(folder: &str) -> Modules {
    Modules::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src"))
}

#[test]
fn no_file_imports_from_a_floor_above_its_own() {
    assert_eq!(sources("pipeline-core").upward_imports(), [""; 0]);
}

#[test]
fn no_files_import_each_other_in_a_cycle() {
    for folder in [
        "pipeline-core",
        "pipeline-store",
        "pipeline-exact",
        "pipeline-wiring",
        "pipeline-fingerprint",
        "pipeline-macros",
        "pipeline-studio",
        "customer-analysis",
        "bench",
    ] {
        assert_eq!(sources(folder).cycles(), [""; 0], "{folder}");
    }
}

#[test]
fn an_upward_import_and_a_cycle_are_found_even_through_a_re_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    file("lib.rs", "mod data; mod scenario; pub use scenario::Run;");
    file("data/mod.rs", "use crate::scenario::Run; pub struct Value(Run);");
    file("scenario/mod.rs", "mod run; pub use run::Run;");
    file("scenario/run.rs", "use super::super::data; pub struct Run(Option<Box<data::Value>>);");
    let modules = Modules::read(folder.path());
    assert_eq!(modules.upward_imports(), ["data imports from scenario::run"]);
    assert_eq!(modules.cycles(), ["data, scenario::run"]);
}

/// The functions that write runs, jobs, results and files to the registry.
const JOURNALED: [&str; 10] = [
    "begin_submission",
    "end_submission",
    "end_orphan",
    "begin_job",
    "end_job",
    "remember_contents",
    "remove_results",
    "change_job_states",
    "keep_rechecks",
    "add_mismatch",
];

#[derive(Default)]
struct Calls(BTreeSet<String>);

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }
}

#[test]
fn only_the_journal_writes_runs_and_jobs_to_the_registry() {
    fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => files(&path, found),
                false => found.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    let mut by_the_journal = BTreeSet::new();
    for path in found.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let name = path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned();
        if name.starts_with("registry/") {
            continue;
        }
        let text = std::fs::read_to_string(path).expect("a source file");
        let mut calls = Calls::default();
        calls.visit_file(&syn::parse_file(&text).expect("Rust"));
        let writes = JOURNALED.iter().filter(|write| calls.0.contains(**write)).copied();
        match name.starts_with("engine/journal/") {
            true => by_the_journal.extend(writes),
            false => {
                assert_eq!(
                    writes.collect::<Vec<_>>(),
                    [""; 0],
                    "{name} writes to the registry, which only the journal may do"
                )
            }
        }
    }
    assert_eq!(by_the_journal, BTreeSet::from(JOURNALED), "the journal calls all of these functions");
}
