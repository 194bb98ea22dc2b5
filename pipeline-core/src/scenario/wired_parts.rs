//! The wiring of a run with a node and a call for each part: lineage leads through parts.

use super::Run;
use crate::engine::JobReport;
use crate::graph::parts::name_of_part;
use crate::graph::{WiredCall, WiredNode, Wiring};
use skipstone_wiring::Passing;
use std::collections::HashMap;

/// Replaces the calls for all parts by those that the run had.
pub(super) fn with_parts(wiring: Wiring, run: &Run) -> Wiring {
    let mut jobs: HashMap<&str, Vec<&JobReport>> = HashMap::new();
    for job in &run.jobs {
        if let Some(whole) = job.whole() {
            jobs.entry(whole).or_default().push(job);
        }
    }
    if jobs.is_empty() {
        return wiring;
    }
    // The parts of each node, in the order of their keys.
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    let mut calls = Vec::new();
    let mut nodes = wiring.nodes.clone();
    for call in wiring.calls {
        let Some(jobs) = jobs.get(call.name.as_str()) else {
            let arguments = arguments(&call, &keys, None);
            calls.push(WiredCall { arguments, ..call });
            continue;
        };
        let parts: Vec<String> = jobs.iter().filter_map(|job| job.part.clone()).collect();
        for output in &call.outputs {
            let whole = wiring.nodes.iter().find(|node| node.name == *output);
            let part = |key: &String| Some(WiredNode { name: name_of_part(output, key), ..whole?.clone() });
            nodes.extend(parts.iter().filter_map(part));
            keys.insert(output.clone(), parts.clone());
        }
        for (place, key) in parts.iter().enumerate() {
            calls.push(WiredCall {
                name: name_of_part(&call.name, key),
                arguments: arguments(&call, &keys, Some((place, key))),
                outputs: call.outputs.iter().map(|output| name_of_part(output, key)).collect(),
                ..call.clone()
            });
        }
    }
    Wiring { nodes, calls, ..wiring }
}

/// The arguments of a call, or of the call for a part. Parts of inputs are not recorded: such an argument is the input.
fn arguments(
    call: &WiredCall,
    keys: &HashMap<String, Vec<String>>,
    part: Option<(usize, &String)>,
) -> Vec<(String, String)> {
    let passings: HashMap<&str, Passing> = call
        .parts
        .iter()
        .filter_map(|text| Passing::split(text).ok().map(|(passing, node)| (node, passing)))
        .collect();
    let of = |(parameter, node): &(String, String)| -> Vec<(String, String)> {
        let named = |keys: &[String]| -> Vec<(String, String)> {
            keys.iter().map(|key| (parameter.clone(), name_of_part(node, key))).collect()
        };
        let Some(known) = keys.get(node) else { return vec![(parameter.clone(), node.clone())] };
        match (passings.get(node.as_str()), part) {
            (Some(Passing::Each | Passing::Cross), Some((_, key))) => {
                let own: Vec<String> = known.iter().filter(|known| has(key, known)).cloned().collect();
                named(&own)
            }
            (Some(Passing::Last(number)), Some((place, _))) => {
                let end = (place + 1).min(known.len());
                named(&known[end.saturating_sub(*number)..end])
            }
            _ => named(known),
        }
    };
    call.arguments.iter().flat_map(of).collect()
}

/// Whether the key of a part is this one, or that of a combination with it.
fn has(key: &str, one: &str) -> bool {
    let rest = |rest: &str| rest.is_empty() || rest.starts_with('/');
    key.match_indices(one).any(|(at, _)| {
        let begins = at == 0 || key[..at].ends_with('/');
        begins && rest(&key[at + one.len()..])
    })
}
