//! The emulator's idea of the time, which a test may move.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::sync::lock;

/// The clock the emulator judges and stamps everything by.
///
/// It starts as the system's clock. [`advance`](Self::advance) moves it while it keeps running,
/// [`set`](Self::set) stops it at a moment. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct MovableClock {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The system's time plus what it was advanced by.
    Running(Duration),
    Stopped(SystemTime),
}

impl Default for State {
    fn default() -> Self {
        Self::Running(Duration::ZERO)
    }
}

impl MovableClock {
    /// What time it is for the emulator.
    pub fn now(&self) -> SystemTime {
        match *lock(&self.state) {
            State::Running(ahead) => later(system_time(), ahead),
            State::Stopped(at) => at,
        }
    }

    /// The same in whole seconds since 1970 UTC, as tokens and answers carry it.
    pub fn unix_now(&self) -> i64 {
        unix_seconds(self.now())
    }

    /// Moves the clock ahead; a stopped clock stays stopped at the later moment.
    pub fn advance(&self, by: Duration) {
        let mut state = lock(&self.state);
        *state = match *state {
            State::Running(ahead) => State::Running(ahead.saturating_add(by)),
            State::Stopped(at) => State::Stopped(later(at, by)),
        };
    }

    /// Stops the clock at this moment, until it is advanced, set again or [`run`](Self::run).
    pub fn set(&self, at: SystemTime) {
        *lock(&self.state) = State::Stopped(at);
    }

    /// Makes the clock follow the system's time again, forgetting every move.
    pub fn run(&self) {
        *lock(&self.state) = State::default();
    }
}

/// Seconds since 1970 UTC; a time before that is negative, one out of range the last that fits.
pub(crate) fn unix_seconds(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    }
}

/// `2026-01-31 23:59:59Z`, as Entra ID stamps its errors.
pub(crate) fn stamp(unix: i64) -> String {
    jiff::Timestamp::from_second(unix)
        .map_or_else(|_| unix.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// Time that would leave the platform's range stays where it was.
fn later(at: SystemTime, by: Duration) -> SystemTime {
    at.checked_add(by).unwrap_or(at)
}

#[allow(clippy::disallowed_methods)]
fn system_time() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests;
