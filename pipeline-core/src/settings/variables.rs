//! `${VAR}` and `${VAR:-default}` inside strings; `$$` is a `$`.

/// A string after the expansion of its variables.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Whether it contained a variable.
    pub(super) varied: bool,
}

/// A variable that can't be expanded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The part of the string: `${VAR`.
    pub(super) part: String,
    /// What is wrong, and what to do.
    pub(super) message: String,
    /// Whether the only problem is that the variable is not set.
    pub(super) unset: bool,
}

/// Expands the variables of a string.
pub(super) fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Expanded, Unknown> {
    let mut expanded = Expanded { text: String::with_capacity(text.len()), varied: false };
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.text.push('$');
            rest = after;
            continue;
        }
        let Some(inside) = rest.strip_prefix('{') else {
            expanded.text.push('$');
            continue;
        };
        let Some((variable, after)) = inside.split_once('}') else {
            let message = "`${` begins a variable, but no `}` ends it; write `$$` for a `$`".into();
            return Err(Unknown { part: "${".into(), message, unset: false });
        };
        let (name, default) = match variable.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (variable, None),
        };
        let part = || format!("${{{name}");
        let letters = |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if name.is_empty() || !letters(name) {
            let message = format!("`{name}` is not a valid variable name: use letters, digits and `_`");
            return Err(Unknown { part: part(), message, unset: false });
        }
        // As in a shell, the default also replaces an empty variable.
        let value = lookup(name).filter(|value| default.is_none() || !value.is_empty());
        match value.or(default.map(str::to_owned)) {
            Some(value) => expanded.text.push_str(&value),
            None => {
                let message =
                    format!("the variable `{name}` is not set: set it, or write `${{{name}:-default}}`");
                return Err(Unknown { part: part(), message, unset: true });
            }
        }
        expanded.varied = true;
        rest = after;
    }
    expanded.text.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/home/me".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn text(text: &str) -> String {
        expand(text, lookup).expect("valid").text
    }

    #[test]
    fn variables_are_replaced_by_their_values_or_defaults() {
        assert_eq!(text("${HOME}/store"), "/home/me/store");
        assert_eq!(text("${NOPE:-here}/store"), "here/store");
        assert_eq!(text("${EMPTY:-here}"), "here");
        assert_eq!(text("${EMPTY}${NOPE:-}"), "");
        assert_eq!(text("5$ and $$ and $${HOME}"), "5$ and $ and ${HOME}");
        assert!(!expand("5$", lookup).expect("valid").varied);
        assert!(expand("${HOME}", lookup).expect("valid").varied);
    }

    #[test]
    fn invalid_and_unset_variables_are_named() {
        let message = |text| expand(text, lookup).expect_err("wrong").message;
        assert_eq!(message("${NOPE}"), "the variable `NOPE` is not set: set it, or write `${NOPE:-default}`");
        assert!(message("a ${HOME").contains("no `}` ends it"));
        assert!(message("${}").contains("is not a valid variable name"));
        assert!(message("${a b}").contains("is not a valid variable name"));
    }
}
