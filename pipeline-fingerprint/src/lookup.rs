//! What the macros ask about the names around them, for messages: what else has the name of a task or a scenario, and what a
//! name in a scenario stands for.

use crate::items::Kind;
use crate::krate::{Crate, ItemId, ModuleId, Placed, Universe};
use crate::tokens::{self, Name};
use crate::with_build;
use proc_macro2::{Ident, LineColumn, Span, TokenTree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Something that has the name of a generated type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// A module.
    Module,
    /// A type or a trait.
    Type,
    /// A task.
    Task,
    /// A dependency that the file mentions.
    Crate,
}

/// Returns whether the function with this name is in an `impl` or a trait of the crate that is being compiled.
pub fn is_method(name: &Ident) -> bool {
    let Some((file, start)) = place(name.span()) else { return false };
    with_build(|build| build.is_some_and(|build| build.is_method(&file, start.line, start.column)))
}

/// Returns what else has the name of this task in its module.
pub fn clash_of_task(name: &Ident) -> Option<Clash> {
    let ((file, start), name) = (place(name.span())?, name.to_string());
    let name = name.trim_start_matches("r#");
    with_build(|build| build?.clash_of_task(&file, name, start.line, start.column))
}

/// Returns what else has this name in the module of the `scenario!` that is being expanded.
pub fn clash_of_scenario(name: &Ident) -> Option<Clash> {
    let ((file, start), name) = (place(Span::call_site())?, name.to_string());
    with_build(|build| build?.clash_of_scenario(&file, name.trim_start_matches("r#"), start.line))
}

/// Returns whether the crate that is being compiled or another local one has a function with this name.
pub fn has_function(name: &str) -> bool {
    with_build(|build| build.is_some_and(|build| build.has_function(name)))
}

/// Returns whether all tasks with this name in local crates are generic, and there is one.
pub fn is_generic_task(name: &str) -> bool {
    with_build(|build| build.is_some_and(|build| build.is_generic_task(name)))
}

/// Returns whether the crate that is being compiled or another local one has a type with this name.
pub fn has_type(name: &str) -> bool {
    with_build(|build| build.is_some_and(|build| build.has_type(name)))
}

/// Returns whether the module of the macro that is being expanded has a module with this name, and no function.
pub fn is_module_beside(name: &str) -> bool {
    let Some((file, start)) = place(Span::call_site()) else { return false };
    with_build(|build| build.is_some_and(|build| build.is_module_beside(&file, name, start.line)))
}

/// Returns whether the crate that is being compiled or another local one has a scenario with this name.
pub fn has_scenario(name: &str) -> bool {
    with_build(|build| build.is_some_and(|build| build.has_scenario(name)))
}

/// Returns the names of the functions of a crate, sorted: of the local crate with this name or, without a name, of the one that is being
/// compiled. Returns `None` if `name` may be another one.
pub fn functions_without(krate: Option<&str>, name: &str) -> Option<Vec<String>> {
    with_build(|build| build?.names_without(krate, name, |kind, name| (*kind == Kind::Fn).then_some(name)))
}

/// Returns the names of the scenarios of a crate, sorted: of the local crate with this name or, without a name, of the one that is being
/// compiled. Returns `None` if `name` may be another one.
pub fn scenarios_without(krate: Option<&str>, name: &str) -> Option<Vec<String>> {
    let scenario = |kind: &Kind, _| match kind {
        Kind::Call(defined) => defined.first().copied(),
        _ => None,
    };
    with_build(|build| build?.names_without(krate, name, scenario))
}

/// Returns the content of the `scenario! { … }` that defines the only scenario with this name in all local crates.
pub fn scenario_text(name: &str) -> Option<String> {
    with_build(|build| build?.scenario_text(name))
}

/// Returns whether the macro that is being expanded is called at module level, not in a function.
pub fn is_in_module() -> bool {
    let Some((file, start)) = place(Span::call_site()) else { return false };
    with_build(|build| build.is_some_and(|build| build.call_in(&file, start.line).is_some()))
}

/// Returns the file of a token, and its place there.
pub(crate) fn place(token: Span) -> Option<(PathBuf, LineColumn)> {
    let file = token.local_file().and_then(|file| file.canonicalize().ok())?;
    Some((file, token.start()))
}

impl Universe {
    /// Returns whether the function whose name is at this place is directly in an `impl` or a trait.
    fn is_method(&self, file: &Path, line: usize, column: usize) -> bool {
        let mut places = self.crates[0].files.iter().filter(|place| place.path == file);
        places.any(|place| {
            place.functions.iter().any(|function| {
                let item = &self.items[place.items[function.item]].item;
                (function.line, function.column, function.depth) == (line, column, 1)
                    && matches!(item.kind, Kind::Impl(_) | Kind::Trait(_))
            })
        })
    }

    /// Returns what else has the name of this function, in the namespace of types of its module.
    fn clash_of_task(&self, file: &Path, name: &str, line: usize, column: usize) -> Option<Clash> {
        let (item, whole, _) = self.function(file, name, line, column)?;
        let (number, module) = (self.names.known(name)?, self.items[item].module);
        let home = &self.crates[0];
        if !whole {
            return None;
        }
        if self.has_module(module, number) {
            return Some(Clash::Module);
        }
        if self.defines_type(module, number) {
            return Some(Clash::Type);
        }
        // The name of a crate is hidden only where a path begins with it.
        let used = || std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("{name}::")));
        (home.externs.contains_key(&number) && used()).then_some(Clash::Crate)
    }

    /// Returns what else has the name of the scenario whose `scenario!` is in this line.
    fn clash_of_scenario(&self, file: &Path, name: &str, line: usize) -> Option<Clash> {
        let (number, call) = (self.names.known(name)?, self.call_in(file, line)?);
        let is_task = |placed: &Placed| {
            (placed.krate, placed.module, placed.item.name) == (0, call.module, number)
                && placed.item.kind == Kind::Fn
                && placed.item.tasks.is_some()
        };
        match self.items.iter().any(is_task) {
            true => Some(Clash::Task),
            false => self.defines_type(call.module, number).then_some(Clash::Type),
        }
    }

    /// Returns whether a local crate has a function with this name, in any module.
    fn has_function(&self, name: &str) -> bool {
        let Some(name) = self.names.known(name) else { return false };
        self.items.iter().any(|placed| placed.item.kind == Kind::Fn && placed.item.name == name)
    }

    /// Returns whether all tasks with this name are generic, and there is one.
    fn is_generic_task(&self, name: &str) -> bool {
        let Some(name) = self.names.known(name) else { return false };
        let offered = self.crates.iter().filter_map(|krate| krate.offers.get(&name)).flatten();
        let items = offered.map(|id| &self.items[*id].item);
        let mut tasks = items.filter(|item| item.tasks.is_some() && item.name == name).peekable();
        tasks.peek().is_some() && tasks.all(|item| item.face.generic)
    }

    /// Returns whether a local crate has a type with this name, in any module.
    fn has_type(&self, name: &str) -> bool {
        let Some(name) = self.names.known(name) else { return false };
        self.items.iter().any(|placed| placed.item.kind.is_nominal() && placed.item.name == name)
    }

    /// Returns whether the module of the macro call in this line has a module with this name, and no function.
    fn is_module_beside(&self, file: &Path, name: &str, line: usize) -> bool {
        let (Some(number), Some(call)) = (self.names.known(name), self.call_in(file, line)) else {
            return false;
        };
        self.has_module(call.module, number) && !self.has_function(name)
    }

    /// Returns whether a module of the current crate declares a module with this name.
    pub(crate) fn has_module(&self, parent: ModuleId, name: Name) -> bool {
        let declares = |id: &ItemId| self.items[*id].item.kind == Kind::Module;
        self.crates[0].modules.iter().any(|module| {
            // Files that no declaration leads to have modules, too.
            module.parent == Some(parent) && module.name == name && module.about.iter().any(declares)
        })
    }

    /// Returns whether a local crate has a scenario with this name, in any module.
    fn has_scenario(&self, name: &str) -> bool {
        let Some(name) = self.names.known(name) else { return false };
        self.items.iter().any(|placed| match &placed.item.kind {
            Kind::Call(defined) => defined.first() == Some(&name),
            _ => false,
        })
    }

    /// Returns the content of the macro call that defines the only scenario with this name.
    fn scenario_text(&self, name: &str) -> Option<String> {
        let name = self.names.known(name)?;
        let mut calls = self.items.iter().filter(
            |placed| matches!(&placed.item.kind, Kind::Call(defined) if defined.first() == Some(&name)),
        );
        let call = calls.next()?;
        if calls.next().is_some() {
            return None;
        }
        let file = &self.crates[call.krate].files[call.file].path;
        let tokens = tokens::of_text(&std::fs::read_to_string(file).ok()?)?;
        content_of_call(&tokens, call.item.line as usize)
    }

    /// Returns the names that `found` finds in a crate's items, if the program certainly has nothing with this name: no
    /// local crate mentions it, imports all names of a module of another crate, or builds names with a macro.
    fn names_without(
        &self,
        krate: Option<&str>,
        name: &str,
        found: impl Fn(&Kind, Name) -> Option<Name>,
    ) -> Option<Vec<String>> {
        let mentioned = |name: &str| self.names.known(name).is_some();
        if self.crates.iter().any(|krate| !krate.unparsed.is_empty()) {
            return None;
        }
        if [name, "paste", "concat_idents"].into_iter().any(mentioned) || self.imports_all_of_others() {
            return None;
        }
        let is_meant = |krate: &Crate, name: &str| match &krate.package.library {
            Some((_, library)) => library == name,
            None => false,
        };
        let krate = match krate {
            Some(name) => self.crates.iter().position(|krate| is_meant(krate, name))?,
            None => 0,
        };
        let own = self.items.iter().filter(|placed| placed.krate == krate);
        let names = own.filter_map(|placed| found(&placed.item.kind, placed.item.name));
        let names: BTreeSet<String> = names.map(|name| self.names.text(name).to_owned()).collect();
        Some(names.into_iter().collect())
    }

    /// Returns whether a local crate imports all names of a module of a crate that is not local.
    pub(crate) fn imports_all_of_others(&self) -> bool {
        self.items.iter().any(|placed| match &placed.item.kind {
            Kind::Import(import) if import.glob => {
                let first = import.path.first().map_or("", |&first| self.names.text(first));
                let is_module = |placed: &Placed| {
                    placed.item.kind == Kind::Module && self.names.text(placed.item.name) == first
                };
                !["crate", "self", "super", "std", "core"].contains(&first)
                    && !self.items.iter().any(is_module)
            }
            _ => false,
        })
    }

    /// Returns whether an item of this module of the current crate is a type or a trait with this name.
    fn defines_type(&self, module: ModuleId, name: Name) -> bool {
        let offers = self.crates[0].offers.get(&name);
        offers.into_iter().flatten().any(|&id| {
            let placed = &self.items[id];
            placed.module == module
                && placed.item.name == name
                && (placed.item.kind.is_nominal() || placed.item.kind == Kind::Type)
        })
    }

    /// Returns the macro call in this line, if it is at module level.
    pub(crate) fn call_in(&self, file: &Path, line: usize) -> Option<&Placed> {
        self.items.iter().find(|placed| {
            placed.krate == 0
                && matches!(placed.item.kind, Kind::Call(_))
                && placed.item.line as usize == line
                && self.crates[0].files[placed.file].path == file
        })
    }
}

/// Returns the text in the brackets of the macro call that begins in this line.
fn content_of_call(tokens: &[TokenTree], line: usize) -> Option<String> {
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(_) if token.span().start().line == line => {
                let bang = i + tokens[i..].iter().position(|token| tokens::is_sign(Some(token), '!'))?;
                let TokenTree::Group(content) = tokens.get(bang + 1)? else { return None };
                return Some(content.stream().to_string());
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                if let Some(found) = content_of_call(&inner, line) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}
