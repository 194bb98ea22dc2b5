//! Prints expansions for debugging.

use proc_macro2::TokenStream;
use std::io::Write;
use std::process::{Command, Stdio};

/// Prints the expansion to stderr if `PIPELINE_DEBUG_MACRO` is `name` or `*`.
pub(crate) fn print(name: &str, expansion: &TokenStream) {
    let filter = std::env::var("PIPELINE_DEBUG_MACRO").unwrap_or_default();
    if let Some(text) = text(&filter, name, expansion) {
        eprintln!("{text}");
    }
}

/// Formats the expansion if `filter` selects it.
fn text(filter: &str, name: &str, expansion: &TokenStream) -> Option<String> {
    let plain = || expansion.to_string();
    let text = || formatted(&plain()).unwrap_or_else(plain);
    (filter == name || filter == "*").then(|| format!("// expansion of `{name}`\n{}", text()))
}

/// Formats the text with rustfmt; `None` if rustfmt is missing or fails.
fn formatted(text: &str) -> Option<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    rustfmt.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = rustfmt.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_expansion_or_all_are_printed() {
        let tokens: TokenStream = "struct S { a : u8 }".parse().expect("tokens");
        let text = |filter| text(filter, "S", &tokens).map(|text| text.replace(char::is_whitespace, ""));
        let expected = Some("//expansionof`S`structS{a:u8}".to_owned());
        // rustfmt adds a trailing comma; without rustfmt there is no comma.
        assert_eq!(text("S").map(|text| text.replace(",}", "}")), expected);
        assert_eq!(text("*").map(|text| text.replace(",}", "}")), expected);
        assert_eq!(text("T"), None);
        assert_eq!(text(""), None);
    }
}
