//! The tasks that are compiled into this program, found by the paths of their functions.

use super::TaskDef;
use skipstone_wiring::{nearest, suggestion};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A task as its expansion enters it.
pub struct TaskEntry(pub &'static TaskDef);

inventory::collect!(TaskEntry);

/// What the compiler may read for a crate, as `scenario!` enters it: a module of the crate, and the list.
pub struct ReadEntry(pub &'static str, pub &'static str);

inventory::collect!(ReadEntry);

/// What the compiler may read for the crates of this program that have scenarios: by the name of the crate.
pub(crate) fn read_by_compiler() -> impl Iterator<Item = (&'static str, &'static str)> {
    let entries = inventory::iter::<ReadEntry>.into_iter();
    entries.map(|ReadEntry(module, read)| (module.split("::").next().unwrap_or_default(), *read))
}

/// All tasks that are compiled into this program, sorted by the paths of their functions: those of every crate that
/// it uses, without a list of them.
pub fn tasks() -> Vec<&'static TaskDef> {
    by_path().iter().map(|(_, task)| *task).collect()
}

/// The first task of this program that is meant.
pub(crate) fn task_where(is_meant: impl Fn(&TaskDef) -> bool) -> Option<&'static TaskDef> {
    by_path().iter().map(|(_, task)| *task).find(|task| is_meant(task))
}

/// All tasks with their paths, which are put together once: what is compiled into a program does not change.
fn by_path() -> &'static [(String, &'static TaskDef)] {
    static TASKS: OnceLock<Vec<(String, &'static TaskDef)>> = OnceLock::new();
    TASKS.get_or_init(|| {
        let entries = inventory::iter::<TaskEntry>.into_iter();
        let mut tasks: Vec<_> = entries.map(|entry| (entry.0.path(), entry.0)).collect();
        tasks.sort_by(|(path, task), (other_path, other)| {
            (path, task.place()).cmp(&(other_path, other.place()))
        });
        tasks
    })
}

/// Another task of this program with the same identity, which one of them got by `#[task(name = "…")]`. Each could take the
/// other's results for its own where a version stands for the code.
pub(crate) fn namesake(task: &TaskDef) -> Option<&'static TaskDef> {
    static NAMED: OnceLock<HashMap<String, Vec<&'static TaskDef>>> = OnceLock::new();
    let named = NAMED.get_or_init(|| {
        let mut named: HashMap<String, Vec<_>> = HashMap::new();
        if by_path().iter().any(|(_, task)| task.known_as.is_some()) {
            by_path().iter().for_each(|(_, task)| named.entry(task.identity()).or_default().push(*task));
        }
        named.retain(|_, tasks| tasks.len() > 1 && tasks.iter().any(|task| task.known_as.is_some()));
        named
    });
    // Asked for every task of every submission: mostly no task has such a name.
    if named.is_empty() {
        return None;
    }
    let same = named.get(&task.identity())?;
    same.iter().copied().find(|other| (other.path(), other.place()) != (task.path(), task.place()))
}

/// The task with this path, or the only one whose path ends like this; or why there is none.
pub(crate) fn find(path: &str) -> Result<&'static TaskDef, String> {
    let tasks = by_path();
    let wanted = path.trim();
    let wanted = wanted.strip_prefix("crate::").unwrap_or(wanted);
    let exact: Vec<_> = tasks.iter().filter(|(path, _)| path == wanted).collect();
    let end = format!("::{wanted}");
    let fitting: Vec<_> = match exact.is_empty() {
        true => tasks.iter().filter(|(path, _)| path.ends_with(&end)).collect(),
        false => exact,
    };
    match fitting.as_slice() {
        [(_, task)] => Ok(task),
        [] => Err(unknown(path, wanted, tasks)),
        several => {
            let places = several.iter().map(|(path, task)| {
                let (file, line) = task.place();
                format!("`{path}` ({file}:{line})")
            });
            let places = places.collect::<Vec<_>>().join(", ");
            Err(format!(
                "several tasks of this program are called `{path}`: {places}; write more of the path"
            ))
        }
    }
}

fn unknown(path: &str, wanted: &str, tasks: &[(String, &'static TaskDef)]) -> String {
    let name = wanted.rsplit("::").next().unwrap_or_default();
    // The function may be right, and the way to it wrong.
    let near = nearest(name, tasks.iter().map(|(_, task)| task.name()));
    let hint = match tasks.iter().find(|(_, task)| Some(task.name()) == near) {
        Some((path, _)) => format!(": did you mean `{path}`?"),
        None => suggestion(wanted, tasks.iter().map(|(path, _)| path.as_str())),
    };
    match tasks.is_empty() {
        true => format!("this program has no task `{path}`, and no other: add `#[task]` above a function"),
        false => format!("this program has no task `{path}`{hint}"),
    }
}
