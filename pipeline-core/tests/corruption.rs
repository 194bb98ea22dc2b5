//! Corruption of a store's files: a flipped bit, truncation, zeros, swapped files. All damage is found before a value is
//! read, and the next run repairs it.
//!
//! `PIPELINE_PROOFS=full` tries 2,000 corruptions.

use skipstone::{Instance, Store, scenario, task, testing};
use std::fs;
use std::path::{Path, PathBuf};

#[task(skippable)]
fn doubled(numbers: &[u64]) -> Vec<u64> {
    numbers.iter().map(|number| 2 * number).collect()
}

#[task(skippable)]
fn split(doubled: &[u64], at: usize) -> (Vec<u64>, Vec<u64>) {
    (doubled[..at].to_vec(), doubled[at..].to_vec())
}

#[task(skippable)]
fn sums(low: &[u64], high: &[u64]) -> String {
    format!("{} and {}", low.iter().sum::<u64>(), high.iter().sum::<u64>())
}

scenario! {
    pub Numbers {
        input numbers: Vec<u64> = (1..200).collect();
        input at: usize = 50;
        doubled = doubled(numbers);
        (low, high) = split(doubled, at);
        sums = sums(low, high);
    }
}

const SUMS: &str = "2550 and 37250";

/// Pseudorandom numbers (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or_default() % limit.max(1)
    }
}

fn files(store: &Path, folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(store.join(folder))
        .expect("a folder")
        .flat_map(|folder| fs::read_dir(folder.expect("an entry").path()).expect("a folder"))
        .map(|file| file.expect("an entry").path())
        .collect();
    files.sort();
    files
}

/// Replaces the content but keeps the modification time.
fn overwrite(path: &Path, content: &[u8]) {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).expect("a time");
    fs::write(path, content).expect("written");
    fs::File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_modified(modified))
        .expect("a time set");
}

/// Damages a file and describes the damage.
fn damage(store: &Path, dice: &mut Dice) -> String {
    let (objects, records) = (files(store, "objects"), files(store, "records"));
    let kind = dice.below(8);
    let files = if kind.is_multiple_of(2) { &objects } else { &records };
    let path = &files[dice.below(files.len())];
    let mut content = fs::read(path).expect("a file");
    let at = dice.below(content.len());
    let what = match kind / 2 {
        0 => {
            content[at] ^= 1 << dice.below(8);
            "flipped a bit"
        }
        1 => {
            content.truncate(at);
            "cut"
        }
        2 => {
            // Zeros become ones, or a file that ends in zeros would not change.
            content.iter_mut().skip(at).for_each(|byte| *byte = if *byte == 0 { 1 } else { 0 });
            "zeroed the rest"
        }
        _ => {
            let other = files.iter().find(|other| *other != path).expect("a second file");
            let theirs = fs::read(other).expect("a file");
            overwrite(other, &content);
            content = theirs;
            "swapped with another"
        }
    };
    overwrite(path, &content);
    format!("{what} at {at}: {}", path.display())
}

fn open(path: &Path) -> (Store, Numbers) {
    let store = Store::open(path).expect("opened");
    let numbers = Numbers::open(&store, "a").expect("opened");
    (store, numbers)
}

fn read_is_right_or_refused(numbers: &Instance, story: &str) {
    match numbers.output::<String>("sums").expect("a node").read() {
        Ok(sums) => assert_eq!(sums, SUMS, "{story}"),
        Err(error) => {
            let text = error.to_string();
            let refused = text.contains("missing from the store or damaged") || text.contains("run it again");
            assert!(refused, "{story}: {error}")
        }
    }
}

#[test]
fn all_damage_is_found_before_a_value_is_read_and_the_next_run_repairs_it() {
    let full = std::env::var_os("PIPELINE_PROOFS").is_some_and(|value| value == "full");
    let temporary = testing::store();
    let path = temporary.path().to_owned();
    Numbers::create(&temporary, "a").expect("created").submit().expect("a run");
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for turn in 0..if full { 2_000 } else { 120 } {
        let story = format!("{turn}: {}", damage(&path, &mut dice));
        let (store, numbers) = open(&path);
        assert!(!store.check().expect("readable").problems.is_empty(), "{story}: not found");
        read_is_right_or_refused(&numbers, &story);

        let run = numbers.submit().unwrap_or_else(|error| panic!("{story}: {error}"));
        // The object of a default is rewritten without a warning, but results made from it are still discarded.
        let is_input = run.inputs.iter().any(|input| story.contains(&input.value.hash.to_string()[2..]));
        assert!(!run.ran().is_empty() && (is_input || !run.warnings.is_empty()), "{story}: {run:?}");
        assert_eq!(numbers.sums.read().expect("read"), SUMS, "{story}");
        // The next run finds everything intact.
        let again = open(&path).1.submit().expect("a run");
        assert_eq!((again.ran(), again.warnings.len()), (Vec::new(), 0), "{story}");
        assert_eq!(store.check().expect("readable").problems, [], "{story}");
    }
}
