//! Resources: what a task uses that is not data, such as a client, a pool of connections or a credential.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A resource of a task: a parameter `&Resource<T>` that is not a node.
///
/// A call in a scenario does not name it. The program provides one value for each type, for all submissions of a store
/// ([`Store::provide`](crate::Store::provide)) or for one of them ([`Submit::provide`](crate::Submit::provide)). It is never
/// stored and never in a key: so the task must not be skippable, or have a `version` that changes when the resource would
/// give other answers.
///
/// ```
/// use skipstone::{Resource, scenario, task, testing};
///
/// /// A client of a service.
/// struct Rates(f64);
///
/// #[task]
/// fn converted(amount: f64, rates: &Resource<Rates>) -> f64 {
///     amount * rates.0
/// }
///
/// scenario! { pub Sale { input amount: f64 = 10.0; euros = converted(amount); } }
///
/// let store = testing::store();
/// store.provide(Rates(0.5));
/// let sale = Sale::create(&store, "a")?;
/// sale.submit()?;
/// assert_eq!(sale.euros.read()?, 5.0);
/// // A test of the function alone needs no store.
/// assert_eq!(converted(10.0, &Resource::new(Rates(2.0))), 20.0);
/// # Ok::<(), skipstone::Error>(())
/// ```
pub struct Resource<T>(Arc<T>);

impl<T> Resource<T> {
    /// Makes a resource, for a call of a task's function.
    pub fn new(value: T) -> Resource<T> {
        Resource(Arc::new(value))
    }
}

impl<T> Deref for Resource<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Resource<T> {
    fn clone(&self) -> Resource<T> {
        Resource(self.0.clone())
    }
}

impl<T> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource<{}>", std::any::type_name::<T>())
    }
}

/// The resource that a parameter takes.
#[derive(Clone, Copy)]
pub struct ResourceDef {
    id: fn() -> TypeId,
    pub(crate) name: fn() -> String,
}

/// Describes a resource.
#[doc(hidden)]
pub const fn resource_of<T: Send + Sync + 'static>() -> ResourceDef {
    ResourceDef { id: TypeId::of::<T>, name: crate::data::short_type_name::<T> }
}

/// The resources that a program provides, one of each type.
#[derive(Clone, Default)]
pub(crate) struct Resources(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Resources {
    /// Adds a resource, or replaces the one of its type.
    pub(crate) fn provide<T: Send + Sync + 'static>(&mut self, value: T) {
        Arc::make_mut(&mut self.0).insert(TypeId::of::<T>(), Arc::new(Resource::new(value)));
    }

    /// The resources, with those of `other` in place of ones of the same type.
    pub(crate) fn with(&self, other: &Resources) -> Resources {
        let mut all = self.clone();
        if !other.0.is_empty() {
            let others = other.0.iter().map(|(id, resource)| (*id, resource.clone()));
            Arc::make_mut(&mut all.0).extend(others);
        }
        all
    }

    pub(crate) fn has(&self, resource: &ResourceDef) -> bool {
        self.0.contains_key(&(resource.id)())
    }

    pub(super) fn get<T: 'static>(&self) -> Option<&Resource<T>> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resources({})", self.0.len())
    }
}

/// The error of a task without its resource.
#[derive(Debug)]
pub(super) struct NotProvided {
    /// The type of the resource.
    pub(super) ty: String,
}

impl fmt::Display for NotProvided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it needs a resource of type `{}`: provide one with `Store::provide` or `Submit::provide`",
            self.ty
        )
    }
}

impl std::error::Error for NotProvided {}
