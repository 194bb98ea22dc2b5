//! Parses tokens into a [`Scenario`]: the head, then each statement by itself.

mod argument;
mod default;
mod found;
mod path;
mod split;
mod statement;
mod subscenario;
mod words;

pub(super) use argument::NO_FIELD;

use super::file;
use super::model::Scenario;
use crate::diagnostics::Diagnostics;
use crate::{docs, krate};
use found::Read;
use proc_macro2::TokenStream;
use split::End;
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Token, Visibility, braced};

/// The attributes, visibility and name of a scenario, with its unparsed body.
struct Head {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    body: Body,
}

/// The body of a scenario.
enum Body {
    /// The statements in its braces.
    Statements(TokenStream),
    /// A file.
    File(LitStr),
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> syn::Result<Head> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let name = input.parse().map_err(|error| {
            syn::Error::new(error.span(), "expected the scenario's name: `pub Name { … }`")
        })?;
        if input.peek(Token![<]) {
            return Err(input.error("a scenario is not generic: remove `<…>`"));
        }
        let body = if input.peek(Ident) && input.fork().parse::<Ident>()? == "from" {
            input.parse::<Ident>()?;
            let name = input.parse().map_err(|error| {
                syn::Error::new(error.span(), "expected a file name: `pub Name from \"scenario.toml\"`")
            })?;
            Body::File(name)
        } else {
            if !input.peek(syn::token::Brace) {
                return Err(input.error("expected the statements in `{ … }`, or `from \"file.toml\"`"));
            }
            let body;
            braced!(body in input);
            Body::Statements(body.parse()?)
        };
        let head = Head { attributes, visibility, name, body };
        if !input.is_empty() {
            return Err(
                input.error("each `scenario!` defines one scenario: use another `scenario!` for this one")
            );
        }
        Ok(head)
    }
}

/// Parses a scenario. Returns `None` if its head is invalid.
pub(crate) fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Scenario> {
    let head: Head = match syn::parse2(input) {
        Ok(head) => head,
        Err(error) => {
            diagnostics.push(error);
            return None;
        }
    };
    let known = |attribute: &&Attribute| attribute.path().is_ident("doc") || krate::is_option(attribute);
    for attribute in head.attributes.iter().filter(|attribute| !known(attribute)) {
        diagnostics.error(
            attribute,
            "only doc comments and `#[skipstone(crate = …)]` are allowed before a scenario",
        );
    }
    let docs = docs::text(&head.attributes);
    let krate = krate::option(&head.attributes, diagnostics);
    let body = match head.body {
        Body::Statements(body) => body,
        Body::File(name) => {
            let scenario = file::read(docs, head.visibility, head.name, name, diagnostics);
            return scenario.map(|scenario| Scenario { krate, ..scenario });
        }
    };
    let mut scenario = Scenario {
        docs,
        krate,
        visibility: head.visibility,
        name: head.name,
        inputs: Vec::new(),
        calls: Vec::new(),
        subscenarios: Vec::new(),
        lost: Vec::new(),
        stray: Vec::new(),
        unnamed: false,
        origin: None,
    };
    read_statements(body, &mut scenario, diagnostics);
    Some(scenario)
}

/// Reads the statements of the body. What can be read of an invalid statement stays a part of the scenario.
fn read_statements(body: TokenStream, scenario: &mut Scenario, diagnostics: &mut Diagnostics) {
    let (pieces, superfluous) = split::split(body.into_iter().collect());
    for semicolon in superfluous {
        diagnostics.push(syn::Error::new(semicolon, "this `;` ends no statement: remove it"));
    }
    let nodes = pieces.iter().flat_map(statement::names);
    let nodes: HashSet<String> = nodes.map(|name| name.unraw().to_string()).collect();
    for piece in &pieces {
        let Read { input, call, subscenario, lost, stray, unnamed, problems } =
            statement::read(piece, &nodes);
        // An incomplete statement has no end, either.
        if problems.is_empty() {
            let message = match piece.end {
                End::Semicolon | End::Block => None,
                End::Missing => Some((words::end_of(&piece.tokens), "expected `;` after this statement")),
                End::Comma(comma) => Some((comma, "a statement ends with `;`, not with `,`")),
            };
            if let Some((span, message)) = message {
                diagnostics.push(syn::Error::new(span, message));
            }
        }
        problems.into_iter().for_each(|problem| diagnostics.push(problem));
        scenario.inputs.extend(input);
        scenario.calls.extend(call);
        scenario.subscenarios.extend(subscenario);
        scenario.lost.extend(lost);
        scenario.stray.extend(stray);
        scenario.unnamed |= unnamed;
    }
}
