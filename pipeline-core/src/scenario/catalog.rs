//! The scenarios of a store, and what is said about each.

use super::{Instance, Store};
use crate::engine::{RunStatus, ScenarioChange};
use crate::registry::{Changed, NewScenario, ScenarioDetails, ScenarioQuery, micros};
use crate::registry::{RunId, VersionId};
use crate::scenario::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What is said about a scenario, without its values.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ScenarioInfo {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// When it was created, in microseconds since 1970.
    pub created_us: i64,
    /// Who created it.
    pub author: String,
    /// The scenario that it was duplicated or imported from.
    pub origin: Option<String>,
    /// What somebody wrote about it.
    pub note: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Its properties by name, sorted.
    pub properties: BTreeMap<String, String>,
    /// The number of the version under which it was last created or run.
    pub version: Option<VersionId>,
    /// How often it was submitted.
    pub runs: u64,
    /// The latest of its submissions.
    pub last_run: Option<LastRun>,
}

/// A scenario's latest submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LastRun {
    /// Its number.
    pub run: RunId,
    /// How far it is, or how it ended.
    pub status: RunStatus,
    /// When it began, in microseconds since 1970.
    pub started_us: i64,
    /// How long it took, in microseconds.
    pub wall_us: i64,
}

/// By what scenarios are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ScenarioOrder {
    /// By name.
    #[default]
    Name,
    /// By creation, the oldest first.
    Created,
    /// By the latest submission, the oldest first; those without any come before.
    Run,
    /// By the status of the latest submission.
    Status,
    /// By version, the oldest first.
    Version,
    /// By tags; those without any come first.
    Tag,
}

/// Which scenarios to list, and in which order: everything that is asked for has to hold.
#[derive(Debug, Clone, Default)]
pub struct ScenarioFilter {
    query: ScenarioQuery,
    order: ScenarioOrder,
    descending: bool,
}

impl ScenarioFilter {
    /// All scenarios, by name.
    pub fn new() -> ScenarioFilter {
        ScenarioFilter::default()
    }

    /// Those whose names fit the pattern; `*` is any text, `?` any letter.
    pub fn name(mut self, pattern: &str) -> ScenarioFilter {
        self.query.name = Some(pattern.into());
        self
    }

    /// Those of a type.
    pub fn scenario_type(mut self, ty: &str) -> ScenarioFilter {
        self.query.ty = Some(ty.into());
        self
    }

    /// Those with this tag; of several tags, with all.
    pub fn tag(mut self, tag: &str) -> ScenarioFilter {
        self.query.tags.push(tag.into());
        self
    }

    /// Those that were last created or run under this version.
    pub fn version(mut self, version: VersionId) -> ScenarioFilter {
        self.query.version = Some(version.0);
        self
    }

    /// Those that were created at this moment or later.
    pub fn since(mut self, moment: SystemTime) -> ScenarioFilter {
        self.query.since = Some(micros(moment));
        self
    }

    /// Those that were created before this moment.
    pub fn until(mut self, moment: SystemTime) -> ScenarioFilter {
        self.query.until = Some(micros(moment));
        self
    }

    /// Those whose latest submission has this status; `None`: those that were never submitted.
    pub fn status(mut self, status: Option<RunStatus>) -> ScenarioFilter {
        self.query.status = Some(status.map(RunStatus::as_str).unwrap_or_default().into());
        self
    }

    /// Sorted like this.
    pub fn sorted_by(mut self, order: ScenarioOrder) -> ScenarioFilter {
        self.order = order;
        self
    }

    /// The other way round.
    pub fn descending(mut self) -> ScenarioFilter {
        self.descending = true;
        self
    }

    /// No more than so many.
    pub fn limit(mut self, limit: usize) -> ScenarioFilter {
        self.query.limit = Some(limit);
        self
    }

    fn query(self) -> ScenarioQuery {
        let order = match (self.order, self.descending) {
            (ScenarioOrder::Name, false) => "s.name",
            (ScenarioOrder::Name, true) => "s.name DESC",
            (ScenarioOrder::Created, false) => "s.created, s.id",
            (ScenarioOrder::Created, true) => "s.created DESC, s.id DESC",
            (ScenarioOrder::Run, false) => "l.id, s.name",
            (ScenarioOrder::Run, true) => "l.id DESC, s.name",
            (ScenarioOrder::Status, false) => "l.status, s.name",
            (ScenarioOrder::Status, true) => "l.status DESC, s.name",
            (ScenarioOrder::Version, false) => "s.version, s.name",
            (ScenarioOrder::Version, true) => "s.version DESC, s.name",
            (ScenarioOrder::Tag, false) => {
                "(SELECT group_concat(tag, ' ') FROM tags WHERE scenario = s.id), s.name"
            }
            (ScenarioOrder::Tag, true) => {
                "(SELECT group_concat(tag, ' ') FROM tags WHERE scenario = s.id) DESC, s.name"
            }
        };
        ScenarioQuery { order, ..self.query }
    }
}

/// What goes when a scenario is deleted. Results that nobody else reaches stay until the store is collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Deletion {
    /// The scenario's name.
    pub scenario: String,
    /// How many inputs are set.
    pub inputs: u64,
    /// How many times inputs were set.
    pub edits: u64,
    /// How many runs it has.
    pub runs: u64,
    /// Those of them that are pinned.
    pub pinned: Vec<RunId>,
    /// How many values of KPIs were recorded.
    pub kpis: u64,
    /// The bytes of results that only this scenario reaches: the next collection may remove them.
    pub unshared_bytes: u64,
}

impl Store {
    /// What is said about the scenarios that the filter lets through.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn scenarios(&self, filter: ScenarioFilter) -> Result<Vec<ScenarioInfo>> {
        self.recover()?;
        let found = self.registry().list_scenarios(&filter.query())?;
        Ok(found.into_iter().map(ScenarioInfo::of).collect())
    }

    /// What is said about the scenario with this name.
    ///
    /// # Errors
    ///
    /// When there is none, or the registry can't be read.
    pub fn scenario_info(&self, name: &str) -> Result<ScenarioInfo> {
        self.info_of(self.row(name)?.id, name)
    }

    fn info_of(&self, id: i64, name: &str) -> Result<ScenarioInfo> {
        self.recover()?;
        let query = ScenarioQuery { id: Some(id), ..ScenarioQuery::default() };
        let found = self.registry().list_scenarios(&query)?.pop();
        found.map_or_else(|| Err(self.no_scenario(name)), |details| Ok(ScenarioInfo::of(details)))
    }

    /// Gives a scenario another name. Handles that are open go on with the scenario, and call it as before.
    ///
    /// # Errors
    ///
    /// When there is no such scenario, the name is taken or none, or the registry can't be written.
    pub fn rename(&self, name: &str, to: &str) -> Result<()> {
        super::instance::usable_name(to)?;
        let row = self.row(name)?;
        match self.registry().rename_scenario(row.id, to)? {
            Changed::NameTaken => return Err(Error::ScenarioExists { name: to.into() }),
            changed => self.changed(changed, name)?,
        }
        self.notify(name, ScenarioChange::Renamed { to: to.into() });
        Ok(())
    }

    /// What [`Store::delete`] would take along.
    ///
    /// # Errors
    ///
    /// When there is no such scenario, it runs, or the store can't be read.
    pub fn deletion(&self, name: &str) -> Result<Deletion> {
        self.recover()?;
        let row = self.row(name)?;
        let running = self.registry().submissions(Some(row.id), true, None)?;
        if let Some(run) = running.iter().find(|run| run.status == RunStatus::Running.as_str()) {
            return Err(Error::ScenarioRuns { name: name.into(), run: RunId(run.id) });
        }
        let ([inputs, edits, runs, kpis], pinned) = self.registry().owned_rows(row.id)?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Deletion {
            scenario: name.into(),
            inputs: count(inputs),
            edits: count(edits),
            runs: count(runs),
            pinned: pinned.into_iter().map(RunId).collect(),
            kpis: count(kpis),
            unshared_bytes: self.engine(crate::engine::RunOptions::default()).unshared_bytes(name)?,
        })
    }

    /// Deletes a scenario with its inputs, its history and its runs. What went; results stay until
    /// [`Store::collect`].
    ///
    /// # Errors
    ///
    /// When there is no such scenario, it runs, or the registry can't be written; then nothing has changed.
    pub fn delete(&self, name: &str) -> Result<Deletion> {
        let deletion = self.deletion(name)?;
        let changed = self.registry().delete_scenario(self.row(name)?.id)?;
        self.changed(changed, name)?;
        self.notify(name, ScenarioChange::Deleted);
        Ok(deletion)
    }

    pub(super) fn row(&self, name: &str) -> Result<crate::registry::ScenarioRow> {
        self.registry().scenario(name)?.map_or_else(|| Err(self.no_scenario(name)), Ok)
    }

    /// What a change of the registry says.
    pub(super) fn changed(&self, changed: Changed, name: &str) -> Result<()> {
        match changed {
            Changed::Done => Ok(()),
            Changed::NoScenario => Err(self.no_scenario(name)),
            Changed::NameTaken => Err(Error::ScenarioExists { name: name.into() }),
            Changed::Running(run) => Err(Error::ScenarioRuns { name: name.into(), run: RunId(run) }),
        }
    }
}

impl Instance {
    /// What is said about the scenario.
    ///
    /// # Errors
    ///
    /// When it was deleted, or the registry can't be read.
    pub fn info(&self) -> Result<ScenarioInfo> {
        self.store.info_of(self.kept()?.id, &self.name)
    }

    /// Adds tags.
    ///
    /// # Errors
    ///
    /// When a tag is empty or has a line break, the scenario was deleted, or the registry can't be written.
    pub fn tag(&self, tags: &[&str]) -> Result<()> {
        tags.iter().try_for_each(|tag| usable_word(tag))?;
        self.changed(self.store.registry().tag_scenario(self.kept()?.id, tags, true)?)?;
        self.notify(ScenarioChange::Tagged { tags: owned(tags) });
        Ok(())
    }

    /// Takes tags away; those that it does not have don't matter.
    ///
    /// # Errors
    ///
    /// When the scenario was deleted, or the registry can't be written.
    pub fn untag(&self, tags: &[&str]) -> Result<()> {
        self.changed(self.store.registry().tag_scenario(self.kept()?.id, tags, false)?)?;
        self.notify(ScenarioChange::Untagged { tags: owned(tags) });
        Ok(())
    }

    /// Replaces the note.
    ///
    /// # Errors
    ///
    /// When the scenario was deleted, or the registry can't be written.
    pub fn note(&self, note: &str) -> Result<()> {
        self.changed(self.store.registry().note_scenario(self.kept()?.id, note)?)?;
        self.notify(ScenarioChange::Noted { note: note.into() });
        Ok(())
    }

    /// Sets a property; without a value, removes it.
    ///
    /// # Errors
    ///
    /// When the name is empty or has a line break, the scenario was deleted, or the registry can't be written.
    pub fn set_property(&self, name: &str, value: Option<&str>) -> Result<()> {
        usable_word(name)?;
        self.changed(self.store.registry().set_properties(self.kept()?.id, &[(name, value)])?)?;
        self.notify(ScenarioChange::Property { name: name.into(), value: value.map(str::to_owned) });
        Ok(())
    }

    /// A new scenario with the same input values, tags, properties and note: to change one of the values and
    /// see what follows. It has no runs; results that are known are known to it, too.
    ///
    /// # Errors
    ///
    /// When the name is taken or none, or the registry can't be written.
    pub fn duplicate(&self, name: &str) -> Result<Instance> {
        let info = self.info()?;
        let lease = self.store.lease();
        let mut inputs: Vec<_> = self.written()?.into_values().collect();
        // Whoever sets this scenario to other values meanwhile, the new one has these.
        inputs.iter().filter_map(|input| input.object()).try_for_each(|object| lease.hold(&object))?;
        inputs.extend(self.set_for_it_alone(&lease)?);
        let new = NewScenario {
            note: &info.note,
            origin: Some(&self.name),
            tags: info.tags.clone(),
            properties: info.properties.clone().into_iter().collect(),
            ..NewScenario::default()
        };
        Instance::create_from(&self.store, &self.graph, name, &inputs, new)
    }

    pub(super) fn changed(&self, changed: Changed) -> Result<()> {
        self.store.changed(changed, &self.name)
    }

    pub(super) fn notify(&self, change: ScenarioChange) {
        self.store.notify(&self.name, change);
    }
}

impl ScenarioInfo {
    fn of(details: ScenarioDetails) -> ScenarioInfo {
        let ScenarioDetails {
            id: _,
            name,
            ty,
            created,
            author,
            note,
            origin,
            version,
            runs,
            last,
            tags,
            properties,
        } = details;
        let last_run = last.and_then(|(run, status, started_us, wall_us)| {
            Some(LastRun { run: RunId(run), status: RunStatus::from_word(&status)?, started_us, wall_us })
        });
        let runs = u64::try_from(runs).unwrap_or_default();
        ScenarioInfo {
            name,
            scenario_type: ty,
            created_us: created,
            author,
            origin,
            note,
            tags,
            properties: properties.into_iter().collect(),
            version: version.map(VersionId),
            runs,
            last_run,
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Whether this can be a tag or the name of a property.
pub(crate) fn usable_word(word: &str) -> Result<()> {
    if word.trim().is_empty() || word.chars().any(char::is_control) {
        return Err(Error::BadWord { word: word.into() });
    }
    Ok(())
}
