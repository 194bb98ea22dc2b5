//! Scenarios: named instances of scenario types, with their tags, notes and properties.

use super::{Changed, InputRow, Registry, RegistryError, exists, micros};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params_from_iter};
use std::collections::HashMap;
use std::time::SystemTime;

/// The identity of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScenarioRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) ty: String,
}

/// A scenario to be created.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewScenario<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: &'a str,
    pub(crate) author: &'a str,
    pub(crate) note: &'a str,
    pub(crate) origin: Option<&'a str>,
    pub(crate) version: Option<i64>,
    pub(crate) inputs: &'a [InputRow],
    pub(crate) tags: Vec<String>,
    pub(crate) properties: Vec<(String, String)>,
}

/// The details of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScenarioDetails {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) created: i64,
    pub(crate) author: String,
    pub(crate) note: String,
    pub(crate) origin: Option<String>,
    pub(crate) version: Option<i64>,
    pub(crate) runs: i64,
    /// The latest run: number, status, start, duration.
    pub(crate) last: Option<(i64, String, i64, i64)>,
    pub(crate) tags: Vec<String>,
    pub(crate) properties: Vec<(String, String)>,
}

/// Selects the scenarios to list; a field that is `None` selects all.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScenarioQuery {
    pub(crate) id: Option<i64>,
    /// A pattern with `*` and `?`.
    pub(crate) name: Option<String>,
    pub(crate) ty: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) version: Option<i64>,
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
    /// The status of the latest run; an empty string selects scenarios without runs.
    pub(crate) status: Option<String>,
    pub(crate) order: &'static str,
    pub(crate) limit: Option<usize>,
}

impl Registry {
    /// Returns the scenario with this name.
    pub(crate) fn scenario(&self, name: &str) -> Result<Option<ScenarioRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id, name, type FROM scenarios WHERE name = ?1")?
                .query_row([name], |row| {
                    Ok(ScenarioRow { id: row.get(0)?, name: row.get(1)?, ty: row.get(2)? })
                })
                .optional()
        })
    }

    /// Whether the scenario with this number still exists.
    pub(crate) fn has_scenario(&self, id: i64) -> Result<bool, RegistryError> {
        self.read(|connection| exists(connection, id))
    }

    /// Returns all names, sorted.
    pub(crate) fn scenario_names(&self) -> Result<Vec<String>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT name FROM scenarios ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// Creates a scenario. Returns `None` if the name is taken.
    pub(crate) fn create_scenario(
        &self,
        new: &NewScenario<'_>,
    ) -> Result<Option<ScenarioRow>, RegistryError> {
        self.write(|transaction| create(transaction, new))
    }

    /// Returns the details of the selected scenarios.
    pub(crate) fn list_scenarios(
        &self,
        query: &ScenarioQuery,
    ) -> Result<Vec<ScenarioDetails>, RegistryError> {
        self.read(|connection| list(connection, query))
    }

    /// Renames a scenario, unless the name is taken.
    pub(crate) fn rename_scenario(&self, id: i64, name: &str) -> Result<Changed, RegistryError> {
        self.write(|transaction| {
            let other: Option<i64> = transaction
                .prepare_cached("SELECT id FROM scenarios WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            if other.is_some_and(|other| other != id) {
                return Ok(Changed::NameTaken);
            }
            Changed::of(transaction.execute("UPDATE scenarios SET name = ?2 WHERE id = ?1", (id, name))?)
        })
    }

    /// Replaces a scenario's note.
    pub(crate) fn note_scenario(&self, id: i64, note: &str) -> Result<Changed, RegistryError> {
        self.write(|transaction| {
            Changed::of(transaction.execute("UPDATE scenarios SET note = ?2 WHERE id = ?1", (id, note))?)
        })
    }

    /// Adds tags to a scenario, or removes them.
    pub(crate) fn tag_scenario(&self, id: i64, tags: &[&str], on: bool) -> Result<Changed, RegistryError> {
        self.write(|transaction| {
            if !exists(transaction, id)? {
                return Ok(Changed::NoScenario);
            }
            let sql = match on {
                true => "INSERT OR IGNORE INTO tags (scenario, tag) VALUES (?1, ?2)",
                false => "DELETE FROM tags WHERE scenario = ?1 AND tag = ?2",
            };
            let mut statement = transaction.prepare_cached(sql)?;
            tags.iter().try_for_each(|tag| statement.execute((id, tag)).map(drop))?;
            Ok(Changed::Done)
        })
    }

    /// Sets properties of a scenario; removes those whose value is `None`.
    pub(crate) fn set_properties(
        &self,
        id: i64,
        properties: &[(&str, Option<&str>)],
    ) -> Result<Changed, RegistryError> {
        self.write(|transaction| {
            if !exists(transaction, id)? {
                return Ok(Changed::NoScenario);
            }
            for (name, value) in properties {
                match value {
                    Some(value) => transaction
                        .prepare_cached(
                            "INSERT OR REPLACE INTO properties (scenario, name, value) VALUES (?1, ?2, ?3)",
                        )?
                        .execute((id, name, value))?,
                    None => transaction
                        .prepare_cached("DELETE FROM properties WHERE scenario = ?1 AND name = ?2")?
                        .execute((id, name))?,
                };
            }
            Ok(Changed::Done)
        })
    }

    /// Deletes a scenario with everything that belongs to it, unless it is running.
    pub(crate) fn delete_scenario(&self, id: i64) -> Result<Changed, RegistryError> {
        self.write(|transaction| {
            let running: Option<i64> = transaction
                .prepare_cached(
                    "SELECT id FROM submissions WHERE scenario = ?1 AND session IS NOT NULL LIMIT 1",
                )?
                .query_row([id], |row| row.get(0))
                .optional()?;
            if let Some(run) = running {
                return Ok(Changed::Running(run));
            }
            Changed::of(transaction.execute("DELETE FROM scenarios WHERE id = ?1", [id])?)
        })
    }

    /// Returns the numbers of set inputs, edits, runs and KPI values that belong to a scenario, and its pinned runs.
    pub(crate) fn owned_rows(&self, id: i64) -> Result<([i64; 4], Vec<i64>), RegistryError> {
        self.read(|connection| {
            let count = |sql: &str| connection.prepare_cached(sql)?.query_row([id], |row| row.get(0));
            let counts = [
                count("SELECT count(*) FROM inputs WHERE scenario = ?1")?,
                count("SELECT count(*) FROM edits WHERE scenario = ?1")?,
                count("SELECT count(*) FROM submissions WHERE scenario = ?1")?,
                count(
                    "SELECT count(*) FROM kpis WHERE submission IN (SELECT id FROM submissions WHERE scenario = ?1)",
                )?,
            ];
            let pinned = connection
                .prepare_cached("SELECT id FROM submissions WHERE scenario = ?1 AND pinned <> 0 ORDER BY id")?
                .query_map([id], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok((counts, pinned))
        })
    }
}

impl Changed {
    pub(super) fn of(rows: usize) -> rusqlite::Result<Changed> {
        Ok(if rows > 0 { Changed::Done } else { Changed::NoScenario })
    }
}

pub(super) fn create(
    transaction: &Transaction<'_>,
    new: &NewScenario<'_>,
) -> rusqlite::Result<Option<ScenarioRow>> {
    let now = micros(SystemTime::now());
    let made = transaction
        .prepare_cached(
            "INSERT INTO scenarios (name, type, created, author, note, origin, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO NOTHING",
        )?
        .execute((new.name, new.ty, now, new.author, new.note, new.origin, new.version))?;
    if made == 0 {
        return Ok(None);
    }
    let id = transaction.last_insert_rowid();
    super::inputs::insert(transaction, id, new.inputs, new.author)?;
    let mut statement =
        transaction.prepare_cached("INSERT OR IGNORE INTO tags (scenario, tag) VALUES (?1, ?2)")?;
    new.tags.iter().try_for_each(|tag| statement.execute((id, tag)).map(drop))?;
    let mut statement = transaction
        .prepare_cached("INSERT OR REPLACE INTO properties (scenario, name, value) VALUES (?1, ?2, ?3)")?;
    new.properties.iter().try_for_each(|(name, value)| statement.execute((id, name, value)).map(drop))?;
    Ok(Some(ScenarioRow { id, name: new.name.into(), ty: new.ty.into() }))
}

fn list(connection: &Connection, query: &ScenarioQuery) -> rusqlite::Result<Vec<ScenarioDetails>> {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut condition = |sql: &str, value: Value| {
        values.push(value);
        conditions.push(sql.replace('?', &format!("?{}", values.len())));
    };
    if let Some(id) = query.id {
        condition("s.id = ?", id.into());
    }
    if let Some(name) = &query.name {
        condition("s.name GLOB ?", name.clone().into());
    }
    if let Some(ty) = &query.ty {
        condition("s.type = ?", ty.clone().into());
    }
    for tag in &query.tags {
        condition("EXISTS (SELECT 1 FROM tags WHERE scenario = s.id AND tag = ?)", tag.clone().into());
    }
    if let Some(version) = query.version {
        condition("s.version = ?", version.into());
    }
    if let Some(since) = query.since {
        condition("s.created >= ?", since.into());
    }
    if let Some(until) = query.until {
        condition("s.created < ?", until.into());
    }
    match query.status.as_deref() {
        Some("") => conditions.push("l.id IS NULL".into()),
        Some(status) => condition("l.status = ?", status.to_owned().into()),
        None => {}
    }
    let conditions = match conditions.as_slice() {
        [] => String::new(),
        conditions => format!("WHERE {}", conditions.join(" AND ")),
    };
    let limit = query.limit.map(|limit| format!("LIMIT {limit}")).unwrap_or_default();
    let order = if query.order.is_empty() { "s.name" } else { query.order };
    // For a single scenario, the subquery uses the index; for many, it reads all runs in one pass over the index.
    let counted = match query.id {
        Some(id) => format!("WHERE scenario = {id}"),
        None => String::new(),
    };
    // SQLite takes the columns beside `max` from the row with the maximum.
    let sql = format!(
        "SELECT s.id, s.name, s.type, s.created, s.author, s.note, s.origin, s.version,
                coalesce(l.runs, 0), l.id, l.status, l.started, l.duration
         FROM scenarios s
         LEFT JOIN (SELECT scenario, count(*) AS runs, max(id) AS id, status, started, duration
                    FROM submissions {counted} GROUP BY scenario) l
                ON l.scenario = s.id
         {conditions} ORDER BY {order} {limit}"
    );
    let mut found = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| {
            let last: Option<i64> = row.get(9)?;
            Ok(ScenarioDetails {
                id: row.get(0)?,
                name: row.get(1)?,
                ty: row.get(2)?,
                created: row.get(3)?,
                author: row.get(4)?,
                note: row.get(5)?,
                origin: row.get(6)?,
                version: row.get(7)?,
                runs: row.get(8)?,
                last: match last {
                    Some(id) => Some((id, row.get(10)?, row.get(11)?, row.get(12)?)),
                    None => None,
                },
                tags: Vec::new(),
                properties: Vec::new(),
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    add_words(connection, &mut found)?;
    Ok(found)
}

/// Adds tags and properties: with one query for each of a few scenarios, or with one query for all.
fn add_words(connection: &Connection, found: &mut [ScenarioDetails]) -> rusqlite::Result<()> {
    const FEW: usize = 20;
    let (one, all) = if found.len() <= FEW { ("WHERE scenario = ?1", FEW) } else { ("", 0) };
    let tags = format!("SELECT scenario, tag, '' FROM tags {one} ORDER BY scenario, tag");
    let properties = format!("SELECT scenario, name, value FROM properties {one} ORDER BY scenario, name");
    let places: HashMap<i64, usize> =
        found.iter().enumerate().map(|(place, scenario)| (scenario.id, place)).collect();
    for (is_tag, sql) in [(true, tags), (false, properties)] {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut take = |mut rows: rusqlite::Rows<'_>| -> rusqlite::Result<()> {
            while let Some(row) = rows.next()? {
                let Some(&place) = places.get(&row.get(0)?) else { continue };
                match is_tag {
                    true => found[place].tags.push(row.get(1)?),
                    false => found[place].properties.push((row.get(1)?, row.get(2)?)),
                }
            }
            Ok(())
        };
        if all > 0 {
            let ids: Vec<i64> = places.keys().copied().collect();
            for id in ids {
                take(statement.query([id])?)?;
            }
        } else {
            take(statement.query([])?)?;
        }
    }
    Ok(())
}
