//! A world: a few modules and one task, with definitions that refer to each other in all ways that names allow.
//!
//! A name has a level, and code names only lower levels, so no function is recursive.

use super::random::Random;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The number of levels of functions.
const FUNCTIONS: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) id: usize,
    modules: Vec<Module>,
    /// The numbers in included files, in the build script's input and in the other crates.
    numbers: BTreeMap<String, u64>,
    /// The function of the `deep` crate that the helper's function calls: 0 or 1.
    deep: usize,
    /// The number in a comment at the end of the root module.
    comment: u64,
}

#[derive(Debug, Clone)]
struct Module {
    parent: usize,
    /// Whether it is inline in its parent's file.
    inline: bool,
    items: Vec<Item>,
    /// `Some(true)` for `#[macro_use]`, `Some(false)` for `#[allow(dead_code)]`.
    attribute: Option<bool>,
}

#[derive(Debug, Clone)]
enum Item {
    Function {
        level: usize,
        terms: Vec<Term>,
        public: bool,
        condition: Option<bool>,
    },
    Constant {
        number: u64,
        public: bool,
    },
    Static {
        number: u64,
    },
    Alias {
        wide: bool,
    },
    Enum {
        number: u64,
    },
    Macro {
        which: usize,
        body: Term,
    },
    /// A macro that defines a function with a given name, and a call of it.
    Maker {
        number: u64,
    },
    /// An implementation of the world's trait for its type: where it is, and whether it defines the method or the
    /// constant.
    Implementation {
        number: u64,
        place: usize,
        ty: bool,
    },
    Trait {
        number: u64,
    },
    Struct,
    Inherent {
        number: u64,
    },
    Blanket {
        number: u64,
    },
    /// A `use` of a name from a module, possibly renamed.
    Import {
        from: usize,
        name: String,
        rename: Option<String>,
        public: bool,
        condition: Option<bool>,
    },
    Glob {
        from: usize,
        public: bool,
    },
    Include,
    Noise {
        text: String,
    },
}

/// A term of a sum.
#[derive(Debug, Clone)]
enum Term {
    Number(u64),
    X,
    /// A name that is visible in the module.
    Bare(String),
    /// A name by a path from the root of the world.
    Path(usize, String),
    MacroCall(usize),
    Method,
    Associated,
    Variant,
    Size,
    Text,
    Operator,
    Helper,
    HelperMacro,
    Data,
    Made,
    Captured,
    Condition(bool, u64, u64),
}

impl World {
    pub(super) fn new(id: usize, random: &mut Random) -> World {
        let count = 3 + random.below(3);
        let mut modules: Vec<Module> = (0..count)
            .map(|i| Module {
                parent: if i == 0 { 0 } else { random.below(i) },
                inline: i > 0 && random.percent(30),
                items: Vec::new(),
                attribute: None,
            })
            .collect();
        // The functions of a level are in one or two modules.
        for level in 0..FUNCTIONS {
            for _ in 0..1 + random.below(2) {
                let module = random.below(count);
                let has =
                    |item: &Item| matches!(item, Item::Function { level: other, .. } if *other == level);
                if modules[module].items.iter().any(has) {
                    continue;
                }
                let terms =
                    (0..3 + random.below(3)).map(|_| named(&term(level, count, random), id)).collect();
                modules[module].items.push(Item::Function { level, terms, public: true, condition: None });
            }
        }
        let single = [
            Item::Constant { number: random.number(), public: true },
            Item::Static { number: random.number() },
            Item::Alias { wide: random.percent(50) },
            Item::Enum { number: random.number() },
            Item::Struct,
            Item::Trait { number: random.number() },
            Item::Maker { number: random.number() },
            Item::Include,
        ];
        for item in single {
            modules[random.below(count)].items.push(item);
        }
        let place = random.below(6);
        let ty = random.percent(70);
        modules[random.below(count)].items.push(Item::Implementation { number: random.number(), place, ty });
        if random.percent(40) {
            modules[random.below(count)].items.push(Item::Blanket { number: random.number() });
        }
        for which in 0..2 {
            for _ in 0..1 + random.below(2) {
                let body = if random.percent(50) {
                    Term::Number(random.number())
                } else {
                    Term::Path(random.below(count), format!("f0_{id}"))
                };
                // Most are in the root module, where all modules may call them.
                let module = if random.percent(70) { 0 } else { random.below(count) };
                modules[module].items.insert(0, Item::Macro { which, body });
            }
        }
        let numbers = ["data", "made", "deep0", "deep1", "helper"]
            .iter()
            .map(|name| ((*name).to_owned(), random.number()))
            .collect();
        let mut world = World { id, modules, numbers, deep: random.below(2), comment: 0 };
        world.import_all(random);
        world
    }

    /// Adds imports to each module for the bare names that it uses and does not define.
    fn import_all(&mut self, random: &mut Random) {
        for module in 0..self.modules.len() {
            for name in self.bare(module) {
                if !self.defines(module, &name) && !self.imports(module, &name) {
                    self.import(module, &name, random);
                }
            }
        }
    }

    /// Imports a name in a random way.
    fn import(&mut self, module: usize, name: &str, random: &mut Random) {
        let providers: Vec<usize> =
            (0..self.modules.len()).filter(|&other| other != module && self.defines(other, name)).collect();
        if providers.is_empty() {
            return;
        }
        let from = *random.pick(&providers);
        let item = |from, public| Item::Import {
            from,
            name: name.to_owned(),
            rename: None,
            public,
            condition: None,
        };
        match random.below(6) {
            0 | 1 => self.modules[module].items.insert(0, item(from, random.percent(30))),
            // Through a private import of the parent.
            2 if module != 0
                && self.modules[module].parent != from
                && self.modules[module].parent != module =>
            {
                let parent = self.modules[module].parent;
                if !self.defines(parent, name) && !self.imports(parent, name) {
                    self.modules[parent].items.push(item(from, false));
                }
                self.modules[module].items.push(Item::Glob { from: parent, public: false });
            }
            3 => self.modules[module].items.push(Item::Glob { from, public: random.percent(30) }),
            // Through a re-export of another module.
            4 => {
                let through = random.below(self.modules.len());
                if through != module
                    && through != from
                    && !self.defines(through, name)
                    && !self.imports(through, name)
                {
                    self.modules[through].items.push(item(from, true));
                    self.modules[module].items.push(item(through, false));
                } else {
                    self.modules[module].items.push(item(from, false));
                }
            }
            // Another function under its name.
            5 => {
                let others: Vec<(usize, String)> = (0..self.modules.len())
                    .flat_map(|other| [format!("f0_{}", self.id), name.to_owned()].map(|name| (other, name)))
                    .filter(|(other, other_name)| {
                        *other != module
                            && name.starts_with('f')
                            && other_name.starts_with('f')
                            && self.defines(*other, other_name)
                    })
                    .collect();
                match others.is_empty() {
                    true => self.modules[module].items.push(item(from, false)),
                    false => {
                        let (from, other) = random.pick(&others).clone();
                        let rename = (other != name).then(|| name.to_owned());
                        self.modules[module].items.push(Item::Import {
                            from,
                            name: other,
                            rename,
                            public: false,
                            condition: None,
                        });
                    }
                }
            }
            _ => self.modules[module].items.push(item(from, false)),
        }
    }

    /// Returns the bare names that a module's code uses.
    fn bare(&self, module: usize) -> Vec<String> {
        let id = self.id;
        let mut names = Vec::new();
        for item in &self.modules[module].items {
            let terms: Vec<&Term> = match item {
                Item::Function { terms, .. } => terms.iter().collect(),
                Item::Implementation { .. } => {
                    names.extend([format!("T_{id}"), format!("P_{id}")]);
                    Vec::new()
                }
                Item::Blanket { .. } => Vec::new(),
                Item::Inherent { .. } => {
                    names.push(format!("T_{id}"));
                    Vec::new()
                }
                _ => Vec::new(),
            };
            for term in terms {
                match term {
                    Term::Bare(name) => names.push(name.clone()),
                    Term::Method | Term::Associated => names.extend([format!("T_{id}"), format!("P_{id}")]),
                    Term::Variant => names.push(format!("E_{id}")),
                    Term::Size => names.push(format!("A_{id}")),
                    Term::Captured => names.push(format!("K_{id}")),
                    Term::Data => {}
                    _ => {}
                }
            }
        }
        if module == self.task_module() {
            names.push(format!("f{}_{id}", FUNCTIONS - 1));
        }
        names.sort();
        names.dedup();
        names
    }

    fn defines(&self, module: usize, name: &str) -> bool {
        self.modules[module]
            .items
            .iter()
            .any(|item| self.defined(item).is_some_and(|defined| defined == name))
    }

    fn defined(&self, item: &Item) -> Option<String> {
        let id = self.id;
        Some(match item {
            Item::Function { level, .. } => format!("f{level}_{id}"),
            Item::Constant { .. } => format!("K_{id}"),
            Item::Static { .. } => format!("S_{id}"),
            Item::Alias { .. } => format!("A_{id}"),
            Item::Enum { .. } => format!("E_{id}"),
            Item::Struct => format!("T_{id}"),
            Item::Trait { .. } => format!("P_{id}"),
            Item::Maker { .. } => format!("g_{id}"),
            Item::Include => format!("made_{id}"),
            _ => return None,
        })
    }

    fn imports(&self, module: usize, name: &str) -> bool {
        self.modules[module].items.iter().any(|item| match item {
            Item::Import { name: imported, rename, .. } => rename.as_ref().unwrap_or(imported) == name,
            _ => false,
        })
    }

    fn task_module(&self) -> usize {
        self.modules.len() - 1
    }

    /// Returns the path of a module from the root of the crate.
    fn path(&self, module: usize) -> String {
        match module {
            0 => format!("crate::w{}", self.id),
            _ => format!("{}::m{module}_{}", self.path(self.modules[module].parent), self.id),
        }
    }

    pub(super) fn task_path(&self) -> String {
        format!("{}::t_{}", self.path(self.task_module()), self.id)
    }

    /// Returns the files of the world with their contents.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let id = self.id;
        let mut files = Vec::new();
        let root = self.module_text(0, &format!("src/w{id}"), &mut files);
        files.push((format!("src/w{id}/mod.rs"), root));
        files.push((format!("src/w{id}/data_{id}.in"), format!("{}u64\n", self.numbers["data"])));
        files.push((format!("made/{id}"), format!("{}\n", self.numbers["made"])));
        files
    }

    /// Returns all sources, for an error message.
    pub(super) fn text(&self) -> String {
        let files = self.files().into_iter().map(|(path, text)| format!("// {path}\n{text}"));
        let more = [("helper", self.helper()), ("deep", self.deep())]
            .map(|(path, text)| format!("// {path}\n{text}"));
        files.chain(more).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn helper(&self) -> String {
        let (id, number, deep) = (self.id, self.numbers["helper"], self.deep);
        format!(
            "pub fn h_{id}(x: u64) -> u64 {{ x + deep::d{deep}_{id}() + {number} }}\n\
             #[macro_export] macro_rules! hm_{id} {{ () => {{ $crate::h_{id}({number}) }} }}\n"
        )
    }

    pub(super) fn deep(&self) -> String {
        let id = self.id;
        [0, 1]
            .map(|i| format!("pub fn d{i}_{id}() -> u64 {{ {} }}\n", self.numbers[&format!("deep{i}")]))
            .concat()
    }

    fn module_text(&self, module: usize, folder: &str, files: &mut Vec<(String, String)>) -> String {
        let id = self.id;
        let mut text = String::new();
        let mut children: Vec<usize> =
            (1..self.modules.len()).filter(|&child| self.modules[child].parent == module).collect();
        let mut declared = String::new();
        if module % 2 == 1 {
            children.reverse();
        }
        for child in children {
            let inner_folder = format!("{folder}/m{child}_{id}");
            let inner = self.module_text(child, &inner_folder, files);
            let attribute = match self.modules[child].attribute {
                Some(true) => "#[macro_use] ",
                Some(false) => "#[allow(dead_code)] ",
                None => "",
            };
            if self.modules[child].inline {
                let _ = writeln!(declared, "{attribute}pub mod m{child}_{id} {{\n{inner}}}");
            } else {
                let _ = writeln!(declared, "{attribute}pub mod m{child}_{id};");
                files.push((format!("{folder}/m{child}_{id}.rs"), inner));
            }
        }
        // Declarations follow the first half of the items, because the order determines what macros refer to.
        let half = self.modules[module].items.len() / 2;
        for (i, item) in self.modules[module].items.iter().enumerate() {
            if i == half {
                text.push_str(&declared);
            }
            text.push_str(&self.item_text(module, item));
            text.push('\n');
        }
        if self.modules[module].items.is_empty() {
            text.push_str(&declared);
        }
        if module == self.task_module() {
            let _ = writeln!(
                text,
                "#[skipstone::task(skippable)]\npub fn t_{id}(x: u64) -> u64 {{ f{}_{id}(x) }}",
                FUNCTIONS - 1
            );
        }
        if module == 0 {
            let _ = writeln!(text, "// {}", self.comment);
        }
        text
    }

    fn item_text(&self, module: usize, item: &Item) -> String {
        let id = self.id;
        let public = |public: &bool| if *public { "pub " } else { "" };
        let condition = |condition: &Option<bool>| match condition {
            None => "",
            Some(true) => "#[cfg(all())] ",
            Some(false) => "#[cfg(any())] ",
        };
        match item {
            Item::Function { level, terms, public: is_public, condition: when } => {
                let terms: Vec<String> = terms.iter().map(|term| self.term_text(module, term)).collect();
                let sum = terms.iter().fold("x".to_owned(), |sum, term| {
                    format!("({sum}).wrapping_mul(3).wrapping_add({term})")
                });
                format!("{}{}fn f{level}_{id}(x: u64) -> u64 {{ {sum} }}", condition(when), public(is_public))
            }
            Item::Constant { number, public: is_public } => {
                format!("{}const K_{id}: u64 = {number};", public(is_public))
            }
            Item::Static { number } => format!("pub static S_{id}: u64 = {number};"),
            Item::Alias { wide } => format!("pub type A_{id} = {};", if *wide { "u64" } else { "u8" }),
            Item::Enum { number } => {
                format!("#[derive(Clone, Copy)] pub enum E_{id} {{ V0 = {number}, V1 }}")
            }
            Item::Macro { which, body } => {
                format!(
                    "macro_rules! q{which}_{id} {{ ($x:expr) => {{ ($x).wrapping_add({}) }} }}",
                    self.term_text(module, body)
                )
            }
            Item::Maker { number } => format!(
                "macro_rules! make_{id} {{ ($name:ident) => {{ pub fn $name(x: u64) -> u64 {{ x + {number} }} }} }}\nmake_{id}!(g_{id});"
            ),
            Item::Struct => format!("#[derive(Clone, Copy, Default)] pub struct T_{id};"),
            Item::Trait { number } => format!(
                "pub trait P_{id} {{ const C_{id}: u64 = {number}; fn p_{id}(&self) -> u64 {{ {number} + 1 }} }}"
            ),
            Item::Implementation { number, place, ty } => {
                let members = match ty {
                    true => format!("fn p_{id}(&self) -> u64 {{ {number} }}"),
                    false => format!("const C_{id}: u64 = {number};"),
                };
                let block = format!("impl P_{id} for T_{id} {{ {members} }}");
                let add = format!(
                    "impl std::ops::Add for T_{id} {{ type Output = u64; fn add(self, _: T_{id}) -> u64 {{ {number} + 2 }} }}"
                );
                match place {
                    0 => format!("{block}\n{add}"),
                    1 => format!("fn hidden_{id}() {{ {block} }}\n{add}"),
                    2 => format!("const _: () = {{ {block} }};\n{add}"),
                    3 => format!(
                        "macro_rules! imp_{id} {{ ($t:ty) => {{ impl P_{id} for $t {{ {members} }} }} }}\nimp_{id}!(T_{id});\n{add}"
                    ),
                    4 => format!(
                        "struct Other_{id};\nimpl Other_{id} {{ fn inside(&self) {{ {block} }} }}\n{add}"
                    ),
                    _ => format!("static HIDDEN_{id}: () = {{ {block} {add} }};"),
                }
            }
            Item::Inherent { number } => {
                format!("impl T_{id} {{ pub fn p_{id}(&self) -> u64 {{ {number} }} }}")
            }
            Item::Blanket { number } => format!(
                "impl<X: Default> {}::Q_{id} for X {{ fn bl_{id}(&self) -> u64 {{ {number} }} }}\npub trait Q_{id} {{ fn bl_{id}(&self) -> u64; }}",
                self.path(module)
            ),
            Item::Import { from, name, rename, public: is_public, condition: when } => {
                let rename = rename.as_ref().map(|rename| format!(" as {rename}")).unwrap_or_default();
                format!("{}{}use {}::{name}{rename};", condition(when), public(is_public), self.path(*from))
            }
            Item::Glob { from, public: is_public } => {
                match module != 0 && *from == self.modules[module].parent {
                    true => format!("{}use super::*;", public(is_public)),
                    false => format!("{}use {}::*;", public(is_public), self.path(*from)),
                }
            }
            Item::Include => format!("include!(concat!(env!(\"OUT_DIR\"), \"/{id}.rs\"));"),
            Item::Noise { text } => text.clone(),
        }
    }

    fn term_text(&self, module: usize, term: &Term) -> String {
        let id = self.id;
        let call = |path: String, name: &str| match name.chars().next() {
            Some('f' | 'g') => format!("{path}{name}(x)").replace("(x)", "(5)"),
            Some('m') => format!("{path}{name}()"),
            _ => format!("{path}{name}"),
        };
        match term {
            Term::Number(number) => format!("{number}"),
            Term::X => "x".to_owned(),
            Term::Bare(name) => call(String::new(), name),
            Term::Path(from, name) => {
                let from = (0..self.modules.len())
                    .map(|i| (from + i) % self.modules.len())
                    .find(|from| self.defines(*from, name))
                    .unwrap_or(*from);
                call(format!("{}::", self.path(from)), name)
            }
            Term::MacroCall(which) => format!("q{which}_{id}!(4u64)"),
            Term::Method => format!("T_{id}.p_{id}()"),
            Term::Associated => format!("<T_{id} as P_{id}>::C_{id}"),
            Term::Variant => format!("(E_{id}::V1 as u64)"),
            Term::Size => format!("(std::mem::size_of::<A_{id}>() as u64)"),
            Term::Text => format!("(include_str!(\"{}data_{id}.in\").len() as u64)", self.up(module)),
            Term::Data => format!("include!(\"{}data_{id}.in\")", self.up(module)),
            Term::Operator => {
                format!("({0}::T_{id} + {0}::T_{id})", self.path(self.home_of(&format!("T_{id}"))))
            }
            Term::Helper => format!("helper::h_{id}(2)"),
            Term::HelperMacro => format!("helper::hm_{id}!()"),
            Term::Made => format!("{}::made_{id}()", self.path(self.home_of(&format!("made_{id}")))),
            Term::Captured => format!("(format!(\"{{K_{id}}}\").parse::<u64>().unwrap())"),
            Term::Condition(when, one, two) => {
                format!(
                    "(if cfg!({}) {{ {one} }} else {{ {two} }})",
                    if *when { "debug_assertions" } else { "not(debug_assertions)" }
                )
            }
        }
    }

    /// Returns the relative path to the world's folder from the file of a module.
    fn up(&self, module: usize) -> String {
        // Finds the module whose file contains this module, and its depth below the world's folder.
        let mut at = module;
        while at != 0 && self.modules[at].inline {
            at = self.modules[at].parent;
        }
        let mut depth = 0;
        while at != 0 {
            at = self.modules[at].parent;
            depth += 1;
        }
        "../".repeat(usize::from(depth > 0) * (depth - usize::from(depth > 0)))
    }

    fn home_of(&self, name: &str) -> usize {
        (0..self.modules.len()).find(|module| self.defines(*module, name)).unwrap_or(0)
    }

    /// Makes a random edit and returns its kind.
    pub(super) fn edit(&mut self, random: &mut Random) -> &'static str {
        let id = self.id;
        let count = self.modules.len();
        let module = random.below(count);
        let length = self.modules[module].items.len();
        let at = random.below(length.max(1));
        match random.below(20) {
            0..=5 => self.change_number(random),
            6 => {
                // Imports the name in another way.
                let imports: Vec<usize> = (0..length)
                    .filter(|&i| {
                        matches!(self.modules[module].items[i], Item::Import { .. } | Item::Glob { .. })
                    })
                    .collect();
                if imports.is_empty() {
                    return self.change_number(random);
                }
                let at = *random.pick(&imports);
                self.modules[module].items.remove(at);
                self.import_all(random);
                "another import"
            }
            7 => {
                let changed = self.modules[module].items.get_mut(at);
                match changed {
                    Some(Item::Import { from, .. } | Item::Glob { from, .. }) => {
                        *from = random.below(count);
                        "an import from elsewhere"
                    }
                    _ => self.change_number(random),
                }
            }
            8 => {
                // A definition shadows a glob import.
                let level = random.below(FUNCTIONS);
                let terms = vec![Term::Number(random.number())];
                self.modules[module].items.push(Item::Function {
                    level,
                    terms,
                    public: random.percent(60),
                    condition: None,
                });
                "a new function"
            }
            9 if length > 0 => {
                self.modules[module].items.remove(at);
                "a removed item"
            }
            10 => {
                // Two functions with one name, under opposite conditions.
                let level = random.below(FUNCTIONS);
                let both = [true, false].map(|when| Item::Function {
                    level,
                    terms: vec![Term::Number(random.number())],
                    public: true,
                    condition: Some(when),
                });
                self.modules[module].items.extend(both);
                "two functions under opposite conditions"
            }
            11 => {
                let mut flipped = false;
                for module in &mut self.modules {
                    for item in &mut module.items {
                        if let Item::Function { condition: Some(when), .. }
                        | Item::Import { condition: Some(when), .. } = item
                        {
                            *when = !*when;
                            flipped = true;
                        }
                    }
                }
                if flipped { "conditions" } else { self.change_number(random) }
            }
            12 if length > 1 => {
                let other = random.below(length);
                self.modules[module].items.swap(at, other);
                "items in another order"
            }
            13 if length > 0 => {
                let item = self.modules[module].items.remove(at);
                let to = random.below(count);
                let items = &mut self.modules[to].items;
                let at = random.below(items.len() + 1);
                items.insert(at, item);
                "an item moved to another module"
            }
            14 => {
                self.modules[module].items.push(Item::Inherent { number: random.number() });
                self.import_all(random);
                "an inherent method that shadows a trait's"
            }
            15 => {
                for module in &mut self.modules {
                    for item in &mut module.items {
                        if let Item::Implementation { place, .. } = item {
                            *place = random.below(6);
                        }
                    }
                }
                "an implementation in another place"
            }
            16 => {
                let texts = [
                    format!("fn noise_{id}_{}() -> u64 {{ {} }}", random.below(1000), random.number()),
                    format!("// {}", random.number()),
                    "\n\n".to_owned(),
                    "/// Documented.".to_owned()
                        + &format!("\npub struct Noise_{id}_{};", random.below(1000)),
                    "use std::collections::HashMap as _;".to_owned(),
                ];
                let text = random.pick(&texts).clone();
                self.modules[module].items.push(Item::Noise { text });
                "unrelated functions, imports, comments, blank lines"
            }
            17 => {
                self.comment = random.number() + 100 * self.comment % 1000;
                "a comment"
            }
            18 => {
                let which = random.below(2);
                let at = random.below(length + 1);
                self.modules[module]
                    .items
                    .insert(at, Item::Macro { which, body: Term::Number(random.number()) });
                let attribute = *random.pick(&[None, Some(true), Some(false)]);
                self.modules[module].attribute = attribute.filter(|_| module != 0);
                "another macro of the same name"
            }
            _ => {
                self.deep = 1 - self.deep;
                "another function of the crate two steps away"
            }
        }
    }

    fn change_number(&mut self, random: &mut Random) -> &'static str {
        if random.percent(25) {
            let names: Vec<String> = self.numbers.keys().cloned().collect();
            let name = random.pick(&names).clone();
            self.numbers.insert(name, random.number());
            return "a number in a file that is read, or in another crate";
        }
        let count = self.modules.len();
        for _ in 0..50 {
            let module = random.below(count);
            let length = self.modules[module].items.len();
            if length == 0 {
                continue;
            }
            let at = random.below(length);
            let new = random.number();
            match &mut self.modules[module].items[at] {
                Item::Function { terms, level, .. } => {
                    let at = random.below(terms.len());
                    match &mut terms[at] {
                        Term::Number(number) | Term::Condition(_, number, _) => *number = new,
                        other => *other = term(*level, count, random),
                    }
                    let renamed: Vec<Term> = terms.iter().map(|term| named(term, self.id)).collect();
                    *terms = renamed;
                    self.import_all(random);
                    return "the body of a function";
                }
                Item::Constant { number, .. } | Item::Static { number } | Item::Enum { number } => {
                    *number = new
                }
                Item::Alias { wide } => *wide = !*wide,
                Item::Macro { body, .. } => *body = Term::Number(new),
                Item::Maker { number } | Item::Trait { number } | Item::Inherent { number } => *number = new,
                Item::Implementation { number, .. } | Item::Blanket { number } => *number = new,
                _ => continue,
            }
            return "a number in a definition";
        }
        "nothing"
    }
}

/// Returns a random term that code of this level may contain.
fn term(level: usize, modules: usize, random: &mut Random) -> Term {
    let lower = |random: &mut Random| {
        let names = ["K", "S", "g"];
        match level > 0 && random.percent(70) {
            true => format!("f{}", random.below(level)),
            false => (*random.pick(&names)).to_owned(),
        }
    };
    match random.below(20) {
        0 | 1 => Term::Number(random.number()),
        2 => Term::X,
        3..=6 => Term::Bare(lower(random)),
        7 | 8 => Term::Path(random.below(modules), lower(random)),
        9 | 10 if level > 0 => Term::MacroCall(random.below(2)),
        11 => Term::Method,
        12 => Term::Associated,
        13 => Term::Variant,
        14 => Term::Size,
        15 => *random.pick(&[Term::Text, Term::Data].map(Box::new)).clone(),
        16 => Term::Operator,
        17 => *random.pick(&[Term::Helper, Term::HelperMacro].map(Box::new)).clone(),
        18 => Term::Made,
        19 => Term::Captured,
        _ => Term::Condition(random.percent(50), random.number(), random.number()),
    }
}

/// Appends the number of the world to the names in a term.
fn named(term: &Term, id: usize) -> Term {
    let full = |name: &String| if name.contains('_') { name.clone() } else { format!("{name}_{id}") };
    match term {
        Term::Bare(name) => Term::Bare(full(name)),
        Term::Path(from, name) => Term::Path(*from, full(name)),
        other => other.clone(),
    }
}
