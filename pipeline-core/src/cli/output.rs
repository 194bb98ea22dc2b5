//! Prints results to stdout and messages to stderr, with or without colours.

use crate::report::Tone;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Stdout and stderr, each with colours if its reader shows them (`NO_COLOR` and similar variables are obeyed).
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    colored: bool,
}

impl Output {
    pub(super) fn new() -> Output {
        let choice = anstream::AutoStream::choice(&io::stdout());
        Output { colored: choice != anstream::ColorChoice::Never }
    }

    /// Stdout, for results.
    pub(super) fn out(&self) -> impl Write {
        io::BufWriter::new(io::stdout().lock())
    }

    /// Prints a result: as JSON with the version of the format, or as text.
    pub(super) fn print(
        &self,
        json: bool,
        value: &impl serde::Serialize,
        text: &impl std::fmt::Display,
    ) -> io::Result<()> {
        let mut out = self.out();
        if json {
            let mut value = serde_json::to_value(value).unwrap_or_default();
            if let Some(fields) = value.as_object_mut() {
                fields.insert("format".into(), 1.into());
            }
            writeln!(out, "{value}")?;
        } else {
            writeln!(out, "{text}")?;
        }
        out.flush()
    }

    /// The word in the colour of its tone, for stdout.
    pub(super) fn paint(&self, tone: Tone, word: &str) -> String {
        if self.colored { styled(tone, word) } else { word.to_owned() }
    }

    /// Prints a message with a label to stderr. Errors are ignored: without stderr they can't be reported.
    pub(super) fn message(&self, tone: Tone, label: &str, message: &str) {
        let _ = writeln!(anstream::stderr(), "{}: {message}", styled(tone, label));
    }
}

/// The word with the terminal codes of its colour.
pub(super) fn styled(tone: Tone, word: &str) -> String {
    let style = match tone {
        Tone::Work => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Tone::Quiet => Style::new().dimmed(),
        Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
        Tone::Heading => Style::new().bold(),
    };
    format!("{style}{word}{style:#}")
}
