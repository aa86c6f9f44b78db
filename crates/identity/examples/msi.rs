//! A token for the machine that this runs on: the identity named by AZURE_CLIENT_ID, else the system-assigned one.
//!
//!     cargo run -p identity --no-default-features --features msi --example msi
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{
    Env, Error, ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId,
    TokenCredential, TokenRequestOptions, variables,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut options = ManagedIdentityCredentialOptions::default();
    if let Some(id) = Env::process().get(variables::AZURE_CLIENT_ID) {
        options = options.with_identity(ManagedIdentityId::ClientId(id));
    }
    let credential = ManagedIdentityCredential::new(options)?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
