//! How values become bytes, and come back.

use super::object::bytes;
use super::{DataError, Sink, Source, short_type_name};
use crate::store::{Blob, Hash};
use std::io::Write;
use std::path::Path;

/// How a value becomes bytes, and comes back.
///
/// The bytes are the content of the value: two values are the same to the library if their bytes are.
pub trait Codec: Send + Sync + Sized + 'static {
    /// Writes the content. Equal values have to write equal bytes, in every process and at all times.
    ///
    /// # Errors
    ///
    /// When the value can't be encoded, or `out` takes no more ([`DataError::Write`]).
    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError>;

    /// Reads what [`Codec::encode`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are not those of a value of this type ([`DataError::Decode`]).
    fn decode(bytes: &[u8]) -> Result<Self, DataError>;

    /// Whether values stand for content outside of the store when they are given to an input.
    const EXTERNAL: bool = false;

    /// Where that content comes from. Required if [`Codec::EXTERNAL`] is true.
    fn source(&self) -> Option<&dyn Source> {
        None
    }

    /// Whether readers should read a value from its object instead of keeping it in memory.
    #[doc(hidden)]
    const SCANNED: bool = false;

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

    /// The value as it will be when it is read back: what every reader gets, whether the task that made it ran or was
    /// skipped. Refuses a value that would not have the same content then.
    #[doc(hidden)]
    fn round_trip(self) -> Result<Self, DataError> {
        there_and_back(self)
    }

    /// Whether readers should read the value from its object, now that it is written, instead of taking it as it is;
    /// `stored_in` is the folder with the objects of the store.
    #[doc(hidden)]
    fn is_read_again(&self, _stored_in: &Path) -> bool {
        Self::SCANNED
    }

    /// Further objects in which the value is, if it is in several.
    #[doc(hidden)]
    fn further(_object: &Blob) -> Result<Vec<Hash>, DataError> {
        Ok(Vec::new())
    }
}

/// The value as it is decoded from its encoding; refuses one that has another encoding then.
pub(super) fn there_and_back<T: Codec>(value: T) -> Result<T, DataError> {
    let encoded = |value: &T| -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        value.encode(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = encoded(&value)?;
    let back = T::decode(&bytes)?;
    if encoded(&back)? != bytes {
        return Err(DataError::Unfaithful { ty: short_type_name::<T>() });
    }
    Ok(back)
}
