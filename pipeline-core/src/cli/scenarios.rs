//! The commands about scenarios: what there is, what is said about each, and what its inputs were set to.

use super::complete;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use super::parse::parse_property;
use crate::data::replace_file;
use crate::engine::RunStatus;
use crate::graph::Graph;
use crate::registry::VersionId;
use crate::report::{DeletionText, EditsText, ScenarioText, ScenariosText, Tone, parse_moment};
use crate::scenario::{Instance, ScenarioFilter, ScenarioOrder, Transfer, usable_word};
use clap::Args;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// What is said about a scenario that is created.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct Create {
    /// The scenario's name
    name: String,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG", add = complete::tags())]
    tags: Vec<String>,
    /// A property; may be given several times
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = parse_property)]
    properties: Vec<(String, String)>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Which scenarios to list.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct List {
    /// Those whose names fit this pattern; `*` is any text
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    /// Those with this tag; of several, with all
    #[arg(long = "tag", value_name = "TAG", add = complete::tags())]
    tags: Vec<String>,
    /// Those last created or run under this version
    #[arg(long, value_name = "NUMBER")]
    version: Option<VersionId>,
    /// Those whose latest run has this status: running, completed, failed, canceled; or `none`
    #[arg(long, value_name = "STATUS", value_parser = parse_status)]
    status: Option<Status>,
    /// Those created at this date or later: 2026-11-22, "2026-11-22 14:03", or how long ago: 7d, 12h
    #[arg(long, value_name = "DATE", value_parser = |text: &str| parse_moment(text, SystemTime::now()))]
    since: Option<SystemTime>,
    /// Those created before this date
    #[arg(long, value_name = "DATE", value_parser = |text: &str| parse_moment(text, SystemTime::now()))]
    until: Option<SystemTime>,
    /// By what to sort
    #[arg(long, value_enum, value_name = "ORDER", default_value = "name")]
    sort: ScenarioOrder,
    /// The other way round
    #[arg(long)]
    reverse: bool,
    /// No more than so many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

/// A run's status, or that there is no run.
#[derive(Debug, Clone, Copy)]
struct Status(Option<RunStatus>);

fn parse_status(text: &str) -> Result<Status, String> {
    if text == "none" {
        return Ok(Status(None));
    }
    let status = RunStatus::ALL.into_iter().find(|status| status.as_str() == text);
    status
        .map(|status| Status(Some(status)))
        .ok_or_else(|| "expected running, completed, failed, canceled or none".into())
}

pub(super) fn create(
    graph: &Arc<Graph>,
    options: &Options,
    asked: &Create,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = options.create(graph, &asked.name, |store| {
        // What is wrong is said before there is a scenario.
        let mut words = asked.tags.iter().chain(asked.properties.iter().map(|(name, _)| name));
        words.try_for_each(|word| usable_word(word))?;
        store.is_creatable(&asked.name).into_result()
    })?;
    let tags: Vec<&str> = asked.tags.iter().map(String::as_str).collect();
    if !tags.is_empty() {
        instance.tag(&tags)?;
    }
    for (name, value) in &asked.properties {
        instance.set_property(name, Some(value))?;
    }
    if let Some(note) = &asked.note {
        instance.note(note)?;
    }
    show(&instance, options, output)
}

fn show(instance: &Instance, options: &Options, output: &Output) -> Result<Exit, Failure> {
    let info = instance.info()?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.answer(options.json, &info, &ScenarioText::new(&info).paint(&paint))?;
    Ok(Exit::Fine)
}

pub(super) fn list(options: &Options, asked: &List, output: &Output) -> Result<Exit, Failure> {
    let mut filter = ScenarioFilter::new().sorted_by(asked.sort);
    if let Some(name) = &asked.name {
        filter = filter.name(name);
    }
    for tag in &asked.tags {
        filter = filter.tag(tag);
    }
    if let Some(version) = asked.version {
        filter = filter.version(version);
    }
    if let Some(Status(status)) = asked.status {
        filter = filter.status(status);
    }
    if let Some(since) = asked.since {
        filter = filter.since(since);
    }
    if let Some(until) = asked.until {
        filter = filter.until(until);
    }
    if asked.reverse {
        filter = filter.descending();
    }
    if let Some(limit) = asked.limit {
        filter = filter.limit(limit);
    }
    let found = options.existing_store()?.scenarios(filter)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    let json = json!({ "scenarios": found });
    output.answer(options.json, &json, &ScenariosText::new(&found).paint(&paint))?;
    Ok(Exit::Fine)
}

pub(super) fn info(options: &Options, name: &str, output: &Output) -> Result<Exit, Failure> {
    let info = options.existing_store()?.scenario_info(name)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.answer(options.json, &info, &ScenarioText::new(&info).paint(&paint))?;
    Ok(Exit::Fine)
}

pub(super) fn rename(
    graph: &Graph,
    options: &Options,
    name: &str,
    to: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    options.existing_store()?.rename(name, to)?;
    let inputs = graph.nodes().iter().filter(|node| node.is_input());
    let alone = |scenario: &str| {
        inputs.clone().any(|node| {
            options.settings.input(scenario, node.name()).is_some_and(|setting| setting.scenario.is_some())
        })
    };
    if alone(name) {
        let message = format!(
            "the settings have values for `{name}`, `[scenarios.{name}.inputs]`, which are not for `{to}`: rename them, too"
        );
        output.message(Tone::Heading, "warning", &message);
    }
    let text = format!("scenario `{name}` is called `{to}` now");
    output.answer(options.json, &json!({ "scenario": to, "before": name }), &text)?;
    Ok(Exit::Fine)
}

/// Changes what is said about a scenario, and shows it.
pub(super) fn change(
    graph: &Arc<Graph>,
    options: &Options,
    name: &str,
    change: impl FnOnce(&Instance) -> crate::Result<()>,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, name)?;
    change(&instance)?;
    show(&instance, options, output)
}

pub(super) fn duplicate(
    graph: &Arc<Graph>,
    options: &Options,
    name: &str,
    to: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, name)?;
    // A wrong value is said before there is a scenario.
    options.check(&instance)?;
    options.refuse_secrets(graph)?;
    let made = instance.duplicate(to)?;
    options.write_to(&made)?;
    show(&made, options, output)
}

pub(super) fn delete(options: &Options, name: &str, yes: bool, output: &Output) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    let deletion = if yes { store.delete(name)? } else { store.deletion(name)? };
    let paint = |tone, word: &str| output.paint(tone, word);
    let mut json = serde_json::to_value(&deletion).unwrap_or_default();
    json["deleted"] = yes.into();
    let text = DeletionText::new(&deletion).paint(&paint).to_string();
    let text = match yes {
        true => format!("deleted {text}"),
        false => format!("{text}\nnothing is deleted yet: say `delete {name} --yes`"),
    };
    output.answer(options.json, &json, &text)?;
    Ok(if yes { Exit::Fine } else { Exit::Pending })
}

pub(super) fn export(
    graph: &Arc<Graph>,
    options: &Options,
    name: &str,
    file: &Path,
    data: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, name)?;
    if file.extension().is_some_and(|extension| extension == "toml") {
        if data {
            return Err(Failure::Command(
                "a scenario file has no results: leave out `--data`, or `.toml`".into(),
            ));
        }
        options.spare(file)?;
        let written = instance.to_toml()?;
        replace_file(file, |staged| std::fs::write(staged, &written))
            .map_err(|source| crate::Error::ExportFile { path: file.into(), source })?;
        let text = format!("scenario `{name}` is in {}, with its values as defaults", file.display());
        output.answer(options.json, &json!({ "scenario": name, "file": file }), &text)?;
        return Ok(Exit::Fine);
    }
    let transfer = if data { instance.export_with_data(file)? } else { instance.export(file)? };
    let text = format!("scenario `{name}` is in {}: {}", file.display(), transferred(&transfer));
    output.answer(options.json, &transfer, &text)?;
    Ok(Exit::Fine)
}

pub(super) fn import(
    options: &Options,
    file: &Path,
    name: Option<&str>,
    output: &Output,
) -> Result<Exit, Failure> {
    if file.extension().is_some_and(|extension| extension == "toml") {
        let message =
            format!("{0} is no scenario that was kept: run it with `--scenario-file {0}`", file.display());
        return Err(Failure::Command(message.into()));
    }
    let transfer = options.open_store()?.import(file, name)?;
    let text = format!("scenario `{}` is there: {}", transfer.scenario, transferred(&transfer));
    output.answer(options.json, &transfer, &text)?;
    Ok(Exit::Fine)
}

fn transferred(transfer: &Transfer) -> String {
    let Transfer { runs, objects, records, files, .. } = transfer;
    let mut text = format!("{runs} runs, {objects} values, {records} results");
    if !files.is_empty() {
        text += &format!("; without the files of inputs: {}", files.join(", "));
    }
    text
}

pub(super) fn edits(
    graph: &Arc<Graph>,
    options: &Options,
    node: Option<&str>,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    let edits = instance.edits(node)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.answer(options.json, &json!({ "edits": edits }), &EditsText::new(&edits).paint(&paint))?;
    Ok(Exit::Fine)
}

pub(super) fn revert(
    graph: &Arc<Graph>,
    options: &Options,
    edit: i64,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    let node = instance.edits(None)?.into_iter().find(|known| known.edit == edit).map(|known| known.node);
    instance.revert(edit)?;
    let edits = instance.edits(node.as_deref())?;
    let Some(now) = edits.first() else { return Ok(Exit::Fine) };
    let text = format!("input `{}` of scenario `{}` is {} now", now.node, instance.name(), now.value);
    output.answer(options.json, now, &text)?;
    Ok(Exit::Fine)
}

pub(super) fn reset(
    graph: &Arc<Graph>,
    options: &Options,
    node: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    instance.reset(node)?;
    let text = format!("input `{node}` of scenario `{}` has its default again", instance.name());
    output.answer(options.json, &json!({ "scenario": instance.name(), "node": node }), &text)?;
    Ok(Exit::Fine)
}
