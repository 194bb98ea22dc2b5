//! The lists of the crates that tasks reach. Such a list has some hundred lines, and most tasks of a crate have the same one: the
//! first of them enters it into the program's inventory under its hash, and the others name the hash.

use proc_macro2::TokenStream;
use quote::quote;
use skipstone_fingerprint::Code;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use syn::Attribute;

/// Generates the entry of the crates that the code reaches, unless an earlier task of this crate has the same.
pub(crate) fn entry(code: &Code, conditions: &[Attribute]) -> Option<TokenStream> {
    let (name, list) = (code.name_of_packages(), &code.packages);
    are_new(code, conditions.is_empty()).then(|| {
        quote! {
            #(#conditions)*
            ::skipstone::__private::inventory::submit! { ::skipstone::__private::PackagesEntry(#name, #list) }
        }
    })
}

/// Returns whether no earlier task of this crate has the same list. The compiler expands a crate in one process. A condition may
/// exclude a task, and with it the list.
fn are_new(code: &Code, is_unconditional: bool) -> bool {
    static ENTERED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let mut entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let (entered, name) = (entered.get_or_insert_default(), code.name_of_packages());
    match is_unconditional {
        _ if name.is_empty() => false,
        true => entered.insert(name),
        false => !entered.contains(&name),
    }
}
