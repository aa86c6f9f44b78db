//! What several tests need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::testing::FakeClock;
use identity_core::{BoxFuture, TokenCredential, TokenRequestOptions};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use identity_entra::http::{HttpRequest, HttpResponse, HttpService, TransportError};
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

/// A service that answers from a script until it is told to hold on to what comes; then it knows how much of that is still wanted.
#[derive(Debug, Default)]
pub(crate) struct HeldHttp {
    pub(crate) script: ScriptedHttp,
    held: AtomicBool,
    wanted: Arc<()>,
}

impl HttpService for HeldHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        if !self.held.load(Ordering::Relaxed) {
            return self.script.send(request);
        }
        let wanted = self.wanted.clone();
        Box::pin(async move {
            let _wanted = wanted;
            std::future::pending().await
        })
    }
}

/// Checks that a renewal which runs in the background, of a credential that has just got a token of an hour, ends with the credential's last handle.
pub(crate) async fn ends_with_its_last_handle<C: TokenCredential + Clone>(
    credential: C,
    scope: &str,
    clock: &FakeClock,
    http: &HeldHttp,
) {
    let options = TokenRequestOptions::default();
    http.held.store(true, Ordering::Relaxed);
    clock.advance(Duration::from_secs(3400));
    let clone = credential.clone();
    clone.get_token(&[scope], &options).await.unwrap();
    let wanted = || Arc::strong_count(&http.wanted) - 1;
    while wanted() == 0 {
        tokio::task::yield_now().await;
    }
    drop(clone);
    tokio::task::yield_now().await;
    assert_eq!(wanted(), 1, "a clone is no end");
    drop(credential);
    while wanted() == 1 {
        tokio::task::yield_now().await;
    }
}
