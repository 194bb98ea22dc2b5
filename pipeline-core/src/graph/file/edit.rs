//! Programmatic edits of a scenario file: comments, order and all other parts are preserved.

use super::types::DefaultValue;
use skipstone_wiring::{Fault, Faults, ScenarioFile, SourceText, Word};
use std::fmt;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Key, Table, Value};

/// Edits a scenario file.
///
/// The editor knows names, not types: problems with the result are reported when it is loaded.
///
/// ```
/// use skipstone::graph::ScenarioFileEditor;
///
/// let mut file = ScenarioFileEditor::new("s.toml", "name = \"S\" # ours\n\n[inputs.limit]\ndefault = 5 # five\n")?;
/// file.set_default("limit", Some(6.into()))?;
/// file.rename("limit", "most")?;
/// assert_eq!(file.to_string(), "name = \"S\" # ours\n\n[inputs.most]\ndefault = 6 # five\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScenarioFileEditor {
    name: String,
    document: DocumentMut,
    /// Whether lines end with `\r\n`, which a parsed TOML document does not preserve.
    crlf: bool,
    /// Whether the file begins with a byte order mark.
    marked: bool,
}

/// The error of an edit that can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file is not valid TOML.
    #[error(transparent)]
    InvalidToml(#[from] Faults),
    /// The item to edit does not exist.
    #[error("{file} has no {what} `{name}`")]
    Missing {
        /// The file.
        file: String,
        /// The kind of item: "node", "input", "parameter" or "task that makes".
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The name is taken.
    #[error("{file} already has a node `{name}`: choose another name")]
    Taken {
        /// The file.
        file: String,
        /// The name.
        name: String,
    },
    /// The item can't be edited in its current form.
    #[error("{file}: {what} is not in a form that can be edited; fix that first")]
    Form {
        /// The file.
        file: String,
        /// The item.
        what: String,
    },
}

type Result<T, E = EditError> = std::result::Result<T, E>;

impl ScenarioFileEditor {
    /// Parses a file to edit it; `name` is the name of the file, for messages.
    ///
    /// # Errors
    ///
    /// When the file is not valid TOML.
    pub fn new(name: &str, text: &str) -> Result<ScenarioFileEditor> {
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let span = error.span().unwrap_or(text.len()..text.len());
            let fault = Fault { span, message: error.message().to_owned() };
            Faults::new(SourceText::new(name, text), vec![fault])
        })?;
        let (crlf, marked) = (text.contains("\r\n"), text.starts_with('\u{feff}'));
        Ok(ScenarioFileEditor { name: name.into(), document, crlf, marked })
    }

    /// Adds an input with this type, without a default.
    ///
    /// # Errors
    ///
    /// When the name is taken.
    pub fn add_input(&mut self, input: &str, ty: &str) -> Result<()> {
        self.free(input)?;
        let mut table = Table::new();
        table.insert("type", ty.into());
        self.inputs()?.insert(input, Item::Table(table));
        Ok(())
    }

    /// Sets or removes the default of an input.
    ///
    /// # Errors
    ///
    /// When the input does not exist.
    pub fn set_default(&mut self, input: &str, value: Option<DefaultValue>) -> Result<()> {
        let missing = self.missing("input", input);
        let form = self.form(&format!("the value of input `{input}`"));
        let value = match value {
            Some(value) => Some(value.0.to_string().parse::<Value>().map_err(|_| form)?),
            None => None,
        };
        let table = self.inputs()?.get_mut(input).and_then(Item::as_table_like_mut).ok_or(missing)?;
        table.remove("default_json");
        put(table, "default", value);
        Ok(())
    }

    /// Sets the documentation of a node, or removes it if `docs` is empty.
    ///
    /// # Errors
    ///
    /// When the node does not exist.
    pub fn set_docs(&mut self, node: &str, docs: &str) -> Result<()> {
        let value = Some(docs).filter(|docs| !docs.is_empty()).map(Value::from);
        let form = self.form(&format!("output `{node}`"));
        if let Some(table) = self.inputs()?.get_mut(node).and_then(Item::as_table_like_mut) {
            put(table, "doc", value);
            return Ok(());
        }
        self.call(node)?;
        let outputs = self.section("outputs")?;
        if !outputs.contains_key(node) {
            outputs.insert(node, Item::Table(Table::new()));
        }
        put(outputs.get_mut(node).and_then(Item::as_table_like_mut).ok_or(form)?, "doc", value);
        Ok(())
    }

    /// Removes an input. Calls that read it are left unchanged.
    ///
    /// # Errors
    ///
    /// When the input does not exist.
    pub fn remove_input(&mut self, input: &str) -> Result<()> {
        let missing = self.missing("input", input);
        self.inputs()?.remove(input).map(drop).ok_or(missing)
    }

    /// Adds a call of a function, by its path.
    ///
    /// # Errors
    ///
    /// When the name of an output is taken.
    pub fn add_task(&mut self, function: &str, arguments: &[&str], outputs: &[&str]) -> Result<()> {
        outputs.iter().try_for_each(|output| self.free(output))?;
        let mut table = Table::new();
        table.insert("function", function.into());
        table.insert("arguments", Array::from_iter(arguments.iter().copied()).into());
        match outputs {
            [only] => table.insert("outputs", (*only).into()),
            several => table.insert("outputs", Array::from_iter(several.iter().copied()).into()),
        };
        let form = self.form("`tasks`");
        let tasks = self.document.entry("tasks").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        tasks.as_array_of_tables_mut().ok_or(form)?.push(table);
        Ok(())
    }

    /// Removes the call that makes a node, and the sections of its outputs.
    ///
    /// # Errors
    ///
    /// When no task makes the node.
    pub fn remove_task(&mut self, output: &str) -> Result<()> {
        let index = self.call(output)?;
        let made = self.calls().get(index).map(|table| outputs_of(table)).unwrap_or_default();
        if let Some(tasks) = self.document.get_mut("tasks").and_then(Item::as_array_of_tables_mut) {
            tasks.remove(index);
        }
        if let Some(outputs) = self.document.get_mut("outputs").and_then(Item::as_table_like_mut) {
            made.iter().for_each(|output| drop(outputs.remove(output)));
        }
        Ok(())
    }

    /// Passes a node to a parameter of the call that makes `output`, or removes the current argument if `node` is
    /// `None`. `parameters` are the parameters of the call's function, in order. If a gap arises, the list of arguments
    /// becomes a table of named arguments.
    ///
    /// # Errors
    ///
    /// When no task makes the node, or its function does not have the parameter.
    pub fn connect(
        &mut self,
        output: &str,
        parameters: &[&str],
        parameter: &str,
        node: Option<&str>,
    ) -> Result<()> {
        let index = self.call(output)?;
        let form = self.form(&format!("the arguments of the task that makes `{output}`"));
        let missing = self.missing("parameter", parameter);
        let position = parameters.iter().position(|known| *known == parameter).ok_or(missing)?;
        let table = self.call_mut(index)?;
        let arguments = table.entry("arguments").or_insert(Array::new().into());
        if let Some(array) = arguments.as_array_mut() {
            match node {
                Some(node) if position < array.len() => {
                    array.replace(position, node);
                    return Ok(());
                }
                Some(node) if position == array.len() => {
                    array.push(node);
                    return Ok(());
                }
                None if position >= array.len() => return Ok(()),
                None if position + 1 == array.len() => {
                    array.remove(position);
                    return Ok(());
                }
                _ => {}
            }
            let named: toml_edit::InlineTable = parameters
                .iter()
                .zip(array.iter())
                .map(|(name, node)| (*name, node.clone().decorated(" ", "")))
                .collect();
            *arguments = named.into();
        }
        put(arguments.as_table_like_mut().ok_or(form)?, parameter, node.map(Value::from));
        Ok(())
    }

    /// Sets whether the call that makes a node is skippable; `None` removes the override of the function's setting.
    ///
    /// # Errors
    ///
    /// When no task makes the node.
    pub fn set_skippable(&mut self, output: &str, skippable: Option<bool>) -> Result<()> {
        let index = self.call(output)?;
        put(self.call_mut(index)?, "skippable", skippable.map(Value::from));
        Ok(())
    }

    /// Renames a node everywhere in the file.
    ///
    /// # Errors
    ///
    /// When the node does not exist, or the new name is taken.
    pub fn rename(&mut self, node: &str, to: &str) -> Result<()> {
        if node == to {
            return Ok(());
        }
        self.free(to)?;
        let mut text = self.document.to_string();
        let mut renamed = false;
        // A name may head several tables, but the reader reports only one of them at a time.
        while let Some(next) = renamed_once(&self.name, &text, node, to) {
            (text, renamed) = (next, true);
        }
        if !renamed {
            return Err(self.missing("node", node));
        }
        self.document = ScenarioFileEditor::new(&self.name, &text)?.document;
        Ok(())
    }

    fn missing(&self, what: &'static str, name: &str) -> EditError {
        EditError::Missing { file: self.name.clone(), what, name: name.into() }
    }

    fn form(&self, what: &str) -> EditError {
        EditError::Form { file: self.name.clone(), what: what.into() }
    }

    /// Fails if a node has this name.
    fn free(&self, name: &str) -> Result<()> {
        // Uses the reader, so that the form of the definition does not matter.
        let (file, _) = ScenarioFile::read(&SourceText::new(&*self.name, self.document.to_string()));
        let mut made = file.calls.iter().flat_map(|call| &call.outputs);
        let made = made.any(|output| output.text == name);
        let is_subscenario = file.subscenarios.iter().any(|subscenario| subscenario.name.text == name);
        match made || is_subscenario || file.inputs.iter().any(|input| input.name.text == name) {
            true => Err(EditError::Taken { file: self.name.clone(), name: name.into() }),
            false => Ok(()),
        }
    }

    fn inputs(&mut self) -> Result<&mut dyn toml_edit::TableLike> {
        self.section("inputs")
    }

    fn section(&mut self, name: &str) -> Result<&mut dyn toml_edit::TableLike> {
        let form = self.form(&format!("`{name}`"));
        let mut empty = Table::new();
        empty.set_implicit(true);
        let item = self.document.entry(name).or_insert(Item::Table(empty));
        item.as_table_like_mut().ok_or(form)
    }

    fn calls(&self) -> Vec<&Table> {
        let tasks = self.document.get("tasks").and_then(Item::as_array_of_tables);
        tasks.map(|tasks| tasks.iter().collect()).unwrap_or_default()
    }

    /// The index of the call that makes a node.
    fn call(&self, output: &str) -> Result<usize> {
        let calls = self.calls();
        let makes = |table: &&Table| outputs_of(table).iter().any(|made| made == output);
        calls.iter().position(makes).ok_or_else(|| self.missing("task that makes", output))
    }

    fn call_mut(&mut self, index: usize) -> Result<&mut Table> {
        let form = self.form("`tasks`");
        let tasks = self.document.get_mut("tasks").and_then(Item::as_array_of_tables_mut);
        tasks.and_then(|tasks| tasks.get_mut(index)).ok_or(form)
    }
}

/// Renames the node at all places that the reader reports; `None` if it reports no place.
fn renamed_once(file_name: &str, text: &str, node: &str, to: &str) -> Option<String> {
    let (file, _) = ScenarioFile::read(&SourceText::new(file_name, text));
    let keys = file.inputs.iter().map(|input| &input.name);
    let keys = keys.chain(file.outputs.iter().map(|output| &output.name));
    let keys = keys.chain(file.subscenarios.iter().map(|subscenario| &subscenario.name));
    let keys = keys.filter(|word| word.text == node);
    let outputs = file.calls.iter().flat_map(|call| &call.outputs);
    let texts = outputs.chain(file.all_arguments().map(|argument| &argument.node));
    let is_subscenario = file.subscenarios.iter().any(|subscenario| subscenario.name.text == node);
    // A node of a subscenario has its name before a dot.
    let renamed = |word: &Word| match word.text.strip_prefix(node)? {
        "" => Some(to.to_owned()),
        within if within.starts_with('.') && is_subscenario => Some(format!("{to}{within}")),
        _ => None,
    };
    let mut places: Vec<_> = keys.map(|word| (word.span.clone(), Key::new(to).to_string())).collect();
    let text_of = |word: &Word| Some((word.span.clone(), Value::from(renamed(word)?).to_string()));
    places.extend(texts.filter_map(text_of));
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut renamed = text.to_owned();
    for (span, name) in places {
        renamed.replace_range(span, &name);
    }
    Some(renamed)
}

/// The nodes that a call makes.
fn outputs_of(table: &Table) -> Vec<String> {
    match table.get("outputs") {
        Some(item) => match (item.as_str(), item.as_array()) {
            (Some(only), _) => vec![only.to_owned()],
            (_, Some(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}

/// Sets a key and keeps the whitespace and comments around its value. Removes the key if `value` is `None`.
pub(crate) fn put(table: &mut dyn toml_edit::TableLike, key: &str, value: Option<Value>) {
    let Some(mut value) = value else {
        table.remove(key);
        return;
    };
    match table.get_mut(key) {
        Some(item) => {
            if let Some(before) = item.as_value() {
                *value.decor_mut() = before.decor().clone();
            }
            *item = Item::Value(value);
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

impl fmt::Display for ScenarioFileEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.marked {
            f.write_str("\u{feff}")?;
        }
        match self.crlf {
            true => f.write_str(&self.document.to_string().replace("\r\n", "\n").replace('\n', "\r\n")),
            false => self.document.fmt(f),
        }
    }
}
