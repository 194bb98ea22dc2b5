//! Floor 3: tables.
//!
//! Row types ([`row`]) and their values work without polars; everything else is behind the feature `polars`.

pub(crate) mod row;

mod category;
mod cell;
mod decimal;
mod temporal;

#[cfg(feature = "polars")]
mod bare;
#[cfg(feature = "polars")]
mod check;
#[cfg(feature = "polars")]
mod coded;
#[cfg(feature = "polars")]
mod columnar;
#[cfg(feature = "polars")]
mod columns;
#[cfg(feature = "polars")]
mod constant;
#[cfg(feature = "polars")]
mod contents;
#[cfg(feature = "polars")]
mod csv;
#[cfg(feature = "polars")]
mod describe;
#[cfg(feature = "polars")]
mod difference;
#[cfg(feature = "polars")]
mod error;
#[cfg(feature = "polars")]
mod excel;
#[cfg(feature = "polars")]
mod file;
#[cfg(feature = "polars")]
mod filter;
#[cfg(feature = "polars")]
mod format;
#[cfg(feature = "polars")]
mod formula;
#[cfg(feature = "polars")]
mod interned;
#[cfg(feature = "polars")]
mod ipc;
#[cfg(feature = "polars")]
mod json;
#[cfg(feature = "polars")]
mod long;
#[cfg(feature = "polars")]
mod multiset;
#[cfg(feature = "polars")]
mod nested;
#[cfg(feature = "polars")]
mod packing;
#[cfg(feature = "polars")]
mod path_columns;
#[cfg(feature = "polars")]
#[cfg(feature = "polars")]
mod rewrite;
#[cfg(feature = "polars")]
mod row_wise;
#[cfg(feature = "polars")]
mod show;
#[cfg(feature = "polars")]
mod sink;
#[cfg(feature = "polars")]
mod suggested;
#[cfg(feature = "polars")]
mod table;
#[cfg(feature = "polars")]
mod text;
#[cfg(feature = "polars")]
mod unchanged;
#[cfg(feature = "polars")]
mod widening;

#[cfg(feature = "polars")]
pub use columnar::{Ipc, Parquet};
#[cfg(feature = "polars")]
pub use constant::constant;
#[cfg(feature = "polars")]
pub use csv::Csv;
#[cfg(feature = "polars")]
pub use error::TableError;
#[cfg(feature = "polars")]
pub use excel::Excel;
#[cfg(feature = "polars")]
pub use file::{CsvFile, ExcelFile, IpcFile, JsonFile, ParquetFile, TableFile};
#[cfg(feature = "polars")]
pub use format::FileFormat;
#[cfg(feature = "polars")]
pub use json::Json;
#[cfg(feature = "polars")]
pub use suggested::row_type_of;
#[cfg(feature = "polars")]
pub use table::Frame;

#[cfg(all(test, feature = "polars"))]
mod tests;
