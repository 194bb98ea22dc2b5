//! The parsed form of a scenario.

use super::origin::Origin;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use skipstone_wiring as wiring;
use skipstone_wiring::Passing;
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::{Expr, Ident, Path, Type, Visibility};

/// A parsed `scenario!`.
pub(crate) struct Scenario {
    pub(crate) docs: String,
    /// The library's path, if it is given.
    pub(crate) krate: Option<Path>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) inputs: Vec<Input>,
    pub(crate) calls: Vec<Call>,
    pub(crate) subscenarios: Vec<Subscenario>,
    /// The branches, each before those within it.
    pub(crate) branches: Vec<Branch>,
    /// The nodes of statements that can't be read.
    pub(crate) lost: Vec<Lost>,
    /// The paths of tasks in statements that can't be read, for an editor.
    pub(crate) stray: Vec<TokenStream>,
    /// Whether a statement that can't be read may define nodes whose names are unknown.
    pub(crate) unnamed: bool,
    /// The file that it was read from.
    pub(crate) origin: Option<Origin>,
}

/// A node whose type is unknown.
pub(crate) struct Lost {
    pub(crate) name: Ident,
    pub(crate) docs: String,
    /// Whether it is an input.
    pub(crate) input: bool,
}

/// `input name: Type = default;`
pub(crate) struct Input {
    /// The place of the word `input`.
    pub(crate) keyword: Span,
    pub(crate) docs: String,
    pub(crate) allow_unused: bool,
    pub(crate) secret: bool,
    pub(crate) name: Ident,
    pub(crate) ty: InputType,
    pub(crate) default: Option<InputDefault>,
    pub(crate) options: Option<FileOptions>,
    /// The functions that convert from earlier types.
    pub(crate) migrations: Vec<Path>,
}

/// The type of an input.
pub(crate) enum InputType {
    /// A type given in the source, with its text.
    Written(Box<Type>, String),
    /// The type of the parameter that receives this argument.
    Read { call: usize, argument: usize },
}

/// The options for reading the files of an input.
pub(crate) struct FileOptions {
    /// `csv` or `excel`.
    pub(crate) attribute: &'static str,
    /// The options, as a TOML table.
    pub(crate) options: toml::Table,
    /// The span of the attribute.
    pub(crate) place: Span,
}

/// The default of an input.
pub(crate) enum InputDefault {
    /// An expression.
    Expression(Expr),
    /// A default in a file: a TOML value, or JSON if `value` is `None`.
    Written { text: String, value: Option<toml::Value>, place: String },
}

/// The options that a scenario sets for a call, which override those of its task.
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
    /// The descriptions of single outputs, by name.
    pub(crate) docs_of: Vec<(String, String)>,
    pub(crate) allow_unused: bool,
    pub(crate) outputs: Vec<Ident>,
    pub(crate) path: Path,
    /// The types of a generic task.
    pub(crate) types: Vec<Type>,
    /// The place after the path.
    pub(crate) open: Span,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) kpis: Vec<Kpi>,
    /// Whether it may call a deprecated function without a warning.
    pub(crate) deprecated: bool,
    /// Whether all arguments could be read; otherwise their number is not checked.
    pub(crate) complete: bool,
    /// Whether the task seems to take another number of arguments, so that one that is too many moves the others.
    pub(crate) miscounted: bool,
    pub(crate) overrides: Overrides,
    /// The arms of branches that it is in, the outermost first.
    pub(crate) arms: Vec<wiring::Arm>,
}

/// `if condition { … } else { … }`
pub(crate) struct Branch {
    /// The input that the condition is about.
    pub(crate) input: Ident,
    pub(crate) condition: TokenStream,
}

/// `#[kpi(better = higher, unit = "…")]`
pub(crate) struct Kpi {
    /// The word `kpi` of the attribute, for its span.
    pub(crate) place: Ident,
    pub(crate) node: Ident,
    pub(crate) field: Option<Ident>,
    pub(crate) unit: String,
    pub(crate) higher: bool,
}

/// `node` or `parameter: node`.
pub(crate) struct Argument {
    pub(crate) parameter: Option<Ident>,
    pub(crate) node: NodeName,
    /// In which way the task gets the node.
    pub(crate) passing: Passing,
    /// Whether an error is about the node, so that its type is not checked.
    pub(crate) reported: bool,
}

/// A node of the scenario, `node`, or of one of its subscenarios, `subscenario.node`.
#[derive(Clone)]
pub(crate) struct NodeName {
    pub(crate) first: Ident,
    /// The names after the first, with dots before them.
    pub(crate) within: Vec<Ident>,
}

/// `name = Scenario { input: node, other: value };`
pub(crate) struct Subscenario {
    pub(crate) docs: String,
    pub(crate) name: Ident,
    /// The scenario type.
    pub(crate) path: Path,
    pub(crate) given: Vec<Given>,
    /// Whether everything that is given could be read.
    pub(crate) complete: bool,
}

/// What is passed to an input of a subscenario.
pub(crate) struct Given {
    pub(crate) input: Ident,
    pub(crate) value: GivenValue,
    /// Whether an error is about it. Then it is not checked.
    pub(crate) reported: bool,
}

/// A node of the whole, or the value that the input has until one is written.
pub(crate) enum GivenValue {
    Node(NodeName),
    Value(Expr),
    /// A value in a file, as TOML, with its place.
    Written {
        text: String,
        place: String,
    },
}

impl GivenValue {
    /// Returns the node, if it is one.
    pub(crate) fn node(&self) -> Option<&NodeName> {
        match self {
            GivenValue::Node(node) => Some(node),
            GivenValue::Value(_) | GivenValue::Written { .. } => None,
        }
    }
}

/// What defines a node.
#[derive(Clone, Copy)]
pub(crate) enum Maker {
    /// The input with this index.
    Input(usize),
    /// The call with the first index, and its output with the second.
    Call(usize, usize),
}

impl Scenario {
    /// Returns the wiring.
    pub(crate) fn wiring(&self) -> wiring::Wiring {
        wiring::Wiring {
            scenario: self.name.unraw().to_string(),
            inputs: self.known_names().map(|name| name.unraw().to_string()).collect(),
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
                            node: argument.node.first.unraw().to_string(),
                            passing: argument.passing,
                        })
                        .collect(),
                    arms: call.arms.clone(),
                })
                .chain(self.subscenarios.iter().map(Subscenario::wiring))
                .collect(),
            with_parts: self
                .inputs
                .iter()
                .filter(|input| input.has_parts())
                .map(|input| input.name.unraw().to_string())
                .collect(),
            branches: self.branches.iter().map(|branch| branch.input.unraw().to_string()).collect(),
        }
    }

    /// Returns the index of the subscenario with this name.
    pub(crate) fn subscenario(&self, name: &Ident) -> Option<usize> {
        self.subscenarios.iter().position(|subscenario| subscenario.name == *name)
    }

    /// Returns the names of the inputs and, after them, of the nodes whose types are unknown.
    pub(crate) fn known_names(&self) -> impl Iterator<Item = &Ident> {
        self.inputs.iter().map(|input| &input.name).chain(self.lost.iter().map(|lost| &lost.name))
    }

    /// Returns the inputs that must be given, with their indices. A secret is not stored: it is set for each run.
    pub(crate) fn required(&self) -> impl Iterator<Item = (usize, &Input)> {
        let mut seen = HashSet::new();
        let inputs = self.inputs.iter().enumerate();
        let required = inputs.filter(|(_, input)| input.default.is_none() && !input.secret);
        required.filter(move |(_, input)| seen.insert(input.name.unraw().to_string()))
    }

    /// Returns what defines a node; `None` for a node of a subscenario.
    pub(crate) fn maker(&self, node: &NodeName) -> Option<Maker> {
        if !node.within.is_empty() {
            return None;
        }
        let name = &node.first;
        let input = self.inputs.iter().position(|input| input.name == *name).map(Maker::Input);
        input.or_else(|| {
            self.calls.iter().enumerate().find_map(|(c, call)| {
                let output = call.outputs.iter().position(|output| output == name)?;
                Some(Maker::Call(c, output))
            })
        })
    }
}

impl NodeName {
    /// Returns the name as one word: `subscenario.node`.
    pub(crate) fn text(&self) -> String {
        let names = std::iter::once(&self.first).chain(&self.within);
        names.map(|name| name.unraw().to_string()).collect::<Vec<_>>().join(".")
    }

    /// Returns the place of the last name.
    pub(crate) fn span(&self) -> Span {
        self.within.last().unwrap_or(&self.first).span()
    }
}

impl From<Ident> for NodeName {
    fn from(first: Ident) -> NodeName {
        NodeName { first, within: Vec::new() }
    }
}

impl ToTokens for NodeName {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let NodeName { first, within } = self;
        tokens.extend(quote! { #first #(.#within)* });
    }
}

impl Subscenario {
    /// Returns the nodes that are passed to inputs.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&Ident, &NodeName)> {
        self.given.iter().filter_map(|given| Some((&given.input, given.value.node()?)))
    }

    /// Returns the name of the scenario type.
    pub(crate) fn scenario(&self) -> String {
        self.path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
    }

    /// Returns the subscenario as a call with one output. So it can't read what depends on it.
    fn wiring(&self) -> wiring::Call {
        let argument = |(input, node): (&Ident, &NodeName)| wiring::Argument {
            parameter: Some(input.unraw().to_string()),
            node: node.first.unraw().to_string(),
            passing: Passing::One,
        };
        wiring::Call {
            task: self.scenario(),
            outputs: vec![self.name.unraw().to_string()],
            arguments: self.nodes().map(argument).collect(),
            arms: Vec::new(),
        }
    }
}

impl Input {
    /// Returns whether its type, as written, has parts.
    pub(crate) fn has_parts(&self) -> bool {
        let InputType::Written(ty, _) = &self.ty else { return false };
        matches!(&**ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Parts"))
    }
}

impl Call {
    /// Returns whether the task is called for each part of a node.
    pub(crate) fn is_mapped(&self) -> bool {
        self.arguments.iter().any(|argument| argument.passing.is_mapped())
    }

    /// Returns the types of a generic task as they follow its path: `::<Order>`.
    pub(crate) fn turbofish(&self) -> Option<TokenStream> {
        let types = &self.types;
        (!types.is_empty()).then(|| quote!(::<#(#types),*>))
    }

    /// Returns the name of the called function.
    pub(crate) fn task(&self) -> String {
        self.path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
    }
}
