//! Questions about single tokens.

use crate::type_text::PRIMITIVES;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

pub(super) fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

pub(super) fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

pub(super) fn at_sign(tokens: &[TokenTree], at: usize, sign: char) -> bool {
    tokens.get(at).is_some_and(|token| is_sign(token, sign))
}

/// Returns whether this may be the brackets of an attribute.
pub(super) fn is_attribute(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

/// Returns whether this may be a word before the name of a node.
pub(super) fn is_prefix(token: &TokenTree) -> bool {
    const WORDS: [&str; 7] = ["input", "let", "mut", "pub", "ref", "const", "static"];
    is_sign(token, '#') || is_attribute(token) || WORDS.iter().any(|word| is(token, word))
}

/// The words that begin a loop or an item, neither of which is a statement of a scenario.
const BLOCKS: [&str; 9] = ["for", "while", "loop", "fn", "struct", "enum", "impl", "mod", "trait"];

/// The words that begin an arm of a branch.
const ARMS: [&str; 2] = ["if", "else"];

/// Those that may also be in the default of an input.
const EXPRESSIONS: [&str; 4] = ["if", "else", "match", "unsafe"];

/// Returns whether a loop or an item begins here.
pub(super) fn begins_block(token: &TokenTree) -> bool {
    BLOCKS.iter().any(|word| is(token, word))
}

/// Returns whether these tokens begin something that ends with braces and without a semicolon.
pub(super) fn is_block(tokens: &[TokenTree]) -> bool {
    let first = tokens.iter().find(|token| !is_sign(token, '#') && !is_attribute(token));
    first.is_some_and(|token| begins_block(token) || EXPRESSIONS.iter().any(|word| is(token, word)))
}

/// Returns whether an arm of a branch begins here.
pub(super) fn begins_arm(token: &TokenTree) -> bool {
    ARMS.iter().any(|word| is(token, word))
}

pub(super) fn is_lower(word: &Ident) -> bool {
    word.to_string().starts_with(|first: char| first.is_lowercase() || first == '_')
}

pub(super) fn is_primitive(word: &Ident) -> bool {
    PRIMITIVES.iter().any(|ty| word == ty)
}

/// Returns whether a token is on a later line than the one before it.
pub(super) fn is_on_later_line(token: &TokenTree, before: &TokenTree) -> bool {
    token.span().start().line > before.span().end().line
}

/// Returns the place of the last token; for parentheses, that of the closing one.
pub(super) fn end_of(tokens: &[TokenTree]) -> Span {
    match tokens.last() {
        Some(TokenTree::Group(group)) => group.span_close(),
        Some(token) => token.span(),
        None => Span::call_site(),
    }
}

/// Returns whether the word is a keyword that begins an expression, and no name in a path.
pub(super) fn is_expression(word: &Ident) -> bool {
    const WORDS: [&str; 18] = [
        "async", "await", "break", "const", "continue", "false", "for", "if", "let", "loop", "match", "move",
        "return", "static", "true", "unsafe", "while", "yield",
    ];
    WORDS.iter().any(|keyword| word == keyword)
}

pub(super) fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}
