//! The names of tasks and types in an expansion.

use crate::scenario::model::{Call, InputType, Maker, Scenario};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use skipstone_wiring::Passing;
use syn::ext::IdentExt;

/// Returns the name that the task of call `c` is imported as.
pub(super) fn task(c: usize) -> Ident {
    format_ident!("__task_{c}")
}

/// Returns the name that the generic task of call `c` is imported as.
pub(super) fn generic(c: usize) -> Ident {
    format_ident!("__generic_{c}")
}

/// Returns the name of the type that has the code of call `c` of a generic task.
pub(super) fn code(c: usize) -> Ident {
    format_ident!("__code_{c}")
}

/// Returns the name of the constant for call `c`.
pub(super) fn call(c: usize) -> Ident {
    format_ident!("__call_{c}")
}

/// Returns the name of the scenario type of subscenario `p`.
pub(super) fn subscenario(p: usize) -> Ident {
    format_ident!("__subscenario_{p}")
}

/// Returns the type that the types of the scenario's nodes belong to.
pub(super) fn nodes(scenario: &Scenario) -> Ident {
    format_ident!("{}Nodes", scenario.name)
}

/// Generates the constant for a call.
pub(super) fn call_constant(c: usize, call: &Call) -> TokenStream {
    let (name, task) = (self::call(c), task(c));
    let arguments = call.arguments.iter().map(|argument| {
        let node = argument.node.text();
        let passing = match argument.passing {
            Passing::One => None,
            Passing::Each => Some(quote!(.each())),
            Passing::Cross => Some(quote!(.cross())),
            Passing::All => Some(quote!(.all())),
            Passing::Last(parts) => Some(quote!(.last(#parts))),
        };
        match &argument.parameter {
            None => quote! { __s::at(#node)#passing },
            Some(parameter) => {
                let parameter = parameter.unraw().to_string();
                quote! { __s::to(#parameter, #node)#passing }
            }
        }
    });
    quote! { const #name: __s::Call<#task> = __s::call(&[#(#arguments),*]); }
}

/// Generates the index of the parameter that receives an argument.
pub(super) fn parameter(c: usize, call: &Call, argument: usize) -> TokenStream {
    match &call.arguments[argument].parameter {
        None if call.miscounted => {
            let (call, argument) = (self::call(c), Literal::usize_unsuffixed(argument));
            quote! { { #call.counted(#argument) } }
        }
        None => Literal::usize_unsuffixed(argument).to_token_stream(),
        Some(_) => {
            let (call, argument) = (self::call(c), Literal::usize_unsuffixed(argument));
            quote! { { #call.parameter_of(#argument) } }
        }
    }
}

/// Returns the number of a node: of an input, or of an output.
pub(super) fn number(scenario: &Scenario, maker: Maker) -> Literal {
    let inputs = scenario.inputs.len();
    let outputs = |calls: &[Call]| calls.iter().map(|call| call.outputs.len()).sum::<usize>();
    Literal::usize_unsuffixed(match maker {
        Maker::Input(i) => i,
        Maker::Call(c, output) => inputs + outputs(&scenario.calls[..c]) + output,
    })
}

/// Generates the type of a node.
pub(super) fn node_type(scenario: &Scenario, maker: Maker) -> TokenStream {
    let (nodes, number) = (nodes(scenario), number(scenario, maker));
    quote! { __s::NodeOf<#nodes, #number> }
}

/// Generates the text of a node's type.
pub(super) fn type_text(scenario: &Scenario, maker: Maker) -> TokenStream {
    match maker {
        Maker::Input(i) => match &scenario.inputs[i].ty {
            InputType::Written(_, text) => text.to_token_stream(),
            InputType::Read { call, argument } => {
                let (call, argument) = (self::call(*call), Literal::usize_unsuffixed(*argument));
                quote! { #call.read(#argument) }
            }
        },
        Maker::Call(c, output) => {
            let (call, output) = (self::call(c), Literal::usize_unsuffixed(output));
            quote! { #call.returned(#output) }
        }
    }
}
