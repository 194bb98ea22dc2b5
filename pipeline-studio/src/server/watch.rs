//! Watches for changes that other processes make to the store and to scenario files.

use crate::live::StudioEvent;
use crate::project::Studio;
use skipstone::Hash;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The interval between checks.
const STEP: Duration = Duration::from_millis(250);

/// Known files are checked every `FILES` steps.
const FILES: u32 = 4;

/// New files are searched for every `NEW_FILES` steps.
const NEW_FILES: u32 = 40;

/// The last known state of a file: its modification time and size, and the hash of its content.
type Seen = (Option<(SystemTime, u64)>, Option<Hash>);

/// Starts watching, until the runtime shuts down.
pub(super) fn spawn(studio: Arc<Studio>) {
    tokio::spawn(async move {
        let mut changes = None;
        let mut files: HashMap<String, Seen> = HashMap::new();
        for step in 0_u32.. {
            tokio::time::sleep(STEP).await;
            studio.live.notify_progress();
            // The state is kept up to date even without listeners. Otherwise a change between a page's first request
            // and the next check would be missed.
            let has_listeners = studio.live.listeners() > 0;
            let checked = studio.clone();
            let (before, mut seen) = (changes, std::mem::take(&mut files));
            let result = tokio::task::spawn_blocking(move || {
                let now = checked.store.changes().ok();
                if before.is_some() && now.is_some() && now != before {
                    checked.live.notify(StudioEvent::Store);
                }
                if step % FILES == 0 {
                    let new = has_listeners && step % NEW_FILES == 0 || step == 0;
                    check_files(&checked, &mut seen, new, step == 0);
                }
                (now.or(before), seen)
            });
            if let Ok(state) = result.await {
                (changes, files) = state;
            }
        }
    });
}

fn check_files(studio: &Studio, seen: &mut HashMap<String, Seen>, new: bool, first: bool) {
    if new {
        for path in studio.scenario_files() {
            seen.entry(path.clone()).or_insert_with(|| {
                let now = read_state(studio, &path, None);
                if !first {
                    studio.live.notify(StudioEvent::File { path, hash: now.1.map(|hash| hash.to_string()) });
                }
                now
            });
        }
    }
    for (path, before) in seen.iter_mut() {
        let now = read_state(studio, path, Some(before));
        if now.1 != before.1 {
            studio
                .live
                .notify(StudioEvent::File { path: path.clone(), hash: now.1.map(|hash| hash.to_string()) });
        }
        *before = now;
    }
    seen.retain(|_, (about, _)| about.is_some());
}

/// The current state of a file. It is read only if its modification time or size changed.
fn read_state(studio: &Studio, path: &str, before: Option<&Seen>) -> Seen {
    let about = std::fs::metadata(studio.directory.join(path)).ok();
    let about = about.and_then(|about| Some((about.modified().ok()?, about.len())));
    match before {
        Some(before) if before.0 == about => *before,
        _ => (about, studio.read(path).ok().map(|text| Hash::of(text.as_bytes()))),
    }
}
