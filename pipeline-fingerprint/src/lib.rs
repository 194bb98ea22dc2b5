//! Fingerprints the code of a task, the part of a cache key that does not come from the inputs.
//!
//! The crate's `README.md` describes what a fingerprint covers, what it leaves out, and why that is safe. `items`
//! parses source files, `krate::Universe` places their items in the modules of the local crates, `reach` finds
//! everything that a task's code may name, and `code` turns that into a hash and a list of parts. `packages` reads
//! manifests and `Cargo.lock`; `lookup` answers what the macros ask about names, `called` what a call leads to, and `editor` what they show in an editor; `compiler` and `units` query the running compiler and cargo's build metadata.

mod called;
mod code;
mod compiler;
mod editor;
mod files;
mod items;
mod krate;
mod lookup;
mod macros;
mod packages;
mod parameters;
mod reach;
mod sources;
mod tokens;
mod units;

pub use called::{Called, called};
pub use code::Code;
pub use editor::{TaskSource, is_editor, task_sources};
pub use lookup::{
    Clash, clash_of_scenario, clash_of_task, functions_without, has_function, has_scenario, has_type,
    is_generic_task, is_in_module, is_method, is_module_beside, scenario_text, scenarios_without,
};
pub use sources::Sources;

use krate::{Compilation, Universe};
use proc_macro2::{Ident, TokenStream, TokenTree};
use std::path::PathBuf;

thread_local! {
    /// The crates of this build, read once per compiler process.
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

/// Returns the code of the task `name`, whose item is `tokens`, in the crate that is being compiled.
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
        None => Code::unique("built without cargo: no earlier result can be reused"),
    })
}

/// Returns the code of a call of a generic task, whose path and types are `tokens`, in the `scenario!` that is being expanded: the
/// function, and what the types add to it, such as their implementations of its traits.
pub fn of_call(tokens: &TokenStream) -> Code {
    let place = lookup::place(proc_macro2::Span::call_site());
    // The compiler's tokens have other types.
    let text = tokens.to_string();
    with_build(|build| match build {
        Some(universe) => {
            let tokens = tokens::of_text(&text).unwrap_or_default();
            universe.code_of_call(place.as_ref().map(|(file, start)| (file.as_path(), start.line)), &tokens)
        }
        None => Code::unique("built without cargo: no earlier result can be reused"),
    })
}

/// Returns the code that a task with this name and position would have, from the present files of its package and
/// without a compiler. Conditions of the build and features of other crates are not included. Returns `None` if the
/// folder does not contain a package, or if the file has no such function at the level of items.
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

/// Calls the function with the crates of this build. The first call reads them, as tokens that have line numbers.
fn with_build<T>(with: impl FnOnce(Option<&Universe>) -> T) -> T {
    // An editor runs nothing, so it needs no fingerprint.
    if is_editor() {
        return with(None);
    }
    let _plain = PlainTokens::begin();
    BUILD.with(|build| with(build.as_ref()))
}

/// Returns the sources of the crate that is being compiled. Empty without cargo.
pub fn sources() -> Sources {
    thread_local! {
        /// The same for every scenario of the crate.
        static SOURCES: Sources = with_build(|build| build.map(Universe::sources).unwrap_or_default());
    }
    SOURCES.with(Clone::clone)
}

/// Guard: while it lives, `proc_macro2` uses its own tokens. The compiler's tokens are slow to parse from a string and
/// have no line numbers then.
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
