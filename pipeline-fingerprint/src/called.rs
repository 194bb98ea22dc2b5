//! What the path of a call in a `scenario!` leads to, where that is certain from the sources.

use crate::items::Kind;
use crate::krate::{ModuleId, Placed, Universe};
use crate::lookup::place;
use crate::tokens::Name;
use crate::with_build;
use proc_macro2::Span;
use std::collections::BTreeSet;
use std::path::Path;

/// What the path of a call leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// Nothing: the program has no function with this name. Has the names of the functions that the module can call.
    Nothing(Vec<String>),
    /// A function of another module that is visible only there.
    Private,
    /// A function that the module can call, with the number of its parameters, without resources.
    Function(usize),
}

/// Returns what a path leads to in the module of the `scenario!` that is being expanded, if that is certain. The path is one of names,
/// `crate`, `self` and `super`.
pub fn called(path: &[String]) -> Option<Called> {
    let (file, start) = place(Span::call_site())?;
    with_build(|build| build?.called(&file, start.line, path))
}

impl Universe {
    pub(crate) fn called(&self, file: &Path, line: usize, path: &[String]) -> Option<Called> {
        let here = self.call_in(file, line)?.module;
        let (name, modules) = path.split_last()?;
        let mut module = here;
        for (i, segment) in modules.iter().enumerate() {
            module = match segment.as_str() {
                "self" if i == 0 => here,
                "crate" if i == 0 => self.root_of(here),
                "super" => self.crates[0].modules[module].parent?,
                segment => self.module_in(module, self.names.known(segment)?)?,
            };
        }
        match self.names.known(name).and_then(|name| self.function_in(module, name)) {
            Some(found) if found.item.face.private && !self.is_within(here, module) => Some(Called::Private),
            Some(found) => Some(Called::Function(found.item.face.parameters)),
            None if modules.is_empty() && self.is_only_called(name) => {
                Some(Called::Nothing(self.callable(here)))
            }
            None => None,
        }
    }

    fn root_of(&self, module: ModuleId) -> ModuleId {
        std::iter::successors(Some(module), |&module| self.crates[0].modules[module].parent)
            .last()
            .unwrap_or(module)
    }

    fn is_within(&self, module: ModuleId, outer: ModuleId) -> bool {
        std::iter::successors(Some(module), |&module| self.crates[0].modules[module].parent)
            .any(|module| module == outer)
    }

    /// Returns the only module with this name that a module of the current crate declares.
    fn module_in(&self, parent: ModuleId, name: Name) -> Option<ModuleId> {
        let named = self.crates[0].modules_named.get(&name)?;
        let mut found = named.iter().copied().filter(|&id| self.crates[0].modules[id].parent == Some(parent));
        let only = found.next().filter(|_| self.has_module(parent, name))?;
        found.next().is_none().then_some(only)
    }

    /// Returns the only function with this name in a module of the current crate.
    fn function_in(&self, module: ModuleId, name: Name) -> Option<&Placed> {
        let offers = self.crates[0].offers.get(&name)?;
        let items = offers.iter().map(|&id| &self.items[id]);
        let mut found = items.filter(|placed| {
            (placed.module, placed.item.name) == (module, name) && placed.item.kind == Kind::Fn
        });
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// Returns whether nothing but scenarios mentions the name, and no other code can define a function with it: no unknown macro, no
    /// import of all names of a crate that is not local.
    fn is_only_called(&self, name: &str) -> bool {
        let is_known = |name: &&str| self.names.known(name).is_some();
        if self.crates.iter().any(|krate| !krate.unparsed.is_empty() || !krate.coarse.is_empty())
            || ["paste", "concat_idents"].iter().any(is_known)
            || self.imports_all_of_others()
        {
            return false;
        }
        let Some(name) = self.names.known(name) else { return true };
        !self.items.iter().filter(|placed| !placed.scenario).any(|placed| {
            let words = &placed.item.words;
            placed.item.name == name
                || [&words.idents, &words.loose, &words.texts, &words.defined, &words.quoted]
                    .iter()
                    .any(|list| list.binary_search(&name).is_ok())
        })
    }

    /// Returns the names of the tasks of a module of the current crate, and of what it imports, sorted.
    fn callable(&self, module: ModuleId) -> Vec<String> {
        let home = &self.crates[0];
        let own = self.items.iter().filter(|placed| {
            (placed.krate, placed.module) == (0, module)
                && placed.item.kind == Kind::Fn
                && placed.item.tasks.is_some()
        });
        let imported = home.modules[module].imports.iter().map(|&id| &self.items[id]);
        let is_function = |name: &&str| name.starts_with(|first: char| first.is_lowercase() || first == '_');
        let names = own.chain(imported).map(|placed| self.names.text(placed.item.name));
        let macros = ["task", "scenario", "skipstone", "self"];
        let names: BTreeSet<&str> = names.filter(is_function).filter(|name| !macros.contains(name)).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}
