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

/// The arguments of `lineage`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct LineageOptions {
    /// A node, the hash of a value (at least its first four digits), or with --forward the path of a file [default: the
    /// whole run]
    #[arg(add = complete::nodes())]
    target: Option<String>,
    /// The run's number [default: the latest run]
    #[arg(long, value_name = "NUMBER")]
    run: Option<RunId>,
    /// Shows what was made from the value, in all scenarios, instead of what it was made from
    #[arg(long, requires = "target", conflicts_with = "run")]
    forward: bool,
    /// The output format; --json selects JSON
    #[arg(long, value_enum, default_value = "text")]
    format: LineageFormat,
    /// The destination: a file, or the http:// address of a service that accepts OpenLineage events [default: stdout]
    #[arg(long, value_name = "FILE|URL")]
    to: Option<String>,
    /// The namespace of the OpenLineage jobs and datasets
    #[arg(long, value_name = "NAME", default_value = "pipeline")]
    namespace: String,
}

/// An output format of `lineage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LineageFormat {
    /// A tree, from the value back to its sources.
    Text,
    /// All details, as JSON.
    Json,
    /// A Mermaid flowchart.
    Mermaid,
    /// Run events of OpenLineage 2-0-2, one per line.
    Openlineage,
}

pub(super) fn lineage(
    graph: &Arc<Graph>,
    options: &Options,
    args: &LineageOptions,
    output: &Output,
) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let format = if options.json { LineageFormat::Json } else { args.format };
    if args.forward {
        return forward(&store, graph, options, args, format, output);
    }
    let lineage = find(&store, graph, options, args)?;
    let events = |lineage| openlineage(lineage, &args.namespace);
    let text = match format {
        LineageFormat::Text => {
            let paint = |tone, word: &str| match args.to {
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
    match args.to.as_deref() {
        Some(url) if url.starts_with("https://") => {
            let message = format!(
                "can't send events to {url}: only http:// addresses are supported, without encryption; write the events with \
                 --to FILE, one per line, and let another program send them"
            );
            Err(Failure::Command(message.into()))
        }
        Some(url) if url.starts_with("http://") => {
            if format != LineageFormat::Openlineage {
                let message = "only OpenLineage events can be sent to an address: add --format openlineage";
                return Err(Failure::Command(message.into()));
            }
            let events = events(&lineage);
            send(url, &events)?;
            output.message(
                crate::report::Tone::Heading,
                "sent",
                &format!("{} events to {url}", events.len()),
            );
            Ok(Exit::Success)
        }
        to => write(to.map(Path::new), &text, output),
    }
}

fn find(
    store: &Store,
    graph: &Arc<Graph>,
    options: &Options,
    args: &LineageOptions,
) -> Result<Lineage, Error> {
    let target = args.target.as_deref();
    if let Some(run) = args.run {
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

/// Whether the string can be the beginning of a hash.
fn is_hash(text: &str) -> bool {
    text.len() >= 4 && text.chars().all(|letter| letter.is_ascii_hexdigit())
}

fn forward(
    store: &Store,
    graph: &Arc<Graph>,
    options: &Options,
    args: &LineageOptions,
    format: LineageFormat,
    output: &Output,
) -> Result<Exit, Failure> {
    let target = args.target.as_deref().unwrap_or_default();
    let descendants = if graph.node(target).is_some() {
        let lineage = Instance::open(store, graph, &options.scenario)?.lineage(target)?;
        let node = lineage.nodes.iter().find(|node| node.node == target);
        store.derived_from(&node.map(|node| node.content.to_string()).unwrap_or_default())?
    } else if is_hash(target) && !Path::new(target).exists() {
        store.derived_from(&target.to_lowercase())?
    } else {
        store.derived_from_file(Path::new(target))?
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
                "--forward prints text or JSON; Mermaid and OpenLineage show only what a value was made from";
            return Err(Failure::Command(message.into()));
        }
    };
    write(args.to.as_deref().map(Path::new), &text, output)
}

/// Writes the text to a file or to stdout. A file gets its name only once it is complete.
pub(super) fn write(to: Option<&Path>, text: &str, output: &Output) -> Result<Exit, Failure> {
    let Some(path) = to else {
        let mut out = output.out();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(Exit::Success);
    };
    replace_file(path, |staged| std::fs::write(staged, text))
        .map_err(|error| Failure::Command(format!("can't write {}: {error}", path.display()).into()))?;
    Ok(Exit::Success)
}

/// Sends the events to a service, in order.
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
