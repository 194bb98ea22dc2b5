//! Settings and inputs as text.

use super::view::{varying, views};
use super::{Tone, columns, datetime};
use crate::scenario::{Configured, ConfiguredValue, ValueOrigin};
use std::fmt;

views! {
    /// The settings of a program and the inputs of a scenario, one per line, each with its source.
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
                None => source(&value.from, self.stable),
                Some(other) => {
                    let (here, there) = (source(&value.from, self.stable), source(&other.from, self.stable));
                    format!("{here} (overrides {}, {there})", other.value)
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

/// The source of a value as text.
fn source(from: &ValueOrigin, stable: bool) -> String {
    match from {
        ValueOrigin::Default => "default".into(),
        ValueOrigin::ScenarioType { name } => format!("scenario type {name}"),
        ValueOrigin::File { place, profile: None } => place.clone(),
        ValueOrigin::File { place, profile: Some(profile) } => format!("{place}, profile `{profile}`"),
        ValueOrigin::Variable { name } => format!("environment, {name}"),
        ValueOrigin::Argument { name } => name.clone(),
        ValueOrigin::Store { edit, author, made_us } => {
            let edit = varying(stable, "edit", || edit.to_string());
            let (author, made) = (
                varying(stable, "author", || author.clone()),
                varying(stable, "moment", || datetime(*made_us)),
            );
            format!("the store, edit {edit} by {author} on {made}")
        }
        ValueOrigin::Nothing => "no value: it must be set".into(),
    }
}
