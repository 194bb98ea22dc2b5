//! `#[task]`: keeps the function, and adds a type of the same name that describes it.

mod expand;
mod model;
mod parse;
mod place;

use crate::diagnostics::Diagnostics;
use crate::{debug, krate};

pub(crate) use expand::code;
pub(crate) use parse::outputs;

use proc_macro2::TokenStream;
use quote::quote;
use skipstone_fingerprint::is_editor;

/// Expands `#[task(options)] item`.
pub(crate) fn task(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let task = parse::parse(options, item.clone(), &mut diagnostics);
    let is_misplaced = task.as_ref().is_some_and(|task| place::check(task, &mut diagnostics));
    let expansion = match &task {
        _ if is_misplaced => TokenStream::new(),
        // An editor runs nothing, and loses its way in large blocks.
        Some(task) if is_editor() => expand::ty(task),
        // The code of a generic task depends on the types of the call.
        Some(task) if is_valid(task, &diagnostics) && !task.types.is_empty() => expand::generic(task),
        Some(task) if is_valid(task, &diagnostics) => {
            expand::task(task, &skipstone_fingerprint::of_task(&task.tokens, &task.name))
        }
        Some(task) => expand::broken(task),
        None => TokenStream::new(),
    };
    let expansion = krate::resolve(expansion, task.as_ref().and_then(|task| task.krate.as_ref()));
    let allow =
        task.as_ref().filter(|task| !is_editor() && is_valid(task, &diagnostics)).and_then(expand::lint);
    let item = parse::without_task(item);
    let item = if diagnostics.has_errors() { parse::without_variadic(item) } else { item };
    let errors = diagnostics.into_tokens();
    let all = quote! { #allow #item #expansion #errors };
    if let Some(task) = &task {
        debug::print(&task.name.to_string(), &all);
    }
    all
}

fn is_valid(task: &model::Task, diagnostics: &Diagnostics) -> bool {
    !diagnostics.has_errors() && !task.is_rejected
}

#[cfg(test)]
mod tests;
