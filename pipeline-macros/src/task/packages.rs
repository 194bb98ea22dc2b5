//! The lists of the crates that tasks reach. Such a list has some hundred lines, and most tasks of a crate have the same one: the
//! first of them enters it into the program's inventory under its hash, and the others name the hash.

use skipstone_fingerprint::Code;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Returns whether no earlier task of this crate has the same list. The compiler expands a crate in one process. A condition may
/// exclude a task, and with it the list.
pub(super) fn are_new(code: &Code, is_unconditional: bool) -> bool {
    static ENTERED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let mut entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let (entered, name) = (entered.get_or_insert_default(), code.name_of_packages());
    match is_unconditional {
        _ if name.is_empty() => false,
        true => entered.insert(name),
        false => !entered.contains(&name),
    }
}
