//! Letter cases of names, as in serde.

use crate::diagnostics::Diagnostics;
use skipstone_wiring::suggestion;
use syn::LitStr;

/// A letter case, which converts names in Rust to names in data.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// The values of `rename_all`; they are the same as in serde.
    pub(crate) const ALL: [(&'static str, Case); 8] = [
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("PascalCase", Case::Pascal),
        ("camelCase", Case::Camel),
        ("snake_case", Case::Snake),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("kebab-case", Case::Kebab),
        ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
    ];

    /// Parses the value of `rename_all`.
    pub(crate) fn of(text: &LitStr, diagnostics: &mut Diagnostics) -> Option<Case> {
        let case = Case::ALL.into_iter().find(|(name, _)| *name == text.value());
        if case.is_none() {
            let hint = suggestion(&text.value(), Case::ALL.map(|(name, _)| name));
            diagnostics.error(text, format!("there is no case `{}`{hint}", text.value()));
        }
        case.map(|(_, case)| case)
    }

    /// Converts the name of a variant, which is in Pascal case in Rust.
    pub(crate) fn apply_to_variant(self, variant: &str) -> String {
        let mut snake = String::new();
        for letter in variant.chars() {
            if letter.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        }
        match self {
            // These cases do not separate words.
            Case::Lower => variant.to_lowercase(),
            Case::Upper => variant.to_uppercase(),
            other => other.apply(&snake),
        }
    }

    /// Converts the name of a field, which is in snake case in Rust.
    pub(crate) fn apply(self, field: &str) -> String {
        let capitalized = |word: &str| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        };
        let words = || field.split('_').filter(|word| !word.is_empty());
        match self {
            Case::Lower | Case::Snake => field.to_lowercase(),
            Case::Upper | Case::ScreamingSnake => field.to_uppercase(),
            Case::Pascal => words().map(capitalized).collect(),
            Case::Camel => words()
                .enumerate()
                .map(|(i, word)| if i == 0 { word.into() } else { capitalized(word) })
                .collect(),
            Case::Kebab => field.to_lowercase().replace('_', "-"),
            Case::ScreamingKebab => field.to_uppercase().replace('_', "-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_match_serde() {
        let fields: Vec<String> = Case::ALL.iter().map(|(_, case)| case.apply("total_amount")).collect();
        assert_eq!(
            fields,
            [
                "total_amount",
                "TOTAL_AMOUNT",
                "TotalAmount",
                "totalAmount",
                "total_amount",
                "TOTAL_AMOUNT",
                "total-amount",
                "TOTAL-AMOUNT"
            ]
        );
        let variants: Vec<String> =
            Case::ALL.iter().map(|(_, case)| case.apply_to_variant("ByPhone")).collect();
        assert_eq!(
            variants,
            ["byphone", "BYPHONE", "ByPhone", "byPhone", "by_phone", "BY_PHONE", "by-phone", "BY-PHONE"]
        );
    }
}
