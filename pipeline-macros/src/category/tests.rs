//! What parsing refuses, and one expansion.

use super::*;

fn messages(input: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    parse::parse(input.parse().expect("tokens"), &mut diagnostics);
    diagnostics.messages()
}

#[test]
fn what_is_no_category_is_told_why() {
    for (input, message) in [
        ("struct S;", "a category is an enum whose variants are the names"),
        ("enum E {}", "a category needs a variant at least: no value could be in its column"),
        ("enum E { A(u8) }", "a name has no fields: write `A` alone"),
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
            "variants `A` and `B` are both `A`: rename one of them",
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
