//! Writes a row type for the columns of a file.

use super::columns::column_type;
use super::csv::{self, Guess};
use super::error::TableError;
use polars::prelude::*;
use std::fmt::Write as _;
use std::path::Path;

/// Returns the Rust code of a row type for the columns of a CSV, Parquet or Arrow IPC file.
///
/// All lines of a CSV file are read: each column gets the narrowest type that all its values have.
///
/// # Errors
///
/// When the file can't be read, or has no columns.
pub fn row_type_of(path: &Path) -> Result<String, TableError> {
    let mut start = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, 6), &mut start));
    read.map_err(|source| TableError::File { path: path.to_owned(), source })?;
    let name = path.file_stem().map_or_else(String::new, |stem| pascal(&stem.to_string_lossy()));
    let name = if name.starts_with(|letter: char| letter.is_alphabetic()) { name } else { "Record".into() };
    let mut text = String::from("use skipstone::Row;\n");
    let of_polars = match &*start {
        [b'P', b'A', b'R', b'1', ..] => Some(super::columnar::scan_parquet as fn(_) -> _),
        [b'A', b'R', b'R', b'O', b'W', b'1'] => Some(super::columnar::scan_ipc as fn(_) -> _),
        _ => None,
    };
    let (fields, options, nested) = match of_polars {
        Some(scan) => {
            let (fields, nested) = typed(scan(PlRefPath::new(path.to_string_lossy()))?, &name)?;
            (fields, Vec::new(), nested)
        }
        None => {
            let Guess { columns, options } = csv::guess(path)?;
            let fields =
                columns.into_iter().map(|(name, ty, nullable)| Field::new(name, ty.to_owned(), nullable));
            (fields.collect(), options, String::new())
        }
    };
    for (ty, used) in TYPES {
        let has = |text: &str| text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == ty);
        if fields.iter().any(|field| has(&field.ty)) || has(&nested) {
            let _ = writeln!(text, "use skipstone::{used}::{ty};");
        }
    }
    let _ = write!(text, "\n{}{nested}", row_type(&name, &fields, &options));
    Ok(text)
}

/// Types that a row type must import, and the modules that have them.
const TYPES: [(&str, &str); 7] = [
    ("Decimal", "tables"),
    ("DateTime", "jiff::civil"),
    ("Date", "jiff::civil"),
    ("SignedDuration", "jiff"),
    ("Timestamp", "jiff"),
    ("Time", "jiff::civil"),
    ("Zoned", "jiff"),
];

/// A field of the row type.
struct Field {
    column: String,
    ty: String,
    nullable: bool,
    zone: Option<String>,
}

impl Field {
    fn new(column: String, ty: String, nullable: bool) -> Field {
        Field { column, ty, nullable, zone: None }
    }
}

/// Returns the fields for the columns of a file with types, and the row types within them.
fn typed(mut plan: LazyFrame, name: &str) -> Result<(Vec<Field>, String), TableError> {
    let schema = plan.collect_schema()?;
    let missing =
        plan.select([all().as_expr().null_count()]).collect_with_engine(Engine::Streaming)?.unwrap_single();
    let mut nested = String::new();
    let mut fields = Vec::new();
    for (column, ty) in schema.iter() {
        let (ty, zone) = field_type(ty, &format!("{name}{}", pascal(column)), &mut nested);
        let count = missing.column(column)?.as_materialized_series().cast(&DataType::UInt64)?;
        let nullable = count.u64()?.get(0) != Some(0);
        fields.push(Field { column: column.to_string(), ty, nullable, zone });
    }
    Ok((fields, nested))
}

/// Returns the type of a field for a column of this type, and the time zone of its values. Adds the row types within it
/// to `nested`.
fn field_type(ty: &DataType, name: &str, nested: &mut String) -> (String, Option<String>) {
    match ty {
        DataType::Datetime(_, Some(zone)) if *zone != TimeZone::UTC => {
            ("Zoned".into(), Some(zone.to_string()))
        }
        DataType::List(of) => (format!("Vec<Option<{}>>", field_type(of, name, nested).0), None),
        DataType::Struct(columns) => {
            let mut fields = Vec::new();
            for column in columns {
                let within = format!("{name}{}", pascal(column.name()));
                let (ty, zone) = field_type(column.dtype(), &within, nested);
                fields.push(Field { column: column.name().to_string(), ty, nullable: true, zone });
            }
            let row = row_type(name, &fields, &[]);
            let _ = write!(nested, "\n{row}");
            (name.to_owned(), None)
        }
        other if let Some(ty) = column_type(other) => (ty.to_string(), None),
        // The comment attracts attention, and `()` doesn't compile as a column.
        other => (format!("/* no field can have the type {other}: remove it */ ()"), None),
    }
}

/// Converts a field's name to a column's.
type Case = fn(&str) -> String;

/// Returns the Rust code of a row type.
fn row_type(name: &str, fields: &[Field], options: &[String]) -> String {
    let mut text = String::from("#[derive(Row)]\n");
    let all_are = |case: Case| fields.iter().all(|field| case(&field_name(&field.column)) == field.column);
    let cases: [(&str, Case); 3] = [
        ("PascalCase", pascal),
        ("SCREAMING_SNAKE_CASE", |field| field.to_uppercase()),
        ("camelCase", camel),
    ];
    let snake = fields.iter().all(|field| field_name(&field.column) == field.column);
    let case = cases.iter().find(|(_, case)| !snake && all_are(*case)).map(|(name, _)| *name);
    if let Some(case) = case {
        let _ = writeln!(text, "#[row(rename_all = \"{case}\")]");
    }
    if !options.is_empty() {
        let _ = writeln!(text, "#[csv({})]", options.join(", "));
    }
    let _ = writeln!(text, "struct {name} {{");
    let mut seen: Vec<String> = Vec::new();
    for field in fields {
        let mut name = field_name(&field.column);
        while seen.contains(&name) {
            name.push('_');
        }
        seen.push(name.clone());
        let renamed = case.is_none() && name != field.column;
        let mut attributes = Vec::new();
        attributes.extend(renamed.then(|| format!("rename = {:?}", field.column)));
        attributes.extend(field.zone.as_ref().map(|zone| format!("zone = {zone:?}")));
        if !attributes.is_empty() {
            let _ = writeln!(text, "    #[row({})]", attributes.join(", "));
        }
        let ty = if field.nullable { format!("Option<{}>", field.ty) } else { field.ty.clone() };
        let raw = if is_keyword(&name) { "r#" } else { "" };
        let _ = writeln!(text, "    {raw}{name}: {ty},");
    }
    text.push_str("}\n");
    text
}

/// Whether a name is a keyword of Rust.
fn is_keyword(name: &str) -> bool {
    const WORDS: &str = "as break const continue dyn else enum extern false fn for if impl in let loop match mod move mut pub ref \
                         return static struct trait true type unsafe use where while async await abstract become box do final macro \
                         override priv typeof unsized virtual yield try gen";
    WORDS.split(' ').any(|word| word == name)
}

/// Returns the words of a name in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins = !before.is_alphanumeric()
            || letter.is_uppercase() && (before.is_lowercase() || before.is_numeric());
        if letter.is_alphanumeric() {
            if begins || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before = letter;
    }
    words
}

/// Returns the name of the field for a column.
fn field_name(column: &str) -> String {
    let name = words(column).join("_");
    match name.chars().next() {
        None => "column".into(),
        Some(digit) if digit.is_numeric() => format!("_{name}"),
        Some(_) => name,
    }
}

fn pascal(name: &str) -> String {
    let capital = |word: String| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words(name).into_iter().map(capital).collect()
}

fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
