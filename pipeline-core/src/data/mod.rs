//! Floor 2: what a value is.
//!
//! A data node holds a value of any type that serde can write and read back, or one of the library's
//! own kinds: a [`File`], and with the feature `polars` a table. [`Data`] is what they have in
//! common; [`DataType`] and [`Value`] are the same without the type parameter, for the floors that
//! handle values of every type.

mod brief;
mod cancel;
mod canonical;
mod column;
mod difference;
mod file;
mod index;
pub(crate) mod json;
mod number;
mod page;
mod parse;
mod progress;
mod reference;
mod shape;
mod table;
pub(crate) mod toml_value;
mod whole_file;

pub use cancel::{CancelToken, Canceled};
pub use column::{Column, ColumnType};
pub use difference::{ChangedColumn, ChangedRow, Side, TableDifference};
pub use file::File;
#[cfg(feature = "polars")]
pub(crate) use file::Located;
pub(crate) use file::{in_folder, taken_from};
#[cfg(feature = "polars")]
pub(crate) use index::{ColumnFile, ColumnWriter};
pub(crate) use index::{Columns, TableIndex, Watch};
pub use number::Number;
pub use page::{Page, PageColumn, PageOf};
pub use progress::JobProgress;
pub use reference::{InputFile, ValueRef};
pub use shape::Shape;
pub use table::{Format, Table};
pub(crate) use whole_file::read_text;
pub use whole_file::replace_file;

use crate::store::{Blob, Damaged, Hash, LocalFile, StoreError};
use std::any::{Any, TypeId};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A type whose values can be data nodes.
///
/// Every `Serialize + DeserializeOwned + Send + Sync` type is one; that is the way to make a type of
/// your own storable. The encoding is canonical, so equal values have equal bytes: fields in the
/// order of their declaration, maps and sets sorted, also those that have no order in memory (`HashMap`, `HashSet`). Other
/// types that write equal values in different orders are refused when a task gives such a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be kept as a data node",
    label = "this type can't be stored",
    note = "derive serde's traits for it: `#[derive(serde::Serialize, serde::Deserialize)]`",
    note = "it must also own its data, and be `Send + Sync`"
)]
pub trait Data: Send + Sync + Sized + 'static {
    /// Whether a value is better read from its object, once that is written, than kept as it is.
    #[doc(hidden)]
    const SCANNED: bool = false;

    /// Whether, as an input, a value stands for a file outside of the store.
    #[doc(hidden)]
    const EXTERNAL: bool = false;

    /// The columns, where values are tables or files of tables.
    #[doc(hidden)]
    const COLUMNS: &'static [Column] = &[];

    /// Writes the value's content, the same bytes for equal values.
    #[doc(hidden)]
    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError>;

    /// The value as it will be when it is read back: what every reader gets, whether the task that made
    /// it ran or was skipped. Refuses a value that would not have the same content then.
    #[doc(hidden)]
    fn faithful(self) -> Result<Self, DataError>;

    /// Reads a value that `save` wrote.
    #[doc(hidden)]
    fn load(object: &Blob) -> Result<Self, DataError>;

    /// Whether readers should have the value from its object, now that it is written, and not as it is; `stored_in` is the
    /// folder of the store.
    #[doc(hidden)]
    fn is_read_again(&self, _stored_in: &Path) -> bool {
        Self::SCANNED
    }

    /// Further objects in which the value is, where it is in several.
    #[doc(hidden)]
    fn further(_object: &Blob) -> Result<Vec<Hash>, DataError> {
        Ok(Vec::new())
    }

    /// The value with this content, where that need not be in an object.
    #[doc(hidden)]
    fn decode(_: &[u8]) -> Result<Self, DataError> {
        let ty = short_type_name::<Self>();
        Err(DataError::Decode { ty, message: "it is read from an object".into() })
    }

    /// A value as a person types it: `1600`, `median`, `data/customers.csv`.
    #[doc(hidden)]
    fn parse(text: &str) -> Result<Self, String>;

    /// A value as a TOML file has it.
    #[doc(hidden)]
    fn from_toml(value: &toml::Value) -> Result<Self, String>;

    /// The value as a TOML file has it, if one can; what [`Data::from_toml`] makes this value of.
    #[doc(hidden)]
    fn to_toml(&self) -> Option<toml::Value> {
        None
    }

    /// What values look like in files.
    #[doc(hidden)]
    fn shape() -> Shape;

    /// The value as a number, or the number that a field of it is; `None` where it is missing.
    #[doc(hidden)]
    fn number(&self, _field: Option<&str>) -> Result<Option<Number>, DataError> {
        Ok(None)
    }

    /// The value in a few words, for reasons and tables.
    #[doc(hidden)]
    fn brief(&self) -> String;

    /// Writes the value for people or programs.
    #[doc(hidden)]
    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError>;

    /// A piece of the value, for those who look at it.
    #[doc(hidden)]
    fn page(&self, _of: PageOf) -> Result<Page, ShowError> {
        page::of_text(|out| self.show(Format::Table, out))
    }

    /// The file outside of the store that this value stands for.
    #[doc(hidden)]
    fn source(&self) -> Option<&Path> {
        None
    }

    /// The text that [`Data::parse`] reads as this value, where it stands for files outside of the store.
    #[doc(hidden)]
    fn given(&self) -> Option<String> {
        None
    }

    /// The files outside of the store that this value stands for, in the order in which they are read.
    #[doc(hidden)]
    fn sources(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.source().map(Path::to_owned).into_iter().collect())
    }

    /// How another table differs from this one, by these key columns, or by those of the row type where there are
    /// none; `None` where values are no tables.
    #[doc(hidden)]
    fn difference(&self, _other: &Self, _keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        None
    }

    /// What is wrong with this value, asked when a task that read it has failed.
    #[doc(hidden)]
    fn diagnose(&self) -> Option<String> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T> Data for T
where
    T: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        sink.write_all(&encode(self)?).map_err(DataError::Write)
    }

    fn faithful(self) -> Result<T, DataError> {
        let bytes = encode(&self)?;
        let back: T = decode(&bytes)?;
        if encode(&back)? != bytes {
            return Err(DataError::Unfaithful { ty: short_type_name::<T>() });
        }
        Ok(back)
    }

    fn load(object: &Blob) -> Result<T, DataError> {
        decode(&bytes(object)?)
    }

    fn decode(bytes: &[u8]) -> Result<T, DataError> {
        decode(bytes)
    }

    fn parse(text: &str) -> Result<T, String> {
        parse::value(text)
    }

    fn from_toml(value: &toml::Value) -> Result<T, String> {
        toml_value::read(value)
    }

    fn to_toml(&self) -> Option<toml::Value> {
        toml_value::written(self)
    }

    fn shape() -> Shape {
        shape::of::<T>()
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        let value = json::of(self)?;
        let value = match field {
            None => Some(&value),
            Some(field) => value.get(field),
        };
        Ok(value.and_then(Number::of_json))
    }

    fn brief(&self) -> String {
        brief::value(self)
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        table::show_value(self, format, out)
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        page::of_value(self, of)
    }
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, DataError> {
    canonical::to_vec(value).map_err(|error| DataError::Encode { message: error.to_string() })
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, DataError> {
    rmp_serde::from_slice(bytes)
        .map_err(|error| DataError::Decode { ty: short_type_name::<T>(), message: error.to_string() })
}

/// After how many bytes it is looked whether what is written is still wanted.
const CHECKED: usize = 1 << 20;

/// Where a value's content is written.
pub struct Sink<'a> {
    out: &'a mut (dyn Write + Send),
    pub(crate) watch: Watch<'a>,
    unchecked: usize,
    pub(crate) rows: Option<u64>,
    /// Where the columns of a long table go; `None` where the content has to be in one piece.
    #[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "who writes tables needs polars"))]
    pub(crate) columns: Option<Columns<'a>>,
    /// The objects with columns that were written, and their bytes.
    pub(crate) column_objects: Vec<Hash>,
    pub(crate) column_bytes: u64,
    /// Damaged objects that were replaced.
    pub(crate) damaged: Vec<Damaged>,
}

impl<'a> Sink<'a> {
    /// For the content in one piece.
    pub(crate) fn new(out: &'a mut (dyn Write + Send)) -> Sink<'a> {
        Sink {
            out,
            watch: Watch::default(),
            unchecked: 0,
            rows: None,
            columns: None,
            column_objects: Vec::new(),
            column_bytes: 0,
            damaged: Vec::new(),
        }
    }

    /// For what a task made, whose columns go there.
    pub(crate) fn of_output(out: &'a mut (dyn Write + Send), columns: Columns<'a>) -> Sink<'a> {
        Sink { columns: Some(columns), ..Sink::new(out) }
    }

    /// The same for a job: it ends when that is canceled, and its bytes count as the job's progress.
    pub(crate) fn watched(self, token: &'a CancelToken, progress: &'a JobProgress) -> Sink<'a> {
        Sink { watch: Watch { token: Some(token), progress: Some(progress) }, ..self }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A table may take longer to write than the function took that described it; what is short is finished.
        if self.unchecked > CHECKED {
            self.unchecked = 0;
            self.watch.check()?;
        }
        self.unchecked += bytes.len();
        let written = self.out.write(bytes)?;
        self.watch.count(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The bytes of an object, compared with its hash.
fn bytes(object: &Blob) -> Result<Vec<u8>, DataError> {
    object.read().map_err(|error| match error {
        StoreError::ObjectGone { hash } => DataError::Gone { hash },
        other => DataError::Unreadable(other),
    })
}

/// A file of this machine with the bytes of an object.
pub(crate) fn local(object: &Blob) -> Result<LocalFile, DataError> {
    object.local().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DataError::Gone { hash: object.hash() },
        _ => DataError::Unreadable(StoreError::Read {
            path: format!("object {}", object.hash()).into(),
            source,
        }),
    })
}

/// A value that can't be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Serde could not write the value.
    #[error("the value can't be encoded: {message}")]
    Encode {
        /// What serde says.
        message: String,
    },
    /// A value comes back from its encoding with another content.
    #[error(
        "a `{ty}` does not come back from the store as it was; look at its serde attributes (`untagged` takes the \
         first variant that fits)"
    )]
    Unfaithful {
        /// The value's type.
        ty: String,
    },
    /// An object holds something else than a value of this type.
    #[error("the stored value is no `{ty}`: {message}")]
    Decode {
        /// The expected type.
        ty: String,
        /// What serde says.
        message: String,
    },
    /// The object is missing or damaged.
    #[error("object {hash} is missing from the store or damaged; submit the scenario to make it again")]
    Gone {
        /// The object.
        hash: Hash,
    },
    /// The object can't be read, and another process might.
    #[error(transparent)]
    Unreadable(StoreError),
    /// A file that a value stands for can't be read.
    #[error("can't read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A value of an earlier type could not be made one of the type now.
    #[error("the migration from `{from}` failed: {message}")]
    Migration {
        /// The earlier type.
        from: String,
        /// What it says.
        message: String,
    },
    /// What a file says is the default of an input is no value of its type.
    #[error("{place}: the default of input `{input}` can't be used: {message}")]
    Default {
        /// The input.
        input: String,
        /// File, line and column.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A table is not what its row type says.
    #[error("{0}")]
    Table(String),
    /// The content could not be written.
    #[error("can't write the value: {0}")]
    Write(io::Error),
}

/// A value that can't be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// The value itself.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The reader of the output is gone, or a disk is full.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// The longest text that a value is offered to be typed as, in bytes.
const TYPED: usize = 64 << 10;

/// A type of [`Data`], without the type parameter.
#[derive(Clone, Copy)]
pub struct DataType {
    id: fn() -> TypeId,
    name: fn() -> String,
    pub(crate) scanned: bool,
    pub(crate) external: bool,
    pub(crate) columns: &'static [Column],
    pub(crate) load: fn(&Blob) -> Result<Value, DataError>,
    pub(crate) further: fn(&Blob) -> Result<Vec<Hash>, DataError>,
    pub(crate) decode: fn(&[u8]) -> Result<Value, DataError>,
    pub(crate) parse: fn(&str) -> Result<Value, String>,
    pub(crate) from_toml: fn(&toml::Value) -> Result<Value, String>,
    pub(crate) shape: fn() -> Shape,
    pub(crate) faithful: fn(Box<dyn Any + Send + Sync>) -> Result<Value, DataError>,
    pub(crate) share: fn(Box<dyn Any + Send + Sync>) -> Value,
}

impl DataType {
    /// The description of `T`.
    pub const fn of<T: Data>() -> DataType {
        DataType {
            id: TypeId::of::<T>,
            name: short_type_name::<T>,
            scanned: T::SCANNED,
            external: T::EXTERNAL,
            columns: T::COLUMNS,
            load: |object| T::load(object).map(Value::new),
            further: T::further,
            decode: |bytes| <T as Data>::decode(bytes).map(Value::new),
            parse: |text| T::parse(text)?.faithful().map(Value::new).map_err(|error| error.to_string()),
            from_toml: |value| {
                T::from_toml(value)?.faithful().map(Value::new).map_err(|error| error.to_string())
            },
            shape: T::shape,
            share: |boxed| match boxed.downcast::<T>() {
                Ok(value) => Value::new(*value),
                Err(_) => unreachable!("a task's outputs have their types"),
            },
            faithful: |boxed| match boxed.downcast::<T>() {
                Ok(value) => value.faithful().map(Value::new),
                Err(_) => unreachable!("a task's outputs have their types"),
            },
        }
    }

    /// Whether this is `T`.
    pub fn is<T: 'static>(&self) -> bool {
        (self.id)() == TypeId::of::<T>()
    }

    pub(crate) fn id(&self) -> TypeId {
        (self.id)()
    }

    /// What a person could type to get this value, where there is such a text.
    pub(crate) fn typed(&self, value: &Value) -> Option<String> {
        if self.external {
            return Some(value.brief());
        }
        let mut json = Vec::new();
        value.show(Format::Json, &mut json).ok()?;
        let json = String::from_utf8(json).ok().filter(|json| json.len() <= TYPED)?;
        let content = value.content().ok()?;
        let is_it = |text: &str| {
            let read = (self.parse)(text).ok();
            read.and_then(|value| value.content().ok()).is_some_and(|read| read == content)
        };
        // A text without its quotes, where that is read as the same.
        let plain = serde_json::from_str::<String>(&json).ok().filter(|plain| is_it(plain));
        plain.or_else(|| Some(json.trim_end().to_owned()).filter(|json| is_it(json)))
    }

    /// The type's name without the paths of its parts.
    pub fn name(&self) -> String {
        (self.name)()
    }
}

impl PartialEq for DataType {
    fn eq(&self, other: &DataType) -> bool {
        (self.id)() == (other.id)()
    }
}

impl fmt::Debug for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// A value of any [`Data`] type, shared.
#[derive(Clone)]
pub(crate) struct Value(Arc<dyn AnyData>);

impl Value {
    pub(crate) fn new<T: Data>(value: T) -> Value {
        Value(Arc::new(value))
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        self.0.as_any().downcast_ref()
    }

    pub(crate) fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        self.0.save(sink)
    }

    pub(crate) fn brief(&self) -> String {
        self.0.brief()
    }

    pub(crate) fn is_read_again(&self, stored_in: &Path) -> bool {
        self.0.is_read_again(stored_in)
    }

    pub(crate) fn to_toml(&self) -> Option<toml::Value> {
        self.0.to_toml()
    }

    pub(crate) fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        self.0.number(field)
    }

    pub(crate) fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        self.0.show(format, out)
    }

    pub(crate) fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        self.0.page(of)
    }

    pub(crate) fn source(&self) -> Option<&Path> {
        self.0.source()
    }

    pub(crate) fn given(&self) -> Option<String> {
        self.0.given()
    }

    pub(crate) fn sources(&self) -> io::Result<Vec<PathBuf>> {
        self.0.sources()
    }

    pub(crate) fn diagnose(&self) -> Option<String> {
        self.0.diagnose()
    }

    /// How another value of the same type differs, where they are tables.
    pub(crate) fn difference(
        &self,
        other: &Value,
        keys: &[String],
    ) -> Option<Result<TableDifference, DataError>> {
        self.0.difference(other.0.as_any(), keys)
    }

    /// The value's content as bytes; for values, not for tables.
    pub(crate) fn content(&self) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        self.save(&mut Sink::new(&mut bytes))?;
        Ok(bytes)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.brief())
    }
}

/// [`Data`] as far as it needs no type.
trait AnyData: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError>;
    fn brief(&self) -> String;
    fn is_read_again(&self, stored_in: &Path) -> bool;
    fn to_toml(&self) -> Option<toml::Value>;
    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError>;
    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError>;
    fn source(&self) -> Option<&Path>;
    fn given(&self) -> Option<String>;
    fn sources(&self) -> io::Result<Vec<PathBuf>>;
    fn diagnose(&self) -> Option<String>;
    fn difference(&self, other: &dyn Any, keys: &[String]) -> Option<Result<TableDifference, DataError>>;
    fn page(&self, of: PageOf) -> Result<Page, ShowError>;
}

impl<T: Data> AnyData for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        Data::save(self, sink)
    }

    fn brief(&self) -> String {
        Data::brief(self)
    }

    fn is_read_again(&self, stored_in: &Path) -> bool {
        Data::is_read_again(self, stored_in)
    }

    fn to_toml(&self) -> Option<toml::Value> {
        Data::to_toml(self)
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        Data::number(self, field)
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        Data::show(self, format, out)
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        Data::page(self, of)
    }

    fn source(&self) -> Option<&Path> {
        Data::source(self)
    }

    fn given(&self) -> Option<String> {
        Data::given(self)
    }

    fn sources(&self) -> io::Result<Vec<PathBuf>> {
        Data::sources(self)
    }

    fn diagnose(&self) -> Option<String> {
        Data::diagnose(self)
    }

    fn difference(&self, other: &dyn Any, keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        Data::difference(self, other.downcast_ref()?, keys)
    }
}

/// `alloc::vec::Vec<my::Row>` as `Vec<Row>`. For people: never part of a key.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    let mut short = String::new();
    let mut word = String::new();
    for letter in std::any::type_name::<T>().chars() {
        match letter {
            ':' => word.clear(),
            letter if letter.is_alphanumeric() || letter == '_' => word.push(letter),
            sign => {
                short.push_str(&std::mem::take(&mut word));
                short.push(sign);
            }
        }
    }
    short + &word
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn type_names_lose_their_paths() {
        assert_eq!(short_type_name::<Vec<Option<File>>>(), "Vec<Option<File>>");
        assert_eq!(short_type_name::<BTreeMap<String, (u8, &'static str)>>(), "BTreeMap<String, (u8, &str)>");
    }
}
