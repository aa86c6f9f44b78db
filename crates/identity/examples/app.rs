//! A token for an app with a secret, read from AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.
//!
//!     cargo run -p identity --no-default-features --features app --example app
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{ClientSecretCredential, Env, Error, Secret, TokenCredential, TokenRequestOptions, variables};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    let tenant = env.get(variables::AZURE_TENANT_ID).unwrap_or_default();
    let client = env.get(variables::AZURE_CLIENT_ID).unwrap_or_default();
    let secret = env.secret(variables::AZURE_CLIENT_SECRET).unwrap_or_else(|| Secret::new(""));
    let credential = ClientSecretCredential::new(&tenant, &client, secret, Default::default())?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
