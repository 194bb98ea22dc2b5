//! Tokens as a hash, and as the words that decide what they reach.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use rustc_hash::FxHashMap;

/// The number of a name in a [`Names`] table.
pub(crate) type Name = u32;

/// Names by number. Number 0 is the empty name.
#[derive(Debug)]
pub(crate) struct Names {
    numbers: FxHashMap<Box<str>, Name>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn new() -> Names {
        let mut names = Names { numbers: FxHashMap::default(), texts: Vec::new() };
        names.number("");
        names
    }

    pub(crate) fn number(&mut self, text: &str) -> Name {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as Name;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The number of an identifier, which is the same with and without `r#`, and for every way to write its letters
    /// (the compiler takes Normalization Form C).
    pub(crate) fn of(&mut self, ident: &Ident) -> Name {
        let text = ident.to_string();
        self.of_text(&text)
    }

    /// The same of an identifier's text.
    pub(crate) fn of_text(&mut self, text: &str) -> Name {
        let text = text.strip_prefix("r#").unwrap_or(text);
        if text.is_ascii() {
            return self.number(text);
        }
        let normal: String = unicode_normalization::UnicodeNormalization::nfc(text).collect();
        self.number(&normal)
    }

    pub(crate) fn known(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn text(&self, name: Name) -> &str {
        &self.texts[name as usize]
    }

    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}

/// What a piece of code mentions. Lists are sorted, each entry once, after [`Words::finish`].
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// Every identifier that may name an item, in any position: not fields behind a single dot, and not the
    /// labels of fields and parameters (`name: …`), where the grammar leaves no room for the name of an item.
    pub(crate) idents: Vec<Name>,
    /// Names behind a single dot: fields and methods.
    pub(crate) members: Vec<Name>,
    /// Labels and members inside of calls of macros that are named like one of the standard library's. They are
    /// identifiers where the package has a macro of that name.
    pub(crate) loose: Vec<Name>,
    /// Words of string literals outside of attributes and macro calls.
    pub(crate) quoted: Vec<Name>,
    /// String literals in attributes and macro calls: they may name files and variables.
    pub(crate) texts: Vec<Name>,
    /// The names behind `fn`, `struct`, `enum` and so on.
    pub(crate) defined: Vec<Name>,
    /// Calls of macros.
    pub(crate) calls: Vec<MacroCall>,
    /// Attributes that may be macros, and derives.
    pub(crate) attributes: Vec<AttributeUse>,
    /// The variables that `env!` and `option_env!` read: `None` for what a macro is given, 0 where the name can't be
    /// told.
    pub(crate) variables: Vec<Option<Name>>,
    pub(crate) includes: Vec<Include>,
}

/// The call of a macro.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MacroCall {
    /// The path before the `!`.
    pub(crate) path: Vec<Name>,
    /// Every identifier of its arguments.
    pub(crate) arguments: Vec<Name>,
}

/// An attribute that is not the language's own, or one of the macros of a `derive`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AttributeUse {
    pub(crate) path: Vec<Name>,
    pub(crate) derive: bool,
    /// Whether it stands at the item itself, not at a field or variant of it.
    pub(crate) outermost: bool,
}

/// A call of `include!`, `include_str!` or `include_bytes!`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Include {
    /// Whether the file is code.
    pub(crate) code: bool,
    /// The path in pieces; `None` where it can't be told from the arguments.
    pub(crate) path: Option<Vec<Piece>>,
}

/// A piece of a path that a macro puts together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// What a macro is given.
    Given,
    Text(Name),
    Variable(Name),
}

impl Words {
    fn finish(&mut self) {
        for list in [
            &mut self.idents,
            &mut self.members,
            &mut self.loose,
            &mut self.quoted,
            &mut self.texts,
            &mut self.defined,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        self.calls.sort();
        self.calls.dedup();
        self.attributes.sort();
        self.attributes.dedup();
        self.variables.sort_unstable();
        self.variables.dedup();
        self.includes.sort();
        self.includes.dedup();
    }

    pub(crate) fn mentions(&self, name: Name) -> bool {
        self.idents.binary_search(&name).is_ok()
    }
}

/// The hash of code and its words.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) hash: blake3::Hash,
    /// The hash of the documentation in it, where there is some.
    pub(crate) docs: Option<blake3::Hash>,
    /// The hash of attributes named `task` in it, where there are some: which of them are ours is known later.
    pub(crate) tasks: Option<blake3::Hash>,
    pub(crate) words: Words,
}

/// Reads code. With `call`, as the arguments of a macro: every identifier may be a name.
pub(crate) fn read(tokens: &[TokenTree], names: &mut Names, call: bool) -> Read {
    let mut reader = Reader {
        names,
        words: Words::default(),
        docs: None,
        tasks: None,
        buffer: Vec::with_capacity(256),
        depth: 0,
    };
    let mut hasher = blake3::Hasher::new();
    reader.walk(tokens, if call { Place::Call } else { Place::Code });
    hasher.update(&reader.buffer);
    let mut words = reader.words;
    words.finish();
    Read {
        hash: hasher.finalize(),
        docs: reader.docs.map(|docs| docs.finalize()),
        tasks: reader.tasks.map(|tasks| tasks.finalize()),
        words,
    }
}

/// Where a token stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    /// In the arguments of a macro that is named like one of the standard library's.
    Standard,
    Attribute,
    /// In the arguments of a macro, or in the definition of one.
    Call,
}

struct Reader<'a> {
    names: &'a mut Names,
    words: Words,
    docs: Option<blake3::Hasher>,
    tasks: Option<blake3::Hasher>,
    /// What is hashed: a tag, a length and a text for each token.
    buffer: Vec<u8>,
    /// How many groups are around.
    depth: usize,
}

impl Reader<'_> {
    fn part(&mut self, tag: u8, text: &str) {
        self.buffer.push(tag);
        self.buffer.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn walk(&mut self, tokens: &[TokenTree], place: Place) {
        let mut skipped = 0;
        // Between `where` and the end of the header, `Name:` names a type.
        let mut bounds = false;
        for (i, token) in tokens.iter().enumerate() {
            if skipped > 0 {
                skipped -= 1;
                continue;
            }
            match token {
                TokenTree::Punct(punct) => {
                    let sign = punct.as_char();
                    if sign == '#'
                        && place == Place::Call
                        && let Some(TokenTree::Group(group)) = tokens.get(i + 1)
                        && group.delimiter() == Delimiter::Bracket
                    {
                        let body: Vec<TokenTree> = group.stream().into_iter().collect();
                        self.macros_of(&body);
                    }
                    if sign == '#' && place != Place::Call {
                        let inner = usize::from(is_sign(tokens.get(i + 1), '!'));
                        if let Some(TokenTree::Group(group)) = tokens.get(i + 1 + inner)
                            && group.delimiter() == Delimiter::Bracket
                        {
                            let body: Vec<TokenTree> = group.stream().into_iter().collect();
                            let body = without_view(body);
                            if body.is_empty() || self.attribute(&body) {
                                skipped = 1 + inner;
                                continue;
                            }
                            self.part(b'p', if inner == 1 { "#!" } else { "#" });
                            self.group(&body, Delimiter::Bracket, Place::Attribute);
                            skipped = 1 + inner;
                            continue;
                        }
                    }
                    if sign == ';' {
                        bounds = false;
                    }
                    // Whether two signs are one operator is meaning; whether a sign touches a word is not.
                    let operator = punct.spacing() == Spacing::Joint
                        && matches!(tokens.get(i + 1), Some(TokenTree::Punct(next)) if is_operator(sign, next.as_char()));
                    self.part(if operator { b'j' } else { b'p' }, sign.encode_utf8(&mut [0; 4]));
                }
                TokenTree::Ident(ident) => {
                    let text = ident.to_string();
                    self.part(b'i', &text);
                    bounds |= text == "where";
                    let name = self.names.of_text(&text);
                    self.ident(name, tokens, i, place, bounds);
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    self.part(b'l', &text);
                    if text.ends_with(['"', '#']) || text.contains('"') {
                        self.literal(literal, place);
                    }
                }
                TokenTree::Group(group) => {
                    let body: Vec<TokenTree> = group.stream().into_iter().collect();
                    if group.delimiter() == Delimiter::Brace {
                        bounds = false;
                    }
                    let inside = match macro_path(&tokens[..i]) {
                        Some(path) => {
                            let mut path: Vec<Name> = path.iter().map(|ident| self.names.of(ident)).collect();
                            if is_callback(&tokens[..i]) {
                                path = vec![self.names.number(CALLBACK)];
                            }
                            self.call(path, &body, place)
                        }
                        None => place,
                    };
                    self.group(&body, group.delimiter(), inside);
                }
            }
        }
    }

    fn group(&mut self, body: &[TokenTree], delimiter: Delimiter, place: Place) {
        self.part(
            b'g',
            match delimiter {
                Delimiter::Parenthesis => "(",
                Delimiter::Bracket => "[",
                Delimiter::Brace => "{",
                Delimiter::None => "",
            },
        );
        self.depth += 1;
        self.walk(body, place);
        self.depth -= 1;
        self.part(b'e', "");
    }

    fn ident(&mut self, name: Name, tokens: &[TokenTree], i: usize, place: Place, bounds: bool) {
        // What it defines is no mention of something else.
        let mut defines = false;
        if i > 0
            && let TokenTree::Ident(before) = &tokens[i - 1]
            && DEFINERS.iter().any(|word| before == word)
        {
            self.words.defined.push(name);
            // `*const Name` is one.
            defines = before != "const" && before != "static";
        }
        let member = is_member(&tokens[..i]);
        let label = !bounds && is_label(tokens, i);
        match place {
            Place::Call => {
                self.words.idents.push(name);
                self.words.members.push(name);
            }
            _ if member || label => {
                if member {
                    self.words.members.push(name);
                }
                if place == Place::Standard {
                    self.words.loose.push(name);
                }
            }
            _ if defines => {}
            _ => self.words.idents.push(name),
        }
    }

    /// Notes what an attribute is. Whether it is silent: it does not count as code.
    fn attribute(&mut self, body: &[TokenTree]) -> bool {
        let path = leading_path(body);
        let Some(last) = path.last() else { return false };
        let text = last.to_string();
        if path.len() == 1 {
            match text.as_str() {
                "doc" => {
                    let mut docs = self.docs.take().unwrap_or_default();
                    for token in body {
                        docs.update(token.to_string().as_bytes());
                    }
                    self.docs = Some(docs);
                    return true;
                }
                "allow" | "warn" | "deny" | "forbid" | "expect" => return true,
                _ => {}
            }
        }
        if text == "task" && (path.len() == 1 || (path.len() == 2 && path[0] == "skipstone")) {
            let mut tasks = self.tasks.take().unwrap_or_default();
            for token in body {
                tasks.update(token.to_string().as_bytes());
            }
            self.tasks = Some(tasks);
            return true;
        }
        self.macros_of(body);
        false
    }

    /// Notes the macros that an attribute calls, also behind conditions.
    fn macros_of(&mut self, body: &[TokenTree]) {
        // `#[$crate::name]` in a macro; `#[$given]` is what stands in the macro's call.
        let body = match body {
            [TokenTree::Punct(dollar), rest @ ..] if dollar.as_char() == '$' => match rest.first() {
                Some(TokenTree::Ident(word)) if word == "crate" => rest,
                _ => return,
            },
            all => all,
        };
        let path = leading_path(body);
        let text = path.iter().map(ToString::to_string).collect::<Vec<_>>().join("::");
        let arguments = body.iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                Some(group.stream().into_iter().collect::<Vec<_>>())
            }
            _ => None,
        });
        match (text.as_str(), arguments) {
            ("derive", Some(arguments)) => {
                for derive in split(&arguments, ',') {
                    let path: Vec<Name> =
                        leading_path(derive).iter().map(|ident| self.names.of(ident)).collect();
                    if !path.is_empty() {
                        let outermost = self.depth == 0;
                        self.words.attributes.push(AttributeUse { path, derive: true, outermost });
                    }
                }
            }
            ("cfg_attr", Some(arguments)) => {
                split(&arguments, ',').skip(1).for_each(|attribute| self.macros_of(attribute))
            }
            ("unsafe", Some(arguments)) => self.macros_of(&arguments),
            (name, _) if BUILT_IN.contains(&name) => {}
            _ if path.first().is_some_and(|first| TOOLS.iter().any(|tool| first == tool)) => {}
            _ => {
                let path: Vec<Name> = path.iter().map(|ident| self.names.of(ident)).collect();
                if !path.is_empty() {
                    let outermost = self.depth == 0;
                    self.words.attributes.push(AttributeUse { path, derive: false, outermost });
                }
            }
        }
    }

    /// Notes a macro's call; how its arguments are to be read.
    fn call(&mut self, path: Vec<Name>, body: &[TokenTree], place: Place) -> Place {
        let last = path.last().copied().unwrap_or_default();
        let name = self.names.text(last).to_owned();
        match name.as_str() {
            "include" | "include_str" | "include_bytes" => {
                let path = self.pieces(body);
                self.words.includes.push(Include { code: name == "include", path });
            }
            "env" | "option_env" => {
                let first = split(body, ',').next().unwrap_or_default();
                let variable = match self.pieces(first) {
                    Some(pieces) if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) => {
                        let text: String = pieces
                            .iter()
                            .map(|piece| match piece {
                                Piece::Text(text) | Piece::Variable(text) => self.names.text(*text),
                                Piece::Given => "",
                            })
                            .collect();
                        Some(self.names.number(&text))
                    }
                    _ => match first {
                        // What a macro is given there.
                        [TokenTree::Punct(dollar), TokenTree::Ident(_)] if dollar.as_char() == '$' => None,
                        _ => Some(0),
                    },
                };
                self.words.variables.push(variable);
            }
            _ => {}
        }
        let mut arguments = Vec::new();
        all_idents(body, self.names, &mut arguments);
        arguments.sort_unstable();
        arguments.dedup();
        let standard = STANDARD.contains(&name.as_str());
        self.words.calls.push(MacroCall { path, arguments });
        match place {
            Place::Call => Place::Call,
            _ if standard => Place::Standard,
            _ => Place::Call,
        }
    }

    /// The pieces of a path that `concat!`, `env!` and literals make; `None` where anything else is in it.
    fn pieces(&mut self, tokens: &[TokenTree]) -> Option<Vec<Piece>> {
        let mut found = Vec::new();
        let tokens = match tokens {
            [rest @ .., TokenTree::Punct(punct)] if punct.as_char() == ',' => rest,
            all => all,
        };
        match tokens {
            [TokenTree::Literal(literal)] => {
                let text = match text_of(literal) {
                    Some(text) => text,
                    // `concat!` takes numbers as they are written, without their suffix.
                    None if literal.to_string().chars().all(|letter| letter.is_ascii_digit()) => {
                        literal.to_string()
                    }
                    None => return None,
                };
                found.push(Piece::Text(self.names.number(&text)));
            }
            [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group)]
                if bang.as_char() == '!' =>
            {
                let body: Vec<TokenTree> = group.stream().into_iter().collect();
                if name == "concat" {
                    for piece in split(&body, ',').filter(|piece| !piece.is_empty()) {
                        found.extend(self.pieces(piece)?);
                    }
                } else if name == "env" {
                    match self.pieces(split(&body, ',').next()?)?[..] {
                        [Piece::Text(variable)] => found.push(Piece::Variable(variable)),
                        _ => return None,
                    }
                } else {
                    return None;
                }
            }
            [TokenTree::Punct(dollar), TokenTree::Ident(_)] if dollar.as_char() == '$' => {
                found.push(Piece::Given);
            }
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
                let body: Vec<TokenTree> = group.stream().into_iter().collect();
                found = self.pieces(&body)?;
            }
            _ => return None,
        }
        Some(found)
    }

    fn literal(&mut self, literal: &proc_macro2::Literal, place: Place) {
        let Some(text) = text_of(literal) else {
            let raw = literal.to_string();
            words_of(&raw, self.names, &mut self.words.quoted);
            return;
        };
        match place {
            Place::Code => words_of(&text, self.names, &mut self.words.quoted),
            Place::Attribute | Place::Call => words_of(&text, self.names, &mut self.words.idents),
            Place::Standard => words_of(&text, self.names, &mut self.words.quoted),
        }
        if place != Place::Code && text.len() < 256 && !text.is_empty() {
            self.words.texts.push(self.names.number(&text));
        }
        // `{name}`, `{name:?}`, `{:width$}`: whatever stands in braces.
        for inside in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            words_of(inside, self.names, &mut self.words.idents);
        }
    }
}

/// The words before the name of an item.
const DEFINERS: [&str; 10] =
    ["fn", "struct", "enum", "union", "const", "static", "type", "trait", "mod", "macro"];

/// The attribute without `view_of = …` in `row(…)`; nothing, if it says only that. It says which tables the compiler lets a task read, and nothing of what is
/// made of them. So a new column of these tables is no change of their views.
fn without_view(body: Vec<TokenTree>) -> Vec<TokenTree> {
    let [TokenTree::Ident(name), TokenTree::Group(options)] = &body[..] else { return body };
    if name != "row" {
        return body;
    }
    let all: Vec<TokenTree> = options.stream().into_iter().collect();
    let is_view = |option: &&[TokenTree]| matches!(option, [TokenTree::Ident(name), TokenTree::Punct(sign), ..] if name == "view_of" && sign.as_char() == '=');
    let kept: Vec<&[TokenTree]> = split(&all, ',').filter(|option| !is_view(option)).collect();
    let comma = || TokenTree::Punct(Punct::new(',', Spacing::Alone));
    let options_left = kept.join(&comma());
    if options_left.is_empty() && !all.is_empty() {
        return Vec::new();
    }
    vec![body[0].clone(), Group::new(options.delimiter(), options_left.into_iter().collect()).into()]
}

/// Attributes of the language: none of them is a macro that others may define.
pub(crate) const BUILT_IN: [&str; 55] = [
    "allow",
    "automatically_derived",
    "cfg",
    "cold",
    "collapse_debuginfo",
    "crate_name",
    "crate_type",
    "debugger_visualizer",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "export_name",
    "feature",
    "ffi_const",
    "ffi_pure",
    "forbid",
    "ignore",
    "inline",
    "instruction_set",
    "link",
    "link_name",
    "link_ordinal",
    "link_section",
    "macro_export",
    "macro_use",
    "must_use",
    "naked",
    "no_builtins",
    "no_implicit_prelude",
    "no_link",
    "no_main",
    "no_mangle",
    "no_std",
    "non_exhaustive",
    "panic_handler",
    "path",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "recursion_limit",
    "repr",
    "should_panic",
    "target_feature",
    "track_caller",
    "type_length_limit",
    "unsafe",
    "used",
    "warn",
    "windows_subsystem",
    "optimize",
    "coverage",
    "type_const",
    "const_trait",
];

/// Tools whose attributes mean nothing to the compiler.
const TOOLS: [&str; 5] = ["rustfmt", "clippy", "diagnostic", "miri", "rust_analyzer"];

/// Attribute macros of the standard library, which a crate may hide behind others of their names.
pub(crate) const ATTRIBUTES: [&str; 5] = ["bench", "cfg_eval", "derive_const", "global_allocator", "test"];

/// Attributes by which well-known derives are told more.
pub(crate) const HELPERS: [&str; 18] = [
    "arg",
    "backtrace",
    "builder",
    "clap",
    "command",
    "default",
    "error",
    "from",
    "group",
    "kpi",
    "pin",
    "row",
    "serde",
    "source",
    "strum",
    "schemars",
    "schema",
    "value",
];

/// The derives of the language.
pub(crate) const DERIVES: [&str; 9] =
    ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Macros of the standard library, which define no names; files and variables are named by their arguments.
pub(crate) const STANDARD: [&str; 55] = [
    "addr_of",
    "addr_of_mut",
    "asm",
    "assert",
    "assert_eq",
    "assert_matches",
    "assert_ne",
    "cfg",
    "cfg_select",
    "column",
    "compile_error",
    "concat",
    "concat_bytes",
    "concat_idents",
    "const_format_args",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_matches",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "global_asm",
    "include",
    "include_bytes",
    "include_str",
    "is_aarch64_feature_detected",
    "is_x86_feature_detected",
    "join",
    "line",
    "log_syntax",
    "matches",
    "module_path",
    "naked_asm",
    "offset_of",
    "option_env",
    "panic",
    "pin",
    "print",
    "println",
    "ready",
    "stringify",
    "thread_local",
    "todo",
    "trace_macros",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Keywords that an expression with `!` may follow.
const BEFORE_NOT: [&str; 16] = [
    "as", "await", "break", "box", "const", "do", "else", "if", "in", "let", "match", "move", "return",
    "static", "while", "yield",
];

/// Whether a name behind these tokens is a field or a method: behind one dot, not behind `..`.
fn is_member(before: &[TokenTree]) -> bool {
    is_sign(before.last(), '.') && !is_sign(before.len().checked_sub(2).and_then(|i| before.get(i)), '.')
}

/// Whether a name is that of a field, a parameter or a variable: before one colon, where a declaration of one
/// or a field of a struct begins.
fn is_label(tokens: &[TokenTree], i: usize) -> bool {
    if !is_sign(tokens.get(i + 1), ':') || is_sign(tokens.get(i + 2), ':') {
        return false;
    }
    match i.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), ',' | '|'),
        Some(TokenTree::Ident(word)) => {
            ["let", "mut", "ref", "pub", "const", "static"].iter().any(|it| word == it)
        }
        // An attribute, or `pub(crate)`.
        Some(TokenTree::Group(group)) => {
            matches!(group.delimiter(), Delimiter::Bracket | Delimiter::Parenthesis)
        }
        Some(TokenTree::Literal(_)) => false,
    }
}

pub(crate) fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// The path that a macro's arguments stand behind: `path::name!`, also `macro_rules! name`.
pub(crate) fn macro_path(before: &[TokenTree]) -> Option<Vec<&Ident>> {
    let before = match before {
        [rest @ .., TokenTree::Ident(_)] if is_sign(rest.last(), '!') => rest,
        all => all,
    };
    let [path @ .., TokenTree::Punct(bang)] = before else { return None };
    if bang.as_char() != '!' {
        return None;
    }
    // `if !condition` calls nothing.
    if let Some(TokenTree::Ident(word)) = path.last()
        && BEFORE_NOT.iter().any(|keyword| word == keyword)
    {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = path;
    while let [before @ .., TokenTree::Ident(name)] = rest {
        found.push(name);
        match before {
            [earlier @ .., TokenTree::Punct(one), TokenTree::Punct(two)]
                if one.as_char() == ':' && two.as_char() == ':' =>
            {
                rest = earlier
            }
            _ => break,
        }
    }
    found.reverse();
    (!found.is_empty()).then_some(found)
}

/// What stands for the name of a macro that a macro is given.
pub(crate) const CALLBACK: &str = "$";

/// Whether the macro before its arguments is one that a macro is given: `$name!(…)`.
fn is_callback(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Punct(dollar), TokenTree::Ident(name), TokenTree::Punct(_)] if dollar.as_char() == '$' && name != "crate")
}

/// The path that tokens begin with.
pub(crate) fn leading_path(tokens: &[TokenTree]) -> Vec<&Ident> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Punct(one), TokenTree::Punct(two), after @ ..] = rest
        && one.as_char() == ':'
        && two.as_char() == ':'
    {
        rest = after;
    }
    while let [TokenTree::Ident(name), after @ ..] = rest {
        found.push(name);
        match after {
            [TokenTree::Punct(one), TokenTree::Punct(two), after @ ..]
                if one.as_char() == ':' && two.as_char() == ':' =>
            {
                rest = after
            }
            _ => break,
        }
    }
    found
}

/// Whether the two signs side by side make one operator; `: &` does not, with or without the space.
fn is_operator(first: char, second: char) -> bool {
    matches!(
        (first, second),
        ('=' | '!' | '<' | '>' | '+' | '-' | '*' | '/' | '%' | '^' | '&' | '|' | '.', '=')
            | ('&', '&')
            | ('|', '|')
            | ('<', '<')
            | ('>', '>')
            | ('-' | '=', '>')
            | ('<', '-')
            | (':', ':')
            | ('.', '.')
    )
}

/// The parts between the signs.
pub(crate) fn split(tokens: &[TokenTree], sign: char) -> impl Iterator<Item = &[TokenTree]> {
    tokens.split(move |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign))
}

/// The text of a literal, if it is one.
pub(crate) fn text_of(literal: &proc_macro2::Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// Adds every identifier in the tokens.
pub(crate) fn all_idents(tokens: &[TokenTree], names: &mut Names, found: &mut Vec<Name>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found.push(names.of(ident)),
            TokenTree::Group(group) => {
                let body: Vec<TokenTree> = group.stream().into_iter().collect();
                all_idents(&body, names, found);
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains('"') {
                    words_of(&text, names, found);
                }
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// Adds every word of a text that may be an identifier.
fn words_of(text: &str, names: &mut Names, found: &mut Vec<Name>) {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    found.extend(
        text.split(|letter| !is_letter(letter))
            .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_'))
            .map(|word| names.of_text(word)),
    );
}

/// The tokens of a text, with lines; `None` where it is no Rust.
pub(crate) fn of_text(text: &str) -> Option<Vec<TokenTree>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A line for the shell is no attribute.
    let is_script = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    let script = if is_script { text.find('\n').unwrap_or(text.len()) } else { 0 };
    let stream: TokenStream = text[script..].parse().ok()?;
    Some(stream.into_iter().collect())
}
