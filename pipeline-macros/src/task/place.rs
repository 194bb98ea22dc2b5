//! Checks where a task is, and what else has its name there.

use super::model::Task;
use crate::diagnostics::Diagnostics;
use crate::type_text::PRIMITIVES;
use skipstone_fingerprint::{Clash, clash_of_task, is_method};
use syn::ext::IdentExt;

/// Reports a task that is a method, and one whose type would hide something else. Returns whether the items of a task
/// can't be there.
pub(super) fn check(task: &Task, diagnostics: &mut Diagnostics) -> bool {
    if task.has_self {
        // Its parameter is reported.
        return true;
    }
    let name = &task.name;
    if is_method(name) {
        diagnostics.error(
            name,
            "a task is a free function: move it out of the `impl` or the trait, and pass what it needs as parameters",
        );
        return true;
    }
    let text = name.unraw().to_string();
    let other = match clash_of_task(name) {
        _ if PRIMITIVES.contains(&text.as_str()) => "the primitive type",
        Some(Clash::Module) => "the module",
        Some(Clash::Type | Clash::Task) => "the type",
        Some(Clash::Crate) => "the crate",
        None => return false,
    };
    diagnostics.error(
        name,
        format!(
            "a task can't be called `{text}`: its name would hide {other} `{text}` here; rename the function"
        ),
    );
    true
}
