//! Which names an implementation waits for: those of the local type that it is for and of the local trait that it is of.

use super::{CrateId, ItemId, ModuleId, Universe};
use crate::items::{self, Import, Kind};
use crate::tokens::Name;

impl Universe {
    /// Sorts an implementation under what it needs.
    pub(super) fn implementation(&mut self, id: ItemId) {
        let Kind::Impl(header) = self.items[id].item.kind.clone() else { return };
        let (krate, module) = (self.items[id].krate, self.items[id].module);
        let mut header = header;
        let words = &self.items[id].item.words;
        let mentions = |word: &str| self.names.known(word).is_some_and(|word| words.mentions(word));
        // Names may mean something else there: what it imports, what it and the macros that it calls define as types.
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
            // The types in the trait's arguments have to be known from elsewhere.
            // Only the outermost: what is inside of it may be chosen with the implementation.
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

    /// Whether type inference can't choose the implementation by itself: a trait of the standard library for a type
    /// that has others of it.
    fn is_ambiguous_alone(&self, krate: CrateId, header: &items::Header) -> bool {
        const NUMBERS: [&str; 14] = [
            "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
            "usize",
        ];
        // Each number has these for itself and for references; `From` and `TryFrom` everything has.
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

    /// The name of the local type or trait that a path in a header means, if it can mean nothing else.
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
            // Under another name it may be something else.
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
        // Elsewhere it means what it is imported as: nothing of another crate may have the name, nor any name on the way.
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
