//! Parses the path of the task that a statement calls.

use super::found::{Read, located};
use super::words::{self, at_sign, is_sign, stream};
use proc_macro2::{Delimiter, Group, Span, TokenTree};
use skipstone_fingerprint::Called;
use skipstone_wiring::suggestion;
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Path, Token, Type};

/// The message for a loop, an item, or a branch in the wrong place.
pub(super) fn no_block(first: &TokenTree) -> &'static str {
    let is = |word: &str| words::is(first, word);
    if is("for") || is("while") || is("loop") {
        "a scenario has no loops: let one task read all of the values (`&[T]`), or build the graph with `Graph::builder`"
    } else if is("if") {
        "write the branch around the statements: `if condition { name = task(node, …); } else { name = other(node, …); }`"
    } else if is("else") {
        "expected `else { … }` or `else if condition { … }`"
    } else if is("match") {
        "a scenario has no `match`: write `if condition { … } else if other { … } else { … }`"
    } else {
        "only inputs and calls of tasks are statements of a scenario: put this before `scenario!`"
    }
}

/// What a statement calls: the path of a task with the list of its arguments, or that of a scenario with its braces.
pub(super) struct Callee<'a> {
    pub(super) path: Path,
    /// The types of a generic task.
    pub(super) types: Vec<Type>,
    pub(super) list: Group,
    /// Whether the task has another number of types.
    pub(super) is_wrong: bool,
    /// The tokens after the list.
    pub(super) after: &'a [TokenTree],
}

/// Reads what a statement calls.
pub(super) fn read<'a>(
    body: &'a [TokenTree],
    nodes: &HashSet<String>,
    equals: Span,
    found: &mut Read,
) -> Option<Callee<'a>> {
    const VALUE: &str = "a statement calls a task: declare a value as `input name: Type = value;`";
    const EXPRESSION: &str = "a statement is one call of a task, `name = task(node, …);`: write a function with `#[task]` for any other expression";
    let Some(first) = body.first() else {
        found.problem(equals, "expected a task after `=`: `name = task(node, …);`");
        return None;
    };
    let (path, rest) = body.split_at(length(body));
    match path {
        [] => {
            let message = match first {
                TokenTree::Literal(_) => VALUE,
                bar if is_sign(bar, '|') => "a closure can't be a task: write a function with `#[task]`",
                minus if is_sign(minus, '-') && matches!(body.get(1), Some(TokenTree::Literal(_))) => VALUE,
                _ => EXPRESSION,
            };
            found.problem(first.span(), message);
            return None;
        }
        [TokenTree::Ident(word), ..] if words::is_expression(word) => {
            let message = match word.to_string().as_str() {
                "if" | "match" => no_block(first),
                "true" | "false" => VALUE,
                "move" => "a closure can't be a task: write a function with `#[task]`",
                _ => EXPRESSION,
            };
            found.problem(word.span(), message);
            return None;
        }
        _ => {}
    }
    found.stray = Some(stream(path));
    let (path, types, rest) = match types(path, rest) {
        Some(Ok(parts)) => parts,
        Some(Err(error)) => {
            found.problems.push(error);
            return None;
        }
        None => (path, Vec::new(), rest),
    };
    let last = &path[path.len() - 1];
    let (wrong, message) = match rest.first() {
        Some(TokenTree::Group(group))
            if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Brace)
                && !is_sign(last, ':') =>
        {
            match Path::parse_mod_style.parse2(stream(path)) {
                Ok(path) if group.delimiter() == Delimiter::Brace => match no_scenario(&path) {
                    None => {
                        found.stray = None;
                        if let Some(ty) = types.first() {
                            let message = "a scenario is not generic: remove `::<…>`";
                            found.problems.push(syn::Error::new_spanned(ty, message));
                        }
                        return Some(Callee {
                            path,
                            types,
                            is_wrong: false,
                            list: group.clone(),
                            after: &rest[1..],
                        });
                    }
                    Some(message) => (last, message),
                },
                Ok(path) => match no_function(&path) {
                    None => {
                        found.stray = None;
                        let wrong = wrong_number(&path, &types);
                        let is_wrong = wrong.is_some();
                        found.problems.extend(wrong);
                        let types = if is_wrong { Vec::new() } else { types };
                        return Some(Callee {
                            path,
                            types,
                            is_wrong,
                            list: group.clone(),
                            after: &rest[1..],
                        });
                    }
                    Some(message) => (last, message),
                },
                Err(error) => {
                    found.problems.push(located(error, path));
                    return None;
                }
            }
        }
        Some(sign) if is_sign(sign, '<') => {
            (sign, "expected `::` before the types of the task: `task::<Type>(node, …)`".into())
        }
        _ if is_sign(last, ':') => (last, "expected the name of a task after `::`".into()),
        Some(sign) if is_sign(sign, '!') => {
            (sign, "a macro can't be a task: write a function with `#[task]`".into())
        }
        Some(sign) if is_sign(sign, '.') => {
            (sign, "a method can't be a task: write a function with `#[task]` that takes the node".into())
        }
        Some(other) => (other, EXPRESSION.into()),
        None => {
            let text = last.to_string();
            let message = match path.len() == 1 && nodes.contains(text.trim_start_matches("r#")) {
                true => format!(
                    "`{text}` is a node already, with one name: remove this statement, and use `{text}`"
                ),
                false => format!("expected `(…)` after `{text}`, with the nodes that the task reads"),
            };
            (last, message)
        }
    };
    found.problem(wrong.span(), message);
    None
}

/// A path, the types in `<…>` after it, and the tokens after them.
type WithTypes<'a> = (&'a [TokenTree], Vec<Type>, &'a [TokenTree]);

/// Reads the types of a generic task, if `::<` follows its path.
fn types<'a>(path: &'a [TokenTree], rest: &'a [TokenTree]) -> Option<syn::Result<WithTypes<'a>>> {
    let [before @ .., _, last] = path else { return None };
    if before.is_empty() || !is_sign(last, ':') || !at_sign(rest, 0, '<') {
        return None;
    }
    let mut depth = 0_u32;
    let close = rest.iter().enumerate().position(|(i, token)| {
        let is_arrow = i > 0 && is_sign(&rest[i - 1], '-');
        depth += u32::from(is_sign(token, '<'));
        depth -= u32::from(is_sign(token, '>') && !is_arrow);
        depth == 0
    });
    let Some(close) = close else {
        return Some(Err(syn::Error::new(rest[0].span(), "expected `>` after the types of the task")));
    };
    let (within, after) = (&rest[1..close], &rest[close + 1..]);
    let types = Punctuated::<Type, Token![,]>::parse_terminated.parse2(stream(within));
    Some(match types {
        Ok(types) if types.is_empty() => {
            Err(syn::Error::new(rest[0].span(), "expected the types of the task between `<` and `>`"))
        }
        Ok(types) => match types.iter().find(|ty| matches!(ty, Type::Infer(_))) {
            Some(ty) => Err(syn::Error::new_spanned(
                ty,
                "write the type: a node has one type, which `_` does not name",
            )),
            None => Ok((before, types.into_iter().collect(), after)),
        },
        Err(error) => Err(located(error, within)),
    })
}

/// Returns an error if the task has another number of type parameters than there are types.
fn wrong_number(path: &Path, types: &[Type]) -> Option<syn::Error> {
    let last = &path.segments.last()?.ident;
    let name = last.unraw().to_string();
    let Some(first) = types.first() else {
        let message = format!("task `{name}` is generic: write its types, `{name}::<…>(…)`");
        return skipstone_fingerprint::is_generic_task(&name).then(|| syn::Error::new(last.span(), message));
    };
    let tasks = skipstone_fingerprint::task_sources(&name);
    if tasks.iter().any(|task| task.types.len() == types.len()) {
        return None;
    }
    let message = match tasks.first()?.types.as_slice() {
        [] => format!("task `{name}` has no type parameters: remove `::<…>`"),
        [only] => format!("task `{name}` has one type parameter, `{only}`: write one type"),
        names => format!(
            "task `{name}` has {} type parameters, `{}`: write as many types",
            names.len(),
            names.join("`, `")
        ),
    };
    Some(syn::Error::new_spanned(first, message))
}

/// Returns why a path can't be that of a function: it ends with the name of a type, a variant, a scenario or a method.
fn no_function(path: &Path) -> Option<String> {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let (last, before) = (names.next()?, names.next());
    let text = last.unraw().to_string();
    if !words::is_lower(last) && !skipstone_fingerprint::has_function(&text) {
        return Some(match skipstone_fingerprint::has_scenario(&text) {
            true => format!("`{text}` is a scenario: write `{text} {{ input: node }}`, in braces"),
            false => format!(
                "`{text}` is a type or a variant, not a task: write a function with `#[task]` that returns it"
            ),
        });
    }
    if before.is_none() && skipstone_fingerprint::is_module_beside(&text) {
        return Some(format!(
            "`{text}` is a module, not a task: write the name of a task after it, `{text}::task`"
        ));
    }
    match called(path) {
        Some(Called::Nothing(others)) => {
            let hint = suggestion(&text, others.iter().map(String::as_str));
            let hint = if hint.is_empty() { ": write it, with `#[task]`, or import it".into() } else { hint };
            return Some(format!("there is no function `{text}` here{hint}"));
        }
        Some(Called::Private) => {
            return Some(format!("`{text}` is private: write `pub(crate) fn {text}`, or `pub`"));
        }
        Some(Called::Function(_)) | None => {}
    }
    let owner = before.filter(|owner| {
        let keyword = ["crate", "self", "super"].iter().any(|word| owner == word);
        words::is_primitive(owner) || (!words::is_lower(owner) && !keyword)
    })?;
    Some(format!("`{owner}::{text}` is a method, not a task: write a function with `#[task]` that calls it"))
}

/// Returns whether the task that a path leads to has another number of parameters.
pub(super) fn miscounted(path: &Path, arguments: usize) -> bool {
    matches!(called(path), Some(Called::Function(parameters)) if parameters != arguments)
}

fn called(path: &Path) -> Option<Called> {
    if path.leading_colon.is_some() {
        return None;
    }
    let names = path.segments.iter().map(|segment| segment.ident.unraw().to_string());
    skipstone_fingerprint::called(&names.collect::<Vec<_>>())
}

/// Returns why a path can't be that of a scenario: it ends with the name of a function or of another type.
fn no_scenario(path: &Path) -> Option<String> {
    let last = &path.segments.last()?.ident;
    let text = last.unraw().to_string();
    if skipstone_fingerprint::has_scenario(&text) {
        return None;
    }
    if skipstone_fingerprint::has_function(&text) {
        return Some(format!("`{text}` is not a scenario: call a task with parentheses, `{text}(node, …)`"));
    }
    let is_type = skipstone_fingerprint::has_type(&text);
    is_type
        .then(|| format!("`{text}` is not a scenario: a subscenario is one that another `scenario!` defines"))
}

/// Returns the number of tokens of the path at the beginning: `a::b`, `::a::b`, also `a::`.
fn length(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    loop {
        let colons = at_sign(tokens, at, ':') && at_sign(tokens, at + 1, ':');
        if colons {
            at += 2;
        } else if at > 0 {
            return at;
        }
        match tokens.get(at) {
            Some(TokenTree::Ident(_)) => at += 1,
            _ => return at,
        }
    }
}
