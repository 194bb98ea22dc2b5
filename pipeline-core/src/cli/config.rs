//! `config`

use super::arguments::{ConfigCommand, SchemaOf};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::data::replace_file;
use crate::graph::Graph;
use crate::report::{ConfiguredText, Tone, scenario_schema_with_tasks, settings_schema};
use crate::scenario::error::Error;
use crate::scenario::{Instance, Store};
use crate::settings::{SettingsLoader, set_in_file};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub(super) fn config(
    graph: &Arc<Graph>,
    options: &Options,
    command: &ConfigCommand,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Show => show(graph, options, output),
        ConfigCommand::Set { .. } => unreachable!("`config set` runs before the settings are loaded"),
        ConfigCommand::Schema { of } => {
            let mut out = output.out();
            let schema = match of {
                SchemaOf::Settings => settings_schema(Some(graph)),
                SchemaOf::Scenario => scenario_schema_with_tasks(),
            };
            write!(out, "{schema}")?;
            out.flush()?;
            Ok(Exit::Success)
        }
    }
}

fn show(graph: &Arc<Graph>, options: &Options, output: &Output) -> Result<Exit, Failure> {
    // Showing the settings does not create the store.
    let store = match Store::open_existing(&options.settings) {
        Ok(store) => Some(store),
        Err(Error::NoStore { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let given = match &store {
        Some(store) => options.overrides(&Instance::look(store, graph, &options.scenario)?)?,
        None => options.parsed(graph)?,
    };
    let configured = options.settings.configured_on(graph, store.as_ref(), &given)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &configured, &ConfiguredText::new(&configured).paint(&paint))?;
    Ok(Exit::Success)
}

/// Carries out `config set`.
pub(super) fn set(
    graph: &Arc<Graph>,
    loader: &SettingsLoader,
    settings: &[(String, String)],
    scenario: Option<&str>,
    json: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let (path, profile) = (loader.path(), loader.selected_profile());
    let text = match crate::data::read_text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            String::new()
        }
        Err(error) => return Err(Failure::Command(format!("can't read {}: {error}", path.display()).into())),
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let changed = set_in_file(&text, graph, folder, profile, scenario, settings)
        .map_err(|why| Failure::Command(why.into()))?;
    // A change after which the file has errors is refused, unless it has fewer errors than before: errors can be fixed
    // one at a time.
    if let Err(wrong) = loader.check(&path, &changed, graph) {
        let before = loader.check(&path, &text, graph).map_or_else(|before| before.count(), |()| 0);
        if wrong.count() >= before {
            return Err(Error::from(wrong).into());
        }
        output.message(Tone::Heading, "warning", &format!("the file still has errors:\n{wrong}"));
    }
    replace_file(&path, |staged| std::fs::write(staged, &changed))
        .map_err(|error| Failure::Command(format!("can't write {}: {error}", path.display()).into()))?;
    let names: Vec<&str> = settings.iter().map(|(name, _)| name.as_str()).collect();
    let (are, of) = (
        if names.len() == 1 { "is" } else { "are" },
        match profile {
            Some(profile) => format!(", profile `{profile}`"),
            None => String::new(),
        },
    );
    let text = format!("{} {are} set in {}{of}", names.join(", "), path.display());
    output.print(json, &json!({ "file": path, "profile": profile, "set": names }), &text)?;
    Ok(Exit::Success)
}
