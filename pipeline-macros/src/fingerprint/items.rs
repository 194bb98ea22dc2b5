//! Source files as items: what each is called, what it says, and what it may define besides.

use super::tokens::{self, Words};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
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

/// The names of a function's parameters.
fn parameters(function: &syn::ItemFn) -> Vec<String> {
    let names = function.sig.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(input) => match &*input.pat {
            syn::Pat::Ident(name) => Some(name.ident.unraw().to_string()),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    });
    // In the signature a type or a constant of that name would still be meant.
    let signature: TokenStream = function
        .sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            syn::FnArg::Typed(input) => Some(input.ty.to_token_stream()),
            syn::FnArg::Receiver(_) => None,
        })
        .chain([function.sig.output.to_token_stream(), function.sig.generics.to_token_stream()])
        .collect();
    let signature = tokens::read(signature).1.idents;
    names.filter(|name| !signature.contains(name)).collect()
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

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, and nothing more.
fn is_test_only(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

/// The file that `#[path = "…"]` names, also inside `cfg_attr`.
fn path_of(attribute: &Attribute) -> Vec<String> {
    let texts = || tokens::read(attribute.to_token_stream()).1.texts.into_iter();
    match attribute.path().get_ident().map(ToString::to_string).as_deref() {
        Some("path") => texts().collect(),
        Some("cfg_attr") => texts().filter(|text| text.ends_with(".rs")).collect(),
        _ => Vec::new(),
    }
}

fn kind_and_name(item: &Item) -> (&'static str, Option<&syn::Ident>) {
    match item {
        Item::Const(item) => ("const", Some(&item.ident)),
        Item::Enum(item) => ("enum", Some(&item.ident)),
        Item::ExternCrate(item) => {
            ("extern crate", Some(item.rename.as_ref().map_or(&item.ident, |(_, name)| name)))
        }
        Item::Fn(item) => ("fn", Some(&item.sig.ident)),
        Item::ForeignMod(_) => ("extern functions", None),
        Item::Static(item) => ("static", Some(&item.ident)),
        Item::Struct(item) => ("struct", Some(&item.ident)),
        Item::Trait(item) => ("trait", Some(&item.ident)),
        Item::TraitAlias(item) => ("trait", Some(&item.ident)),
        Item::Type(item) => ("type", Some(&item.ident)),
        Item::Union(item) => ("union", Some(&item.ident)),
        _ => ("item", None),
    }
}

/// Names by which an item is reached without its own: members of a trait (a method is called where the
/// trait is not named), foreign functions. Not the variants of an enum: whoever uses them alone has a
/// `use` that names the enum.
fn inner_names(item: &Item) -> Vec<String> {
    match item {
        Item::Trait(item) => item
            .items
            .iter()
            .filter_map(|member| match member {
                syn::TraitItem::Fn(member) => Some(member.sig.ident.unraw().to_string()),
                syn::TraitItem::Const(member) => Some(member.ident.unraw().to_string()),
                syn::TraitItem::Type(member) => Some(member.ident.unraw().to_string()),
                _ => None,
            })
            .chain(item.items.iter().flat_map(|member| match member {
                // Whatever it makes, it makes of its words.
                syn::TraitItem::Macro(call) => tokens::read_call(call.mac.tokens.clone()).1.idents,
                _ => BTreeSet::new(),
            }))
            .collect(),
        Item::ForeignMod(item) => item
            .items
            .iter()
            .filter_map(|member| match member {
                syn::ForeignItem::Fn(member) => Some(member.sig.ident.unraw().to_string()),
                syn::ForeignItem::Static(member) => Some(member.ident.unraw().to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Attributes of the language, and those of crates that are known to define no other names.
const PLAIN: [&str; 42] = [
    "allow",
    "warn",
    "deny",
    "forbid",
    "expect",
    "cfg",
    "cfg_attr",
    "doc",
    "inline",
    "cold",
    "must_use",
    "deprecated",
    "test",
    "ignore",
    "should_panic",
    "repr",
    "non_exhaustive",
    "track_caller",
    "macro_use",
    "macro_export",
    "path",
    "automatically_derived",
    "target_feature",
    "no_mangle",
    "export_name",
    "link",
    "link_name",
    "link_section",
    "unsafe",
    "global_allocator",
    "used",
    "rustfmt",
    "clippy",
    "diagnostic",
    "serde",
    "row",
    "task",
    "error",
    "clap",
    "arg",
    "command",
    "value",
];

/// Derives that implement traits and define nothing else.
const DERIVES: [&str; 22] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
    "Serialize",
    "Deserialize",
    "Row",
    "Error",
    "Display",
    "From",
    "Into",
    "Parser",
    "Args",
    "Subcommand",
    "ValueEnum",
    "Zeroize",
    "Arbitrary",
];

/// Whether the attribute may be a macro that defines other names than its item's.
fn may_define(attribute: &Attribute) -> bool {
    if !attribute.path().is_ident("derive") {
        let first = attribute.path().segments.first().map(|segment| segment.ident.to_string());
        let last = attribute.path().segments.last().map(|segment| segment.ident.to_string());
        return ![first, last].into_iter().flatten().any(|name| PLAIN.contains(&name.as_str()));
    }
    let mut foreign = false;
    let parsed = attribute.parse_nested_meta(|derive| {
        let name = derive.path.segments.last().map(|segment| segment.ident.to_string());
        foreign |= !name.is_some_and(|name| DERIVES.contains(&name.as_str()));
        Ok(())
    });
    foreign || parsed.is_err()
}

/// `Display for Scored`.
fn header_text(header: &syn::ItemImpl) -> String {
    let ty = spaced(header.self_ty.to_token_stream());
    match &header.trait_ {
        Some((_, path, _)) => format!("{} for {ty}", spaced(path.to_token_stream())),
        None => ty,
    }
}

fn spaced(tokens: TokenStream) -> String {
    tokens
        .to_string()
        .replace(" ::", "::")
        .replace(":: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
}

fn word_before_brace(tokens: TokenStream) -> Option<String> {
    let mut last = None;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => last = Some(word.to_string()),
            TokenTree::Group(group) if is_brace(&group) => break,
            _ => {}
        }
    }
    last
}

fn is_brace(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}
