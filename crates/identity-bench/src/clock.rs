use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use identity_core::{BoxFuture, Clock, TimeSource};

/// The system's clock, moved forward by as much as somebody wants. Clones are the same.
#[derive(Clone, Debug)]
pub struct MovableClock {
    ahead_by: Arc<AtomicU64>,
    start: Instant,
}

impl MovableClock {
    /// The time as it is.
    #[allow(clippy::new_without_default, reason = "a clock is read, not filled in")]
    pub fn new() -> Self {
        Self { ahead_by: Arc::default(), start: Instant::now() }
    }

    /// The same as the value that options take.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clone())
    }

    /// Moves the time by so many seconds.
    pub fn advance(&self, seconds: u64) {
        self.ahead_by.fetch_add(seconds, Ordering::SeqCst);
    }

    fn ahead_by(&self) -> Duration {
        Duration::from_secs(self.ahead_by.load(Ordering::Relaxed))
    }
}

impl TimeSource for MovableClock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead_by()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed() + self.ahead_by()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn deadline(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
