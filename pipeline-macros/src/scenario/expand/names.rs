//! The names of tasks and types in an expansion.

use crate::scenario::model::{Call, InputType, Maker, Scenario};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

/// Returns the name that the task of call `c` is imported as.
pub(super) fn task(c: usize) -> Ident {
    format_ident!("__task_{c}")
}

/// Returns the name of the constant with the arguments of call `c`.
pub(super) fn call(c: usize) -> Ident {
    format_ident!("__call_{c}")
}

/// Returns the type that the types of the scenario's nodes belong to.
pub(super) fn nodes(scenario: &Scenario) -> Ident {
    format_ident!("{}Nodes", scenario.name)
}

/// Generates the constant with the arguments of a call.
pub(super) fn call_arguments(c: usize, call: &Call) -> TokenStream {
    let (name, count) = (self::call(c), call.arguments.len());
    let arguments = call.arguments.iter().map(|argument| {
        let node = argument.node.unraw().to_string();
        match &argument.parameter {
            None => quote! { __skipstone::at(#node) },
            Some(parameter) => {
                let parameter = parameter.unraw().to_string();
                quote! { __skipstone::to(#parameter, #node) }
            }
        }
    });
    quote! { const #name: [__skipstone::CallArgument<'static>; #count] = [#(#arguments),*]; }
}

/// Generates the parameter that receives an argument.
pub(super) fn parameter(c: usize, argument: usize) -> TokenStream {
    let (task, call) = (task(c), call(c));
    quote! { { __skipstone::parameter_of::<#task>(&#call, #argument) } }
}

/// Returns the number of a node: of an input, or of an output.
pub(super) fn number(scenario: &Scenario, maker: Maker) -> usize {
    match maker {
        Maker::Input(i) => i,
        Maker::Call(c, output) => {
            let before = scenario.calls[..c].iter().map(|call| call.outputs.len());
            scenario.inputs.len() + before.sum::<usize>() + output
        }
    }
}

/// Generates the type of a node.
pub(super) fn node_type(scenario: &Scenario, maker: Maker) -> TokenStream {
    let (nodes, number) = (nodes(scenario), number(scenario, maker));
    quote! { ::skipstone::graph::NodeOf<#nodes, #number> }
}

/// Generates the text of a node's type.
pub(super) fn type_text(scenario: &Scenario, maker: Maker) -> TokenStream {
    match maker {
        Maker::Input(i) => match &scenario.inputs[i].ty {
            InputType::Written(_, text) => text.to_token_stream(),
            InputType::Read { call, argument } => {
                let (task, arguments) = (task(*call), self::call(*call));
                quote! { __skipstone::parameter_type::<#task>(&#arguments, #argument) }
            }
        },
        Maker::Call(c, output) => {
            let task = task(c);
            quote! { __skipstone::output_type::<#task>(#output) }
        }
    }
}
