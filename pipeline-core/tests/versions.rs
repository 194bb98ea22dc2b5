//! One scenario type as it changes: what a version is, how two differ, and what becomes of what was written before.

use skipstone::report::{VersionDiffText, VersionsText};
use skipstone::{Result, assert_ran, scenarios::ScenarioFilter, testing};

/// As it was first.
mod first {
    use skipstone::{scenario, task};

    #[task(skippable)]
    pub(crate) fn scaled(number: f64, factor: &str) -> f64 {
        number * factor.parse().unwrap_or(1.0)
    }

    #[task(skippable)]
    pub(crate) fn shown(scaled: f64) -> String {
        format!("{scaled}")
    }

    scenario! {
        pub Scaling {
            input number: f64 = 2.0;
            input factor: String = "3";
            #[allow(unused)] input comment: String = "";
            scaled = scaled(number, factor);
            shown = shown(scaled);
        }
    }
}

/// And as it is now: an input has another type, one is gone, one is new, and a task does more.
mod second {
    use skipstone::{scenario, task};

    #[task(skippable)]
    pub(crate) fn scaled(number: f64, factor: f64) -> f64 {
        number * factor
    }

    #[task(skippable)]
    pub(crate) fn shown(scaled: f64, unit: &str) -> String {
        format!("{scaled} {unit}")
    }

    fn factor_from_text(text: String) -> Result<f64, std::num::ParseFloatError> {
        text.parse()
    }

    scenario! {
        pub Scaling {
            input number: f64 = 2.5;
            #[migrate(factor_from_text)]
            input factor: f64 = 3.0;
            input unit: String = "m";
            scaled = scaled(number, factor);
            shown = shown(scaled, unit);
            again = shown(scaled, unit);
        }
    }
}

/// As it would be without a migration.
mod without {
    use skipstone::scenario;

    scenario! {
        pub Scaling {
            input number: f64 = 2.5;
            input factor: f64 = 3.0;
            scaled = super::second::scaled(number, factor);
        }
    }
}

#[test]
fn versions_are_recorded_by_themselves_and_two_are_told_apart() {
    let store = testing::store();
    first::Scaling::create(&store, "a").expect("created").submit().expect("a run");
    first::Scaling::create(&store, "b").expect("created");
    second::Scaling::open(&store, "a").expect("opened").submit().expect("a run");
    second::Scaling::open(&store, "a").expect("opened").submit().expect("a run");
    let versions = store.versions().expect("listed");
    assert_eq!(
        versions.iter().map(|it| (it.version.number(), it.scenarios, it.runs)).collect::<Vec<_>>(),
        [(2, 1, 2), (1, 1, 1)]
    );
    // Under test there may be no repository; the commit is that of this one where there is.
    insta::assert_snapshot!(VersionsText::new(&versions).stable());
    insta::assert_snapshot!(VersionDiffText::new(&store.version_diff(1.into(), 2.into()).expect("compared")));
    let back = store.version_diff(2.into(), 1.into()).expect("compared").changes.len();
    assert_eq!(back, store.version_diff(1.into(), 2.into()).expect("compared").changes.len());
    assert_eq!(
        VersionDiffText::new(&store.version_diff(2.into(), 2.into()).expect("compared")).to_string(),
        "from version 2 to version 2\n  no difference"
    );
    assert!(store.version_diff(1.into(), 3.into()).expect_err("none").to_string().contains("no version 3"));
    let of = |version| store.scenarios(ScenarioFilter::new().version(version)).expect("listed").len();
    assert_eq!((of(1.into()), of(2.into())), (1, 1));
}

#[test]
fn a_scenario_of_an_older_version_opens_under_a_newer_one_and_loses_nothing() -> Result<()> {
    let store = testing::store();
    let old = first::Scaling::create(&store, "a")?;
    old.number.write(4.0)?;
    old.factor.write("2.5".into())?;
    old.comment.write("by hand".into())?;
    old.submit()?;

    let new = second::Scaling::open(&store, "a")?;
    // What stays is as it was, what is new has its default, what has another type is migrated.
    assert_eq!((new.number.read()?, new.unit.read()?, new.factor.read()?), (4.0, "m".into(), 2.5));
    // The same call twice is made once: by the first of them, where one worker does all.
    assert_ran!(new.submission().workers(1).submit()?, ["scaled", "shown (shown)"]);
    assert_eq!(new.shown.read()?, "10 m");
    assert!(new.submit()?.ran().is_empty());
    // What is gone stays in the history, and so does what was migrated.
    let edits = new.edits(None)?;
    let story: Vec<_> =
        edits.iter().map(|edit| (edit.node.as_str(), edit.value.as_str(), edit.gone)).collect();
    assert_eq!(story, [("comment", "by hand", true), ("factor", "2.5", false), ("number", "4", false)]);
    new.factor.write(7.0)?;
    new.revert(edits[1].edit)?;
    assert_eq!(new.factor.read()?, 2.5);
    assert!(new.revert(edits[0].edit).expect_err("gone").to_string().contains("no input `comment`"));

    // Nothing was deleted: the older program finds its scenario as it was.
    let old = first::Scaling::open(&store, "a")?;
    assert_eq!((old.factor.read()?, old.comment.read()?), ("2.5".into(), "by hand".into()));
    assert_eq!(old.submit()?.ran(), [""; 0]);
    Ok(())
}

#[test]
fn a_value_of_another_type_asks_for_a_migration() -> Result<()> {
    let store = testing::store();
    let old = first::Scaling::create(&store, "a")?;
    old.factor.write("2.5".into())?;
    let new = without::Scaling::open(&store, "a")?;
    let message = new.submit().expect_err("another type").to_string();
    assert!(
        message.starts_with("input `factor` was set to a value that is no `f64` any more: ")
            && message.contains(
                "add `#[migrate(function)]` before the input, with a function from `String` to `f64`"
            ),
        "{message}"
    );
    assert_eq!(new.is_submittable().reasons()[0].to_string(), message);
    // A value that the migration refuses says why.
    old.factor.write("two".into())?;
    let message = second::Scaling::open(&store, "a")?.submit().expect_err("no number").to_string();
    assert_eq!(
        message,
        "input `factor` was set to a value that is no `f64` any more: the migration from `String` failed: invalid float literal; set it again"
    );
    new.factor.write(2.0)?;
    new.submit()?;
    Ok(())
}
