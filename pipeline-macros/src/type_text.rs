//! Formats types as an author would write them, for messages, graphs and documentation.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// The primitive types with a name.
pub(crate) const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32",
    "u64", "u128", "usize",
];

/// Formats the tokens of a type with the spaces that rustfmt would use.
pub(crate) fn type_text(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.into_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' => text.push_str(if tokens.peek().is_some() { ", " } else { "" }),
                ';' => text.push_str("; "),
                '+' => text.push_str(" + "),
                '=' => text.push_str(" = "),
                '-' if matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '>') => {
                    tokens.next();
                    text.push_str(" -> ");
                }
                other => text.push(other),
            },
            word => {
                if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_formatted_as_written() {
        for text in [
            "Frame<Scored>",
            "&Frame<a::b::Scored>",
            "BTreeMap<String, Vec<Option<f64>>>",
            "(Frame<A>, [u8; 4])",
            "&'static str",
            "Box<dyn Fn(u8) -> u8 + Send>",
            "Result<(A, B), Box<dyn std::error::Error>>",
        ] {
            let tokens: TokenStream = text.parse().expect("tokens");
            assert_eq!(type_text(tokens), text);
        }
    }
}
