//! Shell completion of the names of scenarios, tags, nodes and tasks.
//!
//! The shell runs the program with the words typed so far; see `completions`.

use super::exit::{Exit, Failure};
use super::output::Output;
use crate::graph::{Graph, Node};
use crate::scenario::{ScenarioFilter, Store};
use crate::settings::Settings;
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCandidates;
use clap_complete::env::Shells;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The environment variable that the shell sets to request completions.
const COMPLETE: &str = "COMPLETE";

/// The graph of the compiled scenario type.
static GRAPH: OnceLock<Arc<Graph>> = OnceLock::new();

/// Prints completions and ends the program, if the shell requested them.
pub(super) fn complete_if_requested(graph: &Arc<Graph>, command: impl Fn() -> clap::Command) {
    let _ = GRAPH.set(graph.clone());
    if std::env::var_os(COMPLETE).is_some() {
        clap_complete::CompleteEnv::with_factory(command).var(COMPLETE).complete();
    }
}

/// A shell with completion support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Prints the completion script of a shell.
pub(super) fn completions(shell: Shell, name: &str, output: &Output) -> Result<Exit, Failure> {
    let shell = match shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
    };
    let program = std::env::args().next().unwrap_or_else(|| name.to_owned());
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(shell) else {
        return Err(Failure::Command(format!("there are no completions for {shell}").into()));
    };
    let mut out = output.out();
    completer.write_registration(COMPLETE, name, name, &program, &mut out)?;
    out.flush()?;
    Ok(Exit::Success)
}

pub(super) fn scenarios() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let infos = store().and_then(|store| store.scenarios(ScenarioFilter::new()).ok()).unwrap_or_default();
        let help = |info: &crate::scenario::ScenarioInfo| match info.last_run {
            None => "no runs".to_owned(),
            Some(ref last) => last.status.to_string(),
        };
        infos.iter().map(|info| CompletionCandidate::new(&info.name).help(Some(help(info).into()))).collect()
    })
}

pub(super) fn tags() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let infos = store().and_then(|store| store.scenarios(ScenarioFilter::new()).ok()).unwrap_or_default();
        let tags: BTreeSet<String> = infos.into_iter().flat_map(|info| info.tags).collect();
        tags.into_iter().map(CompletionCandidate::new).collect()
    })
}

pub(super) fn nodes() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named(|_| true))
}

pub(super) fn outputs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named(|node| !node.is_input()))
}

pub(super) fn inputs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named(Node::is_input))
}

pub(super) fn kpis() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let kpis = GRAPH.get().into_iter().flat_map(|graph| graph.kpis());
        kpis.map(|kpi| CompletionCandidate::new(kpi.name.clone())).collect()
    })
}

/// Completes to `input=`, before the value.
pub(super) fn settings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let inputs = named(Node::is_input).into_iter();
        inputs
            .map(|input| CompletionCandidate::new(format!("{}=", input.get_value().to_string_lossy())))
            .collect()
    })
}

pub(super) fn outputs_and_tasks() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let mut all = named(|node| !node.is_input());
        let tasks: BTreeSet<&str> =
            GRAPH.get().iter().flat_map(|graph| graph.calls()).map(|call| call.task().name()).collect();
        all.extend(tasks.into_iter().map(CompletionCandidate::new));
        all
    })
}

fn named(filter: impl Fn(&Node) -> bool) -> Vec<CompletionCandidate> {
    let nodes = GRAPH.get().into_iter().flat_map(|graph| graph.nodes());
    nodes
        .filter(|node| filter(node))
        .map(|node| CompletionCandidate::new(node.name()).help(Some(node.type_text().to_owned().into())))
        .collect()
}

/// The store given by the words typed so far, or by the settings; `None` if it does not exist.
fn store() -> Option<Store> {
    let words: Vec<String> = std::env::args().collect();
    let value_of = |option: &str| {
        let mut value = None;
        for (number, word) in words.iter().enumerate() {
            if word == option {
                value = words.get(number + 1).cloned();
            } else if let Some(given) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
                value = Some(given.to_owned());
            }
        }
        value
    };
    let program = PathBuf::from(words.first()?);
    let program = program.file_stem()?.to_string_lossy();
    let mut loader = Settings::of(&program);
    if let Some(file) = value_of("--config") {
        loader = loader.file(file);
    }
    if let Some(profile) = value_of("--profile") {
        loader = loader.profile(&profile);
    }
    let mut settings = loader.load(GRAPH.get()?).ok()?;
    if let Some(store) = value_of("--store") {
        settings.store.value = store.into();
    }
    Store::open_existing(&settings).ok()
}
