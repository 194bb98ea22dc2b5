//! The keys of a scenario file: what is read, what is suggested, and what the schema says.

use crate::table::{Key, Kind};

/// The forms that the arguments of a task may have.
pub const ARGUMENT_FORMS: &str = "`arguments = [\"node\", …]` in the order of the function's parameters, or \
                                  `arguments = { parameter = \"node\", … }`";

/// The whole file.
pub const ROOT: &[Key] = &[
    Key { name: "name", kind: Kind::Text, docs: "The scenario's type name, as in `scenario!`." },
    Key { name: "doc", kind: Kind::Text, docs: "What the scenario is for." },
    Key { name: "inputs", kind: Kind::Named(INPUT), docs: "The inputs, by name." },
    Key { name: "tasks", kind: Kind::Tables(TASK), docs: "The calls of tasks, in any order." },
    Key { name: "outputs", kind: Kind::Named(OUTPUT), docs: "What is said about outputs, by name." },
];

/// `[inputs.NAME]`
pub const INPUT: &[Key] = &[
    Key {
        name: "type",
        kind: Kind::Text,
        docs: "The Rust type; without it, that of the parameter that reads the input.",
    },
    Key {
        name: "default",
        kind: Kind::Any,
        docs: "The value unless another is given; without it, the input has to be given one.",
    },
    Key {
        name: "default_json",
        kind: Kind::Text,
        docs: "The default as JSON, where TOML has no such value: `null`.",
    },
    Key {
        name: "csv",
        kind: Kind::Values,
        docs: "How its CSV files are written, with the options of `#[csv(…)]`: `{ separator = \";\" }`.",
    },
    Key {
        name: "excel",
        kind: Kind::Values,
        docs: "How its spreadsheets are written, with the options of `#[excel(…)]`: `{ sheet = \"Rates\" }`.",
    },
    Key { name: "doc", kind: Kind::Text, docs: "What the input is." },
    Key { name: "secret", kind: Kind::Flag, docs: "Whether its values are never printed, logged or stored." },
    Key { name: "allow_unused", kind: Kind::Flag, docs: "Whether it is meant that no task reads it." },
];

/// `[[tasks]]`
pub const TASK: &[Key] = &[
    Key {
        name: "function",
        kind: Kind::Text,
        docs: "The path of a function under `#[task]`: `my_crate::module::function`, or its end.",
    },
    Key {
        name: "arguments",
        kind: Kind::Arguments,
        docs: "The nodes that the function is given: a list in the order of its parameters, or a table from \
               parameter to node.",
    },
    Key {
        name: "outputs",
        kind: Kind::Texts,
        docs: "The node that the call makes; a list where the function returns a tuple.",
    },
    Key {
        name: "skippable",
        kind: Kind::Flag,
        docs: "Whether the function need not be called when its result is known; without it, as `#[task]` says.",
    },
    Key {
        name: "retries",
        kind: Kind::Count,
        docs: "How often the function is called again after it failed.",
    },
    Key {
        name: "backoff",
        kind: Kind::Length,
        docs: "How long to wait before the first time it is called again: `\"200ms\"`.",
    },
    Key { name: "timeout", kind: Kind::Length, docs: "How long one call may take: `\"5m\"`." },
    Key {
        name: "allow_unused",
        kind: Kind::Flag,
        docs: "Whether it is meant that nothing reads an output though others of the call are read.",
    },
];

/// `[outputs.NAME]`
pub const OUTPUT: &[Key] = &[
    Key { name: "type", kind: Kind::Text, docs: "The Rust type that the function has to return." },
    Key { name: "doc", kind: Kind::Text, docs: "What the output is." },
    Key {
        name: "kpi",
        kind: Kind::Tables(KPI),
        docs: "A number that every run records and runs are compared by; a list of several.",
    },
];

/// `kpi = { … }`
pub const KPI: &[Key] = &[
    Key {
        name: "better",
        kind: Kind::Choice(&["higher", "lower"]),
        docs: "Which of two values is the better one.",
    },
    Key {
        name: "field",
        kind: Kind::Text,
        docs: "The field of a struct, or of the only row of a table, that is the number.",
    },
    Key { name: "unit", kind: Kind::Text, docs: "What is counted: `€`, `ms`, `%`." },
];
