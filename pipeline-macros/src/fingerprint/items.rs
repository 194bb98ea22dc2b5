//! Source files as items: what each is called, what it says, and what it may define besides.

use super::attributes::{attributes_of, is_test_only, may_define, path_of};
use super::names::{header_text, inner_names, kind_and_name, parameters, word_before_brace};
use super::tokens::{self, Words};
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::collections::{BTreeSet, HashMap};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

/// An item of a source file.
#[derive(Debug)]
pub(super) struct SourceItem {
    /// What it is, for people: `fn`, `struct`, `impl Display for Scored`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// The modules of its file that it is in.
    pub(super) modules: Vec<String>,
    pub(super) line: usize,
    pub(super) hash: blake3::Hash,
    pub(super) words: Words,
    pub(super) role: Role,
}

/// How an item is found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// By its name, and by the names of its members, behind a dot too.
    Named { name: String, members: Vec<String> },
    /// By the names of the crate's own types and traits among these, which its header names.
    Impl(BTreeSet<String>),
    /// By the names that the macro `called` may define; `named` are those in the call itself.
    Call { called: String, named: BTreeSet<String> },
    /// By its name, and by names that a macro on it may make of that.
    Marked(BTreeSet<String>),
    /// `use path as name`, with the last name of the path: in its own file; elsewhere where it is public, or
    /// taken by a path.
    Use { name: String, target: String, public: bool },
    /// `use path::*`: whatever its file names may come from there. With the first name of the path.
    Glob { first: String },
    /// Nobody can tell what it means for whom.
    Ambient,
    /// It changes what everything in its file, or in the module that it names, means: inner attributes
    /// and attributes of a module.
    File,
}

impl Role {
    fn named(name: String) -> Role {
        Role::Named { name, members: Vec::new() }
    }
}

/// A source file.
#[derive(Debug, Default)]
pub(super) struct SourceFile {
    pub(super) items: Vec<SourceItem>,
    /// Every function, also inside others: name and line, with the item that it is in, whether it is
    /// that item, and how many of its name are before it there.
    pub(super) functions: HashMap<(String, usize), FunctionPlace>,
    /// Files that `#[path]` names, and that `include!` puts in place of items.
    pub(super) paths: Vec<String>,
    /// The modules that are files of their own.
    pub(super) modules: Vec<String>,
    /// Those that are there for tests only, and not now.
    pub(super) test_modules: Vec<String>,
}

/// Where a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FunctionPlace {
    pub(super) item: usize,
    pub(super) whole: bool,
    pub(super) earlier: usize,
}

/// Reads a file; `None` when it can't be parsed. With `tests`, what is only there for tests counts, too.
pub(super) fn parse(text: &str, tests: bool) -> Option<SourceFile> {
    let file = syn::parse_file(text).ok()?;
    let mut reader = Reader { file: SourceFile::default(), modules: Vec::new(), tests };
    reader.attributes(&file.attrs, "", 1);
    reader.items(&file.items);
    Some(reader.file)
}

struct Reader {
    file: SourceFile,
    modules: Vec<String>,
    tests: bool,
}

impl Reader {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        if !self.tests && attributes_of(item).iter().any(is_test_only) {
            if let Item::Mod(syn::ItemMod { content: None, ident, .. }) = item {
                self.file.test_modules.push(ident.unraw().to_string());
            }
            return;
        }
        match item {
            Item::Mod(module) => {
                self.file.paths.extend(module.attrs.iter().flat_map(path_of));
                let name = module.ident.unraw().to_string();
                self.module(module, &name);
                if let Some((_, items)) = &module.content {
                    self.modules.push(name);
                    self.items(items);
                    self.modules.pop();
                }
            }
            Item::Use(import) => {
                let public = !matches!(import.vis, syn::Visibility::Inherited);
                // Conditions, and who sees it, decide what a name means.
                let (visibility, attributes) = (&import.vis, &import.attrs);
                let (conditions, words) = tokens::read(quote::quote! { #visibility #(#attributes)* });
                let rooted = import.leading_colon.is_some();
                let line = import.use_token.span.start().line;
                let import_of = Import { public, rooted, line, conditions, words };
                self.import(&import.tree, &mut Vec::new(), &import_of);
            }
            Item::Macro(call) => self.macro_item(item, call),
            Item::Impl(block) => {
                let mut header = block.clone();
                header.items.clear();
                header.attrs.clear();
                let (_, words) = tokens::read(header.to_token_stream());
                let name = header_text(&header);
                self.push(item, "impl", name, Role::Impl(words.idents));
            }
            Item::Const(constant) if constant.ident == "_" && calls_foreign(item) => {
                self.push(item, "const", "_".into(), Role::Ambient);
            }
            Item::Verbatim(_) => self.push(item, "code", String::new(), Role::File),
            _ => {
                let (kind, name) = kind_and_name(item);
                let name = name.map(|name| name.unraw().to_string()).unwrap_or_default();
                let role = if attributes_of(item).iter().any(may_define) {
                    let mut names = BTreeSet::from([name.clone()]);
                    names.extend(inner_names(item));
                    for attribute in attributes_of(item).iter().filter(|attribute| may_define(attribute)) {
                        names.extend(tokens::read(attribute.to_token_stream()).1.idents);
                    }
                    Role::Marked(names)
                } else {
                    Role::Named { name: name.clone(), members: inner_names(item) }
                };
                self.push(item, kind, name, role);
            }
        }
    }

    fn push(&mut self, item: &Item, kind: &'static str, name: String, role: Role) {
        let index = self.file.items.len();
        let mut inner = Inner::default();
        inner.visit_item(item);
        let own =
            if let Item::Fn(function) = item { Some(function.sig.ident.span().start().line) } else { None };
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (name, line) in inner.functions {
            let earlier = seen.entry(name.clone()).or_default();
            let place = FunctionPlace { item: index, whole: own == Some(line), earlier: *earlier };
            *earlier += 1;
            self.file.functions.insert((name, line), place);
        }
        self.file.paths.extend(inner.paths);
        // An `impl` inside of a function holds everywhere; it is found as others are.
        let nested = inner.headers;
        let line = match (item, kind_and_name(item).1) {
            (Item::Impl(block), _) => block.impl_token.span.start().line,
            (Item::Macro(syn::ItemMacro { ident: Some(name), .. }), _) => name.span().start().line,
            (_, Some(name)) => name.span().start().line,
            _ => item.span().start().line,
        };
        let (hash, mut words) = tokens::read(item.to_token_stream());
        if let Item::Fn(function) = item
            && inner.is_plain
        {
            // In the whole body a parameter stands before an item of its name, but not in a path.
            for name in parameters(function) {
                if !words.in_paths.contains(&name) {
                    words.idents.remove(&name);
                }
            }
        }
        let made = |role, words| SourceItem {
            kind,
            name: name.clone(),
            modules: self.modules.clone(),
            line,
            hash,
            words,
            role,
        };
        let twin = (!nested.is_empty() && !matches!(item, Item::Impl(_)))
            .then(|| made(Role::Impl(nested), words.clone()));
        let item = made(role, words);
        self.file.items.push(item);
        self.file.items.extend(twin);
    }

    fn macro_item(&mut self, item: &Item, call: &syn::ItemMacro) {
        let called =
            call.mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if called == "macro_rules" {
            let name = call.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            return self.push(item, "macro", name.clone(), Role::named(name));
        }
        let (_, words) = tokens::read_call(call.mac.tokens.clone());
        if called == "include" {
            let includes = tokens::read(call.to_token_stream()).1.includes;
            self.file.paths.extend(includes.into_iter().map(|include| include.texts.concat()));
        }
        let role = if called == "scenario" {
            // A scenario names nodes and tasks, and defines its own type.
            let name = word_before_brace(call.mac.tokens.clone()).unwrap_or_default();
            Role::Named { members: vec![format!("{name}Inputs")], name }
        } else {
            Role::Call { called: called.clone(), named: words.idents }
        };
        self.push(item, "macro call", format!("{called}!"), role);
    }

    /// The attributes of a file, or of the module `name`, without those that only speak of lints.
    fn attributes(&mut self, attributes: &[Attribute], name: &str, line: usize) {
        const SILENT: [&str; 7] = ["doc", "allow", "warn", "deny", "forbid", "expect", "path"];
        let tokens: TokenStream = attributes
            .iter()
            .filter(|attribute| !SILENT.iter().any(|name| attribute.path().is_ident(name)))
            .map(ToTokens::to_token_stream)
            .collect();
        if !tokens.is_empty() {
            let (hash, words) = tokens::read(tokens);
            let modules = self.modules.clone();
            let name = name.to_owned();
            self.file.items.push(SourceItem {
                kind: "attributes",
                name,
                modules,
                line,
                hash,
                words,
                role: Role::File,
            });
        }
    }

    /// A module: its attributes count for what is in it, and so does that it is there where it is a file.
    fn module(&mut self, module: &syn::ItemMod, name: &str) {
        let line = module.mod_token.span.start().line;
        let attributes: TokenStream = module.attrs.iter().map(ToTokens::to_token_stream).collect();
        let in_file = module.content.is_none();
        let (hash, words) = tokens::read(attributes);
        let role = match words.idents.iter().any(|word| word == "path" || word == "cfg_attr") {
            // It may be any file.
            true => Role::Ambient,
            false => Role::File,
        };
        if in_file || !module.attrs.is_empty() {
            let (name, modules) = (name.to_owned(), self.modules.clone());
            self.file.items.push(SourceItem {
                kind: "mod",
                name: name.clone(),
                modules,
                line,
                hash,
                words,
                role,
            });
            if in_file {
                self.file.modules.push(name);
            }
        }
    }

    fn import(&mut self, tree: &UseTree, path: &mut Vec<String>, import: &Import) {
        let plain = |name: &syn::Ident| name.unraw().to_string();
        let (last, role) = match tree {
            UseTree::Path(step) => {
                path.push(plain(&step.ident));
                self.import(&step.tree, path, import);
                path.pop();
                return;
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, path, import));
            }
            UseTree::Name(name) if name.ident == "self" => {
                let name = path.last().cloned().unwrap_or_default();
                ("self".to_owned(), Role::Use { target: name.clone(), name, public: import.public })
            }
            UseTree::Name(name) => {
                let name = plain(&name.ident);
                (name.clone(), Role::Use { target: name.clone(), name, public: import.public })
            }
            UseTree::Rename(rename) => {
                let target = match rename.ident == "self" {
                    true => path.last().cloned().unwrap_or_default(),
                    false => plain(&rename.ident),
                };
                let text = format!("{} as {}", rename.ident, rename.rename);
                (text, Role::Use { name: plain(&rename.rename), target, public: import.public })
            }
            UseTree::Glob(_) => {
                let first = path.first().filter(|_| !import.rooted).cloned().unwrap_or_default();
                ("*".to_owned(), Role::Glob { first })
            }
        };
        let text = path.iter().map(String::as_str).chain([last.as_str()]).collect::<Vec<_>>().join("::");
        let text = if import.rooted { format!("::{text}") } else { text };
        let mut words = import.words.clone();
        words.idents.extend(path.iter().cloned());
        if let Role::Use { target, .. } = &role {
            words.idents.insert(target.clone());
        }
        words.in_paths = words.idents.clone();
        let mut hasher = blake3::Hasher::new();
        hasher.update(text.as_bytes()).update(import.conditions.as_bytes());
        self.file.items.push(SourceItem {
            kind: "use",
            hash: hasher.finalize(),
            name: text,
            modules: self.modules.clone(),
            line: import.line,
            words,
            role,
        });
    }
}

/// What the names of one `use` have in common.
struct Import {
    public: bool,
    rooted: bool,
    line: usize,
    /// The hash of its attributes and visibility, and their words.
    conditions: blake3::Hash,
    words: Words,
}

/// Whether a macro is called in the item that is not one of the standard library.
fn calls_foreign(item: &Item) -> bool {
    let (_, words) = tokens::read(item.to_token_stream());
    words.macros.iter().any(|name| !tokens::STANDARD.contains(&name.as_str()))
}

/// What is inside of an item and counts outside of it.
struct Inner {
    /// Whether there are no items inside, in which parameters mean nothing.
    is_plain: bool,
    headers: BTreeSet<String>,
    functions: Vec<(String, usize)>,
    paths: Vec<String>,
}

impl Default for Inner {
    fn default() -> Inner {
        Inner { is_plain: true, headers: BTreeSet::new(), functions: Vec::new(), paths: Vec::new() }
    }
}

impl<'ast> Visit<'ast> for Inner {
    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        self.is_plain &= !matches!(statement, syn::Stmt::Item(_));
        syn::visit::visit_stmt(self, statement);
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let mut header = block.clone();
        header.items.clear();
        self.headers.extend(tokens::read(header.to_token_stream()).1.idents);
        syn::visit::visit_item_impl(self, block);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.functions.push((function.sig.ident.unraw().to_string(), function.sig.ident.span().start().line));
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.paths.extend(module.attrs.iter().flat_map(path_of));
        syn::visit::visit_item_mod(self, module);
    }
}
