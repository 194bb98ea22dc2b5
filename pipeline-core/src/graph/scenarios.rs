//! The scenario types that are compiled into this program, by their paths. A scenario file can use them as subscenarios.

use super::Graph;
use skipstone_wiring::{nearest, suggestion};
use std::sync::Arc;

/// A scenario type, submitted to the inventory by `scenario!`: the path of its module, its name, and its graph.
pub struct ScenarioEntry(pub &'static str, pub &'static str, pub fn() -> &'static Arc<Graph>);

inventory::collect!(ScenarioEntry);

impl ScenarioEntry {
    fn path(&self) -> String {
        format!("{}::{}", self.0, self.1)
    }
}

/// The paths of all scenario types that are compiled into this program, sorted.
pub fn scenario_types() -> Vec<String> {
    let mut paths: Vec<String> = inventory::iter::<ScenarioEntry>().map(ScenarioEntry::path).collect();
    paths.sort();
    paths
}

/// Finds the scenario type with this path, or the only one whose path ends with it. The error explains why none was found.
pub(crate) fn find(path: &str) -> Result<&'static Arc<Graph>, String> {
    let wanted = path.trim();
    let wanted = wanted.strip_prefix("crate::").unwrap_or(wanted);
    let end = format!("::{wanted}");
    let entries = || inventory::iter::<ScenarioEntry>();
    let exact: Vec<_> = entries().filter(|entry| entry.path() == wanted).collect();
    let fitting = match exact.is_empty() {
        true => entries().filter(|entry| entry.path().ends_with(&end)).collect(),
        false => exact,
    };
    match fitting.as_slice() {
        [only] => Ok((only.2)()),
        [] => {
            let paths = scenario_types();
            // The name may be right and the path wrong.
            let name = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
            let names: Vec<String> = paths.iter().map(|path| name(path)).collect();
            let near = nearest(&name(wanted), names.iter().map(String::as_str));
            let hint = match names.iter().position(|name| Some(name.as_str()) == near) {
                Some(at) => format!(": did you mean `{}`?", paths[at]),
                None => suggestion(wanted, paths.iter().map(String::as_str)),
            };
            Err(format!("this program has no scenario `{path}`{hint}"))
        }
        several => {
            let mut paths: Vec<String> = several.iter().map(|entry| format!("`{}`", entry.path())).collect();
            paths.sort();
            let paths = paths.join(", ");
            Err(format!(
                "several scenarios of this program are called `{path}`: {paths}; write more of the path"
            ))
        }
    }
}
