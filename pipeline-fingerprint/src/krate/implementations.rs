//! Determines the conditions of an implementation: the names of its local type and its local trait.

use super::{CrateId, ItemId, ModuleId, Universe};
use crate::items::{self, Import, Kind};
use crate::tokens::Name;

impl Universe {
    /// Registers an implementation under its conditions.
    pub(super) fn implementation(&mut self, id: ItemId) {
        let Kind::Impl(header) = self.items[id].item.kind.clone() else { return };
        let (krate, module) = (self.items[id].krate, self.items[id].module);
        let mut header = header;
        let words = &self.items[id].item.words;
        let mentions = |word: &str| self.names.known(word).is_some_and(|word| words.mentions(word));
        // Whether names may have another meaning inside the outer item: through imports, or through types that the item
        // or its macro calls define.
        let renames = || {
            let named = [&header.of_trait, &header.head, &header.argument]
                .into_iter()
                .flatten()
                .flatten()
                .collect::<Vec<_>>();
            mentions("use")
                || mentions("macro_rules")
                || (mentions("type") && named.iter().any(|name| words.defined.binary_search(name).is_ok()))
                || words.calls.iter().any(|call| {
                    let made = self.made_by(krate, call);
                    made.imports || (made.aliases && named.iter().any(|name| made.names.contains(name)))
                })
        };
        if header.nested && renames() {
            (header.of_trait, header.head, header.argument) = (None, None, None);
        }
        let mut required = Vec::new();
        let of_trait =
            header.of_trait.as_ref().and_then(|path| self.nominal(krate, module, path, &header.generics));
        let head = header.head.as_ref().and_then(|path| self.nominal(krate, module, path, &header.generics));
        required.extend(of_trait);
        required.extend(head);
        if required.is_empty() && self.is_ambiguous_alone(krate, &header) {
            // Code must know the type in the trait's argument from elsewhere. This holds only for the outermost type:
            // the types inside it may be inferred with the implementation.
            let argument = header.argument.as_ref();
            required.extend(argument.and_then(|path| self.nominal(krate, module, path, &header.generics)));
        }
        required.sort_unstable();
        required.dedup();
        if required.is_empty() {
            self.crates[krate].ambient.push(id);
        } else {
            let home = &mut self.crates[krate];
            let number = home.implementations.len();
            required.iter().for_each(|name| home.needed.entry(*name).or_default().push(number));
            home.implementations.push((id, required));
        }
    }

    /// Returns whether type inference alone can't select the implementation: its type has other implementations of the
    /// same standard library trait.
    fn is_ambiguous_alone(&self, krate: CrateId, header: &items::Header) -> bool {
        const NUMBERS: [&str; 14] = [
            "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
            "usize",
        ];
        // All number types implement these for themselves and for references. All types implement `From` and `TryFrom`.
        const OF_NUMBERS: [&str; 12] = [
            "Add",
            "AddAssign",
            "Div",
            "DivAssign",
            "Mul",
            "MulAssign",
            "Product",
            "Rem",
            "RemAssign",
            "Sub",
            "SubAssign",
            "Sum",
        ];
        const OF_ALL: [&str; 4] = ["From", "PartialEq", "PartialOrd", "TryFrom"];
        const ALL: [&str; 17] = [
            "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
            "u64", "u128", "usize", "String",
        ];
        let is = |path: &Option<Vec<Name>>, list: &[&str]| {
            path.as_ref().and_then(|path| path.last()).is_some_and(|name| {
                list.contains(&self.names.text(*name))
                    && !self.crates[krate].bound.get(name).into_iter().flatten().any(|&import| {
                        let Kind::Import(import) = &self.items[import].item.kind else { return false };
                        !import
                            .path
                            .first()
                            .is_some_and(|first| matches!(self.names.text(*first), "std" | "core"))
                    })
                    && !self.crates[krate].offers.contains_key(name)
            })
        };
        (is(&header.of_trait, &OF_NUMBERS) && is(&header.head, &NUMBERS))
            || (is(&header.of_trait, &OF_ALL) && is(&header.head, &ALL))
    }

    /// Returns the name of the local type or trait that a path in a header refers to. `None` if it is ambiguous.
    fn nominal(&self, krate: CrateId, module: ModuleId, path: &[Name], generics: &[Name]) -> Option<Name> {
        let &last = path.last()?;
        if path.len() == 1 && generics.contains(&last) {
            return None;
        }
        let visible = self.visible(krate);
        let mut defined = false;
        for &other in &visible {
            for &id in self.crates[other].offers.get(&last).into_iter().flatten() {
                match &self.items[id].item.kind {
                    kind if kind.is_nominal() && self.items[id].item.name == last => defined = true,
                    Kind::Type | Kind::MacroRules => return None,
                    Kind::Call(_) if self.items[id].aliases => return None,
                    _ => {}
                }
            }
            // The name may be bound to a renamed item.
            for &import in self.crates[other].bound.get(&last).into_iter().flatten() {
                if let Kind::Import(import) = &self.items[import].item.kind
                    && import.target() != last
                {
                    return None;
                }
            }
        }
        if !defined {
            return None;
        }
        let home = &self.crates[krate];
        if path.len() == 1 && home.modules[module].nominal.contains(&last) {
            return Some(last);
        }
        // In other modules an import decides. No external import may have the name or a name on the path.
        let leads_out = |other: CrateId, import: &Import| {
            import.path.first().is_none_or(|first| import.rooted || !self.is_local(other, *first))
        };
        for &other in &visible {
            let home = &self.crates[other];
            for name in path {
                for &id in home.bound.get(name).into_iter().flatten() {
                    if let Kind::Import(import) = &self.items[id].item.kind
                        && (import.target() != *name || leads_out(other, import))
                    {
                        return None;
                    }
                }
            }
            for &glob in home.modules.iter().flat_map(|module| &module.globs) {
                if let Kind::Import(import) = &self.items[glob].item.kind
                    && leads_out(other, import)
                {
                    return None;
                }
            }
        }
        let binds =
            |id: &ItemId| matches!(&self.items[*id].item.kind, Kind::Import(import) if import.bound == last);
        let imported = path.len() > 1
            || !home.modules[module].globs.is_empty()
            || home.modules[module].imports.iter().any(binds);
        imported.then_some(last)
    }
}
