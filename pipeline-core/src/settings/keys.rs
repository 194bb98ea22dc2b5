//! The keys of the settings file.

use skipstone_wiring::{Key, Kind};

/// The levels of task log messages.
pub(crate) const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug"];

/// The keys of the file that a profile may set as well.
pub(crate) const LAYER: &[Key] =
    &[STORE, SCENARIO, WORKERS, MEMORY, LOG, REHASH_AFTER, RECHECK, INPUTS, SCENARIOS];

/// The keys of the file.
pub(crate) const ROOT: &[Key] = &[
    STORE,
    SCENARIO,
    WORKERS,
    MEMORY,
    LOG,
    REHASH_AFTER,
    RECHECK,
    INPUTS,
    SCENARIOS,
    Key {
        name: "profile",
        kind: Kind::Named(LAYER),
        docs: "Settings that override the others, selected with `--profile NAME` or the variable PIPELINE_PROFILE.",
    },
];

/// `[scenarios.NAME]`
pub(crate) const OF_SCENARIO: &[Key] = &[INPUTS];

const STORE: Key = Key {
    name: "store",
    kind: Kind::Text,
    docs: "The directory of the store; a relative path starts at the directory of this file.",
};
const SCENARIO: Key =
    Key { name: "scenario", kind: Kind::Text, docs: "The scenario to work on unless another one is named." };
const WORKERS: Key = Key {
    name: "workers",
    kind: Kind::Positive,
    docs: "The maximum number of tasks that run at the same time: 1 or more.",
};
const MEMORY: Key = Key {
    name: "memory",
    kind: Kind::Size,
    docs: "The maximum size of the values kept in memory between submissions: `\"64MiB\"`.",
};
const LOG: Key = Key {
    name: "log",
    kind: Kind::Choice(LEVELS),
    docs: "The minimum level of the task log messages to keep.",
};
const REHASH_AFTER: Key = Key {
    name: "rehash_after",
    kind: Kind::Length,
    docs: "The age after which files and objects are read again although they look unchanged: `\"30d\"`.",
};
const RECHECK: Key = Key {
    name: "recheck",
    kind: Kind::Share,
    docs: "The share of a run's time for calling tasks with known results again, to compare: `\"1%\"`; `\"0%\"` calls none.",
};
const INPUTS: Key = Key { name: "inputs", kind: Kind::Values, docs: "Values of inputs, by name." };
const SCENARIOS: Key =
    Key { name: "scenarios", kind: Kind::Named(OF_SCENARIO), docs: "Settings of single scenarios, by name." };
