//! Parses tokens into a [`Task`] and reports errors.

use super::model::{Parameter, RetryPolicy, Slot, Task};
use crate::diagnostics::Diagnostics;
use crate::docs;
use crate::owned::{self, Place};
use crate::type_text::type_text;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use skipstone_wiring::{milliseconds, suggestion};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Ident, Meta, Pat, Path, PathArguments, ReturnType,
    Signature, Token, Type, Visibility, parse_quote,
};

/// The options of `#[task(…)]`.
const OPTIONS: [&str; 11] = [
    "skippable",
    "effects",
    "isolated",
    "opaque",
    "unordered",
    "version",
    "name",
    "ignore",
    "retries",
    "backoff",
    "timeout",
];

/// Parses the function. Returns `None` if the item is not a function; otherwise the valid parts, with all errors in
/// `diagnostics`.
pub(crate) fn parse(options: TokenStream, item: TokenStream, diagnostics: &mut Diagnostics) -> Option<Task> {
    let options = parse_options(options, diagnostics);
    let function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let is_function =
                item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "fn"));
            match is_function {
                true => diagnostics.push(error),
                false => diagnostics
                    .error(item, "`#[task]` is only for functions: put it before a `fn` with a body"),
            }
            return None;
        }
    };
    reject_second(&function, diagnostics);
    reject_qualifiers(&function, diagnostics);
    let signature = &function.signature;
    let (mut parameters, mut slots) = (Vec::new(), Vec::new());
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input
            && let Some(ty) = resource(&typed.ty)
        {
            check_resource(&typed.ty, &options, diagnostics);
            let name = match &*typed.pat {
                Pat::Ident(name) => Some(name.ident.clone()),
                _ => None,
            };
            slots.push(Slot { name, ty: without_lifetime(&typed.ty), resource: Some(ty) });
        } else if let Some(parameter) = parameter(input, diagnostics) {
            slots.push(Slot { name: None, ty: parameter.ty.clone(), resource: None });
            parameters.push(parameter);
        }
    }
    ignore(&options.ignored, &mut parameters, diagnostics);
    let returns: Type = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    let is_rejected =
        owned::is_rejected(&returns) || parameters.iter().any(|parameter| owned::is_rejected(&parameter.ty));
    let fallible = result_value(&returns).is_some();
    let value = value_of(&returns);
    reject_in_type(&value, "result", diagnostics);
    let tuple = matches!(&value, Type::Tuple(tuple) if !tuple.elems.is_empty());
    let outputs = outputs(&returns);
    for output in &outputs {
        match output {
            Type::Never(never) => {
                diagnostics.error(never, "a task must return: write the type of its result")
            }
            output => owned::check(output, Place::Result, diagnostics),
        }
    }
    Some(Task {
        tokens: item,
        name: signature.ident.clone(),
        visibility: function.visibility.clone(),
        conditions: function
            .attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
            .cloned()
            .collect(),
        docs: docs::text(&function.attributes),
        types: signature.generics.type_params().cloned().collect(),
        where_clause: signature.generics.where_clause.clone(),
        parameters,
        slots,
        returns,
        fallible,
        tuple,
        outputs,
        skippable: options.skippable,
        effects: options.effects,
        isolated: options.isolated,
        opaque: options.opaque,
        unordered: options.unordered,
        version: options.version,
        known_as: options.name,
        retry_policy: options.retry_policy,
        krate: options.krate,
        has_self: signature.receiver().is_some(),
        is_async: signature.asyncness.is_some(),
        is_rejected,
    })
}

/// A function whose body is not parsed: errors in it are the compiler's own.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Function> {
        let function = Function {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
        };
        if !input.peek(syn::token::Brace) {
            return Err(input.error("a task needs a body: write `#[task]` on a function that calls this one, `fn name(…) -> Type { … }`"));
        }
        input.parse::<TokenStream>()?;
        Ok(function)
    }
}

/// Reports a second `#[task]`.
fn reject_second(function: &Function, diagnostics: &mut Diagnostics) {
    for attribute in function.attributes.iter().filter(|attribute| is_task(attribute)) {
        diagnostics.error(
            attribute,
            "the function has `#[task]` twice: remove one, and put all options into the other",
        );
    }
}

/// Returns the item without a second `#[task]`, which would add everything twice.
pub(super) fn without_task(item: TokenStream) -> TokenStream {
    let attributes = Attribute::parse_outer;
    let split = |input: ParseStream<'_>| Ok((input.call(attributes)?, input.parse::<TokenStream>()?));
    match split.parse2(item.clone()) {
        Ok((attributes, rest)) if attributes.iter().any(is_task) => {
            let kept = attributes.iter().filter(|attribute| !is_task(attribute));
            quote::quote! { #(#kept)* #rest }
        }
        _ => item,
    }
}

/// Returns the function without `...` at the end of its parameters, which the compiler would report as well.
pub(super) fn without_variadic(item: TokenStream) -> TokenStream {
    let is_dot = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.');
    let replaced = |token: TokenTree| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            let mut tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            if tokens.len() >= 3 && tokens[tokens.len() - 3..].iter().all(is_dot) {
                tokens.truncate(tokens.len() - 3);
            }
            let mut without = Group::new(Delimiter::Parenthesis, tokens.into_iter().collect());
            without.set_span(group.span());
            TokenTree::Group(without)
        }
        token => token,
    };
    item.into_iter().map(replaced).collect()
}

/// Returns whether this is the attribute itself.
fn is_task(attribute: &Attribute) -> bool {
    let path = attribute.path();
    path.is_ident("task")
        || (path.segments.len() == 2
            && path.segments[0].ident == "skipstone"
            && path.segments[1].ident == "task")
}

/// The parsed options of `#[task(…)]`.
#[derive(Default)]
struct Options {
    skippable: bool,
    effects: bool,
    isolated: bool,
    opaque: bool,
    unordered: bool,
    version: Option<String>,
    name: Option<String>,
    ignored: Vec<Ident>,
    retry_policy: RetryPolicy,
    krate: Option<syn::Path>,
}

/// Returns the string of `option = "string"`, unless it is empty.
fn text(meta: &Meta) -> Option<String> {
    let Meta::NameValue(value) = meta else { return None };
    match &value.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
            Some(text.value()).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

/// Returns the value of `option = value`, or the whole option if it has no value.
fn value(meta: &Meta) -> TokenStream {
    match meta {
        Meta::NameValue(value) => value.value.to_token_stream(),
        other => other.to_token_stream(),
    }
}

fn parse_options(options: TokenStream, diagnostics: &mut Diagnostics) -> Options {
    let mut found = Options::default();
    let metas = match Punctuated::<Meta, Token![,]>::parse_terminated.parse2(options.clone()) {
        Ok(metas) => metas,
        Err(_) => {
            let first = options.into_iter().next();
            let message = match &first {
                Some(TokenTree::Literal(text)) => {
                    format!("an option has no quotes: write `{}`", text.to_string().trim_matches('"'))
                }
                _ => "an option is a word, or a word with a value: `#[task(skippable, retries = 3)]`".into(),
            };
            diagnostics.error(first, message);
            return found;
        }
    };
    let mut needs_skippable = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for meta in &metas {
        let name = meta.path().get_ident().map(ToString::to_string).unwrap_or_default();
        if matches!(name.as_str(), "retries" | "backoff" | "timeout") {
            if seen.contains(&name) {
                diagnostics.error(meta, format!("`{name}` is given twice"));
            }
            retry_policy(&name, meta, &mut found.retry_policy, diagnostics);
            seen.push(name);
            continue;
        }
        match (name.as_str(), meta) {
            ("crate", meta) => match syn::parse2(value(meta)) {
                Ok(path) if matches!(meta, Meta::NameValue(_)) => found.krate = Some(path),
                _ => diagnostics
                    .error(meta, "`crate` must be the path of the library: `crate = platform::skipstone`"),
            },
            ("skippable", Meta::Path(path)) => {
                if found.skippable {
                    diagnostics.error(path, "`skippable` is given twice");
                }
                found.skippable = true;
            }
            ("skippable", _) => {
                diagnostics.error(meta, "`skippable` takes no value: write `#[task(skippable)]`")
            }
            ("effects", Meta::Path(path)) => {
                needs_skippable.push(meta);
                if found.effects {
                    diagnostics.error(path, "`effects` is given twice");
                }
                found.effects = true;
            }
            ("isolated" | "opaque" | "unordered", Meta::Path(path)) => {
                let place = match name.as_str() {
                    "isolated" => &mut found.isolated,
                    "opaque" => &mut found.opaque,
                    _ => &mut found.unordered,
                };
                if std::mem::replace(place, true) {
                    diagnostics.error(path, format!("`{name}` is given twice"));
                }
            }
            ("isolated" | "opaque" | "unordered", _) => {
                diagnostics.error(meta, format!("`{name}` takes no value: write `#[task({name})]`"));
            }
            ("effects", _) => {
                diagnostics.error(meta, "`effects` takes no value: write `#[task(skippable, effects)]`")
            }
            ("version" | "name", _) => {
                needs_skippable.push(meta);
                let place = if name == "version" { &mut found.version } else { &mut found.name };
                match text(meta) {
                    Some(text) => {
                        if place.replace(text).is_some() {
                            diagnostics.error(meta, format!("`{name}` is given twice"));
                        }
                    }
                    None if name == "version" => {
                        let given = value(meta);
                        let text = given.to_string();
                        let is_number = text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
                        let example = if is_number && !text.is_empty() { text.as_str() } else { "1" };
                        diagnostics.error(given, format!("`version` must be a non-empty string: `version = \"{example}\"`"));
                    }
                    None => diagnostics.error(
                        value(meta),
                        "`name` must be a non-empty string, such as the path of the function before it moved: `name = \"shop::score\"`",
                    ),
                }
            }
            ("ignore", Meta::List(list)) => {
                needs_skippable.push(meta);
                let names = |input: ParseStream<'_>| {
                    Punctuated::<Ident, Token![,]>::parse_terminated_with(input, Ident::parse_any)
                };
                match list.parse_args_with(names) {
                    Ok(names) if !names.is_empty() => found.ignored.extend(names),
                    _ => diagnostics.error(list, "name the parameters to ignore: `ignore(parameter)`"),
                }
            }
            ("ignore", _) => {
                diagnostics.error(meta, "name the parameters to ignore: `ignore(parameter)`");
            }
            _ => {
                let hint = suggestion(&name, OPTIONS);
                diagnostics.error(meta.path(), format!("`#[task]` has no option `{name}`{hint}"));
            }
        }
    }
    if seen.iter().any(|name| name == "backoff") && found.retry_policy.retries == 0 {
        for meta in metas.iter().filter(|meta| meta.path().is_ident("backoff")) {
            diagnostics.error(meta, "`backoff` has no effect without retries: add `retries = 3`");
        }
    }
    if !found.skippable {
        for meta in needs_skippable {
            let name = meta.path().get_ident().map(ToString::to_string).unwrap_or_default();
            diagnostics.error(
                meta,
                match name.as_str() {
                    "effects" => "`effects` keeps a stored result from being computed again only to check it, but this task runs every time: add `skippable`".to_owned(),
                    _ => format!("`{name}` sets what a stored result depends on, but this task runs every time: add `skippable`"),
                },
            );
        }
    }
    found
}

/// Parses `retries`, `backoff` or `timeout`.
fn retry_policy(name: &str, meta: &Meta, retry_policy: &mut RetryPolicy, diagnostics: &mut Diagnostics) {
    let value = match meta {
        Meta::NameValue(pair) => Some(&pair.value),
        _ => None,
    };
    let literal = match value {
        Some(syn::Expr::Lit(literal)) => Some(&literal.lit),
        _ => None,
    };
    if name == "retries" {
        match literal {
            Some(syn::Lit::Int(number)) if number.base10_parse::<u32>().is_ok() => {
                retry_policy.retries = number.base10_parse().unwrap_or_default();
            }
            _ => diagnostics.error(meta, "`retries` must be a whole number: `retries = 3`"),
        }
        return;
    }
    let time = match literal {
        Some(syn::Lit::Str(text)) => milliseconds(&text.value()),
        _ => None,
    };
    match time {
        None => diagnostics.error(
            meta,
            format!("`{name}` must be a duration with a unit of ms, s, m, h or d, such as `{name} = \"5m\"`"),
        ),
        Some(0) if name == "timeout" => {
            diagnostics.error(meta, "`timeout` must be longer than zero");
        }
        Some(time) if name == "timeout" => retry_policy.timeout = Some(time),
        Some(time) => retry_policy.backoff = time,
    }
}

/// Marks the ignored parameters.
fn ignore(ignored: &[Ident], parameters: &mut [Parameter], diagnostics: &mut Diagnostics) {
    for (i, name) in ignored.iter().enumerate() {
        if ignored[..i].contains(name) {
            diagnostics.error(name, format!("parameter `{name}` is ignored twice"));
        }
        match parameters.iter_mut().find(|parameter| parameter.name.unraw() == name.unraw()) {
            Some(parameter) => parameter.ignored = true,
            None => {
                let names: Vec<String> =
                    parameters.iter().map(|parameter| parameter.name.to_string()).collect();
                let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
                diagnostics.error(name, format!("the task has no parameter `{name}`{hint}"));
            }
        }
    }
}

fn reject_qualifiers(function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    if let Some(variadic) = &signature.variadic {
        // Such a function is `unsafe extern "C"`.
        diagnostics
            .error(variadic, "a task can't be variadic: give it one parameter for each node that it reads");
        return;
    }
    if let Some(token) = signature.asyncness.filter(|_| !cfg!(feature = "tokio")) {
        diagnostics.error(
            token,
            "an `async` task needs the feature `tokio`: add `features = [\"tokio\"]` to skipstone in Cargo.toml, or remove `async`",
        );
    }
    if let Some(token) = &signature.unsafety {
        diagnostics.error(token, "a task can't be unsafe: wrap the unsafe part in a safe function");
    }
    if let Some(abi) = &signature.abi {
        diagnostics.error(abi, "a task must be a Rust function: remove `extern`");
    }
    reject_generics(signature, diagnostics);
}

fn reject_generics(signature: &Signature, diagnostics: &mut Diagnostics) {
    let generics = &signature.generics;
    let is_generic = generics.type_params().next().is_some();
    for parameter in &generics.params {
        match parameter {
            GenericParam::Const(parameter) => {
                let (name, ty) = (&parameter.ident, type_text(&parameter.ty));
                let lower = name.to_string().to_lowercase();
                diagnostics.error(
                    parameter,
                    format!("a task has no constant parameters: take the value as a node, `{lower}: {ty}`"),
                );
            }
            // A lifetime is not a parameter of the task: it ends with the call.
            GenericParam::Lifetime(lifetime) if is_generic => diagnostics
                .error(lifetime, "a generic task has no lifetimes: remove it, here and at the references"),
            GenericParam::Lifetime(_) | GenericParam::Type(_) => {}
        }
    }
    if let Some(clause) = generics.where_clause.as_ref().filter(|_| !is_generic) {
        diagnostics.error(clause, "the task is not generic: remove the `where` clause");
    }
}

/// Returns the type of the resource in `&Resource<T>` or `Resource<T>`.
fn resource(ty: &Type) -> Option<Type> {
    let path = match ty {
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) => path,
            _ => return None,
        },
        Type::Path(path) => path,
        _ => return None,
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Resource")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Reports a resource of a task whose results could not be trusted with it.
fn check_resource(ty: &Type, options: &Options, diagnostics: &mut Diagnostics) {
    match ty {
        Type::Reference(reference) if reference.mutability.is_none() => {}
        _ => diagnostics.error(ty, "other tasks use the resource, too: take a reference, `&Resource<…>`"),
    }
    if options.skippable && options.version.is_none() {
        diagnostics.error(
            ty,
            "what a resource answers is not in the key, so the task can't be skipped: remove `skippable`, or add a `version = \"1\"` that you change when the answers do",
        );
    }
    if options.isolated {
        diagnostics.error(ty, "a resource exists only in this process: remove `isolated`");
    }
}

/// Returns a type without the lifetime of its reference, which ends with the call.
fn without_lifetime(ty: &Type) -> Type {
    let mut ty = ty.clone();
    if let Type::Reference(reference) = &mut ty
        && reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident != "static")
    {
        reference.lifetime = None;
    }
    ty
}

fn parameter(input: &FnArg, diagnostics: &mut Diagnostics) -> Option<Parameter> {
    let input = match input {
        FnArg::Receiver(receiver) => {
            diagnostics.error(
                receiver,
                "a task can't take `self`: make it a free function, and pass the data that it needs as parameters",
            );
            return None;
        }
        FnArg::Typed(input) => input,
    };
    let name = match &*input.pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => name.ident.clone(),
        Pat::Wild(wild) => {
            diagnostics.error(
                wild,
                "a task's parameter needs a name, because calls are checked by name: `_unused`, for example",
            );
            return None;
        }
        other => {
            diagnostics.error(
                other,
                "a task's parameter needs a plain name, because calls are checked by name: destructure the value in the body",
            );
            return None;
        }
    };
    let ty = without_lifetime(&input.ty);
    reject_in_type(&ty, "parameter", diagnostics);
    owned::check(&ty, Place::Parameter, diagnostics);
    let (node, read, owned) = match &ty {
        Type::Reference(reference) => {
            if let Some(token) = &reference.mutability {
                diagnostics
                    .error(token, "a task can't change its input: take `&T` and return the changed value");
            }
            let (node, read): (Type, Type) = match &*reference.elem {
                Type::Path(path) if path.path.is_ident("str") => {
                    (parse_quote!(::std::string::String), parse_quote!(String))
                }
                // A type of the user may have this name, and is its own owned type.
                Type::Path(path) if is_path(&path.path) => {
                    (parse_quote!(<#path as ::std::borrow::ToOwned>::Owned), parse_quote!(PathBuf))
                }
                Type::Slice(slice) => {
                    let element = &slice.elem;
                    (parse_quote!(::std::vec::Vec<#element>), parse_quote!(Vec<#element>))
                }
                other => (other.clone(), other.clone()),
            };
            (node, read, false)
        }
        other => (other.clone(), other.clone(), true),
    };
    Some(Parameter { name, ty, node, read, owned, ignored: false })
}

/// Returns whether this may be `std::path::Path`.
fn is_path(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "Path" && last.arguments.is_none())
}

/// Reports `impl Trait` and `dyn Trait` anywhere in the type.
fn reject_in_type(ty: &Type, what: &str, diagnostics: &mut Diagnostics) {
    struct Visitor<'a> {
        what: &'a str,
        diagnostics: &'a mut Diagnostics,
    }
    impl<'ast> Visit<'ast> for Visitor<'_> {
        fn visit_type_impl_trait(&mut self, ty: &'ast syn::TypeImplTrait) {
            let message = format!(
                "a task's {} can't be `impl Trait`, because a node has one type: write that type here",
                self.what
            );
            self.diagnostics.error(ty, message);
        }
        fn visit_type_trait_object(&mut self, ty: &'ast syn::TypeTraitObject) {
            let message = format!(
                "a task's {} can't be a trait object, because it can't be read back from the store",
                self.what
            );
            self.diagnostics.error(ty, message);
        }
    }
    Visitor { what, diagnostics }.visit_type(ty);
}

/// Returns the types of the outputs of a task with this return type.
pub(crate) fn outputs(returns: &Type) -> Vec<Type> {
    match value_of(returns) {
        Type::Tuple(tuple) if !tuple.elems.is_empty() => tuple.elems.into_iter().collect(),
        value => vec![value],
    }
}

/// Returns the type of the value if the task succeeds.
fn value_of(returns: &Type) -> Type {
    result_value(returns).unwrap_or_else(|| returns.clone())
}

/// Returns `T` of `Result<T>` or `Result<T, E>`.
fn result_value(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(value) => Some(value.clone()),
        _ => None,
    }
}
