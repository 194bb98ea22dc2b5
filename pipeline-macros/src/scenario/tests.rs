//! Tests of parsing, of the checks on models, and snapshots of expansions.

use super::*;

const SCORING: &str = "
    /// Scores customers.
    pub Scoring {
        /// Who to score.
        input path: CsvFile<Customer> = \"customers.csv\";
        #[migrate(limit_from_text)]
        input limit: f64 = 1_000.0;
        input seed: u64;

        scored = algos::score(path, limit);
        (train, test) = split(scored, seed: seed);
        model = fit(train);
        #[kpi(field = accuracy, better = higher, unit = \"%\")]
        #[kpi(field = seconds, better = lower)]
        quality = rate(model, test);
    }";

fn parsed(text: &str) -> (Option<model::Scenario>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let scenario = parse::parse(text.parse().expect("tokens"), &mut diagnostics);
    (scenario, diagnostics)
}

fn messages(text: &str) -> Vec<String> {
    let (mut scenario, mut diagnostics) = parsed(text);
    if let Some(scenario) = &mut scenario {
        check::check(scenario, &mut diagnostics);
    }
    diagnostics.messages()
}

#[test]
fn a_scenario_is_parsed_completely() {
    let (scenario, diagnostics) = parsed(SCORING);
    let scenario = scenario.expect("a scenario");
    assert!(!diagnostics.has_errors());
    assert_eq!(scenario.docs, "Scores customers.");
    assert_eq!(scenario.inputs[0].docs, "Who to score.");
    assert!(scenario.inputs[2].default.is_none());
    let wiring = scenario.wiring();
    assert_eq!(wiring.inputs, ["path", "limit", "seed"]);
    assert_eq!(wiring.calls[0].task, "score");
    assert_eq!(wiring.calls[1].outputs, ["train", "test"]);
    assert_eq!(wiring.calls[1].arguments[1].parameter.as_deref(), Some("seed"));
    assert_eq!(messages(SCORING), Vec::<String>::new());
}

#[test]
fn a_node_may_be_called_input() {
    assert_eq!(messages("S { input a: u8 = 1; input = f(a); b = g(input); }"), Vec::<String>::new());
}

#[test]
fn invalid_statements_are_reported_and_the_others_are_parsed() {
    for (text, message) in [
        ("S { let a = f(); }", "a statement has no `let`: write `name = task(node, …);`"),
        ("S { input a = 1; }", "an input needs a type"),
        ("S { a + b; }", "expected `input name: Type = default;` or"),
        ("S { input a; }", "an input needs a type: `input name: Type = default;`"),
        ("S { input a: u8 = 1 }", "expected `;` after this statement"),
        ("S { a = f; }", "expected `(…)` after `f`, with the nodes that the task reads"),
        ("S { input b: u8 = 1; a = f(b, 1.0); }", "declare the value as `input name: Type = value;`"),
        ("S { input b: u8 = 1; a = f(b, g(b)); }", "give this result a name in its own statement"),
        ("S { input b: u8 = 1; a = f(x: b, b); }", "name the parameter of this argument too"),
        ("S { () = f(); }", "name the outputs"),
        ("S { #[test] a = f(); }", "only doc comments, `#[allow(…)]`"),
        ("{ a = f(); }", "expected the scenario's name"),
        ("S { a = f(); } T { }", "each `scenario!` defines one scenario"),
    ] {
        let messages = messages(text);
        assert_eq!(messages.len(), 1, "{text}: {messages:?}");
        assert!(messages[0].contains(message), "{text}: {messages:?}");
    }
}

/// Each statement is between two others: it is reported once, and the others stay.
#[test]
fn a_half_typed_or_invalid_statement_leaves_the_others_alone() {
    let cases = [
        // Half typed.
        ("other", "expected `= task(node, …);` after the name of the output"),
        ("other =", "expected a task after `=`"),
        ("other = sc", "expected `(…)` after `sc`"),
        ("other = crate::", "expected the name of a task after `::`"),
        ("other = crate::sc(x)", "expected `;` after this statement"),
        ("other = scale(x,)", "expected `;` after this statement"),
        ("input", "expected a name and a type after `input`"),
        ("input other", "an input needs a type"),
        ("input other:", "expected a type after `:`"),
        ("input other: f64", "expected `;` after this statement"),
        ("input other: f64 =", "expected a value after `=`"),
        ("input other: f64 = 1.0", "expected `;` after this statement"),
        ("input other: Vec<f64> = vec![1.0]", "expected `;` after this statement"),
        // Invalid.
        ("other = scale(x,, x);", "one comma too many: remove it"),
        ("other = scale(x),", "a statement ends with `;`, not with `,`"),
        ("other = scale(x x);", "expected `,` before this argument"),
        ("other = scale(&x);", "remove `&`"),
        ("other = scale(x = x);", "name a parameter with `:`, as in `x: node`"),
        ("other = scale(x:);", "expected a node after `:`"),
        ("other = scale(x.);", "expected the name of a node after `.`"),
        ("other = scale(true);", "declare the value as `input name: Type = value;`"),
        ("other = x * x;", "a statement is one call of a task"),
        ("other = (x, x);", "a statement is one call of a task"),
        ("other = x;", "`x` is a node already, with one name"),
        ("other = |x| x;", "a closure can't be a task"),
        ("other = x.sqrt();", "a method can't be a task"),
        ("other = scale<f64>(x);", "expected `::` before the types of the task: `task::<Type>(node, …)`"),
        ("other = scale::<_>(x);", "write the type: a node has one type, which `_` does not name"),
        ("other = scale!(x);", "a macro can't be a task"),
        ("other = 2.0;", "declare a value as `input name: Type = value;`"),
        ("other = -2.0;", "declare a value as `input name: Type = value;`"),
        ("other = scale(x)?;", "remove `?`"),
        ("other = scale(x).len();", "a statement is one call of a task"),
        ("other = if x { scale(x) } else { x };", "write the branch around the statements"),
        ("_ = scale(x);", "every node needs a name"),
        ("type = scale(x);", "`type` is a keyword: write `r#type`"),
        ("scale(x);", "name the output"),
        ("other, second = scale(x);", "put several outputs in parentheses"),
        ("other: f64 = scale(x);", "an output has the type that its task returns"),
        (";", "this `;` ends no statement: remove it"),
        ("pub other = scale(x);", "every node is public: remove `pub`"),
        ("pub(crate) other = scale(x);", "every node is public: remove `pub`"),
        ("let mut other = scale(x);", "a statement has no `let`"),
        ("for f in x { other = scale(f); }", "a scenario has no loops"),
        ("if x { }", "expected `else { … }` after this"),
        ("if x", "expected `{ … } else { … }` after the condition"),
        ("else { }", "this `else` has no `if condition { … }` before it"),
        ("fn scale(x: f64) -> f64 { x }", "put this before `scenario!`"),
        (
            "input other: &[f64] = 1.0;",
            "an input can't borrow, because its value is stored: write `Vec<f64>`",
        ),
        ("input other: [f64] = 1.0;", "an input owns its value, and a slice does not: write `Vec<f64>`"),
        ("input other: str = 1.0;", "write `String`"),
        ("input other: Vec<&'static str> = 1.0;", "write `Vec<String>`"),
        ("input other: f64 = return 2.0;", "remove `return`"),
        ("input other: f64 = rate()?;", "this value can't fail"),
        ("input other: f64 = 2.0 * x;", "a default can't use the node `x`"),
        ("input other: f6 4 = 2.0;", "unexpected token"),
    ];
    for (statement, message) in cases {
        let text =
            format!("S {{\n input x: f64 = 1.0;\n {statement}\n sum = total(x);\n (a, b) = split(x);\n}}");
        let (scenario, diagnostics) = parsed(&text);
        let scenario = scenario.expect("a scenario");
        let messages = diagnostics.messages();
        assert_eq!(messages.len(), 1, "{statement}: {messages:?}");
        assert!(messages[0].contains(message), "{statement}: {messages:?}");
        let inputs: Vec<String> = scenario.inputs.iter().map(|input| input.name.to_string()).collect();
        let calls: Vec<String> = scenario.calls.iter().map(model::Call::task).collect();
        assert!(inputs.contains(&"x".into()), "{statement}: {inputs:?}");
        let after = if statement.starts_with("///") { &["split"][..] } else { &["total", "split"] };
        assert!(
            calls.ends_with(&after.iter().map(ToString::to_string).collect::<Vec<_>>()),
            "{statement}: {calls:?}"
        );
    }
}

#[test]
fn the_node_of_an_unreadable_statement_stays() {
    for (statement, known) in [
        ("other = sc", false),
        ("other =", false),
        ("other", false),
        ("input other:", false),
        ("input other: &[f64];", false),
        ("input other: f64 =", true),
        ("other = scale(x,, x);", true),
        ("other = scale(x)?;", true),
        ("other = scale(x)", true),
    ] {
        let text = format!("S {{\n input x: f64 = 1.0;\n {statement}\n sum = total(other);\n }}");
        assert_eq!(messages(&text).len(), 1, "{statement}: {:?}", messages(&text));
        let (scenario, _) = parsed(&text);
        let scenario = scenario.expect("a scenario");
        let lost: Vec<String> = scenario.lost.iter().map(|lost| lost.name.to_string()).collect();
        assert_eq!(lost.is_empty(), known, "{statement}");
        let expansion = expand::stand_in(&scenario).to_string();
        assert!(expansion.contains("pub other :"), "{statement}: {expansion}");
    }
}

#[test]
fn parse_errors_and_wiring_errors_are_reported_together() {
    let messages = messages(
        "S { let a = f(); input b: u8 = 1; b = g(b); c = h(1, 2); d = i(d); e = j(b, 1); f = j(e); }",
    );
    // One for `let`, two for the arguments of `h(1, 2)`, one for `b`, one for the cycle of `d`, one for `j(b, 1)`.
    assert_eq!(messages.len(), 6, "{messages:#?}");
}

#[test]
fn an_invalid_wiring_still_defines_the_type() {
    let expansion =
        scenario("pub S { a = f(nope); }".parse().expect("tokens"), &Build::default()).to_string();
    assert!(expansion.contains("pub struct S"), "{expansion}");
    assert_eq!(expansion.matches("compile_error").count(), 1, "{expansion}");
}

#[test]
fn an_unused_input_is_a_warning_and_can_be_allowed() {
    let warned =
        scenario("S { input a: u8 = 1; b = f(); }".parse().expect("tokens"), &Build::default()).to_string();
    assert!(warned.contains("no task uses input `a`") && !warned.contains("compile_error"), "{warned}");
    let allowed = scenario(
        "S { #[allow(unused)] input a: u8 = 1; b = f(); }".parse().expect("tokens"),
        &Build::default(),
    )
    .to_string();
    assert!(!allowed.contains("no task uses input"), "{allowed}");
}

#[test]
fn an_expansion() {
    let text = "
        /// Doubles.
        pub Doubling {
            input x: f64 = 1.5;
            input name: String;
            doubled = algos::double(x);
            (a, b) = split(doubled, label: name);
        }";
    let expansion =
        scenario(text.parse().expect("tokens"), &Build { commit: Some("c0ffee".into()), ..Build::default() });
    let file = syn::parse2(expansion).expect("items");
    insta::assert_snapshot!(prettyplease::unparse(&file));
}

#[test]
fn invalid_attributes_of_statements_are_reported() {
    let text = "S {
        #[kpi(better = higher)] input a: f64 = 1.0;
        #[migrate] input b: f64 = 1.0;
        #[kpi(better = best)] c = f(a, b);
        #[kpi(unit = \"€\")] d = f(a, b);
        #[kpi(better = higher)] (e, g) = h(c, d);
        #[kpi(better = higher, node = x)] (i, j) = h(c, d);
        #[kpi(beter = higher)] k = f(a, b);
        #[migrate(f)] l = f(e, g);
        #[inline] m = f(i, j);
        n = f(k, l);
        o = f(m, n);
    }";
    insta::assert_snapshot!(messages(text).join("\n"));
}

const FILE: &str = r#"
name = "Scoring"
doc = "Scores customers."

[inputs.path]
type = "File"
default = "customers.csv"
doc = "Who to score."

[inputs.limit]
default = 1_000

[inputs.token]
type = "String"
secret = true

[[tasks]]
function = "algos::score"
arguments = { limit = "limit", path = "path" }
outputs = ["scored", "type"]
allow_unused = true
retries = 2
skippable = false

[[tasks]]
function = "fit"
arguments = ["scored", "token"]
outputs = "model"

[outputs.model]
type = "f64"
doc = "How good it is."
kpi = { better = "higher" }
"#;

fn from_file(text: &str) -> (Option<model::Scenario>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let source = skipstone_wiring::SourceText::new("scenario.toml", text);
    let literal = syn::parse_str("\"scenario.toml\"").expect("a string");
    let (name, visibility) =
        (syn::parse_str("Scoring").expect("a name"), syn::parse_str("pub").expect("one"));
    let scenario =
        file::from_source(String::new(), visibility, name, literal, false, source, &mut diagnostics);
    (scenario, diagnostics)
}

#[test]
fn an_expansion_of_a_file() {
    let (scenario, diagnostics) = from_file(FILE);
    assert!(!diagnostics.has_errors());
    let expansion = expand::scenario(&scenario.expect("a scenario"), &Build::default());
    insta::assert_snapshot!(prettyplease::unparse(&syn::parse2(expansion).expect("items")));
}

#[test]
fn errors_in_a_file_are_reported_with_their_place_and_the_type_is_still_defined() {
    let wrong = FILE
        .replace("\"path\" }", "\"paht\" }")
        .replace("type = \"f64\"", "type = \"f6 4\"")
        .replace("function = \"fit\"", "function = \"f it\"");
    let (scenario, diagnostics) = from_file(&wrong);
    assert!(scenario.is_none(), "a scenario with an invalid function path is not read");
    insta::assert_snapshot!(diagnostics.messages().join("\n\n"));
    // An input whose name is not valid in Rust is left out, and the places of the others still match.
    let (scenario, diagnostics) = from_file(&FILE.replace("[inputs.path]", "[inputs.\"a path\"]"));
    assert!(diagnostics.has_errors());
    let scenario = scenario.expect("a scenario");
    let names: Vec<String> = scenario.inputs.iter().map(|input| input.name.to_string()).collect();
    assert_eq!(names, ["limit", "token"]);
    let origin = scenario.origin.as_ref().expect("a file");
    assert_eq!(origin.defaults.len(), 2);
    assert!(origin.excerpt(origin.defaults[0].as_ref().expect("a default")).contains("default = 1_000"));
    assert_eq!(origin.place_as_name(&origin.calls[1].function), "scenario_toml_line_26_column_12");
    syn::parse2::<syn::File>(expand::stand_in(&scenario)).expect("items");
}
