//! Parses the arguments of a call.

use super::words::{self, is_sign};
use crate::scenario::model::{Argument, NodeName};
use proc_macro2::{Group, TokenTree};
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

fn argument(tokens: &[TokenTree]) -> syn::Result<Option<Argument>> {
    let name = |token: &TokenTree| Ident::parse_any.parse2(token.clone().into());
    let error = |token: &TokenTree, message: &str| Err(syn::Error::new(token.span(), message));
    match tokens {
        [] => Ok(None),
        [TokenTree::Ident(word)] if word == "true" || word == "false" => error(
            &tokens[0],
            "an argument must be the name of a node: declare the value as `input name: Type = value;`",
        ),
        [parameter @ TokenTree::Ident(_), colon, node @ ..] if is_sign(colon, ':') && is_node(node) => {
            Ok(Some(Argument { parameter: Some(name(parameter)?), node: node_name(node)?, reported: false }))
        }
        node if is_node(node) => {
            Ok(Some(Argument { parameter: None, node: node_name(node)?, reported: false }))
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
