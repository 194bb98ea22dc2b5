//! What a task's code is, as a hash. What is covered and what is not: `README.md` beside this module.
//!
//! The fingerprint of a task covers the task's own tokens, and the sources of its package and of the
//! local packages that it is built with, as a whole, with `Cargo.lock` for all others. That is
//! coarse, but no edit that could change a result leaves it the same. Comments, documentation and
//! formatting of the task itself are not part of its own tokens.

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The fingerprint of the task `name` whose item is `tokens`, in hexadecimal.
pub(crate) fn of_task(tokens: &TokenStream, name: &Ident) -> String {
    let mut hasher = blake3::Hasher::new();
    // A library and a program of one package may have a module and a task of one name.
    for target in ["CARGO_CRATE_NAME", "CARGO_BIN_NAME"] {
        hasher.update(std::env::var(target).unwrap_or_default().as_bytes());
        hasher.update(&[0]);
    }
    // Two functions of a file may have local tasks of one name and text that call different helpers.
    // (Where a macro makes both, their calls of it differ in place; the expansion adds that.)
    let start = name.span().start();
    hasher.update(&(start.line as u64).to_le_bytes());
    hasher.update(&(start.column as u64).to_le_bytes());
    hash_tokens(tokens.clone(), &mut hasher);
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => hasher.update(sources(Path::new(&package)).as_bytes()),
        // Without sources to read nothing may be taken for known: no two builds agree.
        None => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            hasher.update(&now.map_or(0, |since| since.as_nanos()).to_le_bytes())
        }
    };
    hasher.finalize().to_hex().to_string()
}

/// Feeds the tokens to the hasher without positions and documentation.
fn hash_tokens(tokens: TokenStream, hasher: &mut blake3::Hasher) {
    let mut text = |tag: u8, text: &str| {
        hasher.update(&[tag]);
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    let mut nested = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                match tokens.peek() {
                    Some(TokenTree::Group(group)) if is_doc(group.stream()) => drop(tokens.next()),
                    _ => text(b'p', "#"),
                };
            }
            // Whether two signs are one operator is meaning; whether a sign touches a word is not,
            // and the compiler never calls that joint.
            TokenTree::Punct(punct) => {
                let operator = punct.spacing() == Spacing::Joint
                    && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if is_operator(punct.as_char(), next.as_char()));
                text(if operator { b'j' } else { b'p' }, punct.as_char().encode_utf8(&mut [0; 4]));
            }
            TokenTree::Ident(ident) => text(b'i', &ident.to_string()),
            TokenTree::Literal(literal) => text(b'l', &literal.to_string()),
            TokenTree::Group(group) => {
                let open = match group.delimiter() {
                    Delimiter::Parenthesis => "(",
                    Delimiter::Bracket => "[",
                    Delimiter::Brace => "{",
                    Delimiter::None => "",
                };
                text(b'g', open);
                let mut inner = blake3::Hasher::new();
                hash_tokens(group.stream(), &mut inner);
                nested.push(inner.finalize());
                text(b'n', &nested.len().to_string());
            }
        }
    }
    for inner in nested {
        hasher.update(inner.as_bytes());
    }
}

fn is_doc(attribute: TokenStream) -> bool {
    matches!(attribute.into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
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

/// The hash of everything local that the package in `package` is built from, in hexadecimal. Read
/// once in a compiler process, not once for each task.
fn sources(package: &Path) -> String {
    static KNOWN: Mutex<Option<HashMap<PathBuf, String>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let hash = || hash_sources(package);
    known.get_or_insert_default().entry(package.to_owned()).or_insert_with(hash).clone()
}

fn hash_sources(package: &Path) -> String {
    let mut packages = BTreeSet::new();
    local_packages(package, &mut packages);
    let mut hasher = blake3::Hasher::new();
    let mut part = |name: &str, content: &[u8]| {
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
    };
    let read = |file: &Path| std::fs::read(file).unwrap_or_default();
    for package in &packages {
        let all = files(package);
        // Names relative to the package keep the hash free of where the package lies.
        let name =
            |file: &Path| file.strip_prefix(package).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let is_source = |file: &PathBuf| {
            file.extension().is_some_and(|extension| extension == "rs")
                || file.starts_with(package.join("src"))
        };
        let mut included = BTreeSet::new();
        let mut unclear = false;
        for source in all.iter().filter(|file| is_source(file)) {
            let content = read(source);
            part(&name(source), &content);
            unclear |= !includes(&String::from_utf8_lossy(&content), package, source, &mut included);
        }
        // Files that are compiled in; where it can't be told which, every file of the package.
        for file in if unclear { all } else { included.into_iter().collect() } {
            part(&name(&file), &read(&file));
        }
    }
    if let Some(generated) = std::env::var_os("OUT_DIR").map(PathBuf::from) {
        for file in files(&generated) {
            part(&file.strip_prefix(&generated).unwrap_or(&file).to_string_lossy(), &read(&file));
        }
    }
    if let Some(lock) =
        package.ancestors().map(|folder| folder.join("Cargo.lock")).find(|lock| lock.is_file())
    {
        part("Cargo.lock", &read(&lock));
    }
    hasher.finalize().to_hex().to_string()
}

/// Adds the files that a source compiles in, by `include_str!` and its kin or by `#[path]`. Whether
/// all of them could be told: each names a file, alone or behind the package's folder.
fn includes(source: &str, package: &Path, file: &Path, found: &mut BTreeSet<PathBuf>) -> bool {
    let mut clear = true;
    for (opening, closing) in
        [("include_str!", ')'), ("include_bytes!", ')'), ("include!", ')'), ("#[path", ']')]
    {
        for rest in source.split(opening).skip(1) {
            let argument = balanced(rest, closing);
            let texts: String = argument.split('"').skip(1).step_by(2).collect();
            if argument.contains("OUT_DIR") || texts.contains("OUT_DIR") {
                continue; // hashed as a whole
            }
            let texts = texts.replace("CARGO_MANIFEST_DIR", "");
            let beside = file.parent().unwrap_or(package).join(&texts);
            let inside = package.join(texts.trim_start_matches('/'));
            match [beside, inside].into_iter().find(|path| !texts.is_empty() && path.is_file()) {
                Some(path) => drop(found.insert(path)),
                None => clear = false,
            }
        }
    }
    clear
}

/// The text up to the `closing` bracket that ends it, over brackets inside and outside of strings.
fn balanced(text: &str, closing: char) -> &str {
    let (mut depth, mut quoted) = (usize::from(closing == ']'), false);
    for (end, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[..end];
                }
            }
            _ => {}
        }
    }
    text
}

/// Every file below `root`, sorted by path; not what cargo builds, nor what is hidden.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_file() {
            found.push(path);
            continue;
        }
        let entries = std::fs::read_dir(&path).into_iter().flatten().filter_map(Result::ok);
        open.extend(entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.')
                && !(path.is_dir() && (name == "target" || path.join("CACHEDIR.TAG").exists()))
        }));
    }
    found.sort();
    found
}

/// The package and all that it is built with by path, directly or not.
fn local_packages(package: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(package) = package.canonicalize() else { return };
    let Some(manifest) = manifest(&package) else { return };
    if !found.insert(package.clone()) {
        return;
    }
    let workspace =
        package.ancestors().skip(usize::from(!manifest.contains_key("workspace"))).find_map(|folder| {
            let manifest = self::manifest(folder)?;
            let shared = manifest.get("workspace")?.get("dependencies")?.as_table()?.clone();
            Some((folder.to_owned(), shared))
        });
    let mut tables = dependency_tables(&manifest);
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table).flat_map(dependency_tables));
    }
    for (name, dependency) in tables.into_iter().flatten() {
        let own = dependency.get("path").and_then(toml::Value::as_str).map(|path| package.join(path));
        let inherited = || {
            dependency.get("workspace")?.as_bool().filter(|inherits| *inherits)?;
            let (root, shared) = workspace.as_ref()?;
            Some(root.join(shared.get(name)?.get("path")?.as_str()?))
        };
        if let Some(path) = own.or_else(inherited) {
            local_packages(&path, found);
        }
    }
}

fn manifest(package: &Path) -> Option<toml::Table> {
    std::fs::read_to_string(package.join("Cargo.toml")).ok()?.parse().ok()
}

fn dependency_tables(manifest: &toml::Table) -> Vec<&toml::Table> {
    ["dependencies", "build-dependencies", "dev-dependencies"]
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tokens(text: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        hash_tokens(text.parse().expect("tokens"), &mut hasher);
        hasher.finalize().to_hex().to_string()
    }

    #[test]
    fn formatting_comments_and_docs_do_not_count() {
        let plain = tokens("fn f(x: &u32) -> u32 { x + 1 }");
        for same in [
            "fn f(x:&u32)->u32{x+1}",
            "fn f( x : & u32 ) -> u32 { /* why */ x + 1 }",
            "/// Documented.\nfn f(x: &u32) -> u32 { // here too\n x + 1 }",
            "fn f(x: &u32) -> u32 {\n #[doc = \"inner\"] x\n + 1 }",
        ] {
            assert_eq!(tokens(same), plain, "{same}");
        }
    }

    #[test]
    fn every_word_sign_and_bracket_counts() {
        let plain = tokens("fn f(x: u32) -> u32 { a && g(x, [1]) }");
        for other in [
            "fn f(x: u32) -> u32 { a & &g(x, [1]) }",
            "fn f(x: u32) -> u32 { a && g(x, [2]) }",
            "fn f(x: u32) -> u32 { a && g((x), [1]) }",
            "fn f(x: u32) -> u32 { a && g(x, (1)) }",
            "fn f(y: u32) -> u32 { a && g(x, [1]) }",
            "fn f(x: u64) -> u32 { a && g(x, [1]) }",
            "#[inline] fn f(x: u32) -> u32 { a && g(x, [1]) }",
        ] {
            assert_ne!(tokens(other), plain, "{other}");
        }
    }

    #[test]
    fn sources_of_the_package_and_of_its_local_crates_count_and_nothing_else() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("a file");
        };
        write("Cargo.toml", "[workspace]\n[workspace.dependencies]\nshared = { path = \"shared\" }\n");
        write("Cargo.lock", "version = 4\n");
        write(
            "app/Cargo.toml",
            "[dependencies]\nshared = { workspace = true }\n[target.'cfg(unix)'.dependencies]\nnear = { path = \"../near\" }\n",
        );
        write("app/src/main.rs", "fn main() {}");
        write("app/data/factor.txt", "10");
        write("app/data/table.txt", "10");
        let included = "include_str!(\"../data/factor.txt\"); \
                        include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data/table.txt\"));";
        write("app/src/data.rs", included);
        write("shared/Cargo.toml", "[dependencies]\ndeep = { path = \"../deep\" }\n");
        write("shared/src/lib.rs", "");
        write("deep/Cargo.toml", "");
        write("deep/src/lib.rs", "");
        write("near/Cargo.toml", "[dev-dependencies]\napp = { path = \"../app\" }\n");
        write("near/src/lib.rs", "");
        write("foreign/src/lib.rs", "");
        let hash = || hash_sources(&root.path().join("app"));

        let mut last = hash();
        for (path, counts) in [
            ("app/src/main.rs", true),
            ("app/src/query.sql", true),
            ("app/build.rs", true),
            ("app/main.rs", true),
            ("app/data/customers.csv", false),
            ("app/data/factor.txt", true),
            ("app/data/table.txt", true),
            ("app/target/debug/build.rs", false),
            ("app/.pipeline/x.rs", false),
            ("shared/src/lib.rs", true),
            ("deep/src/lib.rs", true),
            ("near/src/lib.rs", true),
            ("foreign/src/lib.rs", false),
            ("Cargo.lock", true),
        ] {
            write(path, "changed");
            let now = hash();
            assert_eq!(now != last, counts, "{path}");
            last = now;
        }
    }
}
