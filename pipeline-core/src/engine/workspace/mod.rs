//! The workspace of a call: the store, the values in memory, and the functions of this program.

pub(crate) mod context;
pub(crate) mod log;
#[cfg(feature = "cli")]
pub(crate) mod printed;
pub(crate) mod value_cache;
pub(crate) mod values;

use crate::data::{DataError, DataType, Value};
use crate::engine::error::EngineError;
use crate::engine::job::spec::JobSpec;
use crate::graph::{Arguments, Outputs, Resources, TaskDef, TaskFailure};
use crate::store::{Blob, Damaged, Hash, Integrity, Lease, ResultStore, StoreError};
use std::fmt;
use std::sync::Arc;
use values::Values;

/// A function that replaces that of a task.
pub(crate) type Replaced = Arc<dyn Fn(&Arguments) -> Result<Outputs, TaskFailure> + Send + Sync>;

/// The function that a job calls.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) task: &'static TaskDef,
    /// The function to call instead of the task's.
    pub(crate) replaced: Option<Replaced>,
}

impl Function {
    pub(crate) fn call(&self, arguments: &Arguments) -> Result<Outputs, TaskFailure> {
        match &self.replaced {
            None => (self.task.run)(arguments),
            Some(function) => function(arguments),
        }
    }
}

/// What a call uses. A call has no access to graphs, scenarios or the registry.
pub struct Workspace<'a> {
    pub(crate) results: &'a ResultStore,
    /// Holds the objects that the call reads and makes.
    pub(crate) lease: Arc<Lease>,
    pub(crate) values: &'a Values<'a>,
    /// The resources that the program provides.
    pub(crate) resources: &'a Resources,
    /// Objects last read before this time are read again, in microseconds since 1970.
    pub(crate) since: i64,
    /// Looks up the function of a job.
    pub(crate) function: &'a (dyn Fn(&JobSpec) -> Option<Function> + Sync),
}

impl fmt::Debug for Workspace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace({})", self.results.place().display())
    }
}

/// A value can't be opened.
pub(crate) struct OpenFailure {
    pub(crate) error: EngineError,
    /// Its object, if it exists and is damaged.
    pub(crate) damaged: Option<Damaged>,
}

impl<E> From<E> for OpenFailure
where
    EngineError: From<E>,
{
    fn from(error: E) -> OpenFailure {
        OpenFailure { error: error.into(), damaged: None }
    }
}

/// Returns the value of this type in an object: from memory if this process still has it there.
pub(crate) fn open(
    results: &ResultStore,
    values: &Values<'_>,
    since: i64,
    data: &DataType,
    object: &Blob,
) -> Result<Value, OpenFailure> {
    let (objects, hash) = (&results.objects, object.hash());
    let gone = |hash: Hash, integrity| OpenFailure {
        error: StoreError::ObjectGone { hash }.into(),
        damaged: (integrity == Integrity::Damaged).then(|| objects.damaged(hash)),
    };
    // The store is checked even if the value is in memory, so a missing object is reported.
    let ensure_intact = |hash, integrity| match integrity {
        Integrity::Intact => Ok(()),
        other => Err(gone(hash, other)),
    };
    ensure_intact(hash, objects.integrity(&hash, since)?)?;
    if let Some(value) = values.get(&hash, data) {
        return Ok(value);
    }
    let load = || -> Result<Value, OpenFailure> {
        if data.scanned {
            ensure_intact(hash, objects.integrity_for_scan(&hash, since)?)?;
            for further in (data.further)(object)? {
                object.lease().hold(&further)?;
                ensure_intact(further, objects.integrity_for_scan(&further, since)?)?;
            }
        }
        Ok((data.load)(object)?)
    };
    let value = match load() {
        // An object that was just removed by garbage collection is not damaged.
        Err(OpenFailure { error: EngineError::Data(DataError::Missing { hash }), .. }) => {
            return Err(gone(hash, objects.check(&hash)?));
        }
        loaded => loaded?,
    };
    if let Some(stamp) = objects.stamp(&hash)? {
        values.keep(&hash, data, &value, stamp.size);
    }
    Ok(value)
}
