//! The registry of scenarios: metadata, edits of inputs, renames, duplicates, deletion, events, export and import.

use skipstone::report::{EditsText, ScenarioText, ScenariosText};
use skipstone::{
    Instance, Result, RunStatus, ScenarioType, Store, assert_ran, assert_skipped, scenario,
    scenarios::{ScenarioFilter, ScenarioOrder},
    task, testing,
};
use std::fs;
use std::time::{Duration, SystemTime};

#[task(skippable)]
fn scaled(number: f64, factor: f64) -> f64 {
    number * factor
}

#[task(skippable)]
fn rounded(scaled: f64, digits: i32) -> Result<f64, String> {
    if digits < 0 {
        return Err("no digits".into());
    }
    let power = 10_f64.powi(digits);
    Ok((scaled * power).round() / power)
}

scenario! {
    pub Rounding {
        input number: f64 = 2.34567;
        input factor: f64 = 3.0;
        input digits: i32 = 2;
        scaled = scaled(number, factor);
        rounded = rounded(scaled, digits);
    }
}

fn names(store: &Store, filter: ScenarioFilter) -> Vec<String> {
    store.scenarios(filter).expect("listed").into_iter().map(|info| info.name).collect()
}

#[test]
fn scenarios_are_listed_filtered_and_sorted_by_their_metadata() {
    let store = testing::store();
    let [b, a, c] = ["b", "a", "c"].map(|name| Rounding::create(&store, name).expect("created"));
    a.tag(&["weekly", "prod"]).expect("tagged");
    b.tag(&["prod"]).expect("tagged");
    a.submit().expect("a run");
    c.digits.write(-1).expect("written");
    c.submit().expect_err("no digits");

    let all = ScenarioFilter::new;
    assert_eq!(names(&store, all()), ["a", "b", "c"]);
    assert_eq!(names(&store, all().sorted_by(ScenarioOrder::Created)), ["b", "a", "c"]);
    assert_eq!(names(&store, all().sorted_by(ScenarioOrder::Created).descending()), ["c", "a", "b"]);
    assert_eq!(names(&store, all().sorted_by(ScenarioOrder::Run).descending()), ["c", "a", "b"]);
    assert_eq!(names(&store, all().sorted_by(ScenarioOrder::Status)), ["b", "a", "c"]);
    assert_eq!(names(&store, all().sorted_by(ScenarioOrder::Tag)), ["c", "b", "a"]);
    assert_eq!(names(&store, all().sorted_by(ScenarioOrder::Version)), ["a", "b", "c"]);
    assert_eq!(names(&store, all().tag("prod")), ["a", "b"]);
    assert_eq!(names(&store, all().tag("prod").tag("weekly")), ["a"]);
    assert_eq!(names(&store, all().name("[ab]*")), ["a", "b"]);
    assert_eq!(names(&store, all().name("?")).len(), 3);
    assert_eq!(names(&store, all().status(Some(RunStatus::Failed))), ["c"]);
    assert_eq!(names(&store, all().status(None)), ["b"]);
    assert_eq!(names(&store, all().version(1.into())).len(), 3);
    assert_eq!(names(&store, all().version(2.into())), [""; 0]);
    assert_eq!(names(&store, all().scenario_type("Other")), [""; 0]);
    let hour = Duration::from_secs(3_600);
    assert_eq!(names(&store, all().since(SystemTime::now() - hour)).len(), 3);
    assert_eq!(names(&store, all().until(SystemTime::now() - hour)), [""; 0]);
    assert_eq!(names(&store, all().limit(2)), ["a", "b"]);
    let infos = store.scenarios(all()).expect("listed");
    insta::assert_snapshot!(ScenariosText::new(&infos).stable());
}

#[test]
fn tags_notes_and_properties_are_stored_and_removed() {
    let store = testing::store();
    let scenario = Rounding::create(&store, "a").expect("created");
    scenario.tag(&["x", "y", "x"]).expect("tagged");
    scenario.untag(&["y", "never"]).expect("untagged");
    scenario.note("what if\nthe factor doubles").expect("noted");
    scenario.set_property("owner", Some("Ada")).expect("set");
    scenario.set_property("gone", Some("soon")).expect("set");
    scenario.set_property("gone", None).expect("removed");
    scenario.submit().expect("a run");
    let info = scenario.info().expect("there");
    assert_eq!((info.tags.as_slice(), info.runs), (["x".to_owned()].as_slice(), 1));
    insta::assert_snapshot!(ScenarioText::new(&info).stable());
    let message = scenario.tag(&["two\nlines"]).expect_err("not a tag").to_string();
    assert!(message.starts_with("`two\\nlines` is not a valid tag"), "{message}");
    // Names are names, not patterns.
    let message = store.scenario_info("*").expect_err("no such scenario").to_string();
    assert!(message.starts_with("the store has no scenario `*`"), "{message}");
}

#[test]
fn a_renamed_scenario_keeps_everything_and_its_handles_stay_valid() {
    let store = testing::store();
    let scenario = Rounding::create(&store, "a").expect("created");
    Rounding::create(&store, "taken").expect("created");
    scenario.submit().expect("a run");
    assert!(
        store
            .rename("a", "taken")
            .expect_err("taken")
            .to_string()
            .contains("the store already has a scenario `taken`")
    );
    assert!(store.rename("a", " ").is_err() && store.rename("b", "c").is_err());
    store.rename("a", "b").expect("renamed");
    store.rename("b", "b").expect("nothing to do");
    assert_skipped!(scenario.submit().expect("a run"), ["scaled", "rounded"]);
    assert_eq!(Rounding::open(&store, "b").expect("opened").runs(None).expect("listed").len(), 2);
}

#[test]
fn only_the_difference_of_a_duplicate_runs() {
    let store = testing::store();
    let baseline = Rounding::create(&store, "baseline").expect("created");
    baseline.factor.write(4.0).expect("written");
    baseline.tag(&["weekly"]).expect("tagged");
    assert_ran!(baseline.submit().expect("a run"), ["scaled", "rounded"]);
    let what_if: Rounding = baseline.duplicate("what-if").expect("duplicated");
    what_if.digits.write(1).expect("written");
    let run = what_if.submit().expect("a run");
    assert_skipped!(run, ["scaled"]);
    assert_ran!(run, ["rounded"]);
    assert_eq!((baseline.rounded.read().expect("read"), what_if.rounded.read().expect("read")), (9.38, 9.4));
    assert_eq!(what_if.factor.read().expect("read"), 4.0);
    let info = what_if.info().expect("there");
    assert_eq!((info.origin.as_deref(), info.tags), (Some("baseline"), vec!["weekly".to_owned()]));
    assert!(baseline.duplicate("what-if").is_err());
}

#[test]
fn deleting_reports_what_is_removed_and_is_refused_while_the_scenario_runs() {
    #[task]
    fn deleting(path: &str) -> Result<String> {
        let store = Store::open(path)?;
        let refused = store.delete("busy").expect_err("it runs").to_string();
        let scenario = Instance::open(&store, Busy::graph(), "busy")?;
        assert_eq!(scenario.is_deletable().reasons()[0].to_string(), refused);
        Ok(refused)
    }
    scenario! { Busy { input path: String = ""; refused = deleting(path); } }

    let store = testing::store();
    let busy = Busy::create(&store, "busy").expect("created");
    busy.path.write(store.path().to_string_lossy().into_owned()).expect("written");
    let run = busy.submit().expect("a run").id;
    assert_eq!(
        busy.refused.read().expect("read"),
        format!("scenario `busy` is running (run {run}): wait until the run has ended, or cancel it")
    );
    store.pin(run).expect("pinned");
    assert!(busy.is_deletable().is_possible());
    let deletion = store.delete("busy").expect("deleted");
    assert_eq!((deletion.inputs, deletion.edits, deletion.runs, deletion.pinned), (1, 1, 1, vec![run]));
    assert!(store.run(run).is_err());
    for message in [
        busy.submit().expect_err("gone").to_string(),
        busy.path.write("x".into()).expect_err("gone").to_string(),
        busy.tag(&["x"]).expect_err("gone").to_string(),
        busy.path.read().expect_err("gone").to_string(),
        busy.plan().expect_err("gone").to_string(),
        busy.runs(None).expect_err("gone").to_string(),
        busy.kpis().expect_err("gone").to_string(),
        busy.is_submittable().to_string(),
    ] {
        assert!(message.contains("no scenario `busy`"), "{message}");
    }
    // Run numbers are never reused, so a reference elsewhere never means another run.
    let again = Rounding::create(&store, "busy").expect("created").submit().expect("a run");
    assert!(again.id > run);
}

#[test]
fn edits_of_inputs_are_recorded_and_can_be_reverted() {
    let store = testing::store();
    let scenario = Rounding::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    for factor in [4.0, 5.0, 5.0] {
        scenario.factor.write(factor).expect("written");
    }
    scenario.digits.write(1).expect("written");
    scenario.submit().expect("a run");
    let edits = scenario.edits(None).expect("listed");
    insta::assert_snapshot!(EditsText::new(&edits).stable());
    assert_eq!(edits.iter().map(|edit| edit.author.as_str()).collect::<Vec<_>>(), [store.author(); 3]);

    let four = edits.iter().find(|edit| edit.value == "4").expect("an edit");
    scenario.revert(four.edit).expect("reverted");
    assert_eq!(scenario.factor.read().expect("read"), 4.0);
    scenario.reset("factor").expect("reset");
    scenario.reset("digits").expect("reset");
    assert_skipped!(scenario.submit().expect("a run"), ["scaled", "rounded"]);
    let edits = scenario.edits(Some("factor")).expect("listed");
    let history: Vec<_> =
        edits.iter().map(|edit| (edit.value.as_str(), edit.default, edit.current)).collect();
    assert_eq!(history, [("3", true, true), ("4", false, false), ("5", false, false), ("4", false, false)]);
    assert!(scenario.revert(99).expect_err("no such edit").to_string().contains("has no edit 99"));
    assert!(
        scenario
            .edits(Some("facto"))
            .expect_err("no such input")
            .to_string()
            .contains("did you mean `factor`")
    );

    // Values that can be reverted to are not collected.
    store.collect(Duration::ZERO).expect("collected");
    scenario.revert(edits[2].edit).expect("reverted");
    assert_eq!(scenario.factor.read().expect("read"), 5.0);
}

#[test]
fn subscribers_receive_events_of_scenarios_submissions_jobs_and_nodes() {
    let store = testing::store();
    let (note, events) = testing::events();
    let subscription = store.subscribe(note);
    let scenario = Rounding::create(&store, "a").expect("created");
    scenario.digits.write(1).expect("written");
    scenario.submit().expect("a run");
    scenario.tag(&["x"]).expect("tagged");
    scenario.duplicate("b").expect("duplicated");
    store.rename("b", "c").expect("renamed");
    store.delete("c").expect("deleted");
    drop(subscription);
    scenario.note("unheard").expect("noted");
    insta::assert_snapshot!(events.text());
}

#[test]
fn a_refused_action_has_reasons_and_submit_refuses_for_the_same_ones() {
    #[task]
    fn length(file: &skipstone::File, other: &str) -> Result<usize> {
        Ok(file.read_to_string()?.len() + other.len())
    }
    scenario! {
        Lengths {
            input file: skipstone::File = "no/such/file";
            input other: String;
            length = length(file, other);
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let store = testing::store();
    let instance = Instance::create(&store, Lengths::graph(), "a").expect("created");
    let answer = instance.is_submittable();
    assert!(!answer.is_possible());
    let message = answer.to_string();
    assert!(
        message.starts_with("no\n- input `file` of scenario `a`: can't read the file ")
            && message.contains("no/such/file"),
        "{message}"
    );
    assert!(message.contains("\n- input `other` of scenario `a` has no default and no value"), "{message}");
    // `submit` refuses for the same reasons, all at once, and records no run.
    let refused = instance.submit().expect_err("refused").to_string();
    assert!(refused.starts_with("scenario `a` can't be submitted:\n- input `file`"), "{refused}");
    assert!(refused.contains("- input `other`"), "{refused}");
    assert_eq!(instance.runs(None).expect("listed"), []);

    let path = folder.path().join("text");
    fs::write(&path, "12345").expect("written");
    let path = path.to_string_lossy();
    assert!(
        instance.is_writable("file", &path).is_possible()
            && !instance.is_writable("file", "nowhere").is_possible()
    );
    instance.set(&[("file", &path), ("other", "67")]).expect("set");
    assert!(instance.is_submittable().is_possible() && !instance.is_readable("length").is_possible());
    assert_eq!(instance.is_submittable().to_string(), "yes");
    instance.submit().expect("a run");
    assert!(instance.is_readable("length").is_possible());
    assert!(
        store.is_creatable("b").is_possible()
            && !store.is_creatable("a").is_possible()
            && !store.is_creatable("").is_possible()
    );
}

#[test]
fn a_scenario_is_exported_as_one_file_and_imported_into_another_store() {
    let (here, there) = (testing::store(), testing::store());
    let folder = tempfile::tempdir().expect("a folder");
    let (with, without) = (folder.path().join("with"), folder.path().join("without"));
    let scenario = Rounding::create(&here, "a").expect("created");
    scenario.factor.write(4.0).expect("written");
    scenario.tag(&["x"]).expect("tagged");
    scenario.submit().expect("a run");
    scenario.factor.write(5.0).expect("written");
    scenario.submit().expect("a run");
    let exported = scenario.export_with_data(&with).expect("exported");
    assert_eq!((exported.runs, exported.records), (2, 4));
    assert_eq!(scenario.export(&without).expect("exported").records, 0);

    there.import(&with, None).expect("imported");
    let copy = Rounding::open(&there, "a").expect("opened");
    assert_eq!(copy.info().expect("there").tags, ["x"]);
    assert_eq!(copy.rounded.read().expect("read"), scenario.rounded.read().expect("read"));
    assert_eq!(copy.edits(None).expect("listed").len(), 2);
    assert_eq!(copy.runs(None).expect("listed").len(), 2);
    assert_skipped!(copy.submit().expect("a run"), ["scaled", "rounded"]);
    copy.revert(copy.edits(None).expect("listed")[1].edit).expect("reverted");
    assert_skipped!(copy.submit().expect("a run"), ["scaled", "rounded"]);
    assert_eq!(there.check().expect("readable").problems, []);
    assert!(
        there
            .import(&with, None)
            .expect_err("taken")
            .to_string()
            .contains("the store already has a scenario `a`")
    );

    // Without data, everything but the results is imported, and these are computed again.
    let third = testing::store();
    third.import(&without, Some("b")).expect("imported");
    let copy = Rounding::open(&third, "b").expect("opened");
    assert_eq!(copy.factor.read().expect("read"), 5.0);
    assert_ran!(copy.submit().expect("a run"), ["scaled", "rounded"]);
}

#[test]
fn a_foreign_or_damaged_file_is_reported_and_changes_nothing() {
    let (here, there) = (testing::store(), testing::store());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scenario");
    let scenario = Rounding::create(&here, "a").expect("created");
    scenario.factor.write(4.0).expect("written");
    scenario.submit().expect("a run");
    scenario.export_with_data(&path).expect("exported");
    let whole = fs::read(&path).expect("read");
    let usage = |store: &Store| {
        let usage = store.usage().expect("readable");
        (usage.objects, usage.records, store.scenario_names().expect("listed"))
    };
    let before = usage(&there);
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        let message = there.import(&path, None).expect_err("refused").to_string();
        assert!(message.starts_with("can't import "), "{message}");
        assert_eq!(usage(&there), before, "{message}");
        message
    };
    assert!(refused(b"").contains("not an exported scenario"));
    assert!(refused(b"name,amount\nAda,12\n").contains("not an exported scenario"));
    assert!(refused(&vec![7; 10_000]).contains("not an exported scenario"));
    for cut in [600, 1_600, whole.len() / 2, whole.len() - 1_600] {
        refused(&whole[..cut]);
    }
    // Flip a bit anywhere: in the description, in an object or in a record.
    let mut errors = Vec::new();
    for place in (0..whole.len()).step_by(97) {
        let mut altered = whole.clone();
        altered[place] ^= 1;
        fs::write(&path, &altered).expect("written");
        match there.import(&path, Some("altered")) {
            Err(error) => errors.push(error.to_string()),
            // The bit is in padding or in a time, which are not part of the scenario.
            Ok(_) => drop(there.delete("altered").expect("deleted")),
        }
    }
    assert!(
        errors.len() > 10 && errors.iter().all(|message| message.starts_with("can't import ")),
        "{errors:?}"
    );
    assert_eq!(there.check().expect("readable").problems, []);
    assert!(
        there
            .import(&folder.path().join("nothing"), None)
            .expect_err("no such file")
            .to_string()
            .contains("no such file")
    );
}

/// Returns the archive with an altered description and matching hashes, as a third party could write it.
fn rewritten(whole: &[u8], alter: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    use std::io::Read as _;
    let mut archive = tar::Archive::new(whole);
    let mut entries = Vec::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("read");
        entries.push((name, bytes));
    }
    let mut scenario: serde_json::Value = serde_json::from_slice(&entries[1].1).expect("JSON");
    alter(&mut scenario);
    entries[1].1 = serde_json::to_vec(&scenario).expect("JSON");
    let mut about: serde_json::Value = serde_json::from_slice(&entries[0].1).expect("JSON");
    about["hash"] = blake3::hash(&entries[1].1).to_hex().as_str().into();
    entries[0].1 = serde_json::to_vec(&about).expect("JSON");
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, &bytes[..]).expect("written");
    }
    tar.into_inner().expect("written")
}

#[test]
fn an_import_is_held_to_the_same_rules_as_commands() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tar");
    let here = testing::store();
    let scenario = Rounding::create(&here, "a").expect("created");
    scenario.tag(&["good"]).expect("tagged");
    scenario.submit().expect("a run");
    scenario.export_with_data(&path).expect("written");
    let whole = fs::read(&path).expect("read");
    let there = testing::store();
    let import = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        there.import(&path, Some("b")).map(drop).map_err(|error| error.to_string())
    };
    let altered =
        |alter: &dyn Fn(&mut serde_json::Value)| import(&rewritten(&whole, alter)).expect_err("refused");
    // Alters a field of the first job's first output in a run.
    let of_output = |field: &str, value: serde_json::Value| {
        altered(&|scenario| {
            let run = &mut scenario["archive"]["runs"][0];
            let mut jobs: serde_json::Value =
                serde_json::from_str(run["jobs"].as_str().expect("a string")).expect("JSON");
            jobs[0]["outputs"][0][field] = value.clone();
            run["jobs"] = jobs.to_string().into();
        })
    };
    for (error, what) in [
        (of_output("bytes", u64::MAX.into()), "its outputs have more than"),
        (of_output("hash", "x".into()), "run 1: its jobs can't be read"),
        (altered(&|s| s["archive"]["runs"][0]["status"] = "done".into()), "run 1: unknown status `done`"),
        (altered(&|s| s["archive"]["runs"][0]["status"] = "running".into()), "run 1: it has not ended"),
        (altered(&|s| s["archive"]["states"][0][1] = "{}".into()), "can't be read"),
        (altered(&|s| s["archive"]["tags"][0] = "\u{1b}[31m".into()), "`\\u{1b}[31m` is not a valid tag"),
        (altered(&|s| s["archive"]["name"] = "a\u{7}".into()), "`a\\u{7}` is not a valid scenario name"),
        (altered(&|s| s["archive"]["author"] = "\u{1b}]0;x".into()), "has control characters"),
        (altered(&|s| s["archive"]["created"] = i64::MAX.into()), "a time is before 1970 or after 9999"),
        (altered(&|s| s["archive"]["runs"][0]["duration"] = (-1).into()), "a time is before 1970"),
    ] {
        assert!(error.starts_with("can't import ") && error.contains(what), "{error}");
    }
    assert_eq!(there.scenario_names().expect("listed").len(), 0, "nothing was imported");
    import(&rewritten(&whole, |_| {})).expect("an unaltered archive is imported");

    // Entries that claim to be larger than the file, or that would expand while they are read.
    let with_entry = |kind: tar::EntryType, size: u64| {
        let end = whole.len() - 1_024;
        let mut bytes = whole[..end].to_vec();
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path(format!("objects/{}", "0".repeat(64))).expect("a name");
        header.set_size(size);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&whole[end..]);
        import(&bytes).expect_err("refused")
    };
    for kind in [tar::EntryType::GNUSparse, tar::EntryType::GNULongName, tar::EntryType::Link] {
        assert!(with_entry(kind, 0).contains("an unexpected entry"), "{kind:?}");
    }
    assert!(with_entry(tar::EntryType::Regular, 6 << 30).contains("an unexpected entry"));
    #[cfg(unix)]
    {
        fs::remove_file(&path).expect("removed");
        std::process::Command::new("mkfifo").arg(&path).status().expect("a pipe");
        let error = there.import(&path, None).expect_err("refused").to_string();
        assert!(error.contains("it is not a regular file"), "{error}");
    }
}

/// A function and a type, as in a prelude.
mod prelude {
    pub(crate) fn first(number: u32) -> u32 {
        number
    }

    #[allow(non_camel_case_types)]
    pub(crate) struct second(pub(crate) u32);
}

mod named_like_a_glob_import {
    #[allow(unused_imports)]
    use super::prelude::*;
    use skipstone::{scenario, task};

    #[task(skippable)]
    fn first(number: u64) -> u64 {
        number + 1
    }

    #[task(skippable)]
    fn second(number: u64) -> u64 {
        number * 2
    }

    scenario! {
        pub(crate) Named { input number: u64 = 1; one = first(number); two = second(one); }
    }
}

#[test]
fn a_task_can_have_the_name_of_a_glob_import() {
    assert_eq!((prelude::first(1), prelude::second(2).0), (1, 2));
    let store = testing::store();
    let scenario = named_like_a_glob_import::Named::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    assert_eq!(scenario.two.read().expect("a value"), 4);
}
