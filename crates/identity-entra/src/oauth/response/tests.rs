use identity_core::ErrorKind;
use serde_json::json;

use super::*;
use crate::http::testing::Answer;

const NOW: u64 = 1_700_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn parse(status: u16, body: impl Into<bytes::Bytes>) -> Result<TokenResponse, Error> {
    let response = Answer::new(status, body).into_response().unwrap();
    TokenResponse::parse("TestCredential", "the token request", &response, at(NOW))
}

fn parse_json(body: Value) -> Result<TokenResponse, Error> {
    parse(200, body.to_string())
}

#[test]
fn every_member_of_an_answer_is_read() {
    let response = parse_json(json!({
        "token_type": "bearer", "scope": "a/x a/.default", "expires_in": 3599, "ext_expires_in": "7199", "refresh_in": "1800",
        "access_token": "at", "refresh_token": "rt", "id_token": "a.b.c", "client_info": "e30", "foci": "1", "unknown": {"a": [1]},
    }))
    .unwrap();
    assert_eq!(response.access_token.secret(), "at");
    assert_eq!(response.token_type, TokenType::Bearer);
    assert_eq!(response.expires_on, at(NOW + 3599));
    assert_eq!(response.extended_expires_on, Some(at(NOW + 7199)));
    assert_eq!(response.refresh_on, Some(at(NOW + 1800)));
    assert_eq!(response.refresh_token, Some(Secret::new("rt")));
    assert_eq!(response.id_token, Some(Secret::new("a.b.c")));
    assert_eq!((response.client_info.as_deref(), response.family_id.as_deref()), (Some("e30"), Some("1")));
    assert_eq!(response.scopes().collect::<Vec<_>>(), ["a/x", "a/.default"]);
}

#[test]
fn the_end_is_read_in_every_form() {
    let end = |body: Value| {
        let mut body = body;
        body["access_token"] = "t".into();
        parse_json(body).map(|response| response.expires_on)
    };
    assert_eq!(end(json!({"expires_in": 60})).unwrap(), at(NOW + 60));
    assert_eq!(end(json!({"expires_in": "60"})).unwrap(), at(NOW + 60));
    assert_eq!(end(json!({"expires_on": "1700000100", "expires_in": 60})).unwrap(), at(NOW + 100));
    assert_eq!(end(json!({"expires_on": 1_700_000_100})).unwrap(), at(NOW + 100));
    assert_eq!(end(json!({"expires_on": "", "expires_in": "60"})).unwrap(), at(NOW + 60));
    assert_eq!(end(json!({"expires_on": null, "expires_in": "60"})).unwrap(), at(NOW + 60));
    assert_eq!(end(json!({"expires_on": "11/14/2023 10:15:00 PM +00:00"})).unwrap(), at(NOW + 100));
    assert_eq!(end(json!({})).unwrap(), at(NOW + 600));
    for wrong in [
        json!({"expires_in": "soon"}),
        json!({"expires_on": "soon", "expires_in": 60}),
        json!({"expires_in": 1e300}),
    ] {
        let error = end(wrong).unwrap_err();
        assert!(error.message().contains("an access token whose end can't be read"), "{error}");
    }
}

#[test]
fn without_refresh_in_half_of_a_long_life_counts() {
    let refresh_on = |expires_in: u64| {
        parse_json(json!({"access_token": "t", "expires_in": expires_in})).unwrap().refresh_on
    };
    assert_eq!(refresh_on(7200), Some(at(NOW + 3600)));
    assert_eq!(refresh_on(7199), None);
    assert_eq!(refresh_on(86_399), Some(at(NOW + 43_199)));
}

#[test]
fn a_type_other_than_bearer_is_passed_on() {
    let response = parse_json(json!({"access_token": "t", "token_type": "pop", "expires_in": 1})).unwrap();
    assert_eq!(response.token_type.to_string(), "pop");
    assert_eq!(parse_json(json!({"access_token": "t"})).unwrap().token_type, TokenType::Bearer);
}

// P23
#[test]
fn the_identity_that_a_host_confirms_is_kept() {
    let response =
        parse_json(json!({"access_token": "t", "client_id": "c", "object_id": "o", "mi_res_id": "/r"}))
            .unwrap();
    assert_eq!(response.client_id.as_deref(), Some("c"));
    assert_eq!(response.object_id.as_deref(), Some("o"));
    assert_eq!(response.resource_id.as_deref(), Some("/r"));
}

#[test]
fn a_success_without_a_token_is_a_failure_that_names_the_status() {
    for (body, found) in [
        ("", "an empty body"),
        ("  ", "an empty body"),
        ("<html>sign in</html>", "HTML where JSON was due"),
        ("hello", "a body that is no JSON"),
        ("[]", "JSON of another form"),
        ("\"eyJhbGciOiJ.hunter2.x\"", "JSON of another form"),
        ("{}", "JSON without an access token"),
        (r#"{"access_token":""}"#, "JSON without an access token"),
        (r#"{"access_token":null}"#, "JSON without an access token"),
        (r#"{"access_token":["eyJhbGciOiJ.hunter2.x"]}"#, "JSON of another form"),
        (r#"{"access_token":"hunter2"#, "a body that is no JSON"),
    ] {
        let error = parse(200, body).expect_err(body);
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert_eq!(
            error.to_string(),
            format!(
                "TestCredential: the token request got an unexpected answer: HTTP 200 and {found}. Check the authority host, and whether a \
                 proxy answers in its place"
            )
        );
        assert_eq!(error.server().unwrap().status, Some(200));
        // G26
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn where_the_length_counts_a_point_in_time_is_used_only_without_one() {
    let end = |body: Value| {
        let response = Answer::json(200, body).into_response().unwrap();
        let parsed =
            TokenResponse::parse_by_length("TestCredential", "the token request", &response, at(NOW));
        parsed.map(|token| token.expires_on.duration_since(at(NOW)).unwrap().as_secs())
    };
    let later = NOW + 50;
    assert_eq!(end(json!({"access_token": "t", "expires_in": "60", "expires_on": later})).unwrap(), 60);
    assert_eq!(end(json!({"access_token": "t", "expires_in": "", "expires_on": later})).unwrap(), 50);
    assert_eq!(end(json!({"access_token": "t"})).unwrap(), 600);
    assert!(end(json!({"access_token": "t", "expires_in": "soon", "expires_on": later})).is_err());
}

#[test]
fn an_error_in_a_success_is_an_error() {
    let error = parse_json(json!({"error": "invalid_grant", "error_description": "AADSTS70008: expired", "access_token": "hunter2"}))
        .unwrap_err();
    assert_eq!(
        error.message(),
        "the token request was refused (HTTP 200, invalid_grant): AADSTS70008: expired. What to do: the sign-in has expired or was revoked; \
         sign in again"
    );
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_mark_of_byte_order_does_not_matter() {
    let body = [b"\xef\xbb\xbf".as_slice(), br#"{"access_token":"t"}"#].concat();
    assert_eq!(parse(200, body).unwrap().access_token.secret(), "t");
}

// G5
#[test]
fn deep_and_huge_bodies_do_no_harm() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse(200, format!(r#"{{"access_token":"t","expires_in":{deep}}}"#)).is_err());
    assert!(parse(400, format!(r#"{{"error":{deep}}}"#)).is_err());
    assert!(parse(200, format!(r#"{{"access_token":"t","unknown":{deep}}}"#)).is_ok());
    let huge = format!(r#"{{"access_token":"t","x":"{}"}}"#, "x".repeat(MOST_BODY_BYTES));
    assert!(parse(200, huge).unwrap_err().message().contains("more than anybody reads"));
}

// G3
#[test]
fn debug_shows_no_token() {
    let response =
        parse_json(json!({"access_token": "hunter2", "refresh_token": "hunter3", "id_token": "hunter4"}))
            .unwrap();
    assert!(!format!("{response:?}").contains("hunter"));
}

proptest::proptest! {
    // G5
    #[test]
    fn no_bytes_make_it_panic(
        status in 100_u16..600,
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        value in "[0-9\"\\[\\]{}a-z:,./ -]{0,20}",
    ) {
        let _ = parse(status, bytes);
        let body = format!(r#"{{"access_token":"t","expires_on":{value},"expires_in":{value},"error":{value},"error_codes":{value}}}"#);
        let _ = parse(status, body);
        let near = format!(r#"{{"access_token":"t","expires_on":"{}","refresh_in":"{}"}}"#, value.replace('"', ""), value.replace('"', ""));
        let _ = parse(status, near);
    }
}
