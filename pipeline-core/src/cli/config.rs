//! `config`

use super::arguments::{ConfigCommand, Options, SchemaOf};
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::data::replace_file;
use crate::error::Error;
use crate::graph::Graph;
use crate::report::{ConfiguredText, scenario_schema, settings_schema};
use crate::scenario::{Instance, Store};
use crate::settings::{Settings, set_in_file};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn config(
    graph: &Arc<Graph>,
    options: &Options,
    program: &str,
    command: &ConfigCommand,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Show => show(graph, options, output),
        ConfigCommand::Set { settings, scenario } => {
            set(graph, options, program, settings, scenario.as_deref(), output)
        }
        ConfigCommand::Schema { of } => {
            let mut out = output.out();
            let schema = match of {
                SchemaOf::Settings => settings_schema(Some(graph)),
                SchemaOf::Scenario => scenario_schema(true),
            };
            write!(out, "{schema}")?;
            out.flush()?;
            Ok(Exit::Fine)
        }
    }
}

fn show(graph: &Arc<Graph>, options: &Options, output: &Output) -> Result<Exit, Failure> {
    // A store that is not there yet is not made for this.
    let store = match Store::open_existing(&options.settings) {
        Ok(store) => Some(store),
        Err(Error::NoStore { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let given = match &store {
        Some(store) => options.supposed(&Instance::look(store, graph, &options.scenario)?)?,
        None => options.parsed(graph)?,
    };
    let configured = options.settings.configured_on(graph, store.as_ref(), &given)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.answer(options.json, &configured, &ConfiguredText::new(&configured).paint(&paint))?;
    Ok(Exit::Fine)
}

fn set(
    graph: &Arc<Graph>,
    options: &Options,
    program: &str,
    settings: &[(String, String)],
    scenario: Option<&str>,
    output: &Output,
) -> Result<Exit, Failure> {
    let path = options.settings.file.clone().unwrap_or_else(|| PathBuf::from(format!("{program}.toml")));
    let profile = options.settings.profile.as_ref().map(|profile| profile.value.as_str());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::Command(format!("can't read {}: {error}", path.display()).into())),
    };
    let changed =
        set_in_file(&text, graph, profile, scenario, settings).map_err(|why| Failure::Command(why.into()))?;
    // What would be wrong is said, and the file stays as it is.
    Settings::of(program).check(&path, &changed, graph).map_err(Error::from)?;
    replace_file(&path, |staged| std::fs::write(staged, &changed))
        .map_err(|error| Failure::Command(format!("can't write {}: {error}", path.display()).into()))?;
    let names: Vec<&str> = settings.iter().map(|(name, _)| name.as_str()).collect();
    let text = format!("{} is set in {}", names.join(", "), path.display());
    output.answer(options.json, &json!({ "file": path, "set": names }), &text)?;
    Ok(Exit::Fine)
}
