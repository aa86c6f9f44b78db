use futures_util::FutureExt;
use identity_core::ErrorKind;
use identity_core::testing::{FakeClock, block_on};
use serde_json::json;

use super::*;
use crate::http::testing::{Answer, ScriptedHttp};
use crate::http::{RetryOptions, RetryPolicy};

struct Flow {
    http: ScriptedHttp,
    clock: FakeClock,
}

impl Flow {
    fn new() -> Self {
        Self { http: ScriptedHttp::new(), clock: FakeClock::at_unix(1000) }
    }

    fn run<T>(&self, run: impl AsyncFnOnce(Exchange<'_>) -> T) -> T {
        let client = self.http.client(&self.clock.clock());
        let retry = RetryPolicy::entra(&RetryOptions::default());
        block_on(run(Exchange {
            credential: "DeviceCodeCredential",
            http: &client,
            retry: &retry,
            profile: None,
        }))
    }

    fn begin(&self, answer: Answer) -> Result<DeviceAuthorization, Error> {
        self.http.push(answer);
        let scopes = RequestScopes::of_user(&["https://vault.azure.net/.default"]).unwrap();
        let endpoint = Url::parse("https://login.example/t/oauth2/v2.0/devicecode").unwrap();
        self.run(async |exchange| {
            DeviceAuthorization::begin(&exchange, &endpoint, "app", &scopes, Some(r#"{"a":1}"#)).await
        })
    }

    fn wait(&self, begun: &DeviceAuthorization, timeout: Option<Duration>) -> Result<TokenResponse, Error> {
        let endpoint = Url::parse("https://login.example/t/oauth2/v2.0/token").unwrap();
        self.run(async |exchange| begun.wait(&exchange, &endpoint, "app", Some(r#"{"b":2}"#), timeout).await)
    }

    fn begun(&self, expires_in: u64, interval: u64) -> DeviceAuthorization {
        let mut answer = answer();
        answer["expires_in"] = expires_in.into();
        answer["interval"] = interval.into();
        self.begin(Answer::json(200, answer)).unwrap()
    }

    fn seconds_slept(&self) -> Vec<u64> {
        self.clock.sleeps().iter().map(Duration::as_secs).collect()
    }
}

fn answer() -> Value {
    json!({
        "device_code": "the-device-code", "user_code": "ABC-DEF", "verification_uri": "https://login.example/device",
        "expires_in": 900, "interval": "5", "message": "Open https://login.example/device and enter ABC-DEF.",
    })
}

fn pending() -> Answer {
    Answer::error(400, "authorization_pending", "AADSTS70016: the user has not yet finished")
}

// P16
#[test]
fn what_the_person_needs_is_read() {
    let flow = Flow::new();
    let begun = flow.begin(Answer::json(200, answer())).unwrap();
    let info = begun.info();
    assert_eq!(info.user_code, "ABC-DEF");
    assert_eq!(info.verification_uri, "https://login.example/device");
    assert_eq!(info.message, "Open https://login.example/device and enter ABC-DEF.");
    assert_eq!(info.expires_on, SystemTime::UNIX_EPOCH + Duration::from_secs(1900));
    assert_eq!(info.interval, Duration::from_secs(5));
    assert!(!format!("{begun:?}").contains("the-device-code"));
    let request = &flow.http.requests()[0];
    assert_eq!(
        request.form(),
        [
            ("client_id", "app"),
            ("scope", "https://vault.azure.net/.default openid profile offline_access"),
            ("claims", r#"{"a":1}"#),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn what_is_missing_gets_the_usual_values() {
    let flow = Flow::new();
    let body = json!({"device_code": "d", "user_code": "U", "verification_url": "https://v", "interval": 0});
    let begun = flow.begin(Answer::json(200, body)).unwrap();
    assert_eq!(begun.info().message, "To sign in, open https://v in a web browser and enter the code U.");
    assert_eq!(begun.info().expires_on, SystemTime::UNIX_EPOCH + Duration::from_secs(2800));
    assert_eq!(begun.info().interval, Duration::from_secs(1));
    let body =
        json!({"device_code": "d", "user_code": "U", "verification_uri": "https://v", "expires_in": 1e200});
    assert_eq!(flow.begin(Answer::json(200, body)).unwrap().info().interval, Duration::from_secs(5));
}

// G16
#[test]
fn the_servers_words_can_not_steer_a_terminal() {
    let mut hostile = answer();
    hostile["message"] = "\u{1b}[2JOpen \u{202e}https://evil".into();
    hostile["user_code"] = "A\u{7}B".into();
    let info = Flow::new().begin(Answer::json(200, hostile)).unwrap().info().clone();
    assert_eq!((info.message.as_str(), info.user_code.as_str()), ("Open https://evil", "AB"));
}

#[test]
fn a_refused_beginning_is_a_failure_with_the_servers_words() {
    let error = Flow::new()
        .begin(Answer::error(400, "unauthorized_client", "AADSTS700016: Application not found"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().starts_with(
        "the request for a device code was refused (HTTP 400, unauthorized_client): AADSTS700016: Application not found. What to do: "
    ));
    for body in [json!({}), json!({"device_code": "", "user_code": "U", "verification_uri": "https://v"})] {
        let error = Flow::new().begin(Answer::json(200, body)).unwrap_err();
        assert!(error.message().contains("JSON of another form"), "{error}");
    }
}

#[test]
fn it_is_asked_at_once_and_then_at_each_interval_until_there_is_a_token() {
    let flow = Flow::new();
    let begun = flow.begun(900, 5);
    flow.http.push(pending()).push(pending()).push(Answer::token("the-token", 3600));
    let token = flow.wait(&begun, None).unwrap();
    assert_eq!(token.access_token.secret(), "the-token");
    assert_eq!(flow.seconds_slept(), [5, 5]);
    assert_eq!(token.expires_on, SystemTime::UNIX_EPOCH + Duration::from_secs(1010 + 3600));
    let request = &flow.http.requests()[3];
    assert_eq!(request.url, "https://login.example/t/oauth2/v2.0/token");
    let expected = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "the-device-code"),
        ("client_info", "1"),
        ("client_id", "app"),
        ("claims", r#"{"b":2}"#),
    ];
    assert_eq!(request.form(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_server_that_says_slow_down_is_asked_less_often_from_then_on() {
    let flow = Flow::new();
    let begun = flow.begun(900, 5);
    let slow_down = || Answer::error(400, "slow_down", "");
    flow.http.push(slow_down()).push(pending()).push(slow_down()).push(Answer::token("t", 60));
    flow.wait(&begun, None).unwrap();
    assert_eq!(flow.seconds_slept(), [10, 10, 15]);
}

#[test]
fn it_ends_when_the_code_expires_or_the_callers_time_is_up() {
    for (expires_in, timeout, slept) in
        [(12, None, vec![5, 5, 2]), (900, Some(7), vec![5, 2]), (5, Some(100), vec![5])]
    {
        let flow = Flow::new();
        let begun = flow.begun(expires_in, 5);
        flow.http.otherwise(|_| pending());
        let error = flow.wait(&begun, timeout.map(Duration::from_secs)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert_eq!(
            error.to_string(),
            "DeviceCodeCredential: timed out waiting for user to authenticate: nobody finished the sign-in with the device code in time. Start \
             it again"
        );
        assert_eq!(flow.seconds_slept(), slept);
    }
}

#[test]
fn a_server_that_says_the_code_has_expired_ends_it_in_the_same_words() {
    let flow = Flow::new();
    let begun = flow.begun(900, 5);
    flow.http.push(Answer::error(400, "expired_token", "AADSTS70020: expired"));
    let error = flow.wait(&begun, None).unwrap_err();
    assert!(error.message().starts_with("timed out waiting for user to authenticate"));
    assert_eq!(error.server().unwrap().error_codes, [70020]);
}

#[test]
fn a_declined_sign_in_ends_it() {
    let flow = Flow::new();
    let begun = flow.begun(900, 5);
    flow.http.push(pending()).push(Answer::error(400, "authorization_declined", "The user said no"));
    let error = flow.wait(&begun, None).unwrap_err();
    assert_eq!(
        error.message(),
        "the token request was refused (HTTP 400, authorization_declined): The user said no. What to do: the sign-in was declined; start it \
         again and accept"
    );
}

#[test]
fn a_server_that_never_answers_does_not_outlast_the_callers_time() {
    let flow = Flow::new();
    let begun = flow.begun(900, 5);
    flow.http.push(Answer::never());
    flow.run(async |exchange| {
        let endpoint = Url::parse("https://login.example/token").unwrap();
        let timeout = Some(Duration::from_secs(3));
        let mut waiting = Box::pin(begun.wait(&exchange, &endpoint, "app", None, timeout));
        assert!((&mut waiting).now_or_never().is_none());
        flow.clock.advance(Duration::from_secs(2));
        assert!((&mut waiting).now_or_never().is_none());
        flow.clock.advance(Duration::from_secs(1));
        let error = waiting.now_or_never().unwrap().unwrap_err();
        assert!(error.message().starts_with("timed out waiting"), "{error}");
    });
}
