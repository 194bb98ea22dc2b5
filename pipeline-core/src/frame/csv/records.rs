//! The records of a CSV file, one by one, following RFC 4180.
//!
//! Polars reads most files, because it is faster. This reader reads all of them, and reports the line and the reason if
//! it can't.

use super::super::row::CsvOptions;
use std::io::{self, BufRead};

/// The maximum length of a record in bytes. Otherwise an unterminated quoted field would read the whole file into
/// memory.
const LONGEST: usize = 1 << 28;

/// The fields of a line, or of several lines if quoted fields contain line ends.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: Vec<u8>,
    /// The end of each field, and whether it was quoted.
    ends: Vec<(usize, bool)>,
    /// The line in which the record begins, counted from 1.
    pub(super) line: u64,
}

/// The content of a field, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

impl Record {
    /// The number of fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns a field, if the record has it.
    pub(super) fn get(&self, number: usize) -> Option<Field<'_>> {
        let &(end, quoted) = self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before].0);
        // Fields end between characters: the whole record was checked.
        Some(Field { text: std::str::from_utf8(&self.text[start..end]).unwrap_or_default(), quoted })
    }
}

/// The reason why a record can't be read.
#[derive(Debug)]
pub(super) enum Problem {
    /// The file can't be read any further. `after` is the number of lines before.
    Read { after: u64, source: io::Error },
    /// A line is malformed.
    Line { line: u64, what: String },
}

/// A reader of records.
pub(super) struct Records<R> {
    input: R,
    /// The number of lines that were read.
    lines: u64,
    /// The byte that ends lines, once known: `\n`, also after `\r`, or `\r` alone.
    end: Option<u8>,
    separator: u8,
    quote: u8,
    comment: Option<u8>,
    /// The number of lines to skip at the beginning.
    skip: u64,
}

/// The reader's position in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Unquoted,
    Quoted,
    /// After a quote in a quoted field: the end of the field, or the first of two quotes.
    Quote,
    /// In a comment or a skipped line.
    Comment,
    /// After a carriage return that may belong to a line end.
    Return,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, options: &CsvOptions) -> Records<R> {
        let CsvOptions { separator, quote, comment, skip, .. } = *options;
        Records { input, lines: 0, end: None, separator, quote, comment, skip }
    }

    /// Whether lines are known to end with a carriage return alone.
    pub(super) fn ends_with_return(&self) -> bool {
        self.end == Some(b'\r')
    }

    /// Reads the next record, skipping blank lines; `false` at the end of the file.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, Problem> {
        loop {
            let start = self.lines == 0;
            if !self.read_line(record)? {
                return Ok(false);
            }
            if start && record.text.starts_with(b"\xef\xbb\xbf") {
                record.text.drain(..3);
                record.ends.iter_mut().for_each(|(end, _)| *end -= 3);
            }
            // A blank line has one empty field; a skipped line has no field.
            if !matches!(record.ends[..], [(0, false)] | []) {
                break;
            }
        }
        match std::str::from_utf8(&record.text) {
            Ok(_) => Ok(true),
            Err(_) => Err(Problem::Line { line: record.line, what: NOT_UTF_8.into() }),
        }
    }

    fn read_line(&mut self, record: &mut Record) -> Result<bool, Problem> {
        record.text.clear();
        record.ends.clear();
        record.line = self.lines + 1;
        let line = record.line;
        let wrong = |line: u64, what: &str| Problem::Line { line, what: what.into() };
        let (separator, quote) = (self.separator, self.quote);
        let skipped = self.lines < self.skip;
        let mut at = if skipped { At::Comment } else { At::Start };
        let mut is_comment = skipped;
        let mut quoted = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(Problem::Read { after: self.lines, source }),
                Ok(chunk) => chunk,
            };
            if chunk.is_empty() {
                return match at {
                    At::Quoted => Err(wrong(line, "unterminated quoted field")),
                    At::Start if record.ends.is_empty() => Ok(false),
                    At::Comment => Ok(false),
                    _ => {
                        if !is_comment {
                            record.ends.push((record.text.len(), quoted));
                        }
                        self.lines += 1;
                        Ok(true)
                    }
                };
            }
            let mut i = 0;
            let mut over = false;
            while i < chunk.len() && !over {
                let byte = chunk[i];
                let is_end = match self.end {
                    Some(end) => byte == end,
                    None => byte == b'\n',
                };
                let may_return = byte == b'\r' && self.end != Some(b'\r');
                match at {
                    At::Quoted => {
                        let rest = &chunk[i..];
                        let length = memchr::memchr(quote, rest).unwrap_or(rest.len());
                        let ends = match self.end {
                            Some(end) => memchr::memchr_iter(end, &rest[..length]).count(),
                            None => memchr::memchr_iter(b'\n', &rest[..length]).count(),
                        };
                        self.lines += ends as u64;
                        record.text.extend_from_slice(&rest[..length]);
                        i += length;
                        if length < rest.len() {
                            at = At::Quote;
                            i += 1;
                        }
                        continue;
                    }
                    At::Return if is_end => {
                        self.end = Some(byte);
                        over = true;
                    }
                    At::Return if self.end.is_none() => {
                        // The byte belongs to the next line.
                        self.end = Some(b'\r');
                        over = true;
                        continue;
                    }
                    At::Return if is_comment => {
                        at = At::Comment;
                        continue;
                    }
                    At::Return if quoted => return Err(wrong(line, AFTER_QUOTE)),
                    At::Return => {
                        record.text.push(b'\r');
                        at = At::Unquoted;
                        continue;
                    }
                    _ if is_end => {
                        self.end = Some(byte);
                        over = true;
                    }
                    _ if may_return => at = At::Return,
                    At::Comment => {
                        let special = |byte: &u8| matches!(byte, b'\n' | b'\r');
                        // At least one byte: a line feed, if lines end with a carriage return.
                        i += chunk[i..].iter().position(special).unwrap_or(chunk.len() - i).max(1);
                        continue;
                    }
                    At::Start if record.ends.is_empty() && self.comment == Some(byte) => {
                        is_comment = true;
                        at = At::Comment;
                    }
                    At::Start if byte == quote => {
                        quoted = true;
                        at = At::Quoted;
                    }
                    At::Quote if byte == quote => {
                        record.text.push(quote);
                        at = At::Quoted;
                    }
                    _ if byte == separator => {
                        record.ends.push((record.text.len(), quoted));
                        quoted = false;
                        at = At::Start;
                    }
                    At::Quote => return Err(wrong(line, AFTER_QUOTE)),
                    At::Start | At::Unquoted => {
                        let rest = &chunk[i..];
                        let special =
                            |byte: &u8| matches!(byte, b'\n' | b'\r') || *byte == separator || *byte == quote;
                        let length = rest.iter().position(special).unwrap_or(rest.len());
                        record.text.extend_from_slice(&rest[..length]);
                        at = At::Unquoted;
                        i += length;
                        if let Some(byte) = rest.get(length) {
                            if *byte == quote {
                                return Err(wrong(line, STRAY_QUOTE));
                            }
                            // If lines end with a carriage return, a line feed is a part of the field.
                            if *byte == b'\n' && self.end == Some(b'\r') {
                                record.text.push(b'\n');
                                i += 1;
                            }
                        }
                        continue;
                    }
                }
                i += 1;
            }
            self.input.consume(i);
            if over {
                if !is_comment {
                    record.ends.push((record.text.len(), quoted));
                }
                self.lines += 1;
                return Ok(true);
            }
            if record.text.len() > LONGEST {
                return Err(wrong(
                    line,
                    "the record is longer than 256 MiB: is a quoted field unterminated?",
                ));
            }
        }
    }
}

pub(super) const NOT_UTF_8: &str = "invalid UTF-8; if the file is in Latin-1, set `#[csv(encoding = \"latin-1\")]` on the row type or the input";

const AFTER_QUOTE: &str = "unexpected characters after a closing quote; a quote inside a field must be doubled, and the field quoted";

const STRAY_QUOTE: &str =
    "unexpected quote in an unquoted field; quote the field, and double the quote inside it";

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// The fields of each record, with its line. Quoted fields are shown as by [`std::fmt::Debug`].
    fn read(text: &[u8], piece: usize) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut records = Records::new(BufReader::with_capacity(piece, text), &CsvOptions::DEFAULT);
        let mut record = Record::default();
        let mut found = Vec::new();
        loop {
            match records.read(&mut record) {
                Ok(false) => return Ok(found),
                Ok(true) => {
                    let fields = (0..record.len()).filter_map(|number| record.get(number));
                    let shown = |field: Field<'_>| match field.quoted {
                        true => format!("{:?}", field.text),
                        false => field.text.to_owned(),
                    };
                    found.push((record.line, fields.map(shown).collect()));
                }
                Err(Problem::Line { line, what }) => return Err(format!("{line}: {what}")),
                Err(Problem::Read { after, source }) => return Err(format!("after {after}: {source}")),
            }
        }
    }

    fn same_in_any_pieces(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let whole = read(text, 1 << 16);
        for piece in 1..8 {
            assert_eq!(read(text, piece), whole, "in pieces of {piece}");
        }
        whole
    }

    #[test]
    fn records_are_read_as_they_are_written() {
        let lines = |text: &str| same_in_any_pieces(text.as_bytes()).expect("records");
        let of =
            |line: u64, fields: &[&str]| (line, fields.iter().map(|field| (*field).to_owned()).collect());
        let expected = vec![of(1, &["a", "b"]), of(2, &["1", ""]), of(4, &["\"x\"", "y"])];
        assert_eq!(lines("a,b\n1,\n\n\"x\",y"), expected);
        assert_eq!(lines("a,b\r\n1,\r\n\r\n\"x\",y\r\n"), expected);
        assert_eq!(lines("a,b\r1,\r\r\"x\",y\r"), expected);
        assert_eq!(lines("\u{feff}a,b\n1,\n\n\"x\",y\n\n\n"), expected);
        assert_eq!(
            lines("a\n\"x,\n\"\"y\"\"\",\"\"\nz,w\n"),
            vec![of(1, &["a"]), of(2, &["\"x,\\n\\\"y\\\"\"", "\"\""]), of(4, &["z", "w"])]
        );
        assert_eq!(lines("a\r\nx\ry\r\n"), vec![of(1, &["a"]), of(2, &["x\ry"])]);
        assert_eq!(lines("a,b\r1\n2,3\r"), vec![of(1, &["a", "b"]), of(2, &["1\n2", "3"])]);
        assert_eq!(lines(""), vec![]);
        assert_eq!(lines("\n\n"), vec![]);
        assert_eq!(lines("a,"), vec![of(1, &["a", ""])]);
    }

    #[test]
    fn errors_are_reported_with_their_line() {
        let error = |text: &[u8]| same_in_any_pieces(text).expect_err("refused");
        assert!(error(b"a\n\nx\"y\n").starts_with("3: unexpected quote in an unquoted field"));
        assert!(error(b"a\n\"x\"y\n").starts_with("2: unexpected characters after a closing quote"));
        assert!(error(b"a\r\n\"x\"\ry\n").starts_with("2: unexpected characters after a closing quote"));
        assert_eq!(error(b"a\n\"x\ny\n"), "2: unterminated quoted field");
        assert_eq!(error(b"a\n\xff\n"), format!("2: {NOT_UTF_8}"));
    }
}
