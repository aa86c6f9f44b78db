use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use identity_core::{AccessToken, BoxFuture, Error, ErrorKind};
use tokio::runtime::Handle;

use super::key::PartitionId;
use super::sync::{Mutex, MutexGuard, lock};

/// The requests under way: one for each key, whose answer goes to everybody who waits for it.
///
/// A flight is a shared future that its waiters drive. A waiter that is dropped cancels nobody else, because any other goes on polling; when the
/// last one is dropped the future is dropped, and with it the connection or the child process that it waited for. Sockets and timers
/// belong to the runtime they were made on, so each runtime has flights of its own.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<Slot, Flight>>,
    /// Counts flights. Each has a number of its own, because one that was dropped may leave the list after others of its key have come and gone.
    numbers: AtomicU64,
    refused: Mutex<HashMap<Arc<FlightKey>, (Duration, Error)>>,
}

/// What makes two requests the same.
#[derive(Debug, PartialEq, Eq, Hash)]
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

/// A key, and the runtime that its flight is on.
type Slot = (Arc<FlightKey>, Option<tokio::runtime::Id>);

struct Flight {
    waiters: WeakShared<BoxFuture<'static, Answer>>,
    number: u64,
}

/// Names one flight: its request keeps it, to leave its result only if it is still wanted.
#[derive(Clone)]
pub(super) struct Ticket {
    flights: Arc<Flights>,
    slot: Slot,
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
        key: &Arc<FlightKey>,
        look_again: impl FnOnce() -> Option<Answer>,
        start: impl FnOnce(Ticket) -> BoxFuture<'static, Answer>,
    ) -> Result<SharedAnswer, Answer> {
        let slot = (key.clone(), Handle::try_current().ok().map(|handle| handle.id()));
        let mut under_way = self.under_way();
        if let Some(flight) = under_way.get(&slot).and_then(|flight| flight.waiters.upgrade()) {
            return Ok(flight);
        }
        if let Some(answer) = look_again() {
            return Err(answer);
        }
        let number = self.next_number();
        let ticket = Ticket { flights: self.clone(), slot: slot.clone(), number };
        let request = AssertUnwindSafe(start(ticket.clone())).catch_unwind();
        let ended = Ended(ticket);
        let flight = async move {
            let answer = request.await.unwrap_or_else(|_| {
                Err(Error::failed("the request for a token panicked; please report this"))
            });
            drop(ended);
            answer
        };
        let flight = flight.boxed().shared();
        if let Some(waiters) = flight.downgrade() {
            under_way.insert(slot, Flight { waiters, number });
        }
        Ok(flight)
    }

    /// Takes the flights of one partition, or all, off the list. Those who wait get their answers, but nothing of them is kept.
    pub(super) fn forget(&self, partition: Option<&PartitionId>) {
        let is_out = |key: &FlightKey| partition.is_none() || key.partition.as_ref() == partition;
        self.under_way().retain(|(key, _), _| !is_out(key));
        lock(&self.refused).retain(|key, _| !is_out(key));
    }

    /// A number for something that happens now and is no flight.
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The error that a key's last request ended in, as long as it must not be sent again.
    pub(super) fn refusal(&self, key: &FlightKey, now: Duration) -> Option<Error> {
        let refused = lock(&self.refused);
        refused.get(key).filter(|(until, _)| now < *until).map(|(_, error)| error.clone())
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Slot, Flight>> {
        lock(&self.under_way)
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.under_way().len()
    }
}

impl Ticket {
    /// Whose flight it is.
    pub(super) fn key(&self) -> &FlightKey {
        &self.slot.0
    }

    /// Its number: flights that started later have higher ones.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Does what the end of the flight brings, unless the flight was taken off the list meanwhile.
    pub(super) fn land(&self, bring: impl FnOnce()) {
        let under_way = self.flights.under_way();
        if self.is_on(&under_way) {
            bring();
        }
    }

    /// Remembers an error that asks for patience: one with a Retry-After, and, where nobody is asked for anything, each failure for a moment.
    /// So is a host's answer that there is no identity; files and tools that are missing are looked for again at each call.
    pub(super) fn land_refused(&self, error: &Error, now: Duration, remember_failures: bool) {
        let patience = match error.server().and_then(|server| server.retry_after) {
            Some(retry_after) => retry_after,
            None if remember_failures && is_refusal(error) => REFUSED_FOR,
            None => return,
        };
        self.land(|| {
            let mut refused = lock(&self.flights.refused);
            if refused.len() >= MOST_REFUSALS {
                refused.retain(|_, (until, _)| now < *until);
            }
            if refused.len() < MOST_REFUSALS {
                refused.insert(self.slot.0.clone(), (now.saturating_add(patience), error.clone()));
            }
        });
    }

    fn is_on(&self, under_way: &HashMap<Slot, Flight>) -> bool {
        under_way.get(&self.slot).is_some_and(|flight| flight.number == self.number)
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
struct Ended(Ticket);

impl Drop for Ended {
    fn drop(&mut self) {
        let Self(ticket) = self;
        let mut under_way = ticket.flights.under_way();
        if ticket.is_on(&under_way) {
            under_way.remove(&ticket.slot);
        }
    }
}

#[cfg(test)]
mod tests;
