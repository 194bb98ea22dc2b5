//! `graph`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::graph::Graph;
use crate::report::{self, GraphFormat};
use std::io::Write;

pub(super) fn graph(
    graph: &Graph,
    options: &Options,
    format: GraphFormat,
    output: &Output,
) -> Result<Exit, Failure> {
    let format = if options.json { GraphFormat::Json } else { format };
    if format == GraphFormat::Toml {
        // A graph that can't be written as TOML is an error here, not a comment in the output.
        graph.to_toml().map_err(crate::Error::from)?;
    }
    let mut out = output.out();
    write!(out, "{}", report::graph(graph, format))?;
    out.flush()?;
    Ok(Exit::Success)
}
