//! What a CSV file is, by its first bytes.

use super::super::TableError;
use super::super::packing::Packing;
use super::super::row::CsvEncoding;
use std::path::Path;

/// Kinds of files that people take for CSV files, by their first bytes, with what they are.
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

const UTF_16: &str = "text in UTF-16 (`#[csv(encoding = \"utf-16\")]` on the row type or the input reads it)";

/// How the file is compressed, by its first bytes; refuses what is no text.
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
