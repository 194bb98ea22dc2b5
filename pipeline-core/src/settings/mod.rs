//! Floor 4: what a program is set to, by a file and the environment.
//!
//! Layers, of which later ones win: what `scenario!` says < the file < one of its profiles < the environment < what is
//! set on the command line, or was written to the scenario in its store. Every value knows where it comes from.
//!
//! | module | is about |
//! | --- | --- |
//! | `keys` | the keys of the file: what is read, suggested, and said by its schema |
//! | `layer` | what one layer says; the file and its profiles |
//! | `environment` | the variables `PIPELINE_…` |
//! | `variables` | `"${VAR}"` inside of texts |
//! | `load` | from all layers to [`Settings`], with everything that is wrong |

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
use crate::graph::Node;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the store is unless it is said: in this folder, or in the nearest around it that has one.
pub(crate) const STORE: &str = ".pipeline";

/// After what age files and objects are read again, unless it is said: 30 days.
pub(crate) const REHASH_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a program is set to.
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
    /// The file that was read, where there is one.
    pub file: Option<PathBuf>,
    /// The profile that was taken, where one was.
    pub profile: Option<Setting<String>>,
    /// The directory of the store.
    pub store: Setting<PathBuf>,
    /// The scenario to work on.
    pub scenario: Setting<String>,
    /// How many tasks may run at the same time.
    pub workers: Setting<usize>,
    /// How many bytes of values are kept in memory between submissions.
    pub memory: Setting<u64>,
    /// What of that which tasks say is kept.
    pub log: Setting<LogLevel>,
    /// After what age files and objects are read again although they look the same; see [`crate::Store::rehash_after`].
    pub rehash_after: Setting<Duration>,
    /// The share of a run's time for calling tasks whose results are known; see [`crate::Submit::recheck`].
    pub recheck: Setting<f64>,
    /// Values of inputs; the last that fits wins.
    pub(crate) inputs: Vec<InputSetting>,
    /// The scenario type whose inputs these are.
    pub(crate) scenario_type: String,
}

/// A value, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A file.
    File {
        /// File, line and column.
        place: String,
        /// The profile that it is in.
        profile: Option<String>,
    },
    /// A variable of the environment.
    Variable(String),
    /// An argument of the program.
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

/// A value for an input, by a file or the environment.
#[derive(Debug, Clone)]
pub(crate) struct InputSetting {
    /// For this scenario; for all without one.
    pub(crate) scenario: Option<String>,
    pub(crate) node: String,
    pub(crate) value: InputValue,
    pub(crate) origin: Origin,
    /// From where a relative path is taken.
    folder: Option<PathBuf>,
}

/// What is said about an input.
#[derive(Clone)]
pub(crate) enum InputValue {
    /// A value of TOML.
    Toml(toml::Value),
    /// A text as a person types it: from a variable.
    Typed(String),
    /// A variable that is not set, with what to do: it is only needed when the input is.
    Unset(String),
}

// It may be a secret.
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
    /// The value for the node.
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
    /// Begins to load the settings of the program with this name, which that of its file follows.
    pub fn of(program: &str) -> SettingsLoader {
        SettingsLoader::new(program)
    }

    /// What is set for an input of a scenario.
    pub(crate) fn input(&self, scenario: &str, node: &str) -> Option<&InputSetting> {
        let fits = |setting: &&InputSetting| {
            setting.node == node && setting.scenario.as_deref().is_none_or(|name| name == scenario)
        };
        self.inputs.iter().rev().find(fits)
    }

    /// The same for a scenario of this type.
    pub(crate) fn input_of(&self, ty: &str, scenario: &str, node: &str) -> Option<&InputSetting> {
        if self.scenario_type == ty { self.input(scenario, node) } else { None }
    }

    /// Where the value of an input of a scenario comes from, unless it was written to the scenario in its store.
    pub fn origin_of(&self, scenario: &str, node: &str) -> Origin {
        self.input(scenario, node).map_or(Origin::Default, |setting| setting.origin.clone())
    }
}

#[cfg(test)]
mod tests;
