//! A token for whom the variables describe: AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret, a certificate, or a user.
//!
//!     cargo run -p identity --no-default-features --features environment --example environment
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{EnvironmentCredential, Error, TokenCredential, TokenRequestOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let credential = EnvironmentCredential::new(Default::default())?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
