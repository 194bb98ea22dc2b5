//! What the compiler knows of a scenario type that another scenario uses as a subscenario.

use skipstone_wiring::{Text, Written, same};

/// The inputs of a scenario type that need care where it is used as a subscenario.
#[derive(Debug, Clone, Copy)]
pub struct Interface {
    /// The name of the type.
    pub scenario: &'static str,
    /// The names of the inputs that must be given.
    pub required: &'static [&'static str],
    /// The names of the secrets.
    pub secrets: &'static [&'static str],
    /// The names of the inputs that decide branches.
    pub deciding: &'static [&'static str],
}

impl Interface {
    /// Checks that all required inputs are among those that are given.
    pub(crate) const fn check_given(&self, given: &[&str], written: Written) -> Option<Text> {
        let mut missing = Text::new();
        let (mut first, mut count) = ("", 0);
        let mut i = 0;
        while i < self.required.len() {
            if !has(given, self.required[i]) {
                missing = missing.push(if count == 0 { "`" } else { ", `" }).push(self.required[i]).push("`");
                first = if count == 0 { self.required[i] } else { first };
                count += 1;
            }
            i += 1;
        }
        if count == 0 {
            return None;
        }
        let text = Text::new().push("scenario `").push(self.scenario).push("` needs ");
        let text = text.push(if count == 1 { "the input " } else { "the inputs " }).push(missing.as_str());
        if matches!(written, Written::InToml) {
            let text =
                text.push(": write `arguments = { ").push(first).push(" = \"node\" }` or `values = { ");
            return Some(text.push(first).push(" = … }`"));
        }
        Some(text.push(": write `").push(first).push(": node` or `").push(first).push(": value`"))
    }

    /// Checks that a node which is not an input of the whole can be passed to an input.
    pub(crate) const fn check_node(&self, input: &str, node: &str) -> Option<Text> {
        if !has(self.deciding, input) {
            return None;
        }
        let text = Text::new().push("`").push(input).push(
            "` decides a branch, before any task runs: pass an input of this scenario or a value, not `",
        );
        Some(text.push(node).push("`"))
    }

    /// Checks that an input can have a value where the scenario is used.
    pub(crate) const fn check_value(&self, input: &str) -> Option<Text> {
        if !has(self.secrets, input) {
            return None;
        }
        let text = Text::new().push("`").push(input).push("` is a secret, which can't have a value here: ");
        Some(text.push("remove it, and set the value for each run"))
    }
}

const fn has(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}
