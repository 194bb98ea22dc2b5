//! Lineage as run events of OpenLineage, specification 2-0-2 (<https://openlineage.io/spec/2-0-2/OpenLineage.json>).
//!
//! Each job becomes an OpenLineage run with the whole run as its parent. Tables, files and other outputs are datasets;
//! the values of other inputs are parameters. The column facet lists the source columns of each output column. If a
//! task does more than describe a table, its exact source columns are unknown: a column may come from any column that
//! the task reads, and each is marked as `INDIRECT`.

use super::rfc3339;
use crate::engine::JobStatus;
use crate::scenario::{ColumnLineage, Lineage, LineageJob, LineageNode};
use crate::store::Hash;
use serde_json::{Value, json};

/// The producer of the events.
const PRODUCER: &str = concat!("urn:skipstone:", env!("CARGO_PKG_VERSION"));

const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// The run events of a lineage in order of time: a start and an end for each job and for the whole run.
pub fn openlineage(lineage: &Lineage, namespace: &str) -> Vec<Value> {
    let events = Events { lineage, namespace };
    let mut all: Vec<(i64, Value)> = vec![(lineage.started_us, events.whole("START", lineage.started_us))];
    for job in &lineage.jobs {
        let Some(end) = end(job.status) else { continue };
        let ended = job.started_us.saturating_add(job.duration_us);
        all.push((job.started_us, events.job("START", job, job.started_us)));
        all.push((ended, events.job(end, job, ended)));
    }
    let ended = lineage.jobs.iter().map(|job| job.started_us.saturating_add(job.duration_us)).max();
    let ended = ended.unwrap_or(lineage.started_us).max(lineage.started_us);
    let failed = |status| lineage.jobs.iter().any(|job| job.status == status);
    let end = match () {
        () if failed(JobStatus::Failed) => "FAIL",
        () if failed(JobStatus::Canceled) => "ABORT",
        () => "COMPLETE",
    };
    all.push((ended, events.whole(end, ended)));
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, event)| event).collect()
}

/// The event type for a job's end; `None` if the job did not start.
fn end(status: JobStatus) -> Option<&'static str> {
    match status {
        JobStatus::Completed | JobStatus::Skipped => Some("COMPLETE"),
        JobStatus::Failed => Some("FAIL"),
        JobStatus::Canceled => Some("ABORT"),
        _ => None,
    }
}

struct Events<'a> {
    lineage: &'a Lineage,
    namespace: &'a str,
}

impl Events<'_> {
    /// The id of a run: always the same for this run, and different from that of any other run in any store.
    fn id(&self, job: &str) -> String {
        let Lineage { scenario, run, started_us, version, .. } = self.lineage;
        let text = format!("{}\n{scenario}\n{run}\n{started_us}\n{version}\n{job}", self.namespace);
        let hash = Hash::of(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        // UUID version 8, for custom ids (RFC 9562).
        bytes[6] = 0x80 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    fn event(&self, kind: &str, at: i64, run: Value, job: Value, inputs: Value, outputs: Value) -> Value {
        json!({
            "eventType": kind, "eventTime": rfc3339(at), "run": run, "job": job, "inputs": inputs, "outputs": outputs,
            "producer": PRODUCER, "schemaURL": EVENT,
        })
    }

    /// An event of the whole run.
    fn whole(&self, kind: &str, at: i64) -> Value {
        let run = json!({ "runId": self.id(""), "facets": { "processing_engine": engine() } });
        self.event(kind, at, run, self.job_of(None), json!([]), json!([]))
    }

    fn job_of(&self, job: Option<&LineageJob>) -> Value {
        let ty = &self.lineage.scenario_type;
        let name = job.map_or_else(|| ty.clone(), |job| format!("{ty}.{}", job.job));
        let kind = if job.is_some() { "TASK" } else { "SCENARIO" };
        let facet = facet(
            "2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
            json!({ "processingType": "BATCH", "integration": "PIPELINE", "jobType": kind }),
        );
        json!({ "namespace": self.namespace, "name": name, "facets": { "jobType": facet } })
    }

    fn job(&self, kind: &str, job: &LineageJob, at: i64) -> Value {
        let parent = facet(
            "1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet",
            json!({
                "run": { "runId": self.id("") },
                "job": { "namespace": self.namespace, "name": self.lineage.scenario_type },
            }),
        );
        let mut facets = json!({ "parent": parent, "processing_engine": engine() });
        let find = |name: &String| self.lineage.nodes.iter().find(|node| node.node == *name);
        let arguments: Vec<(&String, &LineageNode)> =
            job.arguments.iter().filter_map(|(parameter, node)| Some((parameter, find(node)?))).collect();
        let parameters: Vec<Value> = arguments
            .iter()
            .filter(|(_, node)| is_parameter(node))
            .map(|(parameter, node)| json!({ "key": parameter, "name": node.node, "value": node.value }))
            .collect();
        let read: Vec<&LineageNode> = arguments.into_iter().map(|(_, node)| node).collect();
        if !parameters.is_empty() {
            facets["executionParameters"] = facet(
                "1-0-0/ExecutionParametersRunFacet.json#/$defs/ExecutionParametersRunFacet",
                json!({ "parameters": parameters }),
            );
        }
        if let Some(error) = job.error.as_ref().filter(|_| kind == "FAIL" || kind == "ABORT") {
            let mut words = json!({ "message": error.message, "programmingLanguage": "Rust" });
            if !error.causes.is_empty() {
                words["stackTrace"] = error.causes.join("\n").into();
            }
            facets["errorMessage"] =
                facet("1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet", words);
        }
        let inputs: Vec<Value> =
            read.iter().filter(|node| !is_parameter(node)).flat_map(|node| self.inputs(node)).collect();
        let outputs: Vec<Value> = match kind {
            "COMPLETE" => {
                let made = job.outputs.iter();
                let made = made.filter_map(|name| self.lineage.nodes.iter().find(|node| node.node == *name));
                made.map(|node| self.output(node, job)).collect()
            }
            _ => Vec::new(),
        };
        let run = json!({ "runId": self.id(&job.job), "facets": facets });
        self.event(kind, at, run, self.job_of(Some(job)), inputs.into(), outputs.into())
    }

    fn name(&self, node: &LineageNode) -> String {
        format!("{}.{}", self.lineage.scenario, node.node)
    }

    /// A node as input datasets of its reader: each of its files, or the node itself.
    fn inputs(&self, node: &LineageNode) -> Vec<Value> {
        if node.files.is_empty() {
            let statistics = statistics(
                "1-0-0/InputStatisticsInputDatasetFacet.json#/$defs/InputStatisticsInputDatasetFacet",
                node,
            );
            return vec![json!({
                "namespace": self.namespace, "name": self.name(node), "facets": dataset(node, node.content),
                "inputFacets": { "inputStatistics": statistics },
            })];
        }
        let file = |file: &crate::data::InputFile| json!({ "namespace": "file", "name": file.path, "facets": dataset(node, file.content) });
        node.files.iter().map(file).collect()
    }

    /// The source fields of a column; for a node in files, the fields of each file.
    fn fields(&self, column: &ColumnLineage) -> Vec<Value> {
        let mut fields = Vec::new();
        for (node, name) in &column.of {
            let Some(source) = self.lineage.nodes.iter().find(|source| source.node == *node) else {
                continue;
            };
            let places: Vec<(&str, String)> = match source.files.as_slice() {
                [] => vec![(self.namespace, self.name(source))],
                files => files.iter().map(|file| ("file", file.path.clone())).collect(),
            };
            for (namespace, place) in places {
                let mut field = json!({ "namespace": namespace, "name": place, "field": name });
                if !column.exact {
                    field["transformations"] = json!([{
                        "type": "INDIRECT",
                        "description": "the task reads the column; which columns it makes from it is not known",
                    }]);
                }
                fields.push(field);
            }
        }
        fields
    }

    fn output(&self, node: &LineageNode, job: &LineageJob) -> Value {
        let mut facets = dataset(node, node.content);
        let fields: serde_json::Map<String, Value> = job
            .columns
            .iter()
            .filter(|column| column.node == node.node && !column.of.is_empty())
            .map(|column| (column.column.clone(), json!({ "inputFields": self.fields(column) })))
            .collect();
        if !fields.is_empty() {
            facets["columnLineage"] = facet(
                "1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet",
                json!({ "fields": fields }),
            );
        }
        let statistics = statistics(
            "1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet",
            node,
        );
        json!({
            "namespace": self.namespace, "name": self.name(node), "facets": facets,
            "outputFacets": { "outputStatistics": statistics },
        })
    }
}

/// Whether a node is a parameter of the run rather than a dataset.
fn is_parameter(node: &LineageNode) -> bool {
    node.input && node.files.is_empty() && node.columns.is_empty()
}

fn facet(schema: &str, mut fields: Value) -> Value {
    fields["_producer"] = PRODUCER.into();
    fields["_schemaURL"] = format!("https://openlineage.io/spec/facets/{schema}").into();
    fields
}

fn engine() -> Value {
    facet(
        "1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet",
        json!({ "name": "pipeline", "version": env!("CARGO_PKG_VERSION") }),
    )
}

/// The facets of every dataset: its content hash, and for tables their columns.
fn dataset(node: &LineageNode, content: Hash) -> Value {
    let mut facets = json!({
        "version": facet(
            "1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
            json!({ "datasetVersion": content.to_string() }),
        ),
    });
    if !node.columns.is_empty() {
        let fields: Vec<Value> = node
            .columns
            .iter()
            .enumerate()
            .map(|(place, (name, ty, nullable))| {
                let ty = if *nullable { format!("Option<{ty}>") } else { ty.clone() };
                json!({ "name": name, "type": ty, "ordinal_position": place + 1 })
            })
            .collect();
        facets["schema"] =
            facet("1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet", json!({ "fields": fields }));
    }
    facets
}

fn statistics(schema: &str, node: &LineageNode) -> Value {
    let mut fields = json!({});
    if let Some(rows) = node.rows {
        fields["rowCount"] = rows.into();
    }
    if let Some(bytes) = node.bytes {
        fields["size"] = bytes.into();
    }
    facet(schema, fields)
}
