//! Graphs that are built at run time: the same graph, checks and messages as with the macro.

use skipstone::report::{GraphFormat, graph};
use skipstone::{CallDef, File, Graph, InputDef, Instance, ScenarioType, scenario, task, testing};

/// Multiplies every value.
#[task(skippable)]
fn scale(values: &[f64], factor: f64, offset: f64) -> Vec<f64> {
    values.iter().map(|value| value * factor + offset).collect()
}

/// Splits values in two.
#[task]
fn split(values: &[f64], at: usize) -> (Vec<f64>, Vec<f64>) {
    (values[..at].to_vec(), values[at..].to_vec())
}

scenario! {
    /// Scales and splits.
    pub Scaling {
        /// What to scale.
        input values: Vec<f64> = vec![1.0, 2.0];
        input factor: f64 = 2.0;
        input offset: f64 = 0.5;
        input at: usize = 1;
        /// Scaled.
        scaled = scale(values, factor, offset);
        (low, high) = split(scaled, at);
    }
}

fn inputs() -> skipstone::graph::GraphBuilder {
    Graph::builder("Scaling")
        .docs("Scales and splits.")
        .input(InputDef::<Vec<f64>>::new("values").default_value(|| vec![1.0, 2.0]).docs("What to scale."))
        .input(InputDef::<f64>::new("factor").default_value(|| 2.0))
        .input(InputDef::<f64>::new("offset").default_value(|| 0.5))
        .input(InputDef::<usize>::new("at").default_value(|| 1))
}

#[test]
fn the_builder_makes_the_graph_that_the_macro_makes() {
    let built = inputs()
        .call(
            CallDef::of::<scale>()
                .output("scaled")
                .argument("values")
                .argument("factor")
                .argument("offset")
                .docs("Scaled."),
        )
        .call(
            CallDef::of::<split>()
                .output("low")
                .output("high")
                .named_argument("at", "at")
                .named_argument("values", "scaled"),
        )
        .build()
        .expect("a graph");
    for format in [GraphFormat::Text, GraphFormat::Json, GraphFormat::Mermaid, GraphFormat::Dot] {
        assert_eq!(graph(&built, format), graph(Scaling::graph(), format));
    }
    insta::assert_snapshot!(testing::snapshot_graph(&built));
    insta::assert_snapshot!("mermaid", graph(&built, GraphFormat::Mermaid));
    insta::assert_snapshot!("dot", graph(&built, GraphFormat::Dot));
}

#[test]
fn graphs_of_the_macro_and_of_the_builder_share_results() {
    let store = testing::store();
    Scaling::create(&store, "compiled").expect("created").submit().expect("a run");
    let built = inputs()
        .call(
            CallDef::of::<scale>().output("result").argument("values").argument("factor").argument("offset"),
        )
        .build()
        .expect("a graph");
    let instance = Instance::create(&store, &built, "built").expect("created");
    assert_eq!(instance.submit().expect("a run").skipped(), ["scale"]);
    assert_eq!(instance.output::<Vec<f64>>("result").expect("a node").read().expect("read"), [2.5, 4.5]);
    instance.input::<f64>("factor").expect("an input").write(1.0).expect("written");
    assert_eq!(instance.submit().expect("a run").ran(), ["scale"]);
}

#[test]
fn all_errors_are_reported_at_once_with_the_compilers_messages() {
    let error = inputs()
        .call(CallDef::of::<scale>().output("scaled").argument("valus").argument("factor").argument("offset"))
        .call(
            CallDef::of::<scale>().output("scaled").argument("values").argument("offset").argument("factor"),
        )
        .call(CallDef::of::<scale>().output("short").argument("values"))
        .call(CallDef::of::<split>().output("one").argument("factor").argument("at"))
        .call(CallDef::of::<scale>().output("a").argument("b").argument("factor").argument("offset"))
        .call(CallDef::of::<scale>().output("b").argument("a").argument("factor").argument("offset"))
        .build()
        .expect_err("wrong");
    insta::assert_snapshot!(error);
}

#[test]
fn an_unused_input_is_a_warning_unless_it_is_allowed() {
    let graph = inputs()
        .input(InputDef::<u8>::new("spare").default_value(|| 0))
        .input(InputDef::<u8>::new("allowed").default_value(|| 0).allow_unused())
        .call(
            CallDef::of::<scale>().output("scaled").argument("values").argument("factor").argument("offset"),
        )
        .call(CallDef::of::<split>().output("low").output("high").argument("scaled").argument("at"))
        .build()
        .expect("a graph");
    assert_eq!(graph.warnings().len(), 1);
    assert!(graph.warnings()[0].starts_with("no task uses input `spare`"), "{:?}", graph.warnings());
}

#[test]
fn nodes_are_found_by_name_and_type() {
    let store = testing::store();
    let instance = Instance::create(&store, Scaling::graph(), "a").expect("created");
    let message = |error: skipstone::Error| error.to_string();
    assert_eq!(
        message(instance.input::<f64>("facto").expect_err("unknown")),
        "scenario type `Scaling` has no input `facto`: did you mean `factor`?"
    );
    assert_eq!(
        message(instance.input::<f64>("at").expect_err("a usize")),
        "node `at` is a `usize`, not a `f64`"
    );
    assert_eq!(
        message(instance.input::<Vec<f64>>("scaled").expect_err("an output")),
        "scenario type `Scaling` has no input `scaled`; available: `values`, `factor`, `offset`, `at`"
    );
    assert_eq!(
        message(instance.set(&[("factor", "3"), ("at", "-1")]).expect_err("negative")),
        "`-1` is not a valid `usize` for input `at`: invalid value: integer `-1`, expected usize"
    );
    // If one value is invalid, none is set.
    assert_eq!(instance.input::<f64>("factor").expect("an input").read().expect("read"), 2.0);
    instance.set(&[("factor", "3"), ("values", "[1, 2.5]")]).expect("set");
    assert_eq!(instance.input::<Vec<f64>>("values").expect("an input").read().expect("read"), [1.0, 2.5]);
}

#[test]
fn files_can_be_outputs_and_are_identified_by_content() {
    #[task(skippable)]
    fn write_file(text: &str, folder: &str) -> std::io::Result<File> {
        let path = std::path::Path::new(folder).join("out.txt");
        std::fs::write(&path, text)?;
        Ok(File::new(path))
    }
    #[task(skippable)]
    fn count(file: &File) -> skipstone::Result<usize> {
        Ok(file.read_to_string()?.len())
    }
    scenario! {
        Files {
            input text: String = "four";
            input folder: String;
            file = write_file(text, folder);
            length = count(file);
        }
    }
    let (store, folder) = (testing::store(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().to_string_lossy().into_owned();
    let scenario = Files::create(&store, "a", FilesInputs { folder: path }).expect("created");
    scenario.submit().expect("a run");
    // The store has a copy, so the file itself no longer matters.
    std::fs::remove_file(folder.path().join("out.txt")).expect("removed");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
    assert_eq!(scenario.length.read().expect("read"), 4);
    assert_eq!(scenario.file.read().expect("read").read_to_string().expect("UTF-8"), "four");
}
