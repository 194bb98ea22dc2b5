//! Loads the files of a crate, starting at its root file and following modules and includes.

use super::{Crate, CrateId, FilePlace, ItemId, ModuleId, Universe};
use crate::compiler;
use crate::files;
use crate::items::{self, Function, Import, Item, Kind, SourceFile};
use crate::tokens::{self, Include, MacroCall, Name, Piece, STANDARD, Words};
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};

/// Reads the files of a crate.
pub(super) struct Loader<'a> {
    pub(super) universe: &'a mut Universe,
    pub(super) krate: CrateId,
    pub(super) tests: bool,
    pub(super) seen: FxHashSet<(PathBuf, ModuleId)>,
}

impl Loader<'_> {
    fn home(&mut self) -> &mut Crate {
        &mut self.universe.crates[self.krate]
    }

    /// Reads a file as the content of a module. With `root`, the files of its modules are in its own folder.
    pub(super) fn file(&mut self, path: &Path, module: ModuleId, root: bool, depth: usize) {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if depth > 100 || !self.seen.insert((real.clone(), module)) {
            return;
        }
        let Some(text) = self.text(&real) else { return };
        let Some(source) = items::parse(&text, self.tests) else {
            if !self.home().unparsed.contains(&real) {
                self.home().unparsed.push(real);
            }
            return;
        };
        let folder = path.parent().unwrap_or(path).to_owned();
        let own = if root { folder.clone() } else { folder.join(path.file_stem().unwrap_or_default()) };
        self.source(real, (folder, own), source, module, depth);
    }

    /// Reads a file and records it as a part of the crate.
    fn text(&mut self, path: &Path) -> Option<String> {
        let text = std::fs::read(path).ok()?;
        let home = self.home();
        let newer = match (&home.unit, home.current) {
            _ if home.is_generated(path) => false,
            (_, true) => home.compiling && compiler::may_have_changed(path),
            (Some(unit), false) => unit.is_older_than(path),
            (None, false) => false,
        };
        if newer {
            home.changed = Some(path.to_owned());
        }
        home.known.insert(path.to_owned());
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// Adds the items of a file. The folders are the file's own and that of its modules.
    fn source(
        &mut self,
        real: PathBuf,
        (folder, own_folder): (PathBuf, PathBuf),
        source: SourceFile,
        module: ModuleId,
        depth: usize,
    ) {
        let title = self.home().title(&real);
        let file = self.home().files.len();
        let numbers: Vec<Name> =
            source.names.texts().iter().map(|text| self.universe.names.number(text)).collect();
        let functions = source
            .functions
            .iter()
            .map(|function| Function { name: numbers[function.name as usize], ..function.clone() });
        let place = FilePlace {
            path: real,
            folder: folder.clone(),
            title,
            functions: functions.collect(),
            items: Vec::new(),
        };
        self.home().files.push(place);
        let mut taken = Vec::new();
        for item in source.items {
            let item = translated(item, &numbers);
            let inside = self.inside(module, &item.modules);
            let kind = item.kind.clone();
            let name = item.name;
            let includes: Vec<Include> =
                item.words.includes.iter().filter(|include| include.code).cloned().collect();
            let is_include = matches!(&kind, Kind::Call(_)) && item.title == "include!";
            let id = self.universe.place(self.krate, file, inside, item);
            match kind {
                Kind::Module => {
                    let own = self.inside(inside, &[name]);
                    self.home().modules[own].about.push(id);
                }
                Kind::Attributes => self.home().modules[inside].about.push(id),
                _ => {}
            }
            for include in includes {
                taken.push((id, inside, include, is_include));
            }
        }
        for (id, inside, include, is_include) in taken {
            let found =
                include.path.and_then(|pieces| self.universe.included_path(self.krate, &pieces, &folder));
            match found.filter(|found| found.is_file()) {
                Some(found) if is_include => self.file(&found, inside, true, depth + 1),
                Some(found) => self.code(id, &found, depth + 1),
                None => {}
            }
        }
        for declared in source.modules {
            let mut around: Vec<Name> = Vec::new();
            // The folders to search, for `#[path]` files and for module files. Several if that depends on conditions.
            let mut places = vec![(folder.clone(), own_folder.clone(), false)];
            for inline in &declared.around {
                around.push(self.universe.names.number(&inline.name));
                let mut next = Vec::new();
                for (_, below, moved) in &places {
                    for path in &inline.paths {
                        let below = if *moved { below.join(path) } else { folder.join(path) };
                        next.push((below.clone(), below, true));
                    }
                    if inline.paths.is_empty() || inline.conditional {
                        let below = below.join(&inline.name);
                        next.push((below.clone(), below, *moved));
                    }
                }
                places = next;
                places.truncate(64);
            }
            around.push(self.universe.names.number(&declared.name));
            let own = self.inside(module, &around);
            let mut candidates: Vec<(PathBuf, bool)> = Vec::new();
            for (beside, below, _) in &places {
                for path in &declared.paths {
                    candidates.extend([beside, below, &folder].map(|folder| (folder.join(path), true)));
                }
                if declared.paths.is_empty() || declared.conditional {
                    candidates.push((below.join(format!("{}.rs", declared.name)), false));
                    candidates.push((below.join(&declared.name).join("mod.rs"), true));
                }
            }
            for (candidate, is_root) in candidates {
                if candidate.is_file() {
                    self.file(&candidate, own, is_root, depth + 1);
                }
            }
        }
    }

    /// Reads code that an item includes.
    fn code(&mut self, by: ItemId, path: &Path, depth: usize) {
        let Some(text) = self.text(path) else { return };
        let Some(source) = items::parse_code(&text) else { return };
        if depth > 100 {
            return;
        }
        let module = self.universe.items[by].module;
        let (title, folder) = (self.home().title(path), path.parent().unwrap_or(path).to_owned());
        let place = FilePlace {
            path: path.to_owned(),
            folder: folder.clone(),
            title: title.clone(),
            functions: Vec::new(),
            items: Vec::new(),
        };
        let file = self.home().files.len();
        self.home().files.push(place);
        let numbers: Vec<Name> =
            source.names.texts().iter().map(|text| self.universe.names.number(text)).collect();
        for item in source.items {
            let mut item = translated(item, &numbers);
            let is_all = item.kind == Kind::Unknown;
            if is_all {
                item.title.clone_from(&title);
            }
            let includes = item.words.includes.clone();
            let id = self.universe.place(self.krate, file, module, item);
            if !is_all {
                continue;
            }
            // It counts with the item that includes it, not by itself.
            self.home().ambient.retain(|other| *other != id);
            self.universe.items[by].included.push(id);
            for include in includes.into_iter().filter(|include| include.code) {
                let found =
                    include.path.and_then(|pieces| self.universe.included_path(self.krate, &pieces, &folder));
                if let Some(found) = found.filter(|found| found.is_file()) {
                    self.code(id, &found, depth + 1);
                }
            }
        }
    }

    /// Returns the module at a path of names, created where needed.
    fn inside(&mut self, module: ModuleId, names: &[Name]) -> ModuleId {
        names.iter().fold(module, |module, &name| {
            let path = format!(
                "{}::{}",
                self.universe.crates[self.krate].modules[module].path,
                self.universe.names.text(name)
            );
            self.universe.module(self.krate, Some(module), name, path)
        })
    }

    /// Adds source files without a declaration, if a macro may declare modules.
    pub(super) fn orphans(&mut self) {
        let names = &self.universe.names;
        let module = names.known("mod");
        let declares = |item: &Item| match item.kind {
            Kind::MacroRules => module.is_some_and(|module| item.words.mentions(module)),
            Kind::Call(_) => !STANDARD.iter().any(|name| item.title == format!("{name}!")),
            _ => item.words.attributes.iter().any(|attribute| attribute.outermost && !attribute.derive),
        };
        let items = self.universe.crates[self.krate].files.iter().flat_map(|file| &file.items);
        let items: Vec<ItemId> = items.copied().collect();
        if !items.iter().any(|&id| declares(&self.universe.items[id].item)) {
            return;
        }
        let folder = self.universe.crates[self.krate].package.folder.join("src");
        let mut sources = files::below(&folder);
        sources.extend(
            self.universe.crates[self.krate].generated.iter().flat_map(|folder| files::below(folder)),
        );
        for source in sources {
            let source = source.canonicalize().unwrap_or(source);
            let is_source = source.extension().is_some_and(|extension| extension == "rs");
            if is_source
                && !self.universe.crates[self.krate].known.contains(&source)
                && !self.is_other_target(&source)
            {
                let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let name = self.universe.names.number(&name);
                let own = self.inside(0, &[name]);
                self.file(&source, own, false, 1);
            }
        }
    }

    /// Returns whether cargo treats the file as the root of another crate.
    fn is_other_target(&self, file: &Path) -> bool {
        let package = &self.universe.crates[self.krate].package;
        let usual = ["src/main.rs", "src/lib.rs"].map(|name| package.folder.join(name));
        usual.iter().any(|usual| usual.canonicalize().ok().as_deref() == Some(file))
            || file.starts_with(package.folder.join("src/bin"))
    }
}

/// Translates the names of an item to the universe's table.
fn translated(item: Item, numbers: &[Name]) -> Item {
    let one = |name: Name| numbers[name as usize];
    let list = |names: Vec<Name>| -> Vec<Name> { names.into_iter().map(one).collect() };
    let sorted = |names: Vec<Name>| -> Vec<Name> {
        let mut names = list(names);
        names.sort_unstable();
        names
    };
    let words = item.words;
    let kind = match item.kind {
        Kind::Trait(members) => Kind::Trait(list(members)),
        Kind::Foreign(members) => Kind::Foreign(list(members)),
        Kind::Call(defined) => Kind::Call(list(defined)),
        Kind::Impl(header) => Kind::Impl(items::Header {
            of_trait: header.of_trait.map(list),
            head: header.head.map(list),
            argument: header.argument.map(list),
            generics: list(header.generics),
            private: header.private,
            nested: header.nested,
        }),
        Kind::Import(import) => {
            Kind::Import(Import { path: list(import.path), bound: one(import.bound), ..import })
        }
        kind => kind,
    };
    let piece = |piece: Piece| match piece {
        Piece::Text(text) => Piece::Text(one(text)),
        Piece::Variable(name) => Piece::Variable(one(name)),
        Piece::Parameter => Piece::Parameter,
    };
    Item {
        kind,
        name: one(item.name),
        modules: list(item.modules),
        words: Words {
            idents: sorted(words.idents),
            parameters: sorted(words.parameters),
            members: sorted(words.members),
            loose: sorted(words.loose),
            quoted: sorted(words.quoted),
            texts: sorted(words.texts),
            defined: sorted(words.defined),
            calls: words
                .calls
                .into_iter()
                .map(|call| MacroCall { path: list(call.path), arguments: sorted(call.arguments) })
                .collect(),
            attributes: words
                .attributes
                .into_iter()
                .map(|attribute| tokens::AttributeUse { path: list(attribute.path), ..attribute })
                .collect(),
            variables: words.variables.into_iter().map(|name| name.map(one)).collect(),
            includes: words
                .includes
                .into_iter()
                .map(|include| Include {
                    path: include.path.map(|path| path.into_iter().map(piece).collect()),
                    ..include
                })
                .collect(),
        },
        ..item
    }
}
