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
    // Two functions of a file may have local tasks of one name and text that call different helpers.
    let (span, file) = (name.span(), name.span().local_file());
    hasher.update(&(span.start().line as u64).to_le_bytes());
    hasher.update(&(span.start().column as u64).to_le_bytes());
    hash_tokens(tokens.clone(), &mut hasher);
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => hasher.update(sources(Path::new(&package), file.as_deref()).as_bytes()),
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
fn sources(package: &Path, file: Option<&Path>) -> String {
    /// By package and folder of a target, the hash.
    type Known = HashMap<(PathBuf, Option<PathBuf>), String>;
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let target = file.and_then(|file| target_folder(package, file));
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .get_or_insert_default()
        .entry((package.to_owned(), target.clone()))
        .or_insert_with(|| hash_sources(package, target.as_deref()))
        .clone()
}

/// The folder beside `src` that the file is in: `examples`, `tests`, `benches`.
fn target_folder(package: &Path, file: &Path) -> Option<PathBuf> {
    let file = std::path::absolute(file).ok()?;
    let inside = file.strip_prefix(package).ok()?.components().next()?;
    let folder = package.join(inside);
    (folder.is_dir() && !folder.ends_with("src")).then_some(folder)
}

fn hash_sources(package: &Path, target: Option<&Path>) -> String {
    let mut packages = BTreeSet::new();
    local_packages(package, &mut packages);
    let mut hasher = blake3::Hasher::new();
    let mut part = |name: &str, content: &[u8]| {
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
    };
    // Names relative to the package keep the hash free of where the package lies.
    let mut folder = |package: &Path, root: &Path| {
        for file in files(root) {
            let name = file.strip_prefix(package).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            part(&name, &std::fs::read(&file).unwrap_or_default());
        }
    };
    for package in &packages {
        folder(package, &package.join("src"));
        folder(package, &package.join("build.rs"));
    }
    if let Some(target) = target {
        folder(package, target);
    }
    if let Some(generated) = std::env::var_os("OUT_DIR") {
        let generated = PathBuf::from(generated);
        folder(&generated, &generated);
    }
    if let Some(lock) =
        package.ancestors().map(|folder| folder.join("Cargo.lock")).find(|lock| lock.is_file())
    {
        part("Cargo.lock", &std::fs::read(lock).unwrap_or_default());
    }
    hasher.finalize().to_hex().to_string()
}

/// Every file below `root`, or `root` itself if it is a file, sorted by path.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten();
            open.extend(entries.filter_map(|entry| entry.ok().map(|entry| entry.path())));
        } else if path.is_file() {
            found.push(path);
        }
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
        write("shared/Cargo.toml", "[dependencies]\ndeep = { path = \"../deep\" }\n");
        write("shared/src/lib.rs", "");
        write("deep/Cargo.toml", "");
        write("deep/src/lib.rs", "");
        write("near/Cargo.toml", "[dev-dependencies]\napp = { path = \"../app\" }\n");
        write("near/src/lib.rs", "");
        write("foreign/src/lib.rs", "");
        let hash = || hash_sources(&root.path().join("app"), None);

        let mut last = hash();
        for (path, counts) in [
            ("app/src/main.rs", true),
            ("app/src/query.sql", true),
            ("app/build.rs", true),
            ("app/tests/test.rs", false),
            ("app/data/customers.csv", false),
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

    #[test]
    fn a_task_in_an_example_counts_its_folder_in() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(target_folder(package, &package.join("src/lib.rs")), None);
        assert_eq!(target_folder(package, Path::new("/elsewhere/x.rs")), None);
    }
}
