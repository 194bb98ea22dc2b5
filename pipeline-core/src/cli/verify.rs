//! `verify`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::engine::Sampled;
use crate::graph::Graph;
use crate::report::Tone;
use crate::scenario::Instance;
use std::io::Write;
use std::sync::Arc;

pub(super) fn verify(
    graph: &Arc<Graph>,
    options: &Options,
    share: f64,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    let sampled = instance.verify_sample_on(share, options.run_options(), |sampled| {
        let tone = if sampled.is_same() { Tone::Quiet } else { Tone::Bad };
        output.message(tone, "made again", &sampled.job);
    })?;
    let same = sampled.iter().all(Sampled::is_same);
    let mut out = output.out();
    if options.json {
        writeln!(
            out,
            "{}",
            serde_json::json!({ "format": 1, "scenario": instance.name(), "same": same, "jobs": sampled })
        )?;
    } else {
        text(&sampled, &mut out)?;
    }
    out.flush()?;
    Ok(if same { Exit::Fine } else { Exit::Found })
}

fn text(sampled: &[Sampled], out: &mut dyn Write) -> std::io::Result<()> {
    for result in sampled.iter().filter(|result| !result.is_same()) {
        if let Some(error) = &result.error {
            writeln!(out, "  `{}` failed, and did not when its result was made: {error}", result.job)?;
        }
        for output in result.outputs.iter().filter(|output| output.known != output.again) {
            writeln!(
                out,
                "  `{}` is not deterministic: `{}` was {} and is {} on the same inputs",
                result.job,
                output.node,
                output.known.short(),
                output.again.short()
            )?;
        }
    }
    let differ = sampled.iter().filter(|result| !result.is_same()).count();
    match sampled.len() {
        0 => writeln!(out, "no known result was made again: run the scenario first, or take a larger sample"),
        1 => writeln!(out, "1 known result made again, {differ} differs"),
        count => writeln!(out, "{count} known results made again, {differ} differ"),
    }
}
