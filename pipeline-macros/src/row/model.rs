//! What the macro knows of a row type.

use syn::{Ident, LitStr, Type, Visibility};

/// A struct under `#[derive(Row)]`.
pub(crate) struct Row {
    pub(crate) name: Ident,
    pub(crate) columns: Vec<Column>,
    pub(crate) csv: Csv,
}

/// What `#[csv(…)]` says of files with such rows.
#[derive(Default)]
pub(crate) struct Csv {
    /// The words for a missing value, where they are not the usual ones.
    pub(crate) missing: Option<Vec<LitStr>>,
    pub(crate) fill_short_lines: bool,
}

/// A field, which is a column.
pub(crate) struct Column {
    pub(crate) field: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) ty: Type,
    /// The column's name in the table.
    pub(crate) name: String,
    /// Whether it is part of what says which row is which.
    pub(crate) key: bool,
    pub(crate) docs: String,
}

/// How field names become column names.
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
    /// The names that `rename_all` takes; they are serde's.
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

    /// The column name of a field that is named in snake case.
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
