//! A scheduler between the steps of threads, for models: while one runs, a thread stops before each lock and each shared word, and shuttle decides
//! who goes on. Shuttle's threads are all on one thread of the system, so a lock that somebody else holds is waited for by letting
//! others go on, never by blocking. Outside a model all of this does nothing.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{self, Ordering};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};

thread_local! { static IN_MODEL: Cell<bool> = const { Cell::new(false) }; }

/// Runs a model many times, each time in another order of its threads' steps. The orders are the same in every run of the tests.
pub(in crate::cache) fn check(model: impl Fn() + Send + Sync + Copy + 'static) {
    const TIMES: usize = 1_000;
    const SEED: u64 = 20_261_123;
    run(RandomScheduler::new_from_seed(SEED, TIMES), model);
    // Few switches, at the worst places: what chance finds only rarely.
    for switches in 1..=3 {
        run(PctScheduler::new_from_seed(SEED, switches, TIMES / 4), model);
    }
}

fn run(scheduler: impl Scheduler + 'static, model: impl Fn() + Send + Sync + 'static) {
    struct Left;
    impl Drop for Left {
        fn drop(&mut self) {
            IN_MODEL.set(false);
        }
    }
    let _left = Left;
    IN_MODEL.set(true);
    shuttle::Runner::new(scheduler, shuttle::Config::default()).run(model);
}

/// A place where another thread may go on.
pub(in crate::cache) fn step() {
    if IN_MODEL.get() {
        // Any word of shuttle's is such a place.
        shuttle::sync::atomic::AtomicBool::new(false).load(Ordering::SeqCst);
    }
}

/// A place where another thread may go on, and others must until something is so.
pub(super) fn until(is_so: impl Fn() -> bool) {
    step();
    while IN_MODEL.get() && !is_so() {
        shuttle::thread::yield_now();
    }
}

/// A pointer that is exchanged as a whole, with a step before each use.
pub(in crate::cache) struct ArcSwap<T>(arc_swap::ArcSwap<T>);

impl<T> ArcSwap<T> {
    pub(in crate::cache) fn from_pointee(value: T) -> Self {
        Self(arc_swap::ArcSwap::from_pointee(value))
    }

    pub(in crate::cache) fn load(&self) -> arc_swap::Guard<Arc<T>> {
        step();
        self.0.load()
    }

    pub(in crate::cache) fn store(&self, value: Arc<T>) {
        step();
        self.0.store(value);
    }
}

/// A number that threads share, with a step before each use.
pub(in crate::cache) struct AtomicU64(atomic::AtomicU64);

impl AtomicU64 {
    pub(in crate::cache) fn new(value: u64) -> Self {
        Self(atomic::AtomicU64::new(value))
    }

    pub(in crate::cache) fn load(&self, ordering: Ordering) -> u64 {
        step();
        self.0.load(ordering)
    }

    pub(in crate::cache) fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        step();
        self.0.compare_exchange(current, new, success, failure)
    }
}
