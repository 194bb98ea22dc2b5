//! Splits source files into items. Items are recognized by their first words alone, so unknown syntax inside them does
//! not matter.

use crate::parameters;
use crate::tokens::{self, Name, Names, Read, Words, is_sign, leading_path, macro_path, split};
use proc_macro2::{Delimiter, Group, TokenTree};

/// A source file with its items in source order.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) names: Names,
    pub(crate) items: Vec<Item>,
    /// Modules in separate files.
    pub(crate) modules: Vec<ModuleFile>,
    /// All functions, including nested ones.
    pub(crate) functions: Vec<Function>,
}

/// An item of a source file. Names are numbers in the file's table until they are translated to the universe's table.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) name: Name,
    /// A title for display: the header of an implementation, the path of an import.
    pub(crate) title: String,
    /// The inline modules around it in its file.
    pub(crate) modules: Vec<Name>,
    pub(crate) line: u32,
    pub(crate) hash: [u8; 32],
    pub(crate) docs: Option<[u8; 32]>,
    pub(crate) tasks: Option<[u8; 32]>,
    /// The default for anything but a function.
    pub(crate) face: Face,
    pub(crate) words: Words,
}

/// What callers must know of a function.
#[derive(Debug, Clone, Default)]
pub(crate) struct Face {
    /// Whether it has type parameters.
    pub(crate) generic: bool,
    /// Whether it is visible only in its module.
    pub(crate) private: bool,
    /// The number of its parameters, without resources.
    pub(crate) parameters: usize,
}

impl Face {
    /// Reads the face of a function whose keyword `fn` is at this index.
    fn read(all: &[TokenTree], keyword: usize) -> Face {
        let is_word =
            |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
        // A lifetime begins with a sign.
        let generic =
            is_sign(all.get(keyword + 2), '<') && matches!(all.get(keyword + 3), Some(TokenTree::Ident(_)));
        let list = all[keyword..]
            .iter()
            .filter_map(as_group)
            .find(|group| group.delimiter() == Delimiter::Parenthesis);
        let list: Vec<TokenTree> = list.into_iter().flat_map(Group::stream).collect();
        let mut depth = 0_usize;
        let mut before = ' ';
        let parameters = list
            .split(|token| {
                let TokenTree::Punct(punct) = token else { return false };
                let sign = punct.as_char();
                match sign {
                    '<' => depth += 1,
                    '>' if before != '-' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                before = sign;
                sign == ',' && depth == 0
            })
            .filter(|parameter| !parameter.is_empty())
            .filter(|parameter| !parameter.iter().any(|token| is_word(token, "Resource")))
            .count();
        Face { generic, private: !all[..keyword].iter().any(|token| is_word(token, "pub")), parameters }
    }
}

/// The kind of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Fn,
    Const,
    Static,
    Type,
    Struct,
    Enum,
    Union,
    /// A trait, with the names of its members.
    Trait(Vec<Name>),
    /// Functions of another language, with their names.
    Foreign(Vec<Name>),
    Impl(Header),
    Import(Import),
    ExternCrate,
    /// The declaration of a module: its name and attributes, without its content.
    Module,
    /// Inner attributes of a file or module.
    Attributes,
    MacroRules,
    /// A macro call in item position. For `scenario!`, with the names that it defines.
    Call(Vec<Name>),
    /// Any other code.
    Unknown,
}

impl Kind {
    /// Returns the word for display.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Kind::Fn => "fn",
            Kind::Const => "const",
            Kind::Static => "static",
            Kind::Type => "type",
            Kind::Struct => "struct",
            Kind::Enum => "enum",
            Kind::Union => "union",
            Kind::Trait(_) => "trait",
            Kind::Foreign(_) => "extern functions",
            Kind::Impl(_) => "impl",
            Kind::Import(_) => "use",
            Kind::ExternCrate => "extern crate",
            Kind::Module => "mod",
            Kind::Attributes => "attributes",
            Kind::MacroRules => "macro",
            Kind::Call(_) => "macro call",
            Kind::Unknown => "code",
        }
    }

    /// Returns whether the item defines a nominal type or a trait.
    pub(crate) fn is_nominal(&self) -> bool {
        matches!(self, Kind::Struct | Kind::Enum | Kind::Union | Kind::Trait(_))
    }
}

/// The header of an implementation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Header {
    /// The path of the trait.
    pub(crate) of_trait: Option<Vec<Name>>,
    /// The path of the implementing type, if the type begins with a path.
    pub(crate) head: Option<Vec<Name>>,
    /// The path that the trait's first argument begins with.
    pub(crate) argument: Option<Vec<Name>>,
    /// The generic parameters.
    pub(crate) generics: Vec<Name>,
    /// Whether it is inside an item, such as a function, that itself defines a type with the name of the implementing
    /// type.
    pub(crate) private: bool,
    /// Whether it is inside another item.
    pub(crate) nested: bool,
}

/// A name that a `use` imports, or a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// All names of the path. For a glob, without the `*`.
    pub(crate) path: Vec<Name>,
    /// The name that it binds. 0 for `_` and for a glob.
    pub(crate) bound: Name,
    pub(crate) glob: bool,
    /// Whether the path begins with `::`.
    pub(crate) rooted: bool,
}

impl Import {
    /// Returns the name of the imported item.
    pub(crate) fn target(&self) -> Name {
        self.path.last().copied().unwrap_or_default()
    }

    /// Returns whether it binds the name of its target, which its path has only once. Then the target is used by code
    /// that mentions this name.
    pub(crate) fn hands_on(&self, name: Name) -> bool {
        !self.glob
            && self.bound == name
            && self.path.iter().filter(|&&part| part == name).count() == 1
            && self.target() == name
    }
}

/// A leaf of a `use` tree.
struct Leaf {
    path: Vec<Name>,
    bound: Name,
    glob: bool,
    /// Whether it is `path::{self}`, which imports only the module or type with that name.
    of_self: bool,
    rooted: bool,
}

/// A module in a separate file.
#[derive(Debug, Clone)]
pub(crate) struct ModuleFile {
    pub(crate) name: String,
    /// The inline modules around its declaration.
    pub(crate) around: Vec<Around>,
    /// The paths of `#[path]` attributes, including those behind conditions.
    pub(crate) paths: Vec<String>,
    /// Whether a path is behind a condition. Then the default location counts, too.
    pub(crate) conditional: bool,
}

/// An inline module around another.
#[derive(Debug, Clone)]
pub(crate) struct Around {
    pub(crate) name: String,
    /// The folders from `#[path]` attributes.
    pub(crate) paths: Vec<String>,
    /// Whether a path is behind a condition. Then the default location counts, too.
    pub(crate) conditional: bool,
}

/// The position of a function.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: Name,
    /// Line of the name.
    pub(crate) line: usize,
    /// Column of the name.
    pub(crate) column: usize,
    /// The number of groups around it in its item.
    pub(crate) depth: usize,
    /// The item that contains it.
    pub(crate) item: usize,
    /// Whether it is that item itself.
    pub(crate) whole: bool,
    /// The number of functions with the same name before it in the item.
    pub(crate) earlier: usize,
}

/// Parses a file. Returns `None` if it is not valid Rust. With `tests`, items under `#[cfg(test)]` are included.
pub(crate) fn parse(text: &str, tests: bool) -> Option<SourceFile> {
    let tokens = tokens::of_text(text)?;
    let mut reader = Reader::new(tests);
    reader.items(&tokens);
    Some(reader.file)
}

/// Parses code that is included in an expression: as one item, and the implementations in it.
pub(crate) fn parse_code(text: &str) -> Option<SourceFile> {
    let tokens = tokens::of_text(text)?;
    let mut reader = Reader::new(false);
    let read = tokens::read(&tokens, &mut reader.file.names, true);
    reader.push(Kind::Unknown, 0, String::new(), &tokens, read);
    Some(reader.file)
}

struct Reader {
    file: SourceFile,
    modules: Vec<Name>,
    around: Vec<Around>,
    tests: bool,
}

/// The parts of an item, as slices of its tokens.
struct Shape<'a> {
    /// All tokens.
    all: &'a [TokenTree],
    /// The tokens after its attributes, visibility and qualifiers, beginning with its keyword.
    rest: &'a [TokenTree],
    attributes: Vec<Vec<TokenTree>>,
}

impl Reader {
    fn new(tests: bool) -> Reader {
        let file =
            SourceFile { names: Names::new(), items: Vec::new(), modules: Vec::new(), functions: Vec::new() };
        Reader { file, modules: Vec::new(), around: Vec::new(), tests }
    }

    fn items(&mut self, mut tokens: &[TokenTree]) {
        self.inner_attributes(&mut tokens);
        while !tokens.is_empty() {
            let (shape, after) = item(tokens);
            tokens = after;
            if !shape.rest.is_empty() {
                self.item(&shape);
            }
        }
    }

    fn inner_attributes(&mut self, tokens: &mut &[TokenTree]) {
        let start = *tokens;
        while is_sign(tokens.first(), '#')
            && is_sign(tokens.get(1), '!')
            && group_at(tokens, 2, Delimiter::Bracket).is_some()
        {
            *tokens = &tokens[3..];
        }
        let taken = &start[..start.len() - tokens.len()];
        // The hash ignores lint and documentation attributes.
        let read = tokens::read(taken, &mut self.file.names, false);
        let nothing = tokens::read(&[], &mut self.file.names, false).hash;
        if read.hash != nothing {
            self.push(Kind::Attributes, 0, String::new(), taken, read);
        }
    }

    fn item(&mut self, shape: &Shape<'_>) {
        if !self.tests && shape.attributes.iter().any(|attribute| is_test_only(attribute)) {
            return;
        }
        let word = |i: usize| match shape.rest.get(i) {
            Some(TokenTree::Ident(ident)) => ident.to_string(),
            _ => String::new(),
        };
        let first = word(0);
        match first.as_str() {
            "fn" => self.named(Kind::Fn, &word(1), shape),
            "struct" => self.named(Kind::Struct, &word(1), shape),
            "enum" => self.named(Kind::Enum, &word(1), shape),
            "union" if !word(1).is_empty() => self.named(Kind::Union, &word(1), shape),
            "type" => self.named(Kind::Type, &word(1), shape),
            "const" | "static" => {
                let name = if word(1) == "mut" { 2 } else { 1 };
                let kind = if first == "const" { Kind::Const } else { Kind::Static };
                self.named(kind, &word(name), shape);
            }
            "trait" => {
                let members = match shape.rest.last() {
                    Some(TokenTree::Group(body)) => self.members(body),
                    _ => Vec::new(),
                };
                self.named(Kind::Trait(members), &word(1), shape);
            }
            "impl" => self.implementation(shape),
            "mod" => self.module(shape, &word(1)),
            "use" => self.import(shape),
            "extern" if word(1) == "crate" => {
                let as_at =
                    shape.rest.iter().position(|token| matches!(token, TokenTree::Ident(it) if it == "as"));
                let name = &word(as_at.map_or(2, |at| at + 1));
                self.named(Kind::ExternCrate, name, shape);
            }
            "extern" => {
                let members = match shape.rest.last() {
                    Some(TokenTree::Group(body)) => self.members(body),
                    _ => Vec::new(),
                };
                self.named(Kind::Foreign(members), "", shape);
            }
            "macro_rules" if is_sign(shape.rest.get(1), '!') => {
                self.definition(&word(2), shape);
            }
            "macro" if !word(1).is_empty() => self.definition(&word(1), shape),
            _ => match shape.rest.iter().position(|token| is_sign(Some(token), '!')) {
                Some(bang) if macro_path(&shape.rest[..=bang]).is_some() => self.call(shape, bang),
                _ => self.named(Kind::Unknown, "", shape),
            },
        }
    }

    /// Returns the names of functions, constants and types in a trait or an `extern` block, and every word of the macro
    /// calls there.
    fn members(&mut self, body: &Group) -> Vec<Name> {
        let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
        let mut found = Vec::new();
        let mut rest = tokens.as_slice();
        while !rest.is_empty() {
            let (shape, after) = item(rest);
            rest = after;
            let mut words = shape.rest.iter().filter_map(|token| match token {
                TokenTree::Ident(ident) => Some(ident.to_string()),
                _ => None,
            });
            match words.next().as_deref() {
                Some("fn" | "type" | "const" | "static") => {
                    let name = words.find(|word| word != "mut").unwrap_or_default();
                    found.push(self.file.names.of_text(&name));
                }
                _ => tokens::all_idents(shape.rest, &mut self.file.names, &mut found),
            }
        }
        found
    }

    fn named(&mut self, kind: Kind, name: &str, shape: &Shape<'_>) {
        let name = self.file.names.of_text(name);
        let read = match kind {
            Kind::Fn => {
                let parameters = parameters::of_function(shape.all, &mut self.file.names);
                tokens::read_function(shape.all, &mut self.file.names, parameters)
            }
            _ => tokens::read(shape.all, &mut self.file.names, false),
        };
        self.push(kind, name, String::new(), shape.all, read);
    }

    /// Adds a macro definition. Every identifier in it may be a name.
    fn definition(&mut self, name: &str, shape: &Shape<'_>) {
        let number = self.file.names.of_text(name);
        let is_name = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == name);
        let body = shape.rest.iter().position(is_name).map_or(0, |at| at + 1);
        let head = &shape.all[..shape.all.len() - shape.rest.len() + body];
        let head = tokens::read(head, &mut self.file.names, false);
        let mut read = tokens::read(&shape.rest[body..], &mut self.file.names, true);
        let mut hasher = blake3::Hasher::new();
        hasher.update(head.hash.as_bytes()).update(read.hash.as_bytes());
        read.hash = hasher.finalize();
        // The head, `macro_rules! name`, mentions no items, but its attributes may.
        let attributes = &shape.all[..shape.all.len() - shape.rest.len()];
        let attributes = tokens::read(attributes, &mut self.file.names, false).words;
        read.words.idents.extend(attributes.idents);
        read.words.idents.sort_unstable();
        read.words.idents.dedup();
        read.words.attributes.extend(attributes.attributes);
        self.push(Kind::MacroRules, number, String::new(), shape.all, read);
    }

    fn implementation(&mut self, shape: &Shape<'_>) {
        let body = shape.rest.iter().rposition(
            |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
        );
        let header = &shape.rest[1..body.unwrap_or(shape.rest.len())];
        let kind = Kind::Impl(self.header(header));
        let title = spaced(header);
        let read = tokens::read(shape.all, &mut self.file.names, false);
        self.push(kind, 0, title, shape.all, read);
    }

    fn header(&mut self, tokens: &[TokenTree]) -> Header {
        let mut header = Header::default();
        let mut rest = tokens;
        if is_sign(rest.first(), '<') {
            let end = angle_end(rest);
            for parameter in top_level(&rest[1..end.saturating_sub(1)], ',') {
                let name = parameter.iter().find_map(|token| match token {
                    TokenTree::Ident(ident) if ident != "const" => Some(ident.to_string()),
                    _ => None,
                });
                header.generics.extend(name.map(|name| self.file.names.of_text(&name)));
            }
            rest = &rest[end..];
        }
        let before_bounds = rest
            .iter()
            .position(|token| matches!(token, TokenTree::Ident(ident) if ident == "where"))
            .unwrap_or(rest.len());
        let rest = &rest[..before_bounds];
        let mut depth = 0_i32;
        let mut split_at = None;
        for (i, token) in rest.iter().enumerate() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
                TokenTree::Punct(punct)
                    if punct.as_char() == '>' && !is_sign(i.checked_sub(1).map(|i| &rest[i]), '-') =>
                {
                    depth -= 1
                }
                TokenTree::Ident(ident) if depth == 0 && ident == "for" && !is_sign(rest.get(i + 1), '<') => {
                    split_at = Some(i);
                }
                _ => {}
            }
        }
        let ty = match split_at {
            Some(at) => {
                let of = &rest[..at];
                let of = match of {
                    [TokenTree::Punct(bang), after @ ..] if bang.as_char() == '!' => after,
                    [TokenTree::Ident(word), after @ ..] if word == "const" => after,
                    all => all,
                };
                let path = leading_path(of);
                let length = path.len() + path.len().saturating_sub(1) * 2;
                header.of_trait = Some(path.iter().map(|ident| self.number(ident)).collect());
                let arguments = of.get(length..).unwrap_or_default();
                let argument = leading_path(arguments.get(1..).unwrap_or_default());
                header.argument =
                    (!argument.is_empty()).then(|| argument.iter().map(|ident| self.number(ident)).collect());
                &rest[at + 1..]
            }
            None => rest,
        };
        let ty = match ty {
            [TokenTree::Ident(word), after @ ..] if word == "dyn" => after,
            all => all,
        };
        let path = leading_path(ty);
        header.head = (!path.is_empty()).then(|| path.iter().map(|ident| self.number(ident)).collect());
        header
    }

    fn number(&mut self, ident: &proc_macro2::Ident) -> Name {
        let text = ident.to_string();
        self.file.names.of_text(&text)
    }

    fn module(&mut self, shape: &Shape<'_>, name: &str) {
        let name = name.strip_prefix("r#").unwrap_or(name).to_owned();
        let body = match shape.rest.last() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        };
        let (mut paths, mut conditional) = (Vec::new(), false);
        for attribute in &shape.attributes {
            paths_of(attribute, false, &mut paths, &mut conditional);
        }
        // The attributes and the declaration, without the content.
        let header = match body {
            Some(_) => &shape.all[..shape.all.len() - 1],
            None => shape.all,
        };
        let number = self.file.names.number(&name);
        let read = tokens::read(header, &mut self.file.names, false);
        self.push(Kind::Module, number, String::new(), header, read);
        match body {
            Some(body) => {
                let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
                self.modules.push(number);
                self.around.push(Around { name, paths, conditional });
                self.items(&tokens);
                self.around.pop();
                self.modules.pop();
            }
            None => {
                let around = self.around.clone();
                self.file.modules.push(ModuleFile { name, around, paths, conditional });
            }
        }
    }

    fn import(&mut self, shape: &Shape<'_>) {
        let tree = match shape.rest {
            [_, tree @ .., TokenTree::Punct(_)] => tree,
            [_, tree @ ..] => tree,
            [] => return,
        };
        // Conditions and visibility influence what a name refers to.
        let before = &shape.all[..shape.all.len() - shape.rest.len()];
        let conditions = tokens::read(before, &mut self.file.names, false);
        let rooted = is_sign(tree.first(), ':');
        let line = line_of(shape.rest.first());
        let mut found = Vec::new();
        self.tree(tree, &mut Vec::new(), &mut found);
        for Leaf { path, bound, glob, of_self, rooted: inner } in found {
            let names = |path: &[Name]| {
                let texts: Vec<&str> = path.iter().map(|name| self.file.names.text(*name)).collect();
                texts.join("::")
            };
            let rooted = rooted || inner;
            let mut title = format!("{}{}", if rooted { "::" } else { "" }, names(&path));
            if of_self {
                title.push_str("::{self}");
            }
            if glob {
                title.push_str(if title.is_empty() { "*" } else { "::*" });
            } else if path.last() != Some(&bound) {
                title = format!("{title} as {}", if bound == 0 { "_" } else { self.file.names.text(bound) });
            }
            let mut hasher = blake3::Hasher::new();
            hasher.update(title.as_bytes()).update(&[0]).update(conditions.hash.as_bytes());
            let mut words = conditions.words.clone();
            words.idents.extend(path.iter().copied());
            words.idents.sort_unstable();
            words.idents.dedup();
            self.file.items.push(Item {
                kind: Kind::Import(Import { path, bound, glob, rooted }),
                name: bound,
                title,
                modules: self.modules.clone(),
                line,
                hash: *hasher.finalize().as_bytes(),
                docs: None,
                tasks: None,
                face: Face::default(),
                words,
            });
        }
    }

    fn tree(&mut self, tokens: &[TokenTree], path: &mut Vec<Name>, found: &mut Vec<Leaf>) {
        let depth = path.len();
        let rooted = is_sign(tokens.first(), ':');
        let mut rest = tokens;
        let (mut bound, mut of_self) = (None, false);
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    bound = rest.first().map(|token| match token {
                        TokenTree::Ident(name) if name != "_" => self.number(name),
                        _ => 0,
                    });
                    break;
                }
                TokenTree::Ident(word) => {
                    let name = self.number(word);
                    // `{self}` is the path before it.
                    if word != "self" || depth == 0 && path.is_empty() {
                        path.push(name);
                    } else {
                        of_self = true;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    found.push(Leaf { path: path.clone(), bound: 0, glob: true, of_self, rooted });
                    path.truncate(depth);
                    return;
                }
                TokenTree::Group(group) => {
                    let body: Vec<TokenTree> = group.stream().into_iter().collect();
                    for tree in split(&body, ',').filter(|tree| !tree.is_empty()) {
                        self.tree(tree, path, found);
                    }
                    path.truncate(depth);
                    return;
                }
                _ => {}
            }
        }
        let bound = bound.unwrap_or_else(|| path.last().copied().unwrap_or_default());
        found.push(Leaf { path: path.clone(), bound, glob: false, of_self, rooted });
        path.truncate(depth);
    }

    fn call(&mut self, shape: &Shape<'_>, bang: usize) {
        let path = macro_path(&shape.rest[..=bang]).unwrap_or_default();
        let called = path.last().map(|ident| ident.to_string()).unwrap_or_default();
        let defined = match (called.as_str(), shape.rest.iter().find_map(as_group)) {
            ("scenario", Some(body)) => {
                let name = word_before_brace(body);
                let inputs = format!("{name}Inputs");
                vec![self.file.names.number(&name), self.file.names.number(&inputs)]
            }
            _ => Vec::new(),
        };
        let read = tokens::read(shape.all, &mut self.file.names, false);
        self.push(Kind::Call(defined), 0, format!("{called}!"), shape.all, read);
    }

    fn push(&mut self, kind: Kind, name: Name, title: String, all: &[TokenTree], read: Read) {
        let index = self.file.items.len();
        let keyword = match kind {
            Kind::Fn | Kind::Impl(_) | Kind::Struct | Kind::Enum | Kind::Trait(_) | Kind::Union => {
                all.iter().position(|token| {
                    matches!(token, TokenTree::Ident(ident) if ["fn", "impl", "struct", "enum", "trait", "union"].iter().any(|it| ident == it))
                })
            }
            _ => None,
        };
        let line =
            line_of(keyword.map_or_else(
                || all.iter().find(|token| matches!(token, TokenTree::Ident(_))),
                |at| all.get(at),
            ));
        let own = (kind == Kind::Fn).then_some(keyword).flatten();
        let face = own.map(|at| Face::read(all, at)).unwrap_or_default();
        let is_code = !matches!(kind, Kind::Module | Kind::Attributes | Kind::MacroRules);
        self.file.items.push(Item {
            kind,
            name,
            title,
            modules: self.modules.clone(),
            line,
            hash: *read.hash.as_bytes(),
            docs: read.docs.map(|docs| *docs.as_bytes()),
            tasks: read.tasks.map(|tasks| *tasks.as_bytes()),
            face,
            words: read.words,
        });
        if is_code {
            let mut inner = Inner::default();
            inside(all, 0, &mut inner);
            self.inner(index, own.is_some(), inner);
        }
    }

    /// Adds the contents of an item that have an effect outside of it: implementations, exported macros and module
    /// files.
    fn inner(&mut self, index: usize, is_function: bool, inner: Inner) {
        for (i, (text, line, column, depth)) in inner.functions.iter().enumerate() {
            let earlier = inner.functions[..i].iter().filter(|(other, ..)| other == text).count();
            let name = self.file.names.of_text(text);
            let whole = is_function && i == 0;
            self.file.functions.push(Function {
                name,
                line: *line,
                column: *column,
                depth: *depth,
                item: index,
                whole,
                earlier,
            });
        }
        for (name, paths, conditional) in inner.modules {
            let around = self.around.clone();
            self.file.modules.push(ModuleFile { name, around, paths, conditional });
        }
        for (name, line, body) in inner.macros {
            // It may have `#[macro_export]`.
            let name = self.file.names.of_text(&name);
            let read = tokens::read(&body, &mut self.file.names, true);
            self.file.items.push(Item {
                kind: Kind::MacroRules,
                name,
                title: String::new(),
                modules: self.modules.clone(),
                line,
                hash: *read.hash.as_bytes(),
                docs: None,
                tasks: None,
                face: Face::default(),
                words: read.words,
            });
        }
        for (header, line) in inner.headers {
            let mut kind = self.header(&header);
            let outer = &self.file.items[index];
            let defined = |name: &Name| outer.words.defined.binary_search(name).is_ok();
            kind.nested = true;
            kind.private = matches!(kind.head.as_deref(), Some([name]) if defined(name));
            let twin =
                Item { kind: Kind::Impl(kind), name: 0, title: spaced(&header), line, ..outer.clone() };
            self.file.items.push(twin);
        }
    }
}

/// The functions, implementations, modules and macros inside an item.
#[derive(Default)]
struct Inner {
    /// Name, line, column and depth.
    functions: Vec<(String, usize, usize, usize)>,
    headers: Vec<(Vec<TokenTree>, u32)>,
    modules: Vec<(String, Vec<String>, bool)>,
    /// Macro definitions: name, line and body.
    macros: Vec<(String, u32, Vec<TokenTree>)>,
}

/// Finds functions, implementations, modules and macros anywhere in the tokens, including macro arguments. `depth` is the
/// number of groups around the tokens in their item.
fn inside(tokens: &[TokenTree], depth: usize, found: &mut Inner) {
    let top = depth == 0;
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "fn" => {
                if let Some(TokenTree::Ident(name)) = tokens.get(i + 1) {
                    let start = name.span().start();
                    found.functions.push((name.to_string(), start.line, start.column, depth));
                }
            }
            TokenTree::Ident(word) if word == "macro_rules" && !top && is_sign(tokens.get(i + 1), '!') => {
                if let (Some(TokenTree::Ident(name)), Some(body)) =
                    (tokens.get(i + 2), tokens.get(i + 3).and_then(as_group))
                {
                    let body = body.stream().into_iter().collect();
                    found.macros.push((name.to_string(), line_of(Some(token)), body));
                }
            }
            TokenTree::Ident(word) if word == "impl" && !top && begins_item(tokens, i) => {
                let rest = &tokens[i + 1..];
                let end = rest.iter().position(
                    |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
                );
                found.headers.push((rest[..end.unwrap_or(rest.len())].to_vec(), line_of(Some(token))));
            }
            TokenTree::Ident(word) if word == "mod" && !top => {
                if let (Some(TokenTree::Ident(name)), true) =
                    (tokens.get(i + 1), is_sign(tokens.get(i + 2), ';'))
                {
                    let (mut paths, mut conditional) = (Vec::new(), false);
                    let mut before = i;
                    while before >= 2 && is_sign(tokens.get(before - 2), '#') {
                        if let Some(group) = as_group(&tokens[before - 1]) {
                            let body: Vec<TokenTree> = group.stream().into_iter().collect();
                            paths_of(&body, false, &mut paths, &mut conditional);
                        }
                        before -= 2;
                    }
                    found.modules.push((name.to_string(), paths, conditional));
                }
            }
            TokenTree::Group(group) => {
                let body: Vec<TokenTree> = group.stream().into_iter().collect();
                inside(&body, depth + 1, found);
            }
            _ => {}
        }
    }
}

/// Returns whether an `impl` begins an item. In a type, `impl` follows a punctuation character.
fn begins_item(tokens: &[TokenTree], i: usize) -> bool {
    match i.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Ident(word)) => word == "unsafe" || word == "default" || word == "const",
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::Parenthesis,
        Some(TokenTree::Literal(_)) => true,
    }
}

/// Splits the first item off the tokens.
fn item(tokens: &[TokenTree]) -> (Shape<'_>, &[TokenTree]) {
    let mut at = 0;
    let mut attributes = Vec::new();
    while is_sign(tokens.get(at), '#') {
        let inner = usize::from(is_sign(tokens.get(at + 1), '!'));
        let Some(group) = group_at(tokens, at + 1 + inner, Delimiter::Bracket) else { break };
        attributes.push(group.stream().into_iter().collect());
        at += 2 + inner;
    }
    let word = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        _ => String::new(),
    };
    if word(at) == "pub" {
        at += 1;
        if group_at(tokens, at, Delimiter::Parenthesis).is_some() {
            at += 1;
        }
    }
    // Skips qualifiers: `const fn`, `unsafe extern "C" fn`, `default impl`. `const NAME` and `extern crate` are items.
    loop {
        let next = word(at + 1);
        match word(at).as_str() {
            "default" | "async" | "unsafe" | "auto" | "safe" | "gen"
                if !next.is_empty() || as_literal(tokens.get(at + 1)) =>
            {
                at += 1
            }
            "const" if ["fn", "unsafe", "async", "extern", "trait", "impl"].contains(&next.as_str()) => {
                at += 1
            }
            "extern" if next == "fn" => at += 1,
            "extern" if as_literal(tokens.get(at + 1)) && word(at + 2) == "fn" => at += 2,
            _ => break,
        }
    }
    let first = word(at);
    let ends_with_semicolon = ["use", "type", "const", "static"].contains(&first.as_str())
        || (first == "extern" && word(at + 1) == "crate");
    let mut angles = 0_i32;
    let mut end = at;
    let is_call = !ends_with_semicolon
        && tokens[at.min(tokens.len())..].iter().take(12).any(|token| is_sign(Some(token), '!'))
        && !["fn", "impl", "trait", "struct", "enum", "mod", "union"].contains(&first.as_str());
    while let Some(token) = tokens.get(end) {
        end += 1;
        match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => break,
                '<' => angles += 1,
                '>' if !is_sign(end.checked_sub(2).and_then(|i| tokens.get(i)), '-') => angles -= 1,
                _ => {}
            },
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace
                    && !ends_with_semicolon
                    && (angles <= 0 || is_call) =>
            {
                break;
            }
            _ => {}
        }
    }
    (Shape { all: &tokens[..end], rest: &tokens[at.min(end)..end], attributes }, &tokens[end..])
}

fn as_literal(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Literal(_)))
}

fn as_group(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) => Some(group),
        _ => None,
    }
}

fn group_at(tokens: &[TokenTree], at: usize, delimiter: Delimiter) -> Option<&Group> {
    tokens.get(at).and_then(as_group).filter(|group| group.delimiter() == delimiter)
}

/// Returns the number of tokens of the leading `<…>`.
fn angle_end(tokens: &[TokenTree]) -> usize {
    let mut depth = 0_i32;
    for (i, token) in tokens.iter().enumerate() {
        if is_sign(Some(token), '<') {
            depth += 1;
        } else if is_sign(Some(token), '>') && !is_sign(i.checked_sub(1).map(|i| &tokens[i]), '-') {
            depth -= 1;
            if depth == 0 {
                return i + 1;
            }
        }
    }
    tokens.len()
}

/// Splits the tokens at a punctuation character, except inside `<…>`.
fn top_level(tokens: &[TokenTree], sign: char) -> Vec<&[TokenTree]> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (i, token) in tokens.iter().enumerate() {
        if is_sign(Some(token), '<') {
            depth += 1;
        } else if is_sign(Some(token), '>') {
            depth -= i32::from(!is_sign(i.checked_sub(1).map(|i| &tokens[i]), '-'));
        } else if depth == 0 && is_sign(Some(token), sign) {
            parts.push(&tokens[start..i]);
            start = i + 1;
        }
    }
    parts.push(&tokens[start..]);
    parts
}

fn line_of(token: Option<&TokenTree>) -> u32 {
    token.map_or(1, |token| token.span().start().line as u32)
}

/// Returns whether the attribute is exactly `#[cfg(test)]`.
fn is_test_only(attribute: &[TokenTree]) -> bool {
    match attribute {
        [TokenTree::Ident(name), TokenTree::Group(group)] => {
            name == "cfg" && group.stream().to_string() == "test"
        }
        _ => false,
    }
}

/// Collects the files that `#[path = "…"]` names, also inside `cfg_attr`.
fn paths_of(attribute: &[TokenTree], conditional: bool, found: &mut Vec<String>, any_conditional: &mut bool) {
    match attribute {
        [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(text)] if name == "path" => {
            found.extend(tokens::text_of(text));
            *any_conditional |= conditional;
        }
        [TokenTree::Ident(name), TokenTree::Group(group)] if name == "cfg_attr" => {
            let body: Vec<TokenTree> = group.stream().into_iter().collect();
            split(&body, ',').skip(1).for_each(|attribute| paths_of(attribute, true, found, any_conditional));
        }
        _ => {}
    }
}

/// Returns the name of a scenario: the last word before its statements or before `from`.
fn word_before_brace(body: &Group) -> String {
    let mut last = String::new();
    for token in body.stream() {
        match token {
            TokenTree::Ident(word) if word == "from" => break,
            TokenTree::Ident(word) => last = word.to_string(),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                break;
            }
            _ => {}
        }
    }
    last
}

/// Formats tokens as in an ordinary `impl` header.
fn spaced(tokens: &[TokenTree]) -> String {
    let mut text: String = tokens.iter().map(|token| format!("{token} ")).collect();
    for (from, to) in [
        (" : : ", "::"),
        (": : ", "::"),
        (" < ", "<"),
        (" > ", "> "),
        ("& ", "&"),
        (" ,", ","),
        (" > ", "> "),
    ] {
        text = text.replace(from, to);
    }
    let text = text.replace(" >", ">");
    match text.strip_prefix('<').or_else(|| text.strip_prefix("< ")) {
        // Drops the generic parameters.
        Some(_) => {
            let end = angle_end(tokens);
            spaced(&tokens[end..])
        }
        None => text.trim().to_owned(),
    }
}
