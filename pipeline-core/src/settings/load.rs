//! Combines all layers into [`Settings`].

use super::environment::{self, with_prefix};
use super::keys::LAYER;
use super::layer::{self, Layer, Place};
use super::secret::masked;
use super::{InputValue, LogLevel, Origin, REHASH_AFTER, STORE, Setting, Settings};
use crate::graph::{Graph, Node, Resources, SECRET};
use skipstone_wiring::{Fault, Faults, Reader, SourceText, suggestion};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The default size of the values that are kept in memory, in bytes.
const MEMORY: u64 = 64 << 20;

/// Loads settings; created by [`Settings::of`].
#[derive(Clone)]
pub struct SettingsLoader {
    program: String,
    file: Option<(PathBuf, Origin)>,
    profile: Option<(String, Origin)>,
    environment: Vec<(String, String)>,
    /// Whether `environment` is complete, so the environment of the process is not used.
    closed: bool,
    /// Other scenario types of the program. Their inputs may be named as well.
    others: Vec<Arc<Graph>>,
}

// Omits the environment, which may contain secrets.
impl fmt::Debug for SettingsLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SettingsLoader { program, file, profile, .. } = self;
        f.debug_struct("SettingsLoader")
            .field("program", program)
            .field("file", file)
            .field("profile", profile)
            .finish_non_exhaustive()
    }
}

/// The error of settings that can't be used, with all problems.
#[derive(Debug)]
pub struct SettingsError {
    unreadable: Option<(PathBuf, std::io::Error)>,
    faults: Vec<Faults>,
    messages: Vec<String>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unreadable = self.unreadable.iter().map(|(path, error)| {
            format!("can't read the settings file {}: {error}; check the path", path.display())
        });
        let faults = self.faults.iter().map(Faults::to_string);
        let all: Vec<String> = unreadable.chain(faults).chain(self.messages.iter().cloned()).collect();
        f.write_str(&all.join("\n\n"))
    }
}

impl SettingsError {
    /// The number of faults.
    #[cfg(feature = "cli")]
    pub(crate) fn count(&self) -> usize {
        self.faults.iter().map(|faults| faults.list().len()).sum()
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.unreadable.as_ref().map(|(_, error)| error as _)
    }
}

impl SettingsLoader {
    pub(super) fn new(program: &str) -> SettingsLoader {
        let environment = with_prefix(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }));
        let given = |variable: &str| {
            let found = environment.iter().find(|(name, value)| name == variable && !value.is_empty());
            found.map(|(_, value)| (value.clone(), Origin::Variable(variable.into())))
        };
        let file = given("PIPELINE_CONFIG").map(|(path, origin)| (path.into(), origin));
        let profile = given("PIPELINE_PROFILE");
        let program = program.into();
        SettingsLoader { program, file, profile, environment, closed: false, others: Vec::new() }
    }

    /// Sets the file to read, instead of searching for it.
    pub fn file(mut self, path: impl Into<PathBuf>) -> SettingsLoader {
        self.file = Some((path.into(), Origin::Argument("--config")));
        self
    }

    /// Selects a profile of the file.
    pub fn profile(mut self, profile: &str) -> SettingsLoader {
        self.profile = Some((profile.into(), Origin::Argument("--profile")));
        self
    }

    /// Replaces the environment with these variables: `PIPELINE_…`, and those that the file refers to.
    pub fn environment(mut self, variables: &[(&str, &str)]) -> SettingsLoader {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.environment = variables.collect();
        self.environment.sort();
        self.closed = true;
        // Settings from the real environment no longer count.
        let variable = |wanted: &str| self.environment.iter().find(|(name, _)| name == wanted).cloned();
        if self.file.as_ref().is_none_or(|(_, origin)| matches!(origin, Origin::Variable(_))) {
            self.file = variable("PIPELINE_CONFIG").map(|(name, path)| (path.into(), Origin::Variable(name)));
        }
        if self.profile.as_ref().is_none_or(|(_, origin)| matches!(origin, Origin::Variable(_))) {
            self.profile =
                variable("PIPELINE_PROFILE").map(|(name, profile)| (profile, Origin::Variable(name)));
        }
        self
    }

    /// Declares another scenario type of the program: its inputs may be named as well, and are ignored here.
    pub fn beside(mut self, graph: &Arc<Graph>) -> SettingsLoader {
        self.others.push(graph.clone());
        self
    }

    /// Searches for the file of the program: `PROGRAM.toml` in the current directory, beside the program, or in the
    /// folder of its package if cargo runs it.
    fn found(&self) -> Option<PathBuf> {
        let name = format!("{}.toml", self.program);
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join(&name));
        let package = || Some(PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?).join(&name));
        let places: [&dyn Fn() -> Option<PathBuf>; 3] = [&|| Some(PathBuf::from(&name)), &beside, &package];
        // An existing path that can't be read as a file is reported, not skipped: a folder, or a broken link.
        places.into_iter().filter_map(|place| place()).find(|path| path.symlink_metadata().is_ok())
    }

    /// Loads the settings for a program with this scenario type.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or anything in it or in the environment is wrong. The error lists all problems, each
    /// with its line and a caret.
    pub fn load(self, graph: &Graph) -> Result<Settings, SettingsError> {
        let file = self.file.clone().map(|(path, _)| path).or_else(|| self.found());
        let mut error = SettingsError { unreadable: None, faults: Vec::new(), messages: Vec::new() };
        let mut settings =
            Settings { file: file.clone(), scenario_type: graph.name().into(), ..self.defaults() };
        match file {
            None => {
                if let Some((profile, origin)) = &self.profile {
                    let message = format!(
                        "no settings file was found, so there is no profile `{profile}` ({origin}): put `{}.toml` in \
                         the current directory or beside the program, or use `--config FILE`",
                        self.program
                    );
                    error.messages.push(message);
                }
            }
            Some(path) => match crate::data::read_text(&path) {
                Ok(text) => self.add_file(&path, &text, graph, &mut settings, &mut error),
                Err(source) => error.unreadable = Some((path, source)),
            },
        }
        self.add_environment(graph, &mut settings, &mut error);
        let fine = error.unreadable.is_none() && error.faults.is_empty() && error.messages.is_empty();
        if fine { Ok(settings) } else { Err(error) }
    }

    /// The file that is read, or that would be read if it existed.
    #[cfg(feature = "cli")]
    pub(crate) fn path(&self) -> PathBuf {
        let given = self.file.clone().map(|(path, _)| path);
        given.or_else(|| self.found()).unwrap_or_else(|| format!("{}.toml", self.program).into())
    }

    /// The selected profile.
    #[cfg(feature = "cli")]
    pub(crate) fn selected_profile(&self) -> Option<&str> {
        self.profile.as_ref().map(|(profile, _)| profile.as_str())
    }

    /// Checks a text as the content of the settings file. Variables in inputs and in profiles need not be set.
    #[cfg(feature = "cli")]
    pub(crate) fn check(&self, path: &Path, text: &str, graph: &Graph) -> Result<(), SettingsError> {
        let mut error = SettingsError { unreadable: None, faults: Vec::new(), messages: Vec::new() };
        let without_profile = SettingsLoader { profile: None, ..self.clone() };
        without_profile.add_file(path, text, graph, &mut self.defaults(), &mut error);
        if error.faults.is_empty() { Ok(()) } else { Err(error) }
    }

    /// The default settings.
    fn defaults(&self) -> Settings {
        Settings {
            file: None,
            profile: self.profile.clone().map(|(value, origin)| Setting { value, origin }),
            store: Setting { value: nearest_store(), origin: Origin::Default },
            scenario: Setting { value: "default".into(), origin: Origin::Default },
            workers: Setting {
                value: std::thread::available_parallelism().map_or(1, usize::from),
                origin: Origin::Default,
            },
            memory: Setting { value: MEMORY, origin: Origin::Default },
            log: Setting { value: LogLevel::default(), origin: Origin::Default },
            rehash_after: Setting { value: REHASH_AFTER, origin: Origin::Default },
            recheck: Setting { value: 0.0, origin: Origin::Default },
            inputs: Vec::new(),
            scenario_type: String::new(),
            resources: Resources::default(),
        }
    }

    /// Warnings about variables whose names look like typos, as sentences.
    pub fn warnings(&self) -> Vec<String> {
        environment::typos(&self.environment)
    }

    fn lookup(&self, name: &str) -> Option<String> {
        // Variables with the prefix were already read; others are looked up when the file refers to them.
        let known = self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        known.or_else(|| if self.closed { None } else { std::env::var(name).ok() })
    }

    fn add_file(
        &self,
        path: &Path,
        text: &str,
        graph: &Graph,
        settings: &mut Settings,
        error: &mut SettingsError,
    ) {
        let name = path.display().to_string();
        let source = SourceText::new(&*name, text);
        let folder = path.parent().unwrap_or(Path::new(""));
        let selected = self.profile.as_ref().map(|(profile, _)| profile.as_str());
        let mut reader = Reader::new(&source);
        let layers = layer::read(&source, folder, &|name| self.lookup(name), selected, &mut reader);
        let broken = reader.broken().to_vec();
        let mut faults = reader.into_faults();
        let profiles = layers.profiles.iter().map(|(name, _)| name.text.as_str());
        if let Some((profile, origin)) = &self.profile
            && !profiles.clone().any(|name| name == profile)
        {
            let hint = suggestion(profile, profiles);
            error.messages.push(format!("{name} has no profile `{profile}` ({origin}){hint}"));
        }
        // All profiles are checked, but only the selected one is applied.
        self.check_inputs(&layers.base, graph, &mut faults);
        layers.profiles.iter().for_each(|(_, layer)| self.check_inputs(layer, graph, &mut faults));
        if !faults.is_empty() {
            let mut hidden: Vec<&str> = secrets(graph).collect();
            if !hidden.is_empty() {
                // An unknown input may be a secret with a typo in its name, so its value is hidden.
                let all = layers.profiles.iter().map(|(_, layer)| layer).chain([&layers.base]);
                let named = all.flat_map(|layer| &layer.inputs).map(|(setting, _)| setting.node.as_str());
                hidden.extend(named.filter(|name| graph.node(name).is_none_or(|node| !node.is_input())));
            }
            let inputs = graph.nodes().iter().filter(|node| node.is_input() && !node.is_secret());
            let plain: Vec<&str> = inputs.map(Node::name).chain(LAYER.iter().map(|key| key.name)).collect();
            let shown = masked(text, &hidden, &broken, &plain);
            error.faults.push(Faults::new(SourceText::new(name, shown), faults));
        }
        apply(settings, layers.base);
        for (_, layer) in layers.profiles.into_iter().filter(|(name, _)| Some(name.text.as_str()) == selected)
        {
            apply(settings, layer);
        }
    }

    /// Checks that the inputs of a layer exist, and that their values have the right types.
    fn check_inputs(&self, layer: &Layer, graph: &Graph, faults: &mut Vec<Fault>) {
        let is_input = |graph: &Graph, name: &str| graph.node(name).is_some_and(Node::is_input);
        for (setting, Place { name, value }) in &layer.inputs {
            let Some(node) = graph.node(&setting.node).filter(|node| node.is_input()) else {
                if !self.others.iter().any(|other| is_input(other, &setting.node)) {
                    let inputs = graph.nodes().iter().filter(|node| node.is_input()).map(Node::name);
                    let hint = suggestion(&setting.node, inputs);
                    let message =
                        format!("scenario type `{}` has no input `{}`{hint}", graph.name(), setting.node);
                    faults.push(Fault { span: name.clone(), message });
                }
                continue;
            };
            // A missing variable is only an error if the input is used.
            if matches!(setting.value, InputValue::Unset(_)) {
                continue;
            }
            if let Err(why) = setting.value(node) {
                let (name, ty) = (node.name(), node.type_text());
                let message = match node.is_secret() {
                    true => format!("{SECRET} is not a valid `{ty}` for input `{name}`"),
                    false => {
                        format!("`{}` is not a valid `{ty}` for input `{name}`: {why}", setting.value.text())
                    }
                };
                faults.push(Fault { span: value.clone(), message });
            }
        }
    }

    fn add_environment(&self, graph: &Graph, settings: &mut Settings, error: &mut SettingsError) {
        let variables = with_prefix(self.environment.iter().cloned());
        // The variable of an unknown input may be that of a secret with a typo in its name, so its value is hidden.
        let plain = |variable: &str| {
            let mut inputs = graph.nodes().iter().filter(|node| node.is_input() && !node.is_secret());
            inputs.any(|node| environment::variable_of(node.name()) == variable)
        };
        let secret = |variable: &str| variable.starts_with(environment::INPUT) && !plain(variable);
        let (source, places) = environment::source(&variables, secret);
        let elsewhere = |variable: &str| {
            let nodes = self.others.iter().flat_map(|graph| graph.nodes()).filter(|node| node.is_input());
            nodes.map(Node::name).any(|node| environment::variable_of(node) == variable)
        };
        let mut faults = Vec::new();
        let layer = environment::layer(&variables, &places, graph, elsewhere, &mut faults);
        self.check_inputs(&layer, graph, &mut faults);
        if !faults.is_empty() {
            error.faults.push(Faults::new(source, faults));
        }
        apply(settings, layer);
    }
}

/// The inputs whose values are never shown.
fn secrets(graph: &Graph) -> impl Iterator<Item = &str> {
    graph.nodes().iter().filter(|node| node.is_secret()).map(Node::name)
}

/// Applies the settings of a layer, which override earlier ones.
fn apply(settings: &mut Settings, layer: Layer) {
    fn put<T>(setting: &mut Setting<T>, new: Option<Setting<T>>) {
        if let Some(new) = new {
            *setting = new;
        }
    }
    let Layer { store, scenario, workers, memory, log, rehash_after, recheck, inputs } = layer;
    put(&mut settings.store, store);
    put(&mut settings.scenario, scenario);
    put(&mut settings.workers, workers);
    put(&mut settings.memory, memory);
    put(&mut settings.log, log);
    put(&mut settings.rehash_after, rehash_after);
    put(&mut settings.recheck, recheck);
    // Within a layer, values for one scenario override values for all scenarios.
    let (all, single): (Vec<_>, Vec<_>) =
        inputs.into_iter().map(|(setting, _)| setting).partition(|setting| setting.scenario.is_none());
    settings.inputs.extend(all);
    settings.inputs.extend(single);
}

/// The default store: the one in the current directory, or the nearest one in a folder around it, as with git.
fn nearest_store() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let mut around = here.ancestors().skip(1).map(|folder| folder.join(STORE));
    match Path::new(STORE).exists() {
        true => STORE.into(),
        false => around.find(|store| store.join("FORMAT").is_file()).unwrap_or_else(|| STORE.into()),
    }
}
