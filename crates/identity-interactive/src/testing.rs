//! What several tests need.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_entra::http::testing::Answer;
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
