//! The environment's credential against an authority that checks the proof.

#![cfg(feature = "environment")]
#![allow(clippy::unwrap_used)]

use identity::{EntraOptions, Env, EnvironmentCredential, TokenCredential, TokenRequestOptions};
use identity_emulator::Emulator;

async fn ask(env: Env) -> Result<identity::AccessToken, identity::Error> {
    let credential = EnvironmentCredential::new(EntraOptions::default().with_env(env))?;
    credential.get_token(&["https://management.azure.com/.default"], &TokenRequestOptions::default()).await
}

// S141, S213
#[tokio::test]
async fn the_emulator_s_variables_are_all_it_takes() {
    let emulator = Emulator::start().await.unwrap();
    let token = ask(emulator.environment().into_iter().collect()).await.unwrap();
    assert_eq!(
        (token.credential(), token.tenant_id()),
        ("EnvironmentCredential", Some(emulator.tenant_id()))
    );
}

// S142, S214, P52
#[tokio::test]
async fn a_certificate_that_a_variable_names_proves_the_app() {
    let emulator = Emulator::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pem");
    std::fs::write(&file, emulator.client_certificate_pem()).unwrap();
    let env: Env = emulator.environment().into_iter().collect();
    let env = env.without("AZURE_CLIENT_SECRET").with("AZURE_CLIENT_CERTIFICATE_PATH", &file);
    let token = ask(env.clone()).await.unwrap();
    assert_eq!(token.credential(), "EnvironmentCredential");
    let request = emulator.journal().last().unwrap();
    assert!(request.form("client_assertion").is_some() && request.form("client_secret").is_none());

    for value in ["1", "TRUE"] {
        ask(env.clone().with("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", value)).await.unwrap();
        let longer = emulator.journal().last().unwrap().form("client_assertion").unwrap().len();
        assert!(longer > request.form("client_assertion").unwrap().len() + 500, "the chain is not in it");
    }
}
