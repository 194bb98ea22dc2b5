//! Parses tokens into a [`Scenario`]: the head, then each statement by itself.

mod argument;
mod branch;
mod default;
mod found;
mod path;
mod split;
mod statement;
mod subscenario;
mod words;

pub(super) use argument::NO_FIELD;

use super::file;
use super::model::{Call, Scenario};
use crate::diagnostics::Diagnostics;
use crate::{docs, krate};
use branch::ArmStart;
use found::Read;
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use skipstone_wiring::Arm;
use split::{End, Piece};
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
        branches: Vec::new(),
        lost: Vec::new(),
        stray: Vec::new(),
        unnamed: false,
        origin: None,
    };
    let (pieces, _) = split::split(body.clone().into_iter().collect());
    let nodes = pieces.iter().flat_map(statement::names);
    let nodes = nodes.map(|name| name.unraw().to_string()).collect();
    Statements { nodes, arms: Vec::new(), scenario: &mut scenario, diagnostics }.read(body);
    Some(scenario)
}

/// Reads statements into a scenario. What can be read of an invalid statement stays a part of it.
struct Statements<'a> {
    /// The names of all nodes of the scenario.
    nodes: HashSet<String>,
    /// The arms of branches around the statements.
    arms: Vec<Arm>,
    scenario: &'a mut Scenario,
    diagnostics: &'a mut Diagnostics,
}

impl Statements<'_> {
    /// Reads the statements of a body.
    fn read(&mut self, body: TokenStream) {
        let (pieces, superfluous) = split::split(body.into_iter().collect());
        for semicolon in superfluous {
            self.problem(semicolon, "this `;` ends no statement: remove it");
        }
        let mut rest = pieces.as_slice();
        while let Some((piece, after)) = rest.split_first() {
            rest = match branch::arm(piece) {
                Some(ArmStart::If { word, condition, body }) => {
                    self.branch(word, condition, body, piece, after)
                }
                Some(ArmStart::Else { word, .. } | ArmStart::ElseIf { word, .. }) => {
                    self.problem(word, "this `else` has no `if condition { … }` before it");
                    self.scenario.unnamed = true;
                    after
                }
                None => {
                    self.statement(piece);
                    after
                }
            };
        }
    }

    /// Reads a branch, whose first arm is `piece`. Returns the pieces after it.
    fn branch<'p>(
        &mut self,
        word: Span,
        condition: &[TokenTree],
        body: &Group,
        piece: &Piece,
        after: &'p [Piece],
    ) -> &'p [Piece] {
        if let Some(sign) = piece.tokens.first().filter(|first| !matches!(first, TokenTree::Ident(_))) {
            self.problem(sign.span(), "put this before the statements in the arms of the branch");
        }
        let number = match branch::condition(word, condition, &self.nodes) {
            Ok(branch) => {
                self.scenario.branches.push(branch);
                Some(self.scenario.branches.len() - 1)
            }
            Err(error) => {
                self.diagnostics.push(error);
                None
            }
        };
        self.arm(number, true, |statements| statements.read(body.stream()));
        let Some((next, rest)) = after.split_first() else { return self.without_else(number, piece, after) };
        match branch::arm(next) {
            Some(ArmStart::Else { body, .. }) => {
                self.arm(number, false, |statements| statements.read(body.stream()));
                rest
            }
            Some(ArmStart::ElseIf { word, condition, body }) => {
                let mut left = rest;
                self.arm(number, false, |statements| {
                    left = statements.branch(word, condition, body, next, rest);
                });
                left
            }
            _ => self.without_else(number, piece, after),
        }
    }

    /// Reads an arm of a branch. The statements of one whose condition can't be read are those of no arm.
    fn arm(&mut self, branch: Option<usize>, holds: bool, read: impl FnOnce(&mut Self)) {
        match branch {
            Some(branch) => {
                self.arms.push(Arm { branch, holds });
                read(self);
                self.arms.pop();
            }
            None if holds => read(self),
            None => {}
        }
    }

    fn without_else<'p>(&mut self, branch: Option<usize>, piece: &Piece, after: &'p [Piece]) -> &'p [Piece] {
        // One message is enough.
        for call in &mut self.scenario.calls {
            call.arms.retain(|arm| Some(arm.branch) != branch);
        }
        let message = "expected `else { … }` after this, which defines the same nodes";
        self.problem(branch::after(piece), message);
        after
    }

    fn problem(&mut self, place: Span, message: &str) {
        self.diagnostics.push(syn::Error::new(place, message));
    }

    fn statement(&mut self, piece: &Piece) {
        let Statements { nodes, arms, scenario, diagnostics } = self;
        let Read { input, call, subscenario, lost, stray, unnamed, mut problems } =
            statement::read(piece, nodes);
        if !arms.is_empty() {
            let input = input.as_ref().map(|input| {
                (&input.name, "an input has a value before the branch is decided: put it before `if`")
            });
            let subscenario = subscenario.as_ref().map(|subscenario| {
                (
                    &subscenario.name,
                    "a subscenario can't be in a branch: pass the input to it, and write the branch there",
                )
            });
            let misplaced = input.or(subscenario);
            problems.extend(misplaced.map(|(name, message)| syn::Error::new(name.span(), message)));
        }
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
        scenario.calls.extend(call.map(|call| Call { arms: arms.clone(), ..call }));
        scenario.subscenarios.extend(subscenario);
        scenario.lost.extend(lost);
        scenario.stray.extend(stray);
        scenario.unnamed |= unnamed;
    }
}
