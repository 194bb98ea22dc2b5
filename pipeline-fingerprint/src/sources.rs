//! What a program was compiled from, as it carries it with it: to say later what changed, and to check when it starts that the
//! compiler read nothing for its crate that the fingerprint does not know.

use crate::code::PLACES;
use crate::files;
use crate::items::Kind;
use crate::krate::Universe;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a program was compiled from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The files of the crate and of the local crates that it is built with, a line for each: the beginning of the hash of
    /// its content, a tab, its name.
    pub files: String,
    /// What the compiler may read for the crate without being told of: the name of its dep-info file, then a line for
    /// each file, `f` and the beginning of the hash of its path as the compiler may write it, and for each variable, `v` and
    /// its name. Nothing where no compiler is at work.
    pub read: String,
}

/// The number that stands for a path.
fn number(path: &Path) -> String {
    blake3::hash(path.to_string_lossy().as_bytes()).to_hex()[..16].to_owned()
}

impl Universe {
    pub(crate) fn sources(&self) -> Sources {
        let mut lines = BTreeSet::new();
        for home in &self.crates {
            for file in &home.known {
                let hash = files::content(file).to_hex();
                lines.insert(format!("{}\t{}", &hash.as_str()[..16], home.title(file)));
            }
        }
        let files = lines.into_iter().collect::<Vec<_>>().join("\n");
        Sources { files, read: self.read_by_compiler().unwrap_or_default() }
    }

    fn read_by_compiler(&self) -> Option<String> {
        let current = self.crates.iter().position(|home| home.current)?;
        let home = &self.crates[current];
        let line = home.line.as_ref()?;
        let name = format!("{}{}", line.value("--crate-name")?, line.codegen("extra-filename")?);
        let here = std::env::current_dir().ok().and_then(|folder| folder.canonicalize().ok());
        let mut files: BTreeSet<PathBuf> = home.known.clone();
        let mut variables: BTreeSet<&str> = PLACES.into_iter().collect();
        for placed in self.items.iter().filter(|placed| placed.krate == current) {
            let place = &home.files[placed.file];
            let words = &placed.item.words;
            let included = words.includes.iter().filter_map(|include| include.path.as_deref());
            files.extend(included.filter_map(|pieces| self.included_path(current, pieces, &place.folder)));
            variables.extend(words.variables.iter().flatten().map(|name| self.names.text(*name)));
            // A wiring in a file: it is an input of the macro that this is for.
            if matches!(placed.item.kind, Kind::Call(_)) && placed.item.title.ends_with("scenario!") {
                for folder in [Some(home.package.folder.as_path()), place.path.parent()].into_iter().flatten()
                {
                    let named = words.texts.iter().map(|name| folder.join(self.names.text(*name)));
                    files.extend(named.filter(|file| file.is_file()));
                }
            }
        }
        let mut read = name;
        for file in files {
            let file = file.canonicalize().unwrap_or(file);
            // As the compiler was given it, or as a macro wrote it.
            let inside = here.as_ref().and_then(|here| file.strip_prefix(here).ok());
            for path in inside.into_iter().chain([file.as_path()]) {
                let _ = write!(read, "\nf{}", number(path));
            }
        }
        for variable in variables {
            let _ = write!(read, "\nv{variable}");
        }
        Some(read)
    }
}
