//! Inputs whose content is neither in the store nor in files.

use skipstone::data::{Codec, DataError, Shown, Source, SourceVersion, Tabular, Typed};
use skipstone::executor::Processes;
use skipstone::{JobStatus, Store, scenario, task, testing};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

testing::worker!();

/// Letters in a folder, each with its version in a file beside it. A letter without that file has no version.
#[derive(Debug, Clone)]
struct Letters(PathBuf);

impl Source for Letters {
    fn name(&self) -> &Path {
        &self.0
    }

    fn items(&self) -> io::Result<Vec<PathBuf>> {
        Ok(vec!["first".into(), "second".into()])
    }

    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>> {
        match std::fs::read_to_string(self.0.join(item).with_extension("version")) {
            Ok(version) => Ok(Some(SourceVersion::named(&version, 5))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>> {
        let opened = self.0.join("opened");
        let before = std::fs::read(&opened).unwrap_or_default();
        std::fs::write(&opened, [before.as_slice(), b"."].concat())?;
        Ok(Box::new(Cursor::new(std::fs::read(self.0.join(item))?)))
    }
}

impl Codec for Letters {
    const EXTERNAL: bool = true;

    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        out.write_all(self.0.to_string_lossy().as_bytes()).map_err(DataError::Write)
    }

    fn decode(bytes: &[u8]) -> Result<Letters, DataError> {
        Ok(Letters(String::from_utf8_lossy(bytes).as_ref().into()))
    }
}

impl Typed for Letters {
    fn parse(text: &str) -> Result<Letters, String> {
        Ok(Letters(text.into()))
    }

    fn text(&self) -> Option<String> {
        self.0.to_str().map(str::to_owned)
    }
}

impl Shown for Letters {}
impl Tabular for Letters {}

#[task(skippable)]
fn joined(letters: &Letters) -> io::Result<String> {
    let mut text = String::new();
    for item in letters.items()? {
        letters.open(&item)?.read_to_string(&mut text)?;
        if text == "change me" {
            std::fs::write(letters.0.join("second.version"), "later")?;
        }
    }
    Ok(text)
}

scenario! {
    Post {
        input letters: Letters;
        text = joined(letters);
    }
}

fn put(folder: &Path, name: &str, content: &str) {
    std::fs::write(folder.join(name), content).expect("written");
}

/// Returns how often an item was opened since the last call.
fn opened(folder: &Path) -> usize {
    let count = std::fs::read(folder.join("opened")).unwrap_or_default().len();
    put(folder, "opened", "");
    count
}

fn set_up() -> (tempfile::TempDir, Letters) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in
        [("first", "one"), ("second", "two"), ("first.version", "1"), ("second.version", "1")]
    {
        put(folder.path(), name, content);
    }
    let letters = Letters(folder.path().into());
    (folder, letters)
}

#[test]
fn a_source_is_read_once_per_version_even_by_another_program() {
    let (folder, letters) = set_up();
    let place = folder.path();
    {
        let store = Store::open(place.join("store")).expect("a store");
        let post = Post::create(&store, "post", PostInputs { letters }).expect("a scenario");
        assert_eq!(post.submit().expect("runs").ran(), ["joined"]);
        assert_eq!((opened(place), post.text.read().expect("read")), (4, "onetwo".to_owned()));
    }
    let store = Store::open(place.join("store")).expect("a store");
    let post = Post::open(&store, "post").expect("opened");
    assert_eq!(post.submit().expect("skips").jobs[0].status, JobStatus::Skipped);
    assert_eq!(opened(place), 0, "the versions are known");
    put(place, "first.version", "2");
    assert_eq!(post.submit().expect("skips").jobs[0].status, JobStatus::Skipped);
    assert_eq!(opened(place), 1, "one item has a new version but the same content");
    put(place, "second", "2");
    put(place, "second.version", "2");
    let run = post.submission().executor(Processes::new()).submit().expect("runs");
    assert_eq!((run.ran(), post.text.read().expect("read")), (vec!["joined"], "one2".to_owned()));
}

#[test]
fn a_source_without_a_version_is_read_in_each_submission() {
    let (folder, letters) = set_up();
    let place = folder.path();
    std::fs::remove_file(place.join("first.version")).expect("removed");
    let store = Store::open(place.join("store")).expect("a store");
    let post = Post::create(&store, "post", PostInputs { letters }).expect("a scenario");
    post.submit().expect("runs");
    opened(place);
    assert_eq!(post.submit().expect("skips").jobs[0].status, JobStatus::Skipped);
    assert_eq!(opened(place), 1, "the one without a version");
    put(place, "first", "1");
    assert_eq!(post.submit().expect("runs").ran(), ["joined"]);
    assert_eq!(post.text.read().expect("read"), "1two");
}

#[test]
fn a_result_of_a_source_that_changed_meanwhile_is_not_stored() {
    let (folder, letters) = set_up();
    put(folder.path(), "first", "change me");
    let store = Store::open(folder.path().join("store")).expect("a store");
    let post = Post::create(&store, "post", PostInputs { letters }).expect("a scenario");
    let run = post.submit().expect("runs");
    assert!(
        run.warnings.iter().any(|warning| warning.contains("second changed while task `joined` read it")),
        "{run:?}"
    );
    assert_eq!(post.submit().expect("runs").ran(), ["joined"], "it runs again");
}

#[test]
fn an_unreadable_source_fails_its_reader_and_is_named() {
    let (folder, letters) = set_up();
    std::fs::remove_file(folder.path().join("second")).expect("removed");
    let store = Store::open(folder.path().join("store")).expect("a store");
    let post = Post::create(&store, "post", PostInputs { letters }).expect("a scenario");
    let message = post.submit().expect_err("fails").to_string();
    assert!(message.contains("input `letters`") && message.contains("second"), "{message}");
}
