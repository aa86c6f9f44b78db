use std::time::{Duration, SystemTime};

use identity_core::testing::CapturedLogs;

use super::*;

fn token(claims: &str) -> String {
    format!("eyJhbGciOiJub25lIn0.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
}

// P64
#[test]
fn app_tenant_object_and_user_are_logged_and_the_token_is_not() {
    let text = token(
        r#"{"appid":"the-app","tid":"the-tenant","oid":"the-object","upn":"ann@contoso.com","name":"Ann"}"#,
    );
    let logs = CapturedLogs::watching(&[&text, "c2lnbmF0dXJl", "Ann "]);
    log("TestCredential", &AccessToken::new(text.clone(), SystemTime::UNIX_EPOCH + Duration::from_secs(1)));
    for part in ["TestCredential", "the-app", "the-tenant", "the-object", "ann@contoso.com"] {
        assert!(logs.text().contains(part), "{}", logs.text());
    }
}

// P64, G16
#[test]
fn tokens_of_other_forms_say_what_they_say() {
    let version_2 =
        Whose::of(&token(r#"{"azp":"app","preferred_username":"ann\u001b[31m\n@contoso.com","oid":5}"#));
    assert_eq!(version_2.client_id.as_deref(), Some("app"));
    assert_eq!((version_2.user.as_deref(), version_2.object_id), (Some("ann @contoso.com"), None));
    for odd in ["", "opaque", "a.b.c", "a.W10.c", &token("[]"), &token("{"), &token(r#"{"appid":null}"#)] {
        assert_eq!(Whose::of(odd), Whose::default(), "{odd}");
    }
    let long = Whose::of(&token(&format!(r#"{{"upn":"{}"}}"#, "x".repeat(5000))));
    assert_eq!(long.user.unwrap().len(), MOST_SHOWN);
}
