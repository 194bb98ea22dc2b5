//! Checks that types own their data, because values come from the store and go there.

use crate::diagnostics::Diagnostics;
use crate::type_text::type_text;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, Type, TypeReference, parse_quote};

/// Where a type is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The type of a task's parameter, which may be a reference to an owned value.
    Parameter,
    /// A task's result.
    Result,
    /// The type of an input.
    Input,
}

/// Reports parts that borrow, and an `Option` of an `Option`: one message for each type.
pub(crate) fn check(ty: &Type, place: Place, diagnostics: &mut Diagnostics) {
    if place != Place::Input && is_unsized(ty) {
        // The compiler reports it.
        return;
    }
    if let Some(inner) = option_of_option(ty) {
        diagnostics.error(
            inner,
            "an `Option` of an `Option` can't be stored, because `None` and `Some(None)` look alike: use one `Option`, or an enum",
        );
        return;
    }
    let inner = match ty {
        Type::Reference(reference) if place == Place::Parameter => &*reference.elem,
        ty => ty,
    };
    let unsized_allowed = place == Place::Parameter && matches!(ty, Type::Reference(_));
    if let (Place::Parameter, Type::Reference(reference)) = (place, ty)
        && let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static")
    {
        diagnostics.error(lifetime, "an argument lives as long as the call: remove `'static`");
        return;
    }
    let mut finder = Finder { found: None };
    match inner {
        // `&[T]` and `&str` read a `Vec<T>` and a `String`.
        Type::Slice(slice) if unsized_allowed => finder.visit_type(&slice.elem),
        Type::Path(path) if unsized_allowed && path.path.is_ident("str") => {}
        other => finder.visit_type(other),
    }
    let Some(found) = finder.found else { return };
    let text = owned(inner);
    let message = match (place, unsized_allowed) {
        (Place::Parameter, true) => {
            let list = text.strip_prefix("Vec<").and_then(|text| text.strip_suffix('>'));
            let text = match list {
                Some(element) => format!("[{element}]"),
                None if text == "String" => "str".into(),
                None => text,
            };
            format!(
                "an argument can't contain references, because it is read from the store: write `&{text}`"
            )
        }
        (Place::Parameter, false) if is_cow(inner) || text == "String" => {
            "an argument is read from the store: write `&str`".to_owned()
        }
        (Place::Parameter, false) => {
            format!(
                "an argument can't contain references, because it is read from the store: write `{text}` or `&{text}`"
            )
        }
        (Place::Result, _) => format!("a result can't borrow, because it is stored: write `{text}`"),
        (Place::Input, _) if matches!(inner, Type::Slice(_)) => {
            format!("an input owns its value, and a slice does not: write `{text}`")
        }
        (Place::Input, _) => format!("an input can't borrow, because its value is stored: write `{text}`"),
    };
    diagnostics.error(found, message);
}

/// Returns the inner type of an `Option<Option<…>>` anywhere in the type.
fn option_of_option(ty: &Type) -> Option<Type> {
    struct Finder(Option<Type>);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type(&mut self, ty: &'ast Type) {
            match item_of_option(ty) {
                Some(inner) if item_of_option(inner).is_some() => self.0 = Some(inner.clone()),
                _ => visit::visit_type(self, ty),
            }
        }
    }
    let mut finder = Finder(None);
    finder.visit_type(ty);
    finder.0
}

/// Returns `T` of `Option<T>`.
fn item_of_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

struct Finder {
    /// The first part that borrows: a reference, a slice, `str`, or a type with a lifetime.
    found: Option<Type>,
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_type(&mut self, ty: &'ast Type) {
        if self.found.is_some() {
            return;
        }
        let borrows = match ty {
            Type::Reference(_) | Type::Slice(_) => true,
            Type::Path(path) => path.path.is_ident("str") || has_lifetime(path),
            // Other errors are about these.
            Type::BareFn(_) | Type::TraitObject(_) | Type::ImplTrait(_) | Type::Macro(_) => return,
            _ => false,
        };
        match borrows {
            true => self.found = Some(ty.clone()),
            false => visit::visit_type(self, ty),
        }
    }

    fn visit_expr(&mut self, _: &'ast syn::Expr) {}
}

fn is_unsized(ty: &Type) -> bool {
    match ty {
        Type::Slice(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    }
}

fn has_lifetime(path: &syn::TypePath) -> bool {
    path.path.segments.iter().any(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Lifetime(_)))
        }
        _ => false,
    })
}

fn is_cow(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Cow"))
}

/// Returns the text of the type with owned parts.
fn owned(ty: &Type) -> String {
    struct Owner;
    impl VisitMut for Owner {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::Reference(TypeReference { elem, .. }) => {
                    *ty = (**elem).clone();
                    self.visit_type_mut(ty);
                    return;
                }
                Type::Slice(slice) => {
                    let element = &slice.elem;
                    *ty = parse_quote!(Vec<#element>);
                }
                Type::Path(path) if path.path.is_ident("str") => *ty = parse_quote!(String),
                Type::Path(path) if path.path.is_ident("Path") => *ty = parse_quote!(PathBuf),
                Type::Path(path) if has_lifetime(path) => {
                    let last = path.path.segments.last_mut();
                    if let Some(last) = last
                        && last.ident == "Cow"
                        && let PathArguments::AngleBracketed(arguments) = &last.arguments
                        && let Some(GenericArgument::Type(inner)) = arguments.args.last()
                    {
                        *ty = inner.clone();
                        self.visit_type_mut(ty);
                        return;
                    }
                }
                _ => {}
            }
            visit_mut::visit_type_mut(self, ty);
        }

        fn visit_angle_bracketed_generic_arguments_mut(
            &mut self,
            arguments: &mut syn::AngleBracketedGenericArguments,
        ) {
            arguments.args = std::mem::take(&mut arguments.args)
                .into_iter()
                .filter(|argument| !matches!(argument, GenericArgument::Lifetime(_)))
                .collect();
            visit_mut::visit_angle_bracketed_generic_arguments_mut(self, arguments);
        }
    }
    let mut ty = ty.clone();
    Owner.visit_type_mut(&mut ty);
    type_text(ty)
}

/// Returns whether the compiler itself rejects the type in a signature: it has `_` or `Self`, or its size is not known.
pub(crate) fn is_rejected(ty: &Type) -> bool {
    if is_unsized(ty) {
        return true;
    }
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
            self.0 = true;
        }
        fn visit_ident(&mut self, name: &'ast syn::Ident) {
            self.0 |= name == "Self";
        }
    }
    let mut finder = Finder(false);
    finder.visit_type(ty);
    finder.0
}
