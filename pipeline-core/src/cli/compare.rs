//! `compare` and `history`

use super::complete;
use super::exit::{Exit, Failure};
use super::lineage::write;
use super::options::Options;
use super::output::Output;
use crate::graph::Graph;
use crate::report::{ComparisonText, HistoryText, comparison_markdown, history_markdown};
use crate::scenario::{Comparator, Instance};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::sync::Arc;

/// The arguments of `compare`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct CompareOptions {
    /// Scenarios, each for its latest run that completed in full, or numbers of runs; the others are compared with the
    /// first
    #[arg(required = true, num_args = 2.., value_name = "SCENARIO|RUN", add = complete::scenarios())]
    names: Vec<String>,
    /// The key columns by which the rows of a table are matched; can be given several times
    #[arg(long = "key", value_name = "NODE=COLUMN,…", value_parser = super::parse::parse_property)]
    keys: Vec<(String, String)>,
    /// Skips the comparison of tables row by row
    #[arg(long)]
    no_rows: bool,
    /// The output format; --json selects JSON
    #[arg(long, value_enum, default_value = "text")]
    format: TableFormat,
}

/// An output format for tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Aligned columns.
    Text,
    /// All details, as JSON.
    Json,
    /// Markdown tables.
    Markdown,
}

pub(super) fn compare(
    graph: &Arc<Graph>,
    options: &Options,
    args: &CompareOptions,
    comparators: &[Comparator],
    output: &Output,
) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let names: Vec<&str> = args.names.iter().map(String::as_str).collect();
    let mut compare = store.compare_on(graph, &names).with_all(comparators);
    if args.no_rows {
        compare = compare.without_tables();
    }
    for (node, columns) in &args.keys {
        compare = compare.keys(node, &columns.split(',').map(str::trim).collect::<Vec<_>>());
    }
    let comparison = compare.run()?;
    if args.format == TableFormat::Markdown && !options.json {
        return write(None, &comparison_markdown(&comparison), output);
    }
    let paint = |tone, word: &str| output.paint(tone, word);
    let json = options.json || args.format == TableFormat::Json;
    output.print(json, &comparison, &ComparisonText::new(&comparison).paint(&paint))?;
    Ok(Exit::Success)
}

pub(super) fn history(
    graph: &Arc<Graph>,
    options: &Options,
    node: &str,
    format: TableFormat,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    let points = instance.history(node)?;
    if format == TableFormat::Markdown && !options.json {
        return write(None, &history_markdown(&points), output);
    }
    let paint = |tone, word: &str| output.paint(tone, word);
    let json = json!({ "scenario": instance.name(), "node": node, "runs": points });
    let as_json = options.json || format == TableFormat::Json;
    output.print(as_json, &json, &HistoryText::new(&points).paint(&paint))?;
    Ok(Exit::Success)
}
