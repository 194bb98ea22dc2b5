//! Finds everything that a task can reach: all items that it names, directly or through other items, in all local
//! crates.
//!
//! Names are matched without regard to modules: two items with one name are both reached. So a name can resolve to
//! another item only after an edit of a reached item, or of an import or module on the way. Those count, too.

use crate::items::{Import, Kind};
use crate::krate::{CrateId, Extern, ItemId, ModuleId, Universe};
use crate::tokens::Name;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Everything that a task reaches.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    pub(crate) items: BTreeSet<ItemId>,
    pub(crate) crates: BTreeSet<CrateId>,
    /// External crates: the crate that names them, and the name.
    pub(crate) externs: BTreeSet<(CrateId, Name)>,
    /// Local packages that count as a whole.
    pub(crate) whole: BTreeSet<(String, PathBuf)>,
    /// All identifiers and quoted words of the reached items.
    pub(crate) words: FxHashSet<Name>,
    /// String literals of crates that use unknown macros.
    pub(crate) texts: BTreeSet<Name>,
}

/// What a mentioned name may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mention {
    /// Anything but a function: the name is that of a parameter, or code imports it and has not mentioned it otherwise.
    NoFunction,
    Anything,
}

/// Adds a name to a table. Returns whether the table has more now.
fn add(table: &mut FxHashMap<Name, Mention>, name: Name, mention: Mention) -> bool {
    let known = table.get(&name).copied();
    if known < Some(mention) {
        table.insert(name, mention);
    }
    known < Some(mention)
}

struct Walk<'a> {
    universe: &'a Universe,
    visible: Vec<Vec<CrateId>>,
    reached: Reached,
    /// The names that the items of each crate mention.
    seen: Vec<FxHashMap<Name, Mention>>,
    /// The names that were looked up in each crate.
    matched: Vec<FxHashMap<Name, Mention>>,
    members: FxHashSet<Name>,
    /// Traits whose imports count, under any name.
    traits: FxHashSet<Name>,
    modules: Vec<FxHashSet<ModuleId>>,
    /// The reached types and traits, by crate and name.
    types: FxHashSet<(CrateId, Name)>,
    open: Vec<ItemId>,
}

impl Universe {
    /// Returns everything that the item reaches, including the item itself.
    pub(crate) fn reach(&self, start: ItemId) -> Reached {
        let mut walk = Walk::from(self, self.items[start].krate);
        walk.open.push(start);
        walk.end()
    }

    /// Returns everything that code with these names reaches, if it is in this module of the crate that is being compiled.
    pub(crate) fn reach_names(&self, module: ModuleId, names: &[Name]) -> Reached {
        let mut walk = Walk::from(self, 0);
        walk.touch(0);
        walk.module(0, module);
        for &name in names {
            walk.see(0, name, Mention::Anything, false);
        }
        walk.end()
    }
}

impl<'a> Walk<'a> {
    /// Begins with what counts for all code of a crate.
    fn from(universe: &'a Universe, krate: CrateId) -> Walk<'a> {
        let count = universe.crates.len();
        let mut walk = Walk {
            universe,
            visible: (0..count).map(|krate| universe.visible(krate)).collect(),
            reached: Reached::default(),
            seen: vec![FxHashMap::default(); count],
            matched: vec![FxHashMap::default(); count],
            members: FxHashSet::default(),
            traits: FxHashSet::default(),
            modules: vec![FxHashSet::default(); count],
            types: FxHashSet::default(),
            open: Vec::new(),
        };
        // An implementation without conditions may be selected wherever its crate is linked.
        let is_implementation = |id: &ItemId| matches!(universe.items[*id].item.kind, Kind::Impl(_));
        for krate in universe.visible(krate) {
            if universe.crates[krate].ambient.iter().any(is_implementation) {
                walk.touch(krate);
            }
        }
        walk
    }

    fn end(mut self) -> Reached {
        while let Some(id) = self.open.pop() {
            self.item(id);
        }
        self.reached
    }

    fn item(&mut self, id: ItemId) {
        if !self.reached.items.insert(id) {
            return;
        }
        let universe = self.universe;
        let placed = &universe.items[id];
        let krate = placed.krate;
        self.touch(krate);
        self.module(krate, placed.module);
        self.open.extend(&placed.included);
        let (words, kind) = (&placed.item.words, &placed.item.kind);
        // The code that a macro generates belongs to the crate that calls it.
        let everywhere = *kind == Kind::MacroRules || universe.crates[krate].package.proc_macro;
        for &name in &words.idents {
            let is_parameter = words.parameters.binary_search(&name).is_ok();
            let is_handed_on = matches!(kind, Kind::Import(import) if import.hands_on(name));
            let mention = if is_parameter || is_handed_on { Mention::NoFunction } else { Mention::Anything };
            self.see(krate, name, mention, everywhere);
        }
        if universe.crates[krate].package.proc_macro {
            for &name in &words.quoted {
                self.see(krate, name, Mention::Anything, true);
            }
        }
        self.reached.words.extend(words.quoted.iter().copied());
        for &name in &words.members {
            self.member(name);
        }
        match kind {
            Kind::Trait(_) => {
                self.named_type(krate, placed.item.name);
                self.take(placed.item.name);
            }
            Kind::Struct | Kind::Enum | Kind::Union => self.named_type(krate, placed.item.name),
            // A renamed trait is imported under its new name.
            Kind::Import(import) if import.bound != 0 && self.traits.contains(&import.target()) => {
                self.take(import.bound)
            }
            // A macro call or a type alias may define a trait or a type with any of these names.
            Kind::Call(_) | Kind::Type => {
                for name in words.idents.clone() {
                    self.take(name);
                }
            }
            _ => {}
        }
    }

    /// Marks a crate as reached. Adds its ambient items and looks up all names seen so far.
    fn touch(&mut self, krate: CrateId) {
        if !self.reached.crates.insert(krate) {
            return;
        }
        self.module(krate, 0);
        self.open.extend(&self.universe.crates[krate].ambient);
        for from in 0..self.seen.len() {
            if self.visible[from].contains(&krate) {
                for (name, mention) in self.seen[from].clone() {
                    self.look_up(krate, name, mention);
                }
            }
        }
        for name in self.members.clone() {
            self.look_up_member(krate, name);
        }
    }

    /// Handles a name that an item of the crate mentions.
    fn see(&mut self, krate: CrateId, name: Name, mention: Mention, everywhere: bool) {
        let universe = self.universe;
        if everywhere {
            // The name may refer to an item of any crate that calls the macro.
            for other in 0..self.seen.len() {
                if other != krate && self.visible[other].contains(&krate) {
                    self.see(other, name, mention, false);
                }
            }
        }
        if !add(&mut self.seen[krate], name, mention) {
            return;
        }
        self.reached.words.insert(name);
        match universe.crates[krate].externs.get(&name) {
            Some(Extern::Local(other)) => self.touch(*other),
            Some(Extern::Whole { package, folder }) => {
                self.reached.whole.insert((package.clone(), folder.clone()));
                self.reached.externs.insert((krate, name));
            }
            Some(Extern::Locked(_)) => {
                self.reached.externs.insert((krate, name));
            }
            None => {}
        }
        for i in 0..self.visible[krate].len() {
            let other = self.visible[krate][i];
            if self.reached.crates.contains(&other) {
                self.look_up(other, name, mention);
            }
        }
    }

    fn look_up(&mut self, krate: CrateId, name: Name, mention: Mention) {
        if !add(&mut self.matched[krate], name, mention) {
            return;
        }
        let universe = self.universe;
        let home = &universe.crates[krate];
        let is_named =
            |id: &&ItemId| mention == Mention::Anything || universe.items[**id].item.kind != Kind::Fn;
        self.open.extend(home.offers.get(&name).into_iter().flatten().filter(is_named));
        for &import in home.bound.get(&name).into_iter().flatten() {
            if self.modules[krate].contains(&self.universe.items[import].module) {
                self.open.push(import);
            }
        }
        for &module in home.modules_named.get(&name).into_iter().flatten() {
            self.module(krate, module);
        }
    }

    /// Handles a name after a dot, which may be a method of a trait.
    fn member(&mut self, name: Name) {
        if self.members.insert(name) {
            self.reached.words.insert(name);
            for krate in self.reached.crates.clone() {
                self.look_up_member(krate, name);
            }
        }
    }

    fn look_up_member(&mut self, krate: CrateId, name: Name) {
        self.open.extend(self.universe.crates[krate].members.get(&name).into_iter().flatten());
    }

    /// Marks a module that names may go through. Adds its imports for them, and the attributes of the module and its
    /// parents.
    fn module(&mut self, krate: CrateId, module: ModuleId) {
        if !self.modules[krate].insert(module) {
            return;
        }
        let home = &self.universe.crates[krate].modules[module];
        if let Some(parent) = home.parent {
            self.module(krate, parent);
        }
        self.open.extend(&home.about);
        self.open.extend(&home.globs);
        for &id in &home.imports {
            let Kind::Import(import) = &self.universe.items[id].item.kind else { continue };
            let named = self.matched[krate].contains_key(&import.bound);
            if named || self.traits.contains(&import.target()) || self.may_be_trait(krate, import) {
                self.open.push(id);
            }
        }
    }

    /// Returns whether the import may be a trait of another crate, whose methods are unknown.
    fn may_be_trait(&self, krate: CrateId, import: &Import) -> bool {
        let universe = self.universe;
        let home = &universe.crates[krate];
        let target = import.target();
        let text = |name: &Name| universe.names.text(*name);
        let Some(first) = import.path.first() else { return true };
        match text(first) {
            "std" | "core" | "alloc" => {
                return !STANDARD_TYPES.contains(&text(&target)) && !is_lower(text(&target));
            }
            "crate" | "self" | "super" => {}
            _ => match home.externs.get(first) {
                Some(Extern::Local(_)) | None => {}
                // Macros and types of this library.
                Some(_) if universe.is_skipstone(krate, *first) && OURS.contains(&text(&target)) => {
                    return false;
                }
                Some(_) => return true,
            },
        }
        // The definitions of this name in local crates. A local trait is found by its methods. Anything that is not a
        // plain definition may be an alias of an external trait.
        let mut defined = false;
        for &other in &self.visible[krate] {
            for &id in universe.crates[other].offers.get(&target).into_iter().flatten() {
                match universe.items[id].item.kind {
                    Kind::Call(_) if universe.items[id].scenario => defined = true,
                    Kind::Call(_) | Kind::Type => return true,
                    // Methods are looked up only in reached crates.
                    Kind::Trait(_) if !self.reached.crates.contains(&other) => return true,
                    _ => defined = true,
                }
            }
            // Imports from external crates.
            for &id in universe.crates[other].bound.get(&target).into_iter().flatten() {
                let Kind::Import(other_import) = &universe.items[id].item.kind else { continue };
                let is_local =
                    other_import.path.first().is_some_and(|first| universe.is_local(other, *first));
                if !is_local {
                    return true;
                }
            }
        }
        let is_module = self.visible[krate]
            .iter()
            .any(|&other| universe.crates[other].modules_named.contains_key(&target));
        !defined && !is_module
    }

    /// Adds the imports of a trait in all modules that names may go through.
    fn take(&mut self, name: Name) {
        if !self.traits.insert(name) {
            return;
        }
        for krate in self.reached.crates.clone() {
            for &import in self.universe.crates[krate].taken.get(&name).into_iter().flatten() {
                if self.modules[krate].contains(&self.universe.items[import].module) {
                    self.open.push(import);
                    if let Kind::Import(import) = &self.universe.items[import].item.kind
                        && import.bound != 0
                    {
                        self.take(import.bound);
                    }
                }
            }
        }
    }

    /// Marks a type or trait as reached. Adds the implementations whose conditions are now all reached.
    fn named_type(&mut self, krate: CrateId, name: Name) {
        if !self.types.insert((krate, name)) {
            return;
        }
        for other in 0..self.universe.crates.len() {
            if !self.visible[other].contains(&krate) {
                continue;
            }
            let home = &self.universe.crates[other];
            for &i in home.needed.get(&name).into_iter().flatten() {
                let (id, needed) = &home.implementations[i];
                let reached = |name: &Name| {
                    self.visible[other].iter().any(|&krate| self.types.contains(&(krate, *name)))
                };
                if needed.iter().all(reached) {
                    self.open.push(*id);
                }
            }
        }
    }
}

/// Returns whether the name is lower case. Traits of the standard library are capitalised.
fn is_lower(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_lowercase())
}

/// Names of this library that are not traits.
const OURS: [&str; 7] = ["Error", "Frame", "Result", "Store", "scenario", "task", "testing"];

/// Types of the standard library, which are not traits.
const STANDARD_TYPES: [&str; 58] = [
    "Arc",
    "AtomicBool",
    "AtomicI32",
    "AtomicI64",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "BufReader",
    "BufWriter",
    "Cell",
    "Command",
    "Cow",
    "Cursor",
    "Duration",
    "Entry",
    "File",
    "Formatter",
    "HashMap",
    "HashSet",
    "Infallible",
    "Instant",
    "LazyCell",
    "LazyLock",
    "LinkedList",
    "ManuallyDrop",
    "MaybeUninit",
    "Mutex",
    "MutexGuard",
    "NonNull",
    "NonZeroU32",
    "NonZeroU64",
    "NonZeroUsize",
    "Once",
    "OnceCell",
    "OnceLock",
    "OpenOptions",
    "Option",
    "OsStr",
    "OsString",
    "Ordering",
    "Path",
    "PathBuf",
    "PhantomData",
    "Pin",
    "Range",
    "Rc",
    "RefCell",
    "Result",
    "Reverse",
    "RwLock",
    "String",
    "SystemTime",
    "Vec",
    "VecDeque",
];
