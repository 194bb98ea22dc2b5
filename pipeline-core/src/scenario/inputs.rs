//! Input values of a scenario: reading and writing them, their history, and migration to another type.

use super::instance::no_node;
use super::{Instance, Store};
use crate::data::{CancelToken, DataError, DataType, Shape, Value, ValueRef};
use crate::engine::{
    Engine, FoundInput, HashError, InputContent, LogCapture, RunOptions, ScenarioChange, Unavailable,
    source_content,
};
use crate::graph::{Graph, Maker, Migration, Node, namesake};
use crate::registry::{EditRow, InputRow, NewInputValue, Stored};
use crate::scenario::error::{Error, Result};
use crate::settings::{InputSetting, InputValue};
use crate::store::{Hash, Integrity, Lease, StoreError};
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The content of an input, or the error that makes it unavailable.
pub(super) type Found = std::result::Result<InputContent, Arc<Error>>;

/// Converts inputs to the form that the engine takes.
pub(super) fn for_engine(inputs: &[Found]) -> Vec<FoundInput> {
    let input = |input: &Found| input.clone().map_err(|error| error as Unavailable);
    inputs.iter().map(input).collect()
}

/// Input values by node name, which take precedence over stored ones.
pub(crate) type Overrides = HashMap<String, Value>;

/// A recorded change of an input's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Edit {
    /// The edit's number in the store.
    pub edit: i64,
    /// The input's name.
    pub node: String,
    /// A summary of the value; `•••` for a secret.
    pub value: String,
    /// The type that the input had, as written in the scenario type; empty if it was not recorded.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether the input was reset to its default.
    pub default: bool,
    /// When the input was set, in microseconds since 1970.
    pub made_us: i64,
    /// Who set it: the value of `PIPELINE_AUTHOR`, or else the name of the system's user.
    pub author: String,
    /// Whether this is the input's latest edit.
    pub current: bool,
    /// Whether the scenario's type no longer has this input.
    pub gone: bool,
}

impl Instance {
    /// Returns the scenario with the calls that run for the present values of its inputs: those of the arms that are selected, and one for
    /// each part. `overrides` take precedence.
    pub(super) fn selected(&self, overrides: &Overrides) -> Result<Instance> {
        let value = |node: &Node| match overrides.get(node.name()) {
            Some(value) => Ok(value.clone()),
            None => self.input_value(node),
        };
        let graph = self.graph.selected(&self.graph.held(value)?);
        let graph = graph.with_parts(|node| Ok::<_, Error>(node.with_options(value(node)?)?))?;
        Ok(Instance { graph, ..self.clone() })
    }

    /// Returns the edits of all inputs, or of one, the latest first. Edits of inputs that the scenario's type no longer
    /// has are included.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario never had such an input, [`Error::NoScenario`] if the scenario was
    /// deleted, and an error if the registry can't be read.
    pub fn edits(&self, node: Option<&str>) -> Result<Vec<Edit>> {
        let row = self.stored_row()?;
        let rows = self.store.registry().edits(row.id, node)?;
        if rows.is_empty() {
            self.check_exists()?;
        }
        if let Some(node) = node.filter(|_| rows.is_empty())
            && !self.find(node, "input")?.is_input()
        {
            return Err(self.no_node(node, "input"));
        }
        let mut seen = std::collections::HashSet::new();
        Ok(rows
            .into_iter()
            .map(|EditRow { id, node, stored, ty, summary, made, author }| Edit {
                edit: id,
                current: seen.insert(node.clone()),
                gone: self.graph.node(&node).is_none_or(|node| !node.is_input()),
                value: match self.graph.node(&node).is_some_and(Node::is_secret) {
                    true => crate::graph::SECRET.into(),
                    false => summary,
                },
                node,
                ty,
                default: stored.is_none(),
                made_us: made,
                author,
            })
            .collect())
    }

    /// Sets an input to the value that it got from the edit with this number. Of a file, only the path is restored: its
    /// content is the present one.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoEdit`] if the scenario has no such edit, [`Error::NoNode`] if its input no longer exists,
    /// [`Error::OutdatedInput`] if the value is no longer valid for the input's type, [`Error::SecretNotStorable`] if the
    /// input is a secret, and an error if the store can't be written.
    pub fn revert(&self, edit: i64) -> Result<()> {
        let rows = self.store.registry().edits(self.stored_row()?.id, None)?;
        let Some(row) = rows.into_iter().find(|row| row.id == edit) else {
            return Err(Error::NoEdit { scenario: self.name.clone(), edit });
        };
        let node = self.find(&row.node, "input")?;
        if node.is_secret() {
            return Err(secret_error(node));
        }
        let Some(stored) = row.stored else { return self.reset(&row.node) };
        let input = InputRow { node: row.node.clone(), stored, summary: row.summary, ty: row.ty };
        // The value must still be readable before it is set.
        self.written_value(node, &input)?;
        self.write_rows(&[NewInputValue::To(input)])
    }

    /// Resets an input to its default.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, [`Error::MissingInput`] if it has no default, and
    /// an error if the store can't be written.
    pub fn reset(&self, node: &str) -> Result<()> {
        let found = self.find(node, "input")?;
        if !found.is_input() {
            return Err(self.no_node(node, "input"));
        }
        let summary = found.summary(&self.default(found)?);
        self.write_rows(&[NewInputValue::Default {
            node: found.name(),
            ty: &found.type_text,
            summary: &summary,
        }])
    }

    /// Sets inputs from strings as a person types them: `1600`, `median`, `data/customers.csv`. Either all inputs are
    /// set or none.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, [`Error::BadValue`] if a string is not valid for
    /// the input's type, [`Error::InputFile`] if a file can't be read, [`Error::SecretNotStorable`] if an input is a secret,
    /// and an error if the store can't be written.
    pub fn set(&self, texts: &[(&str, &str)]) -> Result<()> {
        let values: Vec<(&str, Value)> = texts
            .iter()
            .map(|(node, text)| Ok((*node, self.checked_input(node, text)?)))
            .collect::<Result<_>>()?;
        self.write_values(&values)
    }

    /// Parses a string as a value of the named input.
    pub(crate) fn parse_input(&self, node: &str, text: &str) -> Result<Value> {
        parse_input(&self.graph, node, text)
    }

    /// Parses a string as a value of the named input, and checks that a file that it names can be read.
    pub(crate) fn checked_input(&self, node: &str, text: &str) -> Result<Value> {
        let value = self.parse_input(node, text)?;
        if let Some(source) = value.source() {
            let unreadable = |path: &Path, source| {
                let (scenario, path) = (self.name.clone(), path.to_owned());
                Error::InputFile { scenario, node: node.into(), path, source }
            };
            for item in source.items().map_err(|error| unreadable(source.name(), error))? {
                let readable = source.version(&item).and_then(|_| source.open(&item));
                readable.map_err(|error| unreadable(&item, error))?;
            }
        }
        Ok(value)
    }

    /// Writes values to inputs: either all or none.
    pub(crate) fn write_values(&self, values: &[(&str, Value)]) -> Result<()> {
        // The lease spares the values from collection until the registry refers to them.
        let lease = self.store.lease();
        let row = |(node, value): &(&str, Value)| {
            let found = self.find(node, "input")?;
            if !found.is_input() {
                return Err(self.no_node(node, "input"));
            }
            if found.is_secret() {
                return Err(secret_error(found));
            }
            input_row(&self.store, found, value, &lease).map(NewInputValue::To)
        };
        self.write_rows(&values.iter().map(row).collect::<Result<Vec<_>>>()?)
    }

    /// Sets the inputs to these values, and all others to their defaults. An input that has its value already is not written.
    pub(super) fn become_like(&self, rows: &[InputRow]) -> Result<()> {
        let written = self.written()?;
        let changed = rows.iter().filter(|row| written.get(&row.node) != Some(row));
        let changes: Vec<_> = changed.map(|row| NewInputValue::To(row.clone())).collect();
        if !changes.is_empty() {
            self.write_rows(&changes)?;
        }
        let others = written.keys().filter(|node| !rows.iter().any(|row| row.node == **node));
        let is_input = |node: &&String| self.graph.node(node).is_some_and(Node::is_input);
        others.filter(is_input).try_for_each(|node| self.reset(node))
    }

    fn write_rows(&self, changes: &[NewInputValue<'_>]) -> Result<()> {
        let row = self.stored_row()?;
        let changed = self.store.registry().write_inputs(row.id, changes, self.store.author())?;
        self.changed(changed)?;
        for change in changes {
            let (node, value) = match change {
                NewInputValue::To(row) => (row.node.clone(), row.summary.clone()),
                NewInputValue::Default { node, summary, .. } => ((*node).to_owned(), (*summary).to_owned()),
            };
            self.notify(ScenarioChange::InputSet { node, value });
        }
        Ok(())
    }

    /// Returns the content of every input, or the error that makes it unavailable.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read, the submission is canceled meanwhile, or two tasks share a name in
    /// cache keys.
    pub(super) fn inputs(&self, overrides: &Overrides) -> Result<Vec<Found>> {
        for task in self.graph.calls.iter().map(|call| call.task) {
            if let Some(other) = namesake(task) {
                return Err(Error::SharedTaskName {
                    name: task.identity(),
                    tasks: [task, other].map(|task| (task.path(), task.place())),
                });
            }
        }
        let written = self.written()?;
        let inputs = self.graph.nodes().iter().filter(|node| node.is_input());
        inputs
            .map(|node| {
                let found = self.input_content(node, written.get(node.name()), overrides.get(node.name()));
                match found {
                    Err(error @ Error::Store(StoreError::ObjectGone { .. })) => Ok(Err(Arc::new(error))),
                    Err(error @ (Error::Registry(_) | Error::Store(_) | Error::CanceledEarly { .. })) => {
                        Err(error)
                    }
                    found => Ok(found.map_err(Arc::new)),
                }
            })
            .collect()
    }

    /// As [`Instance::inputs`], and checks that the stored values are intact. If `hold` is set, the engine's lease
    /// holds them, and values without an object are stored.
    pub(super) fn intact_inputs(
        &self,
        overrides: &Overrides,
        engine: &Engine<'_>,
        hold: bool,
    ) -> Result<Vec<Found>> {
        let mut inputs = self.inputs(overrides)?;
        for (input, node) in inputs.iter_mut().zip(self.graph.nodes()) {
            let Ok(InputContent { reference, value, .. }) = input else { continue };
            let Some(object) = reference.in_object() else { continue };
            if hold {
                engine.lease.hold(&object)?;
            }
            if let Some(value) = value {
                // Defaults, and values given for this submission only, are stored like all others.
                let objects = &self.store.results().objects;
                if hold && objects.integrity(&object, engine.since)? != Integrity::Intact {
                    objects.put(&value.content()?, &engine.lease)?;
                }
            } else if !engine.is_intact(&object)? {
                let (scenario, node) = (self.name.clone(), node.name().into());
                *input = Err(Arc::new(Error::InputMissing { scenario, node }));
            }
        }
        Ok(inputs)
    }

    /// Whether an input has neither a value nor a default.
    #[cfg(feature = "cli")]
    pub(super) fn lacks(&self, node: &Node, written: &HashMap<String, InputRow>) -> bool {
        !written.contains_key(node.name()) && self.default(node).is_err()
    }

    /// Returns the values that were written to inputs, by node name.
    pub(super) fn written(&self) -> Result<HashMap<String, InputRow>> {
        let Some(row) = &self.row else { return Ok(HashMap::new()) };
        let rows = self.store.registry().inputs(row.id)?;
        if rows.is_empty() {
            self.check_exists()?;
        }
        // A value that was written before the input became a secret is ignored: secrets are never stored.
        let counts = |row: &InputRow| self.graph.node(&row.node).is_none_or(|node| !node.is_secret());
        Ok(rows.into_iter().filter(counts).map(|row| (row.node.clone(), row)).collect())
    }

    /// Returns the value of an input: the one written to it, or else its default.
    pub(super) fn input_value(&self, node: &Node) -> Result<Value> {
        match self.written()?.get(node.name()) {
            None => self.default(node),
            Some(row) => Ok(self.written_value(node, row)?.0),
        }
    }

    fn input_content(
        &self,
        node: &Node,
        written: Option<&InputRow>,
        over: Option<&Value>,
    ) -> Result<InputContent> {
        let value = match (over, written) {
            (Some(value), _) => value.clone(),
            (None, Some(InputRow { stored: Stored::Object(hash), summary, ty, .. }))
                if *ty == node.type_text && !has_migrations(node) =>
            {
                return self.written_object(node, *hash, summary.clone());
            }
            (None, Some(row)) => match self.written_value(node, row)? {
                // Its encoding is unchanged: the object that it was written to identifies it.
                (value, Some(content)) => {
                    return self.written_object(node, content, value.summary());
                }
                (value, None) => value,
            },
            (None, None) => self.default(node)?,
        };
        let value = node.with_options(value)?;
        let summary = node.summary(&value);
        let Some(source) = value.source() else {
            let (bytes, contents) = value.content_by_column()?;
            let secret = node.is_secret();
            let hash = if secret { self.store.hash_of_secret(&bytes)? } else { Hash::of(&bytes) };
            let size = if secret { 0 } else { bytes.len() as u64 };
            let reference = ValueRef { secret, contents, ..ValueRef::object(hash, size, summary) };
            return Ok(InputContent { reference, value: Some(value), files: None });
        };
        let unreadable = |path, source| {
            let (scenario, node) = (self.name.clone(), node.name.clone());
            Error::InputFile { scenario, node, path, source }
        };
        let (hash, files) = source_content(
            self.store.registry(),
            source,
            self.store.trusted_since(),
            &CancelToken::current(),
        )
        .map_err(|error| match error {
            HashError::Registry(error) => Error::Registry(error),
            HashError::Canceled => Error::CanceledEarly { scenario: self.name.clone() },
            HashError::Io(error) => unreadable(source.name().to_owned(), error),
            HashError::Of(item, error) => unreadable(item, error),
        })?;
        let given = value.text();
        let reference =
            ValueRef { given, files: files.list(), ..ValueRef::object(hash, files.bytes(), summary) };
        Ok(InputContent { reference, value: Some(value), files: Some(Arc::new(files)) })
    }

    /// Describes an input whose value is in this object.
    fn written_object(&self, node: &Node, hash: Hash, summary: String) -> Result<InputContent> {
        let stamp = self.store.results().objects.stamp(&hash)?;
        let lease = self.store.lease();
        let contents = self.store.engine_with(RunOptions::default(), lease).contents(&node.data, &hash);
        let size = stamp.map_or(0, |stamp| stamp.size);
        let reference = ValueRef { contents, ..ValueRef::object(hash, size, summary) };
        Ok(InputContent { reference, value: None, files: None })
    }

    /// Returns the value written to an input, converted to the type that the input has now, and its object if the value
    /// needed no conversion.
    fn written_value(&self, node: &Node, row: &InputRow) -> Result<(Value, Option<Hash>)> {
        let Maker::Input { migrations, .. } = &node.maker else {
            return Err(self.no_node(&node.name, "input"));
        };
        let same_type = row.ty.is_empty() || row.ty == node.type_text;
        let named = migrations.iter().filter(|migration| !same_type && migration.from.name() == row.ty);
        let others = migrations.iter().filter(|migration| same_type || migration.from.name() != row.ty);
        if let Some(migration) = named.clone().next() {
            return Ok((migrated(migration, &self.stored(&migration.from, row, node)?, node)?, None));
        }
        let failed = match self.stored(&node.data, row, node) {
            Ok(value) => {
                let content = if let Stored::Object(hash) = row.stored { Some(hash) } else { None };
                // A value of another type counts only if both types encode it to the same bytes.
                if same_type || content == Some(Hash::of(&value.content()?)) {
                    return Ok((value, content));
                }
                "the two types encode the value differently".into()
            }
            Err(Error::Data(DataError::Decode { message, .. }))
            | Err(Error::OutdatedInput { message, .. }) => message,
            Err(error @ Error::BadValue { .. }) => error.to_string(),
            Err(error) => return Err(error),
        };
        for migration in others {
            if let Ok(value) = self.stored(&migration.from, row, node) {
                return Ok((migrated(migration, &value, node)?, None));
            }
        }
        let from = if row.ty.is_empty() || same_type { "a value of its earlier type" } else { &row.ty };
        let (node, ty) = (node.name.clone(), node.type_text.clone());
        let message = format!(
            "{failed}; add `#[migrate(function)]` before the input, with a function from `{from}` to `{ty}`"
        );
        Err(Error::OutdatedInput { node, ty, message })
    }

    /// Reads a written value as a value of type `data`.
    fn stored(&self, data: &DataType, row: &InputRow, node: &Node) -> Result<Value> {
        match &row.stored {
            Stored::File(path) if data.external => {
                let parse = |path: &Path| {
                    let text = path.to_string_lossy();
                    (data.parse)(&text).map_err(|message| Error::BadValue {
                        node: node.name.clone(),
                        ty: data.name(),
                        text: text.into(),
                        message,
                    })
                };
                let exists = |value: &Value| {
                    let Some(source) = value.source() else { return false };
                    source.items().is_ok_and(|items| items.iter().all(|item| source.version(item).is_ok()))
                };
                let (path, before) = self.store.relocated(path, &(data.shape)());
                let value = parse(&path)?;
                match before.map(|path| parse(&path)) {
                    Some(Ok(before)) if !exists(&value) && exists(&before) => Ok(before),
                    _ => Ok(value),
                }
            }
            Stored::Object(hash) if !data.external => self.load_as(data, *hash),
            Stored::File(_) | Stored::Object(_) => {
                let message = format!("it was set to `{}` when it had another type", row.summary);
                Err(Error::OutdatedInput { node: node.name.clone(), ty: node.type_text.clone(), message })
            }
        }
    }

    /// Returns the value that an input has when none is written: the one in the settings, or else its default.
    pub(super) fn default(&self, node: &Node) -> Result<Value> {
        if let Some(setting) = self.setting(node) {
            if let InputValue::Unset(message) = &setting.value {
                let (node, place) = (node.name.clone(), setting.origin.to_string());
                return Err(Error::UnsetVariable { node, place, message: message.clone() });
            }
            return setting.value(node).map_err(|message| Error::BadSetting {
                node: node.name.clone(),
                ty: node.type_text.clone(),
                place: setting.origin.to_string(),
                message: if node.is_secret() { "it has another type".into() } else { message },
            });
        }
        match &node.maker {
            Maker::Input { default: Some(default), .. } => Ok(default()?),
            _ => Err(self.missing(node)),
        }
    }

    /// Returns the error for an input without a value.
    pub(crate) fn missing(&self, node: &Node) -> Error {
        let (scenario, name) = (self.name.clone(), node.name.clone());
        match node.is_secret() {
            true => {
                let variable = crate::settings::variable_of(&name);
                Error::MissingSecret { scenario, node: name, variable }
            }
            false => Error::MissingInput { scenario, node: name },
        }
    }

    /// Returns the input values that the settings give to this scenario only, except where a written value takes
    /// precedence. A duplicate of the scenario would not get them from the settings.
    pub(super) fn scenario_settings(&self, lease: &Lease) -> Result<Vec<InputRow>> {
        let written = self.written()?;
        let for_scenario = |node: &&Node| {
            let setting = self.setting(node).filter(|setting| setting.scenario.is_some());
            setting.is_some() && !node.is_secret() && !written.contains_key(node.name())
        };
        let nodes = self.graph.nodes().iter().filter(|node| node.is_input()).filter(for_scenario);
        nodes.map(|node| input_row(&self.store, node, &self.default(node)?, lease)).collect()
    }

    /// Returns the program's setting for an input, if the settings apply to this scenario type.
    pub(super) fn setting(&self, node: &Node) -> Option<&InputSetting> {
        let settings = self.store.settings()?;
        settings.input_of(self.graph.name(), &self.name, node.name())
    }

    /// Returns the log capture settings for a submission with these inputs.
    pub(super) fn log_capture(&self, inputs: &[Found]) -> LogCapture {
        let level = self.store.settings().map(|settings| settings.log.value);
        let mut secrets = Vec::new();
        for (_, input) in self.graph.nodes().iter().zip(inputs).filter(|(node, _)| node.is_secret()) {
            let mut json = Vec::new();
            // A task may log any string or number inside the secret.
            if let Ok(InputContent { value: Some(value), .. }) = input
                && value.show(crate::data::Format::Json, &mut json).is_ok()
                && let Ok(json) = serde_json::from_slice(&json)
            {
                collect_scalars(&json, &mut secrets);
            }
        }
        LogCapture::of(level.unwrap_or_default()).keeping(secrets)
    }

    /// Returns the error that a new run would get for an input without a value; `None` if the input has one.
    #[cfg(feature = "cli")]
    pub(crate) fn missing_error(&self, node: &Node) -> Result<Option<Error>> {
        Ok(self.lacks(node, &self.written()?).then(|| self.missing(node)))
    }

    /// Decodes an intact object as a value of this type.
    fn load_as(&self, data: &DataType, hash: Hash) -> Result<Value> {
        let lease = self.store.lease();
        let object = self.store.results().objects.blob(hash, lease.clone())?.to_outlive_its_lease();
        if !self.store.engine_with(crate::engine::RunOptions::default(), lease).is_intact(&hash)? {
            return Err(StoreError::ObjectGone { hash }.into());
        }
        Ok((data.load)(&object)?)
    }
}

/// Collects all strings and numbers inside a JSON value.
fn collect_scalars(json: &serde_json::Value, scalars: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => scalars.push(text.clone()),
        serde_json::Value::Number(number) => scalars.push(number.to_string()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect_scalars(value, scalars)),
        serde_json::Value::Object(fields) => {
            fields.values().for_each(|value| collect_scalars(value, scalars))
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) => {}
    }
}

/// Returns the error for an attempt to store a secret.
pub(crate) fn secret_error(node: &Node) -> Error {
    Error::SecretNotStorable { node: node.name().into(), variable: crate::settings::variable_of(node.name()) }
}

/// Parses a string as a value of the named input.
pub(crate) fn parse_input(graph: &Graph, node: &str, text: &str) -> Result<Value> {
    let Some(node) = graph.node(node).filter(|node| node.is_input()) else {
        return Err(no_node(graph, node, "input"));
    };
    (node.data.parse)(text).map_err(|message| {
        let secret = node.is_secret();
        Error::BadValue {
            node: node.name.clone(),
            ty: node.type_text.clone(),
            text: if secret { crate::graph::SECRET } else { text }.into(),
            message: if secret { "it has another type".into() } else { message },
        }
    })
}

/// Migrates a value of an earlier type to the input's type.
fn migrated(migration: &Migration, value: &Value, node: &Node) -> Result<Value> {
    migration.apply(value).map_err(|error| Error::OutdatedInput {
        node: node.name.clone(),
        ty: node.type_text.clone(),
        message: error.to_string(),
    })
}

fn has_migrations(node: &Node) -> bool {
    matches!(&node.maker, Maker::Input { migrations, .. } if !migrations.is_empty())
}

/// Builds the registry row for a written value. The value itself is stored as an object, unless it refers to a file.
pub(super) fn input_row(store: &Store, node: &Node, value: &Value, lease: &Lease) -> Result<InputRow> {
    let stored = match value.source() {
        Some(source) if source.name().to_str().is_none() => {
            let message = format!("the path {} is not valid UTF-8", source.name().display());
            return Err(DataError::Encode { message }.into());
        }
        Some(source) if node.shape() == Shape::Path && value.to_toml().is_none_or(|given| given.is_str()) => {
            Stored::File(store.portable_path(source.name(), value))
        }
        Some(source) => Stored::File(match value.text() {
            Some(text) => store.portable_text(&text, &node.shape()).into(),
            None => source.name().into(),
        }),
        None => Stored::Object(store.results().objects.put(&value.content()?, lease)?.hash),
    };
    Ok(InputRow { node: node.name.clone(), stored, summary: value.summary(), ty: node.type_text.clone() })
}
