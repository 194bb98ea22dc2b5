//! Views: whether a table has the columns that a reader of it names, found out while the program compiles.

use super::column::{Column, ColumnType};
use skipstone_wiring::{Text, same};

/// A row type, by its name.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowName {
    /// The module that it is in.
    pub path: &'static str,
    /// Its own name.
    pub name: &'static str,
}

/// What is known of a table's row type.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct TableType {
    /// Its columns.
    pub columns: &'static [Column],
    /// Its name.
    pub row: RowName,
    /// The row type of the tables of which it is a view, if it says so.
    pub view_of: Option<RowName>,
}

/// What a reader of a table with the row type `view` misses in one with the row type `table`, after a text that says what
/// was expected and found; `None` if it misses nothing.
pub(crate) const fn mismatch(view: &TableType, table: &TableType, said: Text) -> Option<Text> {
    if let Some(of) = &view.view_of
        && !is_it(of, &table.row)
        && !is_it(&view.row, &table.row)
    {
        let text = said.push(", and `").push(view.row.name).push("` is a view of `").push(of.name);
        return Some(text.push("`"));
    }
    columns_mismatch(view.columns, table.columns, said)
}

const fn is_it(one: &RowName, other: &RowName) -> bool {
    same(one.path, other.path) && same(one.name, other.name)
}

/// Why the column of this name of a view is none of the table; `None` if it is one.
pub(crate) const fn column_mismatch(
    view: &[Column],
    name: &str,
    columns: &[Column],
    said: Text,
) -> Option<Text> {
    match find(view, name) {
        None => None,
        Some(column) => columns_mismatch(std::slice::from_ref(column), columns, said),
    }
}

/// What a reader of these columns misses in a table with those, after a text that says what was expected and found; `None`
/// if it misses nothing.
const fn columns_mismatch(view: &[Column], columns: &[Column], said: Text) -> Option<Text> {
    let mut i = 0;
    while i < view.len() {
        let wanted = &view[i];
        match find(columns, wanted.name) {
            None => {
                let text = said.push(", which has no column `").push(wanted.name).push("`; its columns are ");
                return Some(names(columns, text));
            }
            Some(found) if !is_same(&found.ty, &wanted.ty) => {
                let text = said.push(", whose column `").push(wanted.name).push("` is `");
                return Some(named(&wanted.ty, named(&found.ty, text).push("`, not `")).push("`"));
            }
            Some(found) if found.nullable && !wanted.nullable => {
                let text =
                    said.push(", whose column `").push(wanted.name).push("` may have missing values: ");
                return Some(text.push("let the field `").push(wanted.field).push("` be an `Option`"));
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

/// The text with the names of the columns at its end: of many, some.
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

/// Whether two types of columns are one.
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

/// The text with the name of a type at its end, as a field of a row type has it.
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

    fn said(view: &[Column]) -> String {
        columns_mismatch(view, &TABLE, Text::new().push("found"))
            .map_or_else(String::new, |text| text.to_string())
    }

    #[test]
    fn a_view_has_some_of_the_columns_in_their_types() {
        assert_eq!(said(&TABLE), "");
        assert_eq!(said(&TABLE[2..]), "");
        assert_eq!(said(&[column("id", ColumnType::I64, true)]), "");
        assert_eq!(said(&[]), "");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(
            said(&[column("prize", ColumnType::Decimal(2), true)]),
            "found, which has no column `prize`; its columns are `id`, `price`, `level`, `at`"
        );
        assert_eq!(
            said(&[column("price", ColumnType::Decimal(3), true)]),
            "found, whose column `price` is `Decimal<2>`, not `Decimal<3>`"
        );
        assert_eq!(
            said(&[column("id", ColumnType::I32, false)]),
            "found, whose column `id` is `i64`, not `i32`"
        );
        assert_eq!(
            said(&[column("price", ColumnType::Decimal(2), false)]),
            "found, whose column `price` may have missing values: let the field `price` be an `Option`"
        );
        assert_eq!(
            said(&[column("level", ColumnType::Category(&["low"]), false)]),
            "found, whose column `level` is `Category of low, high`, not `Category of low`"
        );
        const OTHER: ElementType = ElementType { ty: ColumnType::Row(&POINT), nullable: false };
        assert_eq!(
            said(&[column("at", ColumnType::List(&OTHER), false)]),
            "found, whose column `at` is `Vec<Option<Point>>`, not `Vec<Point>`"
        );
    }

    #[test]
    fn a_view_of_a_table_reads_no_other() {
        const fn name(path: &'static str, name: &'static str) -> RowName {
            RowName { path, name }
        }
        let table = |row, view_of| TableType { columns: &TABLE, row, view_of };
        let (orders, others) = (table(name("a", "Order"), None), table(name("b", "Order"), None));
        let view = table(name("c", "Ids"), Some(name("a", "Order")));
        let said = |table| mismatch(&view, table, Text::new().push("found")).map(|text| text.to_string());
        assert_eq!(said(&orders), None);
        assert_eq!(said(&view), None);
        assert_eq!(said(&others).as_deref(), Some("found, and `Ids` is a view of `Order`"));
    }
}
