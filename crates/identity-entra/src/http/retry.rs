//! Sending a request as often as it takes, within its time.

mod options;
mod policy;

pub use options::RetryOptions;
pub use policy::RetryPolicy;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, HeaderMap, RETRY_AFTER, USER_AGENT};
use http::{HeaderName, HeaderValue};
use identity_core::{Clock, Error};
use uuid::Uuid;

use super::user_agent::{describe_client, user_agent};
use super::{
    HttpRequest, HttpResponse, HttpService, MOST_BODY_BYTES, TransportError, TransportErrorKind, mask,
    support,
};
use crate::time::{sleep, timeout};

/// What every request goes through: it names its client, is tried again as its [`RetryPolicy`] says, is logged, and ends within its time.
/// Clones share everything.
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

struct Inner {
    service: Arc<dyn HttpService>,
    clock: Clock,
    retry: RetryOptions,
    user_agent: HeaderValue,
    support_logging: bool,
}

impl HttpClient {
    /// Sends through a service, in a clock's time. The application id stands first in the `User-Agent`.
    pub fn new(
        service: Arc<dyn HttpService>,
        clock: Clock,
        retry: RetryOptions,
        application_id: Option<&str>,
    ) -> Self {
        let user_agent = user_agent(application_id);
        Self(Arc::new(Inner { service, clock, retry, user_agent, support_logging: false }))
    }

    /// Logs requests and answers whole, but for secrets. They name people.
    pub fn with_support_logging(self, support_logging: bool) -> Self {
        let Inner { service, clock, retry, user_agent, .. } = &*self.0;
        let (service, clock, retry) = (service.clone(), clock.clone(), retry.clone());
        Self(Arc::new(Inner { service, clock, retry, user_agent: user_agent.clone(), support_logging }))
    }

    /// The clock that requests are timed with.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What the program said about retries; policies are made from it.
    pub fn retry_options(&self) -> &RetryOptions {
        &self.0.retry
    }

    /// Sends a request, again and again as far as the policy allows, and gives the last answer, whatever its status.
    ///
    /// Each try carries a fresh id in `x-ms-client-request-id`. Delays double from try to try and are lengthened by up to 10 % at random,
    /// so that many clients don't come back at once; a server's Retry-After is taken as it is. A delay that does not fit into
    /// the time that is left ends it at once.
    ///
    /// # Errors
    /// `AuthenticationFailed` when no whole answer came, with the last [`TransportError`] as its source; `InvalidArgument` when the service
    /// can't do what the request's profile asks for, or when there is no runtime to work on.
    pub async fn send(
        &self,
        credential: &'static str,
        mut request: HttpRequest,
        policy: &RetryPolicy,
    ) -> Result<HttpResponse, Error> {
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| self.0.user_agent.clone());
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        if policy.describes_client() {
            describe_client(headers);
        }
        let mut sending = Sending {
            client: &self.0,
            credential,
            target: Target::of(&request),
            policy,
            tries: 0,
            last_status: None,
        };
        let limit = policy.total_time();
        match timeout(&self.0.clock, limit, sending.run(request)).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(sending.out_of_time()),
            Err(error) => Err(error.with_credential(credential)),
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { service, clock, retry, user_agent, .. } = &*self.0;
        f.debug_struct("HttpClient")
            .field("service", service)
            .field("clock", clock)
            .field("retry", retry)
            .field("user_agent", user_agent)
            .finish()
    }
}

/// For how long a server asks to be left alone: `Retry-After` in seconds or as a date, else `retry-after-ms` or `x-ms-retry-after-ms`. At most a
/// day; no time at all for a moment that has passed.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let in_seconds = || {
        let text = text(&RETRY_AFTER)?;
        number(text, 1.0).or_else(|| {
            Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or(Duration::ZERO))
        })
    };
    let in_milliseconds = |name| number(text(&HeaderName::from_static(name))?, 1000.0);
    in_seconds()
        .or_else(|| in_milliseconds("retry-after-ms"))
        .or_else(|| in_milliseconds("x-ms-retry-after-ms"))
        .map(|asked| asked.min(Duration::from_secs(24 * 60 * 60)))
}

/// A number of some part of a second; a number too large for a duration counts as very long.
fn number(text: &str, per_second: f64) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? / per_second;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// One call of [`HttpClient::send`] under way.
struct Sending<'a> {
    client: &'a Inner,
    credential: &'static str,
    target: Target,
    policy: &'a RetryPolicy,
    tries: u32,
    last_status: Option<u16>,
}

impl Sending<'_> {
    async fn run(&mut self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let clock = &self.client.clock;
        let start = clock.monotonic();
        let mut left = self.policy.allowance();
        loop {
            let result = self.one_try(request.clone()).await;
            let delay = match &result {
                Ok(response) => {
                    self.last_status = Some(response.status().as_u16());
                    let asked = retry_after(response.headers(), clock.now());
                    self.policy.delay_after_answer(&mut left, response.status(), asked, self.tries)
                }
                Err(error) => self.policy.delay_after_failure(&mut left, error.kind(), self.tries),
            };
            let remaining = self.policy.total_time().saturating_sub(clock.monotonic().saturating_sub(start));
            match delay.filter(|delay| *delay < remaining) {
                Some(delay) => {
                    tracing::debug!(credential = self.credential, host = %self.target.host, ?delay, "trying again");
                    sleep(clock, delay).await.map_err(|error| error.with_credential(self.credential))?;
                }
                None => return self.end(result),
            }
        }
    }

    async fn one_try(&mut self, mut request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.tries += 1;
        let id = Uuid::new_v4().to_string();
        if let Ok(value) = HeaderValue::from_str(&id) {
            let headers = request.headers_mut();
            if self.policy.describes_client() {
                // Entra ID gives this one back as its correlation id.
                headers.insert(HeaderName::from_static("client-request-id"), value.clone());
            }
            headers.insert(HeaderName::from_static("x-ms-client-request-id"), value);
        }
        if self.client.support_logging {
            support::log_request(self.credential, &request);
        }
        let before = self.client.clock.monotonic();
        let result = self.client.service.send(request).await;
        if let Ok(response) = &result
            && self.client.support_logging
        {
            support::log_response(self.credential, response);
        }
        let elapsed = self.client.clock.monotonic().saturating_sub(before);
        let (status, error) = match &result {
            Ok(response) => (Some(response.status().as_u16()), None),
            Err(error) => (None, Some(mask(&error.to_string()))),
        };
        let Target { method, host, path } = &self.target;
        tracing::debug!(
            credential = self.credential,
            %method, %host, %path, status, error, ?elapsed, request_id = %id, attempt = self.tries,
            "request"
        );
        result
    }

    fn end(&self, result: Result<HttpResponse, TransportError>) -> Result<HttpResponse, Error> {
        match result {
            Ok(response) => {
                if self.policy.retries(response.status()) {
                    self.warn(&format!("status {}", response.status().as_u16()));
                }
                Ok(response)
            }
            Err(error) => {
                let error = self.target.error(&error, self.tries).with_source(error);
                self.warn(error.message());
                Err(error.with_credential(self.credential))
            }
        }
    }

    fn out_of_time(&self) -> Error {
        let (host, limit) = (&self.target.host, self.policy.total_time());
        let before = self
            .last_status
            .map(|status| format!(" (before that its status was {status})"))
            .unwrap_or_default();
        let message = format!(
            "{host} gave no answer within {limit:?}, the time that all tries have together{before}; check the network and the proxy \
             settings, or allow more time in the retry options"
        );
        self.warn(&message);
        let source = TransportError::new(TransportErrorKind::Timeout, "the time for all tries was up");
        Error::failed(message).with_credential(self.credential).with_source(source)
    }

    /// A request that is not worth a second try, such as a probe, is not worth a warning either.
    fn warn(&self, what: &str) {
        let (credential, host, tries) = (self.credential, &self.target.host, self.tries);
        if self.policy.is_patient() {
            tracing::warn!(credential, %host, tries, "request failed: {what}");
        } else {
            tracing::debug!(credential, %host, tries, "request failed: {what}");
        }
    }
}

/// What may be said about a request: neither its query nor a user's name.
struct Target {
    method: http::Method,
    host: String,
    path: String,
}

impl Target {
    fn of(request: &HttpRequest) -> Self {
        let uri = request.uri();
        let host = match (uri.host().unwrap_or_default(), uri.port_u16()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        // A user realm's path ends in somebody's name.
        let part = |part| if str::contains(part, '@') || part.contains("%40") { "***" } else { part };
        let path = uri.path().split('/').map(part).collect::<Vec<_>>().join("/");
        Self { method: request.method().clone(), host, path }
    }

    fn error(&self, error: &TransportError, tries: u32) -> Error {
        let (host, why) = (&self.host, mask(&error.to_string()));
        let tries = if tries > 1 { format!(" ({tries} tries)") } else { String::new() };
        match error.kind() {
            TransportErrorKind::Connect => Error::failed(format!(
                "could not connect to {host}{tries}: {why}; check the network, the proxy settings (HTTPS_PROXY, NO_PROXY) and, \
                 behind a proxy that opens TLS, SSL_CERT_FILE"
            )),
            TransportErrorKind::Timeout => Error::failed(format!(
                "{host} did not answer in time{tries}: {why}; check the network and the proxy settings"
            )),
            TransportErrorKind::Interrupted => Error::failed(format!(
                "the connection to {host} ended before the whole answer was there{tries}: {why}; try again, or check the proxy settings"
            )),
            TransportErrorKind::TooLarge => Error::failed(format!(
                "the answer of {host} is larger than the {MOST_BODY_BYTES} bytes that are read: {why}; check that this is the right host"
            )),
            TransportErrorKind::Unsupported => Error::invalid_argument(format!(
                "the HTTP service can't do what a request to {host} needs: {why}"
            )),
            TransportErrorKind::NoRuntime => {
                Error::invalid_argument(format!("a request to {host} needs an async runtime: {why}"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
