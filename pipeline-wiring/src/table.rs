//! Tables of a TOML file, read key by key: all that is wrong is told, each at its place.

use crate::name::suggestion;
use crate::source::{Fault, SourceText, Span};
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A word of a file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it says.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A value of a file, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// What it is.
    pub value: toml::Value,
    /// Where.
    pub span: Span,
}

/// A key that a table may have: its name, what its value is, and what it says.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it says, in a sentence.
    pub docs: &'static str,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// A text.
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A length of time, as [`crate::milliseconds`] reads it.
    Length,
    /// A size, as [`crate::bytes`] reads it.
    Size,
    /// A share, as [`crate::share`] reads it.
    Share,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Count,
    /// A whole number from 1, or a text with a variable that is one.
    Positive,
    /// Anything.
    Any,
    /// A text, or a list of texts.
    Texts,
    /// A list of texts, or a table of texts.
    Arguments,
    /// A table, or a list of tables, with these keys.
    Tables(&'static [Key]),
    /// A table of tables with these keys.
    Named(&'static [Key]),
    /// A table of values of any kind.
    Values,
}

/// Reads tables, and keeps what is wrong with them.
pub struct Reader<'s> {
    source: &'s SourceText,
    faults: Vec<Fault>,
    /// Where the text is no TOML: what is there says nothing.
    broken: Vec<usize>,
}

/// The keys of one table, in the order of the text.
pub struct Fields<'t, 'i> {
    entries: Vec<Entry<'t, 'i>>,
}

/// A key of a table, with its value.
#[derive(Clone, Copy)]
pub struct Entry<'t, 'i> {
    key: &'t Spanned<Cow<'i, str>>,
    value: &'t Spanned<DeValue<'i>>,
}

impl<'t, 'i> Entry<'t, 'i> {
    /// The key.
    pub fn name(&self) -> &'t str {
        self.key.get_ref()
    }

    /// The key, with its place.
    pub fn word(&self) -> Word {
        Word { text: self.name().to_owned(), span: self.key.span() }
    }

    /// Whether the value is a text.
    pub fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    /// Whether the value is a table.
    pub fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// The value without its places, or why it can't be had.
    pub fn value(&self) -> Result<toml::Value, String> {
        owned(self.value).map_err(|(_, message)| message)
    }

    /// The value's place; of a table that is written out below a header of its own, that of its name.
    pub fn span(&self) -> Span {
        match self.value.get_ref() {
            DeValue::Table(_) if self.value.span().end <= self.key.span().end => self.key.span(),
            DeValue::Table(_) if self.value.span().is_empty() => self.key.span(),
            _ => self.value.span(),
        }
    }
}

impl<'t, 'i> Fields<'t, 'i> {
    /// Whether a key that is not there was meant by one that may not be there.
    pub fn misspelt(&self, key: &str, keys: &[Key]) -> bool {
        let unknown = self.entries.iter().filter(|entry| !keys.iter().any(|key| key.name == entry.name()));
        unknown
            .clone()
            .any(|entry| crate::nearest(entry.name(), keys.iter().map(|key| key.name)) == Some(key))
    }

    /// The keys of a table, of which any may be there.
    pub fn of(table: &'t DeTable<'i>) -> Fields<'t, 'i> {
        let mut entries: Vec<Entry<'t, 'i>> = table.iter().map(|(key, value)| Entry { key, value }).collect();
        entries.sort_by_key(|entry| entry.key.span().start);
        Fields { entries }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Entry<'t, 'i>> {
        self.entries.iter().copied().find(|entry| entry.name() == key)
    }

    /// All keys, in the order of the text.
    pub fn entries(&self) -> &[Entry<'t, 'i>] {
        &self.entries
    }
}

impl<'s> Reader<'s> {
    /// Begins to read a text.
    pub fn new(source: &'s SourceText) -> Reader<'s> {
        Reader { source, faults: Vec::new(), broken: Vec::new() }
    }

    /// The whole text as a table. What is no TOML is told; the rest of it can be read.
    pub fn document(&mut self) -> Spanned<DeTable<'s>> {
        let (table, errors) = DeTable::parse_recoverable(self.source.text());
        for error in errors {
            let end = self.source.text().len();
            let span = error.span().unwrap_or(end..end);
            self.fault(span.clone(), error.message().to_owned());
            self.broken.push(span.start);
        }
        table
    }

    /// Something is wrong.
    pub fn fault(&mut self, span: Span, message: impl Into<String>) {
        if self.broken.contains(&span.start) {
            return;
        }
        self.faults.push(Fault { span, message: message.into() });
    }

    /// Where the text is no TOML.
    pub fn broken(&self) -> &[usize] {
        &self.broken
    }

    /// Everything that was wrong so far.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// The keys of a table that may have only these.
    pub fn fields<'t, 'i>(&mut self, what: &str, table: &'t DeTable<'i>, keys: &[Key]) -> Fields<'t, 'i> {
        let fields = Fields::of(table);
        for entry in &fields.entries {
            if !keys.iter().any(|key| key.name == entry.name()) {
                let hint = suggestion(entry.name(), keys.iter().map(|key| key.name));
                self.fault(entry.key.span(), format!("{what} has no key `{}`{hint}", entry.name()));
            }
        }
        fields
    }

    /// The keys of a table that may have any.
    pub fn names<'t, 'i>(&mut self, entry: Entry<'t, 'i>, what: &str) -> Option<Fields<'t, 'i>> {
        Some(Fields::of(self.table(entry, what)?))
    }

    /// The table that an entry is.
    pub fn table<'t, 'i>(&mut self, entry: Entry<'t, 'i>, what: &str) -> Option<&'t DeTable<'i>> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                let message = format!("{what} is a table, not {}", kind(other));
                self.fault(entry.span(), message);
                None
            }
        }
    }

    /// The tables that an entry is a list of, or the one that it is; each with its place.
    pub fn tables<'t, 'i>(&mut self, entry: Entry<'t, 'i>, what: &str) -> Vec<(Span, &'t DeTable<'i>)> {
        match entry.value.get_ref() {
            DeValue::Table(table) => vec![(entry.span(), table)],
            DeValue::Array(array) => {
                let mut tables = Vec::new();
                for value in array.iter() {
                    match value.get_ref() {
                        DeValue::Table(table) => tables.push((value.span(), table)),
                        other => {
                            self.fault(value.span(), format!("{what} is a table, not {}", kind(other)));
                        }
                    }
                }
                tables
            }
            other => {
                self.fault(entry.span(), format!("{what} is a table, not {}", kind(other)));
                Vec::new()
            }
        }
    }

    /// A text.
    pub fn text(&mut self, entry: Option<Entry<'_, '_>>) -> Option<Word> {
        let entry = entry?;
        self.word(entry.value, &format!("`{}` is a text", entry.name()))
    }

    fn word(&mut self, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<Word> {
        match value.get_ref() {
            DeValue::String(text) => Some(Word { text: text.clone().into_owned(), span: value.span() }),
            other => {
                self.fault(value.span(), format!("{expected}, not {}", kind(other)));
                None
            }
        }
    }

    /// A text, or a list of texts; what is none is told and left out, and `false` says so.
    pub fn texts(&mut self, entry: Entry<'_, '_>) -> (Vec<Word>, bool) {
        let expected = format!("`{}` is a text or a list of texts", entry.name());
        match entry.value.get_ref() {
            DeValue::Array(array) => {
                let words: Vec<Option<Word>> =
                    array.iter().map(|value| self.word(value, &expected)).collect();
                let complete = words.iter().all(Option::is_some);
                (words.into_iter().flatten().collect(), complete)
            }
            _ => {
                let word = self.word(entry.value, &expected);
                let complete = word.is_some();
                (word.into_iter().collect(), complete)
            }
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, entry: Option<Entry<'_, '_>>) -> Option<bool> {
        let entry = entry?;
        match entry.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                let message = format!("`{}` is `true` or `false`, not {}", entry.name(), kind(other));
                self.fault(entry.span(), message);
                None
            }
        }
    }

    /// A whole number from 0 that `u32` holds.
    pub fn count(&mut self, entry: Option<Entry<'_, '_>>) -> Option<u32> {
        let entry = entry?;
        let number = match entry.value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            let message =
                format!("`{}` is a whole number from 0, not {}", entry.name(), kind(entry.value.get_ref()));
            self.fault(entry.span(), message);
        }
        number
    }

    /// A length of time, in milliseconds.
    pub fn length(&mut self, entry: Option<Entry<'_, '_>>) -> Option<(u64, Span)> {
        let name = entry?.name();
        let word = self.text(entry)?;
        let length = crate::milliseconds(&word.text);
        if length.is_none() {
            let message = format!(
                "`{name}` is a length of time: `{name} = \"5m\"`, with a unit of ms, s, m, h or d, not `{}`",
                word.text
            );
            self.fault(word.span.clone(), message);
        }
        Some((length?, word.span))
    }

    /// One of a few texts.
    pub fn choice(&mut self, entry: Option<Entry<'_, '_>>, choices: &[&str]) -> Option<usize> {
        let name = entry?.name();
        let word = self.text(entry)?;
        let found = choices.iter().position(|choice| *choice == word.text);
        if found.is_none() {
            let hint = suggestion(&word.text, choices.iter().copied());
            self.fault(word.span, format!("`{name}` can't be `{}`{hint}", word.text));
        }
        found
    }

    /// A value of any kind.
    pub fn value(&mut self, entry: Entry<'_, '_>) -> Option<Given> {
        match owned(entry.value) {
            Ok(value) => Some(Given { value, span: entry.span() }),
            Err((span, message)) => {
                self.fault(span, message);
                None
            }
        }
    }
}

/// What a value is, in words.
fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{}\"", text.escape_debug()),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(moment) => format!("the moment {moment}"),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// The value without its places, or why it can't be had.
fn owned(value: &Spanned<DeValue<'_>>) -> Result<toml::Value, (Span, String)> {
    let out_of_range = |number: &dyn std::fmt::Display| format!("{number} is too large for a number of TOML");
    Ok(match value.get_ref() {
        DeValue::String(text) => toml::Value::String(text.clone().into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => toml::Value::Integer(number),
            Err(_) => return Err((value.span(), out_of_range(number))),
        },
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            // Infinity is a number only where it is said.
            Ok(float) if !float.is_infinite() || number.as_str().contains("inf") => toml::Value::Float(float),
            _ => return Err((value.span(), out_of_range(number))),
        },
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        // Of a text that is no TOML there may be moments that are none.
        DeValue::Datetime(moment) => match moment.to_string().parse() {
            Ok(moment) => toml::Value::Datetime(moment),
            Err(_) => return Err((value.span(), "this is neither a date nor a time".into())),
        },
        DeValue::Array(array) => toml::Value::Array(array.iter().map(owned).collect::<Result<Vec<_>, _>>()?),
        DeValue::Table(table) => toml::Value::Table(
            Fields::of(table)
                .entries
                .iter()
                .map(|entry| Ok((entry.name().to_owned(), owned(entry.value)?)))
                .collect::<Result<_, _>>()?,
        ),
    })
}
