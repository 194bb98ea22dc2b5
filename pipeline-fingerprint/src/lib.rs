//! The fingerprint of a task's code: what a result depends on besides its inputs.
//!
//! What is covered, what is left out and why that is right stands in `README.md` beside this file. Sources are read as
//! `items`, put in their place in the `krate::Universe` of local crates, `reach` finds what a task's
//! code may name, and `code` makes a hash and a list of parts of it. `packages` reads manifests and `Cargo.lock`,
//! `compiler` and `units` ask the running compiler and cargo's notes.

mod code;
mod compiler;
mod files;
mod items;
mod krate;
mod macros;
mod packages;
mod reach;
mod sources;
mod tokens;
mod units;

pub use code::Code;
pub use sources::Sources;

use krate::{Compilation, Universe};
use proc_macro2::{Ident, TokenStream, TokenTree};
use std::path::PathBuf;

thread_local! {
    /// The crates of this build, read once in a compiler's process.
    static BUILD: Option<Universe> = read_build();
}

fn read_build() -> Option<Universe> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)?;
    let line = compiler::CommandLine::own();
    Universe::read(&Compilation {
        folder,
        root: line.as_ref().and_then(compiler::CommandLine::root),
        tests: line.as_ref().is_none_or(compiler::CommandLine::has_tests),
        generated: std::env::var_os("OUT_DIR").map(PathBuf::from),
        line,
        compiling: true,
    })
}

/// The code of the task `name` whose item is `tokens`, in the crate that the compiler has just now.
pub fn of_task(tokens: &TokenStream, name: &Ident) -> Code {
    let file = name.span().local_file().and_then(|file| file.canonicalize().ok());
    let start = name.span().start();
    let own: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let own = tokens::read(&own, &mut tokens::Names::new(), false).hash;
    let name = name.to_string();
    with_build(|build| match build {
        Some(universe) => {
            let place = file.as_deref().map(|file| (file, start.line, start.column));
            universe.code(place, name.trim_start_matches("r#"), own)
        }
        None => Code::once("built without cargo: no earlier result can be taken for known"),
    })
}

/// The code of a function as the files of its package are now, without a compiler: what a task of this name and place would
/// have. Conditions of the build and features of other crates are not in it. `None` where there is no package in the folder, or
/// the file has no such function outside of others.
pub fn of_function(folder: &std::path::Path, file: &std::path::Path, function: &str) -> Option<Code> {
    let compilation = Compilation {
        folder: folder.to_owned(),
        root: None,
        tests: false,
        generated: None,
        line: None,
        compiling: false,
    };
    let universe = Universe::read(&compilation)?;
    let file = file.canonicalize().ok()?;
    let (line, column) = universe.place_of(&file, function)?;
    Some(universe.code(Some((&file, line, column)), function, blake3::hash(function.as_bytes())))
}

/// Whether the macro that is being expanded is called in a module, not in a function, and that module has the task `name`.
pub fn is_beside(name: &Ident) -> bool {
    let call = proc_macro2::Span::call_site();
    let file = call.local_file().and_then(|file| file.canonicalize().ok());
    let (line, name) = (call.start().line, name.to_string());
    let Some(file) = file else { return false };
    with_build(|build| build.is_some_and(|build| build.is_beside(&file, line, name.trim_start_matches("r#"))))
}

/// Calls the function with the crates of this build. Whoever is first reads them, and their tokens have lines.
fn with_build<T>(with: impl FnOnce(Option<&Universe>) -> T) -> T {
    let _plain = PlainTokens::begin();
    BUILD.with(|build| with(build.as_ref()))
}

/// What the crate is compiled from that is being compiled; nothing without cargo.
pub fn sources() -> Sources {
    thread_local! {
        /// The same for every scenario of the crate.
        static SOURCES: Sources = with_build(|build| build.map(Universe::sources).unwrap_or_default());
    }
    SOURCES.with(Clone::clone)
}

/// The files of the package that is being compiled and those that its build script made, sorted.
pub fn package_files() -> Vec<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let generated = std::env::var_os("OUT_DIR").map(PathBuf::from);
    package.into_iter().chain(generated).flat_map(|folder| files::below(&folder)).collect()
}

/// As long as it is there, tokens are not the compiler's: of a string those would be slow, and have no lines.
struct PlainTokens;

impl PlainTokens {
    fn begin() -> PlainTokens {
        proc_macro2::fallback::force();
        PlainTokens
    }
}

impl Drop for PlainTokens {
    fn drop(&mut self) {
        proc_macro2::fallback::unforce();
    }
}
