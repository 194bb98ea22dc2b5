//! The tasks that are compiled into this program, found by the paths of their functions.

use super::TaskDef;
use pipeline_wiring::{nearest, suggestion};

/// A task as its expansion enters it.
pub struct TaskEntry(pub &'static TaskDef);

inventory::collect!(TaskEntry);

/// All tasks that are compiled into this program, sorted by the paths of their functions: those of every crate that
/// it uses, without a list of them.
pub fn tasks() -> Vec<&'static TaskDef> {
    let mut tasks: Vec<&'static TaskDef> =
        inventory::iter::<TaskEntry>.into_iter().map(|entry| entry.0).collect();
    tasks.sort_by_key(|task| (task.path(), task.place()));
    tasks
}

/// The task with this path, or the only one whose path ends like this; or why there is none.
pub(super) fn find(path: &str) -> Result<&'static TaskDef, String> {
    let tasks = tasks();
    let wanted = path.trim();
    let wanted = wanted.strip_prefix("crate::").unwrap_or(wanted);
    let exact: Vec<_> = tasks.iter().copied().filter(|task| task.path() == wanted).collect();
    let end = format!("::{wanted}");
    let fitting: Vec<_> = match exact.is_empty() {
        true => tasks.iter().copied().filter(|task| task.path().ends_with(&end)).collect(),
        false => exact,
    };
    match fitting.as_slice() {
        [task] => Ok(task),
        [] => Err(unknown(path, wanted, &tasks)),
        several => {
            let places = several.iter().map(|task| {
                let (file, line) = task.place();
                format!("`{}` ({file}:{line})", task.path())
            });
            let places = places.collect::<Vec<_>>().join(", ");
            Err(format!(
                "several tasks of this program are called `{path}`: {places}; write more of the path"
            ))
        }
    }
}

fn unknown(path: &str, wanted: &str, tasks: &[&'static TaskDef]) -> String {
    let name = wanted.rsplit("::").next().unwrap_or_default();
    let paths: Vec<String> = tasks.iter().map(|task| task.path()).collect();
    // The function may be right, and the way to it wrong.
    let near = nearest(name, tasks.iter().map(|task| task.name()));
    let hint = match tasks.iter().find(|task| Some(task.name()) == near) {
        Some(task) => format!(": did you mean `{}`?", task.path()),
        None => suggestion(wanted, paths.iter().map(String::as_str)),
    };
    match tasks.is_empty() {
        true => format!("this program has no task `{path}`, and no other: add `#[task]` above a function"),
        false => format!("this program has no task `{path}`{hint}"),
    }
}
