use std::time::{Duration, SystemTime};

use identity_core::ErrorKind;
use identity_core::testing::{FakeClock, block_on};

use super::*;
use crate::http::testing::{Answer, ScriptedHttp};
use crate::http::{RetryOptions, TransportErrorKind};

fn with<T>(
    http: &ScriptedHttp,
    profile: Option<&TransportProfile>,
    run: impl AsyncFnOnce(Exchange<'_>) -> T,
) -> T {
    let client = http.client(&FakeClock::at_unix(1000).clock());
    let retry = RetryPolicy::entra(&RetryOptions::default());
    block_on(run(Exchange { credential: "TestCredential", http: &client, retry: &retry, profile }))
}

fn endpoint() -> Url {
    Url::parse("https://login.example:8443/t/oauth2/v2.0/token").unwrap()
}

#[test]
fn a_token_request_is_a_form_and_its_token_counts_from_before_the_request() {
    let http = ScriptedHttp::new();
    // The delays of the retries move the clock; the token's life is counted from the start all the same.
    http.push(Answer::new(503, "")).push(Answer::new(503, "")).push(Answer::token("the-token", 60));
    let form = Form::new().with("grant_type", "client_credentials").with("client_secret", "p&q");
    let token = with(&http, None, async |exchange| exchange.token(&endpoint(), &form).await).unwrap();
    assert_eq!(token.access_token.secret(), "the-token");
    assert_eq!(token.expires_on, SystemTime::UNIX_EPOCH + Duration::from_secs(1060));
    let requests = http.requests();
    assert_eq!(requests.len(), 3);
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", endpoint().as_str()));
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.field("client_secret").as_deref(), Some("p&q"));
}

// S018
#[test]
fn a_refusal_names_the_credential() {
    let http = ScriptedHttp::new();
    http.push(Answer::error(400, "invalid_grant", "AADSTS70008: too old"));
    let error =
        with(&http, None, async |exchange| exchange.token(&endpoint(), &Form::new()).await).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, "TestCredential"));
    assert!(
        error
            .message()
            .starts_with("the token request was refused (HTTP 400, invalid_grant): AADSTS70008: too old.")
    );
}

// G26
#[test]
fn what_a_server_repeats_of_the_secrets_is_masked() {
    let secret = "hun&ter\"2/ö";
    let form = Form::new().with("grant_type", "password").with("username", "anna").with("password", secret);
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let http = ScriptedHttp::new();
    let words = format!("anna's password {secret} is bad, sent as {encoded}");
    http.push(Answer::error(400, "invalid_grant", &words));
    let error = with(&http, None, async |exchange| exchange.token(&endpoint(), &form).await).unwrap_err();
    let seen = format!("{error} {error:?}");
    assert!(!seen.contains("hun&ter") && !seen.contains(&encoded) && !seen.contains("ter\\\"2"), "{seen}");
    assert!(error.message().contains("anna's password *** is bad, sent as ***"), "{error}");

    // A token endpoint that gives the same refresh token again does not repeat it, it answers.
    let form = Form::new().with("grant_type", "refresh_token").with("refresh_token", "the-refresh-token");
    let body = serde_json::json!({
        "access_token": "a", "expires_in": 60, "token_type": "Bearer", "refresh_token": "the-refresh-token",
    });
    http.push(Answer::json(200, body));
    let token = with(&http, None, async |exchange| exchange.token(&endpoint(), &form).await).unwrap();
    assert_eq!(token.refresh_token.unwrap().secret(), "the-refresh-token");
}

#[test]
fn a_failure_on_the_way_is_a_failed_authentication() {
    let http = ScriptedHttp::new();
    http.otherwise(|_| Answer::failure(TransportErrorKind::Connect, "connection refused"));
    let error = with(&http, None, async |exchange| exchange.get(&endpoint()).await).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, "TestCredential"));
    assert!(error.message().contains("login.example:8443"), "{error}");
}

#[test]
fn the_profile_goes_with_every_request() {
    let http = ScriptedHttp::new();
    http.push(Answer::new(200, "{}")).push(Answer::new(200, "{}"));
    let profile = TransportProfile { no_proxy: true, ..TransportProfile::default() };
    with(&http, Some(&profile), async |exchange| {
        exchange.get(&endpoint()).await.unwrap();
        exchange.post(&endpoint(), &Form::new()).await.unwrap();
    });
    assert!(http.requests().iter().all(|request| request.profile == profile));
}
