//! The program has a code of its own, or the password, at an authority that verifies what Entra ID verifies.

use std::sync::Arc;

use identity_core::{ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{DEFAULT_DOMAIN, Emulator, User};
use identity_entra::client_auth::ClientSecret;
use identity_interactive::{
    AuthorizationCodeCredential, AuthorizationCodeCredentialOptions, UsernamePasswordCredential,
    UsernamePasswordCredentialOptions,
};

use crate::support::{SCOPE, claim, entra, grants};

const OTHER_SCOPE: &str = "https://vault.azure.net/.default";

fn none() -> TokenRequestOptions {
    TokenRequestOptions::default()
}

// S030, S033, S034, S035, S036
#[tokio::test]
async fn a_code_of_the_program_s_own_is_good_once() {
    let emulator = Emulator::start().await.unwrap();
    let redirect = "https://app.example/in";
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        let app = tenant.app(emulator.client_id()).unwrap().clone();
        tenant.put_app(app.with_web_redirect_uri(redirect));
    });
    let scope = format!("{SCOPE} offline_access");
    let code = emulator.authorization_code(redirect, &scope).unwrap();
    let make = |secret: Option<&str>| {
        let mut options = AuthorizationCodeCredentialOptions::default().with_entra(entra(&emulator));
        if let Some(secret) = secret {
            options = options.with_client_auth(Arc::new(ClientSecret::new(secret).unwrap()));
        }
        let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
        AuthorizationCodeCredential::new(tenant, client, code.as_str(), redirect, options).unwrap()
    };
    let without = make(None).get_token(&[SCOPE], &none()).await.unwrap_err();
    assert!(without.message().contains("AADSTS7000218"), "{without}");
    let credential = make(Some(emulator.client_secret()));
    let token = credential.get_token(&[SCOPE], &none()).await.unwrap();
    assert_eq!(claim(&token, "upn"), emulator.username());
    credential.get_token(&[OTHER_SCOPE], &none()).await.unwrap();
    assert_eq!(grants(&emulator)[1..], ["authorization_code", "refresh_token"]);
    let replayed = make(Some(emulator.client_secret())).get_token(&[SCOPE], &none()).await.unwrap_err();
    assert_eq!(replayed.kind(), ErrorKind::AuthenticationFailed);
    assert!(replayed.message().contains("AADSTS54005"), "{replayed}");
}

// S199, S202, S203, S205
#[tokio::test]
async fn a_password_signs_in_unless_it_is_wrong_or_not_enough() {
    let emulator = Emulator::start().await.unwrap();
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        tenant.put_user(User::new("mfa@emulated.onmicrosoft.com", "worthless").requiring_mfa());
        tenant.put_user(User::new("fed@emulated.onmicrosoft.com", "worthless").federated());
    });
    let make = |username: &str, password: &str| {
        let options = UsernamePasswordCredentialOptions::default().with_entra(entra(&emulator));
        UsernamePasswordCredential::new(emulator.client_id(), username, password, options).unwrap()
    };
    let credential = make(emulator.username(), emulator.password());
    let token = credential.get_token(&[SCOPE], &none()).await.unwrap();
    assert_eq!(claim(&token, "upn"), emulator.username());
    let record = credential.authenticate(&[SCOPE], &none()).await.unwrap();
    assert_eq!(record.username(), emulator.username());
    for (username, password, words) in [
        (emulator.username(), "not-hers", "AADSTS50126"),
        ("mfa@emulated.onmicrosoft.com", "worthless", "AADSTS50076"),
        ("fed@emulated.onmicrosoft.com", "worthless", "WS-Trust"),
        ("nobody@emulated.onmicrosoft.com", "worthless", "AADSTS50034"),
    ] {
        let error = make(username, password).get_token(&[SCOPE], &none()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(error.message().contains(words) && !error.message().contains(password), "{error}");
    }
}
