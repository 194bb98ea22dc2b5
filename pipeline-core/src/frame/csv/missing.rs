//! The words for a missing value.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What a field says when its value is missing, besides nothing at all: the words that pandas takes
/// (`pandas.read_csv`, parameter `na_values`), as far as they come from common programs.
pub(super) const WORDS: [&str; 12] =
    ["NA", "N/A", "#N/A", "NaN", "nan", "NAN", "-nan", "-NaN", "NULL", "null", "Null", "None"];

/// As long as the longest word, with what stands before and after it.
const MARGIN: usize = 6;

/// Whether a field of the file may be one of [`WORDS`]. Reads the file, in pieces.
pub(super) fn occur_in(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; 1 << 18];
    // What was read and not yet searched to its end; the file begins like a line.
    piece[0] = b'\n';
    let mut kept = 1;
    loop {
        let read = match file.read(&mut piece[kept..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let end = kept + read;
        if read == 0 {
            // The file ends like a line.
            piece[kept] = b'\n';
            return Ok(occur(&piece[..=kept]));
        }
        if occur(&piece[..end]) {
            return Ok(true);
        }
        kept = end.min(MARGIN);
        piece.copy_within(end - kept..end, 0);
    }
}

/// Whether one of the words stands in `text` as a whole field, with its borders.
fn occur(text: &[u8]) -> bool {
    let is_border = |place: usize| matches!(text.get(place), Some(b',' | b'\n' | b'\r' | b'"'));
    memchr::memchr3_iter(b'N', b'n', b'#', text).any(|place| {
        let start = if place > 0 && text[place - 1] == b'-' { place - 1 } else { place };
        let field = &text[start..];
        start > 0
            && is_border(start - 1)
            && WORDS.iter().any(|word| field.starts_with(word.as_bytes()) && is_border(start + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.csv");
        std::fs::write(&path, text).expect("written");
        occur_in(&path).expect("read")
    }

    #[test]
    fn every_word_is_found_wherever_its_field_stands() {
        for word in WORDS {
            for text in [
                word.to_owned(),
                format!("{word},1"),
                format!("a,{word}\n1,2"),
                format!("a,\"{word}\",b"),
                format!("a\r\n{word}\r\n"),
            ] {
                assert!(found(&text), "{text:?}");
            }
            for text in [format!("x{word}"), format!("{word}x,y"), format!("a {word}"), String::new()] {
                assert!(!found(&text), "{text:?}");
            }
        }
        assert!(!found("name,Nan cy,nanny,None such,#N\n"));
    }

    #[test]
    fn a_word_on_the_border_of_two_pieces_is_found() {
        for before in (1 << 18) - 10..(1 << 18) + 10 {
            for word in ["#N/A", "-nan", "NA"] {
                let text = "1,".repeat(before / 2) + &"1".repeat(before % 2) + "," + word;
                assert!(found(&(text.clone() + ",1")), "{word} at {before}");
                assert!(found(&text), "{word} at {before}, at the end");
                assert!(!found(&(text + "x,1")), "{word}x at {before}");
            }
        }
    }
}
