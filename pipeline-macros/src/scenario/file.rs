//! `scenario!(pub Name from "scenario.toml");`: reads a file into the same [`Scenario`] as a wiring in Rust.
//!
//! A macro can't point into another file. Every token has the span of the file's name, and messages contain the place
//! in the file and its line.

use super::model::{
    Argument, Call, FileOptions, Given, GivenValue, Input, InputDefault, InputType, Kpi, NodeName, Overrides,
    Scenario, Subscenario,
};
use super::origin::{CallPlaces, DeclaredOutput, Origin, SubscenarioPlaces};
use crate::diagnostics::Diagnostics;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use skipstone_fingerprint::{functions_without, scenarios_without};
use skipstone_wiring::scenario_file::{ArgumentEntry, CallEntry, DefaultEntry, InputEntry, SubscenarioEntry};
use skipstone_wiring::{Fault, ScenarioFile, SourceText, Span as Bytes, Word, suggestion};
use std::path::{Path, PathBuf};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{LitStr, Visibility};

/// Reads the file that `literal` names.
pub(super) fn read(
    docs: String,
    visibility: Visibility,
    name: Ident,
    literal: LitStr,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let (path, beside) = match find(&literal) {
        Ok(found) => found,
        Err(message) => {
            diagnostics.error(&literal, message);
            return None;
        }
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let source = SourceText::new(literal.value(), text);
            from_source(docs, visibility, name, literal, beside, source, diagnostics)
        }
        Err(error) => {
            diagnostics.error(&literal, format!("can't read {}: {error}", path.display()));
            None
        }
    }
}

/// Finds the file in the folder of the package or next to the source file. The flag is `true` for the latter.
fn find(literal: &LitStr) -> Result<(PathBuf, bool), String> {
    let name = literal.value();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    if !name.is_empty() && package.join(&name).is_file() {
        return Ok((package.join(&name), false));
    }
    let beside = literal.span().local_file().and_then(|file| Some(file.parent()?.join(&name)));
    match beside.filter(|path| path.is_file()) {
        Some(path) => Ok((path, true)),
        None => Err(format!("can't find `{name}` in the folder of the package or next to this source file")),
    }
}

/// Reads the scenario from the text of a file.
pub(super) fn from_source(
    docs: String,
    visibility: Visibility,
    name: Ident,
    literal: LitStr,
    beside: bool,
    source: SourceText,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let (file, faults) = ScenarioFile::read(&source);
    let unread = !faults.is_empty();
    let (errors, warnings) = file.check(unread);
    let reported = errors.iter().map(|error| error.span.clone()).collect();
    let mut reading = Reading { source: &source, file: &file, span: literal.span(), diagnostics, reported };
    faults.into_iter().chain(errors).for_each(|fault| reading.fault(&fault));
    if let Some(word) = file.name.as_ref().filter(|word| name != word.text) {
        let message =
            format!("the file describes `{}`, but the macro defines `{name}`: rename one of them", word.text);
        reading.fault(&Fault { span: word.span.clone(), message });
    }
    let scenario = reading.scenario(docs, visibility, name);
    let outputs = reading.outputs();
    if !reading.diagnostics.has_errors() {
        for warning in warnings {
            reading
                .diagnostics
                .warning(literal.span(), source.show_fault(&warning).replacen("error: ", "", 1));
        }
    }
    let calls = file.calls.iter().map(|call| CallPlaces {
        function: call.function.span.clone(),
        outputs: call.outputs[0].span.clone(),
        arguments: call
            .arguments
            .iter()
            .map(|argument| {
                let parameter = argument.parameter.as_ref().unwrap_or(&argument.node);
                (parameter.span.clone(), argument.node.span.clone())
            })
            .collect(),
    });
    let calls = calls.collect();
    let (scenario, defaults) = scenario?;
    let is_read = |entry: &&SubscenarioEntry| {
        scenario.subscenarios.iter().any(|subscenario| subscenario.name.unraw() == entry.name.text)
    };
    let subscenarios = file.subscenarios.iter().filter(is_read).map(|entry| {
        let arguments = entry.arguments.iter().map(|argument| {
            let input = argument.parameter.as_ref().unwrap_or(&argument.node);
            (input.span.clone(), argument.node.span.clone())
        });
        let values = entry.values.iter().map(|(input, value)| (input.span.clone(), value.span.clone()));
        SubscenarioPlaces { name: entry.name.span.clone(), given: arguments.chain(values).collect() }
    });
    let subscenarios = subscenarios.collect();
    let origin = Origin { literal, beside, source: source.clone(), calls, defaults, outputs, subscenarios };
    Some(Scenario { origin: Some(origin), ..scenario })
}

struct Reading<'a> {
    source: &'a SourceText,
    file: &'a ScenarioFile,
    span: Span,
    diagnostics: &'a mut Diagnostics,
    /// The places of errors about names.
    reported: Vec<Bytes>,
}

impl Reading<'_> {
    fn fault(&mut self, fault: &Fault) {
        let shown = self.source.show_fault(fault);
        let message = shown.strip_prefix("error: ").unwrap_or(&shown);
        self.diagnostics.push(syn::Error::new(self.span, message));
    }

    fn fault_at(&mut self, span: &Bytes, message: impl Into<String>) {
        self.fault(&Fault { span: span.clone(), message: message.into() });
    }

    /// Returns the scenario and the places of its inputs' defaults. Names and types that are not valid in Rust are
    /// reported, and invalid inputs and subscenarios are left out.
    fn scenario(
        &mut self,
        docs: String,
        visibility: Visibility,
        name: Ident,
    ) -> Option<(Scenario, Vec<Option<Bytes>>)> {
        let (mut inputs, mut defaults) = (Vec::new(), Vec::new());
        for entry in &self.file.inputs {
            if let Some(input) = self.input(entry) {
                inputs.push(input);
                defaults.push(entry.default.as_ref().map(|default| default.span().clone()));
            }
        }
        let calls: Vec<Option<Call>> = self.file.calls.iter().map(|call| self.call(call)).collect();
        let docs = if self.file.docs.is_empty() { docs } else { self.file.docs.clone() };
        let calls = calls.into_iter().collect::<Option<_>>()?;
        let subscenarios =
            self.file.subscenarios.iter().filter_map(|entry| self.subscenario(entry)).collect();
        Some((
            Scenario {
                subscenarios,
                branches: Vec::new(),
                docs,
                krate: None,
                visibility,
                name,
                inputs,
                calls,
                lost: Vec::new(),
                stray: Vec::new(),
                unnamed: false,
                origin: None,
            },
            defaults,
        ))
    }

    fn ident(&mut self, text: &str, place: &Bytes) -> Option<Ident> {
        match name(text) {
            Some(mut ident) => {
                ident.set_span(self.span);
                Some(ident)
            }
            None => {
                let message = format!("`{text}` is not a valid Rust name: use letters, digits and `_`");
                self.fault_at(place, message);
                None
            }
        }
    }

    fn ty(&mut self, text: &str, place: &Bytes) -> Option<syn::Type> {
        match syn::parse_str::<syn::Type>(text) {
            Ok(ty) => syn::parse2(respanned(ty.into_token_stream(), self.span)).ok(),
            Err(_) => {
                self.fault_at(place, format!("`{text}` is not a valid Rust type"));
                None
            }
        }
    }

    fn input(&mut self, input: &InputEntry) -> Option<Input> {
        let name = self.ident(&input.name.text, &input.name.span);
        let passed = self.file.subscenarios.iter().flat_map(|subscenario| &subscenario.arguments);
        let is_passed = passed.into_iter().any(|argument| argument.node.text == input.name.text);
        let reader = self.file.calls.iter().enumerate().find_map(|(call, entry)| {
            let mut arguments = entry.arguments.iter();
            let argument = arguments.position(|argument| argument.node.text == input.name.text)?;
            Some(InputType::Read { call, argument })
        });
        let ty = match (&input.ty, reader) {
            (Some(ty), _) => self
                .ty(&ty.text, &ty.span)
                .map(|parsed| InputType::Written(Box::new(parsed), ty.text.clone())),
            (None, Some(read)) => Some(read),
            // The argument that reads this input may be misspelt.
            (None, None) if self.file.names_unknown_nodes() => {
                Some(InputType::Written(Box::new(syn::parse_quote!(())), "()".into()))
            }
            (None, None) => {
                let why = if is_passed { "only a subscenario" } else { "no task" };
                let message = format!(
                    "input `{}` needs a type, `type = \"f64\"`: {why} reads it, so it can't be inferred",
                    input.name.text
                );
                self.fault_at(&input.name.span, message);
                None
            }
        };
        let default = input.default.as_ref().map(|default| InputDefault::Written {
            text: default.text(),
            value: match default {
                DefaultEntry::Value(given) => Some(given.value.clone()),
                DefaultEntry::Json(_) => None,
            },
            place: self.source.place(default.span().start),
        });
        Some(Input {
            keyword: self.span,
            docs: input.docs.clone(),
            allow_unused: input.allow_unused,
            secret: input.secret,
            name: name?,
            ty: ty?,
            default,
            options: self.options(input),
            migrations: Vec::new(),
        })
    }

    fn options(&self, input: &InputEntry) -> Option<FileOptions> {
        let (attribute, given) = input.options.as_ref()?;
        let options = given.value.as_table()?.clone();
        Some(FileOptions { attribute, options, place: self.span })
    }

    fn call(&mut self, call: &CallEntry) -> Option<Call> {
        let path = self.path(&call.function, true);
        let outputs: Vec<Option<Ident>> =
            call.outputs.iter().map(|output| self.ident(&output.text, &output.span)).collect();
        let outputs: Option<Vec<Ident>> = outputs.into_iter().collect();
        let arguments: Vec<Option<Argument>> = call
            .arguments
            .iter()
            .map(|argument| {
                let parameter = match &argument.parameter {
                    Some(word) => Some(self.ident(&word.text, &word.span)?),
                    None => None,
                };
                let reported = self.reported.contains(&argument.node.span);
                let (node, passing) = (self.node(&argument.node)?, argument.passing);
                Some(Argument { parameter, node, passing, reported })
            })
            .collect();
        let kpis = call.outputs.iter().filter_map(|output| self.file.output(&output.text));
        let kpis = kpis.flat_map(|output| output.kpis.iter().map(move |kpi| (&output.name, kpi)));
        let kpis: Vec<Option<Kpi>> = kpis
            .map(|(node, kpi)| {
                let field = match &kpi.field {
                    Some(word) => Some(self.ident(&word.text, &word.span)?),
                    None => None,
                };
                let place = Ident::new("kpi", self.span);
                let node = self.ident(&node.text, &node.span)?;
                Some(Kpi { place, node, field, unit: kpi.unit.clone(), higher: kpi.higher })
            })
            .collect();
        let docs_of = call.outputs.iter().filter_map(|output| self.file.output(&output.text));
        let docs_of = docs_of.map(|output| (output.name.text.clone(), output.docs.clone())).collect();
        Some(Call {
            docs: String::new(),
            docs_of,
            allow_unused: call.allow_unused,
            outputs: outputs?,
            path: path?,
            types: Vec::new(),
            open: self.span,
            arguments: arguments.into_iter().collect::<Option<_>>()?,
            kpis: kpis.into_iter().collect::<Option<_>>()?,
            deprecated: false,
            complete: call.complete,
            miscounted: false,
            arms: Vec::new(),
            overrides: Overrides {
                skippable: call.skippable,
                retries: call.retries,
                backoff: call.backoff,
                timeout: call.timeout,
            },
        })
    }

    /// Returns the name of a node, or of a node of a subscenario.
    fn node(&mut self, word: &Word) -> Option<NodeName> {
        if self.file.in_subscenario(&word.text).is_none() {
            return Some(self.ident(&word.text, &word.span)?.into());
        }
        let names: Vec<Option<Ident>> =
            word.text.split('.').map(|name| self.ident(name, &word.span)).collect();
        let mut names = names.into_iter().collect::<Option<Vec<Ident>>>()?.into_iter();
        Some(NodeName { first: names.next()?, within: names.collect() })
    }

    fn subscenario(&mut self, entry: &SubscenarioEntry) -> Option<Subscenario> {
        let name = self.ident(&entry.name.text, &entry.name.span);
        let path = self.path(&entry.scenario, false);
        let text = entry.scenario_name();
        let is_other = skipstone_fingerprint::has_function(text) || skipstone_fingerprint::has_type(text);
        if is_other && !skipstone_fingerprint::has_scenario(text) {
            let message =
                format!("`{text}` is not a scenario: write the path of a type that a `scenario!` defines");
            self.fault_at(&entry.scenario.span, message);
            return None;
        }
        let mut given = Vec::new();
        for ArgumentEntry { parameter, node, .. } in &entry.arguments {
            let input = parameter.as_ref().and_then(|word| self.ident(&word.text, &word.span));
            let value = self.node(node).map(GivenValue::Node);
            given.extend(input.zip(value).map(|(input, value)| Given { input, value, reported: false }));
        }
        for (word, value) in &entry.values {
            let place = self.source.place(value.span.start);
            let value = GivenValue::Written { text: value.value.to_string(), place };
            given.extend(self.ident(&word.text, &word.span).map(|input| Given {
                input,
                value,
                reported: false,
            }));
        }
        let complete = entry.complete;
        Some(Subscenario { docs: entry.docs.clone(), name: name?, path: path?, given, complete })
    }

    /// Returns the path of a function or of a scenario type, as it resolves at the macro.
    fn path(&mut self, word: &Word, is_function: bool) -> Option<syn::Path> {
        let Ok(path) = syn::parse_str::<syn::Path>(&word.text) else {
            let what = if is_function { "function" } else { "scenario" };
            self.fault_at(&word.span, format!("`{}` is not a valid {what} path", word.text));
            return None;
        };
        let mut tokens = path.to_token_stream();
        let first =
            path.segments.first().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default();
        let own = first == "crate" || is_own_crate(&first);
        if own && path.segments.len() > 1 {
            let rest = path.segments.iter().skip(1);
            tokens = quote::quote!(crate #(::#rest)*);
        }
        // The compiler would report an unknown name at the macro; report it at its line in the file.
        let name = word.text.rsplit("::").next().unwrap_or_default().trim();
        let krate = Some(first.as_str()).filter(|_| !own && path.segments.len() > 1);
        let (what, without): (_, fn(_, &str) -> _) =
            if is_function { ("function", functions_without) } else { ("scenario", scenarios_without) };
        if let Some(others) = without(krate, name) {
            let krate = krate.map_or("this crate".into(), |krate| format!("crate `{krate}`"));
            let hint = suggestion(name, others.iter().map(String::as_str));
            self.fault_at(&word.span, format!("{krate} has no {what} `{name}`{hint}"));
            return None;
        }
        syn::parse2(respanned(tokens, self.span)).ok()
    }

    fn outputs(&mut self) -> Vec<DeclaredOutput> {
        let mut declared = Vec::new();
        for entry in &self.file.outputs {
            let Some(word) = &entry.ty else { continue };
            let made = self.file.calls.iter().enumerate().find_map(|(call, calls)| {
                Some((call, calls.outputs.iter().position(|output| output.text == entry.name.text)?))
            });
            if let (Some((call, output)), Some(ty)) = (made, self.ty(&word.text, &word.span)) {
                let (text, place) = (word.text.clone(), word.span.clone());
                declared.push(DeclaredOutput { call, output, ty, text, place });
            }
        }
        declared
    }
}

/// Returns whether a path with this first segment is in the crate that is being compiled. In a program whose package
/// has a library of the same name, the path is in the library.
fn is_own_crate(first: &str) -> bool {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let library = Path::new(&variable("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let program = std::env::var_os("CARGO_BIN_NAME").is_some();
    first == variable("CARGO_CRATE_NAME") && !(program && library.is_file())
}

/// Returns the tokens with another span.
fn respanned(tokens: TokenStream, span: Span) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            let mut moved = Group::new(group.delimiter(), respanned(group.stream(), span));
            moved.set_span(span.resolved_at(group.span()));
            return TokenTree::Group(moved);
        }
        token.set_span(span.resolved_at(token.span()));
        token
    });
    moved.collect()
}

/// Converts a name to an identifier. Keywords become raw identifiers such as `r#type`, except for the few that can't.
fn name(text: &str) -> Option<Ident> {
    if let Ok(ident) = syn::parse_str::<Ident>(text) {
        return Some(ident);
    }
    let ident = Ident::parse_any.parse_str(text).ok()?;
    let never = ["self", "Self", "super", "crate", "_"].contains(&text);
    (!never).then(|| Ident::new_raw(text, ident.span()))
}
