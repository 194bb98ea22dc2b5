//! Decides whether polars may read a file as it is.
//!
//! Polars is fast, and reads plain files correctly. It misreads others: it fills short lines, takes a blank line for a
//! row and a quoted word for a missing value, and reads ` 5` as a number but not `5 `. A survey looks for signs of
//! these cases at the speed of memory.

use super::missing;
use memchr::{memchr_iter, memchr2_iter, memchr3_iter, memmem};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// The number of bytes that are searched together.
const PIECE: usize = 1 << 18;

/// The number of bytes before a position in which a match may begin.
const BEFORE: usize = 3;

/// The number of bytes of a file that are worth a thread.
const SHARE: u64 = 8 << 20;

/// The findings of a survey.
#[derive(Debug, Default)]
struct Survey {
    /// The number of quotes that open a field, minus those that close one.
    open: i64,
    quotes: bool,
    /// Whether the last field of some line is empty.
    empty_ends: bool,
    /// Whether there is something that polars misreads.
    odd: bool,
}

/// Whether polars reads the file correctly as it is. The file must not be compressed; `fields` is the number of fields
/// in its header.
pub(super) fn is_plain(path: &Path, fields: usize) -> io::Result<bool> {
    let length = path.metadata()?.len();
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    is_plain_in_shares(path, fields, length.div_ceil((length / SHARE).clamp(1, threads)))
}

/// The same, with one thread for each `share` bytes.
fn is_plain_in_shares(path: &Path, fields: usize, share: u64) -> io::Result<bool> {
    let length = path.metadata()?.len();
    let mut starts: Vec<u64> = (0..length).step_by(share.max(1) as usize).collect();
    // The last share extends to the end of the file, which may have moved by then.
    let last = starts.pop().unwrap_or(0);
    let odd = AtomicBool::new(false);
    let survey = |share: Range<u64>| {
        let mut survey = Survey::default();
        pieces(path, share, |text, from, to| {
            survey.look(text, from, to);
            odd.fetch_or(survey.odd, Ordering::Relaxed);
            !odd.load(Ordering::Relaxed)
        })
        .map(|()| survey)
    };
    let survey = thread::scope(|scope| {
        let survey = &survey;
        let others: Vec<_> =
            starts.into_iter().map(|start| scope.spawn(move || survey(start..start + share))).collect();
        let mut whole = survey(last..u64::MAX)?;
        for other in others {
            whole.add(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok::<Survey, io::Error>(whole)
    })?;
    Ok(match survey {
        Survey { odd: true, .. } => false,
        Survey { open, .. } if open != 0 => false,
        // If nothing is quoted, each comma ends a field.
        Survey { empty_ends: true, quotes: false, .. } => has_commas(path, fields - 1)?,
        Survey { empty_ends, .. } => !empty_ends,
    })
}

/// Passes on the bytes of a part of the file in pieces, each with the range of positions to search; the bytes around
/// the range are included. The file is treated as if line ends surrounded it.
fn pieces(
    path: &Path,
    part: Range<u64>,
    mut take: impl FnMut(&[u8], usize, usize) -> bool,
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE + BEFORE + missing::MARGIN];
    piece[0] = b'\n';
    let (mut from, mut end) = (1, 1);
    let before = part.start.min(BEFORE as u64);
    if before > 0 {
        // Within the file, its own bytes take the place of that line end.
        file.seek(SeekFrom::Start(part.start - before))?;
        (from, end) = (before as usize + 1, 1);
    }
    let mut left = usize::try_from(part.end - part.start).unwrap_or(usize::MAX);
    while left > 0 {
        let read = match file.read(&mut piece[end..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        end += read;
        if read == 0 {
            piece.truncate(end);
            piece.push(b'\n');
            let to = end.min(from.saturating_add(left));
            // The file may have become shorter meanwhile.
            if from <= to {
                take(&piece, from, to);
            }
            return Ok(());
        }
        let whole = end.saturating_sub(missing::MARGIN).min(from.saturating_add(left));
        let Some(to) = Some(whole).filter(|to| *to > from) else { continue };
        if !take(&piece[..end], from, to) {
            return Ok(());
        }
        left -= to - from;
        let kept = to.saturating_sub(BEFORE);
        piece.copy_within(kept..end, 0);
        (from, end) = (to - kept, end - kept);
    }
    Ok(())
}

impl Survey {
    /// Adds the findings of another part.
    fn add(&mut self, other: Survey) {
        self.open += other.open;
        self.quotes |= other.quotes;
        self.empty_ends |= other.empty_ends;
        self.odd |= other.odd;
    }

    fn look(&mut self, text: &[u8], from: usize, to: usize) {
        let looked = &text[from..to];
        let at = |place: usize| text.get(place).copied().unwrap_or(b'\n');
        let is_border = |place: usize| matches!(at(place), b',' | b'\n' | b'\r');
        let word = |place: usize| missing::stands_at(text, from + place);
        self.odd |= memchr3_iter(b'N', b'n', b'#', looked).any(word) || memchr_iter(b'<', looked).any(word);
        let begins = |place: usize| is_border(place) || at(place) == b'"' && is_border(place - 1);
        let ends = |place: usize| is_border(place) || at(place) == b'"' && is_border(place + 1);
        self.odd |= memchr2_iter(b' ', b'\t', looked)
            .map(|place| from + place)
            .any(|place| begins(place - 1) || ends(place + 1));
        for place in memchr_iter(b'"', looked).map(|place| from + place) {
            self.quotes = true;
            let (before, after) = (at(place - 1), at(place + 1));
            if is_border(place - 1) {
                self.open += 1;
                // An empty string in quotes.
                self.odd |= after == b'"' && is_border(place + 2);
            } else if is_border(place + 1) {
                self.open -= 1;
            } else {
                self.odd |= before != b'"' && after != b'"';
            }
        }
        // Two successive line ends, of which the first may be just before the range.
        let lines = &text[from - 1..to];
        self.odd |= memmem::find(lines, b"\n\n").is_some()
            || memmem::find(&text[from - 1..(to + 1).min(text.len())], b"\n\r\n").is_some();
        let ends = &text[from..(to + 2).min(text.len())];
        self.empty_ends |= memmem::find(ends, b",\n").is_some() || memmem::find(ends, b",\r\n").is_some();
    }
}

/// Whether each line has this number of commas.
fn has_commas(path: &Path, commas: usize) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    // The commas so far of a line that began in an earlier piece.
    let (mut found, mut begun) = (0, false);
    loop {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Ok(!begun || found == commas);
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', &piece[..read]) {
            found += memchr_iter(b',', &piece[start..end]).count();
            if found != commas {
                return Ok(false);
            }
            (found, begun, start) = (0, false, end + 1);
        }
        if start < read {
            found += memchr_iter(b',', &piece[start..read]).count();
            begun = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, fields: usize) -> bool {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.csv");
        std::fs::write(&path, text).expect("written");
        let plain = is_plain(&path, fields).expect("read");
        // Several threads find the same, wherever their shares of the file begin.
        for share in (1..20).filter(|_| text.len() < 200) {
            assert_eq!(is_plain_in_shares(&path, fields, share).expect("read"), plain, "{share}: {text:?}");
        }
        plain
    }

    #[test]
    fn ordinary_files_are_plain() {
        for text in [
            "a,b\n1,2\n",
            "a,b\r\n1,2\r\n3,4",
            "a,b\n1,\n,2\n,\n",
            "a,b\n\"x,y\",2\n",
            "a,b\n\"say \"\"yes\"\" twice\",2\n",
            "a,b\nNancy #1,nanny\n",
            "a,b\nfirst second,3\n",
            "\u{feff}a,b\n1,2\n",
        ] {
            assert!(plain(text, 2), "{text:?}");
        }
    }

    #[test]
    fn files_that_polars_misreads_are_not_plain() {
        let mut odd: Vec<String> = missing::WORDS.iter().map(|word| format!("{word},1\n")).collect();
        odd.extend(missing::WORDS.iter().map(|word| format!("1,\"{word}\"\n")));
        let signs = [
            " 1,2\n",
            "1 ,2\n",
            "1,2\t\n",
            "\n",
            "\r\n",
            "1,\"\"\n",
            "1,x\"y\n",
            "x\"y\",1\n",
            "1\n1,\n",
            "\"a\n,\n",
        ];
        odd.extend(signs.map(str::to_owned));
        for sign in odd {
            for before in ["", "1,2\n", "1,2\r\n"] {
                assert!(!plain(&format!("a,b\n{before}{sign}"), 2), "{before:?} {sign:?}");
            }
            let sign = sign.trim_end_matches('\n');
            assert!(
                sign.trim_end_matches('\r').is_empty() || !plain(&format!("a,b\n{sign}"), 2),
                "{sign:?} at the end"
            );
        }
        assert!(!plain("\na,b\n1,2\n", 2), "a blank line before the header");
    }

    #[test]
    fn oddities_across_two_pieces_are_found() {
        for before in PIECE - 16..PIECE + 16 {
            for sign in ["NA,1", "#N/A N/A,1", "-nan,1", " 1,1", "1, 1", "1,1\n\n1,1", "1\n1,"] {
                let line = "1,1\n";
                let lines = line.repeat(before / 4);
                let pad = ["", "1", "11", "111"][before % 4];
                assert!(plain(&format!("{lines}{pad}1,1\n"), 2), "at {before}");
                assert!(!plain(&format!("{lines}{pad}1,1\n{sign}\n"), 2), "{sign:?} at {before}");
            }
        }
    }
}
