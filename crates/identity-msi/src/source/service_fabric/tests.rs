use identity_core::ErrorKind;
use identity_entra::http::TransportErrorKind;
use identity_entra::http::testing::Answer;
use serde_json::json;

use crate::testing::*;

// P25
#[test]
fn the_certificate_is_pinned_however_the_thumbprint_is_written() {
    let pin = [
        1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 0x23,
        0x45, 0x67,
    ];
    for text in [
        "0123456789abcdef0123456789abcdef01234567",
        "0123456789ABCDEF0123456789ABCDEF01234567",
        "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67",
        " 01 23 45 67 89 ab cd ef 01 23 45 67 89 ab cd ef 01 23 45 67",
    ] {
        let machine = Machine::new(service_fabric().with("IDENTITY_SERVER_THUMBPRINT", text));
        machine.http.push(Answer::token("t", 60));
        ask(&machine.credential(None)).unwrap();
        let profile = machine.http.requests()[0].profile.clone();
        assert_eq!((profile.pinned_thumbprint, profile.no_proxy), (Some(pin), true));
    }
    for text in
        ["0123", "g123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef0123456\u{661}"]
    {
        let machine = Machine::new(service_fabric().with("IDENTITY_SERVER_THUMBPRINT", text));
        let error = crate::ManagedIdentityCredential::new(machine.options(None)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
    }
}

#[test]
fn refusals_are_unavailable_and_have_the_names_of_oauth() {
    for (code, name) in [
        ("SecretHeaderNotFound", "unauthorized_client"),
        ("ManagedIdentityNotFound", "invalid_client"),
        ("ArgumentNullOrEmpty", "invalid_scope"),
        ("InternalError", "InternalError"),
    ] {
        let machine = Machine::new(service_fabric());
        machine.http.push(Answer::json(
            404,
            json!({ "error": { "correlationId": "1", "code": code, "message": "words" } }),
        ));
        let error = machine.error();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(
            error.message().contains(&format!("Token request error: ({name}) words, HTTP 404")),
            "{error}"
        );
    }
}

#[test]
fn nothing_is_tried_again() {
    let machine = Machine::new(service_fabric());
    machine.http.push(Answer::new(503, "").with_header("retry-after", "1")).push(Answer::token("t", 60));
    assert!(ask(&machine.credential(None)).is_err());
    assert_eq!(machine.http.count(), 1);
}

#[test]
fn another_certificate_is_a_failure_and_nobody_there_is_unavailable() {
    for (words, kind) in [
        ("invalid peer certificate: ApplicationVerificationFailure", ErrorKind::AuthenticationFailed),
        ("connection refused", ErrorKind::CredentialUnavailable),
    ] {
        let machine = Machine::new(service_fabric());
        machine.http.push(Answer::failure(TransportErrorKind::Connect, words));
        assert_eq!(machine.error().kind(), kind, "{words}");
    }
}

#[test]
fn the_end_of_a_token_is_a_point_in_time() {
    for expires_on in [json!(NOW + 3600), json!((NOW + 3600).to_string())] {
        let machine = Machine::new(service_fabric());
        machine.http.push(Answer::json(200, json!({ "access_token": "t", "expires_on": expires_on })));
        assert_eq!(ask(&machine.credential(None)).unwrap().expires_on_unix(), NOW + 3600);
    }
}
