//! Parses the arguments of a call.

use super::words::{self, is_sign};
use crate::scenario::model::{Argument, NodeName};
use proc_macro2::{Delimiter, Group, TokenTree};
use skipstone_wiring::Passing;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::Parser;

/// The message for a field or a method of a node.
pub(in crate::scenario) const NO_FIELD: &str =
    "an argument must be the name of a node: write a function with `#[task]` for its field or method";

/// Returns whether these are the names of a node: `node`, or `subscenario.node`.
pub(super) fn is_node(tokens: &[TokenTree]) -> bool {
    tokens.len() % 2 == 1
        && tokens.iter().enumerate().all(|(i, token)| match i % 2 {
            0 => matches!(token, TokenTree::Ident(word) if word != "true" && word != "false"),
            _ => is_sign(token, '.'),
        })
}

/// Returns whether these are the names of a node, with or without the words that say in which way the task gets it, or an invalid
/// window.
fn is_passed(tokens: &[TokenTree]) -> bool {
    passing(tokens).map_or(true, |(_, node)| is_node(node))
}

/// Parses the names of a node.
pub(super) fn node_name(tokens: &[TokenTree]) -> syn::Result<NodeName> {
    let mut names = Vec::new();
    for token in tokens.iter().step_by(2) {
        names.push(Ident::parse_any.parse2(token.clone().into())?);
    }
    let first = names.remove(0);
    Ok(NodeName { first, within: names })
}

/// Parses a list of arguments. Returns those that are valid, and whether all are.
pub(super) fn list(group: &Group, problems: &mut Vec<syn::Error>) -> (Vec<Argument>, bool) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let before = problems.len();
    let mut arguments: Vec<Argument> = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let length = tokens[start..].iter().take_while(|token| !is_sign(token, ',')).count();
        match argument(&tokens[start..start + length]) {
            // Only a comma.
            Ok(None) => {
                problems.push(syn::Error::new(tokens[start].span(), "one comma too many: remove it"));
            }
            Ok(Some(argument)) => {
                let after_named = arguments.last().is_some_and(|last| last.parameter.is_some());
                if argument.parameter.is_none() && after_named {
                    let message = "name the parameter of this argument too: positional arguments come before named ones";
                    problems.push(syn::Error::new(argument.node.first.span(), message));
                }
                arguments.push(argument);
            }
            Err(error) => problems.push(error),
        }
        start += length + 1;
    }
    (arguments, problems.len() == before)
}

/// Splits off the words before the name of a node: `each`, `each last(7)`, `cross`, `all`.
fn passing(tokens: &[TokenTree]) -> syn::Result<(Passing, &[TokenTree])> {
    let is = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    match tokens {
        [each, last, TokenTree::Group(window), node @ ..] if is(each, "each") && is(last, "last") => {
            let number = window.stream().to_string().replace('_', "").parse::<usize>();
            match number {
                Ok(number) if number > 0 && window.delimiter() == Delimiter::Parenthesis => {
                    Ok((Passing::Last(number), node))
                }
                _ => Err(syn::Error::new(window.span(), "write the number of parts: `each last(7) node`")),
            }
        }
        [last, TokenTree::Group(_), TokenTree::Ident(node), ..] if is(last, "last") => {
            Err(syn::Error::new(last.span(), format!("write `each` before it: `each last(7) {node}`")))
        }
        [each, node @ ..] if is(each, "each") && is_node(node) => Ok((Passing::Each, node)),
        [cross, node @ ..] if is(cross, "cross") && is_node(node) => Ok((Passing::Cross, node)),
        [all, node @ ..] if is(all, "all") && is_node(node) => Ok((Passing::All, node)),
        node => Ok((Passing::One, node)),
    }
}

fn argument(tokens: &[TokenTree]) -> syn::Result<Option<Argument>> {
    let name = |token: &TokenTree| Ident::parse_any.parse2(token.clone().into());
    let error = |token: &TokenTree, message: &str| Err(syn::Error::new(token.span(), message));
    match tokens {
        [] => Ok(None),
        [TokenTree::Ident(word)] if word == "true" || word == "false" => error(
            &tokens[0],
            "an argument must be the name of a node: declare the value as `input name: Type = value;`",
        ),
        [parameter @ TokenTree::Ident(_), colon, node @ ..] if is_sign(colon, ':') && is_passed(node) => {
            let (passing, node) = passing(node)?;
            let (parameter, node) = (Some(name(parameter)?), node_name(node)?);
            Ok(Some(Argument { parameter, node, passing, reported: false }))
        }
        node if is_passed(node) => {
            let (passing, node) = passing(node)?;
            Ok(Some(Argument { parameter: None, node: node_name(node)?, passing, reported: false }))
        }
        [TokenTree::Ident(_), colon] if is_sign(colon, ':') => error(colon, "expected a node after `:`"),
        [TokenTree::Ident(parameter), equals, ..] if is_sign(equals, '=') => {
            error(equals, &format!("name a parameter with `:`, as in `{parameter}: node`"))
        }
        [and, ..] if is_sign(and, '&') => error(
            and,
            "an argument is the name of a node: remove `&`, because the task's parameter says how it reads the node",
        ),
        [TokenTree::Ident(_), next @ (TokenTree::Ident(_) | TokenTree::Literal(_)), ..]
            if !words::is(next, "as") =>
        {
            error(next, "expected `,` before this argument")
        }
        [TokenTree::Ident(_), dot] if is_sign(dot, '.') => {
            error(dot, "expected the name of a node after `.`: `subscenario.node`")
        }
        [TokenTree::Ident(_), dot, ..] if is_sign(dot, '.') => error(dot, NO_FIELD),
        all => {
            let calls = all.iter().any(|token| matches!(token, TokenTree::Group(_)));
            let message = match calls && matches!(all[0], TokenTree::Ident(_)) {
                true => {
                    "an argument must be the name of a node: give this result a name in its own statement"
                }
                false => {
                    "an argument must be the name of a node: declare the value as `input name: Type = value;`"
                }
            };
            Err(syn::Error::new_spanned(all.iter().cloned().collect::<proc_macro2::TokenStream>(), message))
        }
    }
}
