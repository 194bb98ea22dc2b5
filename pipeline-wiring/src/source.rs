//! Source files, and errors in them rendered with the line and a caret.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// A byte range in a [`SourceText`].
pub type Span = Range<usize>;

/// The maximum number of errors shown per file.
const SHOWN: usize = 50;

/// A source text with a name, usually the name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    name: String,
    text: String,
    /// The offset at which each line begins.
    lines: Vec<usize>,
}

/// An error at a place of a [`SourceText`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The place of the error.
    pub span: Span,
    /// The message; its lines after the first are shown below the excerpt.
    pub message: String,
}

/// All errors in a [`SourceText`], in source order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    source: SourceText,
    faults: Vec<Fault>,
}

impl SourceText {
    /// Makes a source text with the name of its file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> SourceText {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        SourceText { name: name.into(), text, lines }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the line and column of an offset, both counted from 1; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = floor(&self.text, offset);
        let line = self.lines.partition_point(|begin| *begin <= offset);
        let begin = self.lines[line - 1];
        (line, self.text[begin..offset].chars().count() + 1)
    }

    /// Returns `file:line:column` of an offset.
    pub fn place(&self, offset: usize) -> String {
        let (line, column) = self.position(offset);
        format!("{}:{line}:{column}", self.name)
    }

    /// Renders the place with its line and a caret, without a message, to be appended to one.
    pub fn excerpt(&self, span: &Span) -> String {
        let shown = self.show("", span, "");
        // Drop the first line, which holds the empty message.
        shown.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }

    /// Renders an error: its message, place and line.
    pub fn show_fault(&self, fault: &Fault) -> String {
        let (title, more) = fault.message.split_once('\n').unwrap_or((&fault.message, ""));
        self.show(title, &fault.span, more)
    }

    fn show(&self, title: &str, span: &Span, more: &str) -> String {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        // If the span covers several lines, show the first: the header of a table, the opening of an array.
        let end = self.text[start..end].find('\n').map_or(end, |newline| start + newline);
        // Pass only this line to the renderer, so that the cost depends on the line and not on the file.
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.text[end..].find('\n').map_or(self.text.len(), |newline| end + newline);
        let line = self.text[line_start..line_end].trim_end_matches('\r');
        let (start, end) = ((start - line_start).min(line.len()), (end - line_start).min(line.len()));
        let snippet = Snippet::source(line)
            .line_start(self.position(line_start).0)
            .path(self.name.as_str())
            .annotation(AnnotationKind::Primary.span(start..end));
        let mut group = Level::ERROR.primary_title(title).element(snippet);
        for line in more.lines() {
            group = group.element(Level::NOTE.no_name().message(line));
        }
        Renderer::plain().render(&[group])
    }
}

/// Returns the nearest character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl Faults {
    /// Sorts the errors of a source text by their place.
    pub fn new(source: SourceText, mut faults: Vec<Fault>) -> Faults {
        faults.sort_by_key(|fault| fault.span.start);
        Faults { source, faults }
    }

    /// Returns the source text.
    pub fn source(&self) -> &SourceText {
        &self.source
    }

    /// Returns the errors, in source order.
    pub fn list(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.faults.iter().take(SHOWN).enumerate() {
            let joint = if number == 0 { "" } else { "\n\n" };
            write!(f, "{joint}{}", self.source.show_fault(fault))?;
        }
        match self.faults.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n\nand {more} more in {}", self.source.name),
        }
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_with_its_line_and_a_caret() {
        let source = SourceText::new("a.toml", "one = 1\ntwo = \"zwei\" # two\nthree = 3\n");
        let fault = Fault { span: 14..20, message: "not a number\nwrite it in digits".into() };
        assert_eq!(
            Faults::new(source, vec![fault]).to_string(),
            "error: not a number\n --> a.toml:2:7\n  |\n2 | two = \"zwei\" # two\n  |       ^^^^^^\n  |\n  = write it in digits"
        );
    }

    #[test]
    fn offsets_are_moved_to_character_boundaries() {
        let source = SourceText::new("a.toml", "ß = \"ü\"\r\n");
        assert_eq!(source.place(1), "a.toml:1:1");
        assert_eq!(source.place(99), "a.toml:2:1");
        for start in 0..14 {
            for end in 0..14 {
                source.excerpt(&(start..end));
            }
        }
        SourceText::new("empty", "").excerpt(&(0..0));
    }
}
