//! Determines where a macro comes from and what it may do.

use super::{CrateId, Extern, ItemId, Placed, Universe};
use crate::items::{Import, Kind};
use crate::macros::{Class, class_of};
use crate::tokens::{ATTRIBUTES, CALLBACK, DERIVES, HELPERS, MacroCall, Name, STANDARD};
use rustc_hash::FxHashSet;

impl Universe {
    /// Determines what the macros that an item calls may do.
    pub(super) fn classify(&mut self, id: ItemId) {
        let krate = self.items[id].krate;
        let words = self.items[id].item.words.clone();
        let kind = self.items[id].item.kind.clone();
        let mut class = Class::Plain;
        let mut all_known = true;
        let mut unknown: Vec<String> = Vec::new();
        let mut offered: FxHashSet<Name> = FxHashSet::default();
        let (mut ambient, mut aliases) = (false, false);
        // The names that a macro defines here are visible outside of the item.
        let is_open = matches!(kind, Kind::Call(_) | Kind::Trait(_) | Kind::Foreign(_));
        // A scenario defines its type and its inputs type, but no names for its tasks and nodes.
        let is_scenario = matches!(&kind, Kind::Call(defined) if !defined.is_empty());
        for call in &words.calls {
            match self.origin(krate, &call.path, Use::Call) {
                Origin::Standard => {
                    let defines =
                        call.path.last().is_some_and(|name| self.names.text(*name) == "thread_local");
                    if is_open && defines {
                        offered.extend(call.arguments.iter().copied());
                    }
                }
                Origin::Local => {
                    all_known = false;
                    let made = self.made_by(krate, call);
                    ambient |= is_open && made.imports;
                    aliases |= made.aliases;
                    if is_open || made.implements {
                        offered.extend(made.names);
                    }
                }
                Origin::Known(known) => {
                    class = class.max(known);
                    aliases = true;
                    if is_open && !is_scenario {
                        offered.extend(call.arguments.iter().copied());
                    }
                }
                Origin::Unknown(from) => {
                    unknown.push(format!("`{}!` comes from {from}", self.path_text(&call.path)))
                }
            }
        }
        // The calls in a macro definition take effect where that macro is called.
        let is_definition = kind == Kind::MacroRules;
        if is_definition {
            offered.clear();
            ambient = false;
        }
        let mentions = |word: &str| self.names.known(word).is_some_and(|word| words.mentions(word));
        if is_definition && mentions("mod") && mentions("path") {
            unknown.push("a macro declares modules with `#[path]`".to_owned());
        }
        // Attributes on their fields or variants may be helpers of a derive on the item.
        let has_fields = matches!(kind, Kind::Struct | Kind::Enum | Kind::Union);
        let derives = words.attributes.iter().any(|other| other.derive);
        for attribute in &words.attributes {
            let usage = match attribute.derive {
                true => Use::Derive,
                false => Use::Attribute { helper: derives && has_fields && !attribute.outermost, derives },
            };
            match self.origin(krate, &attribute.path, usage) {
                Origin::Standard => {}
                // A procedural macro of a local crate is unknown.
                Origin::Local => {
                    unknown.push(format!("`{}` is a macro of a local crate", self.path_text(&attribute.path)))
                }
                Origin::Known(known) => class = class.max(known),
                Origin::Unknown(from) => {
                    unknown.push(format!("`{}` comes from {from}", self.path_text(&attribute.path)))
                }
            }
        }
        let mut foreign_tasks = false;
        if self.items[id].item.tasks.is_some() {
            let (ours, local) = self.tasks_are_ours(krate);
            foreign_tasks = !ours;
            if local {
                unknown.push("`task` may be an attribute of another crate".to_owned());
            }
        }
        let shadowed = !words.loose.is_empty() && self.has_standard_name(krate);
        if shadowed {
            let words = &mut self.items[id].item.words;
            words.idents.extend(words.loose.iter().copied());
            words.idents.sort_unstable();
            words.idents.dedup();
            words.parameters.retain(|name| words.loose.binary_search(name).is_err());
        }
        let placed = &mut self.items[id];
        placed.documented = class == Class::Documented || !unknown.is_empty();
        placed.foreign_tasks = foreign_tasks;
        placed.scenario = is_scenario && all_known && class == Class::Plain && unknown.is_empty();
        placed.aliases = aliases || !unknown.is_empty();
        let keywords: FxHashSet<Name> = NO_NAMES.iter().filter_map(|word| self.names.known(word)).collect();
        let home = &mut self.crates[krate];
        for name in offered.into_iter().filter(|name| !keywords.contains(name)) {
            home.offers.entry(name).or_default().push(id);
            home.members.entry(name).or_default().push(id);
        }
        if !unknown.is_empty() || class == Class::Defining || ambient {
            home.ambient.push(id);
        }
        if !unknown.is_empty() {
            for other in 0..self.crates.len() {
                // A macro is called wherever it can be.
                if other == krate || (is_definition && self.visible(other).contains(&krate)) {
                    self.crates[other].coarse.extend(unknown.iter().cloned());
                }
            }
        }
    }

    /// Returns what a macro of a local crate may define.
    pub(super) fn made_by(&self, krate: CrateId, call: &MacroCall) -> MadeBy {
        let mut names: FxHashSet<Name> = call.arguments.iter().copied().collect();
        // The macro may call back any macro that is named.
        let mut open: Vec<Name> = call.path.iter().chain(&call.arguments).copied().collect();
        let mut seen = FxHashSet::default();
        let mut includes = false;
        // All words of the definitions, and the types and traits among them.
        let mut all = names.clone();
        let mut types: FxHashSet<Name> = FxHashSet::default();
        let visible = self.visible(krate);
        while let Some(called) = open.pop() {
            if !seen.insert(called) {
                continue;
            }
            for &other in &visible {
                for &definition in self.crates[other].offers.get(&called).into_iter().flatten() {
                    let item = &self.items[definition].item;
                    if item.kind.is_nominal() || item.kind == Kind::Type {
                        types.insert(called);
                    }
                    if item.kind == Kind::MacroRules {
                        includes |= item.words.includes.iter().any(|include| include.code);
                        // It defines the names after `fn` and similar keywords, and may define those that it passes to
                        // other macros.
                        names.extend(item.words.defined.iter().copied());
                        names.extend(item.words.calls.iter().flat_map(|call| call.arguments.iter().copied()));
                        all.extend(item.words.idents.iter().copied());
                        open.extend(item.words.idents.iter().copied());
                    }
                }
                if self.crates[other].bound.contains_key(&called) {
                    types.insert(called);
                }
            }
        }
        let has = |word: &str| self.names.known(word).is_some_and(|word| all.contains(&word));
        let implements = has("impl") || has("derive");
        let imports = includes || ["use", "macro_rules", "mod", "extern"].iter().any(|word| has(word));
        let aliases = imports || has("type");
        if implements {
            names.extend(types);
        }
        MadeBy { names, implements, imports, aliases }
    }

    fn path_text(&self, path: &[Name]) -> String {
        path.iter().map(|name| self.names.text(*name)).collect::<Vec<_>>().join("::")
    }

    /// Returns whether `#[task]` is certainly this library's, and whether it may be a macro of a local crate.
    fn tasks_are_ours(&self, krate: CrateId) -> (bool, bool) {
        let Some(task) = self.names.known("task") else { return (true, false) };
        let home = &self.crates[krate];
        let mut foreign = Vec::new();
        let globs = home.modules.iter().flat_map(|module| &module.globs);
        for &import in home.bound.get(&task).into_iter().flatten().chain(globs) {
            if let Kind::Import(import) = &self.items[import].item.kind
                && let Some(&first) = import.path.first()
                && !matches!(self.names.text(first), "std" | "core")
                && !self.is_skipstone(krate, first)
            {
                foreign.extend(home.externs.get(&first));
            }
        }
        let is_macro_crate =
            |of: &&Extern| matches!(of, Extern::Local(other) if self.crates[*other].package.proc_macro);
        (foreign.is_empty(), foreign.iter().any(is_macro_crate))
    }

    /// Returns whether a local crate has a macro with the name of a standard library macro.
    fn has_standard_name(&self, krate: CrateId) -> bool {
        self.visible(krate).into_iter().any(|krate| {
            STANDARD.iter().filter_map(|name| self.names.known(name)).any(|name| {
                let home = &self.crates[krate];
                home.bound.contains_key(&name)
                    || home
                        .offers
                        .get(&name)
                        .into_iter()
                        .flatten()
                        .any(|&id| self.items[id].item.kind == Kind::MacroRules)
            })
        })
    }

    /// Returns where a macro comes from.
    fn origin(&self, krate: CrateId, path: &[Name], usage: Use) -> Origin {
        let Some(&last) = path.last() else { return Origin::Unknown("an empty path".to_owned()) };
        let text = self.names.text(last);
        if text == "macro_rules" && path.len() == 1 {
            return Origin::Standard;
        }
        if text == CALLBACK {
            // The argument may be any macro. Those of local crates are found by their names.
            let readers: Vec<Name> = ["env", "include", "include_bytes", "include_str", "option_env"]
                .iter()
                .filter_map(|name| self.names.known(name))
                .collect();
            let given = |placed: &Placed| {
                let mut calls = placed.item.words.calls.iter();
                calls.any(|call| call.arguments.iter().any(|name| readers.contains(name)))
            };
            if self.items.iter().any(given) {
                return Origin::Unknown("the standard library, passed as an argument".to_owned());
            }
            return match self.unknown_macros(krate) {
                Some(name) => Origin::Unknown(format!("an argument, which may be a macro of `{name}`")),
                None => Origin::Local,
            };
        }
        let mut found: Vec<Origin> = Vec::new();
        let visible = self.visible(krate);
        for (i, &part) in path[..path.len() - 1].iter().enumerate() {
            match self.names.text(part) {
                "std" | "core" | "alloc" if i == 0 && !self.crates[krate].bound.contains_key(&part) => {
                    found.push(Origin::Standard)
                }
                "crate" | "self" | "super" | "$crate" => {}
                _ => {
                    self.origins_of(krate, part, &mut found);
                    // A module, possibly renamed, or a re-exported crate.
                    for &other in &visible {
                        for &import in self.crates[other].bound.get(&part).into_iter().flatten() {
                            if let Kind::Import(import) = &self.items[import].item.kind {
                                self.imported(other, import, &mut found);
                            }
                        }
                    }
                }
            }
        }
        for &other in &visible {
            let mut offered = self.crates[other].offers.get(&last).into_iter().flatten();
            let is_macro = |id: &ItemId| self.items[*id].item.kind == Kind::MacroRules;
            if matches!(usage, Use::Call) && offered.any(is_macro) {
                found.push(Origin::Local);
            }
            for &import in self.crates[other].bound.get(&last).into_iter().flatten() {
                if let Kind::Import(import) = &self.items[import].item.kind {
                    self.imported(other, import, &mut found);
                }
            }
        }
        if path.len() > 1 && !found.is_empty() {
            return found.into_iter().reduce(Origin::worse).unwrap_or(Origin::Standard);
        }
        let mut globs = Vec::new();
        for &other in &visible {
            for &glob in self.crates[other].modules.iter().flat_map(|module| &module.globs) {
                if let Kind::Import(import) = &self.items[glob].item.kind
                    && let Some(&first) = import.path.first()
                {
                    let has_one = |of: &CrateId| {
                        self.crates[*of].package.proc_macro && self.crates[*of].offers.contains_key(&last)
                    };
                    if matches!(self.crates[other].externs.get(&first), Some(Extern::Local(of)) if has_one(of))
                    {
                        self.origins_of(other, first, &mut found);
                    }
                    self.origins_of(other, first, &mut globs);
                }
            }
        }
        // `#[macro_use] extern crate name`.
        for &id in &self.crates[krate].ambient {
            if self.items[id].item.kind == Kind::ExternCrate {
                let words = &self.items[id].item.words.idents;
                words.iter().for_each(|word| self.origins_of(krate, *word, &mut globs));
            }
        }
        let standard = match usage {
            Use::Call => STANDARD.contains(&text),
            Use::Derive => DERIVES.contains(&text),
            Use::Attribute { helper, derives } => {
                ATTRIBUTES.contains(&text)
                    || (found.is_empty() && (helper || (derives && HELPERS.contains(&text))))
            }
        };
        match (standard, found.is_empty()) {
            (true, _) => found.push(Origin::Standard),
            (false, true) => found.extend(globs),
            (false, false) => {}
        }
        found
            .into_iter()
            .reduce(Origin::worse)
            .unwrap_or_else(|| Origin::Unknown("a crate that can't be determined".to_owned()))
    }

    /// Returns the name of an unlisted local procedural macro crate that the crate may use.
    fn unknown_macros(&self, krate: CrateId) -> Option<String> {
        let listed = &self.crates[krate].package.macros;
        let others = self.visible(krate).into_iter().map(|other| &self.crates[other].package);
        let mut others = others.filter(|package| package.proc_macro && !listed.contains_key(&package.name));
        others.next().map(|package| package.name.clone())
    }

    /// Adds the origins of an imported macro.
    fn imported(&self, krate: CrateId, import: &Import, found: &mut Vec<Origin>) {
        let Some(&first) = import.path.first() else { return };
        match self.names.text(first) {
            // The arguments of a standard macro are not recognized under another name.
            "std" | "core" | "alloc"
                if import.bound != import.target()
                    && STANDARD.contains(&self.names.text(import.target())) =>
            {
                let name = self.names.text(import.target());
                found.push(Origin::Unknown(format!("the standard library, as a renamed `{name}!`")));
            }
            "std" | "core" | "alloc" => found.push(Origin::Standard),
            _ => self.origins_of(krate, first, found),
        }
    }

    /// Adds the origins of macros from the crate with this name.
    fn origins_of(&self, krate: CrateId, first: Name, found: &mut Vec<Origin>) {
        let package = &self.crates[krate].package;
        let listed = |name: &str| package.macros.get(name).and_then(|class| Class::named(class));
        match self.crates[krate].externs.get(&first) {
            Some(Extern::Local(other)) => {
                let name = &self.crates[*other].package.name;
                if self.crates[*other].package.proc_macro {
                    found.push(match listed(name) {
                        Some(class) => Origin::Known(class),
                        None => Origin::Unknown(format!("`{name}`, whose macros may read any file")),
                    });
                }
            }
            Some(Extern::Whole { .. }) => found.push(Origin::Known(Class::Plain)),
            Some(Extern::Locked(locked)) => {
                for &i in locked {
                    let name = &self.workspace.locked[i].name;
                    found.push(match listed(name).or_else(|| class_of(name)) {
                        Some(class) => Origin::Known(class),
                        None => Origin::Unknown(format!("crate `{name}`, whose macros are unknown")),
                    });
                }
                if locked.is_empty() {
                    let text = self.names.text(first).replace('_', "-");
                    found.push(match listed(&text).or_else(|| class_of(&text)) {
                        Some(class) => Origin::Known(class),
                        None => Origin::Unknown(format!("crate `{text}`, whose macros are unknown")),
                    });
                }
            }
            None => {}
        }
    }
}

/// The names and items that a macro of a local crate may define.
pub(super) struct MadeBy {
    pub(super) names: FxHashSet<Name>,
    /// Whether it may define an implementation, which also has an effect outside of the calling item.
    pub(super) implements: bool,
    /// Whether it may define imports, modules or macros, or include code.
    pub(super) imports: bool,
    /// Whether it may define an alias.
    pub(super) aliases: bool,
}

/// Words that can't be names of items: keywords and primitive types.
const NO_NAMES: [&str; 56] = [
    "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8", "if", "impl", "in",
    "isize", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self", "static",
    "str", "struct", "super", "trait", "true", "type", "u128", "u16", "u32", "u64", "u8", "unsafe", "use",
    "usize", "where", "while", "_",
];

/// The origin of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Standard,
    Local,
    Known(Class),
    Unknown(String),
}

impl Origin {
    fn worse(self, other: Origin) -> Origin {
        let rank = |origin: &Origin| match origin {
            Origin::Standard => 0,
            Origin::Known(Class::Plain) => 1,
            Origin::Local => 2,
            Origin::Known(_) => 3,
            Origin::Unknown(_) => 4,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// The way in which a macro is used.
#[derive(Debug, Clone, Copy)]
enum Use {
    Call,
    Derive,
    /// `helper`: on a field or variant of an item with a derive. `derives`: beside a derive, whose helper it may be.
    Attribute {
        helper: bool,
        derives: bool,
    },
}
