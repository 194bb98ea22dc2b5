//! Positions of elements that were moved by hand. They are kept in the project's `studio.toml`, with a table for each
//! scenario type and a line for each element: colleagues see the same picture, and version control can merge changes.

use super::request::{Json, Query, State, TypeQuery, work};
use crate::problem::Problem;
use crate::project::{POSITIONS as FILE, PROGRAM, Studio};
use axum::extract;
use serde::{Deserialize, Serialize};
use skipstone::data::replace_file;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use toml_edit::{Array, DocumentMut, Item, Table, Value};
use utoipa::ToSchema;

/// Limits of one graph: the number of positions, and the absolute value of a coordinate.
const MAX_POSITIONS: usize = 20_000;
const MAX_COORDINATE: f64 = 1e7;

/// The first line of a new file.
const HEAD: &str = "# Positions of elements that were moved by hand in the Studio, for each scenario type.\n";

/// Positions of elements.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    /// The coordinates of the top left corners in pixels, by the elements' ids.
    positions: BTreeMap<String, [f64; 2]>,
}

impl Studio {
    /// The name of a scenario type's table, the same on every machine: the type's name for the program's own type, else
    /// the path of the file.
    fn table(&self, ty: &str) -> Result<String, Problem> {
        match ty {
            PROGRAM => Ok(self.graph(None)?.name().to_owned()),
            file => {
                self.file(file)?;
                Ok(file.to_owned())
            }
        }
    }

    fn positions_file(&self) -> Result<DocumentMut, Problem> {
        let text = match self.read_from(FILE, self.within(FILE)?) {
            Ok(text) => text,
            Err(_) if !self.directory.join(FILE).exists() => HEAD.into(),
            Err(problem) => return Err(problem),
        };
        text.parse().map_err(|error| Problem::unusable(format!("{FILE} is not valid TOML: {error}")))
    }

    /// The positions of a scenario type's elements; empty if the file can't be read.
    pub(super) fn positions(&self, ty: &str) -> Result<BTreeMap<String, [f64; 2]>, Problem> {
        let Ok(document) = self.positions_file() else {
            // The graph can be laid out without positions. Saving them reports the error.
            return Ok(BTreeMap::new());
        };
        let name = self.table(ty)?;
        let table = document.get("positions").and_then(|all| all.get(&name));
        Ok(table.map(parse_positions).unwrap_or_default())
    }
}

fn parse_positions(table: &Item) -> BTreeMap<String, [f64; 2]> {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let position = |item: &Item| {
        let array = item.as_array()?;
        let position = [number(array.get(0)?)?, number(array.get(1)?)?];
        position.iter().all(|coordinate| coordinate.abs() <= MAX_COORDINATE).then_some(position)
    };
    let entries = table.as_table_like().into_iter().flat_map(|table| table.iter());
    entries.filter_map(|(id, item)| Some((id.to_owned(), position(item)?))).collect()
}

/// Returns the positions of elements that were moved by hand.
#[utoipa::path(get, path = "/api/positions", tag = "project", params(TypeQuery), responses((status = OK, body = Positions)))]
pub async fn read(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
) -> Result<Json<Positions>, Problem> {
    work(&state.studio, move |studio| {
        Ok(Json(Positions { positions: studio.positions(of.ty.as_deref().unwrap_or(PROGRAM))? }))
    })
    .await
}

/// Saves the positions of elements that were moved by hand.
///
/// They replace the saved positions. All other elements are laid out automatically.
#[utoipa::path(
    put, path = "/api/positions", tag = "project", params(TypeQuery), request_body = Positions,
    responses((status = OK, body = Positions), (status = UNPROCESSABLE_ENTITY, body = super::Problems))
)]
pub async fn save(
    extract::State(state): extract::State<State>,
    Query(of): Query<TypeQuery>,
    Json(new): Json<Positions>,
) -> Result<Json<Positions>, Problem> {
    work(&state.studio, move |studio| {
        let fits = |[x, y]: &[f64; 2]| x.abs() <= MAX_COORDINATE && y.abs() <= MAX_COORDINATE;
        if new.positions.len() > MAX_POSITIONS || !new.positions.values().all(fits) {
            return Err(Problem::unusable(format!(
                "too many or too distant positions: at most {MAX_POSITIONS}, each within {MAX_COORDINATE} pixels"
            )));
        }
        let _writing = studio.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let name = studio.table(of.ty.as_deref().unwrap_or(PROGRAM))?;
        let mut document = studio.positions_file()?;
        // The comments of a file without tables stay at its top.
        let header = match document.is_empty() {
            true => document.trailing().as_str().unwrap_or_default().to_owned(),
            false => String::new(),
        };
        if !header.is_empty() {
            document.set_trailing("");
        }
        let all = document.entry("positions").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let all = all
            .as_table_mut()
            .ok_or_else(|| Problem::unusable(format!("`positions` in {FILE} must be a table")))?;
        // A table that becomes empty is kept, with its comments.
        if !new.positions.is_empty() || all.contains_key(&name) {
            let table = all.entry(&name).or_insert(Item::Table(Table::new()));
            let table = table
                .as_table_mut()
                .ok_or_else(|| Problem::unusable(format!("`positions.{name}` in {FILE} must be a table")))?;
            table.retain(|id, _| new.positions.contains_key(id));
            for (id, [x, y]) in &new.positions {
                let mut position = Array::new();
                position.push(x.round() as i64);
                position.push(y.round() as i64);
                table.insert(id, Item::Value(position.into()));
            }
        }
        let full = studio.within(FILE)?;
        let text = format!("{header}{document}");
        replace_file(&full, |staged| std::fs::write(staged, &text))
            .map_err(|error| Problem::internal(format!("can't write {}: {error}", full.display())))?;
        Ok(Json(new))
    })
    .await
}
