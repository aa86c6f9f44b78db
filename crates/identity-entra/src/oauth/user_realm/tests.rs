use identity_core::ErrorKind;
use identity_core::testing::{FakeClock, block_on};
use serde_json::json;

use super::*;
use crate::http::testing::{Answer, ScriptedHttp};
use crate::http::{RetryOptions, RetryPolicy};

fn realm(http: &ScriptedHttp, username: &str) -> Result<Option<UserRealm>, Error> {
    let client = http.client(&FakeClock::at_unix(1000).clock());
    let retry = RetryPolicy::entra(&RetryOptions::default());
    let exchange = Exchange { credential: "TestCredential", http: &client, retry: &retry, profile: None };
    let authority = Authority::parse("login.example:8443").unwrap();
    block_on(user_realm(&exchange, &authority, username))
}

#[test]
fn the_realm_is_asked_for_with_the_users_name_and_read() {
    for (account_type, expected) in [
        ("Managed", UserRealm::Managed),
        ("Federated", UserRealm::Federated),
        ("federated", UserRealm::Federated),
        ("Unknown", UserRealm::Managed),
    ] {
        let http = ScriptedHttp::new();
        http.push(Answer::json(
            200,
            json!({"ver": "1.0", "account_type": account_type, "cloud_instance_name": "x"}),
        ));
        assert_eq!(realm(&http, "anna@contoso.com").unwrap(), Some(expected));
        let request = &http.requests()[0];
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.url,
            "https://login.example:8443/common/userrealm/anna@contoso.com?api-version=1.0"
        );
    }
}

#[test]
fn a_name_can_not_change_the_path() {
    let http = ScriptedHttp::new();
    http.push(Answer::json(200, json!({"account_type": "Managed"})));
    realm(&http, "a/../b?c#d é").unwrap();
    assert_eq!(
        http.requests()[0].url,
        "https://login.example:8443/common/userrealm/a%2F..%2Fb%3Fc%23d%20%C3%A9?api-version=1.0"
    );
}

#[test]
fn an_authority_that_does_not_know_the_question_is_not_asked_again() {
    let http = ScriptedHttp::new();
    http.push(Answer::new(404, ""));
    assert_eq!(realm(&http, "anna").unwrap(), None);
}

#[test]
fn any_other_answer_is_a_failure() {
    for answer in
        [Answer::error(400, "bad", "Oh no"), Answer::new(200, "<html>"), Answer::json(200, json!({}))]
    {
        let http = ScriptedHttp::new();
        http.push(answer);
        let error = realm(&http, "anna").unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, "TestCredential"));
        assert!(error.message().starts_with("the request for the user's realm"), "{error}");
    }
}
