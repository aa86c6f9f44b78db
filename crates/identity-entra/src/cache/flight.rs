use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use identity_core::{AccessToken, BoxFuture, Error, ErrorKind};
use tokio::runtime::Handle;

use super::key::PartitionId;

/// The requests under way: one for each key, whose answer goes to everybody who waits for it.
///
/// A flight is a shared future that its waiters drive. A waiter that is dropped cancels nobody else, because any other goes on polling; when the
/// last one is dropped the future is dropped, and with it the connection or the child process that it waited for. Sockets and timers
/// belong to the runtime they were made on, so each runtime has flights of its own.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<(FlightKey, RuntimeId), Flight>>,
    refused: Mutex<HashMap<FlightKey, (Duration, Error)>>,
}

/// What makes two requests the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FlightKey {
    pub(super) partition: Option<PartitionId>,
    pub(super) tenant: Box<str>,
    /// Sorted, each once.
    pub(super) scopes: Box<[Box<str>]>,
    pub(super) cae: bool,
    pub(super) claims: Option<Box<str>>,
}

pub(super) type Answer = Result<AccessToken, Error>;
pub(super) type SharedAnswer = Shared<BoxFuture<'static, Answer>>;
type RuntimeId = Option<tokio::runtime::Id>;

struct Flight {
    waiters: WeakShared<BoxFuture<'static, Answer>>,
    number: u64,
}

/// For how long a refused request is not sent again, where the server names no time.
const REFUSED_FOR: Duration = Duration::from_secs(1);
const MOST_REFUSALS: usize = 1024;

impl Flights {
    /// Joins the flight of a key, or starts one. `look_again` is asked under the lock first, because a flight that has just
    /// ended left its token or its refusal.
    pub(super) fn join(
        self: &Arc<Self>,
        key: FlightKey,
        look_again: impl FnOnce() -> Option<Answer>,
        start: impl FnOnce() -> BoxFuture<'static, Answer>,
    ) -> Result<SharedAnswer, Answer> {
        let slot = (key, Handle::try_current().ok().map(|handle| handle.id()));
        let mut under_way = self.under_way();
        if let Some(flight) = under_way.get(&slot).and_then(|flight| flight.waiters.upgrade()) {
            return Ok(flight);
        }
        if let Some(answer) = look_again() {
            return Err(answer);
        }
        let number = under_way.get(&slot).map_or(0, |ended| ended.number.wrapping_add(1));
        let request = AssertUnwindSafe(start()).catch_unwind();
        let guard = Ended { flights: self.clone(), slot: slot.clone(), number };
        let flight = async move {
            let answer = request.await.unwrap_or_else(|_| {
                Err(Error::failed("the request for a token panicked; please report this"))
            });
            drop(guard);
            answer
        };
        let flight = flight.boxed().shared();
        if let Some(waiters) = flight.downgrade() {
            under_way.insert(slot, Flight { waiters, number });
        }
        Ok(flight)
    }

    /// The error that a key's last request ended in, as long as it must not be sent again.
    pub(super) fn refusal(&self, key: &FlightKey, now: Duration) -> Option<Error> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get(key).filter(|(until, _)| now < *until).map(|(_, error)| error.clone())
    }

    /// Remembers an error that asks for patience: one with a Retry-After, and, where nobody is asked for anything, each failure for a moment.
    /// So is a host's answer that there is no identity; files and tools that are missing are looked for again at each call.
    pub(super) fn remember(&self, key: &FlightKey, error: &Error, now: Duration, remember_failures: bool) {
        let patience = match error.server().and_then(|server| server.retry_after) {
            Some(retry_after) => retry_after,
            None if remember_failures && is_refusal(error) => REFUSED_FOR,
            None => return,
        };
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MOST_REFUSALS {
            refused.retain(|_, (until, _)| now < *until);
        }
        if refused.len() < MOST_REFUSALS {
            refused.insert(key.clone(), (now.saturating_add(patience), error.clone()));
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<(FlightKey, RuntimeId), Flight>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.under_way().len()
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flights({} under way)", self.under_way().len())
    }
}

/// Whether a server was asked in vain, and would be asked in vain again.
fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed
        || error.kind() == ErrorKind::CredentialUnavailable && error.server().is_some()
}

/// Takes a flight off the list, whether it came to an end or was dropped on the way.
struct Ended {
    flights: Arc<Flights>,
    slot: (FlightKey, RuntimeId),
    number: u64,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way();
        if under_way.get(&self.slot).is_some_and(|flight| flight.number == self.number) {
            under_way.remove(&self.slot);
        }
    }
}
