//! Migration of an input's value from an earlier type to the current one.

use crate::data::{DataError, DataType, Storable, Value, short_type_name};
use std::fmt;
use std::sync::Arc;

/// Converts a value of an earlier type to the current type of an input.
#[derive(Clone)]
pub(crate) struct Migration {
    /// The earlier type.
    pub(crate) from: DataType,
    apply: Apply,
}

type Apply = Arc<dyn Fn(&Value) -> Result<Value, DataError> + Send + Sync>;

impl Migration {
    /// Creates a migration to the type `to`, which describes `New`.
    pub(super) fn new<Old, By: 'static, New: Send + Sync + 'static, M: Migrated<New>>(
        to: DataType,
        function: impl Fn(Old) -> M + Send + Sync + 'static,
    ) -> Migration
    where
        Old: Storable<By> + Clone,
    {
        let apply = move |value: &Value| {
            let old = value.get::<Old>().cloned();
            let old = old.unwrap_or_else(|| unreachable!("a migration gets a value of its earlier type"));
            let new = function(old)
                .value()
                .map_err(|message| DataError::Migration { from: short_type_name::<Old>(), message })?;
            (to.round_trip)(Box::new(new))
        };
        Migration { from: DataType::of::<Old, By>(), apply: Arc::new(apply) }
    }

    /// Converts a value of the earlier type to the current type.
    pub(crate) fn apply(&self, value: &Value) -> Result<Value, DataError> {
        (self.apply)(value)
    }
}

/// The return type of a migration: the value, or a `Result` with it.
#[diagnostic::on_unimplemented(
    message = "a migration to `{New}` can't return `{Self}`",
    label = "not a `{New}`",
    note = "return the value, or a `Result` with it whose error can be displayed"
)]
pub trait Migrated<New> {
    #[doc(hidden)]
    fn value(self) -> Result<New, String>;
}

#[diagnostic::do_not_recommend]
impl<New> Migrated<New> for New {
    fn value(self) -> Result<New, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<New, E: fmt::Display> Migrated<New> for Result<New, E> {
    fn value(self) -> Result<New, String> {
        self.map_err(|error| error.to_string())
    }
}
