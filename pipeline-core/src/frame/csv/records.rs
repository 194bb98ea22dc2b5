//! The records of a CSV file, one by one, after RFC 4180.
//!
//! Polars reads most files: it is faster. This reads all of them, and tells line and reason of what it can't read.

use super::super::row::CsvOptions;
use std::io::{self, BufRead};

/// A record may have so many bytes. A quote that is not closed would else read the whole file into memory.
const LONGEST: usize = 1 << 28;

/// The fields of a line, or of several where quotes hold an end of a line.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: Vec<u8>,
    /// Where each field ends in the text, and whether it was in quotes.
    ends: Vec<(usize, bool)>,
    /// The line that it begins in, counted from 1.
    pub(super) line: u64,
}

/// The content of a field, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

impl Record {
    /// How many fields it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field, where there is one.
    pub(super) fn get(&self, number: usize) -> Option<Field<'_>> {
        let &(end, quoted) = self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before].0);
        // Borders of fields are borders of letters: all of the text was checked.
        Some(Field { text: std::str::from_utf8(&self.text[start..end]).unwrap_or_default(), quoted })
    }
}

/// Why a record can't be read.
#[derive(Debug)]
pub(super) enum Problem {
    /// The file can't be read on. How many lines were read before.
    Read { after: u64, source: io::Error },
    /// A line is not what it should be.
    Line { line: u64, what: String },
}

/// Reads records.
pub(super) struct Records<R> {
    input: R,
    /// The lines that were read.
    lines: u64,
    /// What ends a line, once one has ended: `\n`, also after `\r`, or `\r` alone.
    end: Option<u8>,
    separator: u8,
    quote: u8,
    comment: Option<u8>,
    /// How many lines are passed over at the beginning.
    skip: u64,
}

/// Where in a record the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Unquoted,
    Quoted,
    /// After a quote in a quoted field: its end, or the first of two.
    Quote,
    /// In a line that is a comment, or is passed over.
    Comment,
    /// After a carriage return that may belong to the end of the line.
    Return,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, options: &CsvOptions) -> Records<R> {
        let CsvOptions { separator, quote, comment, skip, .. } = *options;
        Records { input, lines: 0, end: None, separator, quote, comment, skip }
    }

    /// Whether lines end with a carriage return alone, as far as is known.
    pub(super) fn ends_with_return(&self) -> bool {
        self.end == Some(b'\r')
    }

    /// Reads the next record, and leaves blank lines out; `false` at the end of the file.
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
            // A blank line has one field and nothing in it, one that is passed over has none.
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
        let passed_over = self.lines < self.skip;
        let mut at = if passed_over { At::Comment } else { At::Start };
        let mut is_comment = passed_over;
        let mut quoted = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(Problem::Read { after: self.lines, source }),
                Ok(chunk) => chunk,
            };
            if chunk.is_empty() {
                return match at {
                    At::Quoted => Err(wrong(line, "a quote is not closed")),
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
                        // One byte at least: a carriage return where lines end otherwise.
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
                            // A line feed where lines end otherwise is a part of the text.
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
                return Err(wrong(line, "the line has more than 256 MiB: is a quote not closed?"));
            }
        }
    }
}

pub(super) const NOT_UTF_8: &str = "the text is not UTF-8; `#[csv(encoding = \"latin-1\")]` on the row type or the input reads it if it is that";

const AFTER_QUOTE: &str =
    "text follows a closing quote; a quote inside of a field is written twice, and the field in quotes";

const STRAY_QUOTE: &str = "a quote stands inside of a field that does not begin with one; put the field in quotes, and write that quote twice";

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// The fields of each record, with its line; quoted ones as they are written by [`std::fmt::Debug`].
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
    fn records_have_the_fields_that_they_are_written_with() {
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
    fn what_is_wrong_is_told_with_its_line() {
        let error = |text: &[u8]| same_in_any_pieces(text).expect_err("refused");
        assert!(error(b"a\n\nx\"y\n").starts_with("3: a quote stands inside"));
        assert!(error(b"a\n\"x\"y\n").starts_with("2: text follows a closing quote"));
        assert!(error(b"a\r\n\"x\"\ry\n").starts_with("2: text follows a closing quote"));
        assert_eq!(error(b"a\n\"x\ny\n"), "2: a quote is not closed");
        assert_eq!(error(b"a\n\xff\n"), format!("2: {NOT_UTF_8}"));
    }
}
