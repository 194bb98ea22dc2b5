//! Types and values of data nodes with their type parameters erased, for the modules that handle values of every type.

use super::*;
use crate::store::Hash;
use serde_json::{Map, Value as Json};
use std::marker::PhantomData;

/// The maximum length of a value that is offered for editing as a string, in bytes.
const TYPED: usize = 64 << 10;

/// A [`Data`] type, with its type parameter erased.
#[derive(Clone, Copy)]
pub struct DataType {
    id: fn() -> TypeId,
    name: fn() -> String,
    pub(crate) scanned: bool,
    pub(crate) external: bool,
    pub(crate) columns: &'static [Column],
    /// The attribute with the format options of such files.
    pub(crate) attribute: Option<&'static str>,
    pub(crate) check_options: fn(&Map<String, Json>) -> Result<(), String>,
    pub(crate) viewed: Option<TableType>,
    pub(crate) view: fn(&AnyTable) -> Result<Value, DataError>,
    pub(crate) empty: fn(&EmptyTable) -> Option<Value>,
    pub(crate) contents: fn(&Blob) -> Result<Vec<ColumnContent>, DataError>,
    pub(crate) load: fn(&Blob) -> Result<Value, DataError>,
    pub(crate) further: fn(&Blob) -> Result<Vec<Hash>, DataError>,
    pub(crate) decode: fn(&[u8]) -> Result<Value, DataError>,
    pub(crate) parse: fn(&str) -> Result<Value, String>,
    pub(crate) from_toml: fn(&toml::Value) -> Result<Value, String>,
    pub(crate) shape: fn() -> Shape,
    pub(crate) round_trip: fn(Box<dyn Any + Send + Sync>) -> Result<Value, DataError>,
    pub(crate) share: fn(Box<dyn Any + Send + Sync>) -> Value,
    /// What is known of the parts of such values.
    pub(crate) parts: Option<PartsType>,
    /// The type of a node with many such values.
    pub(crate) in_parts: fn() -> Option<DataType>,
}

impl DataType {
    /// Describes `T`.
    pub const fn of<T: Storable<By>, By: 'static>() -> DataType {
        DataType {
            id: TypeId::of::<T>,
            name: short_type_name::<T>,
            scanned: T::Kept::SCANNED,
            external: T::Kept::EXTERNAL,
            columns: T::Kept::COLUMNS,
            attribute: T::Kept::ATTRIBUTE,
            check_options: T::Kept::check_options,
            viewed: T::Kept::VIEWED,
            view: |table| T::Kept::view(table).map(Value::of::<T, By>),
            empty: |of| T::Kept::empty(of).map(Value::of::<T, By>),
            contents: T::Kept::contents,
            load: |object| T::Kept::load(object).map(Value::of::<T, By>),
            further: T::Kept::further,
            decode: |bytes| T::Kept::decode(bytes).map(Value::of::<T, By>),
            parse: |text| {
                let value = T::Kept::parse(text)?.round_trip();
                value.map(Value::of::<T, By>).map_err(|error| error.to_string())
            },
            from_toml: |value| {
                let value = T::Kept::from_toml(&TomlValue(value.clone()))?.round_trip();
                value.map(Value::of::<T, By>).map_err(|error| error.to_string())
            },
            shape: T::Kept::shape,
            parts: T::Kept::PARTS,
            in_parts: T::in_parts,
            share: |boxed| Value::of::<T, By>(unboxed::<T>(boxed).kept()),
            round_trip: |boxed| unboxed::<T>(boxed).kept().round_trip().map(Value::of::<T, By>),
        }
    }

    /// Whether this is `T`.
    pub fn is<T: 'static>(&self) -> bool {
        (self.id)() == TypeId::of::<T>()
    }

    /// The type itself.
    pub(crate) fn type_id(&self) -> TypeId {
        (self.id)()
    }

    /// Distinguishes the values of this type from values of other types with the same bytes. Tables share one id; their
    /// readers distinguish them.
    pub(crate) fn id(&self) -> TypeId {
        if self.viewed.is_some() { TypeId::of::<AnyTable>() } else { (self.id)() }
    }

    /// Converts a value to this type. For a table with more columns, only the columns of this type are kept.
    pub(crate) fn viewing(&self, value: Value) -> Result<Value, DataError> {
        match value.0.table() {
            Some(table) if self.viewed.is_some() && value.0.as_any().type_id() != (self.id)() => {
                (self.view)(&table)
            }
            _ => Ok(value),
        }
    }

    /// The string that a user could type to get this value, if there is one.
    pub(crate) fn typed(&self, value: &Value) -> Option<String> {
        if self.external {
            // Several paths, or a path with options of its file.
            let has_more = value.to_toml().is_some_and(|given| !given.is_str());
            return if has_more { value.text() } else { Some(value.summary()) };
        }
        if let Some(text) = value.text() {
            return Some(text);
        }
        let mut json = Vec::new();
        value.show(Format::Json, &mut json).ok()?;
        let json = String::from_utf8(json).ok().filter(|json| json.len() <= TYPED)?;
        let content = value.content().ok()?;
        let is_it = |text: &str| {
            let read = (self.parse)(text).ok();
            read.and_then(|value| value.content().ok()).is_some_and(|read| read == content)
        };
        // A string without its quotes, if that is parsed as the same value.
        let plain = serde_json::from_str::<String>(&json).ok().filter(|plain| is_it(plain));
        plain.or_else(|| Some(json.trim_end().to_owned()).filter(|json| is_it(json)))
    }

    /// The type's name without the paths of its components.
    pub fn name(&self) -> String {
        (self.name)()
    }
}

/// Returns the value, whose type was already checked.
fn unboxed<T: 'static>(boxed: Box<dyn Any + Send + Sync>) -> T {
    match boxed.downcast::<T>() {
        Ok(value) => *value,
        Err(_) => unreachable!("a value has the type of its node"),
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

/// A part of a value: its key and its own value.
pub(crate) type Part = (Arc<str>, Value);

/// What is known of a type with parts, with its type parameter erased.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct PartsType {
    /// The type of a part.
    pub(crate) part: fn() -> DataType,
    /// The parts of a value of the type.
    pub(crate) parts: fn(&Value) -> Arc<[Part]>,
    /// The value with these parts.
    pub(crate) collect: fn(Vec<Part>) -> Value,
}

/// A type and its name.
#[derive(Clone, Copy)]
pub(crate) struct TypeName {
    id: fn() -> TypeId,
    pub(crate) name: fn() -> String,
}

impl TypeName {
    pub(crate) const fn of<T: 'static>() -> TypeName {
        TypeName { id: TypeId::of::<T>, name: short_type_name::<T> }
    }

    /// The name without paths.
    pub(crate) fn text(&self) -> String {
        (self.name)()
    }

    /// Whether the values of a node are of this type.
    pub(crate) fn is_of(&self, data: &DataType) -> bool {
        (self.id)() == (data.id)()
    }
}

impl From<DataType> for TypeName {
    fn from(data: DataType) -> TypeName {
        TypeName { id: data.id, name: data.name }
    }
}

/// A shared value of any [`Data`] type.
#[derive(Clone)]
pub(crate) struct Value(Arc<dyn AnyData>);

impl Value {
    /// Creates a value that is stored as it is.
    #[cfg(test)]
    pub(crate) fn new<T: Data>(value: T) -> Value {
        Value::of::<T, ByItself>(value)
    }

    /// Creates a value of `T` from its stored form.
    fn of<T: Storable<By>, By: 'static>(kept: T::Kept) -> Value {
        Value(Arc::new(Keeps::<T, By> { kept, by: PhantomData }))
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        self.0.as_any().downcast_ref()
    }

    pub(crate) fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        self.0.save(sink)
    }

    pub(crate) fn summary(&self) -> String {
        self.0.summary()
    }

    pub(crate) fn reads_from_store(&self, stored_in: &Path) -> bool {
        self.0.reads_from_store(stored_in)
    }

    pub(crate) fn to_toml(&self) -> Option<toml::Value> {
        self.0.to_toml().map(|value| value.0)
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

    /// The string that is parsed as this value, if there is one.
    pub(crate) fn text(&self) -> Option<String> {
        self.0.text()
    }

    /// Where its content comes from, if that is outside of the store.
    pub(crate) fn source(&self) -> Option<&dyn Source> {
        self.0.source()
    }

    /// The items of its source; empty without a source.
    pub(crate) fn items(&self) -> io::Result<Vec<PathBuf>> {
        self.source().map_or_else(|| Ok(Vec::new()), |source| source.items())
    }

    /// Returns the value with a table without rows in place of its own, if it stands for a table.
    pub(crate) fn without_rows(&self, of: &EmptyTable) -> Option<Value> {
        self.0.without_rows(of)
    }

    /// Returns the value with these format options for its files. Options of the value itself take precedence.
    pub(crate) fn with_options(&self, options: &Map<String, Json>) -> Result<Value, String> {
        self.0.with_options(options)
    }

    /// For each column of a table that was computed from empty tables, the columns that it is computed from.
    pub(crate) fn origins(&self) -> Option<Origins> {
        self.0.origins()
    }

    /// Compares two values of the same type, if they are tables.
    pub(crate) fn difference(
        &self,
        other: &Value,
        keys: &[String],
    ) -> Option<Result<TableDifference, DataError>> {
        self.0.difference(other.0.as_any(), keys)
    }

    /// The value's content as bytes. For values other than tables.
    pub(crate) fn content(&self) -> Result<Vec<u8>, DataError> {
        Ok(self.content_by_column()?.0)
    }

    /// The value's content as bytes, and the contents of its columns if it is a table.
    pub(crate) fn content_by_column(&self) -> Result<(Vec<u8>, Vec<ColumnContent>), DataError> {
        let mut bytes = Vec::new();
        let mut sink = Sink::new(&mut bytes);
        self.save(&mut sink)?;
        let contents = sink.contents;
        Ok((bytes, contents))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())
    }
}

/// The object-safe part of [`Data`].
trait AnyData: Send + Sync {
    /// The value with its own type.
    fn as_any(&self) -> &dyn Any;
    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError>;
    fn reads_from_store(&self, stored_in: &Path) -> bool;
    fn source(&self) -> Option<&dyn Source>;
    fn text(&self) -> Option<String>;
    fn to_toml(&self) -> Option<TomlValue>;
    fn summary(&self) -> String;
    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError>;
    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError>;
    fn page(&self, of: PageOf) -> Result<Page, ShowError>;
    fn difference(&self, other: &dyn Any, keys: &[String]) -> Option<Result<TableDifference, DataError>>;
    fn table(&self) -> Option<AnyTable>;
    fn without_rows(&self, of: &EmptyTable) -> Option<Value>;
    fn with_options(&self, options: &Map<String, Json>) -> Result<Value, String>;
    fn origins(&self) -> Option<Origins>;
}

/// The stored form of a value of `T`.
struct Keeps<T: Storable<By>, By> {
    kept: T::Kept,
    by: PhantomData<fn() -> By>,
}

impl<T: Storable<By>, By: 'static> AnyData for Keeps<T, By> {
    fn as_any(&self) -> &dyn Any {
        T::of(&self.kept)
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        Codec::save(&self.kept, sink)
    }

    fn reads_from_store(&self, stored_in: &Path) -> bool {
        Codec::reads_from_store(&self.kept, stored_in)
    }

    fn source(&self) -> Option<&dyn Source> {
        Codec::source(&self.kept)
    }

    fn text(&self) -> Option<String> {
        Typed::text(&self.kept)
    }

    fn to_toml(&self) -> Option<TomlValue> {
        Typed::to_toml(&self.kept)
    }

    fn summary(&self) -> String {
        self.kept.summary()
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        Shown::number(&self.kept, field)
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        Shown::show(&self.kept, format, out)
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        Shown::page(&self.kept, of)
    }

    fn difference(&self, other: &dyn Any, keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        Tabular::difference(&self.kept, other.downcast_ref()?, keys)
    }

    fn table(&self) -> Option<AnyTable> {
        Tabular::table(&self.kept)
    }

    fn without_rows(&self, of: &EmptyTable) -> Option<Value> {
        Tabular::without_rows(&self.kept, of).map(Value::of::<T, By>)
    }

    fn with_options(&self, options: &Map<String, Json>) -> Result<Value, String> {
        self.kept.with_options(options).map(Value::of::<T, By>)
    }

    fn origins(&self) -> Option<Origins> {
        Tabular::origins(&self.kept)
    }
}
