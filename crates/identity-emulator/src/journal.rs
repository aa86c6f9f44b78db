//! What was asked of the emulator, in order.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::host::Host;
use crate::request::RecordedRequest;
use crate::sync::lock;

/// How many requests are kept; the oldest go first. Counting goes on beyond it.
const KEPT: usize = 10_000;

/// The record of every request, also of those that were refused, held or broken by a fault. Of a body that is too
/// large nothing is kept.
///
/// Clones are the same journal.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    requests: Mutex<VecDeque<RecordedRequest>>,
    /// How many came since the start or the last [`Journal::clear`].
    count: watch::Sender<usize>,
}

impl Journal {
    pub(crate) fn new() -> Journal {
        let (count, _) = watch::channel(0);
        Journal { shared: Arc::new(Shared { requests: Mutex::default(), count }) }
    }

    pub(crate) fn record(&self, mut request: RecordedRequest) -> RecordedRequest {
        {
            let mut requests = lock(&self.shared.requests);
            request.number = *self.shared.count.borrow();
            if requests.len() == KEPT {
                requests.pop_front();
            }
            requests.push_back(request.clone());
            // Under the lock, so that numbers and order agree.
            self.shared.count.send_modify(|count| *count += 1);
        }
        request
    }

    /// Every request since the start or the last [`clear`](Self::clear), oldest first (the last 10,000).
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared.requests).iter().cloned().collect()
    }

    /// Those that a predicate picks.
    pub fn matching(&self, pick: impl Fn(&RecordedRequest) -> bool) -> Vec<RecordedRequest> {
        lock(&self.shared.requests).iter().filter(|r| pick(r)).cloned().collect()
    }

    /// The token requests: every POST to a token endpoint.
    pub fn token_requests(&self) -> Vec<RecordedRequest> {
        self.matching(RecordedRequest::is_token_request)
    }

    /// The requests to a host's endpoint, probes included.
    pub fn of_host(&self, host: Host) -> Vec<RecordedRequest> {
        self.matching(|request| Host::of(request) == Some(host))
    }

    /// The last request.
    pub fn last(&self) -> Option<RecordedRequest> {
        lock(&self.shared.requests).back().cloned()
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// How many token requests came.
    pub fn token_count(&self) -> usize {
        lock(&self.shared.requests).iter().filter(|r| r.is_token_request()).count()
    }

    /// Forgets all requests and counts from 0 again.
    pub fn clear(&self) {
        let mut requests = lock(&self.shared.requests);
        requests.clear();
        self.shared.count.send_replace(0);
    }

    /// Waits until at least this many requests have come since the start or the last
    /// [`clear`](Self::clear). A request counts from its arrival, before it is answered.
    pub async fn wait_for(&self, count: usize) {
        let mut seen = self.shared.count.subscribe();
        // The sender lives in self, so this cannot fail while we wait.
        let _ = seen.wait_for(|n| *n >= count).await;
    }

    /// Waits until at least this many requests that a predicate picks have come.
    pub async fn wait_for_matching(&self, count: usize, pick: impl Fn(&RecordedRequest) -> bool) {
        let mut seen = self.shared.count.subscribe();
        loop {
            seen.mark_unchanged();
            if lock(&self.shared.requests).iter().filter(|r| pick(r)).count() >= count
                || seen.changed().await.is_err()
            {
                return;
            }
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.requests()).finish()
    }
}
