//! The switch that prints an expansion.

use proc_macro2::TokenStream;
use std::io::Write;
use std::process::{Command, Stdio};

/// Prints the expansion on stderr when `PIPELINE_DEBUG_MACRO` asks for `name` or for all (`*`).
pub(crate) fn print(name: &str, expansion: &TokenStream) {
    let Ok(wanted) = std::env::var("PIPELINE_DEBUG_MACRO") else { return };
    if wanted == name || wanted == "*" {
        let text = expansion.to_string();
        eprintln!("// expansion of `{name}`\n{}", formatted(&text).unwrap_or(text));
    }
}

/// The text as rustfmt would write it; `None` without a rustfmt that can.
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
