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
        output.message(tone, "recomputed", &sampled.job);
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
    Ok(if same { Exit::Success } else { Exit::Found })
}

fn text(sampled: &[Sampled], out: &mut dyn Write) -> std::io::Result<()> {
    for result in sampled.iter().filter(|result| !result.is_same()) {
        if let Some(error) = &result.error {
            writeln!(out, "  `{}` failed, but did not when its result was stored: {error}", result.job)?;
        }
        for output in result.outputs.iter().filter(|output| output.known != output.again) {
            writeln!(
                out,
                "  `{}` is not deterministic: `{}` was {} and is now {} for the same inputs",
                result.job,
                output.node,
                output.known.short(),
                output.again.short()
            )?;
        }
    }
    let differ = sampled.iter().filter(|result| !result.is_same()).count();
    match sampled.len() {
        0 => writeln!(out, "no known result was recomputed: run the scenario first, or take a larger sample"),
        1 => writeln!(out, "1 known result recomputed, {differ} differs"),
        count => writeln!(out, "{count} known results recomputed, {differ} differ"),
    }
}
