//! What several tests need.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::testing::FakeClock;
use identity_core::{TokenCredential, TokenRequestOptions};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use serde_json::{Value, json};

fn base64url(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// An ID token of Anna at Contoso.
pub(crate) fn id_token(client_id: &str, nonce: Option<&str>) -> String {
    let mut claims = json!({
        "iss": "https://login.microsoftonline.com/the-tid/v2.0", "aud": client_id, "tid": "the-tid", "oid": "uid",
        "sub": "sub", "preferred_username": "anna@contoso.com", "name": "Anna",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    format!("{}.{}.sig", base64url(&json!({ "alg": "RS256" })), base64url(&claims))
}

pub(crate) fn client_info(uid: &str) -> String {
    base64url(&json!({ "uid": uid, "utid": "utid" }))
}

/// A token endpoint's answer for Anna, with a refresh token, and without an ID token's audience to mind.
pub(crate) fn answer(access_token: &str) -> Answer {
    Answer::json(200, body(access_token))
}

pub(crate) fn body(access_token: &str) -> Value {
    let claims = json!({
        "iss": "https://login.microsoftonline.com/the-tid/v2.0", "tid": "the-tid", "oid": "uid", "sub": "sub",
        "aud": [crate::user::DEVELOPER_CLIENT_ID, "my-app", "client"], "preferred_username": "anna@contoso.com",
    });
    json!({
        "token_type": "Bearer", "expires_in": 3600, "access_token": access_token,
        "refresh_token": "the-refresh-token", "client_info": client_info("uid"),
        "id_token": format!("{}.{}.sig", base64url(&json!({ "alg": "RS256" })), base64url(&claims)),
    })
}

/// Checks that a renewal which runs in the background, of a credential that has just got a token of an hour, ends with the credential's last handle.
pub(crate) async fn ends_with_its_last_handle<C: TokenCredential + Clone>(
    credential: C,
    scope: &str,
    clock: &FakeClock,
    http: &ScriptedHttp,
) {
    let options = TokenRequestOptions::default();
    http.hold();
    clock.advance(Duration::from_secs(3400));
    let clone = credential.clone();
    clone.get_token(&[scope], &options).await.unwrap();
    while http.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    drop(clone);
    tokio::task::yield_now().await;
    assert_eq!(http.under_way(), 1, "a clone is no end");
    drop(credential);
    while http.under_way() == 1 {
        tokio::task::yield_now().await;
    }
}
