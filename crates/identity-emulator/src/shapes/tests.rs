use super::*;

#[test]
fn an_error_has_every_member_that_entras_has() {
    let refused = AadstsError::new(7000215, "invalid_client", "Invalid client secret provided.")
        .with_status(401)
        .with_suberror("bad_token")
        .with_claims(r#"{"access_token":{}}"#);
    let body = error(&refused, &ErrorContext::default());
    assert_eq!(
        body,
        json!({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided. Trace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333 Correlation ID: aaaa0000-bb11-2222-33cc-444444dddddd Timestamp: 2026-01-31 23:59:59Z",
            "error_codes": [7000215],
            "timestamp": "2026-01-31 23:59:59Z",
            "trace_id": "0000aaaa-11bb-cccc-dd22-eeeeee333333",
            "correlation_id": "aaaa0000-bb11-2222-33cc-444444dddddd",
            "error_uri": "https://login.microsoftonline.com/error?code=7000215",
            "suberror": "bad_token",
            "claims": r#"{"access_token":{}}"#,
        })
    );
}

#[test]
fn a_token_body_leaves_out_what_it_has_not() {
    let mut body = TokenBody::new("t", 3599);
    assert_eq!(
        body.to_json(),
        json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "t"})
    );
    body.numbers_as_text = true;
    body.refresh_in = Some(1800);
    assert_eq!(body.to_json()["expires_in"], "3599");
    assert_eq!(body.to_json()["refresh_in"], "1800");
}
