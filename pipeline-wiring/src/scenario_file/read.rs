//! Reads TOML into a [`ScenarioFile`].

use super::keys::{ARGUMENT_FORMS, INPUT, KPI, OUTPUT, ROOT, SUBSCENARIO, TASK};
use super::{
    ArgumentEntry, CallEntry, DefaultEntry, InputEntry, KpiEntry, OutputEntry, ScenarioFile, SubscenarioEntry,
};
use crate::file_options::check_options;
use crate::model::Passing;
use crate::source::{Fault, SourceText, Span};
use crate::table::{Entry, Fields, Reader, Word};
use std::collections::HashSet;
use toml::de::DeTable;

pub(super) fn read(source: &SourceText) -> (ScenarioFile, Vec<Fault>) {
    let mut reader = Reader::new(source);
    let document = reader.document();
    let root = reader.fields("a scenario file", document.get_ref(), ROOT);
    let mut file = ScenarioFile { docs: docs(&mut reader, &root), ..ScenarioFile::default() };
    file.name = name(&mut reader, &root);
    if let Some(entry) = root.get("inputs") {
        let inputs = reader.names(entry, "`inputs`");
        for entry in inputs.iter().flat_map(Fields::entries) {
            file.inputs.push(input(&mut reader, *entry));
        }
    }
    if let Some(entry) = root.get("tasks") {
        for (span, table) in reader.tables(entry, "an entry of `tasks`") {
            file.calls.extend(call(&mut reader, span, table));
        }
    }
    if let Some(entry) = root.get("subscenarios") {
        let subscenarios = reader.names(entry, "`subscenarios`");
        for entry in subscenarios.iter().flat_map(Fields::entries) {
            file.subscenarios.extend(subscenario(&mut reader, *entry));
        }
    }
    if let Some(entry) = root.get("outputs") {
        let outputs = reader.names(entry, "`outputs`");
        for entry in outputs.iter().flat_map(Fields::entries) {
            file.outputs.push(output(&mut reader, *entry));
        }
    }
    passings(&mut file, &mut reader);
    (file, reader.into_faults())
}

/// Reads the words before the names of nodes: `each raw`, `all totals`. A node may have a name with spaces.
fn passings(file: &mut ScenarioFile, reader: &mut Reader<'_>) {
    let inputs = file.inputs.iter().map(|input| &input.name.text);
    let outputs = file.calls.iter().flat_map(|call| &call.outputs).map(|output| &output.text);
    let nodes: HashSet<String> = inputs.chain(outputs).cloned().collect();
    for call in &mut file.calls {
        for argument in call.arguments.iter_mut().filter(|argument| !nodes.contains(&argument.node.text)) {
            match Passing::split(&argument.node.text) {
                Ok((passing, node)) => {
                    argument.passing = passing;
                    argument.node.text = node.to_owned();
                }
                Err(message) => {
                    call.complete = false;
                    reader.fault(argument.node.span.clone(), message);
                }
            }
        }
    }
}

fn name(reader: &mut Reader<'_>, root: &Fields<'_, '_>) -> Option<Word> {
    let Some(entry) = root.get("name") else {
        if !root.misspelt("name", ROOT) {
            reader.fault(0..0, "a scenario needs a name: `name = \"CustomerAnalysis\"`");
        }
        return None;
    };
    let name = reader.text(Some(entry))?;
    let usable = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    if !usable(&name.text) {
        reader.fault(
            name.span,
            format!("`{}` is not a valid type name: use letters, digits and `_`", name.text),
        );
        return None;
    }
    Some(name)
}

fn docs(reader: &mut Reader<'_>, fields: &Fields<'_, '_>) -> String {
    reader.text(fields.get("doc")).map(|docs| docs.text.trim().to_owned()).unwrap_or_default()
}

fn flag(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, key: &str) -> bool {
    reader.flag(fields.get(key)).unwrap_or_default()
}

fn input(reader: &mut Reader<'_>, entry: Entry<'_, '_>) -> InputEntry {
    let name = entry.word();
    let what = format!("input `{}`", name.text);
    let mut input = InputEntry {
        name,
        ty: None,
        default: None,
        options: None,
        docs: String::new(),
        secret: false,
        allow_unused: false,
    };
    if !entry.is_table() {
        let message = format!(
            "{what} must be a table: write `[inputs.{0}]` with `default = …` below it",
            input.name.text
        );
        reader.fault(entry.span(), message);
        return input;
    }
    let Some(table) = reader.table(entry, &what) else { return input };
    let fields = reader.fields(&what, table, INPUT);
    input.ty = reader.text(fields.get("type"));
    input.docs = docs(reader, &fields);
    for attribute in ["csv", "excel"] {
        let Some(options) = fields.get(attribute).and_then(|entry| reader.value(entry)) else { continue };
        if let Err(wrong) = check_options(attribute, options.value.clone()) {
            reader.fault(options.span.clone(), format!("{what}, `{attribute}`: {wrong}"));
        } else if let Some((other, _)) = input.options.replace((attribute, options.clone())) {
            let message = format!("{what} can't have both `{other}` and `{attribute}`: remove one of them");
            reader.fault(options.span, message);
        }
    }
    input.secret = flag(reader, &fields, "secret");
    input.allow_unused = flag(reader, &fields, "allow_unused");
    let default = fields.get("default").or(fields.get("default_json"));
    if let (true, Some(_), Some(place)) = (input.secret, default, fields.get("secret")) {
        // Not at the span of the default: the message would show the secret.
        let message = format!(
            "{what} is a secret and can't have a default: remove the default and set the value for each run"
        );
        reader.fault(place.span(), message);
        return input;
    }
    let json = reader.text(fields.get("default_json"));
    let value = fields.get("default").and_then(|entry| reader.value(entry));
    if let (Some(json), Some(_)) = (&json, &value) {
        reader.fault(json.span.clone(), format!("{what} has two defaults: remove one of them"));
    }
    input.default = value.map(DefaultEntry::Value).or(json.map(DefaultEntry::Json));
    input
}

fn call(reader: &mut Reader<'_>, span: Span, table: &DeTable<'_>) -> Option<CallEntry> {
    let fields = reader.fields("a task", table, TASK);
    let function = match fields.get("function") {
        Some(entry) => reader.text(Some(entry)),
        None if fields.misspelt("function", TASK) => None,
        None => {
            reader.fault(span.clone(), "a task needs a function: `function = \"my_crate::function\"`");
            None
        }
    };
    let mut complete = true;
    let mut arguments = Vec::new();
    if let Some(entry) = fields.get("arguments") {
        if entry.is_table() {
            let named = reader.names(entry, "`arguments`");
            for entry in named.iter().flat_map(Fields::entries) {
                match reader.text(Some(*entry)) {
                    Some(node) => arguments.push(ArgumentEntry::new(Some(entry.word()), node)),
                    None => complete = false,
                }
            }
        } else if entry.is_list() {
            let (words, all) = reader.texts(entry);
            complete = all;
            arguments.extend(words.into_iter().map(|node| ArgumentEntry::new(None, node)));
        } else {
            complete = false;
            reader.fault(entry.span(), format!("the arguments of a task must be {ARGUMENT_FORMS}"));
        }
    }
    let outputs = match fields.get("outputs") {
        Some(entry) => {
            let (outputs, all) = reader.texts(entry);
            if outputs.is_empty() && all {
                reader.fault(entry.span(), "a task needs at least one output: `outputs = \"name\"`");
            }
            outputs
        }
        None if fields.misspelt("outputs", TASK) => Vec::new(),
        None => {
            let place = function.as_ref().map_or(span, |function| function.span.clone());
            reader.fault(place, "a task needs an output: `outputs = \"name\"`, or an array of several names");
            Vec::new()
        }
    };
    let (retries, backoff, timeout) = (
        reader.count(fields.get("retries")),
        reader.length(fields.get("backoff")),
        reader.length(fields.get("timeout")),
    );
    if let (Some((_, span)), None | Some(0)) = (&backoff, retries) {
        reader.fault(span.clone(), "`backoff` has no effect without retries: add `retries = 3`");
    }
    if let Some((0, span)) = &timeout {
        reader.fault(span.clone(), "`timeout` must be longer than zero");
    }
    let call = CallEntry {
        function: function?,
        arguments,
        outputs,
        skippable: reader.flag(fields.get("skippable")),
        retries,
        backoff: backoff.map(|(length, _)| length),
        timeout: timeout.map(|(length, _)| length),
        allow_unused: flag(reader, &fields, "allow_unused"),
        complete,
    };
    if call.outputs.is_empty() { None } else { Some(call) }
}

fn subscenario(reader: &mut Reader<'_>, entry: Entry<'_, '_>) -> Option<SubscenarioEntry> {
    let name = entry.word();
    let what = format!("subscenario `{}`", name.text);
    let table = reader.table(entry, &what)?;
    let fields = reader.fields(&what, table, SUBSCENARIO);
    let scenario = match fields.get("scenario") {
        Some(entry) => reader.text(Some(entry)),
        None if fields.misspelt("scenario", SUBSCENARIO) => None,
        None => {
            let message = format!("{what} needs a scenario: `scenario = \"my_crate::Scenario\"`");
            reader.fault(name.span.clone(), message);
            None
        }
    };
    let (mut arguments, mut values, mut complete) = (Vec::new(), Vec::new(), true);
    if let Some(entry) = fields.get("arguments") {
        let named = reader.names(entry, "`arguments`");
        complete &= named.is_some();
        for entry in named.iter().flat_map(Fields::entries) {
            match reader.text(Some(*entry)) {
                Some(node) => arguments.push(ArgumentEntry::new(Some(entry.word()), node)),
                None => complete = false,
            }
        }
    }
    if let Some(entry) = fields.get("values") {
        let named = reader.names(entry, "`values`");
        complete &= named.is_some();
        for entry in named.iter().flat_map(Fields::entries) {
            let input = entry.word();
            if arguments.iter().any(|argument: &ArgumentEntry| {
                argument.parameter.as_ref().is_some_and(|other| other.text == input.text)
            }) {
                let message =
                    format!("the input `{}` of {what} is given twice: remove one of them", input.text);
                reader.fault(input.span.clone(), message);
            }
            match reader.value(*entry) {
                Some(value) => values.push((input, value)),
                None => complete = false,
            }
        }
    }
    let docs = docs(reader, &fields);
    Some(SubscenarioEntry { name, scenario: scenario?, arguments, values, docs, complete })
}

fn output(reader: &mut Reader<'_>, entry: Entry<'_, '_>) -> OutputEntry {
    let name = entry.word();
    let what = format!("output `{}`", name.text);
    let mut output = OutputEntry { name, ty: None, docs: String::new(), kpis: Vec::new() };
    let Some(table) = reader.table(entry, &what) else { return output };
    let fields = reader.fields(&what, table, OUTPUT);
    output.ty = reader.text(fields.get("type"));
    output.docs = docs(reader, &fields);
    if let Some(entry) = fields.get("kpi") {
        for (span, table) in reader.tables(entry, "a KPI") {
            output.kpis.extend(kpi(reader, span, table));
        }
    }
    output
}

fn kpi(reader: &mut Reader<'_>, span: Span, table: &DeTable<'_>) -> Option<KpiEntry> {
    let fields = reader.fields("a KPI", table, KPI);
    let field = reader.text(fields.get("field"));
    let unit = reader.text(fields.get("unit")).map(|unit| unit.text).unwrap_or_default();
    let Some(entry) = fields.get("better") else {
        let message = "a KPI needs a direction: `better = \"higher\"` or `better = \"lower\"`";
        reader.fault(span, message);
        return None;
    };
    let better = reader.choice(Some(entry), &["higher", "lower"])?;
    Some(KpiEntry { span, field, unit, higher: better == 0 })
}
