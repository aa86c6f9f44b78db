//! The token cache of a credential: the hot index, the requests under way, and the stored form that processes share.

mod account;
mod flight;
mod hot;
mod key;
mod schema;
mod storage;
mod sync;
mod whose;

pub use account::{Account, AccountFilter};
pub use key::{CacheKey, PartitionId, assertion_hash};
pub use schema::{
    AccessTokenEntry, AccessTokenQuery, NewAccessToken, NewTokens, RefreshTokenEntry, UnifiedCache,
};
pub use storage::{CacheChange, CachePartition, CacheStorage, MemoryStorage};

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use identity_core::{AccessToken, BoxFuture, Clock, Error, TokenFuture, check_scopes};
use tracing::Instrument;

use flight::{Answer, FlightKey, Flights, SharedAnswer, Ticket};
use hot::{Found, HotIndex, LOOK_AGAIN, Terms};
use sync::{Mutex, lock};

/// The access tokens of one credential, and the requests for new ones. Clones are the same cache; dropping the last one ends what still goes
/// on in the background.
///
/// There is one way in: [`get_token`](Self::get_token) with a key and the means to acquire a token.
#[derive(Clone, Debug)]
pub struct TokenCache {
    inner: Arc<Inner>,
    background: Arc<Background>,
}

#[derive(Debug)]
struct Inner {
    credential: &'static str,
    hot: HotIndex,
    flights: Arc<Flights>,
    clock: Clock,
    refresh: RefreshMode,
    remember_failures: bool,
    keep: bool,
    log_accounts: bool,
}

/// Who waits when a token is due for renewal but still good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshMode {
    /// Nobody: the renewal runs in the background. Without an async runtime to run it on, the one caller that starts it waits.
    #[default]
    Background,
    /// The one caller that starts it, for programs that end soon after; all others get the good token at once.
    Caller,
}

/// Why a token is being acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is none that is good.
    Missing,
    /// There is one that is good but due for renewal: a stored token must be newer to be of use.
    Renewal,
    /// Claims were given: cached access tokens are of no use.
    Claims,
}

/// A token that has been acquired.
#[derive(Clone, Debug)]
pub struct Acquired {
    /// The token.
    pub token: AccessToken,
    /// The scopes that the server says it is good for, where it said.
    pub granted_scopes: Vec<String>,
    /// Whether a server was asked just now; false for a token that another process left in the storage.
    pub requested: bool,
}

/// How a [`TokenCache`] behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenCacheOptions {
    /// The class whose cache it is.
    pub credential: &'static str,
    /// The most access tokens; the least recently used go first. Default 10,000.
    pub capacity: usize,
    /// Who waits for a renewal.
    pub refresh: RefreshMode,
    /// Whether a refused request is not sent again for a second. Not where people are asked.
    pub remember_failures: bool,
    /// Whether tokens are kept. Without it each call starts a request, unless one is under way, whose answer it shares. Default: yes.
    pub keep: bool,
    /// Whether it is logged who a new token is for. Default: no.
    pub log_accounts: bool,
    /// Where the time comes from.
    pub clock: Clock,
}

impl TokenCacheOptions {
    /// The defaults, for a class.
    pub fn new(credential: &'static str, clock: Clock) -> Self {
        Self {
            credential,
            capacity: DEFAULT_CAPACITY,
            refresh: RefreshMode::default(),
            remember_failures: true,
            keep: true,
            log_accounts: false,
            clock,
        }
    }
}

/// The most access tokens of one credential's cache, if nothing else is said.
pub const DEFAULT_CAPACITY: usize = 10_000;

/// A token with less than this left is renewed.
const MARGIN: u64 = 300;

impl TokenCache {
    /// An empty cache.
    pub fn new(options: TokenCacheOptions) -> Self {
        let inner = Inner {
            credential: options.credential,
            hot: HotIndex::new(options.capacity.max(1)),
            flights: Arc::default(),
            clock: options.clock,
            refresh: options.refresh,
            remember_failures: options.remember_failures,
            keep: options.keep,
            log_accounts: options.log_accounts,
        };
        Self { inner: Arc::new(inner), background: Arc::default() }
    }

    /// Gives the cached token, or acquires one: at most one request per key is under way at any time, and its answer, success or failure,
    /// is everybody's. `acquire` is called only if this call is the one that starts the request; what it returns must own what it needs.
    ///
    /// # Errors
    /// `InvalidArgument` for no scope or a malformed one, and whatever `acquire` ends in.
    #[inline]
    pub fn get_token<'a, A>(&'a self, key: CacheKey<'_>, claims: Option<&str>, acquire: A) -> TokenFuture<'a>
    where
        A: FnOnce(Reason) -> BoxFuture<'static, Result<Acquired, Error>> + Send + 'a,
    {
        if claims.is_none() {
            match self.inner.hot.get(&key, self.inner.clock.unix_seconds()) {
                Found::Good(token) => return TokenFuture::ready(Ok(token)),
                Found::Due(token) => return self.renew(FlightKey::new(&key, None).into(), token, acquire),
                Found::Nothing => {}
            }
        }
        if let Err(error) = check_scopes(self.inner.credential, key.scopes) {
            return TokenFuture::ready(Err(error));
        }
        let span = tracing::debug_span!("get_token", credential = self.inner.credential);
        TokenFuture::boxed(self.miss(FlightKey::new(&key, claims), acquire).instrument(span))
    }

    /// The cached token for a key, if it is good, without acquiring one.
    pub fn peek(&self, key: &CacheKey<'_>) -> Option<AccessToken> {
        self.inner.hot.peek(key, self.inner.clock.unix_seconds())
    }

    /// Puts a token there that was acquired some other way, for example by signing in.
    pub fn put(&self, key: &CacheKey<'_>, acquired: &Acquired) {
        self.inner.store(&FlightKey::new(key, None), self.inner.flights.next_number(), acquired);
        self.inner.log_account(acquired);
    }

    /// Forgets the tokens of one account or assertion, or all of them, and those that requests under way will bring.
    pub fn forget(&self, partition: Option<&PartitionId>) {
        // In this order: a request that ends between the two leaves nothing behind.
        self.inner.flights.forget(partition);
        self.inner.hot.forget(partition);
    }

    /// How many tokens are held.
    pub fn len(&self) -> usize {
        self.inner.hot.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    async fn miss<A>(&self, flight_key: FlightKey, acquire: A) -> Answer
    where
        A: FnOnce(Reason) -> BoxFuture<'static, Result<Acquired, Error>> + Send,
    {
        let inner = &self.inner;
        let flight_key = Arc::new(flight_key);
        let with_claims = flight_key.claims.is_some();
        if !with_claims {
            let now = inner.clock.unix_seconds();
            let found = flight_key.with_cache_key(|key| match inner.hot.get(key, now) {
                Found::Nothing => inner.hot.get_covering(key, now),
                found => found,
            });
            match found {
                Found::Good(token) => return Ok(token),
                Found::Due(token) => return self.renew(flight_key, token, acquire).await,
                Found::Nothing => {}
            }
        }
        let look_again = || {
            let peek = || flight_key.with_cache_key(|key| self.peek(key));
            let token = if with_claims { None } else { peek() };
            let refusal = || inner.flights.refusal(&flight_key, inner.clock.monotonic());
            token.map(Ok).or_else(|| refusal().map(Err))
        };
        let reason = if with_claims { Reason::Claims } else { Reason::Missing };
        let start = |ticket| inner.clone().request(ticket, acquire(reason));
        match inner.flights.join(&flight_key, look_again, start) {
            Ok(flight) => flight.await,
            Err(answer) => answer,
        }
    }

    /// Starts the renewal of a token that is still good. It is this caller's turn and nobody else's.
    #[cold]
    fn renew<'a, A>(&'a self, flight_key: Arc<FlightKey>, token: AccessToken, acquire: A) -> TokenFuture<'a>
    where
        A: FnOnce(Reason) -> BoxFuture<'static, Result<Acquired, Error>>,
    {
        let inner = &self.inner;
        if inner.flights.refusal(&flight_key, inner.clock.monotonic()).is_some() {
            return TokenFuture::ready(Ok(token));
        }
        let start = |ticket| inner.clone().request(ticket, acquire(Reason::Renewal));
        let Ok(flight) = inner.flights.join(&flight_key, || None, start) else {
            return TokenFuture::ready(Ok(token));
        };
        if inner.refresh == RefreshMode::Background && self.background.spawn(flight.clone()) {
            return TokenFuture::ready(Ok(token));
        }
        TokenFuture::boxed(async move {
            match flight.await {
                Err(error) if inner.clock.now() >= token.expires_on() => Err(error),
                answer => Ok(answer.unwrap_or(token)),
            }
        })
    }
}

impl Inner {
    /// One request: its token is stored, its refusal remembered, before anybody hears of it.
    fn request(
        self: Arc<Self>,
        ticket: Ticket,
        request: BoxFuture<'static, Result<Acquired, Error>>,
    ) -> BoxFuture<'static, Answer> {
        Box::pin(async move {
            match request.await {
                Ok(acquired) => {
                    ticket.land(|| self.store(ticket.key(), ticket.number(), &acquired));
                    self.log_account(&acquired);
                    tracing::debug!(
                        credential = self.credential,
                        expires_on = acquired.token.expires_on_unix(),
                        "token acquired"
                    );
                    Ok(acquired.token)
                }
                Err(error) => {
                    ticket.land_refused(&error, self.clock.monotonic(), self.remember_failures);
                    if error.kind().goes_on() {
                        tracing::debug!(credential = self.credential, kind = %error.kind(), %error, "no token here");
                    } else {
                        tracing::warn!(credential = self.credential, kind = %error.kind(), %error, "no token");
                    }
                    Err(error)
                }
            }
        })
    }

    /// Never under a lock: whoever collects logs may want a token to send them with.
    fn log_account(&self, acquired: &Acquired) {
        if self.log_accounts && acquired.requested {
            whose::log(self.credential, &acquired.token);
        }
    }

    fn store(&self, key: &FlightKey, number: u64, acquired: &Acquired) {
        if !self.keep {
            return;
        }
        let now = self.clock.unix_seconds();
        let Some(terms) = terms(&acquired.token, number, now, acquired.requested) else { return };
        key.with_cache_key(|key| {
            self.hot.put(key, acquired.token.clone(), terms, now);
            let granted: Vec<&str> = acquired.granted_scopes.iter().map(String::as_str).collect();
            // A token for more than was asked for is found by requests for the rest, too.
            if granted.len() > key.scopes.len() && key.scopes.iter().all(|scope| granted.contains(scope)) {
                self.hot.put(&CacheKey { scopes: &granted, ..*key }, acquired.token.clone(), terms, now);
            }
        });
    }
}

/// When to look for the next token: at `refresh_on`, a little later for each in turn, so that many processes do not ask at once; at the latest
/// when 5 minutes are left; but not within 30 s of the last request. None for a token that has expired already.
fn terms(token: &AccessToken, number: u64, now: u64, requested: bool) -> Option<Terms> {
    let expires = token.expires_on_unix();
    if now >= expires {
        return None;
    }
    let mut look = expires.saturating_sub(MARGIN);
    if let Some(refresh_on) = token.refresh_on_unix() {
        let spread = (expires.saturating_sub(refresh_on) / 10).min(MARGIN);
        let jitter = u64::from(getrandom::u32().unwrap_or(0)) % (spread + 1);
        look = look.min(refresh_on.saturating_add(jitter));
    }
    if requested {
        look = look.max(now.saturating_add(LOOK_AGAIN));
    }
    Some(Terms { expires, look, number })
}

impl FlightKey {
    fn new(key: &CacheKey<'_>, claims: Option<&str>) -> Self {
        let mut scopes: Vec<Box<str>> = key.scopes.iter().map(|scope| (*scope).into()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self {
            partition: key.partition.copied(),
            tenant: key.tenant.into(),
            scopes: scopes.into(),
            cae: key.cae,
            claims: claims.map(Into::into),
        }
    }

    fn with_cache_key<T>(&self, run: impl FnOnce(&CacheKey<'_>) -> T) -> T {
        let scopes: Vec<&str> = self.scopes.iter().map(|scope| &**scope).collect();
        run(&CacheKey {
            partition: self.partition.as_ref(),
            tenant: &self.tenant,
            scopes: &scopes,
            cae: self.cae,
        })
    }
}

/// The renewals that nobody waits for. They hold no handle of the cache, so they end with its last one.
#[derive(Default)]
struct Background(Mutex<Vec<tokio::task::AbortHandle>>);

impl Background {
    /// Whether there was a runtime to run it on.
    fn spawn(&self, flight: SharedAnswer) -> bool {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return false };
        let task = runtime.spawn(flight).abort_handle();
        let mut tasks = lock(&self.0);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
        true
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let tasks = lock(&self.0);
        tasks.iter().for_each(tokio::task::AbortHandle::abort);
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Background")
    }
}

/// `refresh_on` where the server named no time: half of a life of two hours or more, as the protocol's reference does it.
pub fn half_life(now: SystemTime, expires_on: SystemTime) -> Option<SystemTime> {
    let life = expires_on.duration_since(now).ok()?;
    (life >= Duration::from_secs(7200)).then(|| now + Duration::from_secs(life.as_secs() / 2))
}

#[cfg(test)]
mod tests;
