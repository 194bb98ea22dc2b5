//! From all layers to [`Settings`].

use super::environment::{self, concerning};
use super::keys::LAYER;
use super::layer::{self, Layer, Place};
use super::secret::masked;
use super::{InputValue, LogLevel, Origin, REHASH_AFTER, STORE, Setting, Settings};
use crate::graph::{Graph, Node, SECRET};
use skipstone_wiring::{Fault, Faults, Reader, SourceText, suggestion};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many bytes of values are kept in memory unless it is said.
const MEMORY: u64 = 64 << 20;

/// Settings that are about to be loaded; made by [`Settings::of`].
#[derive(Clone)]
pub struct SettingsLoader {
    program: String,
    file: Option<(PathBuf, Origin)>,
    profile: Option<(String, Origin)>,
    environment: Vec<(String, String)>,
    /// Whether the variables above are all that there are.
    closed: bool,
    /// Other scenario types of the program, whose inputs may be named, too.
    others: Vec<Arc<Graph>>,
}

// The environment may hold secrets.
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

/// Settings that can't be used: everything that is wrong.
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
    /// How much is wrong.
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
        let environment = concerning(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        }));
        let given = |wanted: &str| {
            let found = environment.iter().find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| (value.clone(), Origin::Variable(wanted.into())))
        };
        let file = given("PIPELINE_CONFIG").map(|(path, origin)| (path.into(), origin));
        let profile = given("PIPELINE_PROFILE");
        let program = program.into();
        SettingsLoader { program, file, profile, environment, closed: false, others: Vec::new() }
    }

    /// Reads this file, and not the one that is found.
    pub fn file(mut self, path: impl Into<PathBuf>) -> SettingsLoader {
        self.file = Some((path.into(), Origin::Argument("--config")));
        self
    }

    /// Takes this profile of the file.
    pub fn profile(mut self, profile: &str) -> SettingsLoader {
        self.profile = Some((profile.into(), Origin::Argument("--profile")));
        self
    }

    /// Takes these variables for the environment: `PIPELINE_…`, and those that the file names.
    pub fn environment(mut self, variables: &[(&str, &str)]) -> SettingsLoader {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.environment = variables.collect();
        self.environment.sort();
        self.closed = true;
        // What the real environment said is not said here.
        let said = |wanted: &str| self.environment.iter().find(|(name, _)| name == wanted).cloned();
        if self.file.as_ref().is_none_or(|(_, origin)| matches!(origin, Origin::Variable(_))) {
            self.file = said("PIPELINE_CONFIG").map(|(name, path)| (path.into(), Origin::Variable(name)));
        }
        if self.profile.as_ref().is_none_or(|(_, origin)| matches!(origin, Origin::Variable(_))) {
            self.profile = said("PIPELINE_PROFILE").map(|(name, profile)| (profile, Origin::Variable(name)));
        }
        self
    }

    /// Says that the program has scenarios of this type, too: their inputs may be named, and don't count here.
    pub fn beside(mut self, graph: &Arc<Graph>) -> SettingsLoader {
        self.others.push(graph.clone());
        self
    }

    /// The file of the program, where there is one: `PROGRAM.toml` in the current directory, or beside the program,
    /// or in the folder of its package when cargo runs it.
    fn found(&self) -> Option<PathBuf> {
        let name = format!("{}.toml", self.program);
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join(&name));
        let package = || Some(PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?).join(&name));
        let places: [&dyn Fn() -> Option<PathBuf>; 3] = [&|| Some(PathBuf::from(&name)), &beside, &package];
        // What is there and can't be read is said, not passed over: a folder, a link to nowhere.
        places.into_iter().filter_map(|place| place()).find(|path| path.symlink_metadata().is_ok())
    }

    /// What all layers say, for a program of this scenario type.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or anything in it or in the environment is wrong: the error says everything that
    /// is, each with its line and a caret.
    pub fn load(self, graph: &Graph) -> Result<Settings, SettingsError> {
        let file = self.file.clone().map(|(path, _)| path).or_else(|| self.found());
        let mut error = SettingsError { unreadable: None, faults: Vec::new(), messages: Vec::new() };
        let mut settings =
            Settings { file: file.clone(), scenario_type: graph.name().into(), ..self.defaults() };
        match file {
            None => {
                if let Some((profile, origin)) = &self.profile {
                    let message = format!(
                        "there is no settings file, and so no profile `{profile}` ({origin}): `{}.toml` is looked for in \
                         the current directory and beside the program, or say `--config FILE`",
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

    /// The file that is read, or would be if it were there.
    #[cfg(feature = "cli")]
    pub(crate) fn path(&self) -> PathBuf {
        let given = self.file.clone().map(|(path, _)| path);
        given.or_else(|| self.found()).unwrap_or_else(|| format!("{}.toml", self.program).into())
    }

    /// The profile that is taken.
    #[cfg(feature = "cli")]
    pub(crate) fn wanted_profile(&self) -> Option<&str> {
        self.profile.as_ref().map(|(profile, _)| profile.as_str())
    }

    /// What is wrong with a text as the file; variables need not be set.
    #[cfg(feature = "cli")]
    pub(crate) fn check(&self, path: &Path, text: &str, graph: &Graph) -> Result<(), SettingsError> {
        let mut error = SettingsError { unreadable: None, faults: Vec::new(), messages: Vec::new() };
        // As a profile that is not taken.
        let idle = SettingsLoader { profile: None, closed: true, ..self.clone() };
        idle.add_file(path, text, graph, &mut self.defaults(), &mut error);
        if error.faults.is_empty() { Ok(()) } else { Err(error) }
    }

    /// What there is before anybody says anything.
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
        }
    }

    /// What may be meant but looks like a slip, as sentences.
    pub fn warnings(&self) -> Vec<String> {
        environment::doubtful(&self.environment)
    }

    fn lookup(&self, name: &str) -> Option<String> {
        // Those that concern the pipeline are there; others are asked for when they are named.
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
        let wanted = self.profile.as_ref().map(|(wanted, _)| wanted.as_str());
        let mut reader = Reader::new(&source);
        let layers = layer::read(&source, folder, &|name| self.lookup(name), wanted, &mut reader);
        let broken = reader.broken().to_vec();
        let mut faults = reader.into_faults();
        let profiles = layers.profiles.iter().map(|(name, _)| name.text.as_str());
        if let Some((wanted, origin)) = &self.profile
            && !profiles.clone().any(|name| name == wanted)
        {
            let hint = suggestion(wanted, profiles);
            error.messages.push(format!("{name} has no profile `{wanted}` ({origin}){hint}"));
        }
        // Every profile is checked, and one of them is taken.
        self.check_inputs(&layers.base, graph, &mut faults);
        layers.profiles.iter().for_each(|(_, layer)| self.check_inputs(layer, graph, &mut faults));
        if !faults.is_empty() {
            let mut hidden: Vec<&str> = secrets(graph).collect();
            if !hidden.is_empty() {
                // Of what is no input nobody knows whether it is a secret with a slip in its name.
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
        for (_, layer) in layers.profiles.into_iter().filter(|(name, _)| Some(name.text.as_str()) == wanted) {
            apply(settings, layer);
        }
    }

    /// Whether the values of a layer are those of inputs.
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
            // A variable is only needed when the input is.
            if matches!(setting.value, InputValue::Unset(_)) {
                continue;
            }
            if let Err(why) = setting.value(node) {
                let (name, ty) = (node.name(), node.type_text());
                let message = match node.is_secret() {
                    true => format!("input `{name}` is a `{ty}`, and {SECRET} is none"),
                    false => {
                        format!("input `{name}` is a `{ty}`, and `{}` is none: {why}", setting.value.text())
                    }
                };
                faults.push(Fault { span: value.clone(), message });
            }
        }
    }

    fn add_environment(&self, graph: &Graph, settings: &mut Settings, error: &mut SettingsError) {
        let variables = concerning(self.environment.iter().cloned());
        // Of what is no input nobody knows whether it is a secret with a slip in its name.
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

/// Sets what a layer says.
fn apply(settings: &mut Settings, layer: Layer) {
    fn put<T>(setting: &mut Setting<T>, said: Option<Setting<T>>) {
        if let Some(said) = said {
            *setting = said;
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
    // What is set for one scenario comes before what is set for all, within a layer.
    let (all, single): (Vec<_>, Vec<_>) =
        inputs.into_iter().map(|(setting, _)| setting).partition(|setting| setting.scenario.is_none());
    settings.inputs.extend(all);
    settings.inputs.extend(single);
}

/// Where the store is that nobody named: that of the project, which may be in a folder around this one, as with git.
fn nearest_store() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let mut around = here.ancestors().skip(1).map(|folder| folder.join(STORE));
    match Path::new(STORE).exists() {
        true => STORE.into(),
        false => around.find(|store| store.join("FORMAT").is_file()).unwrap_or_else(|| STORE.into()),
    }
}
