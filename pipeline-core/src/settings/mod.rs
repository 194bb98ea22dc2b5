//! Floor 4: settings of a program, from a file and the environment.
//!
//! Settings come in layers, and later layers override earlier ones: `scenario!` < the file < one of its profiles < the
//! environment < the command line, or the value written to the scenario in its store. Each value records its origin.
//!
//! | module | content |
//! | --- | --- |
//! | `keys` | the keys of the file, for reading, suggestions and the schema |
//! | `layer` | one layer of settings; the layers of a file |
//! | `environment` | the variables `PIPELINE_…` |
//! | `variables` | `"${VAR}"` inside strings |
//! | `load` | combines all layers into [`Settings`], with all problems |

#[cfg(feature = "cli")]
mod edit;
mod environment;
pub(crate) mod keys;
mod layer;
mod load;
mod secret;
mod variables;

#[cfg(feature = "cli")]
pub(crate) use edit::set_in_file;
pub(crate) use environment::variable_of;
pub use load::{SettingsError, SettingsLoader};

use crate::data::Value;
pub use crate::engine::LogLevel;
use crate::graph::{Node, Resources};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The default directory of the store, in the current directory or in the nearest folder around it that has one.
pub(crate) const STORE: &str = ".pipeline";

/// The default age after which files and objects are read again: 30 days.
pub(crate) const REHASH_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The settings of a program.
///
/// ```
/// use skipstone::{ScenarioType, Settings, Store, scenario, task};
///
/// #[task(skippable)]
/// fn double(x: f64) -> f64 {
///     2.0 * x
/// }
///
/// scenario! {
///     Doubling {
///         input x: f64 = 1.0;
///         doubled = double(x);
///     }
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("doubling.toml");
/// # std::fs::write(&file, "store = \"store\"\nscenarios.what-if.inputs.x = 5\n")?;
/// // In the file: scenarios.what-if.inputs.x = 5
/// let settings = Settings::of("doubling").file(file).load(Doubling::graph())?;
/// let store = Store::open_with(&settings)?;
/// let scenario = Doubling::create(&store, "what-if")?;
/// scenario.submit()?;
/// assert_eq!(scenario.doubled.read()?, 10.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// The selected profile, if any.
    pub profile: Option<Setting<String>>,
    /// The directory of the store.
    pub store: Setting<PathBuf>,
    /// The scenario to work on.
    pub scenario: Setting<String>,
    /// The maximum number of tasks that run at the same time.
    pub workers: Setting<usize>,
    /// The maximum size of the values that are kept in memory between submissions, in bytes.
    pub memory: Setting<u64>,
    /// The minimum level of the task log messages to keep.
    pub log: Setting<LogLevel>,
    /// The age after which files and objects are read again although they look unchanged; see
    /// [`crate::Store::rehash_after`].
    pub rehash_after: Setting<Duration>,
    /// The share of a run's time for calling tasks with known results again; see [`crate::Submit::recheck`].
    pub recheck: Setting<f64>,
    /// Values of inputs; the last one that applies wins.
    pub(crate) inputs: Vec<InputSetting>,
    /// The scenario type whose inputs these are.
    pub(crate) scenario_type: String,
    /// The resources that the program provides.
    pub(crate) resources: Resources,
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The value's origin.
    pub origin: Origin,
}

/// The origin of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The default: no layer sets a value.
    Default,
    /// A file.
    File {
        /// File, line and column.
        place: String,
        /// The profile that contains it.
        profile: Option<String>,
    },
    /// An environment variable.
    Variable(String),
    /// A command-line argument.
    Argument(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { place, profile: None } => f.write_str(place),
            Origin::File { place, profile: Some(profile) } => write!(f, "{place}, profile `{profile}`"),
            Origin::Variable(name) => write!(f, "environment, {name}"),
            Origin::Argument(name) => f.write_str(name),
        }
    }
}

/// A value for an input, set by a file or the environment.
#[derive(Debug, Clone)]
pub(crate) struct InputSetting {
    /// The scenario that it applies to; `None` for all scenarios.
    pub(crate) scenario: Option<String>,
    pub(crate) node: String,
    pub(crate) value: InputValue,
    pub(crate) origin: Origin,
    /// The folder that relative paths start at.
    folder: Option<PathBuf>,
}

/// The form in which a value is set.
#[derive(Clone)]
pub(crate) enum InputValue {
    /// A TOML value.
    Toml(toml::Value),
    /// A string as a user types it, from an environment variable.
    Typed(String),
    /// A variable that is not set, with a message that says what to do. It is only an error if the input is used.
    Unset(String),
}

// Omits the value, which may be a secret.
impl fmt::Debug for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InputValue(..)")
    }
}

impl InputValue {
    fn text(&self) -> String {
        match self {
            InputValue::Toml(value) => value.to_string(),
            InputValue::Typed(text) => text.clone(),
            InputValue::Unset(_) => String::new(),
        }
    }
}

impl InputSetting {
    /// Parses the value for the node.
    pub(crate) fn value(&self, node: &Node) -> Result<Value, String> {
        let path = |text: &str| match &self.folder {
            Some(folder) if Path::new(text).is_relative() => folder.join(text).to_string_lossy().into_owned(),
            _ => text.to_owned(),
        };
        let shape = (node.data.shape)();
        match &self.value {
            InputValue::Toml(value) => (node.data.from_toml)(&shape.with_paths(value.clone(), &path)),
            InputValue::Typed(text) => (node.data.parse)(&shape.with_typed_paths(text, &path)),
            InputValue::Unset(message) => Err(message.clone()),
        }
    }
}

impl Settings {
    /// Begins to load the settings of the program with this name, which also determines the name of its file.
    pub fn of(program: &str) -> SettingsLoader {
        SettingsLoader::new(program)
    }

    /// Provides a resource to all submissions of a store that is opened with these settings; see
    /// [`Store::provide`](crate::Store::provide).
    pub fn provide<T: Send + Sync + 'static>(&mut self, resource: T) {
        self.resources.provide(resource);
    }

    /// The setting for an input of a scenario.
    pub(crate) fn input(&self, scenario: &str, node: &str) -> Option<&InputSetting> {
        let fits = |setting: &&InputSetting| {
            setting.node == node && setting.scenario.as_deref().is_none_or(|name| name == scenario)
        };
        self.inputs.iter().rev().find(fits)
    }

    /// The setting for an input of a scenario, if the scenario has this type.
    pub(crate) fn input_of(&self, ty: &str, scenario: &str, node: &str) -> Option<&InputSetting> {
        if self.scenario_type == ty { self.input(scenario, node) } else { None }
    }

    /// The origin of an input's value in a scenario, unless the value was written to the scenario in its store.
    pub fn origin_of(&self, scenario: &str, node: &str) -> Origin {
        self.input(scenario, node).map_or(Origin::Default, |setting| setting.origin.clone())
    }
}

#[cfg(test)]
mod tests;
