//! Publish: writes the outputs of a call to the store, the objects first, then the record that names them.

use crate::data::counted;
use crate::data::{ColumnContent, Columns, KeptColumns, Sink, TableIndex, Value, ValueRef};
use crate::engine::job::record::{RecordInput, ResultRecord};
use crate::engine::job::report::JobError;
use crate::engine::job::spec::{CallResult, JobSpec, PublishAs};
use crate::engine::job::toolchain::Toolchain;
use crate::engine::workspace::Workspace;
use crate::engine::workspace::context::Context;
use crate::graph::{Outputs, TaskDef};
use crate::registry::{micros, micros_of};
use crate::store::{
    Damaged, Existing, Hash, Integrity, Lease, RecordRead, ResultStore, Space, StoreError, Written,
};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Writes the outputs of a call to the store. Adds damaged objects that it finds to `damaged`.
pub(crate) fn outputs(
    spec: &JobSpec,
    workspace: &Workspace<'_>,
    task: &TaskDef,
    outputs: Outputs,
    context: &Context,
    damaged: &mut Vec<Damaged>,
) -> Result<Vec<Arc<ValueRef>>, JobError> {
    let objects = &workspace.results.objects;
    let mut made = Vec::new();
    let stored_in = workspace.results.place().join(Space::Objects.as_str());
    let tables = known_tables(spec, workspace, task);
    let (tables, contents): (Vec<TableIndex>, Vec<Vec<ColumnContent>>) = tables.into_iter().unzip();
    let tables = (&tables[..], &contents[..]);
    let columns = KeptColumns::new(objects, &stored_in, &workspace.lease, tables, workspace.since);
    let columns = Columns::Kept(columns);
    for (output, data) in outputs.0.into_iter().zip(task.outputs) {
        let value = (data.round_trip)(output)?;
        let mut writer = objects.writer()?;
        let sink = Sink::of_output(&mut writer, columns.clone());
        let mut sink = sink.watched(&context.token, &context.progress);
        sink.unordered = task.is_unordered();
        value.save(&mut sink)?;
        let (rows, columns, column_bytes) = (sink.rows, sink.column_objects, sink.column_bytes);
        let (contents, unordered) = (sink.contents, sink.multiset);
        damaged.extend(sink.damaged);
        let Written { hash, bytes, replaced } = writer.finish(&workspace.lease)?;
        damaged.extend(replaced);
        let summary = summary(&value, rows);
        if !value.reads_from_store(&stored_in) {
            workspace.values.keep_made(&hash, data, &value, bytes);
        }
        let value = ValueRef {
            rows,
            columns,
            contents,
            unordered,
            ..ValueRef::object(hash, bytes + column_bytes, summary)
        };
        made.push(Arc::new(value));
    }
    Ok(made)
}

/// Returns the tables that a call reads and earlier results: the new tables may share their columns.
fn known_tables(
    spec: &JobSpec,
    workspace: &Workspace<'_>,
    task: &TaskDef,
) -> Vec<(TableIndex, Vec<ColumnContent>)> {
    // A forced run rewrites every object, including those with damage that was not noticed.
    let replaces = spec.publish.is_some_and(|publish| publish.replace);
    if replaces || !task.outputs.iter().any(|output| output.scanned) {
        return Vec::new();
    }
    let arguments = spec.arguments.iter().map(|argument| &argument.value);
    let tables =
        arguments.filter(|value| !value.columns.is_empty()).map(|value| (value.hash, &value.contents));
    let earlier = spec.earlier.iter().map(|table| (table.hash, &table.contents));
    let index = |(table, contents): (Hash, &Vec<ColumnContent>)| {
        // A table that can't be read is left out: it would only have been a hint.
        let object = workspace.results.objects.blob(table, workspace.lease.clone()).ok()?;
        Some((TableIndex::of(&object).ok().flatten()?, contents.clone()))
    };
    tables.chain(earlier).filter_map(index).collect()
}

/// Writes a value to the store.
pub(crate) fn value(
    results: &ResultStore,
    value: &Value,
    lease: &Lease,
) -> Result<ValueRef, crate::engine::error::EngineError> {
    let mut writer = results.objects.writer()?;
    let mut sink = Sink::new(&mut writer);
    value.save(&mut sink)?;
    let (rows, contents) = (sink.rows, sink.contents);
    let Written { hash, bytes, .. } = writer.finish(lease)?;
    Ok(ValueRef { rows, contents, ..ValueRef::object(hash, bytes, summary(value, rows)) })
}

fn summary(value: &Value, rows: Option<u64>) -> String {
    rows.map_or_else(|| value.summary(), |rows| counted(rows, "row"))
}

/// Writes the record of a result. If another process published a record for the same key in the meantime, that one
/// stays, and this job takes its outputs: so all processes have the same result, even of a task that is not
/// deterministic.
pub(crate) fn record(
    spec: &JobSpec,
    workspace: &Workspace<'_>,
    task: &TaskDef,
    publish: PublishAs,
    mut outputs: Vec<Arc<ValueRef>>,
    (started, took): (SystemTime, Duration),
) -> Result<CallResult, JobError> {
    let inputs = spec
        .arguments
        .iter()
        .map(|argument| RecordInput { parameter: argument.parameter.clone(), content: argument.value.hash });
    let record = ResultRecord {
        task: task.identity(),
        code: task.code.hash.into(),
        pinned: task.version().map(str::to_owned),
        toolchain: Toolchain::current(),
        scenario: spec.scenario.clone(),
        inputs: inputs.collect(),
        outputs: outputs.clone(),
        started_us: micros(started),
        duration_us: micros_of(took),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let existing = if publish.replace { Existing::Replace } else { Existing::Keep };
    if !workspace.results.records.put(&publish.key, &record, existing, &workspace.lease)? {
        adopt(workspace, publish, &mut outputs)?;
    }
    Ok(CallResult { outputs, record: Some(record) })
}

/// Takes the outputs of the existing record, if they are intact.
fn adopt(
    workspace: &Workspace<'_>,
    publish: PublishAs,
    outputs: &mut Vec<Arc<ValueRef>>,
) -> Result<(), StoreError> {
    let (results, lease) = (workspace.results, &workspace.lease);
    let RecordRead::Found(record) = results.records.get::<ResultRecord>(&publish.key)? else { return Ok(()) };
    if record.outputs.len() != outputs.len() {
        return Ok(());
    }
    for object in record.objects() {
        lease.hold(&object)?;
        if results.objects.integrity(&object, workspace.since)? != Integrity::Intact {
            return Ok(());
        }
    }
    *outputs = record.outputs;
    Ok(())
}
