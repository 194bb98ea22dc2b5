//! Detects the format of a file from its first bytes.

use super::super::TableError;
use super::super::packing::Packing;
use super::super::row::CsvEncoding;
use std::path::Path;

/// Formats that are often mistaken for CSV: their first bytes and a description.
const OTHERS: [(&[u8], &str); 9] = [
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
    (b"PK\x03\x04", "a zip archive (or an Excel file)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"\xd0\xcf\x11\xe0", "an Excel file"),
];

const UTF_16: &str =
    "encoded in UTF-16 (to read it, set `#[csv(encoding = \"utf-16\")]` on the row type or the input)";

/// Returns how the file is compressed, judging by its first bytes. Refuses other formats.
pub(super) fn packing(path: &Path, encoding: CsvEncoding) -> Result<Packing, TableError> {
    let start = Packing::start(path).map_err(|source| TableError::File { path: path.to_owned(), source })?;
    let is_other = |(magic, is): &&(&[u8], &str)| {
        start.starts_with(magic) && !(encoding == CsvEncoding::Utf16 && *is == UTF_16)
    };
    match OTHERS.iter().find(is_other) {
        Some((_, is)) => Err(TableError::NotCsv { path: path.to_owned(), is }),
        None => Ok(Packing::of(&start)),
    }
}
