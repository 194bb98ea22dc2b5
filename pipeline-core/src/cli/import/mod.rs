//! `import taipy`

pub(crate) mod taipy;
mod typed;

use super::exit::{Exit, Failure};
use super::options::{Options, is_same};
use super::output::Output;
use crate::data::counted;
use crate::data::replace_file;
use crate::graph::ScenarioFileError;
use crate::report::Tone;
use crate::scenario::error::Error;
use serde_json::json;
use skipstone_wiring::SourceText;
use std::io::Write;
use std::path::Path;

pub(super) fn import(
    options: &Options,
    file: &Path,
    scenario: Option<&str>,
    out: Option<&Path>,
    output: &Output,
) -> Result<Exit, Failure> {
    let text = crate::data::read_text(file)
        .map_err(|error| Failure::Command(format!("can't import {}: {error}", file.display()).into()))?;
    let source = SourceText::new(file.display().to_string(), text);
    let imported =
        taipy::read(&source, scenario).map_err(|faults| Error::from(ScenarioFileError::from(faults)))?;
    for note in &imported.notes {
        output.message(
            Tone::Heading,
            "note",
            &format!("{}: {}", source.place(note.span.start), note.message),
        );
    }
    let written = imported.graph.to_toml().map_err(Error::from)?;
    let Some(path) = out else {
        let mut out = output.out();
        write!(out, "{written}")?;
        out.flush()?;
        return Ok(Exit::Success);
    };
    if is_same(file, path) {
        let message = format!("{} is the imported file: write to another file", path.display());
        return Err(Failure::Command(message.into()));
    }
    options.refuse_settings_file(path)?;
    replace_file(path, |staged| std::fs::write(staged, &written))
        .map_err(|error| Failure::Command(format!("can't write {}: {error}", path.display()).into()))?;
    let graph = &imported.graph;
    let text = format!(
        "wrote scenario `{}` to {}: {}, {}; run it with `--scenario-file {}`",
        graph.name(),
        path.display(),
        counted(graph.nodes().iter().filter(|node| node.is_input()).count(), "input"),
        counted(graph.calls().len(), "task"),
        path.display()
    );
    output.print(options.json, &json!({ "scenario": graph.name(), "file": path }), &text)?;
    Ok(Exit::Success)
}
