use identity_core::ErrorKind;
use identity_entra::http::TransportErrorKind;
use identity_entra::http::testing::Answer;
use serde_json::json;

use crate::ManagedIdentityCredential;
use crate::testing::*;

// P22: the default chain takes its id from a variable that other credentials read, too.
#[test]
fn in_the_default_chain_a_client_id_goes_into_the_form() {
    let machine = Machine::new(cloud_shell());
    machine.http.push(Answer::token("t", 60));
    let options = machine.options(client_id()).in_default_chain();
    ask(&ManagedIdentityCredential::new(options).unwrap()).unwrap();
    assert_eq!(machine.http.requests()[0].field("client_id").as_deref(), Some(CLIENT_ID));
    let other = machine.options(object_id()).in_default_chain();
    assert_eq!(ManagedIdentityCredential::new(other).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn the_end_of_a_token_is_read_in_every_form() {
    for body in [
        json!({ "access_token": "t", "expires_in": "3600" }),
        json!({ "access_token": "t", "expires_on": NOW + 3600, "expires_in": 1 }),
        json!({ "access_token": "t", "expires_on": (NOW + 3600).to_string(), "refresh_token": "" }),
    ] {
        let machine = Machine::new(cloud_shell());
        machine.http.push(Answer::json(200, body));
        assert_eq!(ask(&machine.credential(None)).unwrap().expires_on_unix(), NOW + 3600);
    }
}

#[test]
fn a_refusal_is_a_failure() {
    let machine = Machine::new(cloud_shell());
    machine
        .http
        .push(Answer::json(400, json!({ "error": { "code": "AudienceNotSupported", "message": "no" } })));
    let error = machine.error();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(
        error.message(),
        "Cloud Shell gave no token. Unexpected response \"{\"error\":{\"code\":\"AudienceNotSupported\",\"message\":\"no\"}}\" (HTTP 400); \
         restart Cloud Shell to sign in again"
    );
    assert_eq!(error.server().unwrap().error.as_deref(), Some("AudienceNotSupported"));
    for body in ["{}", "", "not json"] {
        let machine = Machine::new(cloud_shell());
        machine.http.push(Answer::new(200, body).with_header("content-type", "application/json"));
        assert_eq!(machine.error().kind(), ErrorKind::AuthenticationFailed, "{body}");
    }
}

#[test]
fn something_else_that_listens_there_is_unavailable() {
    let machine = Machine::new(cloud_shell());
    machine.http.push(Answer::new(200, "<html>").with_header("content-type", "text/html"));
    let error = machine.error();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(error.message().contains("Unexpected content type \"text/html\" (HTTP 200): <html>"), "{error}");
    let machine = Machine::new(cloud_shell());
    machine.http.otherwise(|_| Answer::failure(TransportErrorKind::Connect, "refused"));
    assert_eq!(machine.error().kind(), ErrorKind::CredentialUnavailable);
}
