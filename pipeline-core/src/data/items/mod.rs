//! Any number of tables or files as one value: `Vec<Frame<R>>`, `Option<Frame<R>>`, `Vec<File>`.
//!
//! Each item is stored in its own object, as if a node had it alone, and the object of the value is an index of those.
//! A value that must be in one piece, such as the value of an input, is encoded with its items one after the other.

mod codec;

use super::shape::NONE;
use super::{
    Codec, Column, Data, DataError, EmptyTable, Format, Number, Page, PageOf, Shape, ShowError, Shown,
    Source, SourceVersion, Storable, Tabular, TomlValue, Typed, page, table,
};
pub(super) use codec::save_each;
use codec::undecodable;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A type without serde support that a data node can hold in a `Vec` or an `Option`: tables and files.
pub trait Item: Data {}

/// A container of items.
#[doc(hidden)]
pub trait Items: Sized + Send + Sync + 'static {
    /// The type of its items.
    type Item: Item;

    fn items(&self) -> &[Self::Item];

    fn into_items(self) -> Vec<Self::Item>;

    fn collect(items: Vec<Self::Item>) -> Result<Self, String>;

    /// Parses file paths.
    fn parse(text: &str) -> Result<Self, String>;

    /// Combines the strings of the items into the string of the whole value.
    fn text(items: Vec<String>) -> String;

    fn from_toml(value: &toml::Value) -> Result<Self, String>;

    fn to_toml(items: Vec<toml::Value>) -> Option<toml::Value>;

    fn shape() -> Shape;
}

impl<T: Item> Items for Vec<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }

    fn into_items(self) -> Vec<T> {
        self
    }

    fn collect(items: Vec<T>) -> Result<Vec<T>, String> {
        Ok(items)
    }

    fn parse(text: &str) -> Result<Vec<T>, String> {
        match serde_json::from_str::<Vec<Value>>(text) {
            Ok(items) => items.iter().map(|item| T::parse(&typed(item)?)).collect(),
            Err(error) if text.trim_start().starts_with('[') => {
                Err(format!("{error}; write several as `[\"a\", \"b\"]`"))
            }
            Err(_) => Ok(vec![T::parse(text)?]),
        }
    }

    fn text(items: Vec<String>) -> String {
        Value::from(items).to_string()
    }

    fn from_toml(value: &toml::Value) -> Result<Vec<T>, String> {
        match value {
            toml::Value::Array(items) => {
                items.iter().map(|item| T::from_toml(&TomlValue(item.clone()))).collect()
            }
            one => Ok(vec![T::from_toml(&TomlValue(one.clone()))?]),
        }
    }

    fn to_toml(items: Vec<toml::Value>) -> Option<toml::Value> {
        Some(toml::Value::Array(items))
    }

    fn shape() -> Shape {
        if T::shape() == Shape::Path { Shape::Paths } else { T::shape() }
    }
}

/// Converts an element of a JSON list to a string: the path of a file, or an object with the path and options.
fn typed(item: &Value) -> Result<String, String> {
    match item {
        Value::String(text) => Ok(text.clone()),
        Value::Object(_) => Ok(item.to_string()),
        other => Err(format!("`{other}` is not a file path")),
    }
}

impl<T: Item> Items for Option<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        self.as_slice()
    }

    fn into_items(self) -> Vec<T> {
        self.into_iter().collect()
    }

    fn collect(items: Vec<T>) -> Result<Option<T>, String> {
        match items.len() {
            0 | 1 => Ok(items.into_iter().next()),
            several => Err(format!("expected at most one value, found {several}")),
        }
    }

    fn parse(text: &str) -> Result<Option<T>, String> {
        match text {
            NONE => Ok(None),
            text => T::parse(text).map(Some),
        }
    }

    fn text(items: Vec<String>) -> String {
        items.into_iter().next().unwrap_or_else(|| NONE.into())
    }

    fn from_toml(value: &toml::Value) -> Result<Option<T>, String> {
        match value.as_str() {
            Some(NONE) => Ok(None),
            _ => T::from_toml(&TomlValue(value.clone())).map(Some),
        }
    }

    fn to_toml(items: Vec<toml::Value>) -> Option<toml::Value> {
        Some(items.into_iter().next().unwrap_or_else(|| NONE.into()))
    }

    fn shape() -> Shape {
        Shape::Optional { inner: Box::new(T::shape()) }
    }
}

/// The items of a value are stored one by one.
#[derive(Debug)]
pub struct ByItems;

impl<C: Items> Storable<ByItems> for C {
    type Kept = KeptItems<C>;

    fn kept(self) -> KeptItems<C> {
        KeptItems::new(self)
    }

    fn of(kept: &KeptItems<C>) -> &C {
        &kept.of
    }
}

/// The stored form of a value with items.
#[doc(hidden)]
pub struct KeptItems<C> {
    of: C,
    /// The names of the files, for messages.
    name: PathBuf,
    /// The index of the first source that lists each file.
    places: OnceLock<HashMap<PathBuf, usize>>,
}

impl<C: Items> KeptItems<C> {
    fn new(of: C) -> KeptItems<C> {
        let sources = of.items().iter().filter_map(Codec::source);
        let names: Vec<String> = sources.map(|source| source.name().display().to_string()).collect();
        KeptItems { name: names.join(", ").into(), of, places: OnceLock::new() }
    }

    fn collect(items: Vec<C::Item>) -> Result<KeptItems<C>, DataError> {
        C::collect(items).map(KeptItems::new).map_err(undecodable::<C>)
    }

    fn items(&self) -> &[C::Item] {
        self.of.items()
    }
}

impl<C: Items> Source for KeptItems<C> {
    fn name(&self) -> &Path {
        &self.name
    }

    fn items(&self) -> io::Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for source in self.of.items().iter().filter_map(Codec::source) {
            all.extend(source.items()?);
        }
        Ok(all)
    }

    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>> {
        self.source_of(item)?.1.version(item)
    }

    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.source_of(item)?.1.open(item)
    }

    fn counted(&self, item: &Path) -> Vec<u8> {
        // The same files in other groups are another value, so the index of the source counts.
        let Ok((place, source)) = self.source_of(item) else { return Vec::new() };
        [&(place as u64).to_le_bytes()[..], &source.counted(item)].concat()
    }

    fn diagnose(&self) -> Option<String> {
        self.of.items().iter().filter_map(Codec::source).find_map(Source::diagnose)
    }
}

impl<C: Items> KeptItems<C> {
    /// The first source with this item, and its index.
    fn source_of(&self, item: &Path) -> io::Result<(usize, &dyn Source)> {
        let sources: Vec<&dyn Source> = self.items().iter().filter_map(Codec::source).collect();
        let list = || {
            let mut places = HashMap::new();
            for (place, source) in sources.iter().enumerate() {
                for item in source.items().unwrap_or_default() {
                    places.entry(item).or_insert(place);
                }
            }
            places
        };
        let has =
            |source: &&dyn Source| source.items().is_ok_and(|items| items.iter().any(|one| one == item));
        // The file may have been created after the sources were listed.
        let known = self.places.get_or_init(list).get(item).copied();
        let place = known.or_else(|| sources.iter().position(has)).ok_or(io::ErrorKind::NotFound)?;
        Ok((place, sources[place]))
    }
}

impl<C: Items> Typed for KeptItems<C> {
    fn parse(text: &str) -> Result<KeptItems<C>, String> {
        C::parse(text).map(KeptItems::new)
    }

    fn text(&self) -> Option<String> {
        Some(C::text(self.items().iter().map(Typed::text).collect::<Option<_>>()?))
    }

    fn from_toml(value: &TomlValue) -> Result<KeptItems<C>, String> {
        C::from_toml(&value.0).map(KeptItems::new)
    }

    fn to_toml(&self) -> Option<TomlValue> {
        let items = self.items().iter().map(|item| Some(item.to_toml()?.0)).collect::<Option<_>>()?;
        C::to_toml(items).map(TomlValue)
    }
}

impl<C: Items> Shown for KeptItems<C> {
    fn summary(&self) -> String {
        let summaries: Vec<String> = self.items().iter().map(Shown::summary).collect();
        let is_list = !matches!(C::shape(), Shape::Optional { .. });
        match &summaries[..] {
            // Frames are summarized by their type, so the first summary stands for all.
            [first, ..] if !Self::EXTERNAL && is_list => format!("{} × {first}", summaries.len()),
            _ => C::text(summaries),
        }
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        match (self.items(), format) {
            ([item], _) if matches!(C::shape(), Shape::Optional { .. }) => item.show(format, out),
            ([], _) => table::show_value(&C::text(Vec::new()), format, out),
            (items, Format::Json) if !C::Item::COLUMNS.is_empty() => {
                for (place, item) in items.iter().enumerate() {
                    write!(out, "{}", if place == 0 { "[" } else { "," })?;
                    item.show(format, out)?;
                }
                Ok(writeln!(out, "]")?)
            }
            (items, Format::Table) if !C::Item::COLUMNS.is_empty() => {
                for (place, item) in items.iter().enumerate() {
                    writeln!(out, "{} of {}", place + 1, items.len())?;
                    item.show(format, out)?;
                }
                Ok(())
            }
            (_, Format::Csv) if !C::Item::COLUMNS.is_empty() => {
                let message = "several tables can't be written as one CSV file; use another format".into();
                Err(DataError::Table(message).into())
            }
            (items, _) => {
                let names: Vec<String> = items.iter().map(Shown::summary).collect();
                table::show_value(&names, format, out)
            }
        }
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        match self.items() {
            [item] if matches!(C::shape(), Shape::Optional { .. }) => item.number(field),
            _ => Ok(None),
        }
    }

    fn shape() -> Shape {
        C::shape()
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        match self.items() {
            [item] if !C::Item::COLUMNS.is_empty() => item.page(of),
            _ => page::of_text(|out| self.show(Format::Table, out)),
        }
    }
}

impl<C: Items> Tabular for KeptItems<C> {
    const COLUMNS: &'static [Column] = C::Item::COLUMNS;
    const ATTRIBUTE: Option<&'static str> = C::Item::ATTRIBUTE;

    fn check_options(options: &Map<String, Value>) -> Result<(), String> {
        C::Item::check_options(options)
    }

    fn with_options(&self, options: &Map<String, Value>) -> Result<KeptItems<C>, String> {
        let items = self.items().iter().map(|item| item.with_options(options));
        C::collect(items.collect::<Result<_, _>>()?).map(KeptItems::new)
    }

    fn without_rows(&self, of: &EmptyTable) -> Option<KeptItems<C>> {
        let items = self.items().iter().map(|item| item.without_rows(of)).collect::<Option<_>>()?;
        KeptItems::collect(items).ok()
    }
}
