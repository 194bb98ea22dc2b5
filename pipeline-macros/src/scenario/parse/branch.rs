//! Parses a branch: `if condition { … } else { … }`.

use super::found::located;
use super::split::{End, Piece};
use super::statement::after_attributes;
use super::words::{self, end_of, stream};
use crate::scenario::condition;
use crate::scenario::model::Branch;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use std::collections::HashSet;
use syn::Expr;
use syn::ext::IdentExt;

/// The beginning of an arm.
pub(super) enum ArmStart<'a> {
    /// `if condition { … }`
    If { word: Span, condition: &'a [TokenTree], body: &'a Group },
    /// `else if condition { … }`
    ElseIf { word: Span, condition: &'a [TokenTree], body: &'a Group },
    /// `else { … }`
    Else { word: Span, body: &'a Group },
}

/// Reads the beginning of an arm. Returns `None` for another statement.
pub(super) fn arm(piece: &Piece) -> Option<ArmStart<'_>> {
    let (first, rest) = after_attributes(&piece.tokens).split_first()?;
    if !words::begins_arm(first) || !matches!(piece.end, End::Block) {
        return None;
    }
    let (TokenTree::Group(body), before) = rest.split_last()? else { return None };
    let word = first.span();
    Some(match before {
        condition if words::is(first, "if") => ArmStart::If { word, condition, body },
        [] => ArmStart::Else { word, body },
        [inner, condition @ ..] if words::is(inner, "if") => ArmStart::ElseIf { word, condition, body },
        _ => return None,
    })
}

/// Returns the place after an arm, for what is missing there.
pub(super) fn after(piece: &Piece) -> Span {
    end_of(&piece.tokens)
}

/// Reads a condition. `nodes` are the names of all nodes.
///
/// # Errors
///
/// If it is not an expression, or not about exactly one node.
pub(super) fn condition(word: Span, tokens: &[TokenTree], nodes: &HashSet<String>) -> syn::Result<Branch> {
    const FORM: &str = "expected a condition on an input: `if mode == Mode::Full { … } else { … }`";
    let Some(first) = tokens.first() else { return Err(syn::Error::new(word, FORM)) };
    if words::is(first, "let") {
        return Err(syn::Error::new(first.span(), "write `matches!(input, pattern)` in place of `let`"));
    }
    syn::parse2::<Expr>(stream(tokens)).map_err(|error| located(error, tokens))?;
    let mut inputs: Vec<Ident> = Vec::new();
    let is_node = |name: &Ident| nodes.contains(&name.unraw().to_string());
    condition::replaced(stream(tokens), &is_node, &mut |input| {
        inputs.push(input.clone());
        TokenStream::new()
    });
    let mut names = inputs.iter();
    let Some(input) = names.next().cloned() else {
        return Err(syn::Error::new(first.span(), FORM));
    };
    if let Some(other) = names.find(|other| **other != input) {
        let message =
            "a branch depends on one input: put both values into one type, such as an enum or a tuple";
        return Err(syn::Error::new(other.span(), message));
    }
    Ok(Branch { input, condition: stream(tokens) })
}
