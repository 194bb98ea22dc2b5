//! Types of other crates that serde supports, but that are stored and shown in a different way: tables of polars.
//!
//! The module that supports such a type submits it to the inventory. Values of all other types are stored by serde.

use super::{Codec, Data, DataError, Format, Number, Page, PageOf, Shape, ShowError, Shown, Sink, Typed};
use std::any::{Any, TypeId};
use std::io::Write;

/// A type whose values are stored as values of another type.
#[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "such types need polars"))]
pub(crate) trait KeptAs: Sized + 'static {
    /// The type that is stored instead.
    type Kept: Data;

    fn kept(&self) -> Self::Kept;

    fn of(kept: Self::Kept) -> Self;
}

type RoundTrip = fn(Box<dyn Any>) -> Result<Box<dyn Any>, DataError>;
type Decode = fn(&[u8]) -> Result<Box<dyn Any>, DataError>;
type NumberOf = fn(&dyn Any, Option<&str>) -> Result<Option<Number>, DataError>;

/// A [`KeptAs`] type, without its type parameter.
pub(crate) struct Foreign {
    id: fn() -> TypeId,
    pub(super) save: fn(&dyn Any, &mut Sink<'_>) -> Result<(), DataError>,
    decode: Decode,
    round_trip: RoundTrip,
    parse: fn(&str) -> Result<Box<dyn Any>, String>,
    pub(super) summary: fn(&dyn Any) -> String,
    pub(super) show: fn(&dyn Any, Format, &mut dyn Write) -> Result<(), ShowError>,
    pub(super) number: NumberOf,
    pub(super) shape: fn() -> Shape,
    pub(super) page: fn(&dyn Any, PageOf) -> Result<Page, ShowError>,
}

inventory::collect!(Foreign);

impl Foreign {
    #[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "such types need polars"))]
    pub(crate) const fn of<T: KeptAs>() -> Foreign {
        fn kept<T: KeptAs>(value: &dyn Any) -> T::Kept {
            value.downcast_ref::<T>().unwrap_or_else(|| unreachable!("it was found by its type")).kept()
        }
        Foreign {
            id: TypeId::of::<T>,
            save: |value, sink| kept::<T>(value).save(sink),
            decode: |bytes| Ok(Box::new(T::of(T::Kept::decode(bytes)?))),
            round_trip: |value| {
                let kept = unboxed::<T>(value).kept().round_trip()?;
                Ok(Box::new(T::of(kept)))
            },
            parse: |text| Ok(Box::new(T::of(T::Kept::parse(text)?))),
            summary: |value| kept::<T>(value).summary(),
            show: |value, format, out| kept::<T>(value).show(format, out),
            number: |value, field| kept::<T>(value).number(field),
            shape: T::Kept::shape,
            page: |value, of| kept::<T>(value).page(of),
        }
    }

    /// How `T` is stored; `None` if serde stores it.
    pub(super) fn find<T: 'static>() -> Option<&'static Foreign> {
        inventory::iter::<Foreign>().find(|foreign| (foreign.id)() == TypeId::of::<T>())
    }

    pub(super) fn decoded<T: 'static>(&self, bytes: &[u8]) -> Result<T, DataError> {
        (self.decode)(bytes).map(unboxed)
    }

    pub(super) fn round_trip<T: 'static>(&self, value: T) -> Result<T, DataError> {
        (self.round_trip)(Box::new(value)).map(unboxed)
    }

    pub(super) fn parsed<T: 'static>(&self, text: &str) -> Result<T, String> {
        (self.parse)(text).map(unboxed)
    }
}

fn unboxed<T: 'static>(value: Box<dyn Any>) -> T {
    match value.downcast() {
        Ok(value) => *value,
        Err(_) => unreachable!("it was found by its type"),
    }
}
