//! Which functions the package has, for messages about names in files.

/// The names of all functions of this package, if no source of it has this name and nothing in it may have taken it from
/// elsewhere or put it together: then it has no such function.
pub(super) fn functions_without(name: &str) -> Option<Vec<String>> {
    std::env::var_os("CARGO_MANIFEST_DIR")?;
    let mut functions = Vec::new();
    let mut sources = skipstone_fingerprint::package_files();
    sources.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    for file in sources {
        let text = std::fs::read_to_string(&file).ok()?;
        let takes_all = |line: &str| {
            line.trim_start().starts_with("pub") && line.contains("use ") && line.contains("::*")
        };
        if text.lines().any(takes_all) || text.contains("paste!") || text.contains("concat_idents!") {
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
