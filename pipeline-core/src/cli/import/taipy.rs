//! Converts configurations of Taipy Core to scenario files.
//!
//! The format is the one that Taipy's `Config.export` writes: tables `[DATA_NODE.id]`, `[TASK.id]` and `[SCENARIO.id]`
//! (in older files also `[PIPELINE.id]`). Values of types other than string are strings with the type after a colon:
//! `"1000:int"`, `"x:SECTION"`. Functions are matched by name to the tasks of this program.

use super::typed::{Typed, plain, typed};
use crate::graph::{Graph, find_task};
use skipstone_wiring::scenario_file::{ArgumentEntry, CallEntry, DefaultEntry, InputEntry, ScenarioFile};
use skipstone_wiring::{Entry, Fault, Faults, Fields, Given, Reader, SourceText, Span, Word, suggestion};
use std::sync::Arc;

/// A scenario converted from another system.
#[derive(Debug)]
pub(crate) struct ImportedScenario {
    /// The converted scenario.
    pub(crate) graph: Arc<Graph>,
    /// The parts of the file that have no equivalent here, each with its place.
    pub(crate) notes: Vec<Fault>,
}

/// Converts a configuration of Taipy Core to a graph of this program's tasks. `scenario` names the scenario to convert
/// if there are several.
///
/// # Errors
///
/// If anything can't be read, has no matching task or is wired wrongly: every fault, each with its place.
pub(crate) fn read(source: &SourceText, scenario: Option<&str>) -> Result<ImportedScenario, Faults> {
    let mut reader = Reader::new(source);
    let document = reader.document();
    let root = Fields::of(document.get_ref());
    let mut reading = Reading { reader, notes: Vec::new() };
    let file = reading.file(&root, scenario);
    let Reading { reader, mut notes } = reading;
    notes.sort_by_key(|note| note.span.start);
    let graph = Graph::of_file(&file, source, reader.into_faults())?;
    Ok(ImportedScenario { graph, notes })
}

/// The kinds of tables that describe a scenario.
const SECTIONS: [&str; 5] = ["DATA_NODE", "TASK", "SCENARIO", "PIPELINE", "SEQUENCE"];

struct Reading<'s> {
    reader: Reader<'s>,
    notes: Vec<Fault>,
}

impl Reading<'_> {
    fn note(&mut self, span: Span, message: impl Into<String>) {
        self.notes.push(Fault { span, message: message.into() });
    }

    /// Adds a note about an ignored entry, unless the entry is empty.
    fn note_unless_empty(&mut self, entry: &Entry<'_, '_>, message: String) {
        let empty = match entry.value() {
            Ok(toml::Value::Array(values)) => values.is_empty(),
            Ok(toml::Value::Table(table)) => table.is_empty(),
            _ => false,
        };
        if !empty {
            self.note(entry.word().span, message);
        }
    }

    fn file(&mut self, root: &Fields<'_, '_>, requested: Option<&str>) -> ScenarioFile {
        for entry in root.entries() {
            match entry.name() {
                name if SECTIONS.contains(&name) => {}
                "TAIPY" | "CORE" | "JOB" | "MIGRATION" | "GLOBAL" | "gui" | "VERSION_MIGRATION" => {
                    let message = format!("`{}` configures Taipy itself and is ignored", entry.name());
                    self.note_unless_empty(entry, message);
                }
                name => {
                    let hint = suggestion(name, SECTIONS);
                    self.reader.fault(entry.word().span, format!("unknown section `{name}`{hint}"));
                }
            }
        }
        let mut file = ScenarioFile::default();
        let [nodes, calls, scenarios, pipelines] =
            ["DATA_NODE", "TASK", "SCENARIO", "PIPELINE"].map(|kind| self.section(root, kind));
        let Some((name, ids)) = self.scenario(&scenarios, &pipelines, &calls, requested) else { return file };
        file.name = Some(Word { text: type_name(&name.text), span: name.span });
        for id in ids {
            let Some(entry) = find(&calls, &id.text) else {
                let known = calls.iter().map(|(word, _)| word.text.as_str());
                let message = format!("there is no task `{}`{}", id.text, suggestion(&id.text, known));
                self.reader.fault(id.span, message);
                continue;
            };
            file.calls.extend(self.call(&id, entry, &nodes));
        }
        self.inputs(&mut file, &nodes);
        file
    }

    /// The tables of one kind, by id, without the table of defaults.
    fn section<'t, 'i>(&mut self, root: &Fields<'t, 'i>, kind: &str) -> Vec<(Word, Fields<'t, 'i>)> {
        let Some(section) = root.get(kind).and_then(|entry| self.reader.names(entry, kind)) else {
            return Vec::new();
        };
        let mut tables = Vec::new();
        for entry in section.entries() {
            let what = format!("{kind}.{}", entry.name());
            if let Some(fields) = self.reader.names(*entry, &what) {
                tables.push((entry.word(), fields));
            }
        }
        tables.retain(|(id, _)| id.text != "default");
        tables
    }

    /// Finds the scenario; returns its name and its tasks.
    fn scenario(
        &mut self,
        scenarios: &[(Word, Fields<'_, '_>)],
        pipelines: &[(Word, Fields<'_, '_>)],
        calls: &[(Word, Fields<'_, '_>)],
        requested: Option<&str>,
    ) -> Option<(Word, Vec<Word>)> {
        // In a file without scenarios, each pipeline is a scenario.
        let candidates = if scenarios.is_empty() { pipelines } else { scenarios };
        let names = || candidates.iter().map(|(id, _)| id.text.as_str());
        let (id, fields) = match (requested, candidates) {
            (Some(requested), _) => match candidates.iter().find(|(id, _)| id.text == requested) {
                Some(found) => found,
                None => {
                    let message =
                        format!("there is no scenario `{requested}`{}", suggestion(requested, names()));
                    self.reader.fault(0..0, message);
                    return None;
                }
            },
            (None, [only]) => only,
            (None, []) => {
                // In a file with only tasks, they form one scenario.
                match calls.first() {
                    Some((first, _)) => {
                        self.note(first.span.clone(), "there is no scenario: all tasks form one");
                    }
                    None => {
                        self.reader.fault(
                            0..0,
                            "there is no scenario and no task: is this a configuration of Taipy Core?",
                        );
                        return None;
                    }
                }
                let all = calls.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
                return Some((Word { text: "scenario".into(), span: 0..0 }, all));
            }
            (None, [_, (second, _), ..]) => {
                let list = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!("there are several scenarios, {list}: choose one with `--of NAME`");
                self.reader.fault(second.span.clone(), message);
                return None;
            }
        };
        for entry in fields.entries() {
            match entry.name() {
                "tasks" | "pipelines" => {}
                "frequency" | "comparators" | "sequences" | "additional_data_nodes" => {
                    let message = format!("`{}` of scenario `{}` is ignored", entry.name(), id.text);
                    self.note_unless_empty(entry, message);
                }
                _ => {
                    let message = format!("property `{}` of scenario `{}` is ignored", entry.name(), id.text);
                    self.note(entry.word().span, message);
                }
            }
        }
        let mut tasks = self.references(fields.get("tasks"));
        for pipeline in self.references(fields.get("pipelines")) {
            match find(pipelines, &pipeline.text) {
                Some(fields) => tasks.extend(self.references(fields.get("tasks"))),
                None => {
                    let known = pipelines.iter().map(|(id, _)| id.text.as_str());
                    let hint = suggestion(&pipeline.text, known);
                    self.reader
                        .fault(pipeline.span, format!("there is no pipeline `{}`{hint}", pipeline.text));
                }
            }
        }
        // Pipelines may share tasks.
        let mut seen = Vec::new();
        tasks.retain(|task| {
            !seen.contains(&task.text) && {
                seen.push(task.text.clone());
                true
            }
        });
        Some((id.clone(), tasks))
    }

    /// Parses an array of references, `"id:SECTION"`.
    fn references(&mut self, entry: Option<Entry<'_, '_>>) -> Vec<Word> {
        self.all_references(entry).0
    }

    /// Parses an array of references. Also returns `false` if any of them can't be parsed.
    fn all_references(&mut self, entry: Option<Entry<'_, '_>>) -> (Vec<Word>, bool) {
        let Some(entry) = entry else { return (Vec::new(), true) };
        let (words, mut complete) = self.reader.texts(entry);
        let mut ids = Vec::new();
        for word in words {
            match typed(&word.text) {
                Ok(Typed::Section(id)) => ids.push(Word { text: id, span: word.span }),
                _ => {
                    let message = format!("`{}` is not a reference: write `\"{0}:SECTION\"`", word.text);
                    self.reader.fault(word.span, message);
                    complete = false;
                }
            }
        }
        (ids, complete)
    }

    fn call(
        &mut self,
        id: &Word,
        fields: &Fields<'_, '_>,
        nodes: &[(Word, Fields<'_, '_>)],
    ) -> Option<CallEntry> {
        for entry in fields.entries() {
            if !["function", "inputs", "outputs", "skippable"].contains(&entry.name()) {
                let message = format!("property `{}` of task `{}` is ignored", entry.name(), id.text);
                self.note(entry.word().span, message);
            }
        }
        let function = self.function(id, fields);
        let (arguments, complete) = self.all_references(fields.get("inputs"));
        let outputs = self.references(fields.get("outputs"));
        if outputs.is_empty() {
            let message =
                format!("task `{}` has no outputs, so nothing can depend on it: name its outputs", id.text);
            self.reader.fault(id.span.clone(), message);
        }
        for node in arguments.iter().chain(&outputs) {
            if !nodes.iter().any(|(known, _)| known.text == node.text) {
                let known = nodes.iter().map(|(known, _)| known.text.as_str());
                let message =
                    format!("there is no data node `{}`{}", node.text, suggestion(&node.text, known));
                self.reader.fault(node.span.clone(), message);
            }
        }
        let (function, task) = function?;
        if outputs.is_empty() {
            return None;
        }
        // Older files set `cacheable` on outputs; newer ones set `skippable` on tasks.
        let cacheable = |output: &Word| {
            find(nodes, &output.text)
                .and_then(|fields| fields.get("cacheable"))
                .map(|entry| self.is_true(entry))
        };
        let cacheable: Vec<bool> = outputs.iter().filter_map(cacheable).collect();
        let skippable = match fields.get("skippable") {
            Some(entry) => {
                let text = entry.value().ok().and_then(|value| plain(value).ok());
                let Some(skippable) = text.as_ref().and_then(toml::Value::as_bool) else {
                    self.reader
                        .fault(entry.span(), "`skippable` must be `\"True:bool\"` or `\"False:bool\"`");
                    return None;
                };
                if !skippable && task.is_skippable() {
                    let message = format!(
                        "task `{}` stays skippable, as set by its `#[task]`: known results are reused by their cache keys",
                        id.text
                    );
                    self.note(entry.word().span, message);
                }
                Some(skippable)
            }
            None if !cacheable.is_empty() => Some(cacheable.iter().all(|cacheable| *cacheable)),
            None => None,
        };
        Some(CallEntry {
            function,
            arguments: arguments.into_iter().map(|node| ArgumentEntry::new(None, node)).collect(),
            outputs,
            // A task that is skippable by its `#[task]` needs no flag here.
            skippable: skippable.filter(|skippable| *skippable && !task.is_skippable()),
            retries: None,
            backoff: None,
            timeout: None,
            allow_unused: true,
            complete,
        })
    }

    /// Finds the task of this program for the function of a Taipy task.
    fn function(
        &mut self,
        id: &Word,
        fields: &Fields<'_, '_>,
    ) -> Option<(Word, &'static crate::graph::TaskDef)> {
        let Some(entry) = fields.get("function") else {
            self.reader.fault(id.span.clone(), format!("task `{}` has no function", id.text));
            return None;
        };
        let word = self.reader.text(Some(entry))?;
        let path = match typed(&word.text) {
            Ok(Typed::Function(path)) => path,
            Ok(Typed::Value(toml::Value::String(path))) => path,
            _ => {
                let message = format!("`{}` is not a function: write `\"module.name:function\"`", word.text);
                self.reader.fault(word.span, message);
                return None;
            }
        };
        let name = path.rsplit('.').next().unwrap_or_default();
        match find_task(name) {
            Ok(task) => Some((Word { text: task.path(), span: word.span }, task)),
            Err(message) => {
                let message = format!("function `{path}` has no matching task: {message}");
                self.reader.fault(word.span, message);
                None
            }
        }
    }

    fn is_true(&self, entry: Entry<'_, '_>) -> bool {
        match entry.value() {
            Ok(toml::Value::Boolean(flag)) => flag,
            Ok(toml::Value::String(text)) => typed(&text) == Ok(Typed::Value(true.into())),
            _ => false,
        }
    }

    /// Adds the inputs to `file`: the nodes that tasks read and no task makes.
    fn inputs(&mut self, file: &mut ScenarioFile, nodes: &[(Word, Fields<'_, '_>)]) {
        let made = |file: &ScenarioFile, name: &str| {
            file.calls.iter().flat_map(|call| &call.outputs).any(|output| output.text == name)
        };
        let read = |file: &ScenarioFile, name: &str| {
            let mut arguments = file.calls.iter().flat_map(|call| &call.arguments);
            arguments.any(|argument| argument.node.text == name)
        };
        for (id, fields) in nodes {
            let (made, read) = (made(file, &id.text), read(file, &id.text));
            for entry in fields.entries() {
                if let Some(message) = ignored(entry.name(), made) {
                    let message = format!("`{}` of data node `{}` {message}", entry.name(), id.text);
                    self.note(entry.word().span, message);
                }
            }
            if made {
                continue;
            }
            if !read {
                self.note(
                    id.span.clone(),
                    format!("data node `{}` is not used by any task and is ignored", id.text),
                );
                continue;
            }
            let default =
                ["default_data", "default_path", "path"].into_iter().find_map(|key| fields.get(key));
            file.inputs.push(InputEntry {
                name: id.clone(),
                ty: None,
                default: default.and_then(|entry| self.default(entry)),
                options: None,
                docs: String::new(),
                secret: false,
                allow_unused: false,
            });
        }
    }

    fn default(&mut self, entry: Entry<'_, '_>) -> Option<DefaultEntry> {
        let Given { value, span } = self.reader.value(entry)?;
        if let Some(variable) = value.as_str().and_then(|text| text.strip_prefix("ENV[")) {
            let name = variable.split(']').next().unwrap_or_default();
            let message = format!(
                "a variable can't be a default: remove it, and write `\"${{{name}}}\"` in the settings file"
            );
            self.reader.fault(span, message);
            return None;
        }
        match plain(value) {
            Ok(value) => Some(DefaultEntry::Value(Given { value, span })),
            Err(message) => {
                self.reader.fault(span, message);
                None
            }
        }
    }
}

/// Why a key of a data node is ignored; `None` if it is used or has no effect.
fn ignored(key: &str, made: bool) -> Option<&'static str> {
    match key {
        "storage_type" | "cacheable" | "exposed_type" | "has_header" | "encoding" => None,
        "default_data" | "default_path" | "path" if !made => None,
        "default_data" | "default_path" | "path" => Some("is ignored: a task makes the node"),
        "scope" => Some("is ignored: all scenarios share results with the same key"),
        "validity_period" => {
            Some("is ignored: a result stays valid while everything that it depends on is the same")
        }
        _ => Some("is a Taipy property and is ignored"),
    }
}

fn find<'f, 't, 'i>(tables: &'f [(Word, Fields<'t, 'i>)], id: &str) -> Option<&'f Fields<'t, 'i>> {
    tables.iter().find(|(known, _)| known.text == id).map(|(_, fields)| fields)
}

/// Converts an id to a type name: `scenario_configuration` to `ScenarioConfiguration`.
fn type_name(id: &str) -> String {
    let words = id.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.extend(letters);
    }
    match name.starts_with(|first: char| first.is_alphabetic()) {
        true => name,
        false => format!("S{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_type_names() {
        assert_eq!(type_name("scenario_configuration"), "ScenarioConfiguration");
        assert_eq!(type_name("2nd"), "S2nd");
        assert_eq!(type_name("customerAnalysis"), "CustomerAnalysis");
    }
}
