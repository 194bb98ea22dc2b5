//! Resources of tasks that could not be trusted with them.

use skipstone::{Resource, task};

struct Pool;

#[task(skippable)]
fn skipped(query: &str, pool: &Resource<Pool>) -> usize {
    let _ = pool;
    query.len()
}

#[task]
fn by_value(query: &str, pool: Resource<Pool>) -> usize {
    let _ = pool;
    query.len()
}

#[task(isolated)]
fn elsewhere(pool: &Resource<Pool>, query: &str) -> usize {
    let _ = pool;
    query.len()
}

#[task(skippable, version = "1")]
fn pinned(pool: &Resource<Pool>, query: &str) -> usize {
    let _ = pool;
    query.len()
}

skipstone::scenario! {
    Passed {
        input query: String = "";
        input pool: usize = 1;
        found = pinned(pool, query);
        named = pinned(pool: pool, query: query);
    }
}

fn main() {}

// Fix: take `&Resource<…>` in a task that runs every time or has a `version`, and leave it out of calls.
