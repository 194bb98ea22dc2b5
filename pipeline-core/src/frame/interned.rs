//! Strings that are known only at run time and live as long as the program. Each is stored once.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Returns the string with a `'static` lifetime. It is never freed.
pub(super) fn interned(text: &str) -> &'static str {
    static KNOWN: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match known.get(text) {
        Some(known) => known,
        None => {
            let text: &'static str = text.to_owned().leak();
            known.insert(text);
            text
        }
    }
}

/// Returns the list of strings with a `'static` lifetime. It is never freed.
pub(super) fn interned_all(texts: Vec<String>) -> &'static [&'static str] {
    type Lists = HashMap<Vec<String>, &'static [&'static str]>;
    static KNOWN: LazyLock<Mutex<Lists>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(list) = known.get(&texts) {
        return list;
    }
    let list: &'static [&'static str] = texts.iter().map(|text| interned(text)).collect::<Vec<_>>().leak();
    known.insert(texts, list);
    list
}
