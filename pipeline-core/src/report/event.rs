//! Events as JSON and as text.

use crate::data::counted;
use crate::engine::{Event, JobChange, JobEvent, NodeEvent, ScenarioChange, ScenarioEvent, SubmissionEvent};
use crate::registry::{micros, micros_of};
use serde_json::{Value, json};
use std::time::SystemTime;

/// An event as JSON, with the current time.
pub fn event_json(event: &Event) -> Value {
    let mut value = match event {
        Event::Submission(SubmissionEvent { scenario, run, status, jobs }) => json!({
            "event": "submission", "scenario": &**scenario, "run": run, "status": status, "jobs": jobs,
        }),
        Event::Job(JobEvent { scenario, run, job, change }) => {
            let mut value = json!({
                "event": "job", "scenario": &**scenario, "run": run, "job": &**job, "status": change.status(),
            });
            match change {
                JobChange::Writing => value["phase"] = "writing".into(),
                JobChange::Logged(line) => value["said"] = serde_json::to_value(line).unwrap_or_default(),
                JobChange::Retrying { attempts, error, wait } => {
                    value["retry"] = json!({
                        "attempts": attempts, "error": error.message, "wait_us": micros_of(*wait),
                    });
                }
                JobChange::Finished(report) => {
                    value["report"] = serde_json::to_value(&**report).unwrap_or_default();
                    value["report"]["reason"]["text"] = report.reason.to_string().into();
                }
                JobChange::Blocked | JobChange::Pending | JobChange::Running { .. } => {}
            }
            value
        }
        Event::Node(NodeEvent { scenario, run, output, made }) => {
            let mut value = json!({ "event": "node", "scenario": &**scenario, "run": run, "made": made });
            let output = serde_json::to_value(output).unwrap_or_default();
            if let (Some(value), Value::Object(output)) = (value.as_object_mut(), output) {
                value.extend(output);
            }
            value
        }
        Event::Scenario(ScenarioEvent { scenario, change }) => {
            let mut value = json!({ "event": "scenario", "scenario": &**scenario });
            let change = match change {
                ScenarioChange::Created { origin } => json!({ "change": "created", "origin": origin }),
                ScenarioChange::Renamed { to } => json!({ "change": "renamed", "to": to }),
                ScenarioChange::Tagged { tags } => json!({ "change": "tagged", "tags": tags }),
                ScenarioChange::Untagged { tags } => json!({ "change": "untagged", "tags": tags }),
                ScenarioChange::Noted { note } => json!({ "change": "noted", "note": note }),
                ScenarioChange::Property { name, value } => {
                    json!({ "change": "property", "name": name, "value": value })
                }
                ScenarioChange::InputSet { node, value } => {
                    json!({ "change": "input_set", "node": node, "value": value })
                }
                ScenarioChange::Deleted => json!({ "change": "deleted" }),
            };
            if let (Some(value), Value::Object(change)) = (value.as_object_mut(), change) {
                value.extend(change);
            }
            value
        }
        Event::Warning { scenario, message } => {
            json!({ "event": "warning", "scenario": &**scenario, "message": message })
        }
    };
    value["at_us"] = micros(SystemTime::now()).into();
    value
}

/// An event as one line of text, without numbers and times, for snapshots.
pub fn event_text(event: &Event) -> String {
    match event {
        Event::Submission(event) => {
            format!("submission of `{}`: {}, {}", event.scenario, event.status, counted(event.jobs, "job"))
        }
        Event::Job(JobEvent { job, change, .. }) => match change {
            JobChange::Writing => format!("job {job}: writing"),
            JobChange::Logged(line) => format!("job {job} logged: {line}"),
            JobChange::Retrying { attempts, error, .. } => {
                format!(
                    "job {job}: failed {}, will be retried: {}",
                    counted(*attempts, "time"),
                    error.message
                )
            }
            change => format!("job {job}: {}", change.status()),
        },
        Event::Node(NodeEvent { output, made, .. }) => {
            format!("node {}: {}", output.node, if *made { "made" } else { "known" })
        }
        Event::Scenario(ScenarioEvent { scenario, change }) => format!("scenario `{scenario}`: {change:?}"),
        Event::Warning { message, .. } => format!("warning: {message}"),
    }
}
