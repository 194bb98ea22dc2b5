//! What a program is set to, as text.

use super::view::{varying, views};
use super::{Tone, columns, moment};
use crate::scenario::{Configured, ConfiguredBy, ConfiguredValue};
use std::fmt;

views! {
    /// What a program and a scenario are set to, a line each.
    ConfiguredText(Configured);
}

impl fmt::Display for ConfiguredText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Configured { file, profile, scenario, settings, inputs } = self.data;
        let heading = |text: &str| (Some(Tone::Heading), text.to_owned());
        let row = |value: &ConfiguredValue| {
            let (tone, text) = match &value.value {
                Some(text) => (None, text.clone()),
                None => (Some(Tone::Bad), "-".to_owned()),
            };
            let from = match &value.instead_of {
                None => words(&value.from, self.stable),
                Some(other) => {
                    let (here, there) = (words(&value.from, self.stable), words(&other.from, self.stable));
                    format!("{here} (and not {}, {there})", other.value)
                }
            };
            vec![(None, value.name.clone()), (tone, text), (None, from)]
        };
        let mut rows = vec![vec![heading("setting"), heading("value"), heading("from")]];
        rows.extend(settings.iter().map(row));
        rows.push(vec![(None, String::new())]);
        rows.push(vec![heading("input"), heading("value"), heading("from")]);
        rows.extend(inputs.iter().map(row));
        columns::write(f, self.paint, &rows)?;
        match (file, profile) {
            (None, _) => write!(f, "scenario `{scenario}`; no settings file"),
            (Some(file), None) => write!(f, "scenario `{scenario}`; settings file {file}"),
            (Some(file), Some(profile)) => {
                write!(f, "scenario `{scenario}`; settings file {file}, profile `{profile}`")
            }
        }
    }
}

/// Where a value comes from.
fn words(from: &ConfiguredBy, stable: bool) -> String {
    match from {
        ConfiguredBy::Default => "default".into(),
        ConfiguredBy::ScenarioType { name } => format!("scenario type {name}"),
        ConfiguredBy::File { place, profile: None } => place.clone(),
        ConfiguredBy::File { place, profile: Some(profile) } => format!("{place}, profile `{profile}`"),
        ConfiguredBy::Variable { name } => format!("environment, {name}"),
        ConfiguredBy::Argument { name } => name.clone(),
        ConfiguredBy::Store { edit, author, made_us } => {
            let edit = varying(stable, "edit", || edit.to_string());
            let (author, made) = (
                varying(stable, "author", || author.clone()),
                varying(stable, "moment", || moment(*made_us)),
            );
            format!("the store, edit {edit} by {author} on {made}")
        }
        ConfiguredBy::Nothing => "nothing: it has to be given".into(),
    }
}
