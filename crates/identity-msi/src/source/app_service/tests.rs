use identity_core::ErrorKind;
use identity_core::testing::CapturedLogs;
use identity_entra::http::TransportErrorKind;
use identity_entra::http::testing::Answer;
use serde_json::{Value, json};

use crate::testing::*;

fn expires(body: Value) -> Option<u64> {
    let machine = Machine::new(app_service());
    machine.http.push(Answer::json(200, body));
    ask(&machine.credential(None)).ok().map(|token| token.expires_on_unix())
}

#[test]
fn the_end_of_a_token_is_read_in_every_form() {
    let end = NOW + 3600;
    for expires_on in [
        json!(end),
        json!(end.to_string()),
        json!("11/14/2023 23:13:20 +00:00"),
        json!("11/14/2023 11:13:20 PM +00:00"),
    ] {
        assert_eq!(
            expires(json!({ "access_token": "t", "expires_on": expires_on })),
            Some(end),
            "{expires_on}"
        );
    }
    assert_eq!(expires(json!({ "access_token": "t", "expires_in": "3600" })), Some(end));
    assert_eq!(expires(json!({ "access_token": "t", "expires_on": end, "expires_in": 60 })), Some(end));
    assert_eq!(expires(json!({ "access_token": "t", "expires_on": "soon" })), None);
}

// S170
#[test]
fn a_refusal_is_unavailable_with_the_host_s_words() {
    for (status, body, words) in [
        (
            401,
            json!({ "statusCode": 401, "message": "the header is wrong" }),
            "the header is wrong, HTTP 401",
        ),
        (
            400,
            json!({ "error": "invalid_client", "error_description": "No such identity." }),
            "(invalid_client) No such identity, HTTP 400",
        ),
        (400, json!({ "error": { "code": "X", "message": "nested" } }), "(X) nested, HTTP 400"),
        (404, json!([]), "no details, HTTP 404"),
        (
            200,
            json!({ "error": "server_error", "error_description": "oops" }),
            "(server_error) oops, HTTP 200",
        ),
    ] {
        let machine = Machine::new(app_service());
        machine.http.push(Answer::json(status, body));
        let error = machine.error();
        assert_eq!(
            (error.kind(), error.credential()),
            (ErrorKind::CredentialUnavailable, "ManagedIdentityCredential")
        );
        assert_eq!(
            error.message(),
            format!(
                "App Service managed identity is not available here. Token request error: {words}. Check that an identity is assigned, and \
                 that it is the one asked for"
            )
        );
        assert_eq!(error.server().unwrap().status, Some(status));
    }
}

#[test]
fn a_success_without_a_token_is_a_failure() {
    for (body, found) in [
        ("<html>hello</html>", "it says \"<html>hello</html>\""),
        ("", "it is empty"),
        ("{}", "it says \"{}\""),
        ("[1]", "it says \"[1]\""),
        ("{\"access_token\": 7}", "it says \"{\"access_token\": ***}\""),
    ] {
        let machine = Machine::new(app_service());
        machine.http.push(Answer::new(200, body));
        let error = machine.error();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        let expected = format!(
            "the answer of the App Service managed identity endpoint holds no usable token (HTTP 200): {found}. Check what listens at the \
             endpoint"
        );
        assert_eq!(error.message(), expected);
    }
}

// G5
#[test]
fn an_answer_of_many_megabytes_is_a_failure_and_nobody_there_is_unavailable() {
    let machine = Machine::new(app_service());
    machine.http.push(Answer::failure(TransportErrorKind::TooLarge, "more than anybody reads"));
    let error = machine.error();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().ends_with("is too large to be one: more than anybody reads"), "{error}");

    let machine = Machine::new(app_service());
    machine.http.otherwise(|_| Answer::failure(TransportErrorKind::Connect, "connection refused"));
    let error = machine.error();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert_eq!(error.message(), "no response from the App Service endpoint: connection refused");
    assert_eq!(machine.http.count(), 4);

    let machine = Machine::new(app_service());
    machine.http.push(Answer::failure(TransportErrorKind::Unsupported, "no such thing"));
    assert_eq!(machine.error().kind(), ErrorKind::InvalidArgument);
}

// G11
#[test]
fn a_redirect_is_not_followed() {
    let machine = Machine::new(app_service());
    machine.http.push(Answer::new(307, "").with_header("location", "http://elsewhere.example/"));
    assert_eq!(machine.error().kind(), ErrorKind::CredentialUnavailable);
    assert_eq!(machine.http.count(), 1);
}

#[test]
fn the_usual_statuses_are_tried_again() {
    for status in [408, 429, 500, 502, 503, 504] {
        let machine = Machine::new(app_service());
        machine.http.push(Answer::new(status, "")).push(Answer::token("t", 60));
        assert!(ask(&machine.credential(None)).is_ok(), "{status}");
    }
    for status in [400, 401, 403, 404, 410, 501] {
        let machine = Machine::new(app_service());
        machine.http.push(Answer::new(status, "")).push(Answer::token("t", 60));
        assert!(ask(&machine.credential(None)).is_err(), "{status}");
    }
}

// G3
#[test]
fn the_host_s_secret_and_its_tokens_stay_out_of_logs_and_errors() {
    let logs = CapturedLogs::watching(&[SECRET, "hunter2"]);
    let machine = Machine::new(app_service());
    machine.http.push(Answer::json(200, json!({ "access_token": "eyJ.hunter2.x", "expires_on": "soon" })));
    let credential = machine.credential(client_id());
    let error = ask(&credential).unwrap_err();
    logs.check(&format!("{error} {error:?} {credential:?}"));
}
