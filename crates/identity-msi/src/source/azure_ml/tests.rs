use identity_core::ErrorKind;
use identity_entra::http::testing::Answer;
use serde_json::json;

use crate::testing::*;

#[test]
fn dates_of_2017_are_read() {
    for date in ["11/14/2023 23:13:20 +00:00", "11/14/2023 11:13:20 PM +00:00"] {
        let machine = Machine::new(azure_ml());
        machine.http.push(Answer::json(200, json!({ "access_token": "t", "expires_on": date })));
        assert_eq!(ask(&machine.credential(None)).unwrap().expires_on_unix(), NOW + 3600);
    }
}

#[test]
fn a_refusal_is_unavailable_and_a_success_without_a_token_a_failure() {
    let machine = Machine::new(azure_ml());
    machine.http.push(Answer::error(400, "invalid_request", "no"));
    let error = machine.error();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(error.message().starts_with("Azure ML managed identity is not available here."), "{error}");
    let machine = Machine::new(azure_ml());
    machine.http.push(Answer::new(200, "oops"));
    assert_eq!(machine.error().kind(), ErrorKind::AuthenticationFailed);
}
