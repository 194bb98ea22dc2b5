//! Turns tokens into a hash and into the words that determine what they reach.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use rustc_hash::FxHashMap;

/// The number of a name in a [`Names`] table.
pub(crate) type Name = u32;

/// A table of names, with a number for each. Number 0 is the empty name.
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

    /// Returns the number of an identifier. `r#` is ignored, and the text is normalized as the compiler does it
    /// (Unicode Normalization Form C).
    pub(crate) fn of(&mut self, ident: &Ident) -> Name {
        let text = ident.to_string();
        self.of_text(&text)
    }

    /// Like [`Names::of`], for the text of an identifier.
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

/// The words that a piece of code mentions. After [`Words::finish`], the lists are sorted and free of duplicates.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// All identifiers that may name an item, in any position. Excludes fields after a single dot and the labels of
    /// fields and parameters (`name: …`), because the grammar does not allow the name of an item there.
    pub(crate) idents: Vec<Name>,
    /// Those of the identifiers that are only mentioned as a parameter of this function, so they name no function.
    pub(crate) parameters: Vec<Name>,
    /// Names after a single dot: fields and methods.
    pub(crate) members: Vec<Name>,
    /// Labels and members in calls of macros with the name of a standard library macro. They count as identifiers if
    /// the package has a macro with that name.
    pub(crate) loose: Vec<Name>,
    /// Words in string literals outside of attributes and macro calls.
    pub(crate) quoted: Vec<Name>,
    /// String literals in attributes and macro calls, which may name files and variables.
    pub(crate) texts: Vec<Name>,
    /// The names after `fn`, `struct`, `enum` and so on.
    pub(crate) defined: Vec<Name>,
    /// Macro calls.
    pub(crate) calls: Vec<MacroCall>,
    /// Attributes that may be macros, and derives.
    pub(crate) attributes: Vec<AttributeUse>,
    /// The variables that `env!` and `option_env!` read: `None` for a macro parameter, 0 if the name can't be
    /// determined.
    pub(crate) variables: Vec<Option<Name>>,
    pub(crate) includes: Vec<Include>,
}

/// A macro call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MacroCall {
    /// The path before the `!`.
    pub(crate) path: Vec<Name>,
    /// All identifiers in its arguments.
    pub(crate) arguments: Vec<Name>,
}

/// An attribute that is not built into the language, or one of the macros of a `derive`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AttributeUse {
    pub(crate) path: Vec<Name>,
    pub(crate) derive: bool,
    /// Whether it is on the item itself, not on a field or variant.
    pub(crate) outermost: bool,
}

/// A call of `include!`, `include_str!` or `include_bytes!`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Include {
    /// Whether the file is code.
    pub(crate) code: bool,
    /// The pieces of the path. `None` if the arguments don't determine it.
    pub(crate) path: Option<Vec<Piece>>,
}

/// A piece of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// A macro parameter, `$name`.
    Parameter,
    Text(Name),
    Variable(Name),
}

impl Words {
    fn finish(&mut self) {
        self.idents.sort_unstable();
        self.parameters.retain(|name| self.idents.binary_search(name).is_err());
        self.idents.extend(&self.parameters);
        // An attribute macro may move the code to where the parameter is not visible.
        if !self.attributes.is_empty() {
            self.parameters.clear();
        }
        for list in [
            &mut self.idents,
            &mut self.parameters,
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

/// The hash of a piece of code, and its words.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) hash: blake3::Hash,
    /// The hash of its documentation, if any.
    pub(crate) docs: Option<blake3::Hash>,
    /// The hash of its attributes named `task`, if any. Whether they are this library's is determined later.
    pub(crate) tasks: Option<blake3::Hash>,
    pub(crate) words: Words,
}

/// Reads code. With `call`, reads it as the arguments of a macro, in which every identifier may be a name.
pub(crate) fn read(tokens: &[TokenTree], names: &mut Names, call: bool) -> Read {
    read_as(tokens, names, if call { Place::Call } else { Place::Code }, Vec::new())
}

/// Reads a function, beginning with its attributes. In its body, `parameters` name no functions.
pub(crate) fn read_function(tokens: &[TokenTree], names: &mut Names, parameters: Vec<Name>) -> Read {
    read_as(tokens, names, Place::Code, parameters)
}

fn read_as(tokens: &[TokenTree], names: &mut Names, place: Place, parameters: Vec<Name>) -> Read {
    let mut reader = Reader {
        names,
        words: Words::default(),
        docs: None,
        tasks: None,
        buffer: Vec::with_capacity(256),
        depth: 0,
        parameters,
        in_body: false,
    };
    let mut hasher = blake3::Hasher::new();
    reader.walk(tokens, place);
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

/// The context of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    /// In the arguments of a macro with the name of a standard library macro.
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
    /// The bytes to hash: a tag, a length and the text of each token.
    buffer: Vec<u8>,
    /// The number of groups around the token.
    depth: usize,
    /// The parameters of the function that is read.
    parameters: Vec<Name>,
    /// Whether the token is in the body of that function.
    in_body: bool,
}

impl Reader<'_> {
    fn part(&mut self, tag: u8, text: &str) {
        self.buffer.push(tag);
        self.buffer.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn walk(&mut self, tokens: &[TokenTree], place: Place) {
        let mut skipped = 0;
        // Between `where` and the end of the header, `Name:` is a type and not a label.
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
                    // Whether two characters form one operator matters. Whether a character touches a word does not.
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
                    let is_body = self.depth == 0 && i + 1 == tokens.len();
                    self.in_body |= is_body;
                    self.group(&body, group.delimiter(), inside);
                    self.in_body &= !is_body;
                }
            }
        }
    }

    /// Returns whether a name stands for a parameter if it is that of a value.
    fn is_parameter(&self, name: Name, place: Place) -> bool {
        self.in_body && matches!(place, Place::Code | Place::Standard) && self.parameters.contains(&name)
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
        // The name of a definition does not mention another item.
        let mut defines = false;
        if i > 0
            && let TokenTree::Ident(before) = &tokens[i - 1]
            && DEFINERS.iter().any(|word| before == word)
        {
            self.words.defined.push(name);
            // `*const Name` does.
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
            _ if self.is_parameter(name, place) && !is_in_path(tokens, i) => {
                self.words.parameters.push(name);
                if place == Place::Standard {
                    self.words.loose.push(name);
                }
            }
            _ => self.words.idents.push(name),
        }
    }

    /// Reads an attribute. Returns whether it is left out of the hash.
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

    /// Adds the macros that an attribute calls, also behind conditions.
    fn macros_of(&mut self, body: &[TokenTree]) {
        // `#[$crate::name]` in a macro. `#[$parameter]` is read with the call of the macro.
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

    /// Adds a macro call. Returns the context of its arguments.
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
                                Piece::Parameter => "",
                            })
                            .collect();
                        Some(self.names.number(&text))
                    }
                    _ => match first {
                        // A macro parameter.
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

    /// Returns the pieces of a path of `concat!`, `env!` and literals. `None` if it contains anything else.
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
                    // `concat!` accepts numbers.
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
                found.push(Piece::Parameter);
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
        // Any words in braces: `{name}`, `{name:?}`, `{:width$}`.
        let mut captured = Vec::new();
        for inside in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            words_of(inside, self.names, &mut captured);
        }
        for name in captured {
            if place == Place::Standard && self.is_parameter(name, place) {
                self.words.parameters.push(name);
                self.words.loose.push(name);
            } else {
                self.words.idents.push(name);
            }
        }
    }
}

/// The keywords before the name of an item.
const DEFINERS: [&str; 10] =
    ["fn", "struct", "enum", "union", "const", "static", "type", "trait", "mod", "macro"];

/// Returns whether a name is a part of a longer path, or that of a macro.
fn is_in_path(tokens: &[TokenTree], i: usize) -> bool {
    let sign = |at: Option<usize>, sign| is_sign(at.and_then(|at| tokens.get(at)), sign);
    let after_colons = sign(i.checked_sub(1), ':') && sign(i.checked_sub(2), ':');
    let before_colons = sign(Some(i + 1), ':') && sign(Some(i + 2), ':');
    // `name != 1` compares.
    let macro_call = sign(Some(i + 1), '!') && !sign(Some(i + 2), '=');
    after_colons || before_colons || macro_call
}

/// Removes `view_of = …` from a `row(…)` attribute. Returns nothing if the attribute has no other option. `view_of`
/// only determines which tables the compiler accepts for a task, and does not change the task's code. So a new column
/// of these tables does not change their views.
fn without_view(body: Vec<TokenTree>) -> Vec<TokenTree> {
    let [TokenTree::Ident(name), TokenTree::Group(options)] = &body[..] else { return body };
    if name != "row" {
        return body;
    }
    let all: Vec<TokenTree> = options.stream().into_iter().collect();
    let is_view = |option: &&[TokenTree]| matches!(option, [TokenTree::Ident(name), TokenTree::Punct(sign), ..] if name == "view_of" && sign.as_char() == '=');
    let kept: Vec<&[TokenTree]> = split(&all, ',').filter(|option| !is_view(option)).collect();
    let comma = || TokenTree::Punct(Punct::new(',', Spacing::Alone));
    let remaining = kept.join(&comma());
    if remaining.is_empty() && !all.is_empty() {
        return Vec::new();
    }
    vec![body[0].clone(), Group::new(options.delimiter(), remaining.into_iter().collect()).into()]
}

/// Built-in attributes, which can't be macros of other crates.
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

/// Tools whose attributes the compiler ignores.
const TOOLS: [&str; 5] = ["rustfmt", "clippy", "diagnostic", "miri", "rust_analyzer"];

/// Attribute macros of the standard library, which a crate may shadow.
pub(crate) const ATTRIBUTES: [&str; 5] = ["bench", "cfg_eval", "derive_const", "global_allocator", "test"];

/// Helper attributes of well-known derives.
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

/// The derives of the standard library.
pub(crate) const DERIVES: [&str; 9] =
    ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Macros of the standard library. They define no names, and their arguments name the files and variables that they
/// read.
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

/// Keywords that may precede an expression with `!`.
const BEFORE_NOT: [&str; 16] = [
    "as", "await", "break", "box", "const", "do", "else", "if", "in", "let", "match", "move", "return",
    "static", "while", "yield",
];

/// Returns whether a name after these tokens is a field or a method: after one dot, but not after `..`.
fn is_member(before: &[TokenTree]) -> bool {
    is_sign(before.last(), '.') && !is_sign(before.len().checked_sub(2).and_then(|i| before.get(i)), '.')
}

/// Returns whether a name is the label of a field, parameter or variable: it is followed by one colon and is where a
/// declaration or a struct field begins.
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

/// Returns the path of a macro before its arguments: `path::name!`, also `macro_rules! name`.
pub(crate) fn macro_path(before: &[TokenTree]) -> Option<Vec<&Ident>> {
    let before = match before {
        [rest @ .., TokenTree::Ident(_)] if is_sign(rest.last(), '!') => rest,
        all => all,
    };
    let [path @ .., TokenTree::Punct(bang)] = before else { return None };
    if bang.as_char() != '!' {
        return None;
    }
    // `if !condition` is not a macro call.
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

/// The placeholder for the name of a macro that is a macro parameter.
pub(crate) const CALLBACK: &str = "$";

/// Returns whether the called macro is a macro parameter: `$name!(…)`.
fn is_callback(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Punct(dollar), TokenTree::Ident(name), TokenTree::Punct(_)] if dollar.as_char() == '$' && name != "crate")
}

/// Returns the path at the beginning of the tokens.
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

/// Returns whether two adjacent characters form one operator. `: &` does not, with or without the space.
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

/// Returns whether an identifier has this name. `r#` is ignored.
pub(crate) fn is_named(ident: &Ident, name: &str) -> bool {
    let text = ident.to_string();
    text.strip_prefix("r#").unwrap_or(&text) == name
}

/// Splits the tokens at a punctuation character.
pub(crate) fn split(tokens: &[TokenTree], sign: char) -> impl Iterator<Item = &[TokenTree]> {
    tokens.split(move |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign))
}

/// Returns the value of a string literal. `None` for other literals.
pub(crate) fn text_of(literal: &proc_macro2::Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// Collects all identifiers in the tokens.
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

/// Collects the words of a string that may be identifiers.
fn words_of(text: &str, names: &mut Names, found: &mut Vec<Name>) {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    found.extend(
        text.split(|letter| !is_letter(letter))
            .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_'))
            .map(|word| names.of_text(word)),
    );
}

/// Parses a string as tokens with line numbers. `None` if it is not valid Rust.
pub(crate) fn of_text(text: &str) -> Option<Vec<TokenTree>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A `#!` line for the shell is not an attribute.
    let is_script = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    let script = if is_script { text.find('\n').unwrap_or(text.len()) } else { 0 };
    let stream: TokenStream = text[script..].parse().ok()?;
    Some(stream.into_iter().collect())
}
