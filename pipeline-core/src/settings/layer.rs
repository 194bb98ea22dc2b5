//! A layer of settings, and reading the layers of a file.

use super::keys::{LAYER, LEVELS, OF_SCENARIO, ROOT};
use super::variables::expand;
use super::{InputSetting, InputValue, LogLevel, Origin, Setting};
use skipstone_wiring::{Entry, Fields, Reader, SourceText, Span, Word, bytes, milliseconds, share};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The settings of one layer.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) store: Option<Setting<PathBuf>>,
    pub(super) scenario: Option<Setting<String>>,
    pub(super) workers: Option<Setting<usize>>,
    pub(super) memory: Option<Setting<u64>>,
    pub(super) log: Option<Setting<LogLevel>>,
    pub(super) rehash_after: Option<Setting<Duration>>,
    pub(super) recheck: Option<Setting<f64>>,
    /// The values of inputs with their places in the source, for the type checks.
    pub(super) inputs: Vec<(InputSetting, Place)>,
}

/// The places of an input's name and value.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Span,
    pub(super) value: Span,
}

/// The layers of a file.
#[derive(Debug, Default)]
pub(super) struct FileLayers {
    pub(super) base: Layer,
    /// In source order.
    pub(super) profiles: Vec<(Word, Layer)>,
}

/// Looks up an environment variable.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads the layers of a file. Variables of other profiles than `selected` need not be set.
pub(super) fn read(
    source: &SourceText,
    folder: &Path,
    lookup: Lookup<'_>,
    selected: Option<&str>,
    reader: &mut Reader<'_>,
) -> FileLayers {
    let document = reader.document();
    let root = reader.fields("a settings file", document.get_ref(), ROOT);
    let mut layers = FileLayers::default();
    let mut reading = Reading { source, folder, lookup, reader, profile: None, selected };
    layers.base = reading.layer(&root);
    if let Some(entry) = root.get("profile") {
        let profiles = reading.reader.names(entry, "`profile`");
        for entry in profiles.iter().flat_map(Fields::entries) {
            let name = entry.word();
            let what = format!("profile `{}`", name.text);
            reading.profile = Some(name.text.clone());
            if let Some(table) = reading.reader.table(*entry, &what) {
                let fields = reading.reader.fields(&what, table, LAYER);
                layers.profiles.push((name, reading.layer(&fields)));
            }
        }
    }
    layers
}

struct Reading<'a, 'r, 's> {
    source: &'a SourceText,
    folder: &'a Path,
    lookup: Lookup<'a>,
    reader: &'r mut Reader<'s>,
    profile: Option<String>,
    /// The selected profile.
    selected: Option<&'a str>,
}

impl Reading<'_, '_, '_> {
    fn origin(&self, span: &Span) -> Origin {
        Origin::File { place: self.source.place(span.start), profile: self.profile.clone() }
    }

    fn layer(&mut self, fields: &Fields<'_, '_>) -> Layer {
        let folder = self.folder.to_owned();
        let mut layer = Layer {
            store: self.text(fields.get("store"), |text| Ok(folder.join(store(text)?))),
            scenario: self.text(fields.get("scenario"), scenario),
            workers: self.workers(fields.get("workers")),
            memory: self.text(fields.get("memory"), memory),
            log: self.text(fields.get("log"), level),
            rehash_after: self.text(fields.get("rehash_after"), rehash_after),
            recheck: self.text(fields.get("recheck"), recheck),
            inputs: Vec::new(),
        };
        if let Some(entry) = fields.get("inputs") {
            self.inputs(entry, None, &mut layer.inputs);
        }
        if let Some(entry) = fields.get("scenarios") {
            let scenarios = self.reader.names(entry, "`scenarios`");
            for entry in scenarios.iter().flat_map(Fields::entries) {
                let what = format!("`scenarios.{}`", entry.name());
                let Some(table) = self.reader.table(*entry, &what) else { continue };
                let own = self.reader.fields(&what, table, OF_SCENARIO);
                if let Some(inputs) = own.get("inputs") {
                    self.inputs(inputs, Some(entry.name()), &mut layer.inputs);
                }
            }
        }
        layer
    }

    /// Reads a string that may contain variables.
    fn text<T>(
        &mut self,
        entry: Option<Entry<'_, '_>>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Setting<T>> {
        let word = self.reader.text(entry)?;
        let text = self.expanded(&word.text, &word.span)?.text;
        let value = read(&text).map_err(|message| self.reader.fault(word.span.clone(), message)).ok()?;
        Some(Setting { value, origin: self.origin(&word.span) })
    }

    fn expanded(&mut self, text: &str, span: &Span) -> Option<super::variables::Expanded> {
        match expand(text, self.lookup) {
            Ok(expanded) => Some(expanded),
            // Variables of a profile that is not selected need not be set.
            Err(unknown) if unknown.unset && self.idle() => None,
            Err(unknown) => {
                // Points at the variable if it appears literally in the source.
                let raw = &self.source.text()[span.clone()];
                let place = raw.find(&unknown.part).map_or(span.clone(), |at| {
                    let start = span.start + at;
                    start..start + unknown.part.len()
                });
                self.reader.fault(place, unknown.message);
                None
            }
        }
    }

    /// Whether the profile that is being read is not selected.
    fn idle(&self) -> bool {
        self.profile.is_some() && self.profile.as_deref() != self.selected
    }

    fn workers(&mut self, entry: Option<Entry<'_, '_>>) -> Option<Setting<usize>> {
        let entry = entry?;
        if entry.is_text() {
            // The number comes from a variable.
            return self.text(Some(entry), workers);
        }
        let given = self.reader.value(entry)?;
        match workers(&given.value.to_string()) {
            Ok(value) => Some(Setting { value, origin: self.origin(&entry.span()) }),
            Err(message) => {
                self.reader.fault(entry.span(), message);
                None
            }
        }
    }

    fn inputs(
        &mut self,
        entry: Entry<'_, '_>,
        scenario: Option<&str>,
        inputs: &mut Vec<(InputSetting, Place)>,
    ) {
        let named = self.reader.names(entry, "`inputs`");
        for entry in named.iter().flat_map(Fields::entries) {
            let Some(given) = self.reader.value(*entry) else { continue };
            let Some(value) = self.input_value(given.value, &given.span) else { continue };
            let setting = InputSetting {
                scenario: scenario.map(str::to_owned),
                node: entry.name().to_owned(),
                value,
                origin: self.origin(&given.span),
                folder: Some(self.folder.to_owned()).filter(|folder| *folder != Path::new("")),
            };
            inputs.push((setting, Place { name: entry.word().span, value: given.span }));
        }
    }

    fn input_value(&mut self, value: toml::Value, span: &Span) -> Option<InputValue> {
        if let Err(unknown) = self.unset_within(&value) {
            return Some(InputValue::Unset(unknown));
        }
        if let toml::Value::String(text) = &value {
            let expanded = self.expanded(text, span)?;
            return Some(match expanded.varied {
                true => InputValue::Typed(expanded.text),
                false => InputValue::Toml(expanded.text.into()),
            });
        }
        self.within(value, span).map(InputValue::Toml)
    }

    /// Checks that the variables of all strings in a value are set. The error says what to do.
    fn unset_within(&self, value: &toml::Value) -> Result<(), String> {
        match value {
            toml::Value::String(text) => match expand(text, self.lookup) {
                Err(unknown) if unknown.unset => Err(unknown.message),
                _ => Ok(()),
            },
            toml::Value::Array(values) => values.iter().try_for_each(|value| self.unset_within(value)),
            toml::Value::Table(table) => table.values().try_for_each(|value| self.unset_within(value)),
            _ => Ok(()),
        }
    }

    /// Expands the variables of all strings in a value.
    fn within(&mut self, value: toml::Value, span: &Span) -> Option<toml::Value> {
        Some(match value {
            toml::Value::String(text) => self.expanded(&text, span)?.text.into(),
            toml::Value::Array(values) => {
                let values = values.into_iter().map(|value| self.within(value, span));
                toml::Value::Array(values.collect::<Option<_>>()?)
            }
            toml::Value::Table(table) => {
                let entries = table.into_iter().map(|(key, value)| Some((key, self.within(value, span)?)));
                toml::Value::Table(entries.collect::<Option<_>>()?)
            }
            other => other,
        })
    }
}

fn store(text: &str) -> Result<&str, String> {
    if text.is_empty() { Err("`store` must be a directory, not an empty string".into()) } else { Ok(text) }
}

fn scenario(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("`scenario` must be a name, not an empty string".into())
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn workers(text: &str) -> Result<usize, String> {
    match text.trim().parse::<usize>() {
        Ok(workers) if workers > 0 => Ok(workers),
        _ => Err(format!("`workers` must be a whole number from 1, not `{text}`")),
    }
}

pub(super) fn memory(text: &str) -> Result<u64, String> {
    bytes(text).ok_or_else(|| {
        format!(
            "`memory` must be a size: a whole number with a unit of B, KiB, MiB, GiB, kB, MB or GB, not `{text}`"
        )
    })
}

pub(super) fn rehash_after(text: &str) -> Result<Duration, String> {
    milliseconds(text).map(Duration::from_millis).ok_or_else(|| {
        format!(
            "`rehash_after` must be a duration: a whole number with a unit of ms, s, m, h or d, not `{text}`"
        )
    })
}

pub(super) fn recheck(text: &str) -> Result<f64, String> {
    share(text).ok_or_else(|| format!("`recheck` must be a share from `0%` to `100%`, not `{text}`"))
}

pub(super) fn level(text: &str) -> Result<LogLevel, String> {
    LogLevel::ALL.into_iter().find(|level| level.as_str() == text).ok_or_else(|| {
        format!("`log` can't be `{text}`{}", skipstone_wiring::suggestion(text, LEVELS.iter().copied()))
    })
}
