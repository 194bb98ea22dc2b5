//! Values in notebooks: HTML that shows what the reports show, whatever the values contain.

use skipstone::report::notebook::Notebook;
use skipstone::{Result, scenario, task, testing};

#[task(skippable)]
fn shout(text: &str) -> std::result::Result<String, String> {
    if text.is_empty() { Err("no <text>".into()) } else { Ok(text.to_uppercase()) }
}

scenario! { pub Shouting { input text: String = "<b>"; shouted = shout(text); } }

#[test]
fn runs_plans_and_comparisons_are_escaped() -> Result<()> {
    let store = testing::store();
    let scenario = Shouting::create(&store, "a & b")?;
    let run = scenario.submit()?.html();
    assert!(run.contains("<b>Shouting `a &amp; b`, run 1</b>") && run.contains("<td>shout</td>"), "{run}");
    assert!(run.contains("ran</span>") && run.contains("1 ran, 0 skipped"), "{run}");

    let other = scenario.duplicate("other")?;
    other.text.write("<i>".into())?;
    let plan = other.plan()?.html();
    assert!(plan.starts_with("<pre>") && plan.contains("&lt;b&gt; → &lt;i&gt;"), "{plan}");
    other.submit()?;
    let comparison = store.compare::<Shouting>(&["a & b", "other"]).run()?.html();
    assert!(comparison.contains("<td>&lt;b&gt;</td><td>&lt;i&gt;</td>"), "{comparison}");
    let lineage = other.lineage("shouted")?.html();
    assert!(lineage.contains("&lt;I&gt;") && !lineage.contains("<I>"), "{lineage}");
    Ok(())
}

#[test]
fn a_failed_run_shows_its_error() -> Result<()> {
    let store = testing::store();
    let scenario = Shouting::create(&store, "first")?;
    scenario.text.write(String::new())?;
    let error = scenario.submit().expect_err("no text");
    let run = error.run().expect("a run").html();
    assert!(run.contains("task `shout` failed:</span> no &lt;text&gt;"), "{run}");
    Ok(())
}

#[test]
fn a_graph_is_a_drawing() {
    use skipstone::ScenarioType;
    let graph = Shouting::graph().html();
    assert!(graph.starts_with("<svg") && graph.contains("shouted"), "{graph}");
}
