//! Conversion of values to bytes and back.

use super::object::bytes;
use super::{DataError, Sink, Source, short_type_name};
use crate::store::{Blob, Hash};
use std::io::Write;
use std::path::Path;

/// Converts values to bytes and back.
///
/// The bytes are the content of the value: the library treats two values as the same if their bytes are equal.
pub trait Codec: Send + Sync + Sized + 'static {
    /// Writes the content. Equal values must write equal bytes, in every process and at any time.
    ///
    /// # Errors
    ///
    /// When the value can't be encoded, or writing to `out` fails ([`DataError::Write`]).
    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError>;

    /// Reads what [`Codec::encode`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes don't encode a value of this type ([`DataError::Decode`]).
    fn decode(bytes: &[u8]) -> Result<Self, DataError>;

    /// Whether a value that is given to an input refers to content outside of the store.
    const EXTERNAL: bool = false;

    /// Where that content comes from. Required if [`Codec::EXTERNAL`] is true.
    fn source(&self) -> Option<&dyn Source> {
        None
    }

    /// Whether readers should read a value from its object instead of keeping it in memory.
    #[doc(hidden)]
    const SCANNED: bool = false;

    /// What is known of its parts, if it is a type with parts.
    #[doc(hidden)]
    const PARTS: Option<super::PartsType> = None;

    /// Writes the content to the store.
    #[doc(hidden)]
    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        self.encode(sink)
    }

    /// Reads the content of an object.
    #[doc(hidden)]
    fn load(object: &Blob) -> Result<Self, DataError> {
        Self::decode(&bytes(object)?)
    }

    /// Returns the value as readers will get it: encoded and decoded again. Every reader gets the same value, whether
    /// the task ran or was skipped. Refuses a value whose content is changed by the round trip.
    #[doc(hidden)]
    fn round_trip(self) -> Result<Self, DataError> {
        round_trip(self)
    }

    /// Whether readers should read the value from its object once it is written, instead of using the value in memory.
    /// `stored_in` is the folder of the store's objects.
    #[doc(hidden)]
    fn reads_from_store(&self, _stored_in: &Path) -> bool {
        Self::SCANNED
    }

    /// The other objects that the value consists of, if it is stored in several.
    #[doc(hidden)]
    fn further(_object: &Blob) -> Result<Vec<Hash>, DataError> {
        Ok(Vec::new())
    }
}

/// Returns the value decoded from its own encoding. Refuses a value that is encoded differently afterwards.
pub(super) fn round_trip<T: Codec>(value: T) -> Result<T, DataError> {
    let encoded = |value: &T| -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        value.encode(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = encoded(&value)?;
    let decoded = T::decode(&bytes)?;
    if encoded(&decoded)? != bytes {
        return Err(DataError::ChangedByRoundTrip { ty: short_type_name::<T>() });
    }
    Ok(decoded)
}
