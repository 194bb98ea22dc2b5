//! KPIs: the numbers by which the runs of a scenario are compared.

use crate::data::{DataType, Number, TypeName, Value};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The direction in which a KPI improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
}

impl Better {
    /// The direction as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Better::Higher => "higher",
            Better::Lower => "lower",
        }
    }

    pub(crate) fn from_word(word: &str) -> Better {
        if word == "lower" { Better::Lower } else { Better::Higher }
    }
}

impl fmt::Display for Better {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A KPI for a [`GraphBuilder`](super::GraphBuilder): a number in an output of each run.
pub struct KpiDef {
    pub(super) kpi: Kpi,
    pub(super) node: String,
    pub(super) ty: TypeName,
}

/// Reads the number from a value; `None` if it is missing.
type Read = Arc<dyn Fn(&Value) -> Result<Option<Number>, Box<dyn Error + Send + Sync>> + Send + Sync>;

/// A number by which runs are compared.
#[derive(Clone)]
pub struct Kpi {
    /// The node's index.
    pub(crate) node: usize,
    /// The name of the node, or of node and field.
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) better: Better,
    /// Whether it is the value itself or a field of it, not a function that the program may change.
    pub(crate) field: bool,
    pub(crate) read: Read,
}

impl KpiDef {
    /// Creates a KPI that reads a number from the output `node`, which is a `T`.
    pub fn new<T: 'static, N: KpiNumber>(
        node: &str,
        better: Better,
        read: impl Fn(&T) -> Result<N, Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    ) -> KpiDef {
        let read: Read = Arc::new(move |value| match value.get::<T>() {
            Some(value) => Ok(read(value)?.number()),
            None => unreachable!("a KPI is read from a value of its node's type"),
        });
        let kpi = Kpi { node: 0, name: node.into(), unit: String::new(), better, field: false, read };
        KpiDef { kpi, node: node.into(), ty: TypeName::of::<T>() }
    }

    /// Creates a KPI for an output of any type: the value itself, or a field of it.
    pub(super) fn of(node: &str, better: Better, data: DataType, field: Option<&str>) -> KpiDef {
        let field_name = field.map(str::to_owned);
        let read: Read = Arc::new(move |value| Ok(value.number(field_name.as_deref())?));
        let kpi = Kpi { node: 0, name: node.into(), unit: String::new(), better, field: true, read };
        let kpi = KpiDef { kpi, node: node.into(), ty: data.into() };
        match field {
            Some(field) => kpi.field(field),
            None => kpi,
        }
    }

    /// Declares that `read` only returns the value, or a field of it by its name.
    #[doc(hidden)]
    pub fn unchecked(mut self) -> KpiDef {
        self.kpi.field = true;
        self
    }

    /// Sets the name of the field whose value it is.
    pub fn field(mut self, field: &str) -> KpiDef {
        self.kpi.name = format!("{}.{field}", self.node);
        self
    }

    /// Sets the unit: `€`, `ms`, `%`.
    pub fn unit(mut self, unit: &str) -> KpiDef {
        self.kpi.unit = unit.into();
        self
    }
}

impl fmt::Debug for KpiDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KpiDef({})", self.kpi.name)
    }
}

impl Kpi {
    /// The node, or node and field: `segment.mean`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The unit.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Which of two values is better.
    pub fn better(&self) -> Better {
        self.better
    }
}

/// A type whose values can be KPIs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a KPI: it is not a number",
    label = "not a number",
    note = "a KPI is a number or an `Option` of one; for a struct or a one-row table, name a field: \
            `#[kpi(field = …, better = higher)]`"
)]
pub trait KpiNumber {
    /// The number with all of its digits; `None` if it is missing.
    #[doc(hidden)]
    fn number(&self) -> Option<Number>;
}

macro_rules! numbers {
    ($($ty:ty),*) => {
        $(impl KpiNumber for $ty {
            fn number(&self) -> Option<Number> {
                Some((*self).into())
            }
        })*
    };
}

numbers!(Number, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl<N: KpiNumber> KpiNumber for Option<N> {
    fn number(&self) -> Option<Number> {
        self.as_ref()?.number()
    }
}

impl<N: KpiNumber> KpiNumber for &N {
    fn number(&self) -> Option<Number> {
        (**self).number()
    }
}
