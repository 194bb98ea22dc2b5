//! Running what is ready, on several threads.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Work that waits for other work: numbers from 0, with edges to those that wait.
pub(crate) struct Waits {
    /// For each piece of work, for how many others it waits.
    pub(crate) counts: Vec<usize>,
    /// For each piece of work, those that wait for it; one entry for each that was counted.
    pub(crate) readers: Vec<Vec<usize>>,
    /// For each piece of work, when its turn comes among those that are ready: lower is earlier.
    pub(crate) turns: Vec<usize>,
}

/// What to do, and whom to tell.
pub(crate) struct Work<'a> {
    /// Does one piece.
    pub(crate) work: &'a (dyn Fn(usize) + Sync),
    /// Called before a worker waits.
    pub(crate) idle: &'a (dyn Fn() + Sync),
    /// Called when a piece that waited for others waits no more.
    pub(crate) ready: Option<&'a (dyn Fn(usize) + Sync)>,
}

/// Does each piece once, as soon as all that it waits for is done, on up to `workers` threads, of which the
/// calling one is the first.
///
/// Blocks until everything is done. There must be no cycle.
///
/// # Panics
///
/// When a piece panics; what is running then is finished, and nothing else is begun.
pub(crate) fn run(waits: Waits, workers: usize, work: &Work<'_>) {
    let total = waits.counts.len();
    let mut first: Vec<usize> = (0..total).filter(|&piece| waits.counts[piece] == 0).collect();
    first.sort_unstable_by_key(|&piece| waits.turns[piece]);
    let queue = Queue {
        first,
        begun: AtomicUsize::new(0),
        counts: waits.counts.into_iter().map(AtomicUsize::new).collect(),
        left: AtomicUsize::new(total),
        waiting: AtomicUsize::new(0),
        broken: AtomicBool::new(false),
        state: Mutex::new(State { ready: BinaryHeap::new(), sleeping: 0 }),
        changed: Condvar::new(),
    };
    let worker = || queue.work(&waits.readers, &waits.turns, work);
    std::thread::scope(|scope| {
        for number in 1..workers.min(total) {
            let name = format!("pipeline-worker-{number}");
            // As much as a main thread has: tasks may recurse as they do elsewhere.
            let thread = std::thread::Builder::new().name(name).stack_size(8 << 20);
            // Without another thread there is still this one.
            if thread.spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
}

struct Queue {
    /// The pieces that wait for nothing, in their turns.
    first: Vec<usize>,
    /// How many of them are begun.
    begun: AtomicUsize,
    /// For each piece, for how many others it has yet to wait.
    counts: Vec<AtomicUsize>,
    /// How many pieces are not done.
    left: AtomicUsize,
    /// How many pieces are on the heap, to be read without the lock: a worker that has a next piece of
    /// its own looks here for another that comes first.
    waiting: AtomicUsize,
    /// A piece panicked.
    broken: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The pieces that became ready, by their turns.
    ready: BinaryHeap<Reverse<(usize, usize)>>,
    /// How many workers wait for `changed`.
    sleeping: usize,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One worker's life: take what is ready, sleep when nothing is, end when all is done.
    fn work(&self, readers: &[Vec<usize>], turns: &[usize], work: &Work<'_>) {
        let mut own = None;
        // What became ready by the last piece; kept for its room.
        let mut woken: Vec<usize> = Vec::new();
        while let Some(piece) = own.take().or_else(|| self.next(turns, work.idle)) {
            let guard = BreakOnPanic(self);
            (work.work)(piece);
            std::mem::forget(guard);

            // Whoever lowers a count to zero has seen all that the others did before they lowered it.
            woken.extend(
                readers[piece]
                    .iter()
                    .filter(|&&reader| self.counts[reader].fetch_sub(1, Ordering::AcqRel) == 1),
            );
            if let Some(ready) = work.ready {
                woken.iter().for_each(|&piece| ready(piece));
            }
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                // Under the lock, so that nobody is between looking and falling asleep.
                let _state = self.lock();
                self.changed.notify_all();
            } else if let &[only] = woken.as_slice()
                && self.waiting.load(Ordering::Relaxed) == 0
                && self
                    .first
                    .get(self.begun.load(Ordering::Relaxed))
                    .is_none_or(|&other| turns[only] < turns[other])
            {
                // A chain: nobody else need know of it.
                own = Some(only);
                woken.clear();
            } else if !woken.is_empty() {
                self.add(&mut woken, turns);
            }
        }
    }

    /// Makes pieces ready.
    fn add(&self, woken: &mut Vec<usize>, turns: &[usize]) {
        let mut state = self.lock();
        // This worker takes one itself; each of the others may wake a sleeper.
        let wanted = (woken.len() - 1).min(state.sleeping);
        state.ready.extend(woken.drain(..).map(|piece| Reverse((turns[piece], piece))));
        self.waiting.store(state.ready.len(), Ordering::Relaxed);
        drop(state);
        (0..wanted).for_each(|_| self.changed.notify_one());
    }

    /// The next of the pieces that wait for nothing.
    fn begin(&self) -> Option<usize> {
        // Never far beyond the end: there are as many steps too many as workers.
        if self.begun.load(Ordering::Relaxed) >= self.first.len() {
            return None;
        }
        self.first.get(self.begun.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// The first piece that is ready, after waiting for one; `None` when there is nothing more to do.
    fn next(&self, turns: &[usize], idle: &(dyn Fn() + Sync)) -> Option<usize> {
        // Those that waited for nothing are taken one after the other, without the lock, as long as there
        // is nothing on the heap that might come before them.
        if self.waiting.load(Ordering::Relaxed) == 0
            && let Some(piece) = self.begin()
        {
            return (!self.broken.load(Ordering::Relaxed)).then_some(piece);
        }
        let mut idled = false;
        let mut state = self.lock();
        loop {
            if self.broken.load(Ordering::Relaxed) || self.left.load(Ordering::Acquire) == 0 {
                return None;
            }
            let next = self.first.get(self.begun.load(Ordering::Relaxed)).map(|&piece| turns[piece]);
            let top = state.ready.peek().map(|Reverse((turn, _))| *turn);
            if next.is_some_and(|next| top.is_none_or(|top| next < top))
                && let Some(piece) = self.begin()
            {
                return Some(piece);
            }
            if let Some(Reverse((_, piece))) = state.ready.pop() {
                self.waiting.store(state.ready.len(), Ordering::Relaxed);
                return Some(piece);
            }
            if !idled {
                // Not under the lock; and then look again.
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

/// Sends the other workers home when `work` panics, so that the panic can reach the caller.
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

    /// The edges `from → to` as waits.
    fn with_waits(total: usize, edges: &[(usize, usize)], then: impl FnOnce(Waits)) {
        let mut readers = vec![Vec::new(); total];
        let mut counts = vec![0; total];
        for &(from, to) in edges {
            readers[from].push(to);
            counts[to] += 1;
        }
        then(Waits { counts, readers, turns: (0..total).collect() });
    }

    fn only(waits: Waits, workers: usize, work: &(dyn Fn(usize) + Sync)) {
        run(waits, workers, &Work { work, idle: &|| {}, ready: None });
    }

    #[test]
    fn branches_of_a_diamond_overlap_on_two_workers() {
        let barrier = Barrier::new(2);
        with_waits(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], |waits| {
            only(waits, 2, &|piece| {
                if piece == 1 || piece == 2 {
                    barrier.wait();
                }
            });
        });
    }

    #[test]
    fn a_slow_piece_holds_up_only_what_waits_for_it() {
        // 0 waits until 1 → 2 → 3 is through: with layers, 2 would wait for 0.
        let through = Barrier::new(2);
        with_waits(4, &[(1, 2), (2, 3)], |waits| {
            only(waits, 2, &|piece| {
                if piece == 0 || piece == 3 {
                    through.wait();
                }
            });
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_no_thread_stays() {
        let begun = AtomicUsize::new(0);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            with_waits(3, &[(0, 1), (1, 2)], |waits| {
                only(waits, 3, &|piece| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    assert_ne!(piece, 1, "on purpose");
                });
            });
        }));
        assert!(outcome.is_err());
        assert_eq!(begun.into_inner(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// On any graph and any number of threads, every piece is done once, after those before it.
        #[test]
        fn every_piece_is_done_once_and_in_order(
            total in 1..40usize,
            pairs in proptest::collection::vec((0..40usize, 0..40usize), 0..120),
            workers in 1..5usize,
        ) {
            let edges: Vec<(usize, usize)> =
                pairs.into_iter().filter(|&(from, to)| from < to && to < total).collect();
            let clock = AtomicUsize::new(1);
            let done: Vec<AtomicUsize> = (0..total).map(|_| AtomicUsize::new(0)).collect();
            with_waits(total, &edges, |waits| {
                only(waits, workers, &|piece| {
                    assert_eq!(done[piece].swap(clock.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst), 0);
                });
            });
            for (from, to) in edges {
                prop_assert!(done[from].load(Ordering::SeqCst) < done[to].load(Ordering::SeqCst));
            }
            prop_assert!(done.iter().all(|done| done.load(Ordering::SeqCst) > 0));
        }
    }
}
