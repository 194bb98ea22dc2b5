//! Archives: everything that the registry has of one scenario, for export and import.

use super::named::Named;
use super::scenarios::create;
use super::{
    EditRow, InputRow, KpiRow, NewScenario, Registry, RegistryError, ScenarioQuery, Stored, VersionRow,
};
use crate::data::Number;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// A scenario with its inputs, runs and versions. The numbers are those of the registry that it comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Archive {
    pub(crate) name: String,
    #[serde(rename = "type")]
    ty: String,
    created: i64,
    author: String,
    note: String,
    tags: Vec<String>,
    properties: Vec<(String, String)>,
    version: Option<i64>,
    inputs: Vec<ArchivedInput>,
    /// The edits of inputs, the oldest first.
    edits: Vec<ArchivedInput>,
    versions: Vec<ArchivedVersion>,
    pub(crate) runs: Vec<ArchivedRun>,
    /// The name of each job, and its state as JSON.
    pub(crate) states: Vec<(String, String)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ArchivedInput {
    node: String,
    object: Option<String>,
    file: Option<String>,
    #[serde(rename = "type")]
    ty: String,
    #[serde(alias = "brief")]
    summary: String,
    made: i64,
    author: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ArchivedVersion {
    number: i64,
    #[serde(rename = "type")]
    ty: String,
    hash: String,
    made: i64,
    author: String,
    source: Option<String>,
    wiring: String,
    /// The fingerprint and the parts of the code of each task.
    codes: Vec<(String, String)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ArchivedRun {
    pub(crate) number: i64,
    pub(crate) status: String,
    started: i64,
    duration: i64,
    pinned: bool,
    version: Option<i64>,
    author: String,
    pub(crate) inputs: String,
    pub(crate) warnings: String,
    pub(crate) jobs: String,
    kpis: Vec<(String, String, Option<Number>, String, String)>,
}

/// The outcome of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImportOutcome {
    Done,
    NameTaken,
}

impl Archive {
    /// Returns the objects of all current and earlier values of inputs.
    pub(crate) fn input_objects(&self) -> BTreeSet<&str> {
        self.inputs.iter().chain(&self.edits).filter_map(|input| input.object.as_deref()).collect()
    }

    /// Returns the files that are values of inputs.
    pub(crate) fn input_files(&self) -> Vec<String> {
        self.inputs.iter().filter_map(|input| input.file.clone()).collect()
    }

    /// Returns the tags and the names of properties.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().chain(self.properties.iter().map(|(name, _)| name)).map(String::as_str)
    }

    /// Returns the strings that are shown unchanged.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [&self.ty, &self.author, &self.note].into_iter();
        let properties = self.properties.iter().map(|(_, value)| value);
        let inputs = self.inputs.iter().chain(&self.edits);
        let inputs = inputs.flat_map(|input| {
            [&input.node, &input.ty, &input.summary, &input.author].into_iter().chain(&input.file)
        });
        let versions = self
            .versions
            .iter()
            .flat_map(|version| [&version.ty, &version.author].into_iter().chain(&version.source));
        let kpis = self.runs.iter().flat_map(|run| &run.kpis);
        let kpis = kpis.flat_map(|(name, _, _, unit, better)| [name, unit, better]);
        let runs = self.runs.iter().map(|run| &run.author).chain(kpis);
        let jobs = self.states.iter().map(|(job, _)| job);
        own.chain(properties).chain(inputs).chain(versions).chain(runs).chain(jobs).map(String::as_str)
    }

    /// Returns all times and durations, in microseconds.
    pub(crate) fn moments(&self) -> impl Iterator<Item = i64> {
        let inputs = self.inputs.iter().chain(&self.edits).map(|input| input.made);
        let versions = self.versions.iter().map(|version| version.made);
        let runs = self.runs.iter().flat_map(|run| [run.started, run.duration]);
        [self.created].into_iter().chain(inputs).chain(versions).chain(runs)
    }

    /// Returns the results and objects that runs name.
    pub(crate) fn named(&self) -> impl Iterator<Item = Named> {
        self.runs.iter().filter_map(|run| Named::of(&run.inputs, &run.jobs).ok())
    }
}

impl Registry {
    /// Reads everything that belongs to the scenario with this number.
    pub(crate) fn archive(&self, id: i64) -> Result<Option<Archive>, RegistryError> {
        let all = self.list_scenarios(&ScenarioQuery { id: Some(id), ..ScenarioQuery::default() })?;
        let Some(scenario) = all.into_iter().next() else { return Ok(None) };
        let part = |stored: Option<&Stored>| match stored {
            Some(Stored::Object(hash)) => (Some(hash.to_string()), None),
            Some(Stored::File(path)) => (None, Some(path.to_string_lossy().into_owned())),
            None => (None, None),
        };
        let input = |InputRow { node, stored, summary, ty }: InputRow| {
            let (object, file) = part(Some(&stored));
            ArchivedInput { node, object, file, ty, summary, made: 0, author: String::new() }
        };
        let edit = |EditRow { node, stored, ty, summary, made, author, .. }: EditRow| {
            let (object, file) = part(stored.as_ref());
            ArchivedInput { node, object, file, ty, summary, made, author }
        };
        let mut runs = Vec::new();
        for run in self.submissions(Some(id), false, None)?.into_iter().rev() {
            if run.status == "running" {
                continue; // It has not ended yet.
            }
            let kpis = self.kpis_of(run.id)?.into_iter();
            runs.push(ArchivedRun {
                kpis: kpis
                    .map(|KpiRow { name, content, value, unit, better }| (name, content, value, unit, better))
                    .collect(),
                number: run.id,
                status: run.status,
                started: run.started,
                duration: run.duration,
                pinned: run.pinned,
                version: run.version,
                author: run.author,
                inputs: run.inputs,
                warnings: run.warnings,
                jobs: run.jobs,
            });
        }
        let numbers: BTreeSet<i64> =
            runs.iter().filter_map(|run| run.version).chain(scenario.version).collect();
        let mut versions = Vec::new();
        for number in numbers {
            versions.extend(self.version(number)?.map(|row| self.archived(row)).transpose()?);
        }
        Ok(Some(Archive {
            name: scenario.name,
            ty: scenario.ty,
            created: scenario.created,
            author: scenario.author,
            note: scenario.note,
            tags: scenario.tags,
            properties: scenario.properties,
            version: scenario.version,
            inputs: self.inputs(id)?.into_iter().map(input).collect(),
            edits: self.edits(id, None)?.into_iter().rev().map(edit).collect(),
            versions,
            runs,
            states: self.job_states(id)?,
        }))
    }

    fn archived(&self, row: VersionRow) -> Result<ArchivedVersion, RegistryError> {
        let wiring: serde_json::Value = serde_json::from_str(&row.wiring).unwrap_or_default();
        let calls = wiring["calls"].as_array().cloned().unwrap_or_default();
        let hashes: BTreeSet<String> =
            calls.iter().filter_map(|call| call["code"].as_str().map(str::to_owned)).collect();
        let mut codes = Vec::new();
        for hash in hashes {
            if let Some(parts) = self.code(&hash)? {
                codes.push((hash, parts));
            }
        }
        let VersionRow { id, ty, hash, made, author, source, wiring } = row;
        Ok(ArchivedVersion { number: id, ty, hash, made, author, source, wiring, codes })
    }

    /// Imports a scenario under this name.
    pub(crate) fn import(
        &self,
        archive: &Archive,
        name: &str,
        author: &str,
    ) -> Result<ImportOutcome, RegistryError> {
        self.write(|transaction| import(transaction, archive, name, author))
    }
}

fn import(
    transaction: &Transaction<'_>,
    archive: &Archive,
    name: &str,
    author: &str,
) -> rusqlite::Result<ImportOutcome> {
    let mut versions: HashMap<i64, i64> = HashMap::new();
    for version in &archive.versions {
        let ArchivedVersion { number, ty, hash, made, author, source, wiring, codes } = version;
        transaction.execute(
            "INSERT INTO versions (type, hash, made, author, source, wiring) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (hash) DO NOTHING",
            (ty, hash, made, author, source, wiring),
        )?;
        let id =
            transaction.query_row("SELECT id FROM versions WHERE hash = ?1", [hash], |row| row.get(0))?;
        versions.insert(*number, id);
        super::results::insert_codes(transaction, codes)?;
    }
    let version = |number: &Option<i64>| number.as_ref().and_then(|number| versions.get(number)).copied();
    let Some(row) = create(
        transaction,
        &NewScenario {
            name,
            ty: &archive.ty,
            author,
            note: &archive.note,
            origin: Some(&archive.name),
            version: version(&archive.version),
            inputs: &[],
            tags: archive.tags.clone(),
            properties: archive.properties.clone(),
        },
    )?
    else {
        return Ok(ImportOutcome::NameTaken);
    };
    for input in &archive.inputs {
        let ArchivedInput { node, object, file, ty, summary, made, .. } = input;
        transaction.execute(
            "INSERT INTO inputs (scenario, node, object, file, brief, written, type)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (row.id, node, object, file, summary, made, ty),
        )?;
    }
    for edit in &archive.edits {
        let ArchivedInput { node, object, file, ty, summary, made, author } = edit;
        transaction.execute(
            "INSERT INTO edits (scenario, node, object, file, type, brief, made, author)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (row.id, node, object, file, ty, summary, made, author),
        )?;
    }
    for run in &archive.runs {
        transaction.execute(
            "INSERT INTO submissions
                (scenario, status, started, duration, pinned, version, author, inputs, warnings, jobs)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                row.id,
                &run.status,
                run.started,
                run.duration,
                i64::from(run.pinned),
                version(&run.version),
                &run.author,
                &run.inputs,
                &run.warnings,
                &run.jobs,
            ),
        )?;
        let id = transaction.last_insert_rowid();
        let kpis: Vec<KpiRow> = run
            .kpis
            .iter()
            .cloned()
            .map(|(name, content, value, unit, better)| KpiRow { name, content, value, unit, better })
            .collect();
        super::kpis::insert(transaction, id, &kpis)?;
    }
    for (job, state) in &archive.states {
        transaction.execute(
            "INSERT INTO job_states (scenario, job, submission, state) VALUES (?1, ?2, 0, ?3)",
            (row.id, job, state),
        )?;
    }
    Ok(ImportOutcome::Done)
}
