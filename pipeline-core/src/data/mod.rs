//! The values of data nodes.
//!
//! A data node holds a value of a [`Data`] type: any type that serde can write and read back, the library's own types
//! ([`File`] and tables), or your own type. [`Data`] consists of four small traits:
//!
//! | trait | defines | required |
//! | --- | --- | --- |
//! | [`Codec`] | conversion of a value to bytes and back; its source, if outside of the store | `encode`, `decode` |
//! | [`Typed`] | conversion of a value to a string and back, for user input | nothing |
//! | [`Shown`] | display of a value | nothing |
//! | [`Tabular`] | columns, if it is a table | nothing |
//!
//! A type that is neither supported by serde nor a table:
//!
//! ```
//! use skipstone::data::{Codec, DataError, Shown, Tabular, Typed};
//! use skipstone::{scenario, task, testing};
//! use std::io::Write;
//!
//! /// A grey picture.
//! struct Picture { width: u32, pixels: Vec<u8> }
//!
//! impl Codec for Picture {
//!     fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
//!         out.write_all(&self.width.to_le_bytes()).map_err(DataError::Write)?;
//!         out.write_all(&self.pixels).map_err(DataError::Write)
//!     }
//!
//!     fn decode(bytes: &[u8]) -> Result<Picture, DataError> {
//!         let Some((width, pixels)) = bytes.split_first_chunk() else {
//!             return Err(DataError::Decode { ty: "Picture".into(), message: "it has no width".into() });
//!         };
//!         Ok(Picture { width: u32::from_le_bytes(*width), pixels: pixels.into() })
//!     }
//! }
//!
//! impl Shown for Picture {
//!     fn summary(&self) -> String {
//!         format!("{} x {} pixels", self.width, self.pixels.len() as u32 / self.width)
//!     }
//! }
//!
//! impl Typed for Picture {}
//! impl Tabular for Picture {}
//!
//! #[task(skippable)]
//! fn paint(width: u32) -> Picture {
//!     Picture { width, pixels: (0..width * width).map(|i| i as u8).collect() }
//! }
//!
//! #[task(skippable)]
//! fn brightness(picture: &Picture) -> f64 {
//!     picture.pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / picture.pixels.len() as f64
//! }
//!
//! scenario! {
//!     pub Painting {
//!         input width: u32 = 4;
//!         picture = paint(width);
//!         grey = brightness(picture);
//!     }
//! }
//!
//! let store = testing::store();
//! let painting = Painting::create(&store, "a")?;
//! let run = painting.submit()?;
//! assert_eq!(run.jobs[0].outputs[0].value.summary, "4 x 4 pixels");
//! assert_eq!(painting.grey.read()?, 7.5);
//! # Ok::<(), skipstone::Error>(())
//! ```
//!
//! A type whose values refer to content elsewhere has a [`Source`]; see `examples/own_source.rs`.

mod cancel;
mod canonical;
mod codec;
mod column;
mod describe;
mod difference;
mod error;
mod file;
mod filter;
mod foreign;
mod index;
mod items;
pub(crate) mod json;
mod number;
mod object;
mod page;
mod parse;
mod parts;
mod pattern;
mod progress;
mod reference;
mod serde_types;
pub(crate) mod several;
mod shape;
mod shown;
mod sink;
mod source;
mod storable;
mod summary;
mod table;
mod tabular;
pub(crate) mod toml_value;
mod typed;
mod value;
mod view;
mod whole_file;

pub use cancel::{CancelToken, Canceled};
pub use codec::Codec;
pub use column::{Column, ColumnType, ElementType, RowType};
#[doc(hidden)]
pub use describe::{ArgumentColumn, Description, EmptyTable, Origins};
pub use difference::{ChangedColumn, ChangedRow, Side, TableDifference};
pub use error::{DataError, ShowError};
pub use file::File;
pub(crate) use file::Located;
pub(crate) use file::{in_folder, taken_from};
pub use filter::ColumnFilter;
#[cfg(feature = "polars")]
pub(crate) use filter::{Comparison, Condition};
#[cfg(feature = "polars")]
pub(crate) use foreign::{Foreign, KeptAs};
#[cfg(feature = "polars")]
pub(crate) use index::{CodedColumn, CodedType, ColumnFile, ColumnWriter, Watch};
pub(crate) use index::{Columns, KeptColumns, TableIndex};
pub use items::{ByItems, Item, Items};
pub use number::Number;
pub(crate) use object::local;
pub use page::{Page, PageColumn, PageOf};
pub use parts::Parts;
#[doc(hidden)]
pub use parts::given::IntoParts;
#[doc(hidden)]
pub use parts::{ByParts, HasParts};
pub use progress::JobProgress;
pub use reference::{ColumnContent, InputFile, PartRef, ValueRef};
pub use shape::Shape;
pub use shown::Shown;
#[doc(hidden)]
pub use sink::Sink;
pub(crate) use source::open_file;
pub use source::{Source, SourceVersion};
pub use storable::{ByItself, Storable};
pub(crate) use summary::counted;
pub use table::{Format, Table};
pub use tabular::Tabular;
#[doc(hidden)]
pub use tabular::{AnyTable, Viewed};
#[doc(hidden)]
pub use typed::TomlValue;
pub use typed::Typed;
pub(crate) use value::Part;
#[doc(hidden)]
pub use value::{DataType, PartsType};
pub(crate) use value::{TypeName, Value};
#[doc(hidden)]
pub use view::{RowName, TableType};
pub(crate) use view::{column_mismatch, mismatch as view_mismatch};
pub(crate) use whole_file::read_text;
pub use whole_file::replace_file;

use crate::store::Blob;
use std::any::{Any, TypeId};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A type whose values can be data nodes.
///
/// Every `Serialize + DeserializeOwned + Send + Sync` type is one; deriving serde's traits is the way to make your own
/// type storable. The encoding is canonical, so equal values have equal bytes: fields are in the order of their
/// declaration, and maps and sets are sorted, including those without an order in memory (`HashMap`, `HashSet`). Other
/// types that write equal values in different orders are refused when a task returns such a value.
///
/// A `Vec` or an `Option` of tables or files can also be a data node, and so can a polars `DataFrame`, without a row
/// type.
///
/// Any other type becomes one by implementing [`Codec`], [`Typed`], [`Shown`] and [`Tabular`]: see [the module](self).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the type of a data node",
    label = "this type can't be stored",
    note = "derive serde's traits for it: `#[derive(serde::Serialize, serde::Deserialize)]`",
    note = "it must also own its data and be `Send + Sync`"
)]
pub trait Data: Codec + Typed + Shown + Tabular {}

#[diagnostic::do_not_recommend]
impl<T: Codec + Typed + Shown + Tabular> Data for T {}

/// Shortens `alloc::vec::Vec<my::Row>` to `Vec<Row>`. For display only: never part of a key.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    without_paths(std::any::type_name::<T>())
}

/// Removes the paths before the names in the text of a type.
pub(crate) fn without_paths(text: &str) -> String {
    let mut short = String::new();
    let mut word = String::new();
    for letter in text.chars() {
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
