//! The file that a scenario was read from.

use skipstone_wiring::{SourceText, Span as Bytes};
use syn::LitStr;

/// The file that a scenario was read from.
pub(crate) struct Origin {
    /// Its name in the macro.
    pub(crate) literal: LitStr,
    /// Whether it was found beside the source and not in the folder of the package.
    pub(crate) beside: bool,
    pub(crate) source: SourceText,
    /// Where each call's function stands, and the first of its outputs.
    pub(crate) calls: Vec<CallPlaces>,
    /// Where each input's default stands.
    pub(crate) defaults: Vec<Option<Bytes>>,
    /// Types that the file says outputs have.
    pub(crate) outputs: Vec<DeclaredOutput>,
}

pub(crate) struct CallPlaces {
    pub(crate) function: Bytes,
    pub(crate) outputs: Bytes,
    /// Parameter, where it is named, and node of each argument.
    pub(crate) arguments: Vec<(Bytes, Bytes)>,
}

pub(crate) struct DeclaredOutput {
    pub(crate) call: usize,
    pub(crate) output: usize,
    pub(crate) ty: syn::Type,
    pub(crate) text: String,
    pub(crate) place: Bytes,
}

impl Origin {
    /// A place of the file as one word: `scenario_toml_line_12_column_3`.
    pub(crate) fn place_as_name(&self, place: &Bytes) -> String {
        let name = self.source.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let letters = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        let (line, column) = self.source.position(place.start);
        // A name can't begin with a digit.
        let begin = if name.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
        format!("{begin}{}_line_{line}_column_{column}", letters.collect::<String>())
    }

    /// A place of the file, with its line: what comes below a message.
    pub(crate) fn excerpt(&self, place: &Bytes) -> String {
        format!("\n{}", self.source.excerpt(place))
    }
}
