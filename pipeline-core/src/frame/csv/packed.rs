//! What the bytes of a CSV file are packed in.

use super::super::TableError;
use super::super::row::CsvEncoding;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How many bytes are read at once.
const PIECE: usize = 1 << 18;

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

const UTF_16: &str = "text in UTF-16 (`#[csv(encoding = \"utf-16\")]` on the row type reads it)";

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zlib,
    Zstd,
}

impl Packing {
    /// How the file is compressed, by its first bytes.
    pub(super) fn of(path: &Path, encoding: CsvEncoding) -> Result<Packing, TableError> {
        let mut start = Vec::with_capacity(8);
        let read = File::open(path).and_then(|file| file.take(8).read_to_end(&mut start));
        read.map_err(|source| TableError::File { path: path.to_owned(), source })?;
        let is_other = |(magic, is): &&(&[u8], &str)| {
            start.starts_with(magic) && !(encoding == CsvEncoding::Utf16 && *is == UTF_16)
        };
        if let Some((_, is)) = OTHERS.iter().find(is_other) {
            return Err(TableError::NotCsv { path: path.to_owned(), is });
        }
        let zlib = [[0x78, 0x01], [0x78, 0x5e], [0x78, 0x9c], [0x78, 0xda]];
        Ok(if start.starts_with(&[0x1f, 0x8b]) {
            Packing::Gzip
        } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Packing::Zstd
        } else if zlib.iter().any(|magic| start.starts_with(magic)) {
            Packing::Zlib
        } else {
            Packing::Plain
        })
    }

    /// The file's text.
    pub(super) fn open(self, path: &Path) -> io::Result<Box<dyn BufRead>> {
        let file = File::open(path)?;
        let buffered = |unpacked: Box<dyn Read>| Box::new(BufReader::with_capacity(PIECE, unpacked));
        Ok(match self {
            Packing::Plain => Box::new(BufReader::with_capacity(PIECE, file)),
            Packing::Gzip => buffered(Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file)))),
            Packing::Zlib => buffered(Box::new(flate2::read::ZlibDecoder::new(BufReader::new(file)))),
            Packing::Zstd => buffered(Box::new(zstd::Decoder::new(file)?)),
        })
    }
}
