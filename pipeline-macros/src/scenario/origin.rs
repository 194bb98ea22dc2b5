//! The scenario file, and the places in it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use skipstone_wiring::{SourceText, Span as Bytes};
use syn::LitStr;

/// The file that a scenario was read from, and the places of its parts.
pub(crate) struct Origin {
    /// Its name, as given to the macro.
    pub(crate) literal: LitStr,
    /// Whether it was found next to the source file, and not in the folder of the package.
    pub(crate) beside: bool,
    pub(crate) source: SourceText,
    /// The places of the calls.
    pub(crate) calls: Vec<CallPlaces>,
    /// The places of the inputs' defaults.
    pub(crate) defaults: Vec<Option<Bytes>>,
    /// The outputs whose type the file declares.
    pub(crate) outputs: Vec<DeclaredOutput>,
    /// The places of the subscenarios.
    pub(crate) subscenarios: Vec<SubscenarioPlaces>,
}

/// The places of a subscenario.
pub(crate) struct SubscenarioPlaces {
    pub(crate) name: Bytes,
    /// For each input that is given, the place of its name and of the node or value.
    pub(crate) given: Vec<(Bytes, Bytes)>,
}

/// The places of a call.
pub(crate) struct CallPlaces {
    pub(crate) function: Bytes,
    /// The place of the first output.
    pub(crate) outputs: Bytes,
    /// For each argument, the place of the parameter (of the node, if the parameter is not named) and of the node.
    pub(crate) arguments: Vec<(Bytes, Bytes)>,
}

/// An output whose type the file declares.
pub(crate) struct DeclaredOutput {
    pub(crate) call: usize,
    pub(crate) output: usize,
    pub(crate) ty: syn::Type,
    pub(crate) text: String,
    pub(crate) place: Bytes,
}

impl Origin {
    /// Formats a place of the file as an identifier: `scenario_toml_line_12_column_3`.
    pub(crate) fn place_as_name(&self, place: &Bytes) -> String {
        let name = self.source.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let letters = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        let (line, column) = self.source.position(place.start);
        // An identifier can't begin with a digit.
        let begin = if name.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
        format!("{begin}{}_line_{line}_column_{column}", letters.collect::<String>())
    }

    /// Generates the items with the name of a place: the compiler names the macro that its error is in.
    pub(crate) fn placed(&self, place: &Bytes, items: TokenStream) -> TokenStream {
        let name = format_ident!("{}", self.place_as_name(place));
        quote! {
            macro_rules! #name { () => { #items } }
            #name! {}
        }
    }

    /// Renders a place of the file with its line, to be appended to a message.
    pub(crate) fn excerpt(&self, place: &Bytes) -> String {
        format!("\n{}", self.source.excerpt(place))
    }
}
