//! The commands that list, show and change scenarios, and those for the edits of their inputs.

use super::complete;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use super::parse::parse_property;
use crate::data::counted;
use crate::data::replace_file;
use crate::engine::RunStatus;
use crate::graph::Graph;
use crate::registry::VersionId;
use crate::report::{DeletionText, EditsText, ScenarioText, ScenariosText, Tone, parse_datetime};
use crate::scenario::{Instance, ScenarioFilter, ScenarioOrder, Transfer, valid_label};
use clap::Args;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// The arguments of `create`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct Create {
    /// The scenario's name
    name: String,
    /// A tag; can be given several times
    #[arg(long = "tag", value_name = "TAG", add = complete::tags())]
    tags: Vec<String>,
    /// A property; can be given several times
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = parse_property)]
    properties: Vec<(String, String)>,
    /// A note: what the scenario is for
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// The arguments of `list`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct List {
    /// Lists scenarios whose names match this pattern; `*` stands for any characters
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    /// Lists scenarios with this tag; if given several times, with all of the tags
    #[arg(long = "tag", value_name = "TAG", add = complete::tags())]
    tags: Vec<String>,
    /// Lists scenarios that were last created or run under this version
    #[arg(long, value_name = "NUMBER")]
    version: Option<VersionId>,
    /// Lists scenarios whose latest run has this status: running, completed, failed or canceled;
    /// `none` for scenarios without runs
    #[arg(long, value_name = "STATUS", value_parser = parse_status)]
    status: Option<Status>,
    /// Lists scenarios created at this date or later: 2026-11-22, "2026-11-22 14:03", or how long ago: 7d, 12h
    #[arg(long, value_name = "DATE", value_parser = |text: &str| parse_datetime(text, SystemTime::now()))]
    since: Option<SystemTime>,
    /// Lists scenarios created before this date
    #[arg(long, value_name = "DATE", value_parser = |text: &str| parse_datetime(text, SystemTime::now()))]
    until: Option<SystemTime>,
    /// The sort order
    #[arg(long, value_enum, value_name = "ORDER", default_value = "name")]
    sort: ScenarioOrder,
    /// Reverses the sort order
    #[arg(long)]
    reverse: bool,
    /// The maximum number of scenarios to list
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

/// A run's status; `None` stands for a scenario without runs.
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
    args: &Create,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = options.create(graph, &args.name, |store| {
        // Errors are reported before the scenario is created.
        let mut words = args.tags.iter().chain(args.properties.iter().map(|(name, _)| name));
        words.try_for_each(|word| valid_label(word))?;
        store.is_creatable(&args.name).into_result()
    })?;
    let tags: Vec<&str> = args.tags.iter().map(String::as_str).collect();
    if !tags.is_empty() {
        instance.tag(&tags)?;
    }
    for (name, value) in &args.properties {
        instance.set_property(name, Some(value))?;
    }
    if let Some(note) = &args.note {
        instance.note(note)?;
    }
    show(&instance, options, output)
}

fn show(instance: &Instance, options: &Options, output: &Output) -> Result<Exit, Failure> {
    let info = instance.info()?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &info, &ScenarioText::new(&info).paint(&paint))?;
    Ok(Exit::Success)
}

pub(super) fn list(options: &Options, args: &List, output: &Output) -> Result<Exit, Failure> {
    let mut filter = ScenarioFilter::new().sorted_by(args.sort);
    if let Some(name) = &args.name {
        filter = filter.name(name);
    }
    for tag in &args.tags {
        filter = filter.tag(tag);
    }
    if let Some(version) = args.version {
        filter = filter.version(version);
    }
    if let Some(Status(status)) = args.status {
        filter = filter.status(status);
    }
    if let Some(since) = args.since {
        filter = filter.since(since);
    }
    if let Some(until) = args.until {
        filter = filter.until(until);
    }
    if args.reverse {
        filter = filter.descending();
    }
    if let Some(limit) = args.limit {
        filter = filter.limit(limit);
    }
    let found = options.existing_store()?.scenarios(filter)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    let json = json!({ "scenarios": found });
    output.print(options.json, &json, &ScenariosText::new(&found).paint(&paint))?;
    Ok(Exit::Success)
}

pub(super) fn info(options: &Options, name: &str, output: &Output) -> Result<Exit, Failure> {
    let info = options.existing_store()?.scenario_info(name)?;
    let paint = |tone, word: &str| output.paint(tone, word);
    output.print(options.json, &info, &ScenarioText::new(&info).paint(&paint))?;
    Ok(Exit::Success)
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
    let has_own_values = |scenario: &str| {
        inputs.clone().any(|node| {
            options.settings.input(scenario, node.name()).is_some_and(|setting| setting.scenario.is_some())
        })
    };
    if has_own_values(name) {
        let message = format!(
            "the settings have values for `{name}`, `[scenarios.{name}.inputs]`, which do not apply to `{to}`: rename them as well"
        );
        output.message(Tone::Heading, "warning", &message);
    }
    let text = format!("renamed scenario `{name}` to `{to}`");
    output.print(options.json, &json!({ "scenario": to, "before": name }), &text)?;
    Ok(Exit::Success)
}

/// Changes a scenario's tags, properties or note, and shows the scenario.
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
    // A wrong value is reported before the scenario is created.
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
        false => format!("{text}\nnothing is deleted yet: run `delete {name} --yes`"),
    };
    output.print(options.json, &json, &text)?;
    Ok(if yes { Exit::Success } else { Exit::Pending })
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
                "a scenario file has no results: omit `--data`, or choose a name without `.toml`".into(),
            ));
        }
        options.refuse_settings_file(file)?;
        let written = instance.to_toml()?;
        replace_file(file, |staged| std::fs::write(staged, &written))
            .map_err(|source| crate::Error::ExportFile { path: file.into(), source })?;
        let text = format!("wrote scenario `{name}` to {}, with its values as defaults", file.display());
        output.print(options.json, &json!({ "scenario": name, "file": file }), &text)?;
        return Ok(Exit::Success);
    }
    let transfer = if data { instance.export_with_data(file)? } else { instance.export(file)? };
    let text = format!("wrote scenario `{name}` to {}: {}", file.display(), contents(&transfer));
    output.print(options.json, &transfer, &text)?;
    Ok(Exit::Success)
}

pub(super) fn import(
    options: &Options,
    file: &Path,
    name: Option<&str>,
    output: &Output,
) -> Result<Exit, Failure> {
    if file.extension().is_some_and(|extension| extension == "toml") {
        let message =
            format!("{0} is not an exported scenario: run it with `--scenario-file {0}`", file.display());
        return Err(Failure::Command(message.into()));
    }
    let transfer = options.open_store()?.import(file, name)?;
    let text = format!("imported scenario `{}`: {}", transfer.scenario, contents(&transfer));
    output.print(options.json, &transfer, &text)?;
    Ok(Exit::Success)
}

/// What was exported or imported, in words.
fn contents(transfer: &Transfer) -> String {
    let Transfer { runs, objects, records, files, .. } = transfer;
    let mut text = [(runs, "run"), (objects, "value"), (records, "result")]
        .map(|(number, thing)| counted(*number, thing))
        .join(", ");
    if !files.is_empty() {
        text += &format!("; files of inputs are not included: {}", files.join(", "));
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
    output.print(options.json, &json!({ "edits": edits }), &EditsText::new(&edits).paint(&paint))?;
    Ok(Exit::Success)
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
    let Some(now) = edits.first() else { return Ok(Exit::Success) };
    let text = format!("input `{}` of scenario `{}` is now {}", now.node, instance.name(), now.value);
    output.print(options.json, now, &text)?;
    Ok(Exit::Success)
}

pub(super) fn reset(
    graph: &Arc<Graph>,
    options: &Options,
    node: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let instance = Instance::open(&options.existing_store()?, graph, &options.scenario)?;
    instance.reset(node)?;
    let text = format!("input `{node}` of scenario `{}` is reset to its default", instance.name());
    output.print(options.json, &json!({ "scenario": instance.name(), "node": node }), &text)?;
    Ok(Exit::Success)
}
