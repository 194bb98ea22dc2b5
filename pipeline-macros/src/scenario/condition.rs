//! The conditions of branches: expressions in which the name of an input stands for its value.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// Returns the condition with other tokens in place of the names of nodes. Other identifiers, such as fields, parts of paths and
/// functions, stay as they are.
pub(super) fn replaced(
    condition: TokenStream,
    is_node: &dyn Fn(&Ident) -> bool,
    value: &mut dyn FnMut(&Ident) -> TokenStream,
) -> TokenStream {
    let tokens: Vec<TokenTree> = condition.into_iter().collect();
    let mut out = TokenStream::new();
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if is_node(name) && stands_alone(&tokens, i) => out.extend(value(name)),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replaced(group.stream(), is_node, value));
                inner.set_span(group.span());
                inner.to_tokens(&mut out);
            }
            other => other.to_tokens(&mut out),
        }
    }
    out
}

/// Returns whether the name at this place is not a field, a part of a path or a function.
fn stands_alone(tokens: &[TokenTree], at: usize) -> bool {
    let sign = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    };
    let (before, earlier) = (sign(at.checked_sub(1)), sign(at.checked_sub(2)));
    let is_field = before == Some('.') && earlier != Some('.');
    let in_path = before == Some(':') || sign(Some(at + 1)) == Some(':');
    let is_called = matches!(
        tokens.get(at + 1),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis
    );
    !is_field && !in_path && !is_called
}

/// Returns the condition for display, with spaces around operators.
pub(super) fn text(condition: TokenStream) -> String {
    const OPERATORS: [&str; 16] =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "=>", "+", "*", "/", "%", "|", "^", "="];
    let mut words: Vec<String> = Vec::new();
    let mut joint = false;
    for token in condition {
        let word = match &token {
            TokenTree::Group(group) => {
                let inner = text(group.stream());
                match group.delimiter() {
                    Delimiter::Parenthesis => format!("({inner})"),
                    Delimiter::Bracket => format!("[{inner}]"),
                    Delimiter::Brace => format!("{{ {inner} }}"),
                    Delimiter::None => inner,
                }
            }
            other => other.to_string(),
        };
        match words.last_mut().filter(|_| joint) {
            Some(last) => last.push_str(&word),
            None => words.push(word),
        }
        joint = matches!(&token, TokenTree::Punct(sign) if sign.spacing() == proc_macro2::Spacing::Joint);
    }
    let is_word =
        |word: &str| word.starts_with(|first: char| first.is_alphanumeric() || "_\"'".contains(first));
    let is_operator = |word: &str| OPERATORS.contains(&word);
    let mut out = String::new();
    for (i, word) in words.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| words[before].as_str());
        let spaced = before.is_some_and(|before| {
            is_operator(before)
                || is_operator(word)
                || matches!(before, "," | ":")
                || word.starts_with('{')
                || (is_word(before) && is_word(word))
        });
        if spaced {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_shown_as_written() {
        for shown in [
            "mode == Mode::Full",
            "mode != app::Mode::Full(2)",
            "!thorough",
            "matches!(mode, Mode::Full | Mode::Quick { at: 2 })",
            "count > 10 && count <= 20",
            "names.len() >= 3",
            "rate < -1.5",
            "(a, b) == (1, \"x\")",
        ] {
            assert_eq!(text(shown.parse().expect("tokens")), shown);
        }
    }

    #[test]
    fn only_the_names_of_nodes_are_replaced() {
        let condition = "a == S::a && b.a != a(1) && f(a, [a]) && a..b.a == S { a: 1 }";
        let condition: TokenStream = condition.parse().expect("tokens");
        let replaced = replaced(condition, &|name| name == "a", &mut |_| "X".parse().expect("tokens"));
        assert_eq!(text(replaced), "X == S::a && b.a != a(1) && f(X, [X]) && X..b.a == S { a: 1 }");
    }
}
