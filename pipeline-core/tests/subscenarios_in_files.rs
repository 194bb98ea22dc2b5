//! Scenario files with subscenarios: `[subscenarios.germany]`.

use skipstone::graph::{ScenarioFileEditor, SourceText};
use skipstone::{Graph, Instance, ScenarioType, scenario, task, testing};

#[task(skippable)]
fn total(payments: &[f64], weight: f64) -> f64 {
    payments.iter().sum::<f64>() * weight
}

#[task(skippable)]
fn difference(germany: f64, france: f64) -> f64 {
    germany - france
}

#[task(skippable)]
fn label(text: &str) -> String {
    text.to_owned()
}

scenario! {
    /// Scores a country.
    pub Scoring {
        input payments: Vec<f64>;
        input weight: f64 = 1.0;
        /// The score.
        score = total(payments, weight);
    }
}

const COUNTRIES: &str = r#"
name = "Countries"

[inputs.german]
default = [1.0, 2.0]

[inputs.french]
type = "Vec<f64>"
default = [4.0]

[subscenarios.germany]
scenario = "subscenarios_in_files::Scoring"
arguments = { payments = "german" }
values = { weight = 0.5 }
doc = "The German customers."

[subscenarios.france]
scenario = "Scoring"
arguments = { payments = "french" }

[[tasks]]
function = "difference"
arguments = ["germany.score", "france.score"]
outputs = "compared"
"#;

fn graph(text: &str) -> Result<std::sync::Arc<Graph>, String> {
    Graph::from_toml(&SourceText::new("countries.toml", text)).map_err(|faults| faults.to_string())
}

#[test]
fn a_file_uses_a_scenario_of_the_program_twice() {
    let store = testing::store();
    let alone = Scoring::create(&store, "alone", ScoringInputs { payments: vec![4.0] }).expect("created");
    alone.submit().expect("ran");
    let graph = graph(COUNTRIES).expect("a graph");
    let countries = Instance::create(&store, &graph, "a").expect("created");
    let run = countries.submit().expect("ran");
    // The scenario has computed the French score by itself.
    assert_eq!(run.ran(), ["total (germany.score)", "difference"]);
    let mut shown = Vec::new();
    countries.show("compared", skipstone::data::Format::Json, &mut shown).expect("shown");
    assert_eq!(String::from_utf8(shown).expect("text").trim(), "-2.5");
    insta::assert_snapshot!(testing::snapshot_graph(&graph));
}

#[test]
fn mistakes_in_subscenarios_are_reported_at_their_places() {
    let mistakes = r#"
name = "Countries"

[inputs.german]
default = [1.0, 2.0]

[inputs.words]
type = "String"
default = "a"

[subscenarios.unknown]
scenario = "Scorign"

[subscenarios.nowhere]

[subscenarios.missing]
scenario = "Scoring"

[subscenarios.wrong]
scenario = "Scoring"
arguments = { payments = "words", wieght = "german" }
values = { weight = "much" }

[subscenarios.twice]
scenario = "Scoring"
arguments = { payments = "germn" }
values = { payments = [1.0] }

[subscenarios.itself]
scenario = "Scoring"
arguments = { payments = "itself.score" }

[[tasks]]
function = "difference"
arguments = ["wrong", "wrong.scor"]
outputs = "compared"

[[tasks]]
function = "label"
arguments = ["wrong.score"]
outputs = "labelled"
"#;
    insta::assert_snapshot!(graph(mistakes).expect_err("mistakes"));
}

#[test]
fn a_subscenario_is_renamed_everywhere() {
    let mut file = ScenarioFileEditor::new("countries.toml", COUNTRIES).expect("a file");
    assert!(file.rename("german", "france").is_err(), "the name is taken");
    file.rename("germany", "west").expect("renamed");
    file.rename("french", "east_payments").expect("renamed");
    let text = file.to_string();
    assert!(
        text.contains("[subscenarios.west]") && text.contains("[\"west.score\", \"france.score\"]"),
        "{text}"
    );
    assert!(text.contains("arguments = { payments = \"east_payments\" }"), "{text}");
    graph(&text).expect("a graph");
    assert!(skipstone::graph::scenario_types().contains(&"subscenarios_in_files::Scoring".to_owned()));
    let _ = Scoring::graph();
}
