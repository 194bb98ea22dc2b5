//! Reads TOML tables key by key, collecting every error with its span.

use crate::name::suggestion;
use crate::source::{Fault, SourceText, Span};
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A word of a file, with its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Its span.
    pub span: Span,
}

/// A value of a file, with its span.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The value.
    pub value: toml::Value,
    /// Its span.
    pub span: Span,
}

/// A key that a table may have: its name, the kind of its values, and its documentation.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// Its documentation, in one sentence.
    pub docs: &'static str,
}

/// The kind of the values of a key.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// A string.
    Text,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A duration, as [`crate::milliseconds`] parses it.
    Length,
    /// A size, as [`crate::bytes`] parses it.
    Size,
    /// A percentage, as [`crate::share`] parses it.
    Share,
    /// `true` or `false`.
    Flag,
    /// A whole number of at least 0.
    Count,
    /// A whole number of at least 1, or a string with an environment variable that holds one.
    Positive,
    /// Any value.
    Any,
    /// A string or an array of strings.
    Texts,
    /// An array of strings or a table of strings.
    Arguments,
    /// A table or an array of tables, with these keys.
    Tables(&'static [Key]),
    /// A table of tables with these keys.
    Named(&'static [Key]),
    /// A table of values of any kind.
    Values,
}

/// Reads tables and collects the errors in them.
pub struct Reader<'s> {
    source: &'s SourceText,
    faults: Vec<Fault>,
    /// The offsets of syntax errors. Further errors at these offsets are not reported.
    broken: Vec<usize>,
}

/// The entries of one table, in source order.
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
    /// Returns the key.
    pub fn name(&self) -> &'t str {
        self.key.get_ref()
    }

    /// Returns the key with its span.
    pub fn word(&self) -> Word {
        Word { text: self.name().to_owned(), span: self.key.span() }
    }

    /// Returns whether the value is a string.
    pub fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// Returns whether the value is an array.
    pub fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    /// Returns whether the value is a table.
    pub fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// Returns the value without spans, or a message if it is invalid.
    pub fn value(&self) -> Result<toml::Value, String> {
        owned(self.value).map_err(|(_, message)| message)
    }

    /// Returns the span of the value. For a table below its own header, this is the span of its name.
    pub fn span(&self) -> Span {
        match self.value.get_ref() {
            DeValue::Table(_) if self.value.span().end <= self.key.span().end => self.key.span(),
            DeValue::Table(_) if self.value.span().is_empty() => self.key.span(),
            _ => self.value.span(),
        }
    }
}

impl<'t, 'i> Fields<'t, 'i> {
    /// Returns whether an unknown key is a likely typo of `key`.
    pub fn misspelt(&self, key: &str, keys: &[Key]) -> bool {
        let unknown = self.entries.iter().filter(|entry| !keys.iter().any(|key| key.name == entry.name()));
        unknown
            .clone()
            .any(|entry| crate::nearest(entry.name(), keys.iter().map(|key| key.name)) == Some(key))
    }

    /// Collects the entries of a table, whatever their keys.
    pub fn of(table: &'t DeTable<'i>) -> Fields<'t, 'i> {
        let mut entries: Vec<Entry<'t, 'i>> = table.iter().map(|(key, value)| Entry { key, value }).collect();
        entries.sort_by_key(|entry| entry.key.span().start);
        Fields { entries }
    }

    /// Returns the entry with this key.
    pub fn get(&self, key: &str) -> Option<Entry<'t, 'i>> {
        self.entries.iter().copied().find(|entry| entry.name() == key)
    }

    /// Returns all entries, in source order.
    pub fn entries(&self) -> &[Entry<'t, 'i>] {
        &self.entries
    }
}

impl<'s> Reader<'s> {
    /// Makes a reader for this source.
    pub fn new(source: &'s SourceText) -> Reader<'s> {
        Reader { source, faults: Vec::new(), broken: Vec::new() }
    }

    /// Parses the document. Syntax errors are reported; the valid parts are still returned.
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

    /// Reports an error, unless the syntax is already wrong at its offset.
    pub fn fault(&mut self, span: Span, message: impl Into<String>) {
        if self.broken.contains(&span.start) {
            return;
        }
        self.faults.push(Fault { span, message: message.into() });
    }

    /// Returns the offsets of the syntax errors.
    pub fn broken(&self) -> &[usize] {
        &self.broken
    }

    /// Returns the errors found so far.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Reads a table and reports every key that is not one of `keys`.
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

    /// Reads a table that may have any keys.
    pub fn names<'t, 'i>(&mut self, entry: Entry<'t, 'i>, what: &str) -> Option<Fields<'t, 'i>> {
        Some(Fields::of(self.table(entry, what)?))
    }

    /// Reads a table.
    pub fn table<'t, 'i>(&mut self, entry: Entry<'t, 'i>, what: &str) -> Option<&'t DeTable<'i>> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                let message = format!("{what} must be a table, not {}", kind(other));
                self.fault(entry.span(), message);
                None
            }
        }
    }

    /// Reads a table or an array of tables, each with its span.
    pub fn tables<'t, 'i>(&mut self, entry: Entry<'t, 'i>, what: &str) -> Vec<(Span, &'t DeTable<'i>)> {
        match entry.value.get_ref() {
            DeValue::Table(table) => vec![(entry.span(), table)],
            DeValue::Array(array) => {
                let mut tables = Vec::new();
                for value in array.iter() {
                    match value.get_ref() {
                        DeValue::Table(table) => tables.push((value.span(), table)),
                        other => {
                            self.fault(value.span(), format!("{what} must be a table, not {}", kind(other)));
                        }
                    }
                }
                tables
            }
            other => {
                self.fault(entry.span(), format!("{what} must be a table, not {}", kind(other)));
                Vec::new()
            }
        }
    }

    /// Reads a string.
    pub fn text(&mut self, entry: Option<Entry<'_, '_>>) -> Option<Word> {
        let entry = entry?;
        self.word(entry.value, &format!("`{}` must be a string", entry.name()))
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

    /// Reads a string or an array of strings. Other items are reported and skipped; the flag is `false` if there were
    /// any.
    pub fn texts(&mut self, entry: Entry<'_, '_>) -> (Vec<Word>, bool) {
        let expected = format!("`{}` must be a string or an array of strings", entry.name());
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

    /// Reads `true` or `false`.
    pub fn flag(&mut self, entry: Option<Entry<'_, '_>>) -> Option<bool> {
        let entry = entry?;
        match entry.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                let message = format!("`{}` must be `true` or `false`, not {}", entry.name(), kind(other));
                self.fault(entry.span(), message);
                None
            }
        }
    }

    /// Reads a whole number that fits into `u32`.
    pub fn count(&mut self, entry: Option<Entry<'_, '_>>) -> Option<u32> {
        let entry = entry?;
        let number = match entry.value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            let message = format!(
                "`{}` must be a whole number from 0 to {}, not {}",
                entry.name(),
                u32::MAX,
                kind(entry.value.get_ref())
            );
            self.fault(entry.span(), message);
        }
        number
    }

    /// Reads a duration, in milliseconds.
    pub fn length(&mut self, entry: Option<Entry<'_, '_>>) -> Option<(u64, Span)> {
        let name = entry?.name();
        let word = self.text(entry)?;
        let length = crate::milliseconds(&word.text);
        if length.is_none() {
            let message = format!(
                "`{name}` must be a duration with a unit of ms, s, m, h or d, such as `{name} = \"5m\"`, not `{}`",
                word.text
            );
            self.fault(word.span.clone(), message);
        }
        Some((length?, word.span))
    }

    /// Reads one of these strings, and returns its index.
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

    /// Reads a value of any kind.
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

/// Describes a value in words.
fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string \"{}\"", text.escape_debug()),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(datetime) => format!("the datetime {datetime}"),
        DeValue::Array(_) => "an array".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// Returns the value without spans, or the span and the message of what is invalid in it.
fn owned(value: &Spanned<DeValue<'_>>) -> Result<toml::Value, (Span, String)> {
    let out_of_range = |number: &dyn std::fmt::Display| format!("{number} is out of range for a TOML number");
    Ok(match value.get_ref() {
        DeValue::String(text) => toml::Value::String(text.clone().into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => toml::Value::Integer(number),
            Err(_) => return Err((value.span(), out_of_range(number))),
        },
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            // A finite literal that parses to infinity is out of range.
            Ok(float) if !float.is_infinite() || number.as_str().contains("inf") => toml::Value::Float(float),
            _ => return Err((value.span(), out_of_range(number))),
        },
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        // After a syntax error, the recovered tree may hold invalid datetimes.
        DeValue::Datetime(datetime) => match datetime.to_string().parse() {
            Ok(datetime) => toml::Value::Datetime(datetime),
            Err(_) => return Err((value.span(), "this is not a valid date or time".into())),
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
