//! The keys of a settings file.

use skipstone_wiring::{Key, Kind};

/// The levels of what tasks say.
pub(crate) const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug"];

/// The keys of the whole file that a profile may have, too.
pub(crate) const LAYER: &[Key] =
    &[STORE, SCENARIO, WORKERS, MEMORY, LOG, REHASH_AFTER, RECHECK, INPUTS, SCENARIOS];

/// The whole file.
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
        docs: "Settings that are taken instead with `--profile NAME`, or the variable PIPELINE_PROFILE.",
    },
];

/// `[scenarios.NAME]`
pub(crate) const OF_SCENARIO: &[Key] = &[INPUTS];

const STORE: Key = Key {
    name: "store",
    kind: Kind::Text,
    docs: "The directory of the store; a relative one is taken from the directory of this file.",
};
const SCENARIO: Key =
    Key { name: "scenario", kind: Kind::Text, docs: "The scenario to work on unless another is named." };
const WORKERS: Key = Key {
    name: "workers",
    kind: Kind::Positive,
    docs: "How many tasks may run at the same time: 1 or more.",
};
const MEMORY: Key = Key {
    name: "memory",
    kind: Kind::Size,
    docs: "How much of the values is kept in memory between submissions: `\"64MiB\"`.",
};
const LOG: Key = Key {
    name: "log",
    kind: Kind::Choice(LEVELS),
    docs: "What of that which tasks say is kept with their jobs.",
};
const REHASH_AFTER: Key = Key {
    name: "rehash_after",
    kind: Kind::Length,
    docs: "After what age files and objects that look the same are read again: `\"30d\"`.",
};
const RECHECK: Key = Key {
    name: "recheck",
    kind: Kind::Share,
    docs: "The share of a run's time for calling tasks whose results are known, and comparing: `\"1%\"`; `\"0%\"` calls none.",
};
const INPUTS: Key = Key { name: "inputs", kind: Kind::Values, docs: "Values of inputs, by name." };
const SCENARIOS: Key = Key {
    name: "scenarios",
    kind: Kind::Named(OF_SCENARIO),
    docs: "What is set for single scenarios, by name.",
};
