//! `read`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::data::Format;
use crate::graph::Graph;
use crate::scenario::Instance;
use std::io::Write;
use std::sync::Arc;

pub(super) fn read(
    graph: &Arc<Graph>,
    options: &Options,
    node: &str,
    format: Format,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    let format = if options.json { Format::Json } else { format };
    let mut out = output.out();
    instance.show(node, format, &mut out)?;
    out.flush()?;
    Ok(Exit::Success)
}
