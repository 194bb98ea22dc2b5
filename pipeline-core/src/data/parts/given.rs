//! Parts from what a person writes.

use super::{Files, Given, Parts};
use crate::data::several::expand;
use crate::data::{ByItself, Data, DataError, DataType, Located, Part, Storable, TomlValue};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl<T: Send + Sync + 'static> Parts<T> {
    /// Creates parts from keys and values, in their order.
    ///
    /// # Errors
    ///
    /// When two parts have the same key, or a value can't be encoded.
    pub fn new<K: fmt::Display, By: 'static>(
        parts: impl IntoIterator<Item = (K, T)>,
    ) -> Result<Parts<T>, DataError>
    where
        T: Storable<By>,
    {
        let data = DataType::of::<T, By>();
        let part = |(key, value): (K, T)| Ok((key.to_string().into(), (data.round_trip)(Box::new(value))?));
        Parts::of(parts.into_iter().map(part).collect::<Result<Vec<Part>, DataError>>()?)
    }

    /// Creates parts from what a person would write: a pattern of files, `data/*.csv`; values, `1,2` or `[1, 2]`; a range, `1..12/2`
    /// or `2026-01-01..2026-01-31`; `*` for all values of an enum; or a JSON object with the keys.
    ///
    /// # Errors
    ///
    /// When a value is not valid, or the files can't be listed; the message says what to write.
    pub fn parse<By: 'static>(text: &str) -> Result<Parts<T>, String>
    where
        T: Storable<By>,
    {
        parse(text)
    }
}

/// A value that can be the default of an input with parts.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `{Self}` can't be the value of an input with parts of type `{T}`",
    label = "expected a list of `{T}`",
    note = "write a list, `[a, b]`, a string with a pattern of files or a range, or a `Parts<{T}>`"
)]
pub trait IntoParts<T> {
    /// Converts it to parts.
    ///
    /// # Errors
    ///
    /// When two values of a list are equal, or a value can't be encoded.
    fn into_parts(self) -> Result<Parts<T>, DataError>;
}

impl<T> IntoParts<T> for Parts<T> {
    fn into_parts(self) -> Result<Parts<T>, DataError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoParts<T> for Result<Parts<T>, DataError> {
    fn into_parts(self) -> Result<Parts<T>, DataError> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Data> IntoParts<T> for Vec<T> {
    fn into_parts(self) -> Result<Parts<T>, DataError> {
        list(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Data, const N: usize> IntoParts<T> for [T; N] {
    fn into_parts(self) -> Result<Parts<T>, DataError> {
        list(self)
    }
}

/// Reads parts from a string: a pattern of files; values as in a sweep, `1,2`, `1..12/2`, `2026-01-01..2026-01-31`, `*`; or a JSON
/// object with the keys.
pub(super) fn parse<T: Storable<By>, By: 'static>(text: &str) -> Result<Parts<T>, String> {
    let data = DataType::of::<T, By>();
    if data.external {
        return files(&data, text);
    }
    let parts = match serde_json::from_str::<Json>(text) {
        Ok(Json::Object(items)) => items
            .iter()
            .map(|(key, item)| Ok((key.as_str().into(), (data.parse)(&word(item))?)))
            .collect::<Result<Vec<Part>, String>>()?,
        _ if text.trim() == "[]" => Vec::new(),
        _ => {
            let part = |item: String| {
                let value = (data.parse)(&item)?;
                Ok((data.typed(&value).unwrap_or(item).into(), value))
            };
            expand(text, &(data.shape)())?.into_iter().map(part).collect::<Result<_, String>>()?
        }
    };
    listed(parts, text.to_owned())
}

/// Reads parts from TOML: a list, a table with the keys, or a string as [`parse`] reads it.
pub(super) fn from_toml<T: Storable<By>, By: 'static>(value: &TomlValue) -> Result<Parts<T>, String> {
    let data = DataType::of::<T, By>();
    let json = || serde_json::to_string(&value.0).map_err(|error| error.to_string());
    match &value.0 {
        toml::Value::String(text) => parse(text),
        given if data.external => {
            let text = serde_json::to_string(given).map_err(|error| error.to_string())?;
            files(&data, &text)
        }
        toml::Value::Array(items) => {
            let part = |item: &toml::Value| {
                let value = (data.from_toml)(item)?;
                Ok((data.typed(&value).unwrap_or_else(|| item.to_string()).into(), value))
            };
            listed(items.iter().map(part).collect::<Result<_, String>>()?, json()?)
        }
        toml::Value::Table(items) => {
            let part = |(key, item): (&String, _)| Ok((key.as_str().into(), (data.from_toml)(item)?));
            listed(items.iter().map(part).collect::<Result<_, String>>()?, json()?)
        }
        one => Err(format!("expected a list, a range or a table, found `{one}`")),
    }
}

/// Makes a part of each value of a list.
pub(super) fn list<T: Data>(values: impl IntoIterator<Item = T>) -> Result<Parts<T>, DataError> {
    let data = DataType::of::<T, ByItself>();
    let (mut parts, mut texts): (Vec<Part>, Vec<Json>) = (Vec::new(), Vec::new());
    for value in values {
        let value = (data.round_trip)(Box::new(value))?;
        let text = data.typed(&value).unwrap_or_else(|| value.summary());
        texts.push(serde_json::from_str(&text).unwrap_or_else(|_| text.clone().into()));
        parts.push((text.into(), value));
    }
    let parts = Parts::of(parts)?;
    let given = Given { text: Json::Array(texts).to_string(), files: None };
    Ok(Parts { given: Some(Arc::new(given)), ..parts })
}

/// The value of a JSON list or object as a string that its type can parse.
fn word(item: &Json) -> String {
    match item {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn listed<T: Send + Sync + 'static>(parts: Vec<Part>, text: String) -> Result<Parts<T>, String> {
    let parts = Parts::of(parts).map_err(|error| error.to_string())?;
    Ok(Parts { given: Some(Arc::new(Given { text, files: None })), ..parts })
}

/// Makes a part of each file.
fn files<T: Send + Sync + 'static>(data: &DataType, text: &str) -> Result<Parts<T>, String> {
    let options = serde_json::from_str::<Map<String, Json>>(text).ok();
    let path = match options.as_ref().map(|options| options.get("path").and_then(Json::as_str)) {
        None => text,
        Some(Some(path)) => path,
        Some(None) => return Err("expected the path or pattern of the files, `path`, as a string".into()),
    };
    let located = Located::new(path.into());
    let found = located.files().map_err(|error| format!("{path}: {error}"))?;
    let whole = located.path.to_string_lossy();
    let mut keyed: Vec<(String, PathBuf)> = found
        .into_iter()
        .map(|file| {
            let file = std::path::absolute(&file).unwrap_or(file);
            (key(&whole, &file.to_string_lossy()), file)
        })
        .collect();
    let number = |key: &str| key.parse::<i64>();
    if keyed.iter().all(|(key, _)| number(key).is_ok()) {
        keyed.sort_by_key(|(key, _)| number(key).unwrap_or_default());
    }
    let one = |file: &Path| {
        let path = file.to_str().ok_or_else(|| format!("the path {} is not valid UTF-8", file.display()))?;
        (data.parse)(&match &options {
            None => path.to_owned(),
            Some(options) => {
                let mut options = options.clone();
                options.insert("path".into(), path.into());
                Json::Object(options).to_string()
            }
        })
    };
    let parts = keyed.iter().map(|(key, file)| Ok((key.as_str().into(), one(file)?)));
    let parts = Parts::of(parts.collect::<Result<_, String>>()?).map_err(|error| error.to_string())?;
    let items: Vec<PathBuf> = keyed.into_iter().map(|(_, file)| file).collect();
    let places = items.iter().cloned().enumerate().map(|(place, item)| (item, place)).collect();
    let toml = match options {
        None => located.to_toml(),
        Some(options) => toml::Value::try_from(options).ok().map(TomlValue),
    };
    let (path, summary) = (located.path.clone(), located.summary());
    let files = Some(Files { path, summary, toml, items, places });
    Ok(Parts { given: Some(Arc::new(Given { text: text.to_owned(), files })), ..parts })
}

/// The key of a file: what the wildcards of the pattern stand for. Of a file in a folder, the path below the folder without the ending;
/// of a single file, its name without the ending.
pub(super) fn key(pattern: &str, item: &str) -> String {
    let is_wildcard = |letter: char| ['*', '?', '[', ']'].contains(&letter);
    let between = pattern.find(is_wildcard).zip(pattern.rfind(is_wildcard)).and_then(|(first, last)| {
        let inner = item.strip_prefix(&pattern[..first])?;
        inner.strip_suffix(&pattern[last + 1..])
    });
    let without_ending = |path: &str| {
        let path = Path::new(path);
        path.with_extension("").to_string_lossy().into_owned()
    };
    match between {
        Some(key) if !key.is_empty() => key.to_owned(),
        _ if item == pattern => {
            let name = Path::new(item).file_name().unwrap_or_default().to_string_lossy();
            without_ending(&name)
        }
        _ => {
            let below = item.strip_prefix(pattern.trim_end_matches('/')).unwrap_or(item);
            without_ending(below.trim_start_matches('/'))
        }
    }
}
