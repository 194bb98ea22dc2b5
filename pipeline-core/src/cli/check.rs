//! `check`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::graph::Graph;
use crate::report::{CheckText, check_json};
use std::io::Write;
use std::sync::Arc;

pub(super) fn check(graph: &Arc<Graph>, options: &Options, output: &Output) -> Result<Exit, Failure> {
    let instance = options.look(graph)?;
    let check = instance.check_on(&options.overrides(&instance)?)?;
    let mut out = output.out();
    if options.json {
        writeln!(out, "{}", check_json(&check))?;
    } else {
        let paint = |tone, word: &str| output.paint(tone, word);
        writeln!(out, "{}", CheckText::new(&check).paint(&paint))?;
    }
    out.flush()?;
    Ok(if check.is_ok() { Exit::Success } else { Exit::Found })
}
