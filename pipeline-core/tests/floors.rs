//! The house keeps its floors: no file imports from a floor above its own, and no files import each other in a circle.
//!
//! Imports are read from the sources: `use` declarations and paths that begin with `crate` or `super`. A name that a module
//! re-exports counts as an import from the file that has it. Tests and macros are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// The floors of this crate, the lowest first. Below them is the crate `pipeline-store`.
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

/// A path in a source file, and the name by which it is known there.
struct Import {
    path: Vec<String>,
    /// Of a re-export, the name that it gives.
    exported_as: Option<String>,
}

/// What a source file names.
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

/// A crate's files by the names of their modules, with what each imports from others.
struct House(BTreeMap<String, BTreeSet<String>>);

impl House {
    fn read(sources: &Path) -> House {
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
        House(imports)
    }

    /// What imports from above: file and import.
    fn arrows_up(&self) -> Vec<String> {
        let floor = |module: &str| {
            let name = module.split("::").next().unwrap_or_default();
            FLOORS
                .iter()
                .position(|floor| *floor == name)
                .unwrap_or_else(|| panic!("on which floor is `{name}`?"))
        };
        let arrows = self.0.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
        let up = arrows.filter(|(from, to)| floor(from) < floor(to));
        up.map(|(from, to)| format!("{from} imports from {to}")).collect()
    }

    /// The files of each circle.
    fn circles(&self) -> Vec<String> {
        let reached: BTreeMap<&String, BTreeSet<&String>> =
            self.0.keys().map(|from| (from, self.reached(from))).collect();
        let mut circles = BTreeSet::new();
        for (file, all) in &reached {
            let circle: Vec<&str> = all
                .iter()
                .filter(|other| reached[*other].contains(file))
                .map(|other| other.as_str())
                .collect();
            if !circle.is_empty() {
                circles.insert(circle.join(", "));
            }
        }
        circles.into_iter().collect()
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

/// A path from the root of the crate; `None` for what is outside. Of a re-export, a path may begin with a module below.
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

/// What a module re-exports: by name, the path that it stands for.
fn exports(module: &str, names: &Names) -> BTreeMap<String, Vec<String>> {
    let exported = names.0.iter().filter_map(|import| Some((import.exported_as.clone()?, import)));
    exported.filter_map(|(name, import)| Some((name, absolute(module, &import.path, true)?))).collect()
}

/// The file that has what a path names.
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

fn sources(folder: &str) -> House {
    House::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src"))
}

#[test]
fn no_file_imports_from_a_floor_above_its_own() {
    assert_eq!(sources("pipeline-core").arrows_up(), [""; 0]);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
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
        assert_eq!(sources(folder).circles(), [""; 0], "{folder}");
    }
}

#[test]
fn an_arrow_up_and_a_circle_are_found_also_through_a_re_export() {
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
    let house = House::read(folder.path());
    assert_eq!(house.arrows_up(), ["data imports from scenario::run"]);
    assert_eq!(house.circles(), ["data, scenario::run"]);
}

/// What writes to the registry in the name of runs and jobs, of results and of files.
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
fn what_came_of_runs_and_jobs_is_written_to_the_registry_by_the_journal_alone() {
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
                assert_eq!(writes.collect::<Vec<_>>(), [""; 0], "{name} writes: that is for the journal")
            }
        }
    }
    assert_eq!(by_the_journal, BTreeSet::from(JOURNALED), "the journal writes all of that");
}
