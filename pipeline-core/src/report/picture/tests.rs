use super::*;
use crate::graph::{CallDef, Graph, InputDef};
use crate::task;
use std::sync::Arc;

/// Adds two numbers.
#[task(skippable)]
fn add(x: f64, y: f64) -> f64 {
    x + y
}

mod other {
    use crate::task;

    #[task(skippable)]
    pub(super) fn text(x: f64) -> String {
        format!("<{x}>")
    }
}

fn graph() -> Arc<Graph> {
    Graph::builder("A<B>")
        .docs("Two \"modules\".")
        .input(InputDef::<f64>::new("one").default_value(|| 1.0))
        .input(InputDef::<f64>::new("two"))
        .call(CallDef::of::<add>().argument("one").argument("two").output("three"))
        .call(CallDef::of::<add>().argument("three").argument("two").output("five"))
        .call(CallDef::of::<other::text>().argument("five").output("text"))
        .build()
        .expect("a graph")
}

#[test]
fn each_argument_has_a_line_to_its_own_port() {
    let picture = picture(&graph().outline(), &Drawing::default());
    let edges: Vec<&str> = picture.edges.iter().map(|edge| edge.id.as_str()).collect();
    insta::assert_snapshot!(edges.join("\n"), @r"
    node:one→call:add (three).x
    node:two→call:add (three).y
    call:add (three)→node:three
    node:three→call:add (five).x
    node:two→call:add (five).y
    call:add (five)→node:five
    node:five→call:text.x
    call:text→node:text
    ");
    let call = &picture.calls[0];
    assert!(call.parameters[0].y < call.parameters[1].y && call.parameters[1].y < call.rect.height);
    assert!(picture.width > 0.0 && picture.height > 0.0);
}

#[test]
fn a_collapsed_module_is_one_box_with_its_inputs_and_outputs() {
    let outline = graph().outline();
    let module = outline.calls[0].module.clone();
    let drawing = Drawing { toggled: [module.clone()].into(), ..Drawing::default() };
    let picture = picture(&outline, &drawing);
    let group = format!("group:{module}");
    let lines: Vec<(&str, &str)> =
        picture.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("node:one", group.as_str()),
            ("node:two", group.as_str()),
            (group.as_str(), "node:five"),
            ("node:five", "call:text"),
            ("call:text", "node:text")
        ]
    );
    assert_eq!(picture.nodes.iter().filter(|node| node.node.name == "three").count(), 0);
}

#[test]
fn elements_that_were_moved_by_hand_stay_there() {
    let positions = [("node:one".to_owned(), [-40.0, 900.0])].into();
    let picture = picture(&graph().outline(), &Drawing { positions, ..Drawing::default() });
    assert_eq!((picture.nodes[0].rect.x, picture.nodes[0].rect.y), (-40.0, 900.0));
    assert!(svg(&picture, Theme::Light, &Shown::default()).contains("viewBox=\"-64 "));
}

#[test]
fn the_drawing_is_the_same_each_time_and_escapes_text_of_users() {
    let drawn = || svg(&picture(&graph().outline(), &Drawing::default()), Theme::Auto, &Shown::default());
    assert_eq!(drawn(), drawn());
    insta::assert_snapshot!(drawn().replace("</g>", "</g>\n"));
    let shown = Shown { values: [("text".to_owned(), "<script>".to_owned())].into(), ..Shown::default() };
    let page = html(&picture(&graph().outline(), &Drawing::default()), &shown);
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>\u{3c}"));
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
}

#[test]
fn the_tasks_of_two_arms_are_one_above_the_other_with_their_conditions() {
    use crate::graph::BranchDef;
    let graph = Graph::builder("S")
        .input(InputDef::<bool>::new("twice").default_value(|| true))
        .input(InputDef::<f64>::new("x").default_value(|| 1.0))
        .branch(
            BranchDef::new("twice", "twice", |twice: &bool| *twice)
                .then(CallDef::of::<add>().argument("x").argument("x").output("sum"))
                .otherwise(CallDef::of::<add>().argument("x").argument("other").output("sum")),
        )
        .input(InputDef::<f64>::new("other"))
        .call(CallDef::of::<other::text>().argument("sum").output("text"))
        .build()
        .expect("a graph");
    let picture = picture(&graph.outline(), &Drawing::default());
    let [one, other, _] = picture.calls.as_slice() else { panic!("{:?}", picture.calls) };
    assert_eq!((one.name.as_str(), other.name.as_str()), ("add (sum)", "add (sum, otherwise)"));
    let conditions = [one, other].map(|call| call.condition.as_ref().expect("a condition").text.as_str());
    assert_eq!(conditions, ["twice", "!twice"]);
    let middle = |rect: Rect| rect.x + rect.width / 2.0;
    assert!((middle(one.rect) - middle(other.rect)).abs() < 2.0, "{:?} {:?}", one.rect, other.rect);
    let sum = picture.nodes.iter().find(|node| node.node.name == "sum").expect("a node");
    assert!(sum.rect.x > one.rect.x + one.rect.width && sum.rect.x > other.rect.x + other.rect.width);
    let to_sum = picture.edges.iter().filter(|edge| edge.to == "node:sum").count();
    let from_twice = picture.edges.iter().filter(|edge| edge.from == "node:twice").count();
    assert_eq!((to_sum, from_twice), (2, 2));
}
