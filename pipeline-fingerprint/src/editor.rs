//! What an editor needs: rust-analyzer expands a macro after each key, and shows the types as they are written.

use crate::items::Kind;
use crate::krate::Universe;
use crate::{PlainTokens, files, read_build, tokens};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Where a task is, and what it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The name of the task's crate; `None` if it is the one that is being edited.
    pub krate: Option<String>,
    /// The modules around the task.
    pub modules: Vec<String>,
    /// Its return type as written; empty for a function without one.
    pub ty: String,
}

type Table = FxHashMap<String, Vec<Returned>>;

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

/// Returns what the task with this name returns. `None` if no local crate has it, or several functions with its name.
pub fn returned_by(task: &str) -> Option<Returned> {
    match table()?.get(task)?.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Returns all tasks of the local crates. They are read again when a source file of the package has changed.
fn table() -> Option<Arc<Table>> {
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
            let Some(ty) = return_type(source, name, placed.item.line as usize) else { continue };
            let mut modules = Vec::new();
            let mut module = &home.modules[placed.module];
            while let Some(parent) = module.parent {
                modules.insert(0, self.names.text(module.name).to_owned());
                module = &home.modules[parent];
            }
            let library = home.package.library.as_ref().map(|(_, library)| library.clone());
            let krate = if home.current { None } else { library };
            found.entry(name.to_owned()).or_default().push(Returned { krate, modules, ty });
        }
        found
    }
}

/// Returns the return type of the function whose `fn` is in this line.
fn return_type(tokens: &[TokenTree], name: &str, line: usize) -> Option<String> {
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
                return Some(ty.to_string());
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                if let Some(found) = return_type(&inner, name, line) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}
