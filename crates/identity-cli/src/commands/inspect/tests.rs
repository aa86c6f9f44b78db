use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{ErrorKind, Secret};
use serde_json::{Value, json};

use super::{Jwt, as_json, as_text, claims, token_in};

const NOW: u64 = 1_700_000_000;

fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256", "kid": "the-key"})), part(claims))
}

fn text_of(claims: &Value) -> String {
    let jwt = Jwt::decode(&token(claims)).unwrap();
    as_text(&jwt, &claims::explain(&jwt.claims, NOW))
}

#[test]
fn what_a_token_says_is_explained() {
    let text = text_of(&json!({
        "aud": "https://management.azure.com", "exp": NOW + 3600, "nbf": NOW - 60, "iat": NOW - 60, "appid": "app", "appidacr": "2",
        "scp": "read write", "xms_cc": ["CP1"], "something": {"else": 1},
    }));
    assert_eq!(
        text,
        "aud        https://management.azure.com\n           (the resource that accepts it; another one will refuse it)\n\
         exp        1700003600 = 2023-11-14T23:13:20Z\n           (it expires in 1 h 0 min)\n\
         nbf        1699999940 = 2023-11-14T22:12:20Z\n           (valid since 1 min 0 s ago)\n\
         iat        1699999940 = 2023-11-14T22:12:20Z\n           (issued 1 min 0 s ago)\n\
         appid      app\n           (the application that asked for it)\n\
         appidacr   2\n           (the application proved itself with a certificate or an assertion)\n\
         scp        read write\n           (delegated permissions: what the application may do on the user's behalf)\n\
         xms_cc     CP1\n           (what the client can handle; CP1 means claims challenges, so the token may be long-lived and revoked early)\n\
         something  {\"else\":1}\n\
         \nSigned with RS256 and the key the-key; the signature is not verified here.\n"
    );
}

#[test]
fn a_token_that_is_not_valid_now_stands_out() {
    assert!(text_of(&json!({"exp": NOW - 90_000})).contains("(it EXPIRED 1 d 1 h ago)"));
    assert!(text_of(&json!({"nbf": NOW + 30})).contains("(it is NOT YET VALID, for another 30 s)"));
}

#[test]
fn programs_get_claims_and_the_time_that_is_left() {
    for (claims, expired, left) in [
        (json!({"exp": NOW + 10}), json!(false), json!(10)),
        (json!({"exp": NOW}), json!(true), json!(0)),
        (json!({"exp": 1.5}), json!(true), json!(1 - NOW as i64)),
        (json!({"exp": "soon"}), Value::Null, Value::Null),
        (json!({}), Value::Null, Value::Null),
    ] {
        let jwt = Jwt::decode(&token(&claims)).unwrap();
        let object = as_json(&jwt, &claims::explain(&jwt.claims, NOW), NOW);
        assert_eq!(object["claims"], claims);
        assert_eq!(object["header"]["alg"], "RS256");
        assert_eq!((&object["expired"], &object["expiresInSeconds"]), (&expired, &left));
    }
}

// G16
#[test]
fn claims_do_not_reach_the_terminal_as_commands() {
    let text = text_of(&json!({"name": "\u{1b}[2Jroot\u{202e}toor", "\u{1b}[1mx": "y"}));
    assert!(text.contains("name") && text.contains("roottoor"));
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn absurd_times_are_shown_as_they_are() {
    for absurd in [json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(1e300), json!("x"), json!(null)] {
        let text = text_of(&json!({"exp": absurd, "nbf": absurd, "iat": absurd}));
        assert!(text.contains(&format!(
            "exp  {}",
            absurd.as_str().map_or(absurd.to_string(), |_| "\"x\"".to_owned())
        )));
    }
}

#[test]
fn what_is_no_token_is_refused_and_not_repeated() {
    let not_json = URL_SAFE_NO_PAD.encode("secret words");
    let object = URL_SAFE_NO_PAD.encode("{}");
    for (given, why) in [
        ("opaque-secret".to_owned(), "it has no three parts"),
        ("..".to_owned(), "its header is no JSON object"),
        (format!("{object}.{not_json}.x"), "its payload is no JSON object"),
        (format!("{object}.secr€t.x"), "its payload is not written in base64url"),
        ("a.b.c.d.e".to_owned(), "it is encrypted"),
        ("a.b.c.d.e.f.g".to_owned(), "it has no three parts"),
    ] {
        let error = Jwt::decode(&given).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(
            error.message().starts_with("this is no JSON Web Token: ") && error.message().contains(why),
            "{error}"
        );
        assert!(!error.message().contains("secr€t") && !error.message().contains("opaque-secret"));
    }
}

#[test]
fn a_token_is_found_in_what_people_have_at_hand() {
    for given in [
        "a.b.c",
        "  a.b.c\n",
        "Bearer a.b.c",
        "bearer  a.b.c",
        "Authorization: Bearer a.b.c",
        r#"{"accessToken": "a.b.c"}"#,
        r#"{"access_token": "a.b.c", "expires_in": 1}"#,
    ] {
        assert_eq!(token_in(&Secret::from(given)).unwrap().secret(), "a.b.c", "{given}");
    }
    for given in ["{", r#"{"accessToken": 1}"#, "{}"] {
        assert_eq!(token_in(&Secret::from(given)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
