//! Tokens as a hash, and the words in them.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// What a piece of code says, without comments, documentation and formatting.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Every identifier that may name an item, and every word of a text that may stand for one: `{name}` in
    /// a format string, the words of texts in attributes.
    pub(super) idents: BTreeSet<String>,
    /// The names behind a dot: fields, and methods, of which only those of traits name something.
    pub(super) members: BTreeSet<String>,
    /// The names that stand in a path, before a `!`, or in a foreign macro's call: no variable is meant.
    pub(super) in_paths: BTreeSet<String>,
    /// The macros that are called: the words before a `!`.
    pub(super) macros: BTreeSet<String>,
    /// The words that an item of some kind would be called: those behind `fn`, `struct` and so on.
    pub(super) defined: BTreeSet<String>,
    /// The texts in attributes and macro calls, which may name files.
    pub(super) texts: BTreeSet<String>,
    /// The files that are compiled in.
    pub(super) includes: Vec<Include>,
    /// The variables that `env!` and `option_env!` read.
    pub(super) variables: BTreeSet<String>,
}

impl Words {
    /// Adds the words of a file that is compiled in.
    pub(super) fn extend(&mut self, other: Words) {
        self.idents.extend(other.idents);
        self.members.extend(other.members);
        self.in_paths.extend(other.in_paths);
        self.macros.extend(other.macros);
        self.defined.extend(other.defined);
        self.texts.extend(other.texts);
        self.includes.extend(other.includes);
        self.variables.extend(other.variables);
    }
}

/// A call of `include!`, `include_str!` or `include_bytes!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Include {
    /// The texts in its arguments, in order.
    pub(super) texts: Vec<String>,
    /// Whether nothing else is there but `concat!` and `env!`.
    pub(super) clear: bool,
    /// Whether the file is code.
    pub(super) code: bool,
}

/// Words that name no item, though they stand where names do: keywords, and types that need no import.
pub(super) const NO_NAMES: [&str; 55] = [
    "as", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while", "async",
    "await", "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64",
];

/// The words before the name of an item.
const DEFINERS: [&str; 9] = ["fn", "struct", "enum", "union", "const", "static", "type", "trait", "mod"];

/// Macros of the standard library, which define no names and read no files.
pub(super) const STANDARD: [&str; 34] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Where a token stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    Attribute,
    MacroCall,
}

/// As [`read`], of what stands in a foreign macro's call: any word may be a name there.
pub(super) fn read_call(tokens: TokenStream) -> (blake3::Hash, Words) {
    let mut words = Words::default();
    let mut hasher = blake3::Hasher::new();
    walk(tokens, Place::MacroCall, &mut hasher, &mut words);
    (hasher.finalize(), words)
}

/// The hash of the tokens, and their words.
pub(super) fn read(tokens: TokenStream) -> (blake3::Hash, Words) {
    let mut words = Words::default();
    let mut hasher = blake3::Hasher::new();
    walk(tokens, Place::Code, &mut hasher, &mut words);
    (hasher.finalize(), words)
}

fn walk(tokens: TokenStream, place: Place, hasher: &mut blake3::Hasher, words: &mut Words) {
    let mut part = |tag: u8, text: &str| {
        hasher.update(&[tag]);
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    let mut nested = Vec::new();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // The word before a `!`, until its arguments come.
    let mut called: Option<String> = None;
    let mut last_word: Option<String> = None;
    let mut attribute = false;
    let mut silent = false;
    for (i, token) in tokens.iter().enumerate() {
        if std::mem::take(&mut silent) {
            continue;
        }
        let next = tokens.get(i + 1);
        let word = last_word.take();
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => match next {
                Some(TokenTree::Group(group)) if is_silent(group.stream()) => silent = true,
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                    attribute = true;
                    part(b'p', "#");
                }
                _ => part(b'p', "#"),
            },
            // Whether two signs are one operator is meaning; whether a sign touches a word is not,
            // and the compiler never calls that joint.
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                let operator = punct.spacing() == Spacing::Joint
                    && matches!(next, Some(TokenTree::Punct(next)) if is_operator(sign, next.as_char()));
                if sign == '!' && !operator {
                    called = word;
                }
                part(if operator { b'j' } else { b'p' }, sign.encode_utf8(&mut [0; 4]));
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                part(b'i', &text);
                let text = text.trim_start_matches("r#").to_owned();
                if word.as_deref().is_some_and(|word| DEFINERS.contains(&word)) {
                    words.defined.insert(text.clone());
                }
                match place {
                    // What a macro makes of a name, nobody knows.
                    Place::MacroCall => {
                        words.members.insert(text.clone());
                        words.idents.insert(text.clone());
                        words.in_paths.insert(text.clone());
                    }
                    _ if is_member(&tokens[..i]) => {
                        words.members.insert(text.clone());
                    }
                    _ if is_label(&tokens[i + 1..]) => {}
                    _ => {
                        words.idents.insert(text.clone());
                        if is_in_path(&tokens[..i], &tokens[i + 1..]) {
                            words.in_paths.insert(text.clone());
                        }
                    }
                }
                called = None;
                last_word = Some(text);
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                part(b'l', &text);
                if text.contains('"') {
                    literal_words(&text, place, words);
                }
            }
            TokenTree::Group(group) => {
                let open = match group.delimiter() {
                    Delimiter::Parenthesis => "(",
                    Delimiter::Bracket => "[",
                    Delimiter::Brace => "{",
                    Delimiter::None => "",
                };
                part(b'g', open);
                let inside = if std::mem::take(&mut attribute) {
                    Place::Attribute
                } else if let Some(name) = called.take() {
                    note_call(&name, group.stream(), words);
                    // What the standard library's macros take is what it seems to be.
                    if STANDARD.contains(&name.as_str()) { place } else { Place::MacroCall }
                } else {
                    place
                };
                let mut inner = blake3::Hasher::new();
                walk(group.stream(), inside, &mut inner, words);
                nested.push(inner.finalize());
            }
        }
    }
    for inner in nested {
        hasher.update(inner.as_bytes());
    }
}

/// Whether a name behind these tokens is a field or a method: behind one dot, not behind `..`.
fn is_member(before: &[TokenTree]) -> bool {
    let is_dot =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == '.');
    is_dot(before.last()) && !is_dot(before.len().checked_sub(2).and_then(|i| before.get(i)))
}

/// Whether a name before these tokens is that of a field, a parameter or a variable: before one colon.
fn is_label(after: &[TokenTree]) -> bool {
    let is_colon =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(after.first()) && !is_colon(after.get(1))
}

/// Whether a name between these tokens is part of a path, or the name of a macro or struct.
fn is_in_path(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let is = |token: Option<&TokenTree>, sign: char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let last = |back: usize| before.len().checked_sub(back).and_then(|i| before.get(i));
    (is(last(1), ':') && is(last(2), ':'))
        || (is(after.first(), ':') && is(after.get(1), ':'))
        || (is(after.first(), '!') && !is(after.get(1), '='))
}

/// Documentation, lints, and the mark of a task: what it says is in the key in its own way.
fn is_silent(attribute: TokenStream) -> bool {
    let mut path = Vec::new();
    for token in attribute {
        match token {
            TokenTree::Ident(name) => path.push(name.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["doc" | "task" | "allow" | "warn" | "deny" | "forbid" | "expect"] => true,
        [library, "task"] => library == "pipeline_core",
        _ => false,
    }
}

/// Whether the two signs side by side make one operator; `: &` does not, with or without the space.
fn is_operator(first: char, second: char) -> bool {
    matches!(
        (first, second),
        ('=' | '!' | '<' | '>' | '+' | '-' | '*' | '/' | '%' | '^' | '&' | '|', '=')
            | ('&', '&')
            | ('|', '|')
            | ('<', '<')
            | ('>', '>')
            | ('-', '>')
            | ('=', '>')
            | (':', ':')
            | ('.', '.')
    )
}

fn note_call(name: &str, arguments: TokenStream, words: &mut Words) {
    words.macros.insert(name.to_owned());
    match name {
        "include" | "include_str" | "include_bytes" => {
            let mut texts = Vec::new();
            let clear = texts_of(arguments, &mut texts);
            words.includes.push(Include { texts, clear, code: name == "include" });
        }
        "env" | "option_env" => {
            let mut texts = Vec::new();
            texts_of(arguments, &mut texts);
            words.variables.extend(texts.into_iter().next());
        }
        _ => {}
    }
}

/// The texts in the arguments of an `include!`, in order; whether nothing else is there.
fn texts_of(arguments: TokenStream, texts: &mut Vec<String>) -> bool {
    let mut clear = true;
    for token in arguments {
        match token {
            TokenTree::Literal(literal) => match text_of(&literal.to_string()) {
                Some(text) => texts.push(text),
                None => clear = false,
            },
            TokenTree::Group(group) => clear &= texts_of(group.stream(), texts),
            TokenTree::Ident(word) => clear &= word == "concat" || word == "env",
            TokenTree::Punct(_) => {}
        }
    }
    clear
}

/// The text of a literal, if it is one.
pub(super) fn text_of(literal: &str) -> Option<String> {
    syn::parse_str::<syn::LitStr>(literal).ok().map(|text| text.value())
}

fn literal_words(literal: &str, place: Place, words: &mut Words) {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    if place == Place::Attribute {
        words.idents.extend(
            literal
                .split(|letter| !is_word(letter))
                .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_'))
                .map(str::to_owned),
        );
    }
    // `{name}`, `{name:?}`, `{:width$}`: whatever stands in braces.
    for inside in literal.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        words.idents.extend(
            inside.split(|letter| !is_word(letter)).filter(|word| !word.is_empty()).map(str::to_owned),
        );
    }
    if place != Place::Code {
        words.texts.extend(text_of(literal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        read(text.parse().expect("tokens")).1
    }

    fn hash(text: &str) -> blake3::Hash {
        read(text.parse().expect("tokens")).0
    }

    #[test]
    fn formatting_comments_docs_and_the_mark_of_a_task_do_not_count() {
        let plain = hash("fn f(x: &u32) -> u32 { x + 1 }");
        for same in [
            "fn f(x:&u32)->u32{x+1}",
            "fn f( x : & u32 ) -> u32 { /* why */ x + 1 }",
            "/// Documented.\nfn f(x: &u32) -> u32 { // here too\n x + 1 }",
            "fn f(x: &u32) -> u32 {\n #[doc = \"inner\"] x\n + 1 }",
            "#[task(skippable)] fn f(x: &u32) -> u32 { x + 1 }",
            "#[pipeline_core::task] fn f(x: &u32) -> u32 { x + 1 }",
        ] {
            assert_eq!(hash(same), plain, "{same}");
        }
    }

    #[test]
    fn every_word_sign_and_bracket_counts() {
        let plain = hash("fn f(x: u32) -> u32 { a && g(x, [1]) }");
        for other in [
            "fn f(x: u32) -> u32 { a & &g(x, [1]) }",
            "fn f(x: u32) -> u32 { a && g(x, [2]) }",
            "fn f(x: u32) -> u32 { a && g((x), [1]) }",
            "fn f(x: u32) -> u32 { a && g(x, (1)) }",
            "fn f(y: u32) -> u32 { a && g(x, [1]) }",
            "fn f(x: u64) -> u32 { a && g(x, [1]) }",
            "#[inline] fn f(x: u32) -> u32 { a && g(x, [1]) }",
        ] {
            assert_ne!(hash(other), plain, "{other}");
        }
    }

    #[test]
    fn names_in_texts_are_found_where_texts_name_things() {
        let words = words(
            r#"#[serde(with = "crate::codec", default = "zero")] fn f() { println!("{LIMIT} {:>width$}", "plain words"); query!("a.sql") }"#,
        );
        for name in ["codec", "zero", "LIMIT", "width", "println"] {
            assert!(words.idents.contains(name), "{name}");
        }
        assert!(!words.idents.contains("plain"));
        assert!(
            words.macros.contains("println")
                && words.texts.contains("a.sql")
                && !words.texts.contains("plain words")
        );
    }

    #[test]
    fn fields_and_labels_name_no_items() {
        let words = words("fn f(a: A) -> B { let b: C = S { d: e, g }; b.h + i.j(k..l) + m::n; o!(p: q.r) }");
        let idents: Vec<&str> = words.idents.iter().map(String::as_str).collect();
        let names = [
            "A", "B", "C", "S", "b", "e", "f", "fn", "g", "i", "k", "l", "let", "m", "n", "o", "p", "q", "r",
        ];
        assert_eq!(idents, names);
        let members: Vec<&str> = words.members.iter().map(String::as_str).collect();
        assert_eq!(members, ["h", "j", "p", "q", "r"]);
    }

    #[test]
    fn included_files_and_variables_are_found() {
        let words = words(
            r#"const A: &str = include_str!("a.sql"); const B: &str = include_str!(concat!(env!("OUT_DIR"), "/b.rs"));
               const C: &str = include_str!(path!("c")); const D: &str = env!("BUILD_ID");"#,
        );
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            words.includes,
            [
                Include { texts: texts(&["a.sql"]), clear: true, code: false },
                Include { texts: texts(&["OUT_DIR", "/b.rs"]), clear: true, code: false },
                Include { texts: texts(&["c"]), clear: false, code: false },
            ]
        );
        assert!(words.variables.contains("BUILD_ID") && words.variables.contains("OUT_DIR"));
    }
}
