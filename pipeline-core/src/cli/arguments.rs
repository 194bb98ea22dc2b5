//! What can be typed.

use crate::data::Format;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::report::GraphFormat;
use crate::scenario::{Instance, Store};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Parser)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Args)]
pub(super) struct Options {
    /// The directory of the store; created when it is absent
    #[arg(long, global = true, value_name = "DIR", default_value = ".pipeline")]
    pub(super) store: PathBuf,

    /// The scenario to work on; created when it is absent
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    pub(super) scenario: String,

    /// Sets an input of the scenario, which keeps the value; may be given several times. VALUE is JSON
    /// (1600, [1,2], null), or the plain text of a string, a path or a choice (median). `plan` only
    /// supposes it
    #[arg(long = "set", global = true, value_name = "NODE=VALUE", value_parser = parse_set)]
    pub(super) set: Vec<(String, String)>,

    /// Prints the result as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Runs what has to be run (also without a command)
    Run,
    /// Shows what would run, and why; runs nothing
    Plan {
        /// Exits with 3 when there is something to run
        #[arg(long)]
        exit_code: bool,
    },
    /// Shows nodes and tasks
    Graph {
        /// The form
        #[arg(long, value_enum, default_value = "text")]
        format: GraphFormat,
    },
    /// Prints the value of a node
    Read {
        /// The node
        node: String,
        /// The form; JSON with --json
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

fn parse_set(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((node, value)) if !node.is_empty() => Ok((node.trim().into(), value.into())),
        _ => Err("expected NODE=VALUE".into()),
    }
}

impl Options {
    /// Whether all `--set` are right, before anything is opened or written for them.
    fn check(&self, instance: &Instance) -> Result<()> {
        self.set.iter().try_for_each(|(node, text)| instance.usable_input(node, text).map(drop))
    }

    /// The scenario as it is in the store, or as it would be; with nothing written.
    pub(super) fn look(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let instance = Instance::look(&Store::open(&self.store)?, graph, &self.scenario)?;
        self.check(&instance)?;
        Ok(instance)
    }

    /// The scenario with every `--set` written to it; created when it is absent.
    pub(super) fn open(&self, graph: &Arc<Graph>) -> Result<Instance> {
        let look = self.look(graph)?;
        let missing = |node: &&crate::graph::Node| {
            node.is_required()
                && !self.set.iter().any(|(name, _)| name == node.name())
                && look.lacks(node.name())
        };
        if let Some(node) = graph.nodes().iter().find(missing) {
            return Err(Error::MissingInput { scenario: self.scenario.clone(), node: node.name().into() });
        }
        let instance = Instance::open_or_create(look.store(), graph, &self.scenario)?;
        let texts: Vec<(&str, &str)> =
            self.set.iter().map(|(node, text)| (node.as_str(), text.as_str())).collect();
        if !texts.is_empty() {
            instance.set(&texts)?;
        }
        Ok(instance)
    }
}
