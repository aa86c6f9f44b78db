use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use identity_core::{BoxFuture, Error, ErrorKind};
use identity_entra::http::{RetryPolicy, TransportErrorKind, retry_after};
use tokio::runtime::Handle;
use url::Url;

use super::{is_unreachable, not_there};
use crate::managed_identity::NAME;
use crate::source::endpoint::{Wire, transport};

/// The question whether IMDS is there at all, asked with little patience, by everybody together.
pub(super) struct Probe {
    wire: Wire,
    known: Arc<Known>,
}

struct Known {
    is_present: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Until when it is not asked again, in the clock's monotonic time, and why.
    absent: Option<(Duration, Error)>,
    /// Until when it wants to be left alone.
    busy: Option<Duration>,
    /// Connections belong to their runtime, so each has a request of its own.
    under_way: Vec<(Option<tokio::runtime::Id>, WeakShared<Asking>)>,
}

type Asking = BoxFuture<'static, Result<(), Error>>;

/// How long a probe may take, connecting included.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a negative answer counts. A machine may get its network late.
const ABSENT_FOR: Duration = Duration::from_secs(60);

impl Probe {
    pub(super) fn new(wire: &Wire) -> Self {
        let mut wire = wire.clone();
        wire.retry = RetryPolicy::none().with_total_time(PATIENCE);
        let shortest = |given: Option<Duration>| given.map_or(PATIENCE, |given| given.min(PATIENCE));
        wire.profile.connect_timeout = Some(shortest(wire.profile.connect_timeout));
        wire.profile.timeout = Some(shortest(wire.profile.timeout));
        let known = Known { is_present: AtomicBool::new(false), state: Mutex::default() };
        Self { wire, known: Arc::new(known) }
    }

    pub(super) fn is_present(&self) -> bool {
        self.known.is_present.load(Ordering::Relaxed)
    }

    /// Says so: it has answered.
    pub(super) fn is_there(&self) {
        self.known.is_present.store(true, Ordering::Relaxed);
    }

    /// For how long IMDS still wants to be left alone, as it answered when it was looked for.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        self.known.state().busy.map(|until| until.saturating_sub(now)).unwrap_or_default()
    }

    /// Asks, or waits for whoever asks already, or knows.
    ///
    /// # Errors
    /// `CredentialUnavailable` when nobody is there.
    pub(super) async fn run(&self, url: &Url) -> Result<(), Error> {
        let asking = {
            let mut state = self.known.state();
            if self.is_present() {
                return Ok(());
            }
            let now = self.wire.http.clock().monotonic();
            if let Some((_, error)) = state.absent.as_ref().filter(|(until, _)| now < *until) {
                return Err(error.clone());
            }
            self.join(&mut state, url)
        };
        asking.await
    }

    fn join(&self, state: &mut State, url: &Url) -> Shared<Asking> {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        state.under_way.retain(|(_, asking)| asking.upgrade().is_some());
        let same = state.under_way.iter().find(|(of, _)| *of == runtime);
        if let Some(asking) = same.and_then(|(_, asking)| asking.upgrade()) {
            return asking;
        }
        let (wire, known, url) = (self.wire.clone(), self.known.clone(), url.clone());
        let asking = async move {
            let answer = look(&wire, &url).await;
            known.remember(&answer, wire.http.clock().monotonic());
            answer.map(drop)
        };
        let asking = asking.boxed().shared();
        state.under_way.extend(asking.downgrade().map(|asking| (runtime, asking)));
        asking
    }
}

/// Without the header that IMDS insists on, so that a proxy or a firewall has nothing to object to: any answer will do. It may say for how long
/// nobody is to ask again.
async fn look(wire: &Wire, url: &Url) -> Result<Option<Duration>, Error> {
    match wire.get(url, []).await {
        Ok(response) if is_unreachable(&response) => Err(super::no_token(&response, Error::unavailable(""))),
        Ok(response) => Ok(retry_after(response.headers(), wire.http.clock().now())),
        Err(error) if transport(&error).is_some_and(|cause| cause.kind() == TransportErrorKind::TooLarge) => {
            Ok(None)
        }
        Err(error) => Err(not_there(error)),
    }
    .map_err(|error| error.with_credential(NAME))
}

impl Known {
    fn remember(&self, answer: &Result<Option<Duration>, Error>, now: Duration) {
        let mut state = self.state();
        match answer {
            Ok(pause) => {
                state.busy = pause.map(|pause| now.saturating_add(pause));
                self.is_present.store(true, Ordering::Relaxed);
            }
            Err(error) if error.kind() == ErrorKind::CredentialUnavailable => {
                state.absent = Some((now.saturating_add(ABSENT_FOR), error.clone()));
            }
            // A wrong setting says nothing about IMDS.
            Err(_) => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe(present: {})", self.is_present())
    }
}

#[cfg(test)]
mod tests;
