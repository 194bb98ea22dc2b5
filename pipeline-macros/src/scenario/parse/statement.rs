//! Parses a statement. From one with mistakes, it reads the nodes and what is known of their types.

use super::argument;
use super::default;
use super::found::{Read, located};
use super::path::{self, Callee};
use super::split::{self, End, Piece};
use super::subscenario;
use super::words::{self, at_sign, end_of, is_sign, stream};
use crate::owned::{self, Place};
use crate::scenario::attributes;
use crate::scenario::model::{Call, Input, InputDefault, InputType, Overrides};
use crate::type_text::type_text;
use crate::{diagnostics::Diagnostics, docs};
use proc_macro2::{Delimiter, Span, TokenTree};
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Attribute, Expr, Ident, Type, parse_quote};

/// What a statement should look like.
const FORM: &str = "expected `input name: Type = default;` or `name = task(node, …);`";

/// Returns the names of the nodes that a statement defines, where its beginning can be read.
pub(super) fn names(piece: &Piece) -> Vec<Ident> {
    let tokens = after_attributes(&piece.tokens);
    match tokens {
        [word, .., TokenTree::Group(arm)] if words::begins_arm(word) => {
            let (pieces, _) = split::split(arm.stream().into_iter().collect());
            pieces.iter().flat_map(names).collect()
        }
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "input" => vec![name.clone()],
        [TokenTree::Ident(name), ..] => vec![name.clone()],
        [TokenTree::Group(group), ..] => group
            .stream()
            .into_iter()
            .filter_map(|token| match token {
                TokenTree::Ident(name) => Some(name),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

pub(super) fn after_attributes(tokens: &[TokenTree]) -> &[TokenTree] {
    let mut rest = tokens;
    while let [sign, group, after @ ..] = rest
        && is_sign(sign, '#')
        && words::is_attribute(group)
    {
        rest = after;
    }
    rest
}

/// Parses a statement. `nodes` are the names of all nodes of the scenario.
pub(super) fn read(piece: &Piece, nodes: &HashSet<String>) -> Read {
    let mut found = Read::default();
    let mut rest = after_attributes(&piece.tokens);
    let before = &piece.tokens[..piece.tokens.len() - rest.len()];
    let attributes = match Attribute::parse_outer.parse2(before.iter().cloned().collect()) {
        Ok(attributes) => attributes,
        Err(error) => {
            found.problems.push(error);
            Vec::new()
        }
    };
    for attribute in &attributes {
        const KNOWN: [&str; 7] = ["doc", "allow", "csv", "excel", "kpi", "migrate", "secret"];
        if !KNOWN.iter().any(|known| attribute.path().is_ident(known)) {
            let message = "only doc comments, `#[allow(…)]`, `#[csv(…)]`, `#[excel(…)]`, `#[kpi(…)]`, `#[migrate(…)]` and `#[secret]` are allowed before a statement";
            found.problems.push(syn::Error::new_spanned(attribute, message));
        }
    }
    let Some(first) = rest.first() else {
        found.problem(end_of(&piece.tokens), "expected a statement after this attribute");
        return found;
    };
    // Words that are superfluous; the statement is read without them.
    for (word, message) in [
        ("let", "a statement has no `let`: write `name = task(node, …);`"),
        ("pub", "every node is public: remove `pub`"),
        ("mut", "a node does not change: remove `mut`"),
    ] {
        let Some(first) = rest.first().filter(|first| words::is(first, word)) else { continue };
        // One message for `let mut`.
        if word != "mut" || found.problems.is_empty() {
            found.problem(first.span(), message);
        }
        rest = &rest[1..];
        if word == "pub" && matches!(rest, [TokenTree::Group(_), TokenTree::Ident(_), ..]) {
            rest = &rest[1..];
        }
    }
    if words::begins_arm(first) && !matches!(piece.end, End::Block) {
        found.problem(
            end_of(&piece.tokens),
            "expected `{ … } else { … }` after the condition, with statements",
        );
        found.unnamed = true;
        return found;
    }
    if matches!(piece.end, End::Block) || words::begins_block(first) {
        found.problem(first.span(), path::no_block(first));
        found.unnamed = true;
        return found;
    }
    match rest {
        [] => {
            found.problem(end_of(&piece.tokens), FORM);
            found
        }
        // `input` may also be the name of a node.
        [TokenTree::Ident(word), after @ ..] if word == "input" && !at_sign(after, 0, '=') => {
            input(found, word.span(), after, &attributes, nodes)
        }
        _ => call(found, rest, &attributes, nodes),
    }
}

fn input(
    mut found: Read,
    word: Span,
    tokens: &[TokenTree],
    attributes: &[Attribute],
    nodes: &HashSet<String>,
) -> Read {
    let docs = docs::text(attributes);
    let Some(first) = tokens.first() else {
        found.problem(word, "expected a name and a type after `input`: `input name: Type = default;`");
        return found;
    };
    let Some(name) = name_of(first, &mut found) else {
        found.unnamed = true;
        return found;
    };
    let rest = &tokens[1..];
    if !at_sign(rest, 0, ':') {
        let place = rest.first().map_or(first.span(), TokenTree::span);
        found.problem(place, "an input needs a type: `input name: Type = default;`");
        return found.losing(&[name], &docs, true);
    }
    let rest = &rest[1..];
    let (ty, value) = rest.split_at(equals(rest).unwrap_or(rest.len()));
    if ty.is_empty() {
        found.problem(end_of(&tokens[..2]), "expected a type after `:`: `input name: Type = default;`");
        return found.losing(&[name], &docs, true);
    }
    let ty: Type = match syn::parse2(ty.iter().cloned().collect()) {
        Ok(ty) => ty,
        Err(error) => {
            found.problems.push(located(error, ty));
            return found.losing(&[name], &docs, true);
        }
    };
    let mut diagnostics = Diagnostics::default();
    owned::check(&ty, Place::Input, &mut diagnostics);
    if let Some(errors) = diagnostics.into_errors() {
        found.problems.push(errors);
        return found.losing(&[name], &docs, true);
    }
    let default = match value {
        [] => None,
        [equals] => {
            found.problem(equals.span(), "expected a value after `=`: `input name: Type = default;`");
            Some(unreadable())
        }
        [_, value @ ..] => match syn::parse2::<Expr>(value.iter().cloned().collect()) {
            Ok(value) => {
                default::check(&value, nodes, &mut found.problems);
                Some(InputDefault::Expression(value))
            }
            Err(error) => {
                found.problems.push(located(error, value));
                Some(unreadable())
            }
        },
    };
    let problems = &mut found.problems;
    attributes::refuse(
        attributes,
        "kpi",
        "`#[kpi(…)]` is only for outputs: an input is not a result of a run",
        problems,
    );
    let migrations = attributes::migrations(attributes, problems);
    let options = attributes::file_options(attributes, problems);
    let secret = attributes.iter().find(|attribute| attribute.path().is_ident("secret"));
    if let Some(attribute) = secret.filter(|attribute| attribute.meta.require_path_only().is_err()) {
        problems.push(syn::Error::new_spanned(attribute, "`#[secret]` takes no options"));
    }
    let secret = secret.is_some();
    if let (true, Some(InputDefault::Expression(default))) = (secret, &default) {
        let message = "a secret can't have a default: remove the default and set the value for each run";
        problems.push(syn::Error::new_spanned(default, message));
    }
    let text = type_text(&ty);
    let ty = InputType::Written(Box::new(ty), text);
    let allow_unused = attributes::allowed(attributes, &["unused"], problems).unused;
    found.input =
        Some(Input { keyword: word, docs, allow_unused, secret, name, ty, default, options, migrations });
    found
}

/// Stands for a default that can't be read, in a type without a graph.
fn unreadable() -> InputDefault {
    InputDefault::Expression(parse_quote!(::core::unreachable!()))
}

fn call(mut found: Read, tokens: &[TokenTree], attributes: &[Attribute], nodes: &HashSet<String>) -> Read {
    let docs = docs::text(attributes);
    let first = &tokens[0];
    let Some(outputs) = outputs(first, &mut found) else {
        found.unnamed = true;
        return found;
    };
    let mut rest = &tokens[1..];
    if at_sign(rest, 0, ':') && !at_sign(rest, 1, ':') {
        let ty = &rest[..equals(rest).unwrap_or(rest.len())];
        let message = "an output has the type that its task returns: remove the `:` and the type";
        found.problems.push(syn::Error::new_spanned(stream(ty), message));
        rest = &rest[ty.len()..];
    }
    let body = match rest {
        [equals, body @ ..] if is_sign(equals, '=') => body,
        [] => {
            found.problem(end_of(tokens), "expected `= task(node, …);` after the name of the output");
            return found.losing(&outputs, &docs, false);
        }
        _ => {
            let (span, message) = without_equals(first, rest);
            found.problem(span, message);
            found.unnamed = true;
            return found;
        }
    };
    let Some(Callee { path, types, is_wrong, list, after }) =
        path::read(body, nodes, rest[0].span(), &mut found)
    else {
        return found.losing(&outputs, &docs, false);
    };
    if list.delimiter() == Delimiter::Brace {
        return subscenario::read(found, outputs, path, &list, after, attributes, nodes);
    }
    let (arguments, complete) = argument::list(&list, &mut found.problems);
    if let Some(next) = after.first() {
        let message = match next {
            sign if is_sign(sign, '?') => {
                "remove `?`: if the task returns an error, the tasks that depend on it do not run"
            }
            _ => {
                "a statement is one call of a task: write a function with `#[task]` for what follows the call"
            }
        };
        found.problem(next.span(), message);
    }
    let problems = &mut found.problems;
    attributes::refuse(
        attributes,
        "migrate",
        "`#[migrate(…)]` is only for inputs: an output is computed again when its type changes",
        problems,
    );
    for attribute in ["csv", "excel"] {
        let why = format!("`#[{attribute}(…)]` is only for inputs: an output is not read from a file");
        attributes::refuse(attributes, attribute, &why, problems);
    }
    attributes::refuse(
        attributes,
        "secret",
        "`#[secret]` is only for inputs: an output is computed by a task and stored",
        problems,
    );
    let miscounted = path::miscounted(&path, arguments.len());
    let kpis = attributes::kpis(attributes, &outputs, problems);
    let allowed = attributes::allowed(attributes, &["unused", "deprecated"], problems);
    found.call = Some(Call {
        docs,
        docs_of: Vec::new(),
        allow_unused: allowed.unused,
        deprecated: allowed.deprecated,
        outputs,
        path,
        types,
        open: list.span_open(),
        arguments,
        kpis,
        complete: complete && !is_wrong,
        miscounted,
        arms: Vec::new(),
        overrides: Overrides::default(),
    });
    found
}

/// The message for a statement that has no `=` after its first token.
fn without_equals(first: &TokenTree, rest: &[TokenTree]) -> (Span, &'static str) {
    match (first, &rest[0]) {
        (TokenTree::Ident(_), TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            (first.span(), "name the output: `name = task(node, …);`")
        }
        (TokenTree::Ident(_), comma) if is_sign(comma, ',') => {
            (comma.span(), "put several outputs in parentheses: `(first, second) = task(node, …);`")
        }
        (TokenTree::Ident(_), colon) if is_sign(colon, ':') => {
            (first.span(), "name the output: `name = task(node, …);`")
        }
        (_, other) => (other.span(), FORM),
    }
}

/// Reads the outputs of a call.
fn outputs(first: &TokenTree, found: &mut Read) -> Option<Vec<Ident>> {
    let group = match first {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => group,
        TokenTree::Ident(_) => return name_of(first, found).map(|name| vec![name]),
        other => {
            found.problem(other.span(), FORM);
            return None;
        }
    };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut names = Vec::new();
    for part in tokens.split(|token| is_sign(token, ',')) {
        match part {
            [] => {}
            [token] => names.extend(name_of(token, found)),
            [token, ..] => {
                found.problem(token.span(), "the outputs are names: `(first, second) = task(node, …);`")
            }
        }
    }
    if names.is_empty() && found.problems.is_empty() {
        found.problem(group.span_open(), "name the outputs: `(first, second) = task(node, …);`");
    }
    (!names.is_empty()).then_some(names)
}

/// Reads the name of a node.
fn name_of(token: &TokenTree, found: &mut Read) -> Option<Ident> {
    match token {
        TokenTree::Ident(name) if name == "_" => {
            found.problem(name.span(), "every node needs a name, because its value is stored under it");
            None
        }
        TokenTree::Ident(name) => match syn::parse2::<Ident>(token.clone().into()) {
            Ok(name) => Some(name),
            Err(_) => {
                let message = match name.unraw().to_string().as_str() {
                    "self" | "Self" | "super" | "crate" => format!("`{name}` can't be the name of a node"),
                    text => format!("`{text}` is a keyword: write `r#{text}`, or use another name"),
                };
                found.problem(name.span(), message);
                None
            }
        },
        other => {
            found.problem(other.span(), FORM);
            None
        }
    }
}

/// Returns the place of the `=` before a default. `<…>` may contain one.
fn equals(tokens: &[TokenTree]) -> Option<usize> {
    let mut angles = 0_u32;
    for (i, token) in tokens.iter().enumerate() {
        let TokenTree::Punct(sign) = token else { continue };
        let arrow = i > 0 && is_sign(&tokens[i - 1], '-');
        match sign.as_char() {
            '<' => angles += 1,
            '>' if !arrow => angles = angles.saturating_sub(1),
            '=' if angles == 0 => return Some(i),
            _ => {}
        }
    }
    None
}
