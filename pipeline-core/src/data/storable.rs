//! The types that data nodes can have, and how their values are stored.

use super::{ByParts, Data, DataType, Parts};

/// A type that data nodes can have.
///
/// Every [`Data`] type is one and is stored [as it is](ByItself). The parameter `By` selects the way in which a type is
/// stored; the compiler infers it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be stored, so it can't be the type of a data node",
    label = "this type can't be stored",
    note = "derive serde's traits for your own types, also for those inside of it: `#[derive(serde::Serialize, serde::Deserialize)]`",
    note = "a stored type owns its data and is `Send + Sync`: not `Rc`, `RefCell` or a reference; a type parameter has the bounds `T: Serialize + DeserializeOwned + Send + Sync`",
    note = "wrap a type of another crate in a struct of your own, with `#[serde(with = \"…\")]` on the field; write `Vec` for an array of more than 32 elements"
)]
pub trait Storable<By>: Sized + Send + Sync + 'static {
    /// The type that is stored in place of this one.
    #[doc(hidden)]
    type Kept: Data;

    #[doc(hidden)]
    fn kept(self) -> Self::Kept;

    /// The value inside the stored one.
    #[doc(hidden)]
    fn of(kept: &Self::Kept) -> &Self;

    /// The type of a node with many values of this type. A part has no parts itself.
    #[doc(hidden)]
    fn in_parts() -> Option<DataType>
    where
        By: 'static,
    {
        Some(DataType::of::<Parts<Self>, ByParts<By>>())
    }
}

/// Values are stored as they are.
#[derive(Debug)]
pub struct ByItself;

#[diagnostic::do_not_recommend]
impl<T: Data> Storable<ByItself> for T {
    type Kept = T;

    fn kept(self) -> T {
        self
    }

    fn of(kept: &T) -> &T {
        kept
    }
}
