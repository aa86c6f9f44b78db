//! On behalf of users, against an authority that verifies their assertions and the app's proof.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use identity_app::OnBehalfOfCredential;
use identity_cert::ClientCertificate;
use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{DEFAULT_DOMAIN, Emulator, User};
use identity_entra::options::EntraOptions;

const SCOPE: &str = "https://graph.microsoft.com/User.Read";

fn options(emulator: &Emulator) -> EntraOptions {
    EntraOptions::default().with_authority_host(emulator.http_url()).with_env(Env::empty())
}

fn credential(emulator: &Emulator, assertion: &str) -> OnBehalfOfCredential {
    let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
    OnBehalfOfCredential::with_secret(tenant, client, emulator.client_secret(), assertion, options(emulator))
        .unwrap()
}

async fn ask(credential: &OnBehalfOfCredential) -> Result<AccessToken, Error> {
    credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await
}

// S173, S175, S179
#[tokio::test]
async fn a_secret_and_a_user_s_token_get_a_token_and_then_a_refresh_token_does() {
    let emulator = Emulator::start().await.unwrap();
    let credential = credential(&emulator, &emulator.user_assertion().unwrap());
    ask(&credential).await.unwrap();
    credential
        .get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default())
        .await
        .unwrap();
    let grants: Vec<_> = emulator
        .journal()
        .requests()
        .iter()
        .map(|request| request.form("grant_type").unwrap().to_owned())
        .collect();
    assert_eq!(grants, ["urn:ietf:params:oauth:grant-type:jwt-bearer", "refresh_token"]);
}

// S175, S176
#[tokio::test]
async fn a_certificate_will_do_as_well() {
    let emulator = Emulator::start().await.unwrap();
    let pem = emulator.client_certificate_pem();
    let auth = Arc::new(ClientCertificate::from_data(pem.as_bytes(), None).unwrap());
    let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
    let assertion = emulator.user_assertion().unwrap();
    let credential = OnBehalfOfCredential::new(tenant, client, auth, assertion, options(&emulator)).unwrap();
    ask(&credential).await.unwrap();
    let request = emulator.journal().last().unwrap();
    assert!(request.form("client_assertion").is_some() && request.form("client_secret").is_none());
}

// S176, S177, P14
#[test]
fn a_certificate_that_can_t_be_read_is_said_to_be_one() {
    let error = ClientCertificate::from_data(b"garbage", Some("password".as_bytes().into())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("PKCS#12"), "{error}");
}

// G13, P15
#[tokio::test]
async fn each_of_two_users_gets_a_token_of_their_own() {
    let emulator = Emulator::start().await.unwrap();
    let ben = format!("ben@{DEFAULT_DOMAIN}");
    emulator.change_directory(|directory| {
        directory.tenant_mut(DEFAULT_DOMAIN).unwrap().put_user(User::new(&ben, "worthless"));
    });
    let scope = format!("api://{}/access_as_user", emulator.client_id());
    let of_alice = credential(&emulator, &emulator.user_assertion().unwrap());
    let of_ben = of_alice.for_assertion(emulator.user_token(&ben, &scope).unwrap()).unwrap();
    for _ in 0..2 {
        assert_eq!(name_in(&ask(&of_alice).await.unwrap()), emulator.username());
        assert_eq!(name_in(&ask(&of_ben).await.unwrap()), ben);
    }
    assert_eq!(emulator.journal().count(), 2);
}

// S180
#[tokio::test]
async fn each_wrong_assertion_is_a_failure_in_the_server_s_words() {
    let emulator = Emulator::start().await.unwrap();
    let app_token = emulator.user_token(emulator.username(), SCOPE).unwrap();
    for (assertion, code) in [("no.jwt.atall".to_owned(), "AADSTS"), (app_token, "AADSTS500131")] {
        let error = ask(&credential(&emulator, &assertion)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(error.message().contains(code) && !error.message().contains(&assertion), "{error}");
    }
    let expired = credential(&emulator, &emulator.user_assertion().unwrap());
    emulator.clock().advance(Duration::from_secs(2 * 3600));
    assert_eq!(ask(&expired).await.unwrap_err().kind(), ErrorKind::AuthenticationFailed);
}

/// The user's name in a token of the emulator.
fn name_in(token: &AccessToken) -> String {
    use base64::Engine;
    let claims = token.token().secret().split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["upn"].as_str().unwrap().to_owned()
}
