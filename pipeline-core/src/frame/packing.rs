//! Compression of CSV and JSON files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The number of bytes that are read at once.
const PIECE: usize = 1 << 18;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zlib,
    Zstd,
}

impl Packing {
    /// Reads the first bytes of a file, enough to detect its format.
    pub(super) fn start(path: &Path) -> io::Result<Vec<u8>> {
        let mut start = Vec::with_capacity(8);
        File::open(path)?.take(8).read_to_end(&mut start)?;
        Ok(start)
    }

    /// Returns how a file with these first bytes is compressed.
    pub(super) fn of(start: &[u8]) -> Packing {
        let zlib = [[0x78, 0x01], [0x78, 0x5e], [0x78, 0x9c], [0x78, 0xda]];
        if start.starts_with(&[0x1f, 0x8b]) {
            Packing::Gzip
        } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Packing::Zstd
        } else if zlib.iter().any(|magic| start.starts_with(magic)) {
            Packing::Zlib
        } else {
            Packing::Plain
        }
    }

    /// Opens a file and decompresses it.
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
