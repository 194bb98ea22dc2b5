//! `rechecks`

use super::exit::{Exit, Failure};
use super::options::Options;
use super::output::Output;
use crate::report::MismatchesText;
use serde_json::json;

pub(super) fn rechecks(options: &Options, resolve: Option<i64>, output: &Output) -> Result<Exit, Failure> {
    let store = options.existing_store()?;
    if let Some(id) = resolve {
        store.resolve_mismatch(id)?;
    }
    let mismatches = store.mismatches()?;
    let open = mismatches.iter().any(|mismatch| mismatch.resolved_us.is_none());
    let paint = |tone, word: &str| output.paint(tone, word);
    let value = json!({ "format": 1, "mismatches": mismatches });
    output.print(options.json, &value, &MismatchesText::new(&mismatches).paint(&paint))?;
    Ok(if open { Exit::Found } else { Exit::Success })
}
