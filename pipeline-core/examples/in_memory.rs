//! A store in memory, with a custom implementation of `Blobs` that counts reads and writes:
//! `cargo run -p skipstone --example in_memory`.

use skipstone::store::{
    BlobName, Blobs, Existing, Hash, LocalFile, MemoryBlobs, MemoryLeases, Space, Stamp, Upload,
};
use skipstone::{Store, scenario, task};
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[task(skippable)]
fn squares(up_to: u64) -> Vec<u64> {
    (1..=up_to).map(|n| n * n).collect()
}

#[task(skippable)]
fn total(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

scenario! { pub Squares { input up_to: u64 = 10; squares = squares(up_to); total = total(squares); } }

/// Blobs in memory that count how often one is begun and read.
#[derive(Debug, Clone, Default)]
struct Counted {
    blobs: MemoryBlobs,
    begun: Arc<AtomicUsize>,
    read: Arc<AtomicUsize>,
}

impl Blobs for Counted {
    fn place(&self) -> &Path {
        self.blobs.place()
    }

    fn upload(&self) -> io::Result<Box<dyn Upload + '_>> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.blobs.upload()
    }

    fn open(&self, name: &BlobName, range: Range<u64>) -> io::Result<Box<dyn Read + '_>> {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.blobs.open(name, range)
    }

    fn head(&self, name: &BlobName) -> io::Result<Stamp> {
        self.blobs.head(name)
    }

    fn list(&self, space: Space, prefix: &str) -> io::Result<Vec<Hash>> {
        self.blobs.list(space, prefix)
    }

    fn remove(&self, names: &[BlobName]) -> io::Result<()> {
        self.blobs.remove(names)
    }

    fn make_durable(&self, name: &BlobName) -> io::Result<()> {
        self.blobs.make_durable(name)
    }

    fn local(&self, name: &BlobName) -> io::Result<LocalFile> {
        self.blobs.local(name)
    }

    fn notes(&self, list: u8) -> io::Result<Vec<u8>> {
        self.blobs.notes(list)
    }

    fn note(&self, list: u8, bytes: &[u8], existing: Existing) -> io::Result<()> {
        self.blobs.note(list, bytes, existing)
    }
}

fn main() -> skipstone::Result<()> {
    let blobs = Counted::default();
    let first = Squares::create(&Store::with_blobs(blobs.clone(), MemoryLeases::new())?, "first")?;
    let ran = first.submit()?.ran().len();
    println!("{ran} ran, total {}, {} blobs", first.total.read()?, blobs.begun.load(Ordering::Relaxed));

    // A store on the same blobs knows all of it.
    let second = Squares::create(&Store::with_blobs(blobs.clone(), MemoryLeases::new())?, "second")?;
    let skipped = second.submit()?.skipped().len();
    println!(
        "{skipped} skipped, total {}, {} blobs",
        second.total.read()?,
        blobs.begun.load(Ordering::Relaxed)
    );
    assert!(blobs.read.load(Ordering::Relaxed) > 0, "nothing is believed that was not read");
    Ok(())
}
