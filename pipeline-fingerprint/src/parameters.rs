//! The parameters of a function, which hide functions with their names in its body.

use crate::tokens::{Name, Names, split};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Words that begin an item in the body of a function, or code that does not see its variables. In an item, a parameter
/// is not visible, and an imported function hides it.
const HIDING: [&str; 16] = [
    "asm",
    "const",
    "enum",
    "extern",
    "fn",
    "global_asm",
    "impl",
    "macro",
    "macro_rules",
    "mod",
    "naked_asm",
    "static",
    "struct",
    "trait",
    "union",
    "use",
];

/// Returns the parameters of a function that its whole body sees. Those with attributes may be left out by a condition,
/// and those in patterns are not counted.
pub(crate) fn of_function(tokens: &[TokenTree], names: &mut Names) -> Vec<Name> {
    let Some(TokenTree::Group(body)) = tokens.last() else { return Vec::new() };
    if hides(body.stream()) {
        return Vec::new();
    }
    let header = tokens.iter().skip_while(|token| !matches!(token, TokenTree::Ident(word) if word == "fn"));
    // Bounds with parentheses, `<F: Fn(u8)>`, come before the parameters.
    let mut depth = 0_i32;
    let mut before = None;
    let list = header.into_iter().find_map(|token| {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' && before != Some('-') => depth -= 1,
            TokenTree::Group(group) if depth == 0 && group.delimiter() == Delimiter::Parenthesis => {
                return Some(group.stream());
            }
            _ => {}
        }
        before = match token {
            TokenTree::Punct(sign) => Some(sign.as_char()),
            _ => None,
        };
        None
    });
    let list: Vec<TokenTree> = list.into_iter().flatten().collect();
    let named = split(&list, ',').filter_map(|parameter| match parameter {
        [TokenTree::Ident(name), TokenTree::Punct(colon), ..] if colon.as_char() == ':' => Some(name),
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "mut" => Some(name),
        _ => None,
    });
    named.map(|name| names.of(name)).collect()
}

fn hides(code: TokenStream) -> bool {
    code.into_iter().any(|token| match token {
        TokenTree::Ident(word) => HIDING.iter().any(|hiding| word == hiding),
        TokenTree::Group(group) => hides(group.stream()),
        _ => false,
    })
}
