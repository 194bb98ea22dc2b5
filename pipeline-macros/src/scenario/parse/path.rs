//! Parses the path of the task that a statement calls.

use super::found::{Read, located};
use super::words::{self, at_sign, is_sign, stream};
use proc_macro2::{Delimiter, Group, Span, TokenTree};
use std::collections::HashSet;
use syn::Path;
use syn::ext::IdentExt;
use syn::parse::Parser;

/// The message for a loop, a branch or an item.
pub(super) fn no_block(first: &TokenTree) -> &'static str {
    let is = |word: &str| words::is(first, word);
    if is("for") || is("while") || is("loop") {
        "a scenario has no loops: let one task read all of the values (`&[T]`), or build the graph with `Graph::builder`"
    } else if is("if") || is("match") {
        "a scenario has no branches: let the task decide, with an input that it reads"
    } else {
        "only inputs and calls of tasks are statements of a scenario: put this before `scenario!`"
    }
}

/// Reads the path of a task with the list of arguments after it, or that of a scenario with its braces. Returns the tokens
/// after that, too.
pub(super) fn read<'a>(
    body: &'a [TokenTree],
    nodes: &HashSet<String>,
    equals: Span,
    found: &mut Read,
) -> Option<(Path, Group, &'a [TokenTree])> {
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
    let last = &path[path.len() - 1];
    found.stray = Some(stream(path));
    let (wrong, message) = match rest.first() {
        Some(TokenTree::Group(group))
            if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Brace)
                && !is_sign(last, ':') =>
        {
            match Path::parse_mod_style.parse2(stream(path)) {
                Ok(path) if group.delimiter() == Delimiter::Brace => match no_scenario(&path) {
                    None => {
                        found.stray = None;
                        return Some((path, group.clone(), &rest[1..]));
                    }
                    Some(message) => (last, message),
                },
                Ok(path) => match no_function(&path) {
                    None => {
                        found.stray = None;
                        return Some((path, group.clone(), &rest[1..]));
                    }
                    Some(message) => (last, message),
                },
                Err(error) => {
                    found.problems.push(located(error, path));
                    return None;
                }
            }
        }
        Some(sign) if is_sign(sign, '<') => (sign, "a task is not generic: remove `::<…>`".into()),
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

/// Returns why a path can't be that of a function: it ends with the name of a type, a variant, a scenario or a method.
fn no_function(path: &Path) -> Option<String> {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let (last, before) = (names.next()?, names.next());
    let text = last.unraw().to_string();
    if !words::is_lower(last) && !skipstone_fingerprint::has_function(&text) {
        return Some(match skipstone_fingerprint::has_scenario(&text) {
            true => format!("`{text}` is a scenario: write `{text} {{ … }}`, with what its inputs are"),
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
    let owner = before.filter(|owner| {
        let keyword = ["crate", "self", "super"].iter().any(|word| owner == word);
        words::is_primitive(owner) || (!words::is_lower(owner) && !keyword)
    })?;
    Some(format!("`{owner}::{text}` is a method, not a task: write a function with `#[task]` that calls it"))
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
