use identity_core::ErrorKind;
use serde_json::json;

use super::*;
use crate::http::testing::Answer;

fn error(answer: Answer) -> Error {
    error_from_response("TestCredential", "the token request", &answer.into_response().unwrap())
}

fn message(answer: Answer) -> String {
    error(answer).message().to_owned()
}

// S018, P67
#[test]
fn the_servers_words_its_code_and_the_next_step_are_told() {
    let answer = Answer::json(
        401,
        json!({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1f\r\nCorrelation ID: 2e\r\nTimestamp: 2026-01-01 00:00:00Z",
            "error_codes": [7000215], "timestamp": "2026-01-01 00:00:00Z", "trace_id": "1f", "correlation_id": "2e",
            "error_uri": "https://login.microsoftonline.com/error?code=7000215", "suberror": "basic_action", "claims": "{\"a\":1}",
        }),
    )
    .with_header("retry-after", "7");
    let error = error(answer);
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(
        error.to_string(),
        "TestCredential: the token request was refused (HTTP 401, invalid_client): AADSTS7000215: Invalid client secret provided. Trace ID: 1f \
         Correlation ID: 2e Timestamp: 2026-01-01 00:00:00Z. What to do: the client secret is wrong; use the secret's value, not its id, and \
         check that it belongs to this app"
    );
    let server = error.server().unwrap();
    assert_eq!((server.status, server.error.as_deref()), (Some(401), Some("invalid_client")));
    assert_eq!(server.error_codes, [7000215]);
    assert_eq!(
        (server.suberror.as_deref(), server.claims.as_deref()),
        (Some("basic_action"), Some("{\"a\":1}"))
    );
    assert_eq!((server.correlation_id.as_deref(), server.trace_id.as_deref()), (Some("2e"), Some("1f")));
    assert_eq!(server.retry_after, Some(Duration::from_secs(7)));
    assert!(server.body.contains("error_uri"));
}

#[test]
fn codes_come_from_the_list_and_from_the_sentence() {
    let codes = |listed: Value, text: &str| {
        let body = json!({"error": "e", "error_description": text, "error_codes": listed});
        error(Answer::json(400, body)).server().unwrap().error_codes.clone()
    };
    assert_eq!(codes(Value::Null, "AADSTS50076: Due to AADSTS65001, AADSTS50076"), [50076, 65001]);
    assert_eq!(codes(json!([90002, "7", -1, 1e30, {}]), "AADSTS50076"), [90002, 7, 50076]);
    assert_eq!(codes(json!("90002"), "AADSTS, AADSTS: AADSTS99999999999"), Vec::<u32>::new());
    assert_eq!(codes(json!((0..100).collect::<Vec<_>>()), "").len(), 16);
}

#[test]
fn a_sentence_without_a_known_code_stands_alone() {
    assert_eq!(
        message(Answer::error(400, "odd", "Oh no")),
        "the token request was refused (HTTP 400, odd): Oh no"
    );
    assert_eq!(
        message(Answer::json(400, json!({"error": "odd"}))),
        "the token request was refused (HTTP 400): odd"
    );
    assert_eq!(
        message(Answer::json(400, json!({"error": "unauthorized_client"}))),
        "the token request was refused (HTTP 400): unauthorized_client. What to do: check in the app registration that this app may use this \
         kind of sign-in"
    );
}

#[test]
fn frequent_codes_come_with_a_next_step() {
    for code in [
        7000215, 7000222, 700016, 90002, 700027, 700024, 700213, 50126, 65001, 50076, 70011, 7000218, 50034,
        53003, 50013, 500011,
    ] {
        let message = message(Answer::error(400, "odd", &format!("AADSTS{code}: words")));
        assert!(message.contains(&format!("AADSTS{code}: words. What to do: ")), "{message}");
    }
}

#[test]
fn errors_of_other_services_are_read_too() {
    let nested = error(Answer::json(
        400,
        json!({"error": {"code": "UserErrorInvalidResource", "message": "No such resource"}}),
    ));
    assert_eq!(
        nested.message(),
        "the token request was refused (HTTP 400, UserErrorInvalidResource): No such resource"
    );
    let older = error(Answer::json(400, json!({"statusCode": 400, "message": "No managed identity"})));
    assert_eq!(older.message(), "the token request was refused (HTTP 400): No managed identity");
}

#[test]
fn bodies_that_are_no_json_are_named_and_kept() {
    let html = error(Answer::new(502, "<html>Bad gateway</html>").with_header("content-type", "text/html"));
    assert_eq!(
        html.message(),
        "the token request failed: the server answered HTTP 502 and HTML where JSON was due. What to do: the service is having trouble; \
         try again later"
    );
    assert_eq!(html.server().unwrap().body, "<html>Bad gateway</html>");
    assert_eq!(
        message(Answer::new(500, "")),
        "the token request failed: the server answered HTTP 500 and an empty body. What to do: the service is having trouble; try again later"
    );
    assert_eq!(
        message(Answer::new(503, "[]")),
        "the token request failed: the server answered HTTP 503 and JSON of another form. What to do: the service is having trouble; try again later"
    );
    assert_eq!(
        message(Answer::new(307, "").with_header("location", "http://evil.example/")),
        "the token request was answered with a redirect (HTTP 307), and redirects are never followed. Check the authority host"
    );
    assert!(
        message(Answer::error(503, "temporarily_unavailable", "Busy"))
            .starts_with("the token request failed (HTTP 503, ")
    );
}

// G26
#[test]
fn tokens_in_an_answer_are_masked_everywhere() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl";
    let answer = Answer::json(
        400,
        json!({"error": "invalid_request", "error_description": format!("bad assertion {token} given"), "access_token": token, "refresh_token": "0.AXhunter2"}),
    );
    let error = error(answer);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("eyJzdWIi") && !shown.contains("hunter2"), "{shown}");
    let cut = error_from_response(
        "",
        "it",
        &Answer::new(400, format!(r#"{{"access_token":"{token}"#)).into_response().unwrap(),
    );
    assert!(!format!("{cut:?}").contains("eyJzdWIi"));
}

// G16
#[test]
fn a_servers_words_can_not_steer_a_terminal() {
    let message = message(Answer::error(400, "a\u{1b}[2Jb", "red \u{1b}[31mtext\u{202e}\u{7}\nend"));
    assert!(!message.contains(|c: char| c.is_control() || c == '\u{202e}'), "{message:?}");
}

// G5
#[test]
fn what_a_server_says_is_bounded() {
    let long = "long words ".repeat(50_000);
    let error = error(Answer::json(
        400,
        json!({"error": long, "error_description": long, "suberror": long, "claims": long, "trace_id": long}),
    ));
    let shown = format!("{error:?}");
    assert!(shown.len() < 20_000, "{}", shown.len());
}

#[test]
fn the_wait_is_read_in_every_form() {
    let wait = |headers: &[(&'static str, &str)]| {
        let answer = headers.iter().fold(Answer::new(429, ""), |answer, (n, v)| answer.with_header(n, v));
        error(answer).server().unwrap().retry_after
    };
    assert_eq!(wait(&[("retry-after", "5")]), Some(Duration::from_secs(5)));
    assert_eq!(wait(&[("retry-after-ms", "1500")]), Some(Duration::from_millis(1500)));
    assert_eq!(
        wait(&[("x-ms-retry-after-ms", "20"), ("retry-after", "soon")]),
        Some(Duration::from_millis(20))
    );
    let (date, later) = ("Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:30 GMT");
    assert_eq!(wait(&[("date", date), ("retry-after", later)]), Some(Duration::from_secs(30)));
    assert_eq!(wait(&[("date", later), ("retry-after", date)]), Some(Duration::ZERO));
    assert_eq!(wait(&[("retry-after", later)]), None);
    assert_eq!(wait(&[]), None);
}

#[test]
fn some_refusals_ask_for_a_person() {
    let asks = |code: &str| asks_for_a_person(error(Answer::error(400, code, "")).server().unwrap());
    assert!(asks("interaction_required") && asks("invalid_grant") && asks("consent_required"));
    assert!(!asks("invalid_client"));
}

// P67
#[test]
fn codes_that_a_tool_passes_on_in_words_are_found() {
    let words = "ERROR: AADSTS50076: multi-factor needed. AADSTS700082 AADSTS50076 AADSTSx access_token=abcdef0123456789";
    let server = server_error_in_words(words).unwrap();
    assert_eq!(server.error_codes, [50076, 700082]);
    assert!(server.body.contains("multi-factor") && !server.body.contains("abcdef"), "{}", server.body);
    assert!(remedy("AzureCliCredential", &server).unwrap().starts_with("multi-factor authentication"));
    assert!(server_error_in_words("AADSTS, but no number").is_none());
}

#[test]
fn what_helps_is_a_field_too() {
    let known = error(Answer::error(400, "invalid_client", "AADSTS7000222: expired"));
    assert_eq!(
        known.remedy(),
        Some("the client secret has expired; create a new one in the app registration")
    );
    assert_eq!(error(Answer::error(400, "unheard_of", "no")).remedy(), None);
}

// S018
#[test]
fn advice_is_for_the_credential_that_gets_it() {
    let advice = |credential: &'static str, error: &str, words: &str| {
        let answer = Answer::error(400, error, words).into_response().unwrap();
        remedy(credential, &server_error(&answer)).unwrap().to_owned()
    };
    let mfa = |credential| advice(credential, "interaction_required", "AADSTS50076: more is needed");
    assert!(mfa("UsernamePasswordCredential").contains("such as InteractiveBrowserCredential"));
    assert!(mfa("InteractiveBrowserCredential").starts_with("sign in again and do all"));
    assert!(mfa("OnBehalfOfCredential").contains("answer it with this error's claims"));
    let redirect =
        |credential| advice(credential, "invalid_client", "AADSTS500112: the reply address is another");
    assert!(redirect("AuthorizationCodeCredential").starts_with("pass the redirect URI"));
    assert!(redirect("InteractiveBrowserCredential").starts_with("add the redirect URI"));
}
