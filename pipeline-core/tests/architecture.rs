//! `ARCHITECTURE.md` names only files and folders that exist, and all source folders.

use std::collections::BTreeSet;
use std::path::Path;

/// Returns the paths that a document names: words in backticks with a slash and no spaces.
fn paths(document: &str) -> BTreeSet<&str> {
    let quoted = document.split('`').skip(1).step_by(2);
    quoted.filter(|text| text.contains('/') && !text.contains(' ') && !text.contains("::")).collect()
}

#[test]
fn every_path_in_the_architecture_page_exists_and_every_floor_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let named = paths(&page);
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|path| !root.join(path).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");

    let folders = |folder: &str| {
        let entries = std::fs::read_dir(root.join(folder)).expect("a folder").flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        folders.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())).collect::<Vec<_>>()
    };
    let floors = folders("pipeline-core/src").into_iter().filter(|floor| !floor.ends_with("__private"));
    let verbs = ["resolve", "ask", "execute", "publish", "journal"]
        .map(|verb| format!("pipeline-core/src/engine/{verb}"));
    for folder in floors.chain(verbs) {
        assert!(named.contains(folder.as_str()), "{folder} is missing in ARCHITECTURE.md");
    }
}
