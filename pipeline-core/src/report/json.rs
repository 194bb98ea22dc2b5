//! Runs and plans as JSON. `docs/json.md` describes the fields; a change that breaks a reader gets a new `format`.

use crate::engine::{Check, Explanation, JobStatus, Plan, Reason};
use crate::registry::{micros, micros_of};
use crate::scenario::Run;
use serde_json::{Map, Value, json};

/// The version of the JSON format.
const FORMAT: u32 = 2;

/// A run as JSON.
pub fn run_json(run: &Run) -> Value {
    let mut outputs = Map::new();
    let jobs: Vec<Value> = run
        .jobs
        .iter()
        .map(|job| {
            let mut value = serde_json::to_value(job).unwrap_or_default();
            with_text(&mut value, &job.reason);
            if matches!(job.status, JobStatus::Completed | JobStatus::Skipped) {
                for output in &job.outputs {
                    outputs.insert(
                        output.node.clone(),
                        json!({ "hash": output.value.hash, "bytes": output.value.bytes, "rows": output.value.rows }),
                    );
                }
            }
            value
        })
        .collect();
    json!({
        "format": FORMAT,
        "scenario": run.scenario,
        "type": run.scenario_type,
        "run": run.id,
        "status": run.status,
        "version": run.version,
        "author": run.author,
        "inputs": run.inputs,
        "kpis": run.kpis,
        "started_us": micros(run.started),
        "wall_us": micros_of(run.wall),
        "jobs": jobs,
        "outputs": outputs,
        "written_bytes": run.written,
        "peak_memory_bytes": run.peak_memory,
        "saved_us": micros_of(run.saved()),
        "warnings": run.warnings,
    })
}

/// A plan as JSON.
pub fn plan_json(plan: &Plan) -> Value {
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    value["format"] = FORMAT.into();
    value["pending"] = plan.has_work().into();
    let (least, most) = plan.expected();
    value["expected_us"] = json!({ "least": micros_of(least), "most": micros_of(most) });
    for (job, planned) in value["jobs"].as_array_mut().into_iter().flatten().zip(&plan.jobs) {
        with_text(job, &planned.reason);
    }
    value
}

/// The check of query plans as JSON.
pub fn check_json(check: &Check) -> Value {
    let mut value = serde_json::to_value(check).unwrap_or_default();
    value["format"] = FORMAT.into();
    value["fine"] = check.is_ok().into();
    value
}

/// An explanation as JSON.
pub fn explanation_json(explanation: &Explanation) -> Value {
    let mut value = serde_json::to_value(explanation).unwrap_or_default();
    value["format"] = FORMAT.into();
    with_text(&mut value, &explanation.reason);
    value
}

/// Adds the reason as text to its parts.
fn with_text(job: &mut Value, reason: &Reason) {
    job["reason"]["text"] = reason.to_string().into();
}
