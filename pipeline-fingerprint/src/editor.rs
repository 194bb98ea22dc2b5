//! What an editor needs: rust-analyzer expands a macro after each key, and shows the types as they are written.

use crate::items::Kind;
use crate::krate::Universe;
use crate::{PlainTokens, files, read_build, tokens, with_build};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Where a task is, its type parameters, and what it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSource {
    /// The name of the task's crate; `None` if it is the one that is being edited.
    pub krate: Option<String>,
    /// The modules around the task.
    pub modules: Vec<String>,
    /// The names of its type parameters.
    pub types: Vec<String>,
    /// Its return type as written; empty for a function without one.
    pub returns: String,
}

type Table = FxHashMap<String, Vec<TaskSource>>;

/// Returns whether rust-analyzer expands the macro, and not the compiler.
pub fn is_editor() -> bool {
    static IS_EDITOR: LazyLock<bool> = LazyLock::new(|| {
        let program = std::env::current_exe().ok();
        program.is_some_and(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().contains("rust-analyzer"))
        })
    });
    *IS_EDITOR
}

/// Returns the sources of the tasks with this name in all local crates.
pub fn task_sources(task: &str) -> Vec<TaskSource> {
    thread_local! {
        /// A crate's files don't change while it is compiled.
        static TABLE: Option<Arc<Table>> = with_build(|build| Some(Arc::new(build?.tasks())));
    }
    let table = if is_editor() { edited_table() } else { TABLE.with(Clone::clone) };
    table.and_then(|table| table.get(task).cloned()).unwrap_or_default()
}

/// Returns all tasks of the local crates. They are read again when a source file of the package has changed.
fn edited_table() -> Option<Arc<Table>> {
    static TABLE: Mutex<Option<(u64, Arc<Table>)>> = Mutex::new(None);
    let key = key()?;
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, table)) = &*table
        && *known == key
    {
        return Some(table.clone());
    }
    let _plain = PlainTokens::begin();
    let read = Arc::new(read_build()?.tasks());
    *table = Some((key, read.clone()));
    Some(read)
}

/// Identifies the package and the state of its source files.
fn key() -> Option<u64> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
    let mut hasher = FxHasher::default();
    folder.hash(&mut hasher);
    for file in files::below(&folder) {
        if file.extension().is_some_and(|extension| extension == "rs") {
            file.hash(&mut hasher);
            file.metadata().and_then(|data| data.modified()).ok().hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}

impl Universe {
    fn tasks(&self) -> Table {
        let mut found = Table::default();
        let mut sources: FxHashMap<PathBuf, Vec<TokenTree>> = FxHashMap::default();
        for placed in
            self.items.iter().filter(|placed| placed.item.kind == Kind::Fn && placed.item.tasks.is_some())
        {
            let home = &self.crates[placed.krate];
            let file = &home.files[placed.file].path;
            let source = sources.entry(file.clone()).or_insert_with(|| {
                let text = std::fs::read_to_string(file).unwrap_or_default();
                tokens::of_text(&text).unwrap_or_default()
            });
            let name = self.names.text(placed.item.name);
            let Some((types, returns)) = signature(source, name, placed.item.line as usize) else { continue };
            let mut modules = Vec::new();
            let mut module = &home.modules[placed.module];
            while let Some(parent) = module.parent {
                modules.insert(0, self.names.text(module.name).to_owned());
                module = &home.modules[parent];
            }
            let library = home.package.library.as_ref().map(|(_, library)| library.clone());
            let krate = if home.current { None } else { library };
            found.entry(name.to_owned()).or_default().push(TaskSource { krate, modules, types, returns });
        }
        found
    }
}

/// Returns the type parameters and the return type of the function whose `fn` is in this line.
fn signature(tokens: &[TokenTree], name: &str, line: usize) -> Option<(Vec<String>, String)> {
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "fn" && word.span().start().line == line => {
                if !matches!(tokens.get(i + 1), Some(TokenTree::Ident(found)) if tokens::is_named(found, name))
                {
                    continue;
                }
                let rest = tokens[i..].iter().take_while(|token| {
                    let is_body =
                        matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                    !is_body && !matches!(token, TokenTree::Ident(word) if word == "where")
                });
                let rest: Vec<TokenTree> = rest.cloned().collect();
                let list = rest.iter().position(
                    |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis),
                )?;
                // After `->`.
                let ty: TokenStream = rest.get(list + 3..).unwrap_or_default().iter().cloned().collect();
                return Some((type_parameters(&rest[2..list]), ty.to_string()));
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                if let Some(found) = signature(&inner, name, line) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns the names of the type parameters in `<…>`, without lifetimes and constants.
fn type_parameters(tokens: &[TokenTree]) -> Vec<String> {
    let (mut found, mut depth) = (Vec::new(), 0_u32);
    for (i, token) in tokens.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| &tokens[before]);
        let begins = depth == 1 && (tokens::is_sign(before, '<') || tokens::is_sign(before, ','));
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' && !tokens::is_sign(before, '-') => {
                depth = depth.saturating_sub(1);
            }
            TokenTree::Ident(name) if begins && name != "const" => found.push(name.to_string()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_of_a_task_is_read_from_its_source() {
        let of =
            |text: &str| signature(&tokens::of_text(text).expect("tokens"), "f", 1).expect("a signature");
        assert_eq!(of("fn f(x: u8) -> Vec<u8> {}"), (vec![], "Vec < u8 >".to_owned()));
        assert_eq!(
            of("fn f<'a, T, const N: usize, U: Fn() -> T + Into<Vec<T>>>(x: T) where T: Copy {}").0,
            ["T", "U"]
        );
    }
}
