//! What the macro knows of a scenario.

use super::origin::Origin;
use proc_macro2::Span;
use skipstone_wiring as wiring;
use syn::ext::IdentExt;
use syn::{Expr, Ident, Path, Type, Visibility};

/// The whole of a `scenario!`.
pub(crate) struct Scenario {
    pub(crate) docs: String,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) inputs: Vec<Input>,
    pub(crate) calls: Vec<Call>,
    /// The file that it was read from.
    pub(crate) origin: Option<Origin>,
}

/// `input name: Type = default;`
pub(crate) struct Input {
    pub(crate) docs: String,
    pub(crate) allow_unused: bool,
    pub(crate) secret: bool,
    pub(crate) name: Ident,
    pub(crate) ty: InputType,
    pub(crate) default: Option<InputDefault>,
    pub(crate) options: Option<FileOptions>,
    /// Functions from earlier types.
    pub(crate) migrations: Vec<Path>,
}

/// The type of an input.
pub(crate) enum InputType {
    /// This one, with its text.
    Written(Box<Type>, String),
    /// That of the parameter which an argument of a call is for.
    Read { call: usize, argument: usize },
}

/// What is said of how the files of an input are written.
pub(crate) struct FileOptions {
    /// `csv` or `excel`.
    pub(crate) attribute: &'static str,
    /// The options, as a table of TOML.
    pub(crate) said: toml::Table,
    /// Where it is said.
    pub(crate) place: Span,
}

/// The default of an input.
pub(crate) enum InputDefault {
    /// An expression.
    Expression(Expr),
    /// What a file says: a value of TOML, or else JSON.
    Written { text: String, value: Option<toml::Value>, place: String },
}

/// What a scenario says about a call whatever its task says.
#[derive(Default)]
pub(crate) struct Overrides {
    pub(crate) skippable: Option<bool>,
    pub(crate) retries: Option<u32>,
    /// In milliseconds.
    pub(crate) backoff: Option<u64>,
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
}

/// `outputs = path(arguments);`
pub(crate) struct Call {
    pub(crate) docs: String,
    /// What is said about single outputs.
    pub(crate) docs_of: Vec<(String, String)>,
    pub(crate) allow_unused: bool,
    pub(crate) outputs: Vec<Ident>,
    pub(crate) path: Path,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) kpis: Vec<Kpi>,
    /// Whether all arguments could be read; else their number says nothing.
    pub(crate) complete: bool,
    pub(crate) overrides: Overrides,
}

/// `#[kpi(better = higher, unit = "…")]`
pub(crate) struct Kpi {
    /// The `kpi` of the attribute.
    pub(crate) place: Ident,
    pub(crate) node: Ident,
    pub(crate) field: Option<Ident>,
    pub(crate) unit: String,
    pub(crate) higher: bool,
}

/// `node` or `parameter: node`.
pub(crate) struct Argument {
    pub(crate) parameter: Option<Ident>,
    pub(crate) node: Ident,
}

/// What makes a node.
#[derive(Clone, Copy)]
pub(crate) enum Maker {
    /// The input with this index.
    Input(usize),
    /// The call with this index, and which of its outputs.
    Call(usize, usize),
}

impl Scenario {
    /// The wiring as names.
    pub(crate) fn wiring(&self) -> wiring::Wiring {
        wiring::Wiring {
            scenario: self.name.unraw().to_string(),
            inputs: self.inputs.iter().map(|input| input.name.unraw().to_string()).collect(),
            calls: self
                .calls
                .iter()
                .map(|call| wiring::Call {
                    task: call.task(),
                    outputs: call.outputs.iter().map(|name| name.unraw().to_string()).collect(),
                    arguments: call
                        .arguments
                        .iter()
                        .map(|argument| wiring::Argument {
                            parameter: argument.parameter.as_ref().map(|name| name.unraw().to_string()),
                            node: argument.node.unraw().to_string(),
                        })
                        .collect(),
                })
                .collect(),
        }
    }

    /// What makes the node `name`.
    pub(crate) fn maker(&self, name: &Ident) -> Option<Maker> {
        let input = self.inputs.iter().position(|input| input.name == *name).map(Maker::Input);
        input.or_else(|| {
            self.calls.iter().enumerate().find_map(|(c, call)| {
                let output = call.outputs.iter().position(|output| output == name)?;
                Some(Maker::Call(c, output))
            })
        })
    }
}

impl Call {
    /// The name of the called function.
    pub(crate) fn task(&self) -> String {
        self.path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
    }
}
