//! Floor 5: what users hold.
//!
//! A [`Store`] has scenarios; a scenario, made by `scenario!` or from a graph, is an [`Instance`]
//! with a handle for each node; submitting it gives a [`Run`].

mod handle;
mod in_memory;
mod instance;
mod run;
mod store;
mod submit;
mod typed;

pub(crate) use handle::Handle;
pub use handle::handle;
pub use handle::{Input, Output};
pub use in_memory::{InMemory, Values};
pub use instance::Instance;
#[cfg(feature = "cli")]
pub(crate) use instance::Overrides;
pub use run::{Run, RunFailed, RunStatus};
pub use store::Store;
pub use submit::Submit;
pub use typed::{GivenInputs, Scenario, ScenarioParts};

#[cfg(test)]
mod tests;
