//! Extracts the text of doc comments.

use syn::{Attribute, Expr, Lit, Meta};

/// Returns the trimmed text of the doc comments among `attributes`, without the space after `///`.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    let lines: Vec<&str> = lines
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}

fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(literal) = &pair.value else { return None };
    match &literal.lit {
        Lit::Str(text) if pair.path.is_ident("doc") => {
            // Keep empty lines, so that paragraphs stay apart.
            Some(if text.value().is_empty() { "\n".into() } else { text.value() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn lines_are_joined_and_paragraphs_are_kept() {
        let item: syn::ItemStruct = parse_quote! {
            /// First line,
            /// second line.
            ///
            /// A paragraph.
            #[derive(Debug)]
            struct S;
        };
        assert_eq!(text(&item.attrs), "First line,\nsecond line.\n\nA paragraph.");
    }
}
