//! Views: checks at compile time whether a table has the columns that a reader names.

use super::column::{Column, ColumnType};
use skipstone_wiring::{Text, same};

/// The name of a row type.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowName {
    /// The module that contains it.
    pub path: &'static str,
    /// The name itself.
    pub name: &'static str,
}

/// The row type of a table, as known at compile time.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct TableType {
    /// Its columns.
    pub columns: &'static [Column],
    /// Its name.
    pub row: RowName,
    /// The row type of the tables that it is a view of, if declared.
    pub view_of: Option<RowName>,
}

/// Explains why a table with the row type `table` can't be read with the row type `view`: extends `message`, which
/// states the expected and the found type. `None` if it can be read.
pub(crate) const fn mismatch(view: &TableType, table: &TableType, message: Text) -> Option<Text> {
    if let Some(of) = &view.view_of
        && !is_it(of, &table.row)
        && !is_it(&view.row, &table.row)
    {
        let text = message.push(", but `").push(view.row.name).push("` is a view of `").push(of.name);
        return Some(text.push("`"));
    }
    columns_mismatch(view.columns, table.columns, message)
}

const fn is_it(one: &RowName, other: &RowName) -> bool {
    same(one.path, other.path) && same(one.name, other.name)
}

/// Explains why the view's column with this name does not match the table; `None` if it does.
pub(crate) const fn column_mismatch(
    view: &[Column],
    name: &str,
    columns: &[Column],
    message: Text,
) -> Option<Text> {
    match find(view, name) {
        None => None,
        Some(column) => columns_mismatch(std::slice::from_ref(column), columns, message),
    }
}

/// Explains why a table with these columns can't be read with the columns of `view`: extends `message`, which states
/// the expected and the found type. `None` if it can be read.
const fn columns_mismatch(view: &[Column], columns: &[Column], message: Text) -> Option<Text> {
    let mut i = 0;
    while i < view.len() {
        let expected = &view[i];
        match find(columns, expected.name) {
            None => {
                let text =
                    message.push(", which has no column `").push(expected.name).push("`; its columns are ");
                return Some(names(columns, text));
            }
            Some(found) if !is_same(&found.ty, &expected.ty) => {
                let text = message.push(", whose column `").push(expected.name).push("` is `");
                return Some(named(&expected.ty, named(&found.ty, text).push("`, not `")).push("`"));
            }
            Some(found) if found.nullable && !expected.nullable => {
                let text =
                    message.push(", whose column `").push(expected.name).push("` may have missing values: ");
                return Some(text.push("make the field `").push(expected.field).push("` an `Option`"));
            }
            Some(_) => i += 1,
        }
    }
    None
}

const fn find<'a>(columns: &'a [Column], name: &str) -> Option<&'a Column> {
    let mut i = 0;
    while i < columns.len() {
        if same(columns[i].name, name) {
            return Some(&columns[i]);
        }
        i += 1;
    }
    None
}

/// Appends the names of the columns; only the first ones if there are many.
const fn names(columns: &[Column], mut text: Text) -> Text {
    const SHOWN: usize = 12;
    let mut i = 0;
    while i < columns.len() && i < SHOWN {
        text = text.push(if i > 0 { ", `" } else { "`" }).push(columns[i].name).push("`");
        i += 1;
    }
    if columns.len() > SHOWN {
        text = text.push(" and ").push_number(columns.len() - SHOWN).push(" more");
    }
    text
}

/// Whether two column types are equal.
const fn is_same(one: &ColumnType, other: &ColumnType) -> bool {
    use ColumnType as C;
    match (one, other) {
        (C::Zoned(one), C::Zoned(other)) => same(one, other),
        (C::Decimal(one), C::Decimal(other)) => *one == *other,
        (C::Category(one), C::Category(other)) => {
            let mut i = 0;
            while i < one.len() && i < other.len() && same(one[i], other[i]) {
                i += 1;
            }
            i == one.len() && i == other.len()
        }
        (C::List(one), C::List(other)) => one.nullable == other.nullable && is_same(&one.ty, &other.ty),
        (C::Row(one), C::Row(other)) => {
            let (one, other) = (one.columns, other.columns);
            let mut i = 0;
            while i < one.len() && i < other.len() {
                let (own, its) = (&one[i], &other[i]);
                if !same(own.name, its.name) || own.nullable != its.nullable || !is_same(&own.ty, &its.ty) {
                    return false;
                }
                i += 1;
            }
            i == one.len() && i == other.len()
        }
        (C::Zoned(_) | C::Decimal(_) | C::Category(_) | C::List(_) | C::Row(_), _)
        | (_, C::Zoned(_) | C::Decimal(_) | C::Category(_) | C::List(_) | C::Row(_)) => false,
        (one, other) => same(one.plain_name(), other.plain_name()),
    }
}

/// Appends the name of a type, as a field of a row type has it.
const fn named(ty: &ColumnType, text: Text) -> Text {
    match ty {
        ColumnType::Zoned(zone) => text.push("Zoned in ").push(zone),
        ColumnType::Decimal(scale) => text.push("Decimal<").push_number(*scale as usize).push(">"),
        ColumnType::Category(names) => {
            let mut text = text.push("Category of ");
            let mut i = 0;
            while i < names.len() {
                text = text.push(if i > 0 { ", " } else { "" }).push(names[i]);
                i += 1;
            }
            text
        }
        ColumnType::List(of) if of.nullable => named(&of.ty, text.push("Vec<Option<")).push(">>"),
        ColumnType::List(of) => named(&of.ty, text.push("Vec<")).push(">"),
        plain => text.push(plain.plain_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ElementType, RowType};

    const fn column(name: &'static str, ty: ColumnType, nullable: bool) -> Column {
        Column { field: name, name, ty, nullable, key: false, docs: "" }
    }

    const NAMES: ColumnType = ColumnType::Category(&["low", "high"]);
    const POINT: RowType = RowType { name: "Point", columns: &[column("x", ColumnType::F64, false)] };
    const TABLE: [Column; 4] = [
        column("id", ColumnType::I64, false),
        column("price", ColumnType::Decimal(2), true),
        column("level", NAMES, false),
        column("at", ColumnType::List(&ElementType { ty: ColumnType::Row(&POINT), nullable: true }), false),
    ];

    fn message(view: &[Column]) -> String {
        columns_mismatch(view, &TABLE, Text::new().push("found"))
            .map_or_else(String::new, |text| text.to_string())
    }

    #[test]
    fn a_view_has_some_of_the_columns_in_their_types() {
        assert_eq!(message(&TABLE), "");
        assert_eq!(message(&TABLE[2..]), "");
        assert_eq!(message(&[column("id", ColumnType::I64, true)]), "");
        assert_eq!(message(&[]), "");
    }

    #[test]
    fn the_mismatch_is_named() {
        assert_eq!(
            message(&[column("prize", ColumnType::Decimal(2), true)]),
            "found, which has no column `prize`; its columns are `id`, `price`, `level`, `at`"
        );
        assert_eq!(
            message(&[column("price", ColumnType::Decimal(3), true)]),
            "found, whose column `price` is `Decimal<2>`, not `Decimal<3>`"
        );
        assert_eq!(
            message(&[column("id", ColumnType::I32, false)]),
            "found, whose column `id` is `i64`, not `i32`"
        );
        assert_eq!(
            message(&[column("price", ColumnType::Decimal(2), false)]),
            "found, whose column `price` may have missing values: make the field `price` an `Option`"
        );
        assert_eq!(
            message(&[column("level", ColumnType::Category(&["low"]), false)]),
            "found, whose column `level` is `Category of low, high`, not `Category of low`"
        );
        const OTHER: ElementType = ElementType { ty: ColumnType::Row(&POINT), nullable: false };
        assert_eq!(
            message(&[column("at", ColumnType::List(&OTHER), false)]),
            "found, whose column `at` is `Vec<Option<Point>>`, not `Vec<Point>`"
        );
    }

    #[test]
    fn a_view_of_a_table_reads_no_other_table() {
        const fn name(path: &'static str, name: &'static str) -> RowName {
            RowName { path, name }
        }
        let table = |row, view_of| TableType { columns: &TABLE, row, view_of };
        let (orders, others) = (table(name("a", "Order"), None), table(name("b", "Order"), None));
        let view = table(name("c", "Ids"), Some(name("a", "Order")));
        let message = |table| mismatch(&view, table, Text::new().push("found")).map(|text| text.to_string());
        assert_eq!(message(&orders), None);
        assert_eq!(message(&view), None);
        assert_eq!(message(&others).as_deref(), Some("found, but `Ids` is a view of `Order`"));
    }
}
