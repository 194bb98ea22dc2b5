//! `lineage`

use super::complete;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::data::replace_file;
use crate::graph::Graph;
use crate::registry::RunId;
use crate::report::{DescendantsText, LineageText, lineage_mermaid, openlineage};
use crate::scenario::error::Error;
use crate::scenario::{Instance, Lineage, Store};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// What `lineage` is asked for.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct LineageOptions {
    /// A node, the hash of a value (four digits or more of it), or with --forward the path of a file; without it the
    /// whole run
    #[arg(add = complete::nodes())]
    target: Option<String>,
    /// The run's number; the latest unless it is said
    #[arg(long, value_name = "NUMBER")]
    run: Option<RunId>,
    /// What was made of it, in all scenarios, in place of what it was made from
    #[arg(long, requires = "target", conflicts_with = "run")]
    forward: bool,
    /// The form; JSON with --json
    #[arg(long, value_enum, default_value = "text")]
    format: LineageFormat,
    /// Where it goes: a file, or the http:// address of a service that takes OpenLineage; stdout unless it is said
    #[arg(long, value_name = "FILE|URL")]
    to: Option<String>,
    /// The namespace of OpenLineage's jobs and datasets
    #[arg(long, value_name = "NAME", default_value = "pipeline")]
    namespace: String,
}

/// A form of a lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LineageFormat {
    /// A tree, from the value back to its sources.
    Text,
    /// All of it.
    Json,
    /// A flowchart.
    Mermaid,
    /// Run events of OpenLineage 2-0-2, a line each.
    Openlineage,
}

pub(super) fn lineage(
    graph: &Arc<Graph>,
    options: &Options,
    asked: &LineageOptions,
    output: &Output,
) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let format = if options.json { LineageFormat::Json } else { asked.format };
    if asked.forward {
        return forward(&store, graph, options, asked, format, output);
    }
    let lineage = find(&store, graph, options, asked)?;
    let events = |lineage| openlineage(lineage, &asked.namespace);
    let text = match format {
        LineageFormat::Text => {
            let paint = |tone, word: &str| match asked.to {
                None => output.paint(tone, word),
                Some(_) => word.to_owned(),
            };
            format!("{}\n", LineageText::new(&lineage).paint(&paint))
        }
        LineageFormat::Json => {
            let mut json = serde_json::to_value(&lineage).unwrap_or_default();
            json["format"] = 1.into();
            format!("{json}\n")
        }
        LineageFormat::Mermaid => lineage_mermaid(&lineage),
        LineageFormat::Openlineage => events(&lineage).iter().map(|event| format!("{event}\n")).collect(),
    };
    match asked.to.as_deref() {
        Some(url) if url.starts_with("https://") => {
            let message = format!(
                "events are sent without encryption, to http:// addresses: let another program send them to {url}, \
                 which takes them from --to FILE, an event on each line"
            );
            Err(Failure::Command(message.into()))
        }
        Some(url) if url.starts_with("http://") => {
            if format != LineageFormat::Openlineage {
                let message = "an address takes OpenLineage events: say --format openlineage";
                return Err(Failure::Command(message.into()));
            }
            let events = events(&lineage);
            send(url, &events)?;
            output.message(
                crate::report::Tone::Heading,
                "sent",
                &format!("{} events to {url}", events.len()),
            );
            Ok(Exit::Fine)
        }
        to => write(to.map(Path::new), &text, output),
    }
}

fn find(
    store: &Store,
    graph: &Arc<Graph>,
    options: &Options,
    asked: &LineageOptions,
) -> Result<Lineage, Error> {
    let target = asked.target.as_deref();
    if let Some(run) = asked.run {
        return store.lineage(run, target);
    }
    let Some(target) = target else {
        let run = Instance::open(store, graph, &options.scenario)?.last_run()?;
        return store.lineage(run.id, None);
    };
    if graph.node(target).is_none() && is_hash(target) {
        return store.lineage_of(&target.to_lowercase());
    }
    Instance::open(store, graph, &options.scenario)?.lineage(target)
}

/// Whether a text can be the beginning of a hash.
fn is_hash(text: &str) -> bool {
    text.len() >= 4 && text.chars().all(|letter| letter.is_ascii_hexdigit())
}

fn forward(
    store: &Store,
    graph: &Arc<Graph>,
    options: &Options,
    asked: &LineageOptions,
    format: LineageFormat,
    output: &Output,
) -> Result<Exit, Failure> {
    let target = asked.target.as_deref().unwrap_or_default();
    let descendants = if graph.node(target).is_some() {
        let lineage = Instance::open(store, graph, &options.scenario)?.lineage(target)?;
        let node = lineage.nodes.iter().find(|node| node.node == target);
        store.made_of(&node.map(|node| node.content.to_string()).unwrap_or_default())?
    } else if is_hash(target) && !Path::new(target).exists() {
        store.made_of(&target.to_lowercase())?
    } else {
        store.made_of_file(Path::new(target))?
    };
    let text = match format {
        LineageFormat::Text => format!("{}\n", DescendantsText::new(&descendants)),
        LineageFormat::Json => {
            let mut json = serde_json::to_value(&descendants).unwrap_or_default();
            json["format"] = 1.into();
            format!("{json}\n")
        }
        LineageFormat::Mermaid | LineageFormat::Openlineage => {
            let message =
                "what was made of a value is text or JSON; Mermaid and OpenLineage go back from a value";
            return Err(Failure::Command(message.into()));
        }
    };
    write(asked.to.as_deref().map(Path::new), &text, output)
}

/// Writes the text; a file appears under its name when it is whole.
pub(super) fn write(to: Option<&Path>, text: &str, output: &Output) -> Result<Exit, Failure> {
    let Some(path) = to else {
        let mut out = output.out();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(Exit::Fine);
    };
    replace_file(path, |staged| std::fs::write(staged, text))
        .map_err(|error| Failure::Command(format!("can't write {}: {error}", path.display()).into()))?;
    Ok(Exit::Fine)
}

/// Sends events to a service, in their order.
fn send(url: &str, events: &[Value]) -> Result<(), Failure> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(std::time::Duration::from_secs(30))).build().into();
    for (number, event) in events.iter().enumerate() {
        let failed = |error: ureq::Error| {
            let which = format!("event {} of {}", number + 1, events.len());
            Failure::Command(format!("can't send {which} to {url}: {error}").into())
        };
        let request = agent.post(url).header("Content-Type", "application/json");
        request.send(event.to_string()).map_err(failed)?;
    }
    Ok(())
}
