//! Parses a subscenario: `name = Scenario { input: node, other: value };`.

use super::argument::{is_node, node_name};
use super::default;
use super::found::{Read, located};
use super::words::{self, is_sign, stream};
use crate::docs;
use crate::scenario::attributes;
use crate::scenario::model::{Given, GivenValue, Subscenario};
use proc_macro2::{Group, TokenTree};
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Attribute, Expr, Ident, Path};

/// Reads a subscenario from the tokens after `=`: the path of a scenario, its braces, and what follows.
pub(super) fn read(
    mut found: Read,
    outputs: Vec<Ident>,
    path: Path,
    braces: &Group,
    after: &[TokenTree],
    attributes: &[Attribute],
    nodes: &HashSet<String>,
) -> Read {
    let docs = docs::text(attributes);
    let [name] = &outputs[..] else {
        found.problem(outputs[1].span(), "a subscenario has one name, and its nodes are `name.node`");
        return found.losing(&outputs, &docs, false);
    };
    if let Some(next) = after.first() {
        found.problem(next.span(), "expected `;` after the subscenario");
    }
    for attribute in ["allow", "csv", "excel", "kpi", "migrate", "secret"] {
        let why = format!(
            "`#[{attribute}(…)]` is not for subscenarios: write it in the scenario of the subscenario"
        );
        attributes::refuse(attributes, attribute, &why, &mut found.problems);
    }
    let before = found.problems.len();
    let tokens: Vec<TokenTree> = braces.stream().into_iter().collect();
    let mut given: Vec<Given> = Vec::new();
    for field in tokens.split(|token| is_sign(token, ',')).filter(|field| !field.is_empty()) {
        match self::given(field, nodes, &mut found.problems) {
            Ok(field) if given.iter().any(|other| other.input == field.input) => {
                let message = format!("the input `{}` is given twice: remove one of them", field.input);
                found.problem(field.input.span(), message);
            }
            Ok(field) => given.push(field),
            Err(error) => found.problems.push(error),
        }
    }
    let complete = found.problems.len() == before;
    found.subscenario = Some(Subscenario { docs, name: name.clone(), path, given, complete });
    found
}

/// Parses `input: node`, `input: value`, or `input` for `input: input`.
fn given(
    tokens: &[TokenTree],
    nodes: &HashSet<String>,
    problems: &mut Vec<syn::Error>,
) -> syn::Result<Given> {
    let error = |token: &TokenTree, message: &str| Err(syn::Error::new(token.span(), message));
    let (input, value) = match tokens {
        [input @ TokenTree::Ident(_)] => return shorthand(input),
        [input @ TokenTree::Ident(_), colon] if is_sign(colon, ':') => {
            return error(colon, &format!("expected a node or a value after `:`: `{input}: node`"));
        }
        [input @ TokenTree::Ident(_), colon, value @ ..] if is_sign(colon, ':') => (input, value),
        [input @ TokenTree::Ident(_), equals, ..] if is_sign(equals, '=') => {
            return error(equals, &format!("write `:` before the value: `{input}: value`"));
        }
        [dots, ..] if is_sign(dots, '.') => {
            return error(dots, "remove `..`: an input that is not given keeps the default of the scenario");
        }
        [first, ..] => return error(first, "expected `input: node` or `input: value`"),
        [] => unreachable!("an empty field is left out"),
    };
    let input: Ident = Ident::parse_any.parse2(input.clone().into())?;
    // A name in lower case is that of a node, and one in upper case that of a constant.
    let is_name = matches!(value, [TokenTree::Ident(name), ..] if words::is_lower(name));
    if is_node(value) && is_name {
        return Ok(Given { input, value: GivenValue::Node(node_name(value)?), reported: false });
    }
    let value: Expr = syn::parse2(stream(value)).map_err(|error| located(error, value))?;
    default::check(&value, nodes, problems);
    Ok(Given { input, value: GivenValue::Value(value), reported: false })
}

fn shorthand(input: &TokenTree) -> syn::Result<Given> {
    let input: Ident = Ident::parse_any.parse2(input.clone().into())?;
    Ok(Given { value: GivenValue::Node(input.clone().into()), input, reported: false })
}
