//! Versions of a scenario type: how they are recorded, how two differ, and how earlier values are migrated.

use skipstone::report::{VersionDiffText, VersionsText};
use skipstone::{Result, assert_ran, scenarios::ScenarioFilter, testing};

/// The first version.
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

/// The second version: an input has another type, one is removed, one is new, and a task does more.
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

/// The second version without a migration.
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
fn versions_are_recorded_automatically_and_can_be_compared() {
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
    // A test may run outside a repository; inside one, versions have its commit.
    insta::assert_snapshot!(VersionsText::new(&versions).stable());
    insta::assert_snapshot!(VersionDiffText::new(&store.version_diff(1.into(), 2.into()).expect("compared")));
    let back = store.version_diff(2.into(), 1.into()).expect("compared").changes.len();
    assert_eq!(back, store.version_diff(1.into(), 2.into()).expect("compared").changes.len());
    assert_eq!(
        VersionDiffText::new(&store.version_diff(2.into(), 2.into()).expect("compared")).to_string(),
        "from version 2 to version 2\n  no difference"
    );
    assert!(
        store
            .version_diff(1.into(), 3.into())
            .expect_err("no such version")
            .to_string()
            .contains("no version 3")
    );
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
    // An unchanged input keeps its value, a new one has its default, and one with another type is migrated.
    assert_eq!((new.number.read()?, new.unit.read()?, new.factor.read()?), (4.0, "m".into(), 2.5));
    // Two equal calls run once. With one worker, the first one runs.
    assert_ran!(new.submission().workers(1).submit()?, ["scaled", "shown (shown)"]);
    assert_eq!(new.shown.read()?, "10 m");
    assert!(new.submit()?.ran().is_empty());
    // Removed and migrated values stay in the history.
    let edits = new.edits(None)?;
    let history: Vec<_> =
        edits.iter().map(|edit| (edit.node.as_str(), edit.value.as_str(), edit.gone)).collect();
    assert_eq!(history, [("comment", "by hand", true), ("factor", "2.5", false), ("number", "4", false)]);
    new.factor.write(7.0)?;
    new.revert(edits[1].edit)?;
    assert_eq!(new.factor.read()?, 2.5);
    assert!(new.revert(edits[0].edit).expect_err("gone").to_string().contains("no input `comment`"));

    // Nothing was deleted, so the older program finds its scenario unchanged.
    let old = first::Scaling::open(&store, "a")?;
    assert_eq!((old.factor.read()?, old.comment.read()?), ("2.5".into(), "by hand".into()));
    assert_eq!(old.submit()?.ran(), [""; 0]);
    Ok(())
}

#[test]
fn a_value_of_another_type_needs_a_migration() -> Result<()> {
    let store = testing::store();
    let old = first::Scaling::create(&store, "a")?;
    old.factor.write("2.5".into())?;
    let new = without::Scaling::open(&store, "a")?;
    let message = new.submit().expect_err("another type").to_string();
    assert!(
        message.starts_with("the value of input `factor` is no longer a valid `f64`: ")
            && message.contains(
                "add `#[migrate(function)]` before the input, with a function from `String` to `f64`"
            ),
        "{message}"
    );
    assert_eq!(new.is_submittable().reasons()[0].to_string(), message);
    // If the migration fails, the error says why.
    old.factor.write("two".into())?;
    let message = second::Scaling::open(&store, "a")?.submit().expect_err("not a number").to_string();
    assert_eq!(
        message,
        "the value of input `factor` is no longer a valid `f64`: the migration from `String` failed: invalid float literal; set it again"
    );
    new.factor.write(2.0)?;
    new.submit()?;
    Ok(())
}
