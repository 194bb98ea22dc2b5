//! Tests of parse errors and column names, and a snapshot of an expansion.

use super::*;

fn messages(input: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    parse::parse(input.parse().expect("tokens"), &mut diagnostics);
    diagnostics.messages()
}

#[test]
fn invalid_row_types_are_reported() {
    for (input, message) in [
        ("enum E { A }", "a row type must be a struct: its fields are the columns"),
        ("struct S(u8);", "a row type needs named fields: they are the columns"),
        ("struct S;", "a row type needs named fields: they are the columns"),
        ("struct S<T> { a: T }", "a row type can't be generic: a table has one type for each column"),
        (
            "#[row(rename_al = \"x\")] struct S { a: u8 }",
            "`#[row]` has no option `rename_al` here: did you mean `rename_all`?",
        ),
        (
            "#[row(rename_all = \"Pascalcase\")] struct S { a: u8 }",
            "there is no case `Pascalcase`: did you mean `PascalCase`?",
        ),
        (
            "struct S { #[row(zone = \"Europe/Berlim\")] a: Zoned }",
            "there is no time zone `Europe/Berlim`: did you mean `Europe/Berlin`?",
        ),
        (
            "struct S { a: u8, #[row(rename = \"a\")] b: u8 }",
            "fields `a` and `b` have the same column name `a`: rename one of them",
        ),
    ] {
        assert_eq!(messages(input), [message], "{input}");
    }
}

#[test]
fn an_expansion() {
    let input = r#"
        #[row(rename_all = "PascalCase")]
        pub struct Scored {
            /// The score.
            #[row(rename = "CUSTOMER_SCORE")]
            pub customer_score: f64,
            total_amount: Option<f64>,
            #[row(zone = "Europe/Berlin")]
            at: Zoned,
        }"#;
    let expansion = derive(input.parse().expect("tokens"));
    let file = syn::parse2(expansion).expect("items");
    insta::assert_snapshot!(prettyplease::unparse(&file));
}
