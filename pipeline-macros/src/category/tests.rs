//! Tests of parse errors, and a snapshot of an expansion.

use super::*;

fn messages(input: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    parse::parse(input.parse().expect("tokens"), &mut diagnostics);
    diagnostics.messages()
}

#[test]
fn invalid_categories_are_reported() {
    for (input, message) in [
        ("struct S;", "a category must be an enum: its variants are the names"),
        ("enum E {}", "a category needs at least one variant: without one, its column can't hold a value"),
        ("enum E { A(u8) }", "a variant of a category can't have fields: write only `A`"),
        (
            "#[category(rename = \"x\")] enum E { A }",
            "`#[category]` has no option `rename` here: did you mean `rename_all`?",
        ),
        (
            "#[category(rename_all = \"lower\")] enum E { A }",
            "there is no case `lower`: did you mean `lowercase`?",
        ),
        (
            "enum E { A, #[category(rename = \"A\")] B }",
            "variants `A` and `B` have the same name `A`: rename one of them",
        ),
    ] {
        assert_eq!(messages(input), [message], "{input}");
    }
}

#[test]
fn an_expansion() {
    let input = r#"
        #[category(rename_all = "kebab-case")]
        enum Channel { Web, #[category(rename = "by phone")] Phone, StoreFront }"#;
    let file = syn::parse2(derive(input.parse().expect("tokens"))).expect("items");
    insta::assert_snapshot!(prettyplease::unparse(&file));
}
