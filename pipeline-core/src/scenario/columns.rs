//! Column lineage: the source columns of each column of a table.

use super::{Run, Store};
use crate::data::{ArgumentColumn, DataType, Origins, Value, ValueRef};
use crate::engine::{Described, Describing, RunOptions};
use crate::graph::{TaskDef, WiredCall, Wiring, task_where};
use serde::Serialize;

/// The columns that a column of a table is derived from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ColumnLineage {
    /// The node with the table.
    pub node: String,
    /// The column's name.
    pub column: String,
    /// Whether the column is derived from exactly these columns: those that its query plan reads, including those that
    /// select rows. If `false`, these are all columns that the task reads, and the column may depend on any of them.
    pub exact: bool,
    /// The node and column name of each source column.
    pub of: Vec<(String, String)>,
}

impl Store {
    /// Returns the lineage of the columns of a job's tables.
    pub(super) fn column_lineage(&self, run: &Run, wiring: &Wiring, call: &WiredCall) -> Vec<ColumnLineage> {
        let tables = call.outputs.iter().filter_map(|output| {
            let node = wiring.node(output).filter(|node| !node.columns.is_empty())?;
            Some((output, &node.columns))
        });
        let described = self.described(run, call);
        let read = read_columns(wiring, call);
        let mut columns = Vec::new();
        for (output, table) in tables {
            let place = call.outputs.iter().position(|name| name == output).unwrap_or_default();
            let known = described.as_ref().and_then(|described| described.get(place)?.as_ref());
            for (column, ..) in table {
                let of = known.and_then(|known| known.iter().find(|(name, _)| name == column));
                let node_of = |of: &ArgumentColumn| {
                    Some((call.arguments.get(of.argument)?.1.clone(), of.column.clone()))
                };
                columns.push(ColumnLineage {
                    node: output.clone(),
                    column: column.clone(),
                    exact: of.is_some(),
                    of: match of {
                        Some((_, of)) => of.iter().filter_map(node_of).collect(),
                        None => read.clone(),
                    },
                });
            }
        }
        columns
    }

    /// Returns the origins of each output's columns, if this program has the task and it describes its tables.
    fn described(&self, run: &Run, call: &WiredCall) -> Option<Vec<Option<Origins>>> {
        let is_it = |task: &TaskDef| task.path() == call.task && task.code.hash == call.code;
        let task = task_where(is_it)?;
        let value = |argument: usize| {
            let (_, node) = call.arguments.get(argument)?;
            let input = run.inputs.iter().find(|input| input.node == *node).map(|input| &input.value);
            let outputs = || run.jobs.iter().flat_map(|job| &job.outputs);
            let value = input.or_else(|| Some(&outputs().find(|output| output.node == *node)?.value))?;
            self.value_of(task.parameters.get(argument)?, value)
        };
        match Describing::of(&call.name, task, value)?.call() {
            Described::Holds { tables, rows_were_read: false } => {
                Some(tables.iter().map(Value::origins).collect())
            }
            Described::Holds { .. } | Described::Fails(_) | Described::Opaque => None,
        }
    }

    /// Loads a value that is not a table; `None` if it is unavailable.
    fn value_of(&self, data: &DataType, value: &ValueRef) -> Option<Value> {
        if data.viewed.is_some() {
            return None;
        }
        match &value.given {
            Some(given) => (data.parse)(given).ok(),
            None => self.engine(RunOptions::default()).load(data, &value.in_object()?).ok(),
        }
    }
}

/// Returns the node and name of every column that a task reads.
fn read_columns(wiring: &Wiring, call: &WiredCall) -> Vec<(String, String)> {
    let mut read = Vec::new();
    for (parameter, node) in &call.arguments {
        let view = call.views.iter().find(|(viewing, _)| viewing == parameter).map(|(_, columns)| columns);
        let all =
            || wiring.node(node).into_iter().flat_map(|node| node.columns.iter().map(|(name, ..)| name));
        let columns: Vec<&String> = view.map_or_else(|| all().collect(), |columns| columns.iter().collect());
        for column in columns {
            let column = (node.clone(), column.clone());
            if !read.contains(&column) {
                read.push(column);
            }
        }
    }
    read
}
