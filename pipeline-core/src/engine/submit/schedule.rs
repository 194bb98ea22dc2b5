//! The scheduler: runs work items on several threads as soon as their dependencies are done.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Work items, numbered from 0, and the dependencies between them.
pub(crate) struct Waits {
    /// For each item, the number of items that it waits for.
    pub(crate) counts: Vec<usize>,
    /// For each item, the items that wait for it: one entry for each wait that `counts` has.
    pub(crate) readers: Vec<Vec<usize>>,
    /// For each item, its priority among the ready items: lower numbers run first.
    pub(crate) priorities: Vec<usize>,
}

/// What to do, and the callbacks.
pub(crate) struct Work<'a> {
    /// Does one item.
    pub(crate) work: &'a (dyn Fn(usize) + Sync),
    /// Called before a worker sleeps.
    pub(crate) idle: &'a (dyn Fn() + Sync),
    /// Called when an item that waited for others becomes ready.
    pub(crate) ready: Option<&'a (dyn Fn(usize) + Sync)>,
}

/// Does each item once, as soon as all items that it waits for are done, on up to `workers` threads. The calling thread
/// is one of them.
///
/// Blocks until all items are done. The dependencies must not have a cycle.
///
/// # Panics
///
/// When an item panics. Items that are running then are finished, and no others are started.
pub(crate) fn run(waits: Waits, workers: usize, work: &Work<'_>) {
    let total = waits.counts.len();
    let mut initial: Vec<usize> = (0..total).filter(|&item| waits.counts[item] == 0).collect();
    initial.sort_unstable_by_key(|&item| waits.priorities[item]);
    let queue = Queue {
        initial,
        taken: AtomicUsize::new(0),
        counts: waits.counts.into_iter().map(AtomicUsize::new).collect(),
        remaining: AtomicUsize::new(total),
        queued: AtomicUsize::new(0),
        broken: AtomicBool::new(false),
        state: Mutex::new(State { ready: BinaryHeap::new(), sleeping: 0 }),
        changed: Condvar::new(),
    };
    let worker = || queue.work(&waits.readers, &waits.priorities, work);
    std::thread::scope(|scope| {
        for number in 1..workers.min(total) {
            let name = format!("pipeline-worker-{number}");
            // The usual stack size of a main thread: tasks may recurse as deeply as on one.
            let thread = std::thread::Builder::new().name(name).stack_size(8 << 20);
            // If no thread can be spawned, the calling thread does all the work.
            if thread.spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
}

struct Queue {
    /// The items without dependencies, by priority.
    initial: Vec<usize>,
    /// The number of initial items that were taken.
    taken: AtomicUsize,
    /// For each item, the number of items that it still waits for.
    counts: Vec<AtomicUsize>,
    /// The number of items that are not done.
    remaining: AtomicUsize,
    /// The number of items on the heap, readable without the lock: a worker that already has a next item checks here
    /// for one that comes earlier.
    queued: AtomicUsize,
    /// Whether an item panicked.
    broken: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The items that became ready, by priority.
    ready: BinaryHeap<Reverse<(usize, usize)>>,
    /// The number of workers that wait for `changed`.
    sleeping: usize,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The loop of one worker: takes ready items, sleeps while no item is ready, and returns when all items are done.
    fn work(&self, readers: &[Vec<usize>], priorities: &[usize], work: &Work<'_>) {
        let mut own = None;
        // The items that the last one made ready; reused to save allocations.
        let mut ready_now: Vec<usize> = Vec::new();
        while let Some(item) = own.take().or_else(|| self.next(priorities, work.idle)) {
            let guard = BreakOnPanic(self);
            (work.work)(item);
            std::mem::forget(guard);

            // The worker that lowers a count to zero sees everything that the others did before they lowered it.
            ready_now.extend(
                readers[item]
                    .iter()
                    .filter(|&&reader| self.counts[reader].fetch_sub(1, Ordering::AcqRel) == 1),
            );
            if let Some(ready) = work.ready {
                ready_now.iter().for_each(|&item| ready(item));
            }
            if self.remaining.fetch_sub(1, Ordering::AcqRel) == 1 {
                // Under the lock, so that no worker is between its check and its sleep.
                let _state = self.lock();
                self.changed.notify_all();
            } else if let &[only] = ready_now.as_slice()
                && self.queued.load(Ordering::Relaxed) == 0
                && self
                    .initial
                    .get(self.taken.load(Ordering::Relaxed))
                    .is_none_or(|&other| priorities[only] < priorities[other])
            {
                // A chain: this worker continues with the item, without the lock.
                own = Some(only);
                ready_now.clear();
            } else if !ready_now.is_empty() {
                self.add(&mut ready_now, priorities);
            }
        }
    }

    /// Puts items on the heap.
    fn add(&self, ready_now: &mut Vec<usize>, priorities: &[usize]) {
        let mut state = self.lock();
        // This worker takes one item itself; each of the others may wake a sleeping worker.
        let to_wake = (ready_now.len() - 1).min(state.sleeping);
        state.ready.extend(ready_now.drain(..).map(|item| Reverse((priorities[item], item))));
        self.queued.store(state.ready.len(), Ordering::Relaxed);
        drop(state);
        (0..to_wake).for_each(|_| self.changed.notify_one());
    }

    /// Takes the next initial item.
    fn next_initial(&self) -> Option<usize> {
        // The counter exceeds the length by at most the number of workers.
        if self.taken.load(Ordering::Relaxed) >= self.initial.len() {
            return None;
        }
        self.initial.get(self.taken.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// Takes the first ready item, waiting for one if necessary; `None` if there is nothing left to do.
    fn next(&self, priorities: &[usize], idle: &(dyn Fn() + Sync)) -> Option<usize> {
        // Initial items are taken in order, without the lock, as long as the heap has no item that might come before
        // them.
        if self.queued.load(Ordering::Relaxed) == 0
            && let Some(item) = self.next_initial()
        {
            return (!self.broken.load(Ordering::Relaxed)).then_some(item);
        }
        let mut idled = false;
        let mut state = self.lock();
        loop {
            if self.broken.load(Ordering::Relaxed) || self.remaining.load(Ordering::Acquire) == 0 {
                return None;
            }
            let next = self.initial.get(self.taken.load(Ordering::Relaxed)).map(|&item| priorities[item]);
            let top = state.ready.peek().map(|Reverse((priority, _))| *priority);
            if next.is_some_and(|next| top.is_none_or(|top| next < top))
                && let Some(item) = self.next_initial()
            {
                return Some(item);
            }
            if let Some(Reverse((_, item))) = state.ready.pop() {
                self.queued.store(state.ready.len(), Ordering::Relaxed);
                return Some(item);
            }
            if !idled {
                // `idle` runs without the lock, so check again afterwards.
                drop(state);
                idle();
                idled = true;
                state = self.lock();
                continue;
            }
            state.sleeping += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleeping -= 1;
        }
    }
}

/// Stops the other workers when an item panics, so that the panic can reach the caller.
struct BreakOnPanic<'a>(&'a Queue);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        let _state = self.0.lock();
        self.0.broken.store(true, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Barrier;

    /// Builds the waits from the edges `from → to`.
    fn with_waits(total: usize, edges: &[(usize, usize)], then: impl FnOnce(Waits)) {
        let mut readers = vec![Vec::new(); total];
        let mut counts = vec![0; total];
        for &(from, to) in edges {
            readers[from].push(to);
            counts[to] += 1;
        }
        then(Waits { counts, readers, priorities: (0..total).collect() });
    }

    fn only(waits: Waits, workers: usize, work: &(dyn Fn(usize) + Sync)) {
        run(waits, workers, &Work { work, idle: &|| {}, ready: None });
    }

    #[test]
    fn branches_of_a_diamond_overlap_on_two_workers() {
        let barrier = Barrier::new(2);
        with_waits(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], |waits| {
            only(waits, 2, &|item| {
                if item == 1 || item == 2 {
                    barrier.wait();
                }
            });
        });
    }

    #[test]
    fn a_slow_item_delays_only_its_dependents() {
        // 0 waits until 1 → 2 → 3 is through. With layers, 2 would wait for 0.
        let through = Barrier::new(2);
        with_waits(4, &[(1, 2), (2, 3)], |waits| {
            only(waits, 2, &|item| {
                if item == 0 || item == 3 {
                    through.wait();
                }
            });
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_all_threads_end() {
        let begun = AtomicUsize::new(0);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            with_waits(3, &[(0, 1), (1, 2)], |waits| {
                only(waits, 3, &|item| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    assert_ne!(item, 1, "on purpose");
                });
            });
        }));
        assert!(outcome.is_err());
        assert_eq!(begun.into_inner(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// On any graph and any number of threads, every item is done once, after the items that it waits for.
        #[test]
        fn every_item_is_done_once_and_in_order(
            total in 1..40usize,
            pairs in proptest::collection::vec((0..40usize, 0..40usize), 0..120),
            workers in 1..5usize,
        ) {
            let edges: Vec<(usize, usize)> =
                pairs.into_iter().filter(|&(from, to)| from < to && to < total).collect();
            let clock = AtomicUsize::new(1);
            let done: Vec<AtomicUsize> = (0..total).map(|_| AtomicUsize::new(0)).collect();
            with_waits(total, &edges, |waits| {
                only(waits, workers, &|item| {
                    assert_eq!(done[item].swap(clock.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst), 0);
                });
            });
            for (from, to) in edges {
                prop_assert!(done[from].load(Ordering::SeqCst) < done[to].load(Ordering::SeqCst));
            }
            prop_assert!(done.iter().all(|done| done.load(Ordering::SeqCst) > 0));
        }
    }
}
