//! Splits the body of a scenario into statements, also where their ends are missing.

use super::words::{self, at_sign, is_sign};
use proc_macro2::{Delimiter, Span, TokenTree};

/// The tokens of a statement without its end.
pub(super) struct Piece {
    pub(super) tokens: Vec<TokenTree>,
    pub(super) end: End,
}

/// How a statement ends.
pub(super) enum End {
    Semicolon,
    /// With a comma.
    Comma(Span),
    /// The next statement begins, or the body ends.
    Missing,
    /// With braces, which need no semicolon. A scenario has no such statements.
    Block,
}

/// Splits the body. Returns the superfluous semicolons as well.
pub(super) fn split(body: Vec<TokenTree>) -> (Vec<Piece>, Vec<Span>) {
    let (mut pieces, mut empty) = (Vec::new(), Vec::new());
    let (mut start, mut i) = (0, 0);
    // The depth of `<…>`, in which a comma separates types.
    let mut angles = 0_u32;
    while i < body.len() {
        let token = &body[i];
        let end = match token {
            TokenTree::Punct(sign) if sign.as_char() == ';' && i == start => {
                empty.push(token.span());
                (start, i) = (i + 1, i + 1);
                continue;
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => Some((End::Semicolon, i, i + 1)),
            TokenTree::Punct(sign)
                if sign.as_char() == ',' && angles == 0 && i > start + 1 && begins(&body, i + 1) =>
            {
                Some((End::Comma(token.span()), i, i + 1))
            }
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace && words::is_block(&body[start..i]) =>
            {
                Some((End::Block, i + 1, i + 1))
            }
            _ if i > start && begins_after(&body, start, i) => Some((End::Missing, i, i)),
            _ => None,
        };
        if let Some((end, stop, next)) = end {
            pieces.push(Piece { tokens: body[start..stop].to_vec(), end });
            (start, i, angles) = (next, next, 0);
            // The token at which the next statement begins is not its end.
            i += usize::from(next == stop && next < body.len() && !at_sign(&body, next, ';'));
            continue;
        }
        if let TokenTree::Punct(sign) = token {
            let arrow = i > 0 && (is_sign(&body[i - 1], '-') || is_sign(&body[i - 1], '='));
            match sign.as_char() {
                '<' => angles += 1,
                '>' if !arrow => angles = angles.saturating_sub(1),
                _ => {}
            }
        }
        i += 1;
    }
    if start < body.len() {
        pieces.push(Piece { tokens: body[start..].to_vec(), end: End::Missing });
    }
    (pieces, empty)
}

/// Returns whether a statement begins here: `input name`, `name =`, `(names) =`, or an attribute before one of these.
fn begins(body: &[TokenTree], at: usize) -> bool {
    match body.get(at) {
        Some(TokenTree::Ident(word)) if word == "let" => true,
        Some(TokenTree::Ident(word))
            if word == "input" && matches!(body.get(at + 1), Some(TokenTree::Ident(_))) =>
        {
            at_sign(body, at + 2, ':') || at_sign(body, at + 2, '=')
        }
        Some(TokenTree::Ident(_)) => is_assignment(body, at + 1),
        Some(TokenTree::Group(group)) => {
            group.delimiter() == Delimiter::Parenthesis && is_assignment(body, at + 1)
        }
        Some(sign) if is_sign(sign, '#') => {
            matches!(body.get(at + 1), Some(TokenTree::Group(_))) && begins(body, at + 2)
        }
        _ => false,
    }
}

/// Returns whether there is an `=` which is not a part of `==` or `=>`.
fn is_assignment(body: &[TokenTree], at: usize) -> bool {
    at_sign(body, at, '=') && !at_sign(body, at + 1, '=') && !at_sign(body, at + 1, '>')
}

/// Returns whether a statement begins at `at`, in the middle of the one that begins at `start`, whose end is missing.
fn begins_after(body: &[TokenTree], start: usize, at: usize) -> bool {
    if words::begins_block(&body[at]) && ends(&body[at - 1]) {
        return true;
    }
    if !begins(body, at) {
        return false;
    }
    // A condition may have `let` and `=`.
    let is_condition = words::begins_arm(&body[start]) && !words::is_on_later_line(&body[at], &body[start]);
    if is_condition {
        return false;
    }
    let input = words::is(&body[start], "input");
    let attributed = (start..at).all(|i| is_sign(&body[i], '#') || words::is_attribute(&body[i]));
    match &body[at - 1] {
        _ if attributed => false,
        TokenTree::Ident(_) => {
            // `input name = …` has no type, and `let mut name = …` two words too many.
            let is_prefixed = body[start..at].iter().all(words::is_prefix);
            !is_prefixed || words::is_on_later_line(&body[at], &body[at - 1])
        }
        TokenTree::Group(_) | TokenTree::Literal(_) => {
            // `pub(crate) name =`
            !(at >= 2 && words::is(&body[at - 2], "pub"))
        }
        TokenTree::Punct(sign) => match sign.as_char() {
            '=' => true,
            // A path, or the type of an input.
            ':' if at >= 2 && is_sign(&body[at - 2], ':') => !input,
            ':' => words::is_on_later_line(&body[at], &body[at - 1]) && is_name(&body[at]),
            '>' | '?' => true,
            _ => false,
        },
    }
}

/// Returns whether a statement may end with this token.
fn ends(token: &TokenTree) -> bool {
    !matches!(token, TokenTree::Punct(_))
}

/// Returns whether this is the name of a node rather than that of a type.
fn is_name(token: &TokenTree) -> bool {
    !matches!(token, TokenTree::Ident(word) if !words::is_lower(word) || words::is_primitive(word))
}
