//! A scenario that is used as a subscenario of another.

use skipstone::graph::{SubscenarioDef, WiringError};
use skipstone::report::{GraphFormat, graph};
use skipstone::{
    CallDef, Error, Graph, InputDef, Instance, ScenarioType, assert_ran, assert_skipped, scenario, task,
    testing,
};

#[task(skippable)]
fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

#[task(skippable)]
fn scale(x: f64, by: f64) -> f64 {
    x * by
}

#[task(skippable)]
fn first(values: &[f64]) -> Vec<f64> {
    values.iter().take(1).copied().collect()
}

mod scoring {
    use super::{scale, sum};
    use skipstone::scenario;

    scenario! {
        /// Scores one country.
        pub Scoring {
            /// What its customers paid.
            input payments: Vec<f64>;
            input weight: f64 = 1.0;
            total = sum(payments);
            /// The weighted total.
            #[kpi(better = higher)]
            score = scale(total, weight);
        }
    }
}

use scoring::{Scoring, ScoringInputs};

/// The weight of all French payments.
const FRENCH: f64 = 0.5;

scenario! {
    pub Europe {
        input payments: Vec<f64> = vec![1.0, 2.0];
        french = first(payments);
        /// All German payments.
        germany = Scoring { payments, weight: 0.7 };
        france = scoring::Scoring { payments: french, weight: FRENCH };
        compared = scale(germany.score, france.score);
    }
}

scenario! {
    pub World {
        europe = Europe { payments: vec![4.0] };
        rest = Scoring { payments: europe.french };
        share = scale(europe.germany.score, rest.score);
    }
}

#[test]
fn what_a_subscenario_computes_alone_is_known_in_the_whole_and_the_other_way_round() {
    let store = testing::store();
    let alone =
        Scoring::create(&store, "alone", ScoringInputs { payments: vec![1.0, 2.0] }).expect("created");
    alone.weight.write(0.7).expect("written");
    alone.submit().expect("a run");
    let europe = Europe::create(&store, "europe").expect("created");
    let run = europe.submit().expect("a run");
    assert_skipped!(run, ["sum (germany.total)", "scale (germany.score)"]);

    europe.france.weight.write(0.25).expect("written");
    assert_ran!(europe.submit().expect("a run"), ["scale (france.score)", "scale (compared)"]);
    let france = Scoring::create(&store, "france", ScoringInputs { payments: vec![1.0] }).expect("created");
    france.weight.write(0.25).expect("written");
    assert_ran!(france.submit().expect("a run"), []);
}

#[test]
fn a_subscenario_of_a_subscenario_has_handles() {
    let store = testing::store();
    let world = World::create(&store, "world").expect("created");
    world.submit().expect("a run");
    let german = world.europe.germany.score.read().expect("a value");
    assert_eq!(german, 4.0 * 0.7);
    assert_eq!(world.rest.score.read().expect("a value"), 4.0);
    assert_eq!(world.share.read().expect("a value"), german * 4.0);
    // An input to which a node is passed is that node.
    assert_eq!(world.rest.payments.read().expect("a value"), [4.0]);
    world.europe.payments.write(vec![5.0]).expect("written");
    world.europe.germany.payments.write(vec![6.0]).expect("written");
    assert_eq!(world.europe.payments.read().expect("a value"), [6.0]);
    // The handles of a subscenario act on the whole.
    assert_eq!(world.europe.name(), "world");
    let copy = world.europe.duplicate("copy").expect("a copy");
    assert_eq!(copy.germany.payments.read().expect("a value"), [6.0]);
}

#[test]
fn an_output_that_is_passed_to_a_subscenario_can_not_be_written() {
    let store = testing::store();
    let world = World::create(&store, "world").expect("created");
    let error = world.rest.payments.write(vec![1.0]).expect_err("an output");
    assert!(matches!(error, Error::NoNode { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "scenario type `World` has no input `rest.payments`: the output `europe.french` is passed to it"
    );
}

#[test]
fn nodes_of_subscenarios_are_asked_for_by_their_names() {
    let store = testing::store();
    let instance = Instance::create(&store, World::graph(), "world").expect("created");
    instance.set(&[("europe.germany.weight", "2")]).expect("set");
    let run = instance.submission().to("rest.payments").expect("a node").submit().expect("a run");
    assert_ran!(run, ["first"]);
    instance.submit().expect("a run");
    assert_eq!(instance.output::<f64>("europe.germany.score").expect("a node").read().expect("a value"), 8.0);
    assert_eq!(instance.history("rest.payments").expect("a history").len(), 2);
    let kpis = World::graph().kpis().iter().map(|kpi| kpi.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(kpis, ["europe.germany.score", "europe.france.score", "rest.score"]);
    let error = instance.set(&[("europe.germany.wieght", "2")]).expect_err("a typo").to_string();
    assert!(error.ends_with("did you mean `europe.germany.weight`?"), "{error}");
}

#[test]
fn graphs_show_a_subscenario_as_one_box() {
    insta::assert_snapshot!("text", graph(World::graph(), GraphFormat::Text));
    insta::assert_snapshot!("mermaid", graph(World::graph(), GraphFormat::Mermaid));
    insta::assert_snapshot!("dot", graph(World::graph(), GraphFormat::Dot));
}

fn problems(graph: Result<std::sync::Arc<Graph>, WiringError>) -> Vec<String> {
    graph.expect_err("problems").problems().to_vec()
}

#[test]
fn the_builder_reports_what_is_passed_wrongly() {
    let input = || InputDef::<Vec<f64>>::new("payments").default_value(Vec::new);
    let subscenario = || SubscenarioDef::new("germany", Scoring::graph());
    assert_eq!(
        problems(
            Graph::builder("Europe")
                .input(input())
                .subscenario(subscenario().node("payments", "payment"))
                .build()
        ),
        [
            "subscenario `germany`, input `payments`: scenario `Europe` has no node `payment`: did you mean `payments`?"
        ]
    );
    assert_eq!(
        problems(
            Graph::builder("Europe")
                .input(input())
                .subscenario(
                    subscenario()
                        .node("paymnts", "payments")
                        .value("weight", || 1)
                        .node("weight", "payments")
                )
                .build()
        ),
        [
            "subscenario `germany`: scenario `Scoring` has no input `paymnts`: did you mean `payments`?",
            "subscenario `germany`: input `weight` is a `f64`, not a `i32`",
            "subscenario `germany`: input `weight` is given twice",
            "subscenario `germany`, input `weight`: expected `f64`, found `Vec<f64>` (`payments`)",
        ]
    );
    let around = |from: &str, to: &str| {
        let [first, second] = ["first", "second"].map(|name| SubscenarioDef::new(name, Scoring::graph()));
        Graph::builder("Ring")
            .subscenario(first.node("payments", from))
            .subscenario(second.node("payments", to))
            .build()
    };
    assert_eq!(
        problems(around("second.payments", "first.payments")),
        [
            "subscenario `first`, input `payments`: it is passed to itself",
            "subscenario `second`, input `payments`: it is passed to itself"
        ]
    );
    let looped = Graph::builder("Loop")
        .subscenario(SubscenarioDef::new("germany", Scoring::graph()).node("payments", "made"))
        .call(CallDef::of::<first>().argument("germany.payments").output("made"))
        .build();
    assert_eq!(problems(looped), ["`made` is made from itself: pass another node"]);
}
