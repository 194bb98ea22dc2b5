//! Files as values: their content counts, not their names.

use super::{
    Codec, DataError, Format, Item, Shape, ShowError, Shown, Source, SourceVersion, Tabular, TomlValue,
    Typed, open_file, pattern, toml_value,
};
use crate::store::{Blob, LocalFile};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as a data node.
///
/// As an *input* it names a file outside of the store: a task that reads it runs again when the file's content changes,
/// not when it is touched, moved or renamed. As an *output* its content is copied into the store, and readers get the
/// copy.
///
/// A relative path is resolved against the current directory. If it does not exist there and cargo started the program,
/// it is resolved against the directory of its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    located: Located,
}

impl File {
    /// Creates a reference to the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> File {
        File { located: Located::new(path.into()) }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.located.path
    }

    /// Reads the whole content as a string.
    ///
    /// # Errors
    ///
    /// When the file can't be read or is not UTF-8; the error names it.
    pub fn read_to_string(&self) -> Result<String, DataError> {
        std::fs::read_to_string(self.path()).map_err(|source| self.located.error(source))
    }
}

impl AsRef<Path> for File {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl From<&str> for File {
    fn from(path: &str) -> File {
        File::new(path)
    }
}

impl Codec for File {
    const SCANNED: bool = true;
    const EXTERNAL: bool = true;

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.located.copy(out)
    }

    fn decode(_: &[u8]) -> Result<File, DataError> {
        Err(DataError::Decode { ty: "File".into(), message: "it is only read from an object".into() })
    }

    fn load(object: &Blob) -> Result<File, DataError> {
        Ok(File { located: Located::stored(object)? })
    }

    fn round_trip(self) -> Result<File, DataError> {
        Ok(self)
    }

    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }
}

impl Source for File {
    fn name(&self) -> &Path {
        self.path()
    }

    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>> {
        SourceVersion::of_file(item).map(Some)
    }

    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>> {
        open_file(item)
    }
}

impl Typed for File {
    fn parse(text: &str) -> Result<File, String> {
        Ok(File::new(text))
    }

    fn text(&self) -> Option<String> {
        self.located.text()
    }

    fn from_toml(value: &TomlValue) -> Result<File, String> {
        toml_value::path(&value.0).map(File::new)
    }

    fn to_toml(&self) -> Option<TomlValue> {
        self.located.to_toml()
    }
}

impl Shown for File {
    fn summary(&self) -> String {
        self.located.summary()
    }

    fn show(&self, _: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        self.located.show(out)
    }

    fn shape() -> Shape {
        Shape::Path
    }
}

impl Tabular for File {}

impl Item for File {}

/// A path as given, and the absolute path that is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) given: PathBuf,
    /// The folder that a relative path starts from, if it was recorded.
    base: Option<PathBuf>,
    pub(crate) path: PathBuf,
    object: Held,
}

/// The object that a path leads to. It is held for as long as the path is in use, and does not count for equality.
#[derive(Debug, Clone, Default)]
struct Held(#[expect(dead_code, reason = "it is held, not read")] Option<Arc<(Blob, LocalFile)>>);

impl PartialEq for Held {
    fn eq(&self, _: &Held) -> bool {
        true
    }
}

impl Eq for Held {}

impl Located {
    pub(crate) fn new(given: PathBuf) -> Located {
        if let Some((base, given)) = taken_from(&given) {
            let path = base.join(given);
            return Located { given: given.into(), base: Some(base.into()), path, object: Held::default() };
        }
        let in_package = || {
            let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
            Some(package.join(&given)).filter(|path| path.exists())
        };
        let path = if given.exists() { given.clone() } else { in_package().unwrap_or_else(|| given.clone()) };
        let path = std::path::absolute(&path).unwrap_or(path);
        Located { given, base: None, path, object: Held::default() }
    }

    /// Whether it is a pattern: a path with wildcards that is not itself the path of a file.
    pub(crate) fn is_pattern(&self) -> bool {
        pattern::is_pattern(&self.given) && !self.path.exists()
    }

    /// The file; or the files in the folder, whose names don't begin with an underscore or a dot; or those that match the pattern.
    /// They are sorted by path, and at least one.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        if self.path.is_dir() {
            let files = pattern::files(&self.path, Path::new("**"))?;
            let is_data = |path: &PathBuf| {
                let below = path.strip_prefix(&self.path).unwrap_or(path);
                !below.components().any(|part| part.as_os_str().to_string_lossy().starts_with('_'))
            };
            let files: Vec<PathBuf> = files.into_iter().filter(is_data).collect();
            return match files.is_empty() {
                true => Err(io::Error::new(io::ErrorKind::NotFound, "the folder has no files")),
                false => Ok(files),
            };
        }
        if !self.is_pattern() {
            return Ok(vec![self.path.clone()]);
        }
        for base in self.bases() {
            let files = pattern::files(&base, &self.given)?;
            if !files.is_empty() {
                return Ok(files);
            }
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "no file matches the pattern"))
    }

    /// The folders that a relative pattern may be resolved against, as for a file: the current directory, then the
    /// folder of the package.
    fn bases(&self) -> Vec<PathBuf> {
        if let Some(base) = &self.base {
            return vec![base.clone()];
        }
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        std::env::current_dir().ok().into_iter().chain(package).collect()
    }

    /// The local file of an object.
    pub(crate) fn stored(object: &Blob) -> Result<Located, DataError> {
        let file = super::local(object)?;
        let path = file.path().to_owned();
        let object = Held(Some(Arc::new((object.clone(), file))));
        Ok(Located { given: path.clone(), base: None, path, object })
    }

    /// The given path, without the current directory if it is inside.
    pub(crate) fn summary(&self) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        let given = if self.base.is_some() { &self.path } else { &self.given };
        given.strip_prefix(here).unwrap_or(given).display().to_string()
    }

    /// The string that is parsed as the same path with the same base folder.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.base {
            Some(base) => in_folder(base, &self.given)?.to_str().map(str::to_owned),
            None => self.given.to_str().map(str::to_owned),
        }
    }

    /// The path as written in a TOML file.
    pub(crate) fn to_toml(&self) -> Option<TomlValue> {
        let given = if self.base.is_some() { &self.path } else { &self.given };
        given.to_str().map(|text| TomlValue(text.into()))
    }

    pub(crate) fn error(&self, source: io::Error) -> DataError {
        DataError::File { path: self.path.clone(), source }
    }

    /// Writes the content to `out`, for the store.
    pub(crate) fn copy(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        let mut file = std::fs::File::open(&self.path).map_err(|source| self.error(source))?;
        io::copy(&mut file, out).map_err(DataError::Write).map(drop)
    }

    /// Writes the content to `out`, unchanged.
    pub(crate) fn show(&self, out: &mut dyn Write) -> Result<(), ShowError> {
        let mut file = std::fs::File::open(&self.path).map_err(|source| self.error(source))?;
        io::copy(&mut file, out)?;
        Ok(())
    }
}

/// Separates the folder of a project from a relative path in it. The operating system ignores the dot, so the joined
/// string works as an ordinary path.
const IN: &str = "/./";

/// Joins a folder and a relative path so that [`taken_from`] can separate them again.
pub(crate) fn in_folder(folder: &Path, path: &Path) -> Option<PathBuf> {
    let (folder, path) = (folder.to_str()?, path.to_str()?);
    Some(format!("{folder}{IN}{path}").into())
}

/// The folder and the relative path that [`in_folder`] joined; `None` for any other path.
pub(crate) fn taken_from(path: &Path) -> Option<(&Path, &Path)> {
    let (folder, path) = path.to_str()?.split_once(IN)?;
    (Path::new(folder).is_absolute() && !path.is_empty()).then(|| (Path::new(folder), Path::new(path)))
}
