//! The types that `scenario!` makes.

use super::inputs::input_row;
use super::{Instance, Store};
use crate::graph::Graph;
use crate::registry::InputRow;
use crate::scenario::error::Result;
use crate::store::Lease;
use std::sync::Arc;

/// A type made by `scenario!`.
pub trait ScenarioType: ScenarioParts {
    /// What the scenario is.
    fn graph() -> &'static Arc<Graph>;

    #[doc(hidden)]
    fn create_with(store: &Store, name: &str, required: Self::Required) -> Result<Self> {
        // Until the registry has the values, nobody may collect them.
        let lease = store.lease();
        let given = GivenInputs::collect::<Self>(store, required, &lease)?;
        Instance::create_with(store, Self::graph(), name, &given).map(Self::from_instance)
    }

    #[doc(hidden)]
    fn duplicate_of(instance: &Instance, name: &str) -> Result<Self> {
        instance.duplicate(name).map(Self::from_instance)
    }

    #[doc(hidden)]
    fn open_existing(store: &Store, name: &str) -> Result<Self> {
        Instance::open(store, Self::graph(), name).map(Self::from_instance)
    }

    #[doc(hidden)]
    fn open_or_create_with(store: &Store, name: &str, required: Self::Required) -> Result<Self> {
        let lease = store.lease();
        let mut required = Some(required);
        let mut inputs = Vec::new();
        let mut given = || {
            if let Some(required) = required.take() {
                inputs = GivenInputs::collect::<Self>(store, required, &lease)?;
            }
            Ok(inputs.clone())
        };
        Instance::open_or_create_with(store, Self::graph(), name, &mut given).map(Self::from_instance)
    }
}

/// What only an expansion can know of a scenario.
#[doc(hidden)]
pub trait ScenarioParts: Sized {
    /// The inputs without a default.
    type Required;

    /// Hands the required inputs over, one by one.
    fn give(required: Self::Required, values: &mut GivenInputs<'_>) -> Result<()>;

    /// Wraps the instance.
    fn from_instance(instance: Instance) -> Self;
}

/// Values for required inputs, on their way into the store.
#[doc(hidden)]
pub struct GivenInputs<'a> {
    store: &'a Store,
    lease: &'a Lease,
    graph: &'static Graph,
    rows: Vec<InputRow>,
}

impl GivenInputs<'_> {
    fn collect<S: ScenarioType>(
        store: &Store,
        required: S::Required,
        lease: &Lease,
    ) -> Result<Vec<InputRow>> {
        let mut given = GivenInputs { store, lease, graph: S::graph(), rows: Vec::new() };
        S::give(required, &mut given)?;
        Ok(given.rows)
    }

    /// Takes one value.
    pub fn set<T: Send + Sync + 'static>(&mut self, node: &str, value: T) -> Result<()> {
        let found = self.graph.node(node).unwrap_or_else(|| unreachable!("a required input is a node"));
        self.rows.push(input_row(self.store, found, &(found.data.round_trip)(Box::new(value))?, self.lease)?);
        Ok(())
    }
}
