//! Several tables or files, or none, as one value: `Vec<Frame<R>>`, `Option<Frame<R>>`, `Vec<File>`.
//!
//! Each item is in an object of its own, as it would be if a node had it alone, and the object of the value is an index of
//! those. Where a value has to be in one piece, as those of inputs have, its items stand one after the other.

use super::index::ColumnWriter;
use super::shape::NONE;
use super::{
    Codec, Column, Data, DataError, EmptyTable, Format, Number, Page, PageOf, Shape, ShowError, Shown, Sink,
    Source, SourceVersion, Storable, Tabular, TomlValue, Typed, page, short_type_name, table,
};
use crate::store::{Blob, Hash, PIECE};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A type whose values a `Vec` or an `Option` may hold as the value of a data node, though serde does not know it: tables and
/// files.
pub trait Item: Data {}

/// What holds items.
#[doc(hidden)]
pub trait Items: Sized + Send + Sync + 'static {
    /// What it holds.
    type Item: Item;

    fn items(&self) -> &[Self::Item];

    fn into_items(self) -> Vec<Self::Item>;

    fn collect(items: Vec<Self::Item>) -> Result<Self, String>;

    /// What a text stands for, of files.
    fn parse(text: &str) -> Result<Self, String>;

    /// The text that stands for it, made of those of the items.
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
        match serde_json::from_str::<Vec<String>>(text) {
            Ok(texts) => texts.iter().map(|text| T::parse(text)).collect(),
            Err(error) if text.trim_start().starts_with('[') => {
                Err(format!("{error}; several are written as `[\"a\", \"b\"]`"))
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
            several => Err(format!("there are {several} values, and one at most is expected")),
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

/// The items of a value are kept one by one.
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

/// Items, as a value is kept that has them.
#[doc(hidden)]
pub struct KeptItems<C> {
    of: C,
    /// What messages call the files.
    name: PathBuf,
    /// The source of each file, where it was listed first.
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

fn undecodable<C>(message: String) -> DataError {
    DataError::Decode { ty: short_type_name::<C>(), message }
}

/// What is in the object of a value with items.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemIndex {
    /// The version of this.
    #[serde(rename = "pipeline items")]
    format: u32,
    /// The object of each.
    items: Vec<Hash>,
}

impl ItemIndex {
    /// How an index begins; before the version.
    const BEGINNING: &'static [u8] = b"{\"pipeline items\":";

    const FORMAT: u32 = 1;

    /// The index in this object, unless the object contains the items themselves.
    fn of<C>(object: &Blob) -> Result<Option<ItemIndex>, DataError> {
        let mut beginning = Vec::new();
        let read = object.open(0..Self::BEGINNING.len() as u64);
        let read = read.and_then(|mut bytes| bytes.read_to_end(&mut beginning));
        read.map_err(|error| super::object::failed(object, error))?;
        if beginning != Self::BEGINNING {
            return Ok(None);
        }
        let index: ItemIndex = serde_json::from_slice(&super::object::bytes(object)?)
            .map_err(|error| undecodable::<C>(error.to_string()))?;
        match index.format {
            Self::FORMAT => Ok(Some(index)),
            other => Err(undecodable::<C>(format!(
                "it has version {other}, and this program knows {}",
                Self::FORMAT
            ))),
        }
    }
}

/// How the bytes of items begin that stand one after the other.
const IN_ONE_PIECE: &[u8] = b"pipeline items in one piece\n";

impl<C: Items> Codec for KeptItems<C> {
    const SCANNED: bool = true;
    const EXTERNAL: bool = C::Item::EXTERNAL;

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.save(&mut Sink::new(out))
    }

    fn decode(bytes: &[u8]) -> Result<KeptItems<C>, DataError> {
        let mut items = Vec::new();
        let cut = || undecodable::<C>("it is cut".into());
        let mut rest = bytes.strip_prefix(IN_ONE_PIECE).ok_or_else(cut)?;
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
            let (item, after) = after.split_at_checked(length).ok_or_else(cut)?;
            items.push(C::Item::decode(item)?);
            rest = after;
        }
        if rest.is_empty() { KeptItems::collect(items) } else { Err(cut()) }
    }

    fn source(&self) -> Option<&dyn Source> {
        Self::EXTERNAL.then_some(self)
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let Some(columns) = sink.columns.take() else {
            sink.write_all(IN_ONE_PIECE).map_err(DataError::Write)?;
            for item in self.items() {
                let mut bytes = Vec::new();
                item.save(&mut Sink::new(&mut bytes))?;
                let length = (bytes.len() as u64).to_le_bytes();
                sink.write_all(&length).and_then(|()| sink.write_all(&bytes)).map_err(DataError::Write)?;
            }
            return Ok(());
        };
        let (mut items, mut multisets) = (Vec::new(), Vec::new());
        for item in self.items() {
            let mut object = ItemWriter { to: columns.writer(), piece: Vec::new() };
            let mut of_item = Sink::of_output(&mut object, columns.clone());
            (of_item.watch, of_item.unordered) = (sink.watch, sink.unordered);
            item.save(&mut of_item)?;
            let Sink { column_objects, column_bytes, damaged, multiset, .. } = of_item;
            let (hash, bytes) = object.finish(sink)?;
            items.push(hash);
            multisets.push(multiset);
            sink.column_objects.push(hash);
            sink.column_objects.extend(column_objects);
            sink.column_bytes += bytes + column_bytes;
            sink.damaged.extend(damaged);
        }
        if multisets.iter().any(Option::is_some) {
            let mut content = blake3::Hasher::new();
            content.update(b"items without an order of their rows");
            for (item, multiset) in items.iter().zip(multisets) {
                content.update(multiset.unwrap_or(*item).as_bytes());
            }
            sink.multiset = Some(content.finalize().into());
        }
        let index = serde_json::to_vec(&ItemIndex { format: ItemIndex::FORMAT, items });
        index.map_err(io::Error::from).and_then(|index| sink.write_all(&index)).map_err(DataError::Write)
    }

    fn load(object: &Blob) -> Result<KeptItems<C>, DataError> {
        let Some(index) = ItemIndex::of::<C>(object)? else {
            return KeptItems::decode(&super::object::bytes(object)?);
        };
        let item = |hash| C::Item::load(&object.further(hash).map_err(DataError::Unreadable)?);
        KeptItems::collect(index.items.into_iter().map(item).collect::<Result<_, _>>()?)
    }

    fn faithful(self) -> Result<KeptItems<C>, DataError> {
        let items = self.of.into_items().into_iter().map(Codec::faithful);
        KeptItems::collect(items.collect::<Result<_, _>>()?)
    }

    fn is_read_again(&self, _: &Path) -> bool {
        true
    }

    fn further(object: &Blob) -> Result<Vec<Hash>, DataError> {
        let Some(index) = ItemIndex::of::<C>(object)? else { return Ok(Vec::new()) };
        let mut further = Vec::new();
        for hash in index.items {
            further.push(hash);
            further.extend(C::Item::further(&object.further(hash).map_err(DataError::Unreadable)?)?);
        }
        Ok(further)
    }
}

/// The object of an item on its way.
struct ItemWriter<'a> {
    to: ColumnWriter<'a>,
    piece: Vec<u8>,
}

impl ItemWriter<'_> {
    /// The object, and its bytes; a damaged one that it replaced is told to the sink.
    fn finish(mut self, sink: &mut Sink<'_>) -> Result<(Hash, u64), DataError> {
        self.flush().map_err(DataError::Write)?;
        let (object, replaced) = self.to.finish().map_err(DataError::Unreadable)?;
        sink.damaged.extend(replaced);
        Ok((object.hash, object.bytes))
    }
}

impl Write for ItemWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Hands the piece on: to be called where it is whole, or the last.
    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.to.add(&self.piece).map_err(io::Error::other)?;
        self.piece.clear();
        Ok(())
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
        // Files that are read together are another value than the same files one by one.
        let Ok((place, source)) = self.source_of(item) else { return Vec::new() };
        [&(place as u64).to_le_bytes()[..], &source.counted(item)].concat()
    }

    fn diagnose(&self) -> Option<String> {
        self.of.items().iter().filter_map(Codec::source).find_map(Source::diagnose)
    }
}

impl<C: Items> KeptItems<C> {
    /// The first source with this item, and its place.
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
        // A file may have come since they were listed.
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
        match &summaries[..] {
            // All of one name.
            [first, rest @ ..] if !Self::EXTERNAL && !rest.is_empty() => {
                format!("{} × {first}", summaries.len())
            }
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
                let message = "several tables are no one CSV file; take another format".into();
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

    fn check_options(said: &Map<String, Value>) -> Result<(), String> {
        C::Item::check_options(said)
    }

    fn with_options(&self, said: &Map<String, Value>) -> Result<KeptItems<C>, String> {
        let items = self.items().iter().map(|item| item.with_options(said));
        C::collect(items.collect::<Result<_, _>>()?).map(KeptItems::new)
    }

    fn emptied(&self, of: &EmptyTable) -> Option<KeptItems<C>> {
        let items = self.items().iter().map(|item| item.emptied(of)).collect::<Option<_>>()?;
        KeptItems::collect(items).ok()
    }
}
