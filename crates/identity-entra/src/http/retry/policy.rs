use std::time::Duration;

use http::StatusCode;

use super::RetryOptions;
use crate::http::TransportErrorKind;

/// Which failures of one kind of request are worth another try, how often, and after which delay.
///
/// It starts from what the program said in [`RetryOptions`]; an endpoint with rules of its own changes the rest:
///
/// ```
/// use std::time::Duration;
/// use http::StatusCode;
/// use identity_entra::http::{RetryOptions, RetryPolicy};
///
/// let patient = RetryPolicy::new(&RetryOptions::default())
///     .with_statuses(|status| status == StatusCode::GONE || status.is_server_error())
///     .with_status_retries(5)
///     .with_base_delay_for(StatusCode::GONE, Duration::from_millis(2500))
///     .with_total_time(Duration::from_secs(90));
/// ```
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    statuses: fn(StatusCode) -> bool,
    left: Allowance,
    base_delay: Duration,
    base_delays: Vec<(StatusCode, Duration)>,
    max_delay: Duration,
    total_time: Duration,
    describes_client: bool,
}

/// How many retries are left, by what made them necessary, and in all.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    status: u32,
    connect: u32,
    read: u32,
    all: u32,
}

impl RetryPolicy {
    /// The usual rules: 408, 429, 500, 502, 503, 504, failed connections and interrupted answers are tried again, and so is any refusal that
    /// says when to come back.
    pub fn new(options: &RetryOptions) -> Self {
        let each = options.max_retries();
        let all = if each == 0 { 0 } else { each.max(10) };
        Self {
            statuses: |status| matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
            left: Allowance { status: each, connect: each, read: each, all },
            base_delay: options.base_delay(),
            base_delays: Vec::new(),
            max_delay: options.max_delay(),
            total_time: options.total_time(),
            describes_client: false,
        }
    }

    /// The usual rules for requests to Entra ID, which are also told about the client.
    pub fn entra(options: &RetryOptions) -> Self {
        Self { describes_client: true, ..Self::new(options) }
    }

    /// One try only, for probes.
    pub fn none() -> Self {
        Self::new(&RetryOptions::default().with_max_retries(0))
    }

    /// The statuses that are tried again, in place of the usual ones.
    pub fn with_statuses(mut self, statuses: fn(StatusCode) -> bool) -> Self {
        self.statuses = statuses;
        self
    }

    /// How often a refusal by status is tried again.
    pub fn with_status_retries(mut self, retries: u32) -> Self {
        self.left.status = retries;
        self
    }

    /// How often a failed connection is tried again.
    pub fn with_connect_retries(mut self, retries: u32) -> Self {
        self.left.connect = retries;
        self
    }

    /// How often an answer that came too late or not as a whole is tried again.
    pub fn with_read_retries(mut self, retries: u32) -> Self {
        self.left.read = retries;
        self
    }

    /// How many retries there are in all.
    pub fn with_retries_in_all(mut self, retries: u32) -> Self {
        self.left.all = retries;
        self
    }

    /// What delays start from: nothing before the first retry, then twice this, then it doubles.
    pub fn with_base_delay(mut self, base_delay: Duration) -> Self {
        self.base_delay = base_delay;
        self
    }

    /// What delays after one status start from, where it is not the same.
    pub fn with_base_delay_for(mut self, status: StatusCode, base_delay: Duration) -> Self {
        self.base_delays.push((status, base_delay));
        self
    }

    /// The longest delay of our own making.
    pub fn with_max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = max_delay;
        self
    }

    /// The time for all tries and the delays between them.
    pub fn with_total_time(mut self, total_time: Duration) -> Self {
        self.total_time = total_time;
        self
    }

    pub(super) fn total_time(&self) -> Duration {
        self.total_time
    }

    pub(super) fn describes_client(&self) -> bool {
        self.describes_client
    }

    pub(super) fn allowance(&self) -> Allowance {
        self.left.clone()
    }

    /// Whether there is ever a second try.
    pub(super) fn is_patient(&self) -> bool {
        self.left.all > 0
    }

    /// Whether a status is one of those that are tried again by themselves.
    pub(super) fn retries(&self, status: StatusCode) -> bool {
        (self.statuses)(status)
    }

    /// How long to wait before the next try after an answer; nothing when the answer stands.
    pub(super) fn delay_after_answer(
        &self,
        left: &mut Allowance,
        status: StatusCode,
        asked: Option<Duration>,
        tries: u32,
    ) -> Option<Duration> {
        let refused = status.is_client_error() || status.is_server_error();
        if !(self.retries(status) || refused && asked.is_some()) || !take(&mut left.status, &mut left.all) {
            return None;
        }
        let base =
            self.base_delays.iter().find(|(s, _)| *s == status).map_or(self.base_delay, |(_, base)| *base);
        // "0" says only that the server does not mind: the usual delay is kept.
        Some(asked.filter(|asked| !asked.is_zero()).unwrap_or_else(|| self.backoff(base, tries)))
    }

    /// The same after a failure on the way.
    pub(super) fn delay_after_failure(
        &self,
        left: &mut Allowance,
        kind: TransportErrorKind,
        tries: u32,
    ) -> Option<Duration> {
        let of_its_kind = match kind {
            TransportErrorKind::Connect => &mut left.connect,
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted => &mut left.read,
            TransportErrorKind::TooLarge
            | TransportErrorKind::Unsupported
            | TransportErrorKind::NoRuntime => {
                return None;
            }
        };
        take(of_its_kind, &mut left.all).then(|| self.backoff(self.base_delay, tries))
    }

    /// The delay after so many tries: none after the first, then doubling. Chance lengthens it by up to a tenth.
    fn backoff(&self, base: Duration, tries: u32) -> Duration {
        let Some(doublings) = tries.checked_sub(1).filter(|doublings| *doublings > 0) else {
            return Duration::ZERO;
        };
        let delay = base.saturating_mul(2_u32.saturating_pow(doublings)).min(self.max_delay);
        let chance = f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX);
        delay.saturating_add(delay.checked_div(10).unwrap_or_default().mul_f64(chance))
    }
}

fn take(left: &mut u32, all: &mut u32) -> bool {
    let any = *left > 0 && *all > 0;
    if any {
        *left -= 1;
        *all -= 1;
    }
    any
}
