//! Lookup of types by name, among the types that the program's tasks use and the plain types.

use crate::data::{ByItself, Data, DataType, File, Shape};
use crate::graph::{TaskDef, tasks};
use skipstone_wiring::suggestion;
use std::any::TypeId;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Finds the type with this name, as written in the parameters and outputs of tasks.
pub(super) fn named(name: &str) -> Result<DataType, String> {
    let wanted = short(name);
    let known = known();
    match known.iter().find(|(text, data)| short(text) == wanted || data.name() == wanted) {
        Some((_, data)) => Ok(*data),
        None => {
            let part = wanted.strip_prefix("Parts<").and_then(|part| part.strip_suffix('>'));
            if let Some(parts) = part.and_then(|part| (named(part).ok()?.in_parts)()) {
                return Ok(parts);
            }
            let mut names: Vec<&str> = known.iter().map(|(text, _)| text.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            Err(format!("no task of this program takes or makes a `{name}`{}", suggestion(name, names)))
        }
    }
}

/// Whether `name` is a name of the type.
pub(super) fn is_named(data: &DataType, text: &str, name: &str) -> bool {
    short(text) == short(name) || data.name() == short(name)
}

/// The name of a type as written in tasks, without the paths of its components. A type has the same name everywhere.
pub(in crate::graph) fn text_of(data: &DataType) -> String {
    static TEXTS: OnceLock<HashMap<TypeId, String>> = OnceLock::new();
    let texts = TEXTS.get_or_init(|| {
        let mut texts: HashMap<TypeId, String> = HashMap::new();
        for (text, data) in known() {
            let text = spelled(&text);
            // The shortest of several spellings, which is stable when tasks are added elsewhere.
            let kept = texts.entry(data.type_id()).or_insert_with(|| text.clone());
            if (text.len(), &text) < (kept.len(), kept) {
                *kept = text;
            }
        }
        texts
    });
    texts.get(&data.type_id()).cloned().unwrap_or_else(|| spelled(&data.name()))
}

/// The name as a user writes it, without paths.
fn spelled(name: &str) -> String {
    short(name).replace(',', ", ")
}

/// A default, as written in a scenario file.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultValue(pub(super) toml::Value);

impl DefaultValue {
    /// Parses a default that a user typed for an input of this type.
    ///
    /// # Errors
    ///
    /// When no task uses the type, the string is not a valid value, or the value can't be written in a scenario file.
    pub fn typed(ty: &str, text: &str) -> Result<DefaultValue, String> {
        let value = (named(ty)?.parse)(text)?;
        value
            .to_toml()
            .map(DefaultValue)
            .ok_or_else(|| format!("`{text}` can't be written in a scenario file"))
    }
}

impl From<&str> for DefaultValue {
    fn from(text: &str) -> DefaultValue {
        DefaultValue(text.into())
    }
}

impl From<i64> for DefaultValue {
    fn from(number: i64) -> DefaultValue {
        DefaultValue(number.into())
    }
}

impl From<f64> for DefaultValue {
    fn from(number: f64) -> DefaultValue {
        DefaultValue(number.into())
    }
}

impl From<bool> for DefaultValue {
    fn from(flag: bool) -> DefaultValue {
        DefaultValue(flag.into())
    }
}

/// The files that a default in a scenario file refers to; empty for a default that is not a file.
pub fn files_of_default(ty: &str, text: &str) -> Vec<PathBuf> {
    let value = named(ty).ok().filter(|data| data.external).and_then(|data| (data.parse)(text).ok());
    let mut files = value.as_ref().and_then(|value| value.items().ok()).unwrap_or_default();
    files.extend(value.as_ref().and_then(|value| value.source()).map(|source| source.name().to_owned()));
    files
}

/// All types that an input may have, sorted by name.
pub(in crate::graph) fn all() -> Vec<(String, DataType)> {
    let types = known().into_iter().map(|(_, data)| (text_of(&data), data));
    let all: std::collections::BTreeMap<String, DataType> = types.collect();
    all.into_iter().collect()
}

fn known() -> Vec<(String, DataType)> {
    let mut known = Vec::new();
    for task in tasks() {
        let types = task.typed_parameters().chain(task.typed_outputs());
        known.extend(types.map(|(ty, data)| (ty.into_owned(), *data)));
    }
    known.extend(plain());
    known
}

/// Types that a file may name even if no task uses them.
fn plain() -> Vec<(String, DataType)> {
    fn of<T: Data>() -> (String, DataType) {
        (DataType::of::<T, ByItself>().name(), DataType::of::<T, ByItself>())
    }
    vec![
        of::<f64>(),
        of::<f32>(),
        of::<i8>(),
        of::<i16>(),
        of::<i32>(),
        of::<i64>(),
        of::<u8>(),
        of::<u16>(),
        of::<u32>(),
        of::<u64>(),
        of::<usize>(),
        of::<isize>(),
        of::<bool>(),
        of::<char>(),
        of::<String>(),
        of::<PathBuf>(),
        of::<File>(),
    ]
}

/// The name without spaces and without the paths of its components.
fn short(name: &str) -> String {
    let mut short = String::new();
    for letter in name.chars().filter(|letter| !letter.is_whitespace()) {
        if letter == ':' {
            let letters = |letter: char| letter.is_alphanumeric() || letter == '_';
            let word = short.trim_end_matches(letters).len();
            short.truncate(word);
        } else {
            short.push(letter);
        }
    }
    short
}

/// The types that an input of a scenario file may have, each with the form of its values, sorted by name: the types of
/// parameters and outputs of the program's tasks, and the plain types.
pub fn input_types() -> Vec<(String, Shape)> {
    all().into_iter().map(|(text, data)| (text, (data.shape)())).collect()
}

impl TaskDef {
    /// The names and types of the task's parameters, and the types of its outputs. A type has the same name everywhere.
    pub fn ports(&self) -> (Vec<(String, String)>, Vec<String>) {
        let parameters = self.signature.parameters.iter().zip(self.parameters);
        let parameters = parameters.map(|(parameter, data)| (parameter.name.to_owned(), text_of(data)));
        let outputs = self.outputs.iter().map(text_of);
        (parameters.collect(), outputs.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn names_lose_their_paths_and_spaces() {
        assert_eq!(short("Vec< model::Metric >"), "Vec<Metric>");
        assert_eq!(short("std::collections::BTreeMap<String, a::b::C>"), "BTreeMap<String,C>");
        assert_eq!(short("f64"), "f64");
        assert_eq!(short("→::f64"), "→f64");
    }
}
