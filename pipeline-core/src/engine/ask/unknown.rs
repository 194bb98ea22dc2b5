//! Files and variables that the compiler read for a program and that the fingerprint does not track. They are looked up
//! when the program starts, if the compiler's dep-info files (`.d`) still exist.

use crate::graph::{Graph, TaskDef, read_by_compiler};
use crate::store::{Hash, hash_file};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// A file or variable that the compiler read and that the fingerprint does not track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// `file x` or `environment variable X`.
    pub(crate) title: String,
    /// The hash of its content. If the compiled content is unavailable, a hash that is unique to this build.
    pub(crate) content: Hash,
}

/// Returns the untracked files and variables of a task's crate, sorted. Empty if the crate has no dep-info file or no
/// scenario.
pub(crate) fn of_task(task: &TaskDef) -> Arc<[Unknown]> {
    static BY_CRATE: OnceLock<HashMap<&'static str, Arc<[Unknown]>>> = OnceLock::new();
    let look = || {
        let program = std::env::current_exe().ok().and_then(|program| program.canonicalize().ok());
        let mut lists: HashMap<&'static str, BTreeSet<&'static str>> = HashMap::new();
        for (name, read) in read_by_compiler() {
            lists.entry(name).or_default().insert(read);
        }
        let look_up = |reads: BTreeSet<&str>| -> Arc<[Unknown]> {
            let found =
                program.iter().flat_map(|program| reads.iter().flat_map(|read| look_up(read, program)));
            found.collect()
        };
        lists.into_iter().map(|(name, reads)| (name, look_up(reads))).collect()
    };
    let name = task.module().split("::").next().unwrap_or_default();
    BY_CRATE.get_or_init(look).get(name).cloned().unwrap_or_default()
}

/// Returns the titles of the untracked files and variables for the crates of a graph's tasks, each once.
pub(crate) fn of_graph(graph: &Graph) -> BTreeSet<String> {
    let unknown = graph.calls.iter().map(|call| of_task(call.task));
    unknown
        .flat_map(|unknown| unknown.iter().map(|unknown| unknown.title.clone()).collect::<Vec<_>>())
        .collect()
}

/// Reads the dep-info file beside the program.
fn look_up(read: &str, program: &Path) -> Vec<Unknown> {
    let mut lines = read.lines();
    let name = format!("{}.d", lines.next().unwrap_or_default());
    let (mut files, mut variables) = (HashSet::new(), HashSet::new());
    for line in lines {
        match line.split_at_checked(1) {
            Some(("f", number)) => drop(files.insert(number)),
            Some(("v", variable)) => drop(variables.insert(variable)),
            _ => {}
        }
    }
    let folder = program.parent().unwrap_or(program);
    // A program is in the folder of its profile, a test beside the dep-info file, an example in the folder `examples`.
    let places = [folder.join("deps"), folder.to_owned(), folder.join("../deps")];
    let Some(notes) = places.iter().map(|place| place.join(&name)).find(|notes| notes.is_file()) else {
        return Vec::new();
    };
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let built = modified(program);
    if modified(&notes) > built {
        // The file is from a later build.
        return Vec::new();
    }
    let Ok(text) = std::fs::read_to_string(&notes) else { return Vec::new() };
    let mut unknown = Vec::new();
    for line in text.lines() {
        if let Some(variable) = line.strip_prefix("# env-dep:") {
            // A variable that is not set has no value to track.
            if let Some((name, _)) = variable.split_once('=')
                && !variables.contains(name)
            {
                unknown.push(Unknown {
                    title: format!("environment variable {name}"),
                    content: Hash::of(variable.as_bytes()),
                });
            }
        } else if let Some(file) = line.strip_suffix(':') {
            let shown = plain(Path::new(&file.replace("\\ ", " ")));
            let number =
                |path: &Path| Hash::of(path.to_string_lossy().as_bytes()).to_string()[..16].to_owned();
            let real = shown.canonicalize().ok();
            let is_known = |path: &Path| files.contains(number(path).as_str());
            let documents = shown.extension().is_some_and(|extension| extension == "md");
            if documents || is_known(&shown) || real.as_deref().is_some_and(is_known) {
                continue;
            }
            unknown.push(Unknown {
                title: format!("file {}", shown.display()),
                content: content(&shown, folder, built),
            });
        }
    }
    unknown.sort_by(|one, other| one.title.cmp(&other.title));
    unknown
}

/// Returns the content of a file whose path is relative to the folder in which cargo ran.
fn content(file: &Path, folder: &Path, built: Option<SystemTime>) -> Hash {
    let here = std::env::current_dir().unwrap_or_default();
    let mut places = folder.ancestors().chain(here.ancestors()).map(|folder| folder.join(file));
    let found = places.find(|file| file.is_file());
    let changed = |file: &Path| file.metadata().and_then(|metadata| metadata.modified()).ok() > built;
    let read =
        found.filter(|file| !changed(file)).and_then(|file| hash_file(&mut File::open(file).ok()?).ok());
    // The compiled content is gone, so the hash is unique to this build.
    read.map(|(hash, _)| hash).unwrap_or_else(|| Hash::of(format!("{file:?} of {built:?}").as_bytes()))
}

/// Removes `.` and `..` from a path, without looking at the file system.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// Returns the first digits of each hash, by title.
pub(crate) fn listed(unknown: &[Unknown]) -> HashMap<String, String> {
    unknown.iter().map(|unknown| (unknown.title.clone(), unknown.content.short())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn untracked_files_and_variables_are_found_with_their_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("target/debug");
        fs::create_dir_all(target.join("deps")).expect("folders");
        fs::create_dir_all(folder.path().join("data")).expect("folders");
        fs::write(folder.path().join("data/rates.txt"), "1.5").expect("written");
        let notes = "x.d: src/main.rs src/../data/rates.txt\n\nsrc/main.rs:\nsrc/../data/rates.txt:\nREADME.md:\n\
                     # env-dep:OUT_DIR=/x\n# env-dep:LEVEL=3\n# env-dep:UNSET\n";
        fs::write(target.join("deps/x-1.d"), notes).expect("written");
        let program = target.join("x");
        fs::write(&program, "").expect("written");
        let number = &Hash::of(b"src/main.rs").to_string()[..16];
        let read = format!("x-1\nf{number}\nvOUT_DIR");
        let found = look_up(&read, &program);
        let titles: Vec<&str> = found.iter().map(|unknown| unknown.title.as_str()).collect();
        assert_eq!(titles, ["environment variable LEVEL", "file data/rates.txt"]);
        assert_eq!(found[1].content, Hash::of(b"1.5"));
        assert_eq!(
            look_up(&format!("x-2\nf{number}"), &program),
            [],
            "without a dep-info file, the list is empty"
        );
    }
}
