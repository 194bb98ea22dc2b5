//! A scenario as one file: with all that the registry keeps of it, and if asked for with its results.
//!
//! The file is a tar archive. Its first entry says what it is and has the hash of the second; the second lists
//! all others; those are objects and records, which are named by what is in them. So a file that is cut or
//! altered is found out before anything is written.

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

/// The version of the form of these files.
const FORMAT: u32 = 1;

/// The names of the first two entries.
const ABOUT: &str = "pipeline-scenario";
const SCENARIO: &str = "scenario.json";

/// How many bytes of a file an import reads into memory at once: of the first entry, of the second, and of a record.
/// Objects, of any size, are read piece by piece.
const LONGEST_ABOUT: u64 = 64 << 10;
const LONGEST_SCENARIO: u64 = 1 << 30;
const LONGEST_RECORD: u64 = 16 << 20;

/// What the first entry says.
#[derive(Serialize, Deserialize)]
struct About {
    /// Always `pipeline scenario`.
    what: String,
    format: u32,
    /// Of the entry `scenario.json`.
    hash: Hash,
}

/// What the second entry says.
#[derive(Serialize, Deserialize)]
struct Contents {
    archive: Archive,
    objects: Vec<Hash>,
    records: Vec<Hash>,
}

/// What an export wrote, or an import read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Transfer {
    /// The scenario's name.
    pub scenario: String,
    /// How many runs are in the file.
    pub runs: usize,
    /// How many values and tables are in the file.
    pub objects: usize,
    /// How many results are in the file that are known to whoever imports it.
    pub records: usize,
    /// Files that inputs stand for: they are not in the file.
    pub files: Vec<String>,
}

impl Instance {
    /// Writes the scenario to a file: what is said about it, its inputs and their history, its runs with their
    /// KPIs, and its versions. The values of inputs are in it, files that inputs stand for are not. The file appears when it
    /// is whole.
    ///
    /// # Errors
    ///
    /// When the scenario was deleted, the value of an input is gone or damaged, or the file can't be written.
    pub fn export(&self, path: &Path) -> Result<Transfer> {
        self.export_to(path, false)
    }

    /// As [`Instance::export`], with the results that its runs name and that are still in the store.
    ///
    /// # Errors
    ///
    /// As [`Instance::export`].
    pub fn export_with_data(&self, path: &Path) -> Result<Transfer> {
        self.export_to(path, true)
    }

    fn export_to(&self, path: &Path, data: bool) -> Result<Transfer> {
        let row = self.kept()?;
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

    /// The results that are still there of what the runs name.
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
            let mut whole = true;
            for object in &needed {
                lease.hold(object)?;
                whole &= engine.is_intact(object)?;
            }
            if whole {
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
        // What is no file has no need of it.
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
    /// Takes a scenario from a file that [`Instance::export`] wrote, under this name or the one that it had there.
    /// Its runs get numbers of this store; its results are known here from now on, if they are in the file.
    ///
    /// Who wrote the file need not be trusted: what is in it is held to the rules that our own commands keep, and no more
    /// than 1 GiB of it is in memory at once (the description of the scenario; a record has up to 16 MiB).
    ///
    /// # Errors
    ///
    /// When the file is none of these, is cut or altered, breaks those rules, or was written by a later version of the library;
    /// when the name is taken; when the store can't be written. Then nothing has changed.
    pub fn import(&self, path: &Path, name: Option<&str>) -> Result<Transfer> {
        let unreadable = |why: String| Error::ImportFile { path: path.into(), why };
        let contents = check(path).map_err(unreadable)?;
        let archive = contents.archive;
        let name = name.unwrap_or(&archive.name).to_owned();
        self.is_creatable(&name).into_result()?;
        let lease = self.lease();
        let known: (BTreeSet<&Hash>, BTreeSet<&Hash>) =
            (contents.objects.iter().collect(), contents.records.iter().collect());
        each(path, |folder, hash, bytes| {
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

/// Reads the whole file, and compares everything in it with its hash.
fn check(path: &Path) -> Result<Contents, String> {
    let open = || -> io::Result<(Vec<u8>, Vec<u8>)> {
        let (mut archive, length) = open(path)?;
        // As it stands there: no entry of ours has a long name or holes.
        let mut entries = archive.entries()?.raw(true);
        let mut next = |name: &str, most: u64| -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            if let Some(entry) = entries.next() {
                let mut entry = entry?;
                if is_plain(&entry, length) && entry.size() <= most && entry.path()?.to_string_lossy() == name
                {
                    entry.read_to_end(&mut bytes)?;
                }
            }
            Ok(bytes)
        };
        Ok((next(ABOUT, LONGEST_ABOUT)?, next(SCENARIO, LONGEST_SCENARIO)?))
    };
    let foreign = || "it is no scenario that was exported".to_owned();
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err("it is no regular file".into()),
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
        return Err(format!("it has format {}, and this program knows format {FORMAT}", about.format));
    }
    let damaged = |what: &str| format!("it is damaged: {what}; export the scenario again");
    if Hash::of(&scenario) != about.hash {
        return Err(damaged("what it says of the scenario was cut or altered"));
    }
    let contents: Contents =
        serde_json::from_slice(&scenario).map_err(|error| damaged(&error.to_string()))?;
    if let Some(problem) = import::problem(&contents.archive) {
        return Err(format!("no program of ours wrote it: {problem}"));
    }
    let mut missing: BTreeSet<String> =
        contents.objects.iter().map(|hash| format!("objects/{hash}")).collect();
    missing.extend(contents.records.iter().map(|hash| format!("records/{hash}")));
    let mut altered = None;
    let read = each(path, |folder, hash, bytes| {
        let whole = match folder {
            "objects" => hash_file(&mut &mut *bytes)?.0 == hash,
            _ => {
                let mut text = Vec::new();
                bytes.read_to_end(&mut text)?;
                crate::store::decode_record::<ResultRecord>(&hash, &text).is_some()
            }
        };
        let name = format!("{folder}/{hash}");
        if whole {
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

/// The archive, and how many bytes it has.
fn open(path: &Path) -> io::Result<(tar::Archive<io::BufReader<File>>, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((tar::Archive::new(io::BufReader::new(file)), length))
}

/// Whether an entry is a file as it stands in the archive, of no more bytes than that has: what is read of it is
/// bounded by what is there.
fn is_plain(entry: &tar::Entry<'_, io::BufReader<File>>, length: u64) -> bool {
    entry.header().entry_type() == tar::EntryType::Regular && entry.size() <= length
}

/// Calls `take` with each object and record: the folder, the hash, and the bytes.
fn each(path: &Path, mut take: impl FnMut(&str, Hash, &mut dyn Read) -> io::Result<()>) -> io::Result<()> {
    let (mut archive, length) = open(path)?;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        if !is_plain(&entry, length) {
            return Err(io::Error::other("it has an entry that no export writes"));
        }
        let name = entry.path()?.to_string_lossy().into_owned();
        let Some((folder, hash)) = name.split_once('/') else { continue };
        let Ok(hash) = hash.parse::<Hash>() else { continue };
        if folder == "records" && entry.size() > LONGEST_RECORD {
            return Err(io::Error::other(format!("record {hash} has more than {LONGEST_RECORD} bytes")));
        }
        if matches!(folder, "objects" | "records") {
            take(folder, hash, &mut entry)?;
        }
    }
    Ok(())
}
