//! `store`

use super::arguments::{Options, StoreCommand};
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::report::{CollectionText, StoreCheckText, StoreUsageText};
use crate::scenario::Store;
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;

pub(super) fn store(options: &Options, command: &StoreCommand, output: &Output) -> Result<Exit, Failure> {
    let store = Store::open_existing(&options.store)?;
    match command {
        StoreCommand::Verify => {
            let check = store.check()?;
            print(output, options.json, &check, &StoreCheckText(&check))?;
            Ok(if check.problems.is_empty() { Exit::Fine } else { Exit::Found })
        }
        StoreCommand::Du => {
            let usage = store.usage()?;
            print(output, options.json, &usage, &StoreUsageText(&usage)).map(|()| Exit::Fine)
        }
        StoreCommand::Gc { grace, dry_run } => {
            let collection = store.collect(*grace, *dry_run)?;
            print(output, options.json, &collection, &CollectionText(&collection)).map(|()| Exit::Fine)
        }
        StoreCommand::Pin { run } => pin(&store, *run, true, options.json, output),
        StoreCommand::Unpin { run } => pin(&store, *run, false, options.json, output),
    }
}

fn pin(store: &Store, run: i64, pinned: bool, json: bool, output: &Output) -> Result<Exit, Failure> {
    store.pin(run, pinned)?;
    let text = match pinned {
        true => format!("run {run} is pinned: `store gc` keeps its results"),
        false => format!("run {run} is no longer pinned"),
    };
    print(output, json, &serde_json::json!({ "run": run, "pinned": pinned }), &text).map(|()| Exit::Fine)
}

fn print(output: &Output, json: bool, value: &impl Serialize, text: &impl Display) -> Result<(), Failure> {
    let mut out = output.out();
    if json {
        let mut value = serde_json::to_value(value).unwrap_or_default();
        value["format"] = 1.into();
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{text}")?;
    }
    Ok(out.flush()?)
}
