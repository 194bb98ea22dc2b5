//! A store that an earlier version of the library made.

use skipstone::{Store, scenario, task};
use std::fs;
use std::path::Path;

// The same tasks and scenario as in the program that made `fixtures/format-1`.
#[task(skippable)]
fn squares(up_to: u64) -> Vec<u64> {
    (1..=up_to).map(|n| n * n).collect()
}

#[task(skippable)]
fn total(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

scenario! { pub Squares { input up_to: u64 = 10; squares = squares(up_to); total = total(squares); } }

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).expect("copied");
        }
    }
}

#[test]
fn a_store_of_format_1_is_read_and_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1"), &path);

    let store = Store::open(&path).expect("opened");
    let scenario = Squares::open(&store, "first").expect("opened");
    assert_eq!(scenario.total.read().expect("read"), 385);
    let check = store.check().expect("readable");
    assert_eq!((check.objects, check.records, check.problems.len()), (2, 2, 0));
    // Another program made the results: its code differs, and the details are not recorded.
    let run = scenario.submit().expect("a run");
    assert_eq!(run.jobs[0].reason.to_string(), "code changed");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
    // An older program would not record leases and would collect columns, so it must refuse the store now.
    assert_eq!(fs::read_to_string(path.join("FORMAT")).expect("a format"), "pipeline store, format 4\n");

    fs::write(path.join("FORMAT"), "pipeline store, format 2\n").expect("written");
    assert_eq!(
        Squares::open(&Store::open(&path).expect("opened"), "first")
            .expect("opened")
            .total
            .read()
            .expect("read"),
        385
    );
    assert_eq!(fs::read_to_string(path.join("FORMAT")).expect("a format"), "pipeline store, format 4\n");
}

#[test]
fn a_store_of_a_later_format_is_refused_and_left_unchanged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    drop(Store::open(&path).expect("made"));
    fs::write(path.join("FORMAT"), "pipeline store, format 5\n").expect("written");
    let message = Store::open(&path).expect_err("refused").to_string();
    assert!(
        message.ends_with(
            "has format 5, and this program knows format 4: use a newer program, or another directory"
        ),
        "{message}"
    );
    assert_eq!(fs::read_to_string(path.join("FORMAT")).expect("a format"), "pipeline store, format 5\n");
}
