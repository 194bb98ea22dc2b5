//! The keys of a scenario file, for the reader, for suggestions and for the JSON schema.

use crate::table::{Key, Kind};

/// The two forms of the arguments of a task.
pub const ARGUMENT_FORMS: &str = "`arguments = [\"node\", …]` in the order of the function's parameters, or \
                                  `arguments = { parameter = \"node\", … }`";

/// The keys at the top level.
pub const ROOT: &[Key] = &[
    Key { name: "name", kind: Kind::Text, docs: "The type name of the scenario, as in `scenario!`." },
    Key { name: "doc", kind: Kind::Text, docs: "The purpose of the scenario." },
    Key { name: "inputs", kind: Kind::Named(INPUT), docs: "The inputs, by name." },
    Key { name: "tasks", kind: Kind::Tables(TASK), docs: "The calls of tasks, in any order." },
    Key {
        name: "subscenarios",
        kind: Kind::Named(SUBSCENARIO),
        docs: "The scenarios that this one uses, by the names that they have here.",
    },
    Key {
        name: "outputs",
        kind: Kind::Named(OUTPUT),
        docs: "Descriptions, types and KPIs of outputs, by name.",
    },
];

/// `[inputs.NAME]`
pub const INPUT: &[Key] = &[
    Key {
        name: "type",
        kind: Kind::Text,
        docs: "The Rust type; by default, the type of the parameter that reads the input.",
    },
    Key { name: "default", kind: Kind::Any, docs: "The default value; without it, a value must be given." },
    Key {
        name: "default_json",
        kind: Kind::Text,
        docs: "The default value as JSON, for values that TOML does not have, such as `null`.",
    },
    Key {
        name: "csv",
        kind: Kind::Values,
        docs: "The format of its CSV files, with the options of `#[csv(…)]`: `{ separator = \";\" }`.",
    },
    Key {
        name: "excel",
        kind: Kind::Values,
        docs: "The format of its spreadsheets, with the options of `#[excel(…)]`: `{ sheet = \"Rates\" }`.",
    },
    Key { name: "doc", kind: Kind::Text, docs: "The description of the input." },
    Key {
        name: "secret",
        kind: Kind::Flag,
        docs: "Whether its values are secret: never printed, logged or stored.",
    },
    Key {
        name: "allow_unused",
        kind: Kind::Flag,
        docs: "Whether the input may be unused; without it, an input that no task reads gives a warning.",
    },
];

/// `[[tasks]]`
pub const TASK: &[Key] = &[
    Key {
        name: "function",
        kind: Kind::Text,
        docs: "The path of a `#[task]` function: `my_crate::module::function`, or the end of it.",
    },
    Key {
        name: "arguments",
        kind: Kind::Arguments,
        docs: "The nodes that the function reads: an array in the order of its parameters, or a table from \
               parameter to node.",
    },
    Key {
        name: "outputs",
        kind: Kind::Texts,
        docs: "The name of the output; an array of names if the function returns a tuple.",
    },
    Key {
        name: "skippable",
        kind: Kind::Flag,
        docs: "Whether the call is skipped if its result is stored already; by default, as `#[task]` sets it.",
    },
    Key { name: "retries", kind: Kind::Count, docs: "The maximum number of retries after a failure." },
    Key { name: "backoff", kind: Kind::Length, docs: "The wait before the first retry: `\"200ms\"`." },
    Key { name: "timeout", kind: Kind::Length, docs: "The time limit for one attempt: `\"5m\"`." },
    Key {
        name: "allow_unused",
        kind: Kind::Flag,
        docs: "Whether outputs may be unused; without it, an output that no task reads gives a warning if other outputs \
               of the call are read.",
    },
];

/// `[subscenarios.NAME]`
pub const SUBSCENARIO: &[Key] = &[
    Key {
        name: "scenario",
        kind: Kind::Text,
        docs: "The path of a scenario type: `my_crate::module::Scenario`, or the end of it.",
    },
    Key {
        name: "arguments",
        kind: Kind::Values,
        docs: "The nodes that are passed to its inputs: a table from input to node.",
    },
    Key {
        name: "values",
        kind: Kind::Values,
        docs: "The values that its inputs have here, which replace their defaults: a table from input to value.",
    },
    Key { name: "doc", kind: Kind::Text, docs: "The description of the subscenario." },
];

/// `[outputs.NAME]`
pub const OUTPUT: &[Key] = &[
    Key {
        name: "type",
        kind: Kind::Text,
        docs: "The Rust type of the output; it must be the type that the function returns.",
    },
    Key { name: "doc", kind: Kind::Text, docs: "The description of the output." },
    Key {
        name: "kpi",
        kind: Kind::Tables(KPI),
        docs: "A number that every run records and that runs are compared by; an array of tables for several KPIs.",
    },
];

/// `kpi = { … }`
pub const KPI: &[Key] = &[
    Key {
        name: "better",
        kind: Kind::Choice(&["higher", "lower"]),
        docs: "Whether higher or lower values are better.",
    },
    Key {
        name: "field",
        kind: Kind::Text,
        docs: "The field with the number, in a struct or in the only row of a table.",
    },
    Key { name: "unit", kind: Kind::Text, docs: "The unit of the number: `€`, `ms`, `%`." },
];
