//! Finds the functions of the package, for messages about unknown functions in files.

/// Returns the names of all functions of this package if it certainly has no function `name`: no source file contains
/// that word, has a glob re-export, or builds names with `paste!` or `concat_idents!`. Otherwise returns `None`.
pub(super) fn functions_without(name: &str) -> Option<Vec<String>> {
    std::env::var_os("CARGO_MANIFEST_DIR")?;
    let mut functions = Vec::new();
    let mut sources = skipstone_fingerprint::package_files();
    sources.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    for file in sources {
        let text = std::fs::read_to_string(&file).ok()?;
        let reexports_all = |line: &str| {
            line.trim_start().starts_with("pub") && line.contains("use ") && line.contains("::*")
        };
        if text.lines().any(reexports_all) || text.contains("paste!") || text.contains("concat_idents!") {
            return None;
        }
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words: Vec<&str> =
            text.split(|letter: char| !is_letter(letter)).filter(|word| !word.is_empty()).collect();
        if words.contains(&name) {
            return None;
        }
        functions.extend(words.windows(2).filter(|pair| pair[0] == "fn").map(|pair| pair[1].to_owned()));
    }
    functions.sort_unstable();
    functions.dedup();
    Some(functions)
}
