//! Storage of values with items: each item in its own object, or all in one piece.

use super::{Items, KeptItems};
use crate::data::index::{ColumnWriter, Columns};
use crate::data::{Codec, DataError, Sink, Source, short_type_name};
use crate::store::{Blob, Hash, PIECE};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::Path;

/// The error for bytes that don't encode such a value.
pub(super) fn undecodable<C>(message: String) -> DataError {
    DataError::Decode { ty: short_type_name::<C>(), message }
}

/// The content of the object of a value with items.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemIndex {
    /// The version of this format.
    #[serde(rename = "pipeline items")]
    format: u32,
    /// The object of each item.
    items: Vec<Hash>,
}

impl ItemIndex {
    /// The beginning of an index, before the version.
    const BEGINNING: &'static [u8] = b"{\"pipeline items\":";

    const FORMAT: u32 = 1;

    /// Reads the index in this object; `None` if the object contains the items themselves.
    fn of<C>(object: &Blob) -> Result<Option<ItemIndex>, DataError> {
        if !crate::data::object::begins_with(object, Self::BEGINNING)? {
            return Ok(None);
        }
        let index: ItemIndex = serde_json::from_slice(&crate::data::object::bytes(object)?)
            .map_err(|error| undecodable::<C>(error.to_string()))?;
        match index.format {
            Self::FORMAT => Ok(Some(index)),
            other => Err(undecodable::<C>(format!(
                "it has format version {other}, and this program knows {}",
                Self::FORMAT
            ))),
        }
    }
}

/// The beginning of items that are encoded in one piece, one after the other.
const IN_ONE_PIECE: &[u8] = b"pipeline items in one piece\n";

impl<C: Items> Codec for KeptItems<C> {
    const SCANNED: bool = true;
    const EXTERNAL: bool = C::Item::EXTERNAL;

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.save(&mut Sink::new(out))
    }

    fn decode(bytes: &[u8]) -> Result<KeptItems<C>, DataError> {
        let mut items = Vec::new();
        let truncated = || undecodable::<C>("it is truncated".into());
        let mut rest = bytes.strip_prefix(IN_ONE_PIECE).ok_or_else(truncated)?;
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| truncated())?;
            let (item, after) = after.split_at_checked(length).ok_or_else(truncated)?;
            items.push(C::Item::decode(item)?);
            rest = after;
        }
        if rest.is_empty() { KeptItems::collect(items) } else { Err(truncated()) }
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
        let items =
            save_each(sink, &columns, self.items().iter().map(|item| |sink: &mut Sink<'_>| item.save(sink)))?;
        let index = serde_json::to_vec(&ItemIndex { format: ItemIndex::FORMAT, items });
        index.map_err(io::Error::from).and_then(|index| sink.write_all(&index)).map_err(DataError::Write)
    }

    fn load(object: &Blob) -> Result<KeptItems<C>, DataError> {
        let Some(index) = ItemIndex::of::<C>(object)? else {
            return KeptItems::decode(&crate::data::object::bytes(object)?);
        };
        let item = |hash| C::Item::load(&object.further(hash).map_err(DataError::Unreadable)?);
        KeptItems::collect(index.items.into_iter().map(item).collect::<Result<_, _>>()?)
    }

    fn round_trip(self) -> Result<KeptItems<C>, DataError> {
        let items = self.of.into_items().into_iter().map(Codec::round_trip);
        KeptItems::collect(items.collect::<Result<_, _>>()?)
    }

    fn reads_from_store(&self, _: &Path) -> bool {
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

/// Saves items, each in an object of its own, and returns the objects.
pub(in crate::data) fn save_each<'a>(
    sink: &mut Sink<'a>,
    columns: &Columns<'a>,
    saves: impl Iterator<Item = impl FnOnce(&mut Sink<'_>) -> Result<(), DataError>>,
) -> Result<Vec<Hash>, DataError> {
    let (mut items, mut multisets) = (Vec::new(), Vec::new());
    for save in saves {
        let mut object = ItemWriter { to: columns.writer(), piece: Vec::new() };
        let mut of_item = Sink::of_output(&mut object, columns.clone());
        (of_item.watch, of_item.unordered) = (sink.watch, sink.unordered);
        save(&mut of_item)?;
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
    Ok(items)
}

/// Writes the object of an item.
struct ItemWriter<'a> {
    to: ColumnWriter<'a>,
    piece: Vec<u8>,
}

impl ItemWriter<'_> {
    /// Returns the object and its size in bytes. The sink records a damaged object that was replaced.
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

    /// Passes the piece on: must be called when it is full, and after the last write.
    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.to.add(&self.piece).map_err(io::Error::other)?;
        self.piece.clear();
        Ok(())
    }
}
