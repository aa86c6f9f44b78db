#![allow(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use crate::BoxFuture;

/// Where the time comes from: the system, or something that a test moves.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn TimeSource>>);

/// A clock other than the system's. Implement it to move time in tests; `testing::FakeClock` is one.
pub trait TimeSource: fmt::Debug + Send + Sync {
    /// The time of day.
    fn now(&self) -> SystemTime;
    /// The time since some fixed moment; it never goes back.
    fn monotonic(&self) -> Duration;
    /// Resolves when a pause that we make ourselves is over: a retry's delay, a polling interval.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// Resolves when somebody else's time is up: the limit of a request or of a child process.
    fn deadline(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock of another kind.
    pub fn new(source: impl TimeSource + 'static) -> Self {
        Self(Some(Arc::new(source)))
    }

    /// The time of day.
    pub fn now(&self) -> SystemTime {
        match &self.0 {
            None => SystemTime::now(),
            Some(source) => source.now(),
        }
    }

    /// The time of day in whole seconds since 1970, at most a few milliseconds late: what a look-up in a cache can afford.
    #[inline]
    pub fn unix_seconds(&self) -> u64 {
        match &self.0 {
            None => coarse_unix_seconds(),
            Some(source) => seconds(source.now()),
        }
    }

    /// The time since some fixed moment; it never goes back.
    pub fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match &self.0 {
            None => START.get_or_init(Instant::now).elapsed(),
            Some(source) => source.monotonic(),
        }
    }

    /// The source, unless it is the system: whoever sleeps needs to know, because this crate has no runtime to sleep on.
    pub fn source(&self) -> Option<&Arc<dyn TimeSource>> {
        self.0.as_ref()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Clock(system)"),
            Some(source) => f.debug_tuple("Clock").field(source).finish(),
        }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// Costs a few nanoseconds where asking for the exact time costs forty.
#[cfg(target_os = "linux")]
#[inline]
fn coarse_unix_seconds() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    u64::try_from(now.tv_sec).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
fn coarse_unix_seconds() -> u64 {
    seconds(SystemTime::now())
}

#[cfg(test)]
mod tests;
