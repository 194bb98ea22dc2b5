//! What is wrong with a CSV file, found after polars could not read it.

use super::super::columns::data_type;
use super::super::row::{Column as RowColumn, ColumnType, Row};
use super::super::{TableError, sink};
use super::{OneFile, is_compressed, schema};
use polars::prelude::*;
use std::io::{BufRead, BufReader};

/// What a field of a `bool` column may say.
const BOOLS: [&str; 6] = ["true", "false", "True", "False", "TRUE", "FALSE"];

impl<R: Row> OneFile<'_, R> {
    /// The first value that can't be read as its column's type, in the order of the rows.
    pub(super) fn first_bad_value(&self) -> Result<Option<String>, TableError> {
        const ROW: &str = "\u{0}row";
        const BAD: &str = "\u{0}bad";
        let header = self.header()?;
        let texts = self.reader().with_schema(Some(schema::<R>(&header, |_| DataType::String))).finish()?;
        let is_bad = |column: &RowColumn| {
            let text = col(column.name);
            let unreadable = match column.ty {
                // Polars reads these from a file, but does not cast texts to them.
                ColumnType::Bool => BOOLS.iter().map(|word| text.clone().neq(lit(*word))).reduce(Expr::and),
                ty => Some(text.clone().cast(data_type(ty)).is_null()),
            };
            let unreadable = text.clone().is_not_null().and(unreadable.unwrap_or(lit(false)));
            if column.nullable { unreadable } else { unreadable.or(text.is_null()) }
        };
        let bad = R::COLUMNS
            .iter()
            .filter(|column| column.ty != ColumnType::String || !column.nullable)
            .map(is_bad)
            .reduce(|any, next| any.or(next));
        let Some(bad) = bad else { return Ok(None) };
        let plan = texts.with_row_index(ROW, Some(1)).with_column(bad.alias(BAD)).filter(col(BAD)).limit(1);
        let mut found = None;
        sink::batches(plan, |batch| {
            let row = batch.column(ROW)?.u32()?.get(0).unwrap_or(0);
            for column in R::COLUMNS {
                let text = batch.column(column.name)?.str()?.get(0).map(str::to_owned);
                let readable = |text: &str| {
                    if column.ty == ColumnType::Bool {
                        return BOOLS.contains(&text);
                    }
                    let text = Column::new("".into(), [text]);
                    text.cast(&data_type(column.ty)).is_ok_and(|value| value.null_count() == 0)
                };
                found = match text {
                    Some(text) if !readable(&text) => Some(format!("`{text}` is no {}", column.ty)),
                    None if !column.nullable => Some("the value is missing".into()),
                    _ => continue,
                }
                .map(|what| format!("{}: row {row}, column `{}`: {what}", self.path.display(), column.name));
                break;
            }
            Ok::<(), TableError>(())
        })?;
        Ok(found)
    }

    /// The first line with more fields than the header, that is no text, or whose quotes do not end.
    pub(super) fn first_bad_line(&self) -> Option<String> {
        if is_compressed(self.path).ok()? {
            return None; // what polars says has to do
        }
        let file = BufReader::new(std::fs::File::open(self.path).ok()?);
        let path = self.path.display();
        let mut header = None;
        let mut quoted = false;
        let mut opened = 0;
        let mut fields = 1;
        for (number, line) in file.split(b'\n').enumerate() {
            let Ok(line) = String::from_utf8(line.ok()?) else {
                return Some(format!("{path}: line {} is not UTF-8", number + 1));
            };
            if !quoted {
                opened = number + 1;
            }
            for letter in line.chars() {
                match letter {
                    '"' => quoted = !quoted,
                    ',' if !quoted => fields += 1,
                    _ => {}
                }
            }
            if quoted {
                continue;
            }
            let allowed = *header.get_or_insert(fields);
            if fields > allowed {
                return Some(format!(
                    "{path}: line {} has {fields} fields, and the header has {allowed}",
                    number + 1
                ));
            }
            fields = 1;
        }
        quoted.then(|| format!("{path}: line {opened} has a quote that is not closed"))
    }
}
