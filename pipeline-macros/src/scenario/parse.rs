//! Parses tokens into a [`Scenario`]. An invalid statement is reported and skipped; parsing continues after its
//! semicolon.

use super::model::{Argument, Call, Input, InputDefault, InputType, Overrides, Scenario};
use super::{attributes, file};
use crate::diagnostics::Diagnostics;
use crate::type_text::type_text;
use crate::{docs, krate};
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitStr, Path, Token, Type, Visibility, braced, parenthesized, token};

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
        let body = if input.peek(Ident) && input.fork().parse::<Ident>()? == "from" {
            input.parse::<Ident>()?;
            let name = input.parse().map_err(|error| {
                syn::Error::new(error.span(), "expected a file name: `pub Name from \"scenario.toml\"`")
            })?;
            Body::File(name)
        } else {
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

enum Statement {
    Input(Box<Input>),
    Call(Box<Call>),
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
        origin: None,
    };
    for tokens in statements(body) {
        if let Some(last) = tokens.clone().into_iter().last().filter(|last| !is_semicolon(last)) {
            // For a list of arguments, point at its closing parenthesis.
            let end = match &last {
                TokenTree::Group(group) => group.span_close(),
                token => token.span(),
            };
            diagnostics.push(syn::Error::new(end, "expected `;` after this statement"));
            continue;
        }
        match statement.parse2(tokens) {
            Ok((Statement::Input(input), problems)) => {
                scenario.inputs.push(*input);
                problems.into_iter().for_each(|problem| diagnostics.push(problem));
            }
            Ok((Statement::Call(call), problems)) => {
                scenario.calls.push(*call);
                problems.into_iter().for_each(|problem| diagnostics.push(problem));
            }
            Err(error) => diagnostics.push(error),
        }
    }
    Some(scenario)
}

/// Splits the body into statements, each with its semicolon. Tokens after the last semicolon are returned as a
/// statement without one.
fn statements(body: TokenStream) -> Vec<TokenStream> {
    let mut statements = Vec::new();
    let mut current = TokenStream::new();
    for token in body {
        let end = is_semicolon(&token);
        current.extend([token]);
        if end {
            statements.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        statements.push(current);
    }
    statements
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

/// Parses one statement. Errors that do not prevent parsing are returned with it.
fn statement(input: ParseStream<'_>) -> syn::Result<(Statement, Vec<syn::Error>)> {
    let mut problems = Vec::new();
    let attributes = input.call(Attribute::parse_outer)?;
    let allow_unused = attributes.iter().any(|attribute| attribute.path().is_ident("allow"));
    for attribute in &attributes {
        if !["doc", "allow", "csv", "excel", "kpi", "migrate", "secret"]
            .iter()
            .any(|known| attribute.path().is_ident(known))
        {
            let message = "only doc comments, `#[allow(unused)]`, `#[csv(…)]`, `#[excel(…)]`, `#[kpi(…)]`, `#[migrate(…)]` and `#[secret]` are allowed before a statement";
            problems.push(syn::Error::new_spanned(attribute, message));
        }
    }
    let docs = docs::text(&attributes);
    if input.peek(Token![let]) {
        return Err(input.error("a statement has no `let`: write `name = task(node, …);`"));
    }
    let statement = if is_input(input) {
        input.parse::<Ident>()?;
        let name = input.parse()?;
        expect::<Token![:]>(input, "an input needs a type: `input name: Type = default;`")?;
        let ty: Type = input.parse()?;
        let default = if input.parse::<Option<Token![=]>>()?.is_some() {
            Some(InputDefault::Expression(input.parse::<Expr>()?))
        } else {
            None
        };
        attributes::refuse(
            &attributes,
            "kpi",
            "`#[kpi(…)]` is only for outputs: an input is not a result of a run",
            &mut problems,
        );
        let migrations = attributes::migrations(&attributes, &mut problems);
        let options = attributes::file_options(&attributes, &mut problems);
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
        Statement::Input(Box::new(Input {
            docs,
            allow_unused,
            secret,
            name,
            ty,
            default,
            options,
            migrations,
        }))
    } else {
        let outputs = outputs(input)?;
        expect::<Token![=]>(input, "expected `input name: Type = default;` or `name = task(node, …);`")?;
        let path = input.call(Path::parse_mod_style)?;
        let list;
        if !input.peek(token::Paren) {
            return Err(input.error("expected the task's arguments: `name = task(node, …);`"));
        }
        parenthesized!(list in input);
        let mut arguments = Vec::new();
        for argument in list.parse_terminated(ArgumentTokens::parse, Token![,])? {
            match argument.read() {
                Ok(argument) => {
                    let after_named =
                        arguments.last().is_some_and(|last: &Argument| last.parameter.is_some());
                    if argument.parameter.is_none() && after_named {
                        let message = "name the parameter of this argument too: positional arguments come before named ones";
                        problems.push(syn::Error::new_spanned(&argument.node, message));
                    }
                    arguments.push(argument);
                }
                Err(error) => problems.push(error),
            }
        }
        // The number of arguments can't be checked if one of them is invalid.
        if !problems.is_empty() && arguments.is_empty() {
            return Err(problems
                .into_iter()
                .reduce(|mut all, next| {
                    all.combine(next);
                    all
                })
                .unwrap_or_else(|| input.error("expected arguments")));
        }
        let complete = problems.is_empty();
        attributes::refuse(
            &attributes,
            "migrate",
            "`#[migrate(…)]` is only for inputs: an output is computed again when its type changes",
            &mut problems,
        );
        for attribute in ["csv", "excel"] {
            let why = format!("`#[{attribute}(…)]` is only for inputs: an output is not read from a file");
            attributes::refuse(&attributes, attribute, &why, &mut problems);
        }
        attributes::refuse(
            &attributes,
            "secret",
            "`#[secret]` is only for inputs: an output is computed by a task and stored",
            &mut problems,
        );
        let kpis = attributes::kpis(&attributes, &outputs, &mut problems);
        let (docs_of, overrides) = (Vec::new(), Overrides::default());
        Statement::Call(Box::new(Call {
            docs,
            docs_of,
            allow_unused,
            outputs,
            path,
            arguments,
            kpis,
            complete,
            overrides,
        }))
    };
    expect::<Token![;]>(input, "expected `;` at the end of this statement")?;
    Ok((statement, problems))
}

/// Returns whether the statement is an input. `input` may also be the name of a node.
fn is_input(input: ParseStream<'_>) -> bool {
    input.peek(Ident)
        && input.fork().parse::<Ident>().is_ok_and(|word| word == "input")
        && !input.peek2(Token![=])
}

fn outputs(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    if !input.peek(token::Paren) {
        return Ok(vec![input.parse()?]);
    }
    let list;
    let paren = parenthesized!(list in input);
    let names: Punctuated<Ident, Token![,]> = list.parse_terminated(Ident::parse, Token![,])?;
    if names.is_empty() {
        return Err(syn::Error::new(paren.span.join(), "name the outputs: `(a, b) = task(node, …);`"));
    }
    Ok(names.into_iter().collect())
}

/// The tokens of an argument, so that an invalid argument does not hide the next one.
struct ArgumentTokens(TokenStream);

impl ArgumentTokens {
    fn parse(input: ParseStream<'_>) -> syn::Result<ArgumentTokens> {
        let mut tokens = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
        Ok(ArgumentTokens(tokens))
    }

    fn read(self) -> syn::Result<Argument> {
        let tokens = self.0.clone();
        let argument = |input: ParseStream<'_>| {
            let first: Ident = input.call(Ident::parse_any)?;
            if input.parse::<Option<Token![:]>>()?.is_some() {
                return Ok(Argument { parameter: Some(first), node: input.parse()? });
            }
            Ok(Argument { parameter: None, node: first })
        };
        argument.parse2(tokens).map_err(|_| {
            let message = if self.0.clone().into_iter().any(|token| matches!(token, TokenTree::Group(_))) {
                "an argument must be the name of a node: give this result a name in its own statement"
            } else {
                "an argument must be the name of a node: declare the value as `input name: Type = value;`"
            };
            syn::Error::new_spanned(self.0, message)
        })
    }
}

fn expect<T: Parse>(input: ParseStream<'_>, message: &str) -> syn::Result<T> {
    input.parse().map_err(|error| syn::Error::new(error.span(), message))
}
