//! Exports a scenario to a single file, optionally with its results, and imports it from one.
//!
//! The file is a tar archive. The first entry identifies the format and has the hash of the second entry. The second
//! entry describes the scenario and lists all other entries: objects and records, which are named by the hash of their
//! content. A truncated or altered file is therefore detected before anything is written.

use super::{Instance, Store, import};
use crate::data::replace_file;
use crate::engine::{Engine, ResultRecord};
use crate::registry::{Archive, ImportOutcome};
use crate::scenario::error::{Error, Result};
use crate::store::{Existing, Hash, Lease, hash_file};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// The version of the file format.
const FORMAT: u32 = 1;

/// The names of the first two entries.
const ABOUT: &str = "pipeline-scenario";
const SCENARIO: &str = "scenario.json";

/// The maximum sizes in bytes of entries that an import reads into memory as a whole: the first entry, the second, and
/// a record. Objects, of any size, are read in chunks.
const MAX_ABOUT: u64 = 64 << 10;
const MAX_SCENARIO: u64 = 1 << 30;
const MAX_RECORD: u64 = 16 << 20;

/// The content of the first entry.
#[derive(Serialize, Deserialize)]
struct About {
    /// Always `pipeline scenario`.
    what: String,
    format: u32,
    /// The hash of the entry `scenario.json`.
    hash: Hash,
}

/// The content of the second entry.
#[derive(Serialize, Deserialize)]
struct Contents {
    archive: Archive,
    objects: Vec<Hash>,
    records: Vec<Hash>,
}

/// The contents of a file that an export wrote or an import read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Transfer {
    /// The scenario's name.
    pub scenario: String,
    /// The number of runs in the file.
    pub runs: usize,
    /// The number of objects (values and tables) in the file.
    pub objects: usize,
    /// The number of results in the file, which jobs can reuse after the import.
    pub records: usize,
    /// The paths of files that inputs refer to. Their contents are not in the file.
    pub files: Vec<String>,
}

impl Instance {
    /// Exports the scenario to a file, without its results.
    ///
    /// The file contains the scenario's description, its inputs with their values and history, its runs with their
    /// KPIs, and its versions. Files that inputs refer to are not included. An existing file is replaced atomically.
    /// [`Store::import`] reads the file.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the scenario was deleted, [`Error::Store`] if the value of an input is missing
    /// or damaged, and [`Error::ExportFile`] if the file can't be written.
    pub fn export(&self, path: &Path) -> Result<Transfer> {
        self.export_to(path, false)
    }

    /// Exports the scenario as [`Instance::export`] does, with those results of its runs that are still in the store.
    ///
    /// # Errors
    ///
    /// As [`Instance::export`].
    pub fn export_with_data(&self, path: &Path) -> Result<Transfer> {
        self.export_to(path, true)
    }

    fn export_to(&self, path: &Path, data: bool) -> Result<Transfer> {
        let row = self.stored_row()?;
        let store = &self.store;
        let lease = store.lease();
        let engine = store.engine_with(crate::engine::RunOptions::default(), lease.clone());
        let archive = store.registry().archive(row.id)?.ok_or_else(|| store.no_scenario(&self.name))?;
        let (mut objects, mut records) = (BTreeSet::new(), BTreeSet::new());
        for object in archive.input_objects() {
            let Ok(hash) = object.parse::<Hash>() else { continue };
            lease.hold(&hash)?;
            if !engine.is_intact(&hash)? {
                return Err(crate::store::StoreError::ObjectGone { hash }.into());
            }
            objects.insert(hash);
        }
        if data {
            self.results_of(&engine, &archive, &mut objects, &mut records)?;
        }
        let transfer = Transfer {
            scenario: archive.name.clone(),
            runs: archive.runs.len(),
            objects: objects.len(),
            records: records.len(),
            files: archive.input_files(),
        };
        let contents = Contents {
            archive,
            objects: objects.into_iter().collect(),
            records: records.into_iter().collect(),
        };
        replace_file(path, |staged| self.write(staged, &contents, &lease))
            .map_err(|source| Error::ExportFile { path: path.into(), source })?;
        Ok(transfer)
    }

    /// Collects the objects and records of the runs' results that are intact in the store.
    fn results_of(
        &self,
        engine: &Engine<'_>,
        archive: &Archive,
        objects: &mut BTreeSet<Hash>,
        records: &mut BTreeSet<Hash>,
    ) -> Result<()> {
        let (results, lease) = (self.store.results(), &engine.lease);
        let (mut keys, mut named) = (BTreeSet::new(), BTreeSet::new());
        for run in archive.named() {
            keys.extend(run.keys);
            named.extend(run.objects);
        }
        for key in keys {
            lease.hold(&key)?;
            let crate::store::RecordRead::Found(record) = results.records.get::<ResultRecord>(&key)? else {
                continue;
            };
            let needed: Vec<_> = record.objects().collect();
            let mut intact = true;
            for object in &needed {
                lease.hold(object)?;
                intact &= engine.is_intact(object)?;
            }
            if intact {
                records.insert(key);
                objects.extend(needed);
            }
        }
        for object in named {
            lease.hold(&object)?;
            if engine.is_intact(&object)? {
                objects.insert(object);
            }
        }
        Ok(())
    }

    fn write(&self, path: &Path, contents: &Contents, lease: &Arc<Lease>) -> io::Result<()> {
        let mut tar = tar::Builder::new(io::BufWriter::new(File::create(path)?));
        let scenario = serde_json::to_vec(contents)?;
        let about = About { what: "pipeline scenario".into(), format: FORMAT, hash: Hash::of(&scenario) };
        append(&mut tar, ABOUT, &serde_json::to_vec(&about)?)?;
        append(&mut tar, SCENARIO, &scenario)?;
        let results = self.store.results();
        for hash in &contents.objects {
            let object = results.objects.blob(*hash, lease.clone()).map_err(io::Error::other)?;
            let stamp = results.objects.stamp(hash).map_err(io::Error::other)?;
            let size = stamp.ok_or(io::ErrorKind::NotFound)?.size;
            tar.append_data(&mut header(size), format!("objects/{hash}"), object.open(0..size)?)?;
        }
        for key in &contents.records {
            let record = results.records.bytes(key).map_err(io::Error::other)?;
            append(&mut tar, &format!("records/{key}"), &record.ok_or(io::ErrorKind::NotFound)?)?;
        }
        let mut file = tar.into_inner()?;
        file.flush()?;
        // A device or a pipe can't be synced.
        let file = file.get_ref();
        if file.metadata()?.is_file() { file.sync_all() } else { Ok(()) }
    }
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header
}

fn append(tar: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(bytes.len() as u64), name, bytes)
}

impl Store {
    /// Imports a scenario from a file that [`Instance::export`] wrote, as `name` or under its original name.
    ///
    /// Its runs get new numbers. Results in the file are reused by later runs in this store.
    ///
    /// The file may come from an untrusted source: its contents must satisfy the same rules as data that this library
    /// writes. At most 1 GiB of it is in memory at once (the description of the scenario; a record has at most 16 MiB).
    ///
    /// # Errors
    ///
    /// Returns [`Error::ImportFile`] if the file is not an exported scenario, is truncated or altered, breaks those
    /// rules, or was written by a later version of the library; [`Error::ScenarioExists`] if the name is taken;
    /// [`Error::BadName`] if it is not valid; and an error if the store can't be written. In each case, no scenario is
    /// created.
    pub fn import(&self, path: &Path, name: Option<&str>) -> Result<Transfer> {
        let unreadable = |why: String| Error::ImportFile { path: path.into(), why };
        let contents = check(path).map_err(unreadable)?;
        let archive = contents.archive;
        let name = name.unwrap_or(&archive.name).to_owned();
        self.is_creatable(&name).into_result()?;
        let lease = self.lease();
        let known: (BTreeSet<&Hash>, BTreeSet<&Hash>) =
            (contents.objects.iter().collect(), contents.records.iter().collect());
        for_each_entry(path, |folder, hash, bytes| {
            match folder {
                "objects" if known.0.contains(&hash) => {
                    let mut writer = self.results().objects.writer().map_err(io::Error::other)?;
                    io::copy(bytes, &mut writer)?;
                    writer.finish(&lease).map_err(io::Error::other)?;
                }
                "records" if known.1.contains(&hash) => {
                    let mut text = Vec::new();
                    bytes.read_to_end(&mut text)?;
                    if let Some(record) = crate::store::decode_record::<serde_json::Value>(&hash, &text) {
                        let put = self.results().records.put(&hash, &record, Existing::Keep, &lease);
                        put.map_err(io::Error::other)?;
                    }
                }
                _ => {}
            }
            Ok(())
        })
        .map_err(|error| unreadable(error.to_string()))?;
        let imported = self.registry().import(&archive, &name, self.author())?;
        match imported {
            ImportOutcome::NameTaken => return Err(Error::ScenarioExists { name }),
            ImportOutcome::Done => {}
        }
        let origin = Some(archive.name.clone());
        self.notify(&name, crate::engine::ScenarioChange::Created { origin });
        Ok(Transfer {
            scenario: name,
            runs: archive.runs.len(),
            objects: contents.objects.len(),
            records: contents.records.len(),
            files: archive.input_files(),
        })
    }
}

/// Reads the whole file and verifies the hash of every entry.
fn check(path: &Path) -> Result<Contents, String> {
    let open = || -> io::Result<(Vec<u8>, Vec<u8>)> {
        let (mut archive, length) = open(path)?;
        // Raw entries: an export writes neither long names nor sparse files.
        let mut entries = archive.entries()?.raw(true);
        let mut next = |name: &str, max: u64| -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            if let Some(entry) = entries.next() {
                let mut entry = entry?;
                if is_plain(&entry, length) && entry.size() <= max && entry.path()?.to_string_lossy() == name
                {
                    entry.read_to_end(&mut bytes)?;
                }
            }
            Ok(bytes)
        };
        Ok((next(ABOUT, MAX_ABOUT)?, next(SCENARIO, MAX_SCENARIO)?))
    };
    let foreign = || "it is not an exported scenario".to_owned();
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err("it is not a regular file".into()),
        _ => {}
    }
    let (about, scenario) = match open() {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err("there is no such file".into()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error.to_string()),
        Err(_) => return Err(foreign()),
    };
    let about: About = serde_json::from_slice(&about).map_err(|_| foreign())?;
    if about.what != "pipeline scenario" {
        return Err(foreign());
    }
    if about.format != FORMAT {
        return Err(format!("it has format {}, but this program reads format {FORMAT}", about.format));
    }
    let damaged = |what: &str| format!("it is damaged: {what}; export the scenario again");
    if Hash::of(&scenario) != about.hash {
        return Err(damaged("the description of the scenario was truncated or altered"));
    }
    let contents: Contents =
        serde_json::from_slice(&scenario).map_err(|error| damaged(&error.to_string()))?;
    if let Some(problem) = import::problem(&contents.archive) {
        return Err(format!("its contents are not valid: {problem}"));
    }
    let mut missing: BTreeSet<String> =
        contents.objects.iter().map(|hash| format!("objects/{hash}")).collect();
    missing.extend(contents.records.iter().map(|hash| format!("records/{hash}")));
    let mut altered = None;
    let read = for_each_entry(path, |folder, hash, bytes| {
        let intact = match folder {
            "objects" => hash_file(&mut &mut *bytes)?.0 == hash,
            _ => {
                let mut text = Vec::new();
                bytes.read_to_end(&mut text)?;
                crate::store::decode_record::<ResultRecord>(&hash, &text).is_some()
            }
        };
        let name = format!("{folder}/{hash}");
        if intact {
            missing.remove(&name);
        } else {
            altered = Some(name);
        }
        Ok(())
    });
    if let Some(altered) = altered {
        return Err(damaged(&format!("{altered} was altered")));
    }
    read.map_err(|error| damaged(&error.to_string()))?;
    match missing.first() {
        Some(missing) => Err(damaged(&format!("{missing} is missing"))),
        None => Ok(contents),
    }
}

/// Opens the archive, and returns it with its size in bytes.
fn open(path: &Path) -> io::Result<(tar::Archive<io::BufReader<File>>, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((tar::Archive::new(io::BufReader::new(file)), length))
}

/// Whether an entry is a regular file that is not larger than the archive. Reading it is bounded by the archive's size.
fn is_plain(entry: &tar::Entry<'_, io::BufReader<File>>, length: u64) -> bool {
    entry.header().entry_type() == tar::EntryType::Regular && entry.size() <= length
}

/// Calls `take` with the folder, hash and bytes of each object and record.
fn for_each_entry(
    path: &Path,
    mut take: impl FnMut(&str, Hash, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let (mut archive, length) = open(path)?;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        if !is_plain(&entry, length) {
            return Err(io::Error::other("it has an unexpected entry"));
        }
        let name = entry.path()?.to_string_lossy().into_owned();
        let Some((folder, hash)) = name.split_once('/') else { continue };
        let Ok(hash) = hash.parse::<Hash>() else { continue };
        if folder == "records" && entry.size() > MAX_RECORD {
            return Err(io::Error::other(format!("record {hash} has more than {MAX_RECORD} bytes")));
        }
        if matches!(folder, "objects" | "records") {
            take(folder, hash, &mut entry)?;
        }
    }
    Ok(())
}
