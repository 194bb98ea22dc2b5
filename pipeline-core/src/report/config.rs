//! What a program is set to, as text.

use super::{Tone, columns, view::views};
use crate::scenario::{Configured, ConfiguredValue};
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
                None => value.from.clone(),
                Some(other) => format!("{} (and not {other})", value.from),
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
