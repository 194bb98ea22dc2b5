//! `store`

use super::arguments::StoreCommand;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::registry::RunId;
use crate::report::{CollectionText, StoreCheckText, StoreUsageText};
use crate::scenario::Store;

pub(super) fn store(options: &Options, command: &StoreCommand, output: &Output) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    match command {
        StoreCommand::Verify => {
            let check = store.check()?;
            output.print(options.json, &check, &StoreCheckText(&check))?;
            Ok(if check.problems.is_empty() { Exit::Success } else { Exit::Found })
        }
        StoreCommand::Du => {
            let usage = store.usage()?;
            output
                .print(options.json, &usage, &StoreUsageText(&usage))
                .map(|()| Exit::Success)
                .map_err(Failure::from)
        }
        StoreCommand::Gc { grace, dry_run } => {
            let collection = match dry_run {
                true => store.plan_collection(*grace)?,
                false => store.collect(*grace)?,
            };
            output
                .print(options.json, &collection, &CollectionText(&collection))
                .map(|()| Exit::Success)
                .map_err(Failure::from)
        }
        StoreCommand::Pin { run } => pin(&store, *run, true, options.json, output),
        StoreCommand::Unpin { run } => pin(&store, *run, false, options.json, output),
    }
}

fn pin(store: &Store, run: RunId, pinned: bool, json: bool, output: &Output) -> Result<Exit, Failure> {
    match pinned {
        true => store.pin(run)?,
        false => store.unpin(run)?,
    }
    let text = match pinned {
        true => format!("run {run} is pinned: `store gc` keeps its results"),
        false => format!("run {run} is no longer pinned"),
    };
    output.print(json, &serde_json::json!({ "run": run, "pinned": pinned }), &text)?;
    Ok(Exit::Success)
}
