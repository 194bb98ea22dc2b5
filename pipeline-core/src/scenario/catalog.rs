//! The scenarios of a store and their descriptions.

use super::{Instance, Store};
use crate::engine::{RunStatus, ScenarioChange};
use crate::registry::{Changed, NewScenario, ScenarioDetails, ScenarioQuery, micros};
use crate::registry::{RunId, VersionId};
use crate::scenario::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// A scenario's description: everything but its input values.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ScenarioInfo {
    /// The scenario's name.
    pub name: String,
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// When the scenario was created, in microseconds since 1970.
    pub created_us: i64,
    /// Who created it.
    pub author: String,
    /// The name of the scenario that it was duplicated or imported from.
    pub origin: Option<String>,
    /// A free-form note.
    pub note: String,
    /// The tags, sorted.
    pub tags: Vec<String>,
    /// The properties, sorted by name.
    pub properties: BTreeMap<String, String>,
    /// The version of the scenario's type when it was created or last run.
    pub version: Option<VersionId>,
    /// The number of runs.
    pub runs: u64,
    /// The latest run.
    pub last_run: Option<LastRun>,
}

/// A scenario's latest run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LastRun {
    /// The run's number.
    pub run: RunId,
    /// Whether it is running, or how it ended.
    pub status: RunStatus,
    /// When it began, in microseconds since 1970.
    pub started_us: i64,
    /// How long it took, in microseconds.
    pub wall_us: i64,
}

/// The sort order of a list of scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ScenarioOrder {
    /// By name.
    #[default]
    Name,
    /// By time of creation, the oldest first.
    Created,
    /// By latest run, the oldest first; scenarios without runs come before.
    Run,
    /// By status of the latest run.
    Status,
    /// By version, the oldest first.
    Version,
    /// By tags; scenarios without tags come first.
    Tag,
}

/// Selects and sorts the scenarios that [`Store::scenarios`] lists. All conditions must hold.
///
/// ```
/// # use skipstone::testing;
/// # use skipstone::scenarios::{ScenarioFilter, ScenarioOrder};
/// # let store = testing::store();
/// let filter = ScenarioFilter::new().name("baseline-*").sorted_by(ScenarioOrder::Run).descending();
/// let found = store.scenarios(filter)?;
/// # assert!(found.is_empty());
/// # Ok::<(), skipstone::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ScenarioFilter {
    query: ScenarioQuery,
    order: ScenarioOrder,
    descending: bool,
}

impl ScenarioFilter {
    /// Creates a filter that selects all scenarios, sorted by name.
    pub fn new() -> ScenarioFilter {
        ScenarioFilter::default()
    }

    /// Selects the scenarios whose names match the pattern. `*` matches any number of characters, `?` exactly one.
    pub fn name(mut self, pattern: &str) -> ScenarioFilter {
        self.query.name = Some(pattern.into());
        self
    }

    /// Selects the scenarios of this type.
    pub fn scenario_type(mut self, ty: &str) -> ScenarioFilter {
        self.query.ty = Some(ty.into());
        self
    }

    /// Selects the scenarios with this tag. After several calls, a scenario must have all of the tags.
    pub fn tag(mut self, tag: &str) -> ScenarioFilter {
        self.query.tags.push(tag.into());
        self
    }

    /// Selects the scenarios that were created or last run under this version.
    pub fn version(mut self, version: VersionId) -> ScenarioFilter {
        self.query.version = Some(version.0);
        self
    }

    /// Selects the scenarios that were created at this time or later.
    pub fn since(mut self, time: SystemTime) -> ScenarioFilter {
        self.query.since = Some(micros(time));
        self
    }

    /// Selects the scenarios that were created before this time.
    pub fn until(mut self, time: SystemTime) -> ScenarioFilter {
        self.query.until = Some(micros(time));
        self
    }

    /// Selects the scenarios whose latest run has this status; `None` selects those without runs.
    pub fn status(mut self, status: Option<RunStatus>) -> ScenarioFilter {
        self.query.status = Some(status.map(RunStatus::as_str).unwrap_or_default().into());
        self
    }

    /// Sets the sort order.
    pub fn sorted_by(mut self, order: ScenarioOrder) -> ScenarioFilter {
        self.order = order;
        self
    }

    /// Reverses the sort order.
    pub fn descending(mut self) -> ScenarioFilter {
        self.descending = true;
        self
    }

    /// Limits the number of scenarios.
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

/// The contents of a scenario that is deleted with it. Results stay in the store until the next collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Deletion {
    /// The scenario's name.
    pub scenario: String,
    /// The number of inputs with a written value.
    pub inputs: u64,
    /// The number of recorded edits of inputs.
    pub edits: u64,
    /// The number of runs.
    pub runs: u64,
    /// The runs among them that are kept.
    pub pinned: Vec<RunId>,
    /// The number of recorded KPI values.
    pub kpis: u64,
    /// The size of the results that only this scenario uses, in bytes: the next collection may remove them.
    pub unshared_bytes: u64,
}

impl Store {
    /// Lists the scenarios that the filter selects.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn scenarios(&self, filter: ScenarioFilter) -> Result<Vec<ScenarioInfo>> {
        self.recover()?;
        let found = self.registry().list_scenarios(&filter.query())?;
        Ok(found.into_iter().map(ScenarioInfo::of).collect())
    }

    /// Returns the description of the scenario with this name.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the store has no such scenario, and an error if the registry can't be read.
    pub fn scenario_info(&self, name: &str) -> Result<ScenarioInfo> {
        self.info_of(self.row(name)?.id, name)
    }

    fn info_of(&self, id: i64, name: &str) -> Result<ScenarioInfo> {
        self.recover()?;
        let query = ScenarioQuery { id: Some(id), ..ScenarioQuery::default() };
        let found = self.registry().list_scenarios(&query)?.pop();
        found.map_or_else(|| Err(self.no_scenario(name)), |details| Ok(ScenarioInfo::of(details)))
    }

    /// Renames a scenario. Open handles stay valid and keep reporting the old name.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the store has no such scenario, [`Error::ScenarioExists`] if the new name is
    /// taken, [`Error::BadName`] if it is not valid, and an error if the registry can't be written.
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

    /// Returns what [`Store::delete`] would delete.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the store has no such scenario, [`Error::ScenarioRuns`] if it is running, and
    /// an error if the store can't be read.
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

    /// Deletes a scenario with its inputs, history and runs, and returns what was deleted. Results stay in the store
    /// until [`Store::collect`].
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the store has no such scenario, [`Error::ScenarioRuns`] if it is running, and
    /// an error if the registry can't be written. In each case, nothing is deleted.
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

    /// Converts the outcome of a registry change to a [`Result`].
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
    /// Returns the scenario's description.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the scenario was deleted, and an error if the registry can't be read.
    pub fn info(&self) -> Result<ScenarioInfo> {
        self.store.info_of(self.stored_row()?.id, &self.name)
    }

    /// Adds tags to the scenario.
    ///
    /// # Errors
    ///
    /// Returns [`Error::BadLabel`] if a tag is empty or has control characters, [`Error::NoScenario`] if the scenario
    /// was deleted, and an error if the registry can't be written.
    pub fn tag(&self, tags: &[&str]) -> Result<()> {
        tags.iter().try_for_each(|tag| valid_label(tag))?;
        self.changed(self.store.registry().tag_scenario(self.stored_row()?.id, tags, true)?)?;
        self.notify(ScenarioChange::Tagged { tags: owned(tags) });
        Ok(())
    }

    /// Removes tags from the scenario. Tags that it does not have are ignored.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the scenario was deleted, and an error if the registry can't be written.
    pub fn untag(&self, tags: &[&str]) -> Result<()> {
        self.changed(self.store.registry().tag_scenario(self.stored_row()?.id, tags, false)?)?;
        self.notify(ScenarioChange::Untagged { tags: owned(tags) });
        Ok(())
    }

    /// Replaces the scenario's note.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the scenario was deleted, and an error if the registry can't be written.
    pub fn note(&self, note: &str) -> Result<()> {
        self.changed(self.store.registry().note_scenario(self.stored_row()?.id, note)?)?;
        self.notify(ScenarioChange::Noted { note: note.into() });
        Ok(())
    }

    /// Sets a property of the scenario; `None` removes it.
    ///
    /// # Errors
    ///
    /// Returns [`Error::BadLabel`] if the name is empty or has control characters, [`Error::NoScenario`] if the scenario
    /// was deleted, and an error if the registry can't be written.
    pub fn set_property(&self, name: &str, value: Option<&str>) -> Result<()> {
        valid_label(name)?;
        self.changed(self.store.registry().set_properties(self.stored_row()?.id, &[(name, value)])?)?;
        self.notify(ScenarioChange::Property { name: name.into(), value: value.map(str::to_owned) });
        Ok(())
    }

    /// Creates a scenario with the same input values, tags, properties and note, for a what-if analysis. It has no
    /// runs, but its jobs reuse stored results.
    ///
    /// # Errors
    ///
    /// Returns [`Error::ScenarioExists`] if the name is taken, [`Error::BadName`] if it is not valid, and an error if
    /// the registry can't be written.
    pub fn duplicate(&self, name: &str) -> Result<Instance> {
        let info = self.info()?;
        let lease = self.store.lease();
        let mut inputs: Vec<_> = self.written()?.into_values().collect();
        // The values stay in the store even if inputs of this scenario are set meanwhile.
        inputs.iter().filter_map(|input| input.object()).try_for_each(|object| lease.hold(&object))?;
        inputs.extend(self.scenario_settings(&lease)?);
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

/// Checks that a string can be a tag or the name of a property.
pub(crate) fn valid_label(word: &str) -> Result<()> {
    if word.trim().is_empty() || word.chars().any(char::is_control) {
        return Err(Error::BadLabel { word: word.into() });
    }
    Ok(())
}
