//! The list of sources that a program embeds. It is used to report later which files changed, and to check on start
//! that the compiler read no file or variable for the crate that the fingerprint does not know.

use crate::code::PLACES;
use crate::files;
use crate::items::Kind;
use crate::krate::Universe;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The sources that a program was compiled from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The files of the crate and of the local crates that it is built with, one per line: the first 16 hexadecimal
    /// digits of the content's hash, a tab, the name.
    pub files: String,
    /// The files and variables that the compiler is expected to read for the crate. The first line is the name of its
    /// dep-info file. A line per file follows, `f` and the first 16 digits of the hash of its path as the compiler may
    /// write it, and a line per variable, `v` and its name. Empty without a running compiler.
    pub read: String,
}

/// Returns the first 16 hexadecimal digits of the path's hash.
fn path_hash(path: &Path) -> String {
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
            // A scenario in a file is read by the `scenario!` macro.
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
            // The path as passed to the compiler, or as a macro wrote it.
            let inside = here.as_ref().and_then(|here| file.strip_prefix(here).ok());
            for path in inside.into_iter().chain([file.as_path()]) {
                let _ = write!(read, "\nf{}", path_hash(path));
            }
        }
        for variable in variables {
            let _ = write!(read, "\nv{variable}");
        }
        Some(read)
    }
}
