use skipstone::Row;
use skipstone::jiff::Zoned;
use skipstone::tables::{Category, ColumnValue};

#[derive(Row)]
struct WithoutZone {
    at: Zoned,
}

type Local = Zoned;

#[derive(Row)]
struct AliasWithoutZone {
    at: Local,
}

#[derive(Row)]
struct NoSuchZone {
    #[row(zone = "Europe/Berlim")]
    at: Zoned,
}

#[derive(Row)]
struct NoTime {
    #[row(zone = "Europe/Berlin")]
    id: i64,
}

#[derive(Category, Clone)]
enum Payload {
    Text(String),
    Nothing,
}

#[derive(ColumnValue)]
struct Both(i64, i64);

fn main() {}

// Fix: name the time zone of a `Zoned` column; derive `Category` for enums without fields and `ColumnValue` for structs with one field.
