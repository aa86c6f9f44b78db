use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use crate::{BoxFuture, Clock, TimeSource};

/// A clock that stands still until it is moved. Pauses that the code under test makes move it by their length and are over at once, so
/// that nothing really sleeps; limits on other people's work come only with [`advance`](Self::advance). Clones are the same clock.
#[derive(Clone)]
pub struct FakeClock(Arc<Mutex<State>>);

struct State {
    now: Duration,
    start: Duration,
    sleeps: Vec<Duration>,
    sleeping: bool,
    waiting: Vec<(Duration, Waker)>,
}

impl FakeClock {
    /// A clock that stands at the given second since 1970.
    pub fn at_unix(seconds: u64) -> Self {
        let now = Duration::from_secs(seconds);
        Self(Arc::new(Mutex::new(State {
            now,
            start: now,
            sleeps: Vec::new(),
            sleeping: false,
            waiting: Vec::new(),
        })))
    }

    /// The same clock as the value that options take.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clone())
    }

    /// Makes pauses real in this clock's time: they end when [`advance`](Self::advance) has covered them.
    pub fn with_real_pauses(self) -> Self {
        self.state().sleeping = true;
        self
    }

    /// Moves the time forward and wakes whoever waited for it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now += by;
        let now = state.now;
        let (due, later) = state.waiting.drain(..).partition(|(when, _)| *when <= now);
        state.waiting = later;
        drop(state);
        let due: Vec<(Duration, Waker)> = due;
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// The pauses made so far.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.state().sleeps.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self, when: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(std::future::poll_fn(move |context| {
            let mut state = clock.state();
            if state.now >= when {
                return Poll::Ready(());
            }
            state.waiting.push((when, context.waker().clone()));
            Poll::Pending
        }))
    }
}

impl TimeSource for FakeClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.state().now
    }

    fn monotonic(&self) -> Duration {
        let state = self.state();
        state.now - state.start
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state();
        state.sleeps.push(duration);
        let (sleeping, when) = (state.sleeping, state.now + duration);
        drop(state);
        if !sleeping {
            self.advance(duration);
        }
        self.until(when)
    }

    fn deadline(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let when = self.state().now + duration;
        self.until(when)
    }
}

impl fmt::Debug for FakeClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeClock({})", self.state().now.as_secs_f64())
    }
}

#[cfg(test)]
mod tests;
