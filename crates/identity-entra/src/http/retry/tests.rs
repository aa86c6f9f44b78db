use std::collections::HashSet;
use std::pin::pin;

use futures_util::FutureExt;
use http::StatusCode;
use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{ErrorKind, SecretBytes};
use proptest::prelude::*;

use super::*;
use crate::http::TransportProfile;
use crate::http::testing::{Answer, ScriptedHttp};

const SECOND: Duration = Duration::from_secs(1);
const URL: &str = "https://user:pass-word@login.test:8443/tenant/oauth2/v2.0/token?code=query-secret";

struct Fixture {
    http: ScriptedHttp,
    clock: FakeClock,
    client: HttpClient,
}

fn fixture() -> Fixture {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_800_000_000));
    let client = HttpClient::new(http.service(), clock.clock(), RetryOptions::default(), Some("shop"));
    Fixture { http, clock, client }
}

impl Fixture {
    fn answering(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        answers.into_iter().for_each(|answer| _ = self.http.push(answer));
        self
    }

    fn send(&self, policy: &RetryPolicy) -> Result<HttpResponse, Error> {
        block_on(self.client.send("TestCredential", request(), policy))
    }

    /// The usual policy's outcome: status, or the error's kind.
    fn outcome(&self) -> Result<u16, ErrorKind> {
        self.send(&entra()).map(|response| response.status().as_u16()).map_err(|error| error.kind())
    }
}

fn request() -> HttpRequest {
    http::Request::post(URL).body(SecretBytes::new(b"client_secret=body-secret".to_vec())).unwrap()
}

fn entra() -> RetryPolicy {
    RetryPolicy::entra(&RetryOptions::default())
}

fn statuses<const N: usize>(statuses: [u16; N]) -> [Answer; N] {
    statuses.map(|status| Answer::new(status, ""))
}

fn failures(kind: TransportErrorKind, count: usize) -> Vec<Answer> {
    vec![Answer::failure(kind, "no luck"); count]
}

/// The delays are those expected, lengthened by a tenth at most.
fn assert_delays(clock: &FakeClock, expected: &[f64]) {
    let slept: Vec<f64> = clock.sleeps().iter().map(Duration::as_secs_f64).collect();
    assert_eq!(slept.len(), expected.len(), "{slept:?}");
    for (slept, expected) in slept.iter().zip(expected) {
        assert!(*slept >= *expected && *slept <= *expected * 1.1 + 1e-6, "{slept} for {expected}");
    }
}

#[test]
fn a_busy_server_is_asked_three_more_times_with_growing_delays() {
    for status in [408, 429, 500, 502, 503, 504] {
        let f = fixture().answering(statuses([status; 4]));
        assert_eq!(f.outcome(), Ok(status));
        assert_eq!(f.http.left(), 0);
        // The first retry comes at once.
        assert_delays(&f.clock, &[1.6, 3.2]);
    }
}

#[test]
fn a_retry_that_succeeds_is_the_answer() {
    let f = fixture().answering(statuses([503, 500, 200]));
    assert_eq!(f.outcome(), Ok(200));
    assert_delays(&f.clock, &[1.6]);
}

#[test]
fn a_refusal_is_not_asked_again_unless_it_says_when() {
    for status in [400, 401, 403, 404, 501, 302, 307] {
        let f = fixture().answering(statuses([status, 200]));
        assert_eq!((f.outcome(), f.http.left()), (Ok(status), 1));
    }
    let f = fixture().answering([Answer::new(400, "").with_header("retry-after", "7"), Answer::new(200, "")]);
    assert_eq!(f.outcome(), Ok(200));
    assert_eq!(f.clock.sleeps(), [7 * SECOND]);
    // A redirect is an answer, whatever it says.
    let f = fixture().answering([Answer::new(307, "").with_header("retry-after", "7"), Answer::new(200, "")]);
    assert_eq!(f.outcome(), Ok(307));
}

#[test]
fn a_servers_retry_after_is_obeyed_exactly() {
    for (name, value, seconds) in [
        ("retry-after", "7", 7.0),
        ("retry-after", "1.5", 1.5),
        // 1_800_000_000 is 15 January 2027, 08:00:00 UTC.
        ("retry-after", "Fri, 15 Jan 2027 08:00:09 GMT", 9.0),
        ("retry-after-ms", "2500", 2.5),
        ("x-ms-retry-after-ms", "40", 0.04),
    ] {
        let f = fixture().answering([Answer::new(429, "").with_header(name, value), Answer::new(200, "")]);
        assert_eq!(f.outcome(), Ok(200));
        assert_eq!(f.clock.sleeps(), [Duration::from_secs_f64(seconds)], "{name}: {value}");
    }
}

#[test]
fn a_retry_after_of_nothing_keeps_the_usual_delays() {
    for value in ["0", "Fri, 15 Jan 2027 07:59:00 GMT", "soon"] {
        let f = fixture().answering(vec![Answer::new(503, "").with_header("retry-after", value); 4]);
        assert_eq!(f.outcome(), Ok(503));
        assert_delays(&f.clock, &[1.6, 3.2]);
    }
}

#[test]
fn a_delay_that_does_not_fit_ends_it_at_once_with_the_answer() {
    let busy = Answer::new(429, "busy").with_header("retry-after", "60");
    let f = fixture().answering([busy, Answer::new(200, "")]);
    let response = f.send(&entra()).unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (429, &b"busy"[..]));
    assert_eq!((f.http.left(), f.clock.sleeps()), (1, vec![]));

    let f = fixture().answering(vec![Answer::new(429, "").with_header("retry-after", "25"); 4]);
    assert_eq!(f.outcome(), Ok(429));
    assert_eq!((f.http.left(), f.clock.sleeps()), (1, vec![25 * SECOND; 2]));
}

#[test]
fn failures_on_the_way_are_counted_by_their_kind() {
    use TransportErrorKind::*;
    for (kind, tries, expected) in [
        (Connect, 4, ErrorKind::AuthenticationFailed),
        (Timeout, 4, ErrorKind::AuthenticationFailed),
        (Interrupted, 4, ErrorKind::AuthenticationFailed),
        (TooLarge, 1, ErrorKind::AuthenticationFailed),
        (Unsupported, 1, ErrorKind::InvalidArgument),
        (NoRuntime, 1, ErrorKind::InvalidArgument),
    ] {
        let f = fixture().answering(failures(kind, 12));
        assert_eq!((f.outcome(), f.http.count()), (Err(expected), tries), "{kind:?}");
    }
    // Each kind has three of its own: ten requests in all.
    let mixed =
        [failures(Connect, 3), failures(Timeout, 2), failures(Interrupted, 1), statuses([503; 8]).into()];
    let f = fixture().answering(mixed.concat());
    let policy = entra().with_max_delay(SECOND);
    assert_eq!(f.send(&policy).unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(f.http.count(), 10);
    // But never more retries than there are in all.
    let f = fixture().answering(mixed.concat());
    assert!(f.send(&policy.with_retries_in_all(4)).is_err());
    assert_eq!(f.http.count(), 5);
}

#[test]
fn without_retries_there_is_one_request() {
    let f = fixture().answering(statuses([503, 200]));
    assert_eq!(f.send(&RetryPolicy::none()).unwrap().status().as_u16(), 503);
    let f = fixture().answering(failures(TransportErrorKind::Connect, 2));
    let none = RetryOptions::default().with_max_retries(0);
    assert!(f.send(&RetryPolicy::entra(&none)).is_err());
    assert_eq!(f.http.left(), 1);
}

// P27: the metadata service's rules can be said from outside.
#[test]
fn an_endpoint_may_have_statuses_counts_and_delays_of_its_own() {
    let imds = RetryPolicy::new(&RetryOptions::default())
        .with_statuses(|status| matches!(status.as_u16(), 404 | 408 | 410 | 429) || status.is_server_error())
        .with_status_retries(5)
        .with_connect_retries(3)
        .with_base_delay_for(StatusCode::GONE, Duration::from_millis(2500))
        .with_max_delay(60 * SECOND)
        .with_total_time(90 * SECOND);
    for (status, delays) in
        [(404, [1.6, 3.2, 6.4, 12.8]), (501, [1.6, 3.2, 6.4, 12.8]), (410, [5.0, 10.0, 20.0, 40.0])]
    {
        let f = fixture().answering(statuses([status; 6]));
        assert_eq!(f.send(&imds).unwrap().status().as_u16(), status);
        assert_eq!(f.http.left(), 0);
        assert_delays(&f.clock, &delays);
    }
}

#[test]
fn all_tries_together_end_when_the_time_is_up() {
    let f = fixture().answering([Answer::new(503, ""), Answer::never()]);
    let policy = entra();
    let mut sending = pin!(f.client.send("TestCredential", request(), &policy));
    assert!(sending.as_mut().now_or_never().is_none());
    f.clock.advance(59 * SECOND);
    assert!(sending.as_mut().now_or_never().is_none());
    f.clock.advance(SECOND);
    let error = sending.as_mut().now_or_never().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "TestCredential: login.test:8443 gave no answer within 60s, the time that all tries have together (before that its status was \
         503); check the network and the proxy settings, or allow more time in the retry options"
    );
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<TransportError>());
    assert_eq!(source.map(TransportError::kind), Some(TransportErrorKind::Timeout));
}

// P66
#[test]
fn every_try_carries_a_fresh_id_and_the_same_rest() {
    let f = fixture().answering(statuses([500, 500, 200]));
    let mut sent = request();
    sent.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/plain"));
    sent.extensions_mut().insert(TransportProfile { no_proxy: true, ..Default::default() });
    block_on(f.client.send("TestCredential", sent, &entra())).unwrap();
    let requests = f.http.requests();
    let ids: HashSet<_> = requests.iter().map(|r| r.header("x-ms-client-request-id").unwrap()).collect();
    assert_eq!(ids.len(), 3);
    for request in &requests {
        assert!(Uuid::try_parse(request.header("client-request-id").unwrap()).is_ok());
        assert_eq!(request.header("client-request-id"), request.header("x-ms-client-request-id"));
        assert!(request.header("user-agent").unwrap().starts_with("shop identity-rs/"));
        assert_eq!(request.header("accept"), Some("text/plain"));
        assert_eq!(request.header("x-client-sku"), Some("identity-rs"));
        assert_eq!(request.header("x-client-ver"), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(request.header("x-client-os"), Some(std::env::consts::OS));
        assert_eq!(request.header("x-ms-lib-capability"), Some("retry-after, h429"));
        assert_eq!((request.body.as_str(), request.profile.no_proxy), ("client_secret=body-secret", true));
    }
}

#[test]
fn only_entra_is_told_about_the_client() {
    let f = fixture().answering(statuses([200]));
    f.send(&RetryPolicy::new(&RetryOptions::default())).unwrap();
    let request = &f.http.requests()[0];
    assert_eq!((request.header("x-client-sku"), request.header("client-request-id")), (None, None));
    assert!(request.header("x-ms-client-request-id").is_some() && request.header("user-agent").is_some());
    assert_eq!(request.header("accept"), Some("application/json"));
}

// G25, G26
#[test]
fn errors_name_the_host_and_nothing_secret() {
    let secrets = ["pass-word", "query-secret", "body-secret", "token-secret"];
    let logs = CapturedLogs::watching(&secrets);
    for (kind, expected) in [
        (
            TransportErrorKind::Connect,
            "TestCredential: could not connect to login.test:8443 (4 tries): refused, access_token=***; check the network, the proxy \
             settings (HTTPS_PROXY, NO_PROXY) and, behind a proxy that opens TLS, SSL_CERT_FILE",
        ),
        (
            TransportErrorKind::Timeout,
            "TestCredential: login.test:8443 did not answer in time (4 tries): refused, access_token=***; check the network and the proxy \
             settings",
        ),
        (
            TransportErrorKind::Interrupted,
            "TestCredential: the connection to login.test:8443 ended before the whole answer was there (4 tries): refused, \
             access_token=***; try again, or check the proxy settings",
        ),
        (
            TransportErrorKind::TooLarge,
            "TestCredential: the answer of login.test:8443 is larger than the 1048576 bytes that are read: refused, access_token=***; \
             check that this is the right host",
        ),
        (
            TransportErrorKind::Unsupported,
            "TestCredential: the HTTP service can't do what a request to login.test:8443 needs: refused, access_token=***",
        ),
        (
            TransportErrorKind::NoRuntime,
            "TestCredential: a request to login.test:8443 needs an async runtime: refused, access_token=***",
        ),
    ] {
        let f = fixture();
        f.http.otherwise(move |_| Answer::failure(kind, "refused, access_token=token-secret"));
        let error = f.send(&entra()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.credential(), "TestCredential");
    }
    assert!(logs.text().contains("WARN"), "{}", logs.text());
}

// P66, G25
#[test]
fn each_try_is_logged_without_query_or_user() {
    let logs = CapturedLogs::watching(&["query-secret", "pass-word", "body-secret", "ada@contoso.test"]);
    let f = fixture().answering(statuses([500, 200, 503]));
    f.send(&entra()).unwrap();
    let id = f.http.requests()[1].header("x-ms-client-request-id").unwrap().to_owned();
    let text = logs.text();
    let line = text.lines().find(|line| line.contains(&id)).unwrap();
    for part in [
        "DEBUG",
        "POST",
        "login.test:8443",
        "/tenant/oauth2/v2.0/token",
        "status=200",
        "elapsed=",
        "attempt=2",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!text.contains("WARN"), "{text}");

    let realm = "https://login.test/common/userrealm/ada@contoso.test?api-version=1.0";
    let realm = http::Request::get(realm).body(SecretBytes::new(Vec::new())).unwrap();
    block_on(f.client.send("TestCredential", realm, &RetryPolicy::none())).unwrap();
    assert!(logs.text().contains("path=/common/userrealm/*** status=503"), "{}", logs.text());
    // A probe that fails is no reason to warn.
    assert!(!logs.text().contains("WARN"));
}

#[test]
fn a_client_shows_its_parts_and_is_shared() {
    let f = fixture();
    let shown = format!("{:?}", f.client.clone());
    assert!(shown.contains("ScriptedHttp") && shown.contains("identity-rs"), "{shown}");
    assert_eq!(f.client.retry_options().max_retries(), 3);
    assert_eq!(f.client.clock().unix_seconds(), 1_800_000_000);
}

#[test]
fn retry_after_is_bounded_and_prefers_the_standard_header() {
    let now = FakeClock::at_unix(1_800_000_000).clock().now();
    let of = |pairs: &[(&'static str, &str)]| {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect();
        retry_after(&headers, now)
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[("retry-after", " 5 "), ("retry-after-ms", "900")]), Some(5 * SECOND));
    assert_eq!(of(&[("retry-after", "-5"), ("retry-after-ms", "900")]), Some(SECOND * 9 / 10));
    assert_eq!(of(&[("retry-after-ms", "inf"), ("x-ms-retry-after-ms", "1000")]), Some(SECOND));
    assert_eq!(of(&[("retry-after", "0")]), Some(Duration::ZERO));
    for endless in ["9e9", "NaN", "..", "1.2.3", ""] {
        assert_eq!(of(&[("retry-after", endless)]), None, "{endless}");
    }
    let day = Some(SECOND * 60 * 60 * 24);
    assert_eq!(of(&[("retry-after", &"9".repeat(400))]), day);
    assert_eq!(of(&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]), day);
}

proptest! {
    #[test]
    fn any_retry_after_is_read_without_a_panic(value in "[ -~]{0,40}", number in "[0-9.]{1,30}") {
        let now = FakeClock::at_unix(1_800_000_000).clock().now();
        for value in [value, number] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(&value).unwrap())]);
            prop_assert!(retry_after(&headers, now).unwrap_or_default() <= SECOND * 60 * 60 * 24);
        }
    }

    #[test]
    fn any_options_give_delays_without_a_panic(retries: u32, base: u64, most: u64) {
        let options = RetryOptions::default()
            .with_max_retries(retries)
            .with_base_delay(Duration::from_secs(base))
            .with_max_delay(Duration::from_secs(most));
        let f = fixture();
        f.http.otherwise(|_| Answer::new(503, ""));
        prop_assert_eq!(f.send(&RetryPolicy::new(&options).with_status_retries(retries % 40)).unwrap().status().as_u16(), 503);
    }
}
