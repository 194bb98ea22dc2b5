//! Tests of parse errors, and a snapshot of a formatted expansion.

use super::*;

/// Returns the messages for a task, without the compiler.
fn messages(options: &str, item: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    parse::parse(options.parse().expect("tokens"), item.parse().expect("tokens"), &mut diagnostics);
    diagnostics.messages()
}

#[cfg(not(feature = "tokio"))]
#[test]
fn an_async_function_needs_a_feature() {
    let messages = messages("", "async fn f() {}");
    assert!(messages.len() == 1 && messages[0].contains("needs the feature `tokio`"), "{messages:?}");
}

#[test]
fn each_kind_of_invalid_function_has_its_own_message() {
    for (item, start) in [
        ("fn f(&self) {}", "a task can't take `self`"),
        ("unsafe fn f() {}", "a task can't be unsafe"),
        ("fn f<const N: usize>(x: f64) {}", "a task has no constant parameters"),
        ("fn f<'a, T>(x: &'a T) {}", "a generic task has no lifetimes"),
        ("fn f<'a>(x: &'a u8) -> &'a u8 {}", "a result can't borrow, because it is stored: write `u8`"),
        (
            "fn f(x: Vec<&str>) {}",
            "an argument can't contain references, because it is read from the store: write `Vec<String>` or `&Vec<String>`",
        ),
        (
            "fn f(x: Option<&str>) {}",
            "an argument can't contain references, because it is read from the store: write `Option<String>` or",
        ),
        (
            "fn f(x: &[&str]) {}",
            "an argument can't contain references, because it is read from the store: write `&[String]`",
        ),
        (
            "fn f(x: &&str) {}",
            "an argument can't contain references, because it is read from the store: write `&str`",
        ),
        (
            "fn f(x: &Option<&Vec<f64>>) {}",
            "an argument can't contain references, because it is read from the store: write `&Option<Vec<f64>>`",
        ),
        ("fn f(x: Cow<'_, str>) {}", "an argument is read from the store: write `&str`"),
        ("fn f(x: &'static str) {}", "an argument lives as long as the call: remove `'static`"),
        (
            "fn f() -> Vec<&'static str> {}",
            "a result can't borrow, because it is stored: write `Vec<String>`",
        ),
        (
            "fn f() -> Result<(u8, Option<&'static str>), E> {}",
            "a result can't borrow, because it is stored: write `Option<String>`",
        ),
        ("fn f() -> Cow<'static, str> {}", "a result can't borrow, because it is stored: write `String`"),
        ("fn f() -> ! {}", "a task must return"),
        ("fn f(x: Vec<Option<Option<u8>>>) {}", "an `Option` of an `Option` can't be stored"),
        ("fn f() -> Option<Option<u8>> {}", "an `Option` of an `Option` can't be stored"),
        ("fn f();", "a task needs a body"),
        ("#[task] fn f() {}", "the function has `#[task]` twice"),
        ("fn f(x: impl Copy) {}", "a task's parameter can't be `impl Trait`"),
        ("fn f() -> impl Copy {}", "a task's result can't be `impl Trait`"),
        ("fn f() -> Vec<impl Copy> {}", "a task's result can't be `impl Trait`"),
        ("fn f(x: &dyn Copy) {}", "a task's parameter can't be a trait object"),
        ("fn f(x: &mut u8) {}", "a task can't change its input"),
        ("fn f((a, b): (u8, u8)) {}", "a task's parameter needs a plain name"),
        ("fn f(_: u8) {}", "a task's parameter needs a name"),
        ("extern \"C\" fn f() {}", "a task must be a Rust function"),
        ("unsafe extern \"C\" fn f(x: u8, ...) {}", "a task can't be variadic"),
        ("extern \"C\" fn f(x: u8) {}", "a task must be a Rust function"),
        ("fn f() -> &'static str { \"\" }", "a result can't borrow, because it is stored: write `String`"),
        ("struct S;", "`#[task]` is only for functions"),
    ] {
        let messages = messages("", item);
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{item}: {messages:?}");
    }
}

#[test]
fn lifetimes_of_the_call_and_errors_in_the_body_are_left_to_the_compiler() {
    for item in [
        "fn f<'a>(x: &'a str, y: &'a [u8]) -> String {}",
        "fn f(x: &Path) {}",
        "fn f(x: u8) -> u8 { let = ; }",
        "fn f(x: u8) -> _ { x }",
        "fn f(x: Self) {}",
        "fn f(x: str, y: [f64]) {}",
    ] {
        assert_eq!(messages("", item), [""; 0], "{item}");
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let messages = messages("skipable", "unsafe fn f<'a, T>(&self, (a, b): T, c: &mut u8, d: impl Copy) {}");
    assert_eq!(messages.len(), 7, "{messages:#?}");
}

#[test]
fn an_unknown_option_is_reported_with_the_nearest() {
    assert_eq!(
        messages("skipable", "fn f() {}"),
        ["`#[task]` has no option `skipable`: did you mean `skippable`?"]
    );
    assert_eq!(
        messages("cached", "fn f() {}"),
        [
            "`#[task]` has no option `cached`; available: `skippable`, `effects`, `isolated`, `opaque`, `unordered`, `version`, `name`, `ignore`, `retries`, `backoff`, `timeout`"
        ]
    );
    assert_eq!(
        messages("skippable = true", "fn f() {}"),
        ["`skippable` takes no value: write `#[task(skippable)]`"]
    );
}

#[test]
fn versions_and_ignored_parameters_are_checked() {
    let item = "fn f(values: u8, level: u8) {}";
    assert_eq!(messages("skippable, version = \"1\", ignore(level)", item), [""; 0]);
    for (options, start) in [
        ("skippable, version = 1", "`version` must be a non-empty string"),
        ("skippable, version = \"\"", "`version` must be a non-empty string"),
        ("skippable, version", "`version` must be a non-empty string"),
        ("skippable, version = \"1\", version = \"2\"", "`version` is given twice"),
        ("skippable, name = f", "`name` must be a non-empty string, such as the path of the function before"),
        ("skippable, name = \"f\", name = \"g\"", "`name` is given twice"),
        ("skippable, ignore", "name the parameters to ignore"),
        ("skippable, ignore()", "name the parameters to ignore"),
        ("skippable, ignore(levle)", "the task has no parameter `levle`: did you mean `level`?"),
        ("skippable, ignore(level, level)", "parameter `level` is ignored twice"),
        ("version = \"1\"", "`version` sets what a stored result depends on"),
        ("ignore(level)", "`ignore` sets what a stored result depends on"),
    ] {
        let messages = messages(options, item);
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{options}: {messages:?}");
    }
}

#[test]
fn the_error_type_is_not_a_node_and_may_be_a_trait_object() {
    assert_eq!(
        messages("", "fn f() -> Result<u8, Box<dyn std::error::Error>> { Ok(1) }"),
        Vec::<String>::new()
    );
}

#[test]
fn the_function_is_kept_unchanged_even_with_errors() {
    let item: TokenStream = "fn f(x: &mut u8) { *x += 1; }".parse().expect("tokens");
    let all = task("nonsense".parse().expect("tokens"), item.clone()).to_string();
    assert!(all.starts_with(&item.to_string()), "{all}");
    assert_eq!(all.matches("compile_error").count(), 2, "{all}");
}

#[test]
fn an_expansion() {
    let item = "/// Halves.\n#[cfg(unix)] pub(crate) fn split(df: &Frame<Row>, at: f64) -> Result<(Frame<Row>, Vec<u8>)> { todo!() }";
    let mut diagnostics = Diagnostics::default();
    let options = "skippable, version = \"2\", ignore(at)";
    let task =
        parse::parse(options.parse().expect("tokens"), item.parse().expect("tokens"), &mut diagnostics)
            .expect("a task");
    let code = skipstone_fingerprint::Code {
        hash: "<code>".into(),
        parts: "<parts>".into(),
        packages: "<packages>".into(),
        made_by_macro: false,
    };
    let file = syn::parse_file(&expand::task(&task, &code).to_string()).expect("items");
    insta::assert_snapshot!(prettyplease::unparse(&file));
}

#[test]
fn an_expansion_of_a_generic_task() {
    let item = "async fn largest<T: Ord + Clone>(values: &[T], at: &Ranked<T>) -> Option<T> where T: Data { todo!() }";
    let mut diagnostics = Diagnostics::default();
    let options = "skippable, version = \"2\"".parse().expect("tokens");
    let task = parse::parse(options, item.parse().expect("tokens"), &mut diagnostics).expect("a task");
    let file = syn::parse_file(&expand::generic(&task).to_string()).expect("items");
    insta::assert_snapshot!(prettyplease::unparse(&file));
}

#[test]
fn options_and_their_values_are_checked() {
    let item = "fn f() {}";
    assert_eq!(messages("retries = 3, backoff = \"250ms\", timeout = \"5m\"", item), [""; 0]);
    for (options, start) in [
        ("effects", "`effects` keeps a stored result from being computed again only to check it"),
        ("skippable, effects, effects", "`effects` is given twice"),
        ("skippable, effects = true", "`effects` takes no value"),
        ("isolated, isolated", "`isolated` is given twice"),
        ("isolated = true", "`isolated` takes no value"),
        ("opaque, opaque", "`opaque` is given twice"),
        ("unordered(1)", "`unordered` takes no value"),
        ("retries", "`retries` must be a whole number"),
        ("retries = \"3\"", "`retries` must be a whole number"),
        ("retries = -1", "`retries` must be a whole number"),
        ("retries = 1, retries = 2", "`retries` is given twice"),
        ("timeout = 5", "`timeout` must be a duration"),
        ("timeout = \"5 parsecs\"", "`timeout` must be a duration"),
        ("timeout = \"0s\"", "`timeout` must be longer than zero"),
        ("backoff = \"1s\"", "`backoff` has no effect without retries"),
    ] {
        let messages = messages(options, item);
        assert!(messages.len() == 1 && messages[0].starts_with(start), "{options}: {messages:?}");
    }
}
