//! `plan`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::graph::Graph;
use crate::report::{PlanText, plan_json};
use std::io::Write;
use std::sync::Arc;

pub(super) fn plan(
    graph: &Arc<Graph>,
    options: &Options,
    code: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = options.look(graph)?;
    let plan = instance.plan_on(&options.overrides(&instance)?, options.run_options())?;
    let mut out = output.out();
    if options.json {
        writeln!(out, "{}", plan_json(&plan))?;
    } else {
        let paint = |tone, word: &str| output.paint(tone, word);
        writeln!(out, "{}", PlanText::new(&plan).paint(&paint))?;
    }
    out.flush()?;
    Ok(if code && plan.has_work() { Exit::Pending } else { Exit::Success })
}
