//! The tasks that are compiled into this program, by the paths of their functions.

use super::{CodeDef, Task, TaskDef};
use skipstone_wiring::{nearest, suggestion};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A task, submitted to the inventory by its expansion.
pub struct TaskEntry(pub &'static TaskDef);

impl TaskEntry {
    /// Enters this task.
    pub const fn of<T: Task>() -> TaskEntry {
        TaskEntry(T::TASK)
    }
}

inventory::collect!(TaskEntry);

/// A list of crates that tasks reach, with its name: the first task of a crate that reaches them submits it.
pub struct PackagesEntry(pub &'static str, pub &'static str);

inventory::collect!(PackagesEntry);

/// The crates that a task reaches, a line for each.
pub(crate) fn packages(code: &CodeDef) -> &'static str {
    static LISTS: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    let entries = || inventory::iter::<PackagesEntry>.into_iter();
    let lists = LISTS.get_or_init(|| entries().map(|PackagesEntry(name, list)| (*name, *list)).collect());
    lists.get(code.packages).copied().unwrap_or_default()
}

/// The files and variables that the compiler may read for a crate, submitted by `scenario!`: a module of the crate, and
/// the list.
pub struct ReadEntry(pub &'static str, pub &'static str);

inventory::collect!(ReadEntry);

/// The files and variables that the compiler may read for the crates with scenarios in this program, by crate name.
pub(crate) fn read_by_compiler() -> impl Iterator<Item = (&'static str, &'static str)> {
    let entries = inventory::iter::<ReadEntry>.into_iter();
    entries.map(|ReadEntry(module, read)| (module.split("::").next().unwrap_or_default(), *read))
}

/// All tasks that are compiled into this program, sorted by the paths of their functions. Tasks of every crate that the
/// program uses are found without listing them.
pub fn tasks() -> Vec<&'static TaskDef> {
    by_path().iter().map(|(_, task)| *task).collect()
}

/// The first task of this program that fulfills the condition.
pub(crate) fn task_where(condition: impl Fn(&TaskDef) -> bool) -> Option<&'static TaskDef> {
    by_path().iter().map(|(_, task)| *task).find(|task| condition(task))
}

/// All tasks with their paths, collected once: the tasks of a program don't change while it runs.
fn by_path() -> &'static [(String, &'static TaskDef)] {
    static TASKS: OnceLock<Vec<(String, &'static TaskDef)>> = OnceLock::new();
    TASKS.get_or_init(|| {
        let entries = inventory::iter::<TaskEntry>.into_iter();
        let mut tasks: Vec<_> = entries.map(|entry| (entry.0.path(), entry.0)).collect();
        tasks.sort_by(|(path, task), (other_path, other)| {
            (path, task.place()).cmp(&(other_path, other.place()))
        });
        // Several scenarios may call a generic task with the same types.
        tasks.dedup_by(|(_, task), (_, other)| {
            !(task.types)().is_empty() && task.is(other) && task.code.hash == other.code.hash
        });
        tasks
    })
}

/// Another task of this program with the same identity, where `#[task(name = "…")]` set it for at least one of them. If
/// a version replaces the code in keys, each of them could take the other's results for its own.
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
    // This is called for every task of every submission; usually no task has such a name.
    if named.is_empty() {
        return None;
    }
    let same = named.get(&task.identity())?;
    same.iter().copied().find(|other| (other.path(), other.place()) != (task.path(), task.place()))
}

/// Finds the task with this path, or the only task whose path ends with it. The error explains why none was found.
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
    // The function's name may be right and its path wrong.
    let near = nearest(name, tasks.iter().map(|(_, task)| task.name()));
    let hint = match tasks.iter().find(|(_, task)| Some(task.name()) == near) {
        Some((path, _)) => format!(": did you mean `{path}`?"),
        None => suggestion(wanted, tasks.iter().map(|(path, _)| path.as_str())),
    };
    match tasks.is_empty() {
        true => {
            format!("this program has no task `{path}` and no other tasks: add `#[task]` above a function")
        }
        false => format!("this program has no task `{path}`{hint}"),
    }
}
