use super::*;

fn faults(text: &str) -> String {
    match ScenarioFile::checked(&SourceText::new("scenario.toml", text)) {
        Ok((_, warnings)) => warnings.iter().map(|warning| warning.message.clone()).collect(),
        Err(faults) => faults.to_string(),
    }
}

const RIGHT: &str = r#"
name = "Length"

[inputs.text]
default = "to be"

[inputs.limit]
type = "usize"
default = 5

[[tasks]]
function = "words"
arguments = ["text"]
outputs = "words"
retries = 3
backoff = "200ms"

[[tasks]]
function = "lib::verdict"
arguments = { words = "words", limit = "limit" }
outputs = ["verdict", "rest"]

[outputs.verdict]
doc = "The verdict about the text."
kpi = [{ better = "higher", field = "share", unit = "%" }, { better = "lower" }]
"#;

#[test]
fn a_valid_file_is_read_in_source_order() {
    let (file, warnings) = ScenarioFile::checked(&SourceText::new("a", RIGHT)).expect("a valid file");
    assert!(warnings.is_empty());
    let inputs: Vec<&str> = file.inputs.iter().map(|input| input.name.text.as_str()).collect();
    assert_eq!(inputs, ["text", "limit"]);
    assert_eq!(file.calls[0].task(), "words");
    assert_eq!(file.calls[0].backoff, Some(200));
    assert_eq!(file.calls[1].arguments[1].parameter.as_ref().map(|it| it.text.as_str()), Some("limit"));
    assert_eq!(file.output("verdict").map(|output| output.kpis.len()), Some(2));
    assert_eq!(&RIGHT[file.inputs[1].name.span.clone()], "limit");
}

#[test]
fn all_errors_of_form_are_reported_at_once_with_their_lines() {
    insta::assert_snapshot!(faults(
        r#"
nmae = "Length"
doc = 5

[inputs.text]
defualt = "to be"
type = ["String"]
secret = "yes"

[inputs]
limit = 5

[[tasks]]
functoin = "words"
arguments = "text"
outputs = []
retries = -1
timeout = "5 weeks"

[[tasks]]
function = "words"
arguments = ["text", 3]
outputs = "words"
backoff = "1s"

[outputs.words]
kpi = { better = "more", feild = "x" }

[outputs.rest]
kpi = {}
"#
    ));
}

#[test]
fn errors_of_names_are_reported_in_terms_of_the_file() {
    insta::assert_snapshot!(faults(
        r#"
name = "S"
inputs.unused.default = 1

[inputs.a]

[[tasks]]
function = "f"
arguments = ["nope"]
outputs = ["b"]

[[tasks]]
function = "f"
arguments = ["d"]
outputs = ["c"]

[[tasks]]
function = "f"
arguments = { x = "c", y = "a" }
outputs = ["d", "b"]

[outputs.e]
[outputs.a]
"#
    ));
}

#[test]
fn an_unused_input_is_a_warning_unless_it_is_allowed() {
    let text = |allow: &str| {
        format!(
            "name = \"S\"\n[inputs.a]\n{allow}\n[inputs.b]\n[[tasks]]\nfunction = \"f\"\narguments = [\"b\"]\noutputs = \"c\""
        )
    };
    assert!(faults(&text("")).contains("set `allow_unused = true` if this is intended"));
    assert_eq!(faults(&text("allow_unused = true")), "");
}

#[test]
fn syntax_errors_are_reported_together_with_other_errors() {
    insta::assert_snapshot!(faults("name = \"S\nnam = 5\n[inputs.a]\n[inputs.a]\ndoc = \n[[tasks]\n"));
}

#[test]
fn an_empty_file_needs_a_name() {
    insta::assert_snapshot!(faults(""));
}

#[test]
fn an_invalid_datetime_is_reported_and_has_no_value() {
    let text = "name = \"S\"\ninputs.a.default =0-o\ninputs.b.default = 2026-11-22\n";
    let (file, faults) = ScenarioFile::read(&SourceText::new("scenario.toml", text));
    assert!(!faults.is_empty());
    assert!(file.inputs[0].default.is_none());
    assert_eq!(file.inputs[1].default.as_ref().map(DefaultEntry::text).as_deref(), Some("2026-11-22"));
}
