//! What rust-analyzer sees in place of, and in addition to, what the compiler sees: the nodes and tasks of unfinished
//! statements, which it can complete then, and types as they are written, because it does not resolve projections.

use crate::scenario::condition;
use crate::scenario::model::{Branch, Call, Scenario};
use crate::task::outputs;
use crate::type_text::PRIMITIVES;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use skipstone_fingerprint::{TaskSource, is_editor, task_sources};
use std::collections::HashMap;
use syn::visit_mut::{self, VisitMut};
use syn::{PathSegment, Type, TypePath};

/// Generates uses of all nodes and tasks, for an editor only.
pub(super) fn uses(scenario: &Scenario) -> TokenStream {
    if !is_editor() {
        return TokenStream::new();
    }
    let name = &scenario.name;
    let nodes = scenario.calls.iter().flat_map(|call| &call.arguments).map(|argument| &argument.node);
    let given = scenario
        .subscenarios
        .iter()
        .flat_map(|subscenario| subscenario.given.iter().map(move |given| (subscenario, given)));
    let (subscenarios, inputs): (Vec<_>, Vec<_>) =
        given.map(|(subscenario, given)| (&subscenario.path, &given.input)).unzip();
    let paths = scenario.calls.iter().map(with_types).chain(scenario.stray.iter().cloned());
    let conditions = scenario.branches.iter().map(|Branch { input, condition }| {
        let value = &mut |name: &Ident| quote!((*::skipstone::__private::value_of(&__scenario.#name)));
        condition::replaced(condition.clone(), &|name| name == input, value)
    });
    quote! {
        const _: fn(&#name) = |__scenario: &#name| {
            #(let _ = &__scenario.#nodes;)*
            #(let _: bool = #conditions;)*
        };
        const _: fn() = || {
            #(let _ = #paths;)*
        };
        #(const _: fn(&#subscenarios) = |__subscenario: &#subscenarios| { let _ = &__subscenario.#inputs; };)*
    }
}

fn with_types(call: &Call) -> TokenStream {
    let (path, turbofish) = (&call.path, call.turbofish());
    quote!(#path #turbofish)
}

/// Returns the type of an output as the task's author wrote it, for an editor only. `None` if it is not known.
pub(super) fn output(call: &Call, output: usize) -> Option<TokenStream> {
    if !is_editor() {
        return None;
    }
    let sources = task_sources(&call.task());
    let Ok([TaskSource { krate, modules, types, returns }]) = <[TaskSource; 1]>::try_from(sources) else {
        return None;
    };
    if returns.is_empty() {
        return Some(quote!(()));
    }
    let ty: Type = syn::parse_str(&returns).ok()?;
    let mut ty = outputs(&ty).into_iter().nth(output)?;
    let krate = krate.as_deref().unwrap_or("crate");
    let segments = std::iter::once(krate).chain(modules.iter().map(String::as_str));
    let module = segments.map(|name| PathSegment::from(format_ident!("{name}"))).collect();
    let given = types.into_iter().zip(call.types.iter().cloned()).collect();
    Placed { module, given }.visit_type_mut(&mut ty);
    Some(if call.is_mapped() { quote!(::skipstone::Parts<#ty>) } else { ty.into_token_stream() })
}

/// Completes the paths in a type, so that they can be resolved outside of their module.
struct Placed {
    module: Vec<PathSegment>,
    /// The types for the type parameters of a generic task.
    given: HashMap<String, Type>,
}

impl VisitMut for Placed {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        let name = match ty {
            Type::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        };
        match name.and_then(|name| self.given.get(&name)) {
            Some(given) => *ty = given.clone(),
            None => visit_mut::visit_type_mut(self, ty),
        }
    }

    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, ty);
        let Some(first) = ty.path.segments.first().map(|segment| segment.ident.clone()) else { return };
        if ty.qself.is_some() || ty.path.leading_colon.is_some() || is_known(&first, ty.path.segments.len()) {
            return;
        }
        let parent = &self.module[..self.module.len().saturating_sub(1).max(1)];
        let (base, replaced) = match first.to_string().as_str() {
            "crate" => (&self.module[..1], 1),
            "self" => (&self.module[..], 1),
            "super" => (parent, 1),
            _ => (&self.module[..], 0),
        };
        let rest = ty.path.segments.iter().skip(replaced);
        ty.path.segments = base.iter().chain(rest).cloned().collect();
    }
}

/// Returns whether the name has the same meaning in all modules.
fn is_known(first: &Ident, segments: usize) -> bool {
    const PRELUDE: [&str; 5] = ["Box", "Option", "Result", "String", "Vec"];
    const CRATES: [&str; 4] = ["alloc", "core", "skipstone", "std"];
    let names: &[&str] = if segments == 1 { &PRELUDE } else { &CRATES };
    names.iter().any(|name| first == name) || (segments == 1 && PRIMITIVES.iter().any(|name| first == name))
}
