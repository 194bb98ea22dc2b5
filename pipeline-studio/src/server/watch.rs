//! What others do: to the store, and to scenario files.

use crate::live::StudioEvent;
use crate::project::Studio;
use skipstone::Hash;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often is looked.
const STEP: Duration = Duration::from_millis(250);

/// Every so many steps files are looked at.
const FILES: u32 = 4;

/// Every so many steps new files are looked for.
const NEW_FILES: u32 = 40;

/// A file as it was seen last.
type Seen = (Option<(SystemTime, u64)>, Option<Hash>);

/// Looks from now on, as long as the runtime lives.
pub(super) fn spawn(studio: Arc<Studio>) {
    tokio::spawn(async move {
        let mut changes = None;
        let mut files: HashMap<String, Seen> = HashMap::new();
        for step in 0_u32.. {
            tokio::time::sleep(STEP).await;
            studio.live.notify_progress();
            // Also while nobody listens: what changes between somebody's question and the next look is told.
            let listened = studio.live.listeners() > 0;
            let looking = studio.clone();
            let (before, mut seen) = (changes, std::mem::take(&mut files));
            let looked = tokio::task::spawn_blocking(move || {
                let now = looking.store.changes().ok();
                if before.is_some() && now.is_some() && now != before {
                    looking.live.notify(StudioEvent::Store);
                }
                if step % FILES == 0 {
                    let new = listened && step % NEW_FILES == 0 || step == 0;
                    look_at_files(&looking, &mut seen, new, step == 0);
                }
                (now.or(before), seen)
            });
            if let Ok(looked) = looked.await {
                (changes, files) = looked;
            }
        }
    });
}

fn look_at_files(studio: &Studio, seen: &mut HashMap<String, Seen>, new: bool, first: bool) {
    if new {
        for path in studio.scenario_files() {
            seen.entry(path.clone()).or_insert_with(|| {
                let now = look_at(studio, &path, None);
                if !first {
                    studio.live.notify(StudioEvent::File { path, hash: now.1.map(|hash| hash.to_string()) });
                }
                now
            });
        }
    }
    for (path, before) in seen.iter_mut() {
        let now = look_at(studio, path, Some(before));
        if now.1 != before.1 {
            studio
                .live
                .notify(StudioEvent::File { path: path.clone(), hash: now.1.map(|hash| hash.to_string()) });
        }
        *before = now;
    }
    seen.retain(|_, (about, _)| about.is_some());
}

/// The file as it is now; it is read only if time or size are others.
fn look_at(studio: &Studio, path: &str, before: Option<&Seen>) -> Seen {
    let about = std::fs::metadata(studio.directory.join(path)).ok();
    let about = about.and_then(|about| Some((about.modified().ok()?, about.len())));
    match before {
        Some(before) if before.0 == about => *before,
        _ => (about, studio.read(path).ok().map(|text| Hash::of(text.as_bytes()))),
    }
}
