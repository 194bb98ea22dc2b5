//! The stored and the shown form of a value with parts. The object of the value is an index of those of its parts.

use super::given::{from_toml, parse};
use super::{ByParts, Files, Parts};
use crate::data::items::save_each;
use crate::data::{
    Codec, Column, DataError, DataType, Format, Part, PartsType, Shape, ShowError, Shown, Sink, Source,
    SourceVersion, Storable, Tabular, TomlValue, Typed, counted, object, short_type_name, table,
};
use crate::store::{Blob, Hash};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[diagnostic::do_not_recommend]
impl<T: Storable<By>, By: 'static> Storable<ByParts<By>> for Parts<T> {
    type Kept = KeptParts<T, By>;

    fn kept(self) -> KeptParts<T, By> {
        KeptParts { of: self, by: PhantomData }
    }

    fn of(kept: &KeptParts<T, By>) -> &Parts<T> {
        &kept.of
    }

    fn in_parts() -> Option<DataType> {
        None
    }
}

/// The stored form of a value with parts.
#[doc(hidden)]
pub struct KeptParts<T, By> {
    of: Parts<T>,
    by: PhantomData<fn() -> By>,
}

const fn parts_type<T: Storable<By>, By: 'static>() -> PartsType {
    PartsType {
        part: DataType::of::<T, By>,
        parts: |value| value.get::<Parts<T>>().map(|parts| parts.parts.clone()).unwrap_or_default(),
        collect: |parts| {
            (DataType::of::<Parts<T>, ByParts<By>>().share)(Box::new(Parts::<T>::trusted(parts)))
        },
    }
}

/// The content of the object of a value with parts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartIndex {
    /// The version of this format.
    #[serde(rename = "pipeline parts")]
    format: u32,
    /// The key and the object of each part.
    parts: Vec<(Arc<str>, Hash)>,
}

impl PartIndex {
    /// The beginning of an index, before the version.
    const BEGINNING: &'static [u8] = b"{\"pipeline parts\":";

    const FORMAT: u32 = 1;

    /// Reads the index in this object; `None` if the object contains the parts themselves.
    fn of<T>(object: &Blob) -> Result<Option<PartIndex>, DataError> {
        if !object::begins_with(object, Self::BEGINNING)? {
            return Ok(None);
        }
        let index: PartIndex = serde_json::from_slice(&object::bytes(object)?)
            .map_err(|error| undecodable::<T>(error.to_string()))?;
        match index.format {
            Self::FORMAT => Ok(Some(index)),
            other => {
                let known = Self::FORMAT;
                Err(undecodable::<T>(format!(
                    "it has format version {other}, and this program knows {known}"
                )))
            }
        }
    }
}

fn undecodable<T>(message: String) -> DataError {
    DataError::Decode { ty: short_type_name::<Parts<T>>(), message }
}

/// The beginning of parts that are encoded in one piece, one after the other.
const IN_ONE_PIECE: &[u8] = b"pipeline parts in one piece\n";

impl<T: Storable<By>, By: 'static> KeptParts<T, By> {
    const DATA: DataType = DataType::of::<T, By>();

    fn new(parts: Vec<Part>) -> Result<KeptParts<T, By>, DataError> {
        Ok(Parts::of(parts)?.kept())
    }

    fn parts(&self) -> &[Part] {
        &self.of.parts
    }

    fn files(&self) -> Option<&Files> {
        self.of.given.as_ref()?.files.as_ref()
    }

    /// The source of the part with this file.
    fn source_of(&self, item: &Path) -> io::Result<&dyn Source> {
        let place = self.files().and_then(|files| files.places.get(item));
        let part = place.and_then(|&place| self.parts()[place].1.source());
        part.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl<T: Storable<By>, By: 'static> Codec for KeptParts<T, By> {
    const SCANNED: bool = true;
    const EXTERNAL: bool = T::Kept::EXTERNAL;
    const PARTS: Option<PartsType> = Some(parts_type::<T, By>());

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.save(&mut Sink::new(out))
    }

    fn decode(bytes: &[u8]) -> Result<KeptParts<T, By>, DataError> {
        let truncated = || undecodable::<T>("it is truncated".into());
        let mut rest = bytes.strip_prefix(IN_ONE_PIECE).ok_or_else(truncated)?;
        let mut next = || {
            let (length, after) = rest.split_first_chunk().ok_or_else(truncated)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| truncated())?;
            let (piece, after) = after.split_at_checked(length).ok_or_else(truncated)?;
            rest = after;
            Ok::<_, DataError>((piece, after.is_empty()))
        };
        let mut parts = Vec::new();
        let mut is_last = bytes.len() == IN_ONE_PIECE.len();
        while !is_last {
            let (key, _) = next()?;
            let key = std::str::from_utf8(key).map_err(|error| undecodable::<T>(error.to_string()))?;
            let (value, last) = next()?;
            parts.push((key.into(), (Self::DATA.decode)(value)?));
            is_last = last;
        }
        KeptParts::new(parts)
    }

    fn source(&self) -> Option<&dyn Source> {
        self.files().map(|_| self as &dyn Source)
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let Some(columns) = sink.columns.take() else {
            sink.write_all(IN_ONE_PIECE).map_err(DataError::Write)?;
            for (key, value) in self.parts() {
                for piece in [key.as_bytes(), &value.content()?] {
                    let length = (piece.len() as u64).to_le_bytes();
                    sink.write_all(&length).and_then(|()| sink.write_all(piece)).map_err(DataError::Write)?;
                }
            }
            return Ok(());
        };
        let saves = self.parts().iter().map(|(_, value)| |sink: &mut Sink<'_>| value.save(sink));
        let objects = save_each(sink, &columns, saves)?;
        let parts = self.of.parts.iter().map(|(key, _)| key.clone()).zip(objects).collect();
        let index = serde_json::to_vec(&PartIndex { format: PartIndex::FORMAT, parts });
        index.map_err(io::Error::from).and_then(|index| sink.write_all(&index)).map_err(DataError::Write)
    }

    fn load(object: &Blob) -> Result<KeptParts<T, By>, DataError> {
        let Some(index) = PartIndex::of::<T>(object)? else {
            return KeptParts::decode(&object::bytes(object)?);
        };
        let part = |(key, hash): (Arc<str>, Hash)| {
            Ok((key, (Self::DATA.load)(&object.further(hash).map_err(DataError::Unreadable)?)?))
        };
        KeptParts::new(index.parts.into_iter().map(part).collect::<Result<_, DataError>>()?)
    }

    fn round_trip(self) -> Result<KeptParts<T, By>, DataError> {
        // Each value made the round trip when the parts were created.
        Ok(self)
    }

    fn further(object: &Blob) -> Result<Vec<Hash>, DataError> {
        let Some(index) = PartIndex::of::<T>(object)? else { return Ok(Vec::new()) };
        let mut further = Vec::new();
        for (_, hash) in index.parts {
            further.push(hash);
            further.extend((Self::DATA.further)(&object.further(hash).map_err(DataError::Unreadable)?)?);
        }
        Ok(further)
    }
}

impl<T: Storable<By>, By: 'static> Source for KeptParts<T, By> {
    fn name(&self) -> &Path {
        self.files().map_or(Path::new(""), |files| &files.path)
    }

    fn items(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.files().map(|files| files.items.clone()).unwrap_or_default())
    }

    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>> {
        self.source_of(item)?.version(item)
    }

    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.source_of(item)?.open(item)
    }

    fn counted(&self, item: &Path) -> Vec<u8> {
        let place = self.files().and_then(|files| files.places.get(item));
        let key = place.map(|&place| self.parts()[place].0.as_bytes().to_vec()).unwrap_or_default();
        let of_part = self.source_of(item).map(|source| source.counted(item)).unwrap_or_default();
        [&(key.len() as u64).to_le_bytes()[..], &key, &of_part].concat()
    }
}

impl<T: Storable<By>, By: 'static> Typed for KeptParts<T, By> {
    fn parse(text: &str) -> Result<KeptParts<T, By>, String> {
        parse::<T, By>(text).map(Storable::kept)
    }

    fn text(&self) -> Option<String> {
        self.of.given.as_ref().map(|given| given.text.clone())
    }

    fn from_toml(value: &TomlValue) -> Result<KeptParts<T, By>, String> {
        from_toml::<T, By>(value).map(Storable::kept)
    }

    fn to_toml(&self) -> Option<TomlValue> {
        match self.files() {
            Some(files) => files.toml.clone(),
            None => self.text().map(|text| TomlValue(text.into())),
        }
    }
}

impl<T: Storable<By>, By: 'static> Shown for KeptParts<T, By> {
    fn summary(&self) -> String {
        match self.files() {
            Some(files) => files.summary.clone(),
            None => counted(self.parts().len(), "part"),
        }
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        match format {
            Format::Json => {
                write!(out, "{{")?;
                for (place, (key, value)) in self.parts().iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(out, "{comma}{}:", serde_json::Value::from(&**key))?;
                    value.show(format, out)?;
                }
                Ok(writeln!(out, "}}")?)
            }
            Format::Csv if !Self::COLUMNS.is_empty() => {
                let message =
                    "several tables can't be written as one CSV file; use another format, or read one part"
                        .into();
                Err(DataError::Table(message).into())
            }
            Format::Table if !Self::COLUMNS.is_empty() => {
                for (key, value) in self.parts() {
                    writeln!(out, "{key}")?;
                    value.show(format, out)?;
                }
                Ok(())
            }
            _ => {
                let rows: Vec<Map<String, serde_json::Value>> = self
                    .parts()
                    .iter()
                    .map(|(key, value)| {
                        let fields = [("part", key.to_string()), ("value", value.summary())];
                        fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect()
                    })
                    .collect();
                table::show_value(&rows, format, out)
            }
        }
    }

    fn shape() -> Shape {
        match T::Kept::shape() {
            Shape::Path => Shape::Path,
            _ => Shape::Text,
        }
    }
}

impl<T: Storable<By>, By: 'static> Tabular for KeptParts<T, By> {
    const COLUMNS: &'static [Column] = T::Kept::COLUMNS;
    const ATTRIBUTE: Option<&'static str> = T::Kept::ATTRIBUTE;

    fn check_options(options: &Map<String, serde_json::Value>) -> Result<(), String> {
        T::Kept::check_options(options)
    }

    fn with_options(&self, options: &Map<String, serde_json::Value>) -> Result<KeptParts<T, By>, String> {
        let part = |(key, value): &Part| Ok((key.clone(), value.with_options(options)?));
        let parts = self.parts().iter().map(part).collect::<Result<Vec<Part>, String>>()?;
        let of = Parts { given: self.of.given.clone(), ..Parts::trusted(parts) };
        Ok(KeptParts { of, by: PhantomData })
    }
}
