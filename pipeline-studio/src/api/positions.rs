//! Where elements of a drawing were put: in `studio.toml` of the project, a table for each scenario type and a line for each
//! element, so that a colleague sees the same picture, and version control merges it.

use super::request::{Json, OfType, Query, State, work};
use crate::problem::Problem;
use crate::project::{POSITIONS as FILE, PROGRAM, Studio};
use axum::extract;
use serde::{Deserialize, Serialize};
use skipstone::data::replace_file;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use toml_edit::{Array, DocumentMut, Item, Table, Value};
use utoipa::ToSchema;

/// How many places are kept of one drawing, and how far out.
const MOST: usize = 20_000;
const FARTHEST: f64 = 1e7;

/// What a new file begins with.
const HEAD: &str =
    "# Where the Studio draws the elements of each scenario type that were put somewhere by hand.\n";

/// Where elements were put, by id.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    /// The places of top left corners, in pixels.
    positions: BTreeMap<String, [f64; 2]>,
}

impl Studio {
    /// The name of a type's table: for the program's own, that of the type, which is the same on every machine.
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
        text.parse().map_err(|error| Problem::unusable(format!("{FILE} is no TOML: {error}")))
    }

    /// Where the elements of a type's drawing were put.
    pub(super) fn positions(&self, ty: &str) -> Result<BTreeMap<String, [f64; 2]>, Problem> {
        let Ok(document) = self.positions_file() else {
            // The drawing is there without it; saving tells.
            return Ok(BTreeMap::new());
        };
        let name = self.table(ty)?;
        let table = document.get("positions").and_then(|all| all.get(&name));
        Ok(table.map(places).unwrap_or_default())
    }
}

fn places(table: &Item) -> BTreeMap<String, [f64; 2]> {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let place = |item: &Item| {
        let array = item.as_array()?;
        let place = [number(array.get(0)?)?, number(array.get(1)?)?];
        place.iter().all(|length| length.abs() <= FARTHEST).then_some(place)
    };
    let entries = table.as_table_like().into_iter().flat_map(|table| table.iter());
    entries.filter_map(|(id, item)| Some((id.to_owned(), place(item)?))).collect()
}

/// Where elements of the drawing were put.
#[utoipa::path(get, path = "/api/positions", tag = "project", params(OfType), responses((status = OK, body = Positions)))]
pub async fn read(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
) -> Result<Json<Positions>, Problem> {
    work(&state.studio, move |studio| {
        Ok(Json(Positions { positions: studio.positions(of.ty.as_deref().unwrap_or(PROGRAM))? }))
    })
    .await
}

/// Keeps where elements of the drawing are put; those that are not named are laid out.
#[utoipa::path(
    put, path = "/api/positions", tag = "project", params(OfType), request_body = Positions,
    responses((status = OK, body = Positions), (status = UNPROCESSABLE_ENTITY, body = super::Problems))
)]
pub async fn save(
    extract::State(state): extract::State<State>,
    Query(of): Query<OfType>,
    Json(new): Json<Positions>,
) -> Result<Json<Positions>, Problem> {
    work(&state.studio, move |studio| {
        let fits = |[x, y]: &[f64; 2]| x.abs() <= FARTHEST && y.abs() <= FARTHEST;
        if new.positions.len() > MOST || !new.positions.values().all(fits) {
            return Err(Problem::unusable(format!("at most {MOST} places, each within {FARTHEST} pixels")));
        }
        let _writing = studio.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let name = studio.table(of.ty.as_deref().unwrap_or(PROGRAM))?;
        let mut document = studio.positions_file()?;
        // What is said in a file without tables is said before the first one.
        let lead = match document.is_empty() {
            true => document.trailing().as_str().unwrap_or_default().to_owned(),
            false => String::new(),
        };
        if !lead.is_empty() {
            document.set_trailing("");
        }
        let all = document.entry("positions").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let all = all
            .as_table_mut()
            .ok_or_else(|| Problem::unusable(format!("`positions` in {FILE} is no table")))?;
        // An empty table stays, with what people say about it.
        if !new.positions.is_empty() || all.contains_key(&name) {
            let table = all.entry(&name).or_insert(Item::Table(Table::new()));
            let table = table
                .as_table_mut()
                .ok_or_else(|| Problem::unusable(format!("`positions.{name}` in {FILE} is no table")))?;
            table.retain(|id, _| new.positions.contains_key(id));
            for (id, [x, y]) in &new.positions {
                let mut place = Array::new();
                place.push(x.round() as i64);
                place.push(y.round() as i64);
                table.insert(id, Item::Value(place.into()));
            }
        }
        let whole = studio.within(FILE)?;
        let text = format!("{lead}{document}");
        replace_file(&whole, |staged| std::fs::write(staged, &text))
            .map_err(|error| Problem::internal(format!("can't write {}: {error}", whole.display())))?;
        Ok(Json(new))
    })
    .await
}
