//! `${VAR}` and `${VAR:-default}` inside of texts; `$$` is a `$`.

/// What a text with variables is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Whether there was a variable.
    pub(super) varied: bool,
}

/// A variable that can't be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The text of it: `${VAR`.
    pub(super) part: String,
    /// What is wrong, and what to do.
    pub(super) message: String,
    /// Whether it would be right, were the variable set.
    pub(super) unset: bool,
}

/// The text with the values of its variables.
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
            let message = "`${` begins a variable, and no `}` ends it; write `$$` for a `$`".into();
            return Err(Unknown { part: "${".into(), message, unset: false });
        };
        let (name, default) = match variable.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (variable, None),
        };
        let part = || format!("${{{name}");
        let letters = |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if name.is_empty() || !letters(name) {
            let message = format!("`{name}` is no name of a variable: letters, digits and `_` are");
            return Err(Unknown { part: part(), message, unset: false });
        }
        // As a shell has it: a variable that is empty has the default, too.
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
        expand(text, lookup).expect("right").text
    }

    #[test]
    fn variables_have_their_values_and_others_their_defaults() {
        assert_eq!(text("${HOME}/store"), "/home/me/store");
        assert_eq!(text("${NOPE:-here}/store"), "here/store");
        assert_eq!(text("${EMPTY:-here}"), "here");
        assert_eq!(text("${EMPTY}${NOPE:-}"), "");
        assert_eq!(text("5$ and $$ and $${HOME}"), "5$ and $ and ${HOME}");
        assert!(!expand("5$", lookup).expect("right").varied);
        assert!(expand("${HOME}", lookup).expect("right").varied);
    }

    #[test]
    fn what_can_not_be_told_is_named() {
        let message = |text| expand(text, lookup).expect_err("wrong").message;
        assert_eq!(message("${NOPE}"), "the variable `NOPE` is not set: set it, or write `${NOPE:-default}`");
        assert!(message("a ${HOME").contains("no `}` ends it"));
        assert!(message("${}").contains("is no name"));
        assert!(message("${a b}").contains("is no name"));
    }
}
