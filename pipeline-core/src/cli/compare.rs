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

/// What `compare` is asked for.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct CompareOptions {
    /// Scenarios, of each the latest run that completed in full, or numbers of runs; the others are compared with
    /// the first
    #[arg(required = true, num_args = 2.., value_name = "SCENARIO|RUN", add = complete::scenarios())]
    names: Vec<String>,
    /// The columns that tell the rows of a table; may be given several times
    #[arg(long = "key", value_name = "NODE=COLUMN,…", value_parser = super::parse::parse_property)]
    keys: Vec<(String, String)>,
    /// Does not compare tables row by row
    #[arg(long)]
    no_rows: bool,
    /// The form; JSON with --json
    #[arg(long, value_enum, default_value = "text")]
    format: TableFormat,
}

/// A form of what is told in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Words in columns.
    Text,
    /// All of it.
    Json,
    /// Tables of Markdown.
    Markdown,
}

pub(super) fn compare(
    graph: &Arc<Graph>,
    options: &Options,
    asked: &CompareOptions,
    comparators: &[Comparator],
    output: &Output,
) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let names: Vec<&str> = asked.names.iter().map(String::as_str).collect();
    let mut compare = store.compare_on(graph, &names).with_all(comparators);
    if asked.no_rows {
        compare = compare.without_tables();
    }
    for (node, columns) in &asked.keys {
        compare = compare.keys(node, &columns.split(',').map(str::trim).collect::<Vec<_>>());
    }
    let comparison = compare.run()?;
    if asked.format == TableFormat::Markdown && !options.json {
        return write(None, &comparison_markdown(&comparison), output);
    }
    let paint = |tone, word: &str| output.paint(tone, word);
    let json = options.json || asked.format == TableFormat::Json;
    output.answer(json, &comparison, &ComparisonText::new(&comparison).paint(&paint))?;
    Ok(Exit::Fine)
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
    output.answer(as_json, &json, &HistoryText::new(&points).paint(&paint))?;
    Ok(Exit::Fine)
}
