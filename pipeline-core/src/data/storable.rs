//! Which types data nodes can have, and how values of each are kept.

use super::Data;

/// A type that data nodes can have.
///
/// Every [`Data`] type is one, kept [as it is](ByItself). `By` says in which way a type is kept; the compiler finds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be kept as a data node",
    label = "this type can't be stored",
    note = "derive serde's traits for it: `#[derive(serde::Serialize, serde::Deserialize)]`",
    note = "it must also own its data, and be `Send + Sync`"
)]
pub trait Storable<By>: Sized + Send + Sync + 'static {
    /// What is kept in place of a value.
    #[doc(hidden)]
    type Kept: Data;

    #[doc(hidden)]
    fn kept(self) -> Self::Kept;

    /// The value in what is kept.
    #[doc(hidden)]
    fn of(kept: &Self::Kept) -> &Self;
}

/// Values are kept as they are.
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
