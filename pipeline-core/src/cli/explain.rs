//! `explain`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::graph::Graph;
use crate::report::{ExplanationText, explanation_json};
use std::io::Write;
use std::sync::Arc;

pub(super) fn explain(
    graph: &Arc<Graph>,
    options: &Options,
    node: &str,
    all: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = options.look(graph)?;
    let explanation = instance.explain_on(node, &options.overrides(&instance)?, options.run_options())?;
    let mut out = output.out();
    if options.json {
        writeln!(out, "{}", explanation_json(&explanation))?;
    } else {
        let paint = |tone, word: &str| output.paint(tone, word);
        let text = ExplanationText::new(&explanation).paint(&paint);
        writeln!(out, "{}", if all { text.all() } else { text })?;
    }
    out.flush()?;
    Ok(Exit::Success)
}
